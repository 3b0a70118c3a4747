"""Reader of the official lists: charts of accounts (planDeCompte.xml) and the table of grades (NET, CSV or XLSX).

The folder ``…/<year>/<norm>/<variant>/planDeCompte.xml`` is trusted before the attributes of the file, which are wrong
in some official copies; a file dropped flat falls back on its attributes. Parents come from nesting, not from prefixes.
Source: files published by the DGCL (composants/normes; nomenclature des emplois territoriaux).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from lxml import etree

from orchestration.lib import tables, xml
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames, Row
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
ROOT = "Nomenclature"
PARTS = {"Nature": "nature", "Fonction": "fonction"}
# Element -> table, and path of the list it stands in.
RECORDS = {
    "Chapitre": ("chapitre", "Chapitres/Chapitre"),
    "Compte": ("compte", "Comptes//Compte"),
    "RefFonc": ("ref_fonc", "RefFonctionnelles//RefFonc"),
}
NESTED = frozenset({"Compte", "RefFonc"})
EVENTS_BETWEEN_FRAMES = 1_000
YEAR = re.compile(r"(19|20)[0-9]{2}")
NORM = re.compile(r"M[0-9]+")
HEAD_BYTES = 8_192
NET_COLUMNS = tables.aliases_of(FIELDS["net"])
# Without these a grade cannot be classified; its label is also in the payroll files.
NET_MANDATORY = ("code", "cadre_emplois", "filiere", "categorie")


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a chart of accounts, of a table of grades or of a workbook.

    What a workbook holds does not show in its first bytes: no other system takes one at the top of the drop folder.
    """
    if _is_table(head):
        return tables.is_workbook(head) or tables.has_header(head, NET_COLUMNS, NET_MANDATORY)
    return xml.root_name(head) == ROOT and b"Declinaison" in head.replace(b"\0", b"")  # UTF-16 has a NUL per letter


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 same for all
    """Yield (table, rows as text) for the list at ``path``: plan, chapitre, compte and ref_fonc, or net.

    Raises RefusedExport when the file is neither list, when a chart of accounts has no account or no known year, norm
    and variant, when a table lacks a column, when a code is missing; UnfinishedExport when the file stops early.
    """
    with path.open("rb") as file:
        is_table = _is_table(file.read(HEAD_BYTES))
    yield from _grades(path) if is_table else _plan(path)


def _is_table(head: bytes) -> bool:
    """Say whether a file that starts with ``head`` is no XML: then it can only be a table."""
    content = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return bool(content) and not content.startswith(b"<")


