"""Rows on their way from a reader to the lake, gathered by table and handed over as frames of bounded size."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from orchestration.lib.fields import extracted_columns, read_fields

ROWS_PER_FRAME = 20_000

Row = list[str | None]


class Frames:
    """Rows read so far for each table of one system; ``rows[table]`` is appended to, in the order of fields.csv.

    Rows wait as tuples: the garbage collector stops following a tuple of texts, but goes through every list again and
    again, a tenth of the time of a large export.
    """

    def __init__(self, folder: Path):
        """Make an empty list of rows for each table of the system in ``folder``."""
        self._columns = {table: extracted_columns(folder, table) for table in read_fields(folder)}
        self.rows: dict[str, list[tuple[str | None, ...]]] = {table: [] for table in self._columns}

    def empty_row(self, table: str) -> Row:
        """Return a row of ``table`` in which nothing is known yet."""
        return [None] * len(self._columns[table])

    def full(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield, and forget, the tables that have reached the size of a frame."""
        return self._take(ROWS_PER_FRAME)

    def rest(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield, and forget, all rows that remain."""
        return self._take(1)

    def _take(self, enough: int) -> Iterator[tuple[str, pd.DataFrame]]:
        for table, rows in self.rows.items():
            if len(rows) >= enough:
                # One block for all columns: pandas would look at each column of each frame otherwise.
                yield table, pd.DataFrame(np.array(rows, dtype=object), columns=self._columns[table])
                rows.clear()
