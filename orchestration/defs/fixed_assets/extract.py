"""Reader of the inventory of fixed assets and of the registers of facilities (CSV or XLSX).

One kind of table per file, told by its header. A register comes in one of three layouts: the town's own, the open data
schema of the Socle commun des données locales (SCDL équipements 0.1.5), or the census of sports facilities (Data ES).
Source: instruction M57, tome I (état de l'actif, amortissement au prorata temporis); schema.data.gouv.fr,
scdl/equipements; equipements.sports.gouv.fr.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd

from orchestration.lib import cells, lambert93, tables
from orchestration.lib.civility import has_civility
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
MANDATORY = {
    "inventaire": ("numero_inventaire", "compte", "valeur_brute", "date_arrete"),
    "equipement": ("id_local", "nom"),
}
# What no other table that offices drop has: a code and a name alone are those of any list.
DISTINCTIVE = (
    ("inventaire", MANDATORY["inventaire"]),
    ("equipement", ("id_local", "nom", "surface")),
    ("equipement", ("id_local", "nom", "adr_nomvoie")),
    ("equipement", ("id_local", "nom", "installation")),
)
# What a column is made of when the layout has no column for it.
PARTS = {"adr_numero": ["adr_numero"], "adr_nomvoie": ["adr_nomvoie"], "coordonnees": ["coordonnees"]}
COLUMNS = {
    "inventaire": tables.aliases_of(FIELDS["inventaire"]),
    "equipement": tables.aliases_of(FIELDS["equipement"]) | PARTS,
}
ORDERS = {table: [field.column for field in fields[2:]] for table, fields in FIELDS.items()}
METHODS = {
    "lineaire": "lineaire",
    "l": "lineaire",
    "lineaire_annee_pleine": "lineaire",
    "prorata": "prorata_temporis",
    "prorata_temporis": "prorata_temporis",
    "lineaire_prorata_temporis": "prorata_temporis",
    "non_amortissable": "non_amortissable",
    "na": "non_amortissable",
    "aucun": "non_amortissable",
    "sans": "non_amortissable",
}
# Land is bought of persons, grants and loans are given to them: their labels are names as often as not.
NAMING_ACCOUNTS = ("204", "211", "26", "27")
SPACES = str.maketrans("", "", " \u00a0\u2007\u2009\u202f")
# What an identifier looks like once a spreadsheet has taken its leading zero; a PCE has no fixed length.
SHORTENED = {
    "siret": re.compile(r"[0-9]{13}"),
    "prm": re.compile(r"[0-9]{13}"),
    "uai": re.compile(r"[0-9]{6}[A-Z]"),
    "pce": re.compile(r"(?!)"),
}
LARGEST_DECIMALS = 6
UNITS = re.compile(r"€|\bm[²2]")  # wherever they stand: (1 234,50 €) has its sign inside the brackets
DAYS = {
    "inventaire": ("date_acquisition", "date_mise_en_service", "date_sortie", "date_arrete"),
    "equipement": ("date_ouverture", "date_fermeture"),
}
LAMBERT_93_X, LAMBERT_93_Y = (-400_000, 1_400_000), (6_000_000, 7_300_000)
MAINLAND_LATITUDE, MAINLAND_LONGITUDE = (41, 52), (-6, 10)
PLACES_OF_A_DEGREE = Decimal("0.000001")


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a text file are those of an inventory or of one of the registers of facilities.

    What a workbook holds does not show there: it is to be dropped in the folder of the system.
    """
    return not tables.is_workbook(head) and any(
        tables.has_header(head, COLUMNS[table], columns) for table, columns in DISTINCTIVE
    )


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 same for all
    """Yield (table, rows as text) for the table at ``path``: inventaire or equipement.

    Numbers have a decimal point and dates are ISO; codes that a spreadsheet has shortened are put right where one
    reading only is possible, and counted in ``champs_repares``. Raises RefusedExport for another table, a missing or
    doubled column, a missing mandatory value, a number or date that cannot be read, a code in scientific notation;
    UnfinishedExport for a workbook that is cut off.
    """
    table = "inventaire" if _is_inventory(path) else "equipement"
    read = {"inventaire": _asset, "equipement": _facility}[table]
    rows = list(tables.read_table(path, COLUMNS[table], MANDATORY[table], _neither()))
    if not rows:
        raise RefusedExport(
            problem="Le tableau est vide",
            place="Fichier entier",
            expected="Une ligne par bien ou par équipement sous l'en-tête",
            action=tables.DROP_AGAIN,
        )
    orders = {column: _order(column, [texts.get(column) or "" for _, texts in rows]) for column in DAYS[table]}
    frames = Frames(FOLDER)
    for rank, texts in rows:
        row = _Row(rank, texts, orders)
        for column in MANDATORY[table]:
            if not texts.get(column):
                raise row.refusal(column, "Une donnée obligatoire manque", "Une valeur dans cette colonne")
        read(row)
        frames.rows[table].append((f"row[{rank}]", *(row.cells.get(column) for column in ORDERS[table])))
        yield from frames.full()
    yield from frames.rest()