def _grades(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of table net. A row without a code is a title or a note, unless it has a category."""
    frames = Frames(FOLDER)
    columns = [field.column for field in FIELDS["net"][2:]]
    neither = RefusedExport(
        problem="Ce fichier n'est pas un fichier XML, ni un tableau de la nomenclature des emplois territoriaux",
        place="Début du fichier",
        expected=f"Un plan de comptes, ou un tableau avec les colonnes {', '.join(NET_MANDATORY)}",
        action="Vérifiez que le bon fichier a été déposé (ni PDF, ni archive compressée).",
    )
    grades = 0
    for number, row in tables.read_table(path, NET_COLUMNS, NET_MANDATORY, neither):
        if row["code"]:
            grades += 1
            frames.rows["net"].append((f"row[{number}]", *(row.get(column) for column in columns)))
        elif row["categorie"]:
            raise RefusedExport(
                problem="Le code d'un grade manque",
                place=f"Ligne {number}",
                expected="Un code de quatre caractères, obligatoire dans cette nomenclature",
                action=tables.DROP_AGAIN,
            )
        yield from frames.full()
    if not grades:
        raise RefusedExport(
            problem="Le tableau ne contient aucun grade",
            place="Fichier entier",
            expected="Une ligne par grade sous l'en-tête",
            action=tables.DROP_AGAIN,
        )
    yield from frames.rest()


def _plan(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of tables plan, chapitre, compte and ref_fonc."""
    frames = Frames(FOLDER)
    events = xml.stream(path, [*PARTS, *RECORDS])
    _, root = next(events)
    if root.tag != ROOT:
        raise _refusal("Ce fichier n'est pas un plan de comptes", root, "Un élément racine Nomenclature")
    identity = _identity(path, root)
    frames.rows["plan"].append((".", *identity, *(root.get(name) for name in ("Exer", "Norme", "Declinaison"))))
    reader = _Plan(frames, identity)
    for number, (event, element) in enumerate(events):
        reader.take(event, element)
        if not number % EVENTS_BETWEEN_FRAMES:
            yield from frames.full()
    if not reader.accounts:
        raise _refusal("Le plan de comptes ne contient aucun compte", root, "Des éléments Compte dans Nature/Comptes")
    yield from frames.rest()


def _identity(path: Path, root: etree._Element) -> tuple[str, str, str]:
    """Return (year, norm, variant) from the folder when it has the official shape, else from the attributes."""
    candidates = (path.parts[-4:-1], tuple(root.get(name, "") for name in ("Exer", "Norme", "Declinaison")))
    for names in candidates:
        if len(names) == 3 and YEAR.fullmatch(names[0]) and NORM.fullmatch(names[1]) and names[2].startswith("M"):
            return names
    raise _refusal(
        "L'année, la norme ou la déclinaison du plan de comptes est inconnue",
        root,
        "Un dossier année/norme/déclinaison, ou les attributs Exer, Norme et Declinaison",
    )


def _attributes(table: str) -> dict[str, int]:
    """Return attribute -> index of its column in the rows of ``table``."""
    return {field.path.rsplit("@", 1)[1]: index for index, field in enumerate(FIELDS[table][1:]) if "/@" in field.path}


ATTRIBUTES = {table: _attributes(table) for table, _ in RECORDS.values()}
COLUMNS = {
    table: {field.column: index for index, field in enumerate(FIELDS[table][1:])} for table, _ in RECORDS.values()
}
NEEDED = {table: xml.required(FIELDS[table]) for table, _ in RECORDS.values()}


class _Plan:
    """The chart being read: the list it stands in, and the codes of the accounts still open, outermost first."""

    def __init__(self, frames: Frames, identity: tuple[str, str, str]):
        self.frames = frames
        self.identity = identity
        self.part = ""
        self.open_codes: list[str | None] = []
        self.ranks: dict[tuple[str, str], int] = {}
        self.accounts = 0

    def take(self, event: str, element: etree._Element) -> None:
        """Handle one event of the stream."""
        tag = element.tag
        if tag in PARTS:
            self.part = tag if event == "start" else ""
        elif tag in RECORDS and self.part:
            if event == "start":
                self.frames.rows[RECORDS[tag][0]].append(tuple(self.read(element)))
            if tag in NESTED:
                self.open_codes.append(element.get("Code")) if event == "start" else self.open_codes.pop()

    def read(self, element: etree._Element) -> Row:
        """Return the row of a chapter, account or function."""
        table, path = RECORDS[element.tag]
        columns = COLUMNS[table]
        rank = self.ranks[self.part, table] = self.ranks.get((self.part, table), 0) + 1
        self.accounts += table == "compte"
        row = self.frames.empty_row(table)
        row[0] = f"{self.part}/{path}[{rank}]"
        row[1:4] = self.identity
        if "part" in columns:
            row[columns["part"]] = PARTS[self.part]
        if element.tag in NESTED:
            row[columns["level"]] = str(len(self.open_codes) + 1)
            row[columns["parent_code"]] = self.open_codes[-1] if self.open_codes else None
        for name, index in ATTRIBUTES[table].items():
            row[index] = element.get(name) or None
        xml.demand(row, NEEDED[table], element)
        return row


def _refusal(problem: str, root: etree._Element, expected: str) -> RefusedExport:
    """Return the refusal of a file that is not a usable chart of accounts."""
    return RefusedExport(
        problem=problem,
        place=xml.place_of(root, None),
        expected=expected,
        action="Déposez le fichier planDeCompte.xml officiel, dans un dossier année/norme/déclinaison.",
    )
