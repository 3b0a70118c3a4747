"""Reader of the loans of the tool library: a CSV with a line per day and place. No person is in it."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from orchestration.lib import cells, tables
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
COLUMNS = tables.aliases_of(read_fields(FOLDER)["pret"])
MANDATORY = ("date", "lieu", "prets")


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file hold the header of this table."""
    return tables.has_header(head, COLUMNS, MANDATORY)


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, rows as text) of the loans at ``path``. Raises RefusedExport for another table or an unread day."""
    frames = Frames(FOLDER)
    other = RefusedExport(
        problem="Ce fichier n'est pas un tableau des prêts de l'outilthèque",
        place="Début du fichier",
        expected=f"Un tableau avec les colonnes {', '.join(MANDATORY)}",
        action=tables.DROP_AGAIN,
    )
    for number, row in tables.read_table(path, COLUMNS, MANDATORY, other):
        try:
            day = cells.day(row["date"] or "")
        except ValueError:
            raise RefusedExport(
                problem="Une date ne se lit pas",
                place=f"Ligne {number}, colonne date",
                expected="Un jour écrit AAAA-MM-JJ ou JJ/MM/AAAA",
                action=tables.DROP_AGAIN,
            ) from None
        frames.rows["pret"].append((f"row[{number}]", day, row["lieu"], row["prets"]))
        yield from frames.full()
    yield from frames.rest()
