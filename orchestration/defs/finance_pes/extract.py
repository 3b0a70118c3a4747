"""Reader of PES v2 flows: mandats and titres (PES_Aller), acknowledgements (PES_ACQUIT) and returns (PES_Retour).

Values are kept as the file has them; codes are not judged here, and the domains other than dépense and recette are
left alone. What names a natural person stops here (section "Personal data" of the README of this folder).
Source: public PES v2 schemas 2.1.a and later, with the deviations seen in real flows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from lxml import etree

from orchestration.lib import xml
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames, Row
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
ROOT = re.compile(r"\{http://www\.minefi\.gouv\.fr/cp/helios/pes_v2/[^}]*\}(\w+)")
SENT = {"PES_DepenseAller": "D", "PES_RecetteAller": "R"}
RETURNED = {"PES_DepenseRetour": "D", "PES_RecetteRetour": "R"}
MARKS = tuple(f"{{*}}{domain}" for domain in (*SENT, *RETURNED))
BLOCKS = ("Enveloppe", "EnTetePES", "BlocBordereau", "BlocPiece", "InfoPiece", "LigneDePiece", "ElementACQUIT")
EVENTS_BETWEEN_FRAMES = 1_000

# Codes that say that a tiers is an organisation (lists CatTiers and NatJur of the schemas). A code that is not listed
# says nothing: the tiers then counts as a person unless a SIRET or SIREN tells otherwise.
ORGANISATION_CATEGORIES = frozenset(
    {*map(str, range(20, 30)), "50", *map(str, range(60, 66)), *map(str, range(70, 75))}
)
ORGANISATION_FORMS = frozenset({"03", "04", "05", "06", "07", "08", "09", "10", "11"})
ORGANISATION_NUMBERS = {"01": re.compile(r"[0-9]{14}"), "02": re.compile(r"[0-9]{9}")}
PERSON_CATEGORY = "01"
PERSON_FORMS = frozenset({"01", "02"})
NIR = "04"
NIR_SHAPE = re.compile(r"[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?", re.IGNORECASE)
MAIN_DEBTOR = "01"
PAYROLL = "11"
ORDER_OPERATIONS = frozenset({"03", "04"})

Handler = Callable[[etree._Element], None]


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a PES v2 flow this reader takes in."""
    return _kind(xml.root_name(head)) is not None


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, rows as text) for the flow at ``path``, in frames of bounded size.

    Tables: bordereau, piece and ligne of a PES_Aller, acquit of a PES_ACQUIT, retour of a PES_Retour. Raises
    RefusedExport when the file is not such a flow, lacks a key or has an amount or date that is not one, and
    UnfinishedExport when it stops before its end.
    """
    frames = Frames(FOLDER)
    events = xml.stream(path, MARKS, BLOCKS)
    _, root = next(events)
    kind = _kind(root.tag)
    if kind is None:
        raise RefusedExport(
            problem="Ce fichier n'est pas un flux PES v2",
            place=xml.place_of(root, None),
            expected="Un élément racine PES_Aller, PES_ACQUIT ou PES_Retour, dans l'espace de noms du PES v2",
            action="Déposez le flux PES tel que le logiciel financier ou le tiers de télétransmission l'a produit.",
        )
    reader = READERS[kind](frames, pseudonyms)
    for number, (event, element) in enumerate(events):
        reader.take(event, element)
        if not number % EVENTS_BETWEEN_FRAMES:
            yield from frames.full()
    yield from frames.rest()


def is_person(facts: dict[str, str]) -> bool:
    """Say whether the tiers with these InfoTiers values is, or may be, a natural person.

    A person is one by category, legal form, NIR, civility or first name; and whoever nothing says to be an
    organisation (known category, known legal form, SIRET or SIREN) counts as a person.
    """
    category, form = facts.get("CatTiers"), facts.get("NatJur")
    kind, number = facts.get("NatIdTiers"), facts.get("IdTiers", "")
    if category == PERSON_CATEGORY or form in PERSON_FORMS or kind == NIR or NIR_SHAPE.fullmatch(number):
        return True
    if "Civilite" in facts or "Prenom" in facts:
        return True
    if category in ORGANISATION_CATEGORIES or form in ORGANISATION_FORMS:
        return False
    shape = ORGANISATION_NUMBERS.get(kind or "01")
    return shape is None or not shape.fullmatch(number)


def _kind(root: str | None) -> str | None:
    """Return PES_Aller, PES_ACQUIT or PES_Retour for the name of a root element, None for any other."""
    match = ROOT.fullmatch(root or "")
    return match[1] if match and match[1] in READERS else None


def _columns(table: str) -> dict[str, int]:
    """Return column name -> index in the rows of ``table``."""
    return {field.column: index for index, field in enumerate(FIELDS[table][1:])}


def _at_either_level(nested: xml.Layout, *wrappers: str) -> xml.Layout:
    """Return a layout that finds the leaves of ``nested`` at its own level as well as inside a wrapper.

    Vendors differ on whether InfoPce stands between BlocPiece and its values; titres have no InfoPce at all.
    """
    flat = {name: target for name, target in nested.items() if name not in wrappers}
    for wrapper in wrappers:
        flat |= nested.get(wrapper, {})
    return flat | dict.fromkeys(wrappers, flat)


BORDEREAU, PIECE, LINE = (_columns(table) for table in ("bordereau", "piece", "ligne"))
BORDEREAU_LAYOUT = xml.layout(FIELDS["bordereau"], "PES_*Aller/Bordereau/BlocBordereau")
PIECE_LAYOUT = _at_either_level(xml.layout(FIELDS["piece"], "Piece/BlocPiece"), "InfoPce")
LINE_LAYOUT = _at_either_level(
    xml.layout(FIELDS["ligne"], "LigneDePiece/BlocLignePiece"), "InfoLignePce", "InfoLignePiece"
)
RETURN_BORDEREAU_LAYOUT = xml.layout(FIELDS["retour"], "Bordereau/BlocBordereau")
RETURN_PIECE_LAYOUT = xml.layout(FIELDS["retour"], "Piece/InfoPiece")
RETURN_LINE_LAYOUT = xml.layout(FIELDS["retour"], "LigneDePiece")
PIECE_NEEDED, LINE_NEEDED = xml.required(FIELDS["piece"]), xml.required(FIELDS["ligne"])
TIERS = {
    field.path.removeprefix("LigneDePiece/Tiers/InfoTiers/"): (LINE[field.column], field.personal_data)
    for field in FIELDS["ligne"]
    if field.path.startswith("LigneDePiece/Tiers/")
}
TIERS_FACTS = frozenset({*TIERS, "Civilite", "Prenom"})
LINE_TEXTS = [LINE[field.column] for field in FIELDS["ligne"] if field.personal_data == "blank_if_person"]


class _Flow:
    """What the three kinds of flow share: the header repeated on rows of ``table``, and one handler per event.

    Handlers differ inside and outside a domain of ours: other domains have elements of the same names.
    """

    table: str
    domains: Mapping[str, str] = MappingProxyType({})

    def __init__(self, frames: Frames, pseudonyms: Pseudonyms):
        self.frames = frames
        self.pseudonym = lru_cache(maxsize=10_000)(pseudonyms.of)
        self.header = frames.empty_row(self.table)
        self.header[0] = "EnTetePES"
        self.needed = xml.required(FIELDS[self.table])
        self.domain_place = ""
        self.bordereau_in_domain = 0
        self.outside: dict[tuple[str, str], Handler] = {
            ("end", "Enveloppe"): self.read_header,
            ("end", "EnTetePES"): self.read_header,
            **{("start", domain): self.open_domain for domain in self.domains},
        }
        self.inside: dict[tuple[str, str], Handler] = {
            **{("start", domain): self.refuse_misplaced for domain in self.domains},
            **{("end", domain): self.close_domain for domain in self.domains},
        }
        self.handlers = self.outside

    def take(self, event: str, element: etree._Element) -> None:
        """Handle one event of the stream; refuse a domain inside a namespace, since nothing of it would be read."""
        handle = self.handlers.get((event, element.tag))
        if handle is not None:
            handle(element)
        elif event == "start" and element.tag[0] == "{":
            raise RefusedExport(
                problem="Le contenu du flux est dans un espace de noms XML, contrairement au protocole PES v2",
                place=xml.place_of(element, None),
                expected="Un espace de noms sur l'élément racine seulement",
                action="Signalez cette anomalie à l'éditeur du logiciel financier, puis exportez de nouveau le flux.",
            )

    def read_header(self, element: etree._Element) -> None:
        """Keep what identifies the flow: its name, its date and the budget it is about."""
        xml.read(element, xml.layout(FIELDS[self.table], element.tag), self.header)

    def open_domain(self, domain: etree._Element) -> None:
        """Enter a domain of ours and count its bordereaux from one."""
        self.domain_place = domain.tag
        self.header[_columns(self.table)["domain"]] = self.domains[domain.tag]
        self.bordereau_in_domain = 0
        self.handlers = self.inside

    def close_domain(self, _: etree._Element) -> None:
        """Leave the domain: pièces and lines of any other one are not ours."""
        self.handlers = self.outside

    def refuse_misplaced(self, element: etree._Element) -> None:
        """Raise the refusal of an element that stands where the schemas do not have it."""
        raise RefusedExport(
            problem=f"L'élément {element.tag} n'est pas à sa place",
            place=xml.place_of(element, self.domain_place),
            expected="L'ordre domaine, Bordereau, BlocBordereau, Piece, BlocPiece, LigneDePiece",
            action=xml.EXPORT_AGAIN,
        )

    def new_row(self, place: str) -> Row:
        """Return a row of ``table`` with the header filled in."""
        return [place, *self.header[1:]]


class _Aller(_Flow):
    """Mandats and titres. Keeps the bordereau and the pièce it stands in, and the ranks that link the tables.

    They are known by the blocks that identify them (BlocBordereau, BlocPiece): a pièce or line that stands elsewhere
    than in the element of the last such block is refused.
    """

    table = "bordereau"
    domains = SENT

    def __init__(self, frames: Frames, pseudonyms: Pseudonyms):
        super().__init__(frames, pseudonyms)
        self.bordereau_rank = self.piece_rank = self.piece_in_bordereau = self.line_in_piece = 0
        self.bordereau_element: etree._Element | None = None
        self.piece_element: etree._Element | None = None
        self.piece: Row | None = None
        self.lines = frames.rows["ligne"]
        self.inside |= {
            ("end", "BlocBordereau"): self.read_bordereau,
            ("end", "BlocPiece"): self.read_piece,
            ("end", "LigneDePiece"): self.read_line,
        }

    def read_bordereau(self, block: etree._Element) -> None:
        """Add a row of table bordereau."""
        self.end_piece()
        element = block.getparent()
        if element.tag != "Bordereau" or element is self.bordereau_element:
            self.refuse_misplaced(block)
        self.bordereau_element = element
        self.bordereau_in_domain += 1
        self.bordereau_rank += 1
        self.piece_in_bordereau = 0
        self.bordereau_place = f"{self.domain_place}/Bordereau[{self.bordereau_in_domain}]"
        row = self.new_row(self.bordereau_place)
        row[BORDEREAU["bordereau_rank"]] = str(self.bordereau_rank)
        xml.read(block, BORDEREAU_LAYOUT, row)
        xml.demand(row, self.needed, block)
        self.frames.rows["bordereau"].append(tuple(row))

    def read_piece(self, block: etree._Element) -> None:
        """Read the pièce; its row waits for its lines, which say whether its label may name a person."""
        self.end_piece()
        element = block.getparent()
        if element.tag != "Piece" or element is self.piece_element:
            self.refuse_misplaced(block)
        if element.getparent() is not self.bordereau_element:
            raise _missing_block("BlocBordereau", element, self.domain_place)
        self.piece_element = element
        self.piece_in_bordereau += 1
        self.piece_rank += 1
        self.line_in_piece = 0
        self.texts_may_name = False
        row = self.piece = self.frames.empty_row("piece")
        row[0] = self.piece_place = f"{self.bordereau_place}/Piece[{self.piece_in_bordereau}]"
        row[PIECE["bordereau_rank"]] = str(self.bordereau_rank)
        row[PIECE["piece_rank"]] = str(self.piece_rank)
        xml.read(block, PIECE_LAYOUT, row)
        xml.demand(row, PIECE_NEEDED, block)
        # Payroll and order operations have no third party by nature: their labels name nobody.
        self.tiers_may_lack = row[PIECE["nat_pce"]] == PAYROLL or row[PIECE["typ_pce"]] in ORDER_OPERATIONS
        self.line_start = self.frames.empty_row("ligne")
        self.line_start[LINE["bordereau_rank"]] = row[PIECE["bordereau_rank"]]
        self.line_start[LINE["piece_rank"]] = row[PIECE["piece_rank"]]

    def end_piece(self) -> None:
        """Add the row of table piece, its label blanked when a line may concern a natural person."""
        if self.piece is not None:
            if self.texts_may_name or not self.line_in_piece:
                self.piece[PIECE["obj"]] = None
            self.frames.rows["piece"].append(tuple(self.piece))
            self.piece = None

    def close_domain(self, domain: etree._Element) -> None:
        """End the last pièce and leave the domain."""
        self.end_piece()
        super().close_domain(domain)

    def read_line(self, element: etree._Element) -> None:
        """Add a row of table ligne."""
        if element.getparent() is not self.piece_element:
            raise _missing_block("BlocPiece", element, self.domain_place)
        self.line_in_piece += 1
        row = self.line_start.copy()
        row[0] = f"{self.piece_place}/LigneDePiece[{self.line_in_piece}]"
        tiers = []
        for child in element:
            tag = child.tag
            if tag == "BlocLignePiece":
                xml.read(child, LINE_LAYOUT, row)
            elif tag == "Tiers":
                tiers.append(_facts(child))
        self.read_tiers(tiers, row)
        xml.demand(row, LINE_NEEDED, element)
        self.lines.append(tuple(row))

    def read_tiers(self, tiers: list[dict[str, str]], row: Row) -> None:
        """Fill in the main tiers of a line, without what names a natural person."""
        row[LINE["tiers_count"]] = str(len(tiers))
        row[LINE["is_person"]] = "false"
        persons = [is_person(facts) for facts in tiers]
        if tiers:
            rank = next((rank for rank, facts in enumerate(tiers) if facts.get("TypTiers") == MAIN_DEBTOR), 0)
            main, person = tiers[rank], persons[rank]
            for name, value in main.items():
                if (known := TIERS.get(name)) is not None and not (person and known[1]):
                    row[known[0]] = value
            if person:
                row[LINE["is_person"]] = "true"
                row[LINE["tiers_pseudonym"]] = self.pseudonym_of(main)
        if any(persons) or not (tiers or self.tiers_may_lack):
            self.texts_may_name = True
            for index in LINE_TEXTS:
                row[index] = None

    def pseudonym_of(self, facts: dict[str, str]) -> str | None:
        """Return the pseudonym of a person, from the vendor's reference first: a NIR is hashed only for want of one."""
        name = " ".join(filter(None, (facts.get("Nom"), facts.get("Prenom"))))
        identity = facts.get("RefTiers") or facts.get("IdTiers") or name
        return self.pseudonym(identity) if identity else None