def _order(column: str, texts: list[str]) -> str:
    """Return the order of day and month in a column, refusing one that has both."""
    try:
        return cells.date_order(texts)
    except ValueError:
        raise RefusedExport(
            problem="Une colonne mêle des dates écrites dans des ordres différents",
            place=f"Colonne {column}",
            expected="Le même ordre partout, comme 31/03/2024 ou 2024-03-31",
            action="Mettez toute la colonne au même format de date, enregistrez le tableau et déposez-le de nouveau.",
        ) from None


def _neither() -> RefusedExport:
    inventory, register = (", ".join(MANDATORY[table]) for table in MANDATORY)
    return RefusedExport(
        problem="Ce fichier n'est ni un inventaire des immobilisations, ni un registre des équipements",
        place="Début du fichier",
        expected=f"Un tableau avec les colonnes {inventory}, ou {register}",
        action="Vérifiez que le bon fichier a été déposé (CSV ou XLSX, avec une ligne d'en-tête).",
    )


def _is_inventory(path: Path) -> bool:
    """Say whether the table has a column for inventory numbers; an unreadable file is refused here already."""
    absent = _neither()
    column = {"numero_inventaire": COLUMNS["inventaire"]["numero_inventaire"]}
    try:
        next(tables.read_table(path, column, (), absent), None)
    except RefusedExport as refusal:
        if refusal is absent:
            return False
        raise
    return True


def _asset(row: "_Row") -> None:
    """Put the cells of an asset in the form of the raw table."""
    for column in ("numero_inventaire", "compte", "budget", "site_code", "fonction", "service"):
        row.put(column, row.code)
    for column in ("valeur_brute", "duree_amortissement", "cumul_amortissements", "dotation_exercice", "valeur_nette"):
        row.put(column, row.number)
    for column in DAYS["inventaire"]:
        row.put(column, row.day)
    row.put("methode", lambda _, text: METHODS.get(tables.normalised(text), text))
    label = row.cells.get("libelle")
    hidden = bool(label) and _may_name_a_person(row.cells["compte"], label)
    row.cells |= {"libelle": None if hidden else label, "libelle_ecarte": "true" if hidden else "false"}
    row.cells["champs_repares"] = row.repairs


def _may_name_a_person(account: str, label: str) -> bool:
    return account.startswith(NAMING_ACCOUNTS) or has_civility(label)


def _facility(row: "_Row") -> None:
    """Put the cells of a facility in the form of the raw table."""
    texts = row.cells
    texts["modele"] = "res" if "installation" in texts else "scdl" if "adr_nomvoie" in texts else "registre"
    if street := texts.get("adr_nomvoie"):
        texts["adresse"] = " ".join(part for part in (texts.get("adr_numero"), street) if part)
    if (pair := texts.get("coordonnees")) and not texts.get("lat"):
        texts["lat"], _, texts["lon"] = (part.strip() or None for part in pair.strip("()[]").partition(","))
    for column in ("id_local", "service", "code_postal", "fonction", "code_analytique", "res_equip_numero"):
        row.put(column, row.code)
    for column in ("siret", "uai"):
        row.put(column, row.identifier)
    for column in ("prm", "pce"):
        row.put(column, row.identifiers)
    for column in ("lat", "lon", "surface"):
        row.put(column, row.number)
    for column in DAYS["equipement"]:
        row.put(column, row.day)
    _position(row)
    texts["champs_repares"] = row.repairs


