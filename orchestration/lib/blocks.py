"""Tables of millions of rows, read as blocks of columns: each distinct cell is converted once, whatever its rows.

A plain CSV goes through Arrow. What Arrow does not read as an office means it (odd quotes, workbooks, short rows) goes
row by row through `orchestration.lib.tables`. Both give the same blocks: nothing after them knows the difference.
"""

import mmap
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from orchestration.lib.tables import Table

BLOCK_BYTES = 8_000_000
BLOCK_ROWS = 50_000
KNOWN_CELLS = 500_000  # distinct cells whose conversion is remembered; further ones start a new memory
SMALL_BYTES = 32_000_000  # a file of this size is parsed once and kept, even when it is asked for twice
PLAIN_ENCODINGS = {"utf-8": "utf8", "utf-8-sig": "utf8", "windows-1252": "windows-1252"}

Column = pa.StringArray


@dataclass(frozen=True)
class Block:
    """Some rows of a table: their numbers in the file, and the text of each known column, null where empty.

    A row's number is that of its line, blank lines and line ends inside a cell left out of the count.
    """

    numbers: np.ndarray
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.numbers)


class Blocks:
    """The rows of the table found in a file, as often as they are asked for."""

    def __init__(self, path: Path, table: Table):
        """Read nothing yet."""
        self._path, self._table = path, table
        self._is_small = path.stat().st_size <= SMALL_BYTES
        self._kept: list[Block] | None = None

    def __iter__(self) -> Iterator[Block]:
        """Yield the rows that have at least one known column; raises what `Table.records` raises."""
        if self._is_small and self._kept is None:
            self._kept = list(self._read())
        return iter(self._kept) if self._kept is not None else self._read()

    def beginnings(self, columns: Sequence[str], length: int) -> dict[str, set[str]]:
        """Return column -> the distinct first ``length`` letters of its cells, in all of the table."""
        found: dict[str, set[str]] = {column: set() for column in columns}
        for block in self:
            for column, seen in found.items():
                seen.update(
                    pc.unique(pc.utf8_slice_codeunits(block.columns[column].drop_null(), 0, length)).to_pylist()
                )
        return found

    def _read(self) -> Iterator[Block]:
        done = 0
        if self._is_plain():
            try:
                for block in self._plain():
                    done += len(block)
                    yield _filled(block)
                return
            except (pa.ArrowInvalid, UnicodeDecodeError):
                pass  # the other way reads it, or says in French what is wrong with which line
        for block in self._tolerant(done):
            yield _filled(block)

    def _is_plain(self) -> bool:
        """Tell whether Arrow reads the file like the csv module: a known encoding, quotes around whole cells only."""
        if self._table.encoding not in PLAIN_ENCODINGS:
            return False
        with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _odd_quote(self._table.delimiter).search(content) is None

    def _plain(self) -> Iterator[Block]:
        """Yield all rows of a plain CSV. Raises ArrowInvalid on a row of another width than the header."""
        header = self._table.header
        names = [str(rank) for rank in range(len(header.names))]
        places = header.places
        batches = csv.open_csv(
            self._path,
            csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                skip_rows=header.row,
                column_names=names,
                encoding=PLAIN_ENCODINGS[self._table.encoding],
            ),
            csv.ParseOptions(delimiter=self._table.delimiter, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[names[rank] for rank in places.values()],
            ),
        )
        row = header.row
        for batch in batches:
            columns = {column: _trimmed(batch.column(rank)) for rank, column in enumerate(places)}
            yield Block(np.arange(row + 1, row + 1 + len(batch)), columns)
            row += len(batch)

    def _tolerant(self, done: int) -> Iterator[Block]:
        """Yield all rows after the first ``done`` ones, read one by one."""
        row = self._table.header.row + done
        records = islice((cells for _, cells in self._table.records()), done, None)
        while rows := list(islice(records, BLOCK_ROWS)):
            columns = {
                column: pa.array([cells[column] for cells in rows], pa.string()) for column in self._table.header.places
            }
            yield Block(np.arange(row + 1, row + 1 + len(rows)), columns)
            row += len(rows)


class Converted:
    """A conversion of cells that computes each distinct one once, in all blocks of a table."""

    def __init__(self, convert: Callable[..., str | None]):
        """Keep ``convert``: from the texts of one or more columns, None where empty, to a text or None."""
        self._convert = convert
        self._known: dict[object, str | None] = {}

    def __call__(self, *columns: Column) -> Column:
        """Return the column that ``convert`` makes of these, row by row; raises what it raises."""
        if len(self._known) > KNOWN_CELLS:
            self._known.clear()
        codes, texts = _distinct(columns)
        return pa.array([self._value(text) for text in texts], pa.string()).take(codes)

    def _value(self, text: tuple[str | None, ...]) -> str | None:
        try:
            return self._known[text]
        except KeyError:
            value = self._known[text] = self._convert(*text)
            return value


def _odd_quote(delimiter: str) -> re.Pattern[bytes]:
    """Return what finds a quote that neither opens nor closes a cell: ``5" tube``, ``"a" ;``, ``""a;``.

    The quote comes first in the pattern, so that a file without any is seen through at the speed of memory.
    """
    edge = rf"\r\n{delimiter}"
    inside = rf'"(?<=[^{edge}"]")(?=[^{edge}"])'
    empty_then_text = rf'"(?<=[{edge}]")"(?:"")*(?=[^{edge}"])'
    return re.compile(f"{inside}|{empty_then_text}".encode())


def _distinct(columns: Iterable[Column]) -> tuple[pa.Array, list[tuple[str | None, ...]]]:
    """Return the rank of each row among the distinct rows of ``columns``, and these distinct rows."""
    codes, texts = None, []
    for column in columns:
        coded = column.dictionary_encode(null_encoding="encode")
        values = coded.dictionary.to_pylist()
        ranks = coded.indices.to_numpy(zero_copy_only=False)
        if codes is None:
            codes, texts = ranks, [(value,) for value in values]
            continue
        found, codes = np.unique(codes.astype(np.int64) * len(values) + ranks, return_inverse=True)
        texts = [(*texts[code // len(values)], values[code % len(values)]) for code in found.tolist()]
    return pa.array(codes, pa.int64()), texts


def _trimmed(column: Column) -> Column:
    """Return the texts without the spaces around them, null where nothing is left."""
    text = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _filled(block: Block) -> Block:
    """Return the rows that have at least one known column."""
    columns = list(block.columns.values())
    empty = columns[0].is_null()
    for column in columns[1:]:
        empty = pc.and_(empty, column.is_null())
    if not pc.any(empty).as_py():
        return block
    kept = pc.invert(empty)
    return Block(
        block.numbers[kept.to_numpy(zero_copy_only=False)],
        {name: column.filter(kept) for name, column in block.columns.items()},
    )