class _Acquit(_Flow):
    """Acknowledgements: one row per ElementACQUIT."""

    table = "acquit"

    def __init__(self, frames: Frames, pseudonyms: Pseudonyms):
        super().__init__(frames, pseudonyms)
        self.outside["end", "ElementACQUIT"] = self.read_element
        self.layout = _acquit_layout()
        self.rank = 0

    def read_element(self, element: etree._Element) -> None:
        """Add a row of table acquit."""
        self.rank += 1
        row = self.new_row(f"ACQUIT/ElementACQUIT[{self.rank}]")
        xml.read(element, self.layout, row)
        xml.demand(row, self.needed, element)
        self.frames.rows["acquit"].append(tuple(row))


class _Retour(_Flow):
    """Returns of the comptable: one row per line, or per pièce when it comes without lines."""

    table = "retour"
    domains = RETURNED

    def __init__(self, frames: Frames, pseudonyms: Pseudonyms):
        super().__init__(frames, pseudonyms)
        self.bordereau = self.frames.empty_row(self.table)
        self.piece: Row | None = None
        self.piece_in_bordereau = self.line_in_piece = 0
        self.inside |= {
            ("end", "BlocBordereau"): self.read_bordereau,
            ("end", "InfoPiece"): self.read_piece,
            ("end", "LigneDePiece"): self.read_line,
        }

    def read_bordereau(self, block: etree._Element) -> None:
        """Keep the key of the bordereau for its pièces."""
        self.end_piece()
        self.bordereau_in_domain += 1
        self.piece_in_bordereau = 0
        self.bordereau = self.new_row(f"{self.domain_place}/Bordereau[{self.bordereau_in_domain}]")
        xml.read(block, RETURN_BORDEREAU_LAYOUT, self.bordereau)

    def read_piece(self, block: etree._Element) -> None:
        """Keep the state of the pièce for its lines."""
        self.end_piece()
        self.piece_in_bordereau += 1
        self.line_in_piece = 0
        self.piece = [f"{self.bordereau[0]}/Piece[{self.piece_in_bordereau}]", *self.bordereau[1:]]
        xml.read(block, RETURN_PIECE_LAYOUT, self.piece)
        xml.demand(self.piece, self.needed, block)

    def read_line(self, element: etree._Element) -> None:
        """Add a row of table retour."""
        if self.piece is None:
            raise _missing_block("InfoPiece", element, self.domain_place)
        self.line_in_piece += 1
        row = [f"{self.piece[0]}/LigneDePiece[{self.line_in_piece}]", *self.piece[1:]]
        xml.read(element, RETURN_LINE_LAYOUT, row)
        self.frames.rows["retour"].append(tuple(row))

    def end_piece(self) -> None:
        """Add a row for a pièce that came without lines."""
        if self.piece is not None and not self.line_in_piece:
            self.frames.rows["retour"].append(tuple(self.piece))
        self.piece = None

    def close_domain(self, domain: etree._Element) -> None:
        """End the last pièce and leave the domain."""
        self.end_piece()
        super().close_domain(domain)