def _position(row: "_Row") -> None:
    """Put a position in degrees, latitude first: files also have Lambert 93 metres, or the two numbers exchanged."""
    lat, lon = row.cells.get("lat"), row.cells.get("lon")
    if lat is None or lon is None:
        row.cells |= {"lat": None, "lon": None}
        return
    y, x = Decimal(lat), Decimal(lon)
    if _within(x, LAMBERT_93_Y) and _within(y, LAMBERT_93_X):
        x, y = y, x
    if _within(x, LAMBERT_93_X) and _within(y, LAMBERT_93_Y):
        x, y = (Decimal(str(value)) for value in lambert93.to_wgs84(float(x), float(y)))
    elif _within(x, MAINLAND_LATITUDE) and _within(y, MAINLAND_LONGITUDE):
        x, y = y, x
    elif abs(y) > 90 or abs(x) > 180:
        raise row.refusal(
            "lat", "Une position n'est pas sur la carte", "Des degrés (WGS 84) ou des mètres (Lambert 93)"
        )
    else:
        return
    row.cells |= {"lat": str(y.quantize(PLACES_OF_A_DEGREE)), "lon": str(x.quantize(PLACES_OF_A_DEGREE))}
    row.repaired.append("lat")


def _within(value: Decimal, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


class _Row:
    """The cells of one row of a table, and which of them had to be put right."""

    def __init__(self, rank: int, texts: dict[str, str | None], orders: dict[str, str]):
        self.rank = rank
        self.cells = texts
        self.orders = orders  # column of days -> order in which they are written
        self.repaired: list[str] = []

    @property
    def repairs(self) -> str | None:
        """Names of the columns put right, in the order in which they were read."""
        return " ".join(dict.fromkeys(self.repaired)) or None

    def put(self, column: str, read: Callable[[str, str], str | None]) -> None:
        """Replace a filled cell by what ``read(column, text)`` makes of it."""
        if text := self.cells.get(column):
            self.cells[column] = read(column, text)

    def refusal(self, column: str, problem: str, expected: str) -> RefusedExport:
        """Return the refusal of the file because of a cell, which it does not quote."""
        return RefusedExport(
            problem=problem,
            place=f"Ligne {self.rank}, colonne {column}",
            expected=expected,
            action=tables.DROP_AGAIN,
        )

    def number(self, column: str, text: str) -> str:
        """Return a number with a decimal point, of six decimals at most: a workbook holds 0.1 + 0.2 with seventeen."""
        try:
            value = Decimal(cells.decimal(UNITS.sub("", text)))
        except ValueError:
            raise self.refusal(column, "Un nombre ne se lit pas", "Un nombre comme 1234,56 ou 1 234,56 €") from None
        return f"{round(value, LARGEST_DECIMALS):f}" if value.as_tuple().exponent < -LARGEST_DECIMALS else f"{value:f}"

    def day(self, column: str, text: str) -> str:
        """Return a day as 2024-03-31, read in the order of its column."""
        try:
            return cells.day(text, self.orders[column])
        except ValueError:
            raise self.refusal(column, "Une date ne se lit pas", "Un jour comme 31/03/2024 ou 2024-03-31") from None

    def code(self, column: str, text: str) -> str:
        """Return a code without the decimals that a spreadsheet adds to it."""
        try:
            code = cells.identifier(text)
        except ValueError:
            raise self.refusal(
                column,
                "Un code a été abrégé par le tableur, et ses chiffres sont perdus",
                "Le code entier : mettez la colonne au format Texte avant d'enregistrer",
            ) from None
        self.repaired += [column] if code != text.strip() else []
        return code

    def identifier(self, column: str, text: str) -> str:
        """Return a SIRET, PRM or UAI without spaces, with the leading zero that a spreadsheet has taken."""
        code = self.code(column, text).translate(SPACES).upper()
        if SHORTENED[column].fullmatch(code):
            self.repaired.append(column)
            return f"0{code}"
        return code

    def identifiers(self, column: str, text: str) -> str:
        """Return the identifiers of several meters, separated by ``|``."""
        parts = [part for part in re.split(r"[|;,/\n]\s*(?=[0-9A-Za-z]{4})", text) if part.strip()]
        return "|".join(self.identifier(column, part) for part in parts)
