"""Addresses as people write them, found among those of the town; nothing of an address is kept, logged or raised.

Steps: capitals without accents or punctuation; abbreviations spelt out (AV, BD, CHE, R, PL, ST…); postcode, apartment,
building and « chez … » set aside; number and BIS, TER… told from the street; the street looked up as it is, then by
nearness of spelling (rapidfuzz, words in any order, 92 of 100), within the town only.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

NEARNESS = 92
LONGEST = 300  # characters of an address that are read
PLACE_NAME = 99999  # number of a place-name in a Base Adresse Locale

# Kinds of streets are abbreviated where they stand first, titles anywhere.
STREET_KINDS = {
    short: kind
    for kind, shorts in {
        "ALLEE": "ALL ALLE ALLEES",
        "AVENUE": "AV AVE AVEN",
        "BOULEVARD": "BD BVD BLD BLVD BOUL",
        "CARREFOUR": "CAR CARR",
        "CHAUSSEE": "CHS CHEE",
        "CHEMIN": "CHE CHEM CH CHM",
        "COURS": "CRS",
        "ESPLANADE": "ESP ESPL",
        "FAUBOURG": "FG FBG",
        "HAMEAU": "HAM",
        "IMPASSE": "IMP",
        "LIEU DIT": "LD LIEUDIT",
        "LOTISSEMENT": "LOT",
        "PASSAGE": "PAS PASS PSG",
        "PLACE": "PL PLC PCE",
        "PROMENADE": "PROM PRO",
        "QUAI": "QU",
        "RESIDENCE": "RES RESID",
        "ROND POINT": "RPT RDPT",
        "ROUTE": "RTE",
        "RUE": "R",
        "RUELLE": "RLE",
        "SENTIER": "SEN SENT",
        "SQUARE": "SQ",
        "TRAVERSE": "TRA TRAV",
        "VENELLE": "VEN",
        "VILLA": "VLA",
    }.items()
    for short in shorts.split()
}
KINDS = frozenset(STREET_KINDS.values()) | {"CITE", "CLOS", "COUR", "SENTE", "VOIE", "MAIL", "PARC", "PONT", "PARVIS"}
TITLES = {
    "ST": "SAINT",
    "STE": "SAINTE",
    "STS": "SAINTS",
    "GAL": "GENERAL",
    "GEN": "GENERAL",
    "MAL": "MARECHAL",
    "PDT": "PRESIDENT",
    "PRES": "PRESIDENT",
    "DR": "DOCTEUR",
    "DOCT": "DOCTEUR",
    "CDT": "COMMANDANT",
    "CAP": "CAPITAINE",
    "COL": "COLONEL",
    "LT": "LIEUTENANT",
    "PROF": "PROFESSEUR",
    "PR": "PROFESSEUR",
    "MGR": "MONSEIGNEUR",
    "ND": "NOTRE DAME",
    "VX": "VIEUX",
    "GD": "GRAND",
    "GDE": "GRANDE",
    "PT": "PETIT",
    "PTE": "PETITE",
    "S": "SUR",
}
ARTICLES = frozenset(("DE", "DU", "DES", "LA", "LE", "LES", "L", "D", "A", "AU", "AUX"))
SUFFIXES = {"BIS": "B", "TER": "T", "QUATER": "Q", "QUATRE": "Q"}
NUMBER = re.compile(r"([0-9]{1,4})([A-Z]*)")
# What follows a postcode is the town; inside a home it is a floor, a door, a box…
POSTCODE = re.compile(r"\b[0-9]{5}\b.*$")
HOME = re.compile(
    r"\b(?:[0-9]+ ?(?:E|ER|EME|IEME|ND|NDE|RE)? ?(?:ETAGE|ETG)|RDC|REZ DE CHAUSSEE"
    r"|(?:APPARTEMENT|APPART|APPT|APT|APP|BATIMENT|BAT|ESCALIER|ESC|ETAGE|ETG|PORTE|LOGEMENT|LOGT|LOG|ENTREE|HALL|BLOC"
    r"|TOUR|BOITE|CHAMBRE|BP|CS|TSA) ?(?:N |NO |NUMERO )?(?:[A-Z]?[0-9]+[A-Z]?|[A-Z])(?![A-Z0-9]))"
)
# Whose home it is in, or the name of the building: up to a comma, the number of a street or the end.
WITHIN = re.compile(r"\b(?:CHEZ|RESIDENCE|RES|IMMEUBLE|IMM|LOTISSEMENT|LOT)\b[^,]*?(?=,|\b[0-9]{1,4}\b|$)")


@dataclass(frozen=True)
class Known:
    """An address of the town: ``place`` is what the caller knows it by."""

    number: int
    suffix: str
    street: str
    place: int


@dataclass(frozen=True)
class Reading:
    """A way to read an address: number (None without one), suffix (B for BIS…) and street, as `street_key` gives it."""

    number: int | None
    suffix: str
    street: str


class Gazetteer:
    """The addresses of the town, by street."""

    def __init__(self, known: Iterable[Known], middle_of: dict[str, int]):
        """Take the addresses, the surest first; ``middle_of`` gives the place that stands for a whole street."""
        known = list(known)
        self._numbers: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
        for one in known:
            self._numbers[one.street].setdefault((one.number, one.suffix), one.place)
        for one in known:  # 12 BIS stands for 12 when there is no 12
            self._numbers[one.street].setdefault((one.number, ""), one.place)
        self._middles = middle_of
        self._by_words = {_in_order(street): street for street in middle_of}
        self._words = list(self._by_words)
        self._kinds = {words: _kind_and_marks(street) for words, street in self._by_words.items()}

    def find(self, address: str | None) -> tuple[str, int | None]:
        """Return (match level, place) of an address: numero, voie, approche, or aucun without a place."""
        read = list(dict.fromkeys(readings(address or "")))
        streets = [reading for reading in read if reading.street in self._middles]
        for reading in streets:
            if (place := self._at(reading.street, reading)) is not None:
                return "numero", place
        if streets:
            return "voie", self._middles[streets[0].street]
        for reading in read:
            if street := self._near(reading.street):
                place = self._at(street, reading)
                return "approche", self._middles[street] if place is None else place
        return "aucun", None

    def _at(self, street: str, reading: Reading) -> int | None:
        """Return the place of a number in a street; the number without its suffix, when only the suffix is unknown."""
        numbers = self._numbers.get(street, {})
        for suffix in (reading.suffix, ""):
            if (place := numbers.get((reading.number, suffix))) is not None:
                return place
        return None

    def _near(self, street: str) -> str | None:
        """Return the street that is nearest in spelling, None when none is or two are as near.

        Another kind of street, another number or letter in the name (8 MAI, ALLEE B) is another street.
        """
        if len(street.split()) < 2:
            return None
        kind, marks = _kind_and_marks(street)
        found = process.extract(_in_order(street), self._words, scorer=fuzz.ratio, score_cutoff=NEARNESS, limit=None)
        best = [
            (score, self._by_words[words])
            for words, score, _ in found
            if kind in ("", self._kinds[words][0]) and marks == self._kinds[words][1]
        ]
        if not best or (len(best) > 1 and best[0][0] == best[1][0]):
            return None
        return best[0][1]


def plain(text: str) -> str:
    """Return a text in capitals, without accents, commas kept and other punctuation made space."""
    letters = unicodedata.normalize("NFKD", text[:LONGEST].upper().replace("Œ", "OE").replace("Æ", "AE"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    bare = re.sub(r"\bC/O\b", "CHEZ", bare)
    return " ".join(re.sub(r"[^A-Z0-9,]+", " ", re.sub(r"[\r\n;|]+", ",", bare)).split())


def _kind_and_marks(street: str) -> tuple[str, tuple[str, ...]]:
    words = street.split()
    kind = words[0] if words[0] in KINDS else ""
    return kind, tuple(sorted(word for word in words if word.isdigit() or len(word) == 1))


def _in_order(street: str) -> str:
    return " ".join(sorted(street.split()))


def street_key(text: str) -> str:
    """Return a street with its abbreviations spelt out and without articles, so that all its spellings are one."""
    words = plain(text).replace(",", " ").split()
    if not words:
        return ""
    words[0] = STREET_KINDS.get(words[0], words[0])
    whole = [TITLES.get(word, word) for word in words]
    short = [word for word in whole[:-1] if word not in ARTICLES] + whole[-1:]  # allée A is not allée L
    return " ".join(short if len(short) > 1 else whole)


def suffix_key(suffix: str | None) -> str:
    """Return a suffix as one letter where it has one: B for BIS, T for TER, Q for QUATER."""
    word = plain(suffix or "").replace(",", "")
    return SUFFIXES.get(word, word)


def town_key(text: str) -> str:
    """Return the name of a town without postcode, CEDEX, accents, hyphens and articles."""
    words = re.sub(r"\bCEDEX\b.*|\b[0-9]{5}\b", " ", plain(text)).replace(",", " ").split()
    return " ".join(TITLES.get(word, word) for word in words if word not in ARTICLES)


def readings(address: str) -> Iterator[Reading]:
    """Yield the ways to read an address, the most literal first: a street may be named after a door or a tower."""
    whole = POSTCODE.sub("", plain(address))
    inside = " ".join(HOME.sub(" ", whole).split())
    for text in dict.fromkeys((whole, inside, WITHIN.sub(" ", inside), *whole.split(","), *inside.split(","))):
        yield from _numbered(text.replace(",", " ").split())


def _numbered(words: list[str]) -> Iterator[Reading]:
    """Yield a reading for each number that a street may follow, and one without a number."""
    for rank, word in enumerate(words):
        number = NUMBER.fullmatch(word)
        rest = words[rank + 1 :]
        if not number or not rest:
            continue
        suffix = SUFFIXES.get(number[2], number[2])
        if len(suffix) > 1:
            continue
        if not suffix and len(rest) > 1 and (rest[0] in SUFFIXES or len(rest[0]) == 1):
            yield Reading(int(number[1]), SUFFIXES.get(rest[0], rest[0]), street_key(" ".join(rest[1:])))
        yield Reading(int(number[1]), suffix, street_key(" ".join(rest)))
    if words:
        yield Reading(None, "", street_key(" ".join(words)))