READERS: dict[str, type[_Flow]] = {"PES_Aller": _Aller, "PES_ACQUIT": _Acquit, "PES_Retour": _Retour}


def _facts(tiers: etree._Element) -> dict[str, str]:
    """Return the values of InfoTiers that tell persons from organisations; address and bank account stay unread."""
    facts = {}
    for info in tiers.iterchildren("InfoTiers"):
        for leaf in info:
            tag = leaf.tag
            if tag in TIERS_FACTS and (value := leaf.get("V")):
                facts[tag] = value
    return facts


def _acquit_layout() -> xml.Layout:
    """Return where the values of an ElementACQUIT go, with the errors of its pièces and lines.

    The label of an error is kept at the level of the bordereau only: deeper, it may quote a tiers.
    """
    found = xml.layout(FIELDS["acquit"], "ACQUIT/ElementACQUIT")
    code_only = {"Erreur": {"NumAnoAck": found["Erreur"]["NumAnoAck"]}}
    return found | {"DetailPiece": code_only | {"DetailLigne": code_only}}


def _missing_block(name: str, element: etree._Element, place: str) -> RefusedExport:
    """Return the refusal of a bordereau or pièce without the block that identifies it."""
    return RefusedExport(
        problem=f"L'élément {name} manque ou vient trop tard",
        place=xml.place_of(element, place),
        expected=f"Un élément {name} avant ce qui en dépend",
        action=xml.EXPORT_AGAIN,
    )
