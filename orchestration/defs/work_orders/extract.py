"""Reader of the tables of work orders (CSV or XLSX): that of the orders, and that of their hours and supplies.

Who asked, who did it, what the title and the description say are columns that the reader does not know: they never
leave the file. Source of the columns: README.md; those of GLPI's exports are written by `fetch.py`.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from orchestration.lib import cells, tables
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.frames import Frames
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
ALIASES = {table: tables.aliases_of(fields) for table, fields in FIELDS.items()}
MANDATORY = {"intervention": ("id", "date_demande", "statut"), "heure": ("intervention_id", "heures")}
IDENTIFIERS = {"intervention": "id", "heure": "intervention_id"}
DATES = ("date", "timestamp")
DURATIONS = frozenset({"heures"})
CODES = frozenset({"equipement", "fournitures_code"})
CODE = re.compile(r"[\w./-]{1,40}")
# Below the building come rooms, which bear the name of who works there.
PLACE_LEVELS = 2
LEVEL_MARK = " > "
EXPECTED = {
    "timestamp": "Une date JJ/MM/AAAA ou AAAA-MM-JJ, avec ou sans heure, écrite partout de la même façon",
    "decimal": "Un nombre, avec une virgule ou un point décimal",
    "amount": "Un montant en euros",
}
EXPECTED["date"] = EXPECTED["timestamp"]
NEITHER = RefusedExport(
    problem="Ce fichier n'est pas un tableau d'interventions",
    place="Fichier entier",
    expected=f"Les colonnes {', '.join(MANDATORY['intervention'])}, ou {', '.join(MANDATORY['heure'])}",
    action="Vérifiez que le bon fichier a été déposé (ni PDF, ni archive compressée).",
)


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a table of work orders or of their hours, as a text."""
    return any(tables.has_header(head, ALIASES[table], MANDATORY[table]) for table in FIELDS)


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 same for all
    """Yield (table, rows as text) of the table at ``path``: intervention or heure.

    Dates are written 2024-03-31 (with T and the time where there may be one), numbers with a point, hours as decimals.
    Raises RefusedExport when the table is neither, lacks a column or has no row; when a number of work order is missing
    or was rounded by a spreadsheet; when a date or a number cannot be read.
    """
    frames = Frames(FOLDER)
    table = _table_of(path)
    columns = [field for field in FIELDS[table] if not field.path.startswith("(")]
    orders = _date_orders(path, table, columns)
    rows = 0
    for number, row in _rows(path, table):
        rows += 1
        place = f"Ligne {number}"
        said = {field.column: _value(field, row.get(field.column), orders, place) for field in columns}
        written = row[IDENTIFIERS[table]]
        said["id_repare"] = "true" if said[IDENTIFIERS[table]] != written else "false"
        frames.rows[table].append((f"row[{number}]", *(said[field.column] for field in FIELDS[table][2:])))
        yield from frames.full()
    if not rows:
        raise RefusedExport(
            problem="Le tableau ne contient aucune ligne",
            place="Fichier entier",
            expected="Une ligne par intervention, ou par saisie d'heures, sous l'en-tête",
            action=tables.DROP_AGAIN,
        )
    yield from frames.rest()


def _table_of(path: Path) -> str:
    """Return the raw table that the file at ``path`` holds: only hours name the work order that they belong to."""
    try:
        next(tables.read_table(path, ALIASES["heure"], ("intervention_id",), NEITHER), None)
    except RefusedExport:  # what else is wrong with the file shows when it is read
        return "intervention"
    return "heure"


def _rows(path: Path, table: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    return tables.read_table(path, ALIASES[table], MANDATORY[table], NEITHER)


def _date_orders(path: Path, table: str, columns: list[Field]) -> dict[str, str]:
    """Return the order of day and month in each column of dates: only the whole column proves it."""
    seen: dict[str, set[str]] = {field.column: set() for field in columns if field.type in DATES}
    for _, row in _rows(path, table):
        for column, texts in seen.items():
            if text := row.get(column):
                texts.add(text)
    orders = {}
    for column, texts in seen.items():
        try:
            orders[column] = cells.date_order(texts)
        except ValueError:
            raise RefusedExport(
                problem="Des dates d'une même colonne sont écrites de plusieurs façons",
                place=f"Colonne {column}",
                expected=EXPECTED["date"],
                action=tables.DROP_AGAIN,
            ) from None
    return orders


def _value(field: Field, text: str | None, orders: dict[str, str], place: str) -> str | None:
    """Return what raw keeps of a cell. Raises RefusedExport naming ``place`` when it cannot be read, or is missing."""
    if text is None:
        if not field.required:
            return None
        raise RefusedExport(
            problem="Une donnée obligatoire manque",
            place=f"{place}, colonne {field.column}",
            expected="Une valeur dans chaque ligne",
            action=tables.DROP_AGAIN,
        )
    if field.column in IDENTIFIERS.values():
        return _read(cells.identifier, text, f"{place}, colonne {field.column}", "Un numéro complet, au format texte")
    if field.column in CODES:
        return text if CODE.fullmatch(text) else None
    if field.column == "site_code":
        return LEVEL_MARK.join(text.split(LEVEL_MARK)[:PLACE_LEVELS])
    if field.type not in EXPECTED:
        return text
    read: Callable[[str], str] = cells.hours if field.column in DURATIONS else cells.decimal
    if field.type in DATES:
        as_written = cells.moment if field.type == "timestamp" else cells.day

        def read(text: str) -> str:
            return as_written(text, orders[field.column])

    return _read(read, text, f"{place}, colonne {field.column}", EXPECTED[field.type])


def _read(read: Callable[[str], str], text: str, place: str, expected: str) -> str:
    try:
        return read(text)
    except ValueError:
        raise RefusedExport(
            problem="Une valeur ne peut pas être lue",
            place=place,
            expected=expected,
            action=tables.DROP_AGAIN,
        ) from None
