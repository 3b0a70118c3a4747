"""fields.csv: the one place that says which export field becomes which raw column.

The readers take their column order from here, the raw views their columns, dbt its source descriptions, the guards
their type and presence rules, and Dagster the last hop of the column lineage.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TYPES = frozenset({"text", "integer", "decimal", "amount", "date", "timestamp", "year", "boolean", "siret", "jjmmaaaa"})
# "reduced": of a birth date, an address or an income only the band or the neighbourhood is kept (lib/public.py).
PERSONAL_DATA_RULES = frozenset({"", "blank_if_person", "drop_if_person", "keyed_hash", "reduced"})


@dataclass(frozen=True)
class Field:
    """One column of one raw table. Every raw column is text: ``type`` says what the text must read as."""

    table: str
    column: str
    path: str
    type: str
    required: bool
    personal_data: str
    description: str


@cache
def read_fields(folder: Path) -> dict[str, tuple[Field, ...]]:
    """Return table -> fields, in file order, for one system folder. Raises ValueError on an unknown type or rule."""
    tables: dict[str, list[Field]] = {}
    with (folder / "fields.csv").open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["type"] not in TYPES or row["personal_data"] not in PERSONAL_DATA_RULES:
                raise ValueError(f"{folder.name}/fields.csv line {number}: unknown type or personal-data rule")
            field = Field(**{**row, "required": row["required"] == "yes"})
            tables.setdefault(field.table, []).append(field)
    return {table: tuple(fields) for table, fields in tables.items()}


def extracted_columns(folder: Path, table: str) -> list[str]:
    """Return the columns that the reader of ``folder`` fills for ``table``: all but ``source_export``."""
    return [field.column for field in read_fields(folder)[table] if field.column != "source_export"]
