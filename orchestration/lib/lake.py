"""The lake: immutable Parquet files of the loads, written by streaming and visible only through the register."""

import os
import uuid
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.lib.fields import Field
from orchestration.lib.register import LoadDraft, Register, WrittenFile

ROW_GROUP_ROWS = 122_880  # DuckDB's own row-group size: one group is one unit of its parallel scans
LOADS_BEFORE_COMPACTION = 30  # about a month of daily loads: opening more small files costs more than merging them


def new_load_id() -> str:
    """Return a name for a load that sorts by time and that no other process can have chosen."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


class LoadWriter(AbstractContextManager):
    """Streams the frames of one load into one Parquet file per raw table, holding at most one row group of each."""

    def __init__(self, raw: Path, system: str, load_id: str, tables: dict[str, tuple[Field, ...]]):
        """Prepare to write under ``raw/<system>``; nothing is created for a table that gets no row."""
        self._raw, self._system, self._load_id = raw, system, load_id
        self._schemas = {
            table: pa.schema([(field.column, pa.string()) for field in fields]) for table, fields in tables.items()
        }
        self._buffers: dict[str, list[tuple[str, pd.DataFrame]]] = {}
        self._buffered: dict[str, int] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self.row_counts: dict[str, int] = {}
        self.export_ids: set[str] = set()

    def append(self, table: str, export_id: str, frame: pd.DataFrame) -> None:
        """Add the rows that the reader gave for ``table``. Raises ValueError for other columns than declared."""
        if list(frame.columns) != self._schemas[table].names[1:]:
            raise ValueError(f"{self._system}: the reader's columns of {table} are not those of fields.csv")
        self.export_ids.add(export_id)
        self.row_counts[table] = self.row_counts.get(table, 0) + len(frame)
        self._buffers.setdefault(table, []).append((export_id, frame))
        self._buffered[table] = self._buffered.get(table, 0) + len(frame)
        if self._buffered[table] >= ROW_GROUP_ROWS:
            self._flush(table)

    def __exit__(self, *error) -> None:
        """Finish the files: after this they are whole and on disk, and still invisible."""
        for table in list(self._buffers):
            self._flush(table)
        for table, writer in self._writers.items():
            writer.close()
            _sync(self._path(table))

    def files(self) -> list[WrittenFile]:
        """Return the files written, for the register."""
        return [
            WrittenFile(table, self._path(table).relative_to(self._raw).as_posix(), self.row_counts[table])
            for table in self._writers
        ]

    def _path(self, table: str) -> Path:
        return self._raw / self._system / table / f"{self._load_id}.parquet"

    def _flush(self, table: str) -> None:
        buffer = self._buffers.pop(table, [])
        self._buffered[table] = 0
        if not buffer:
            return
        if table not in self._writers:
            self._path(table).parent.mkdir(parents=True, exist_ok=True)
            self._writers[table] = pq.ParquetWriter(self._path(table), self._schemas[table], compression="zstd")
        self._writers[table].write_table(_arrow(buffer, self._schemas[table]), row_group_size=ROW_GROUP_ROWS)


def _arrow(frames: list[tuple[str, pd.DataFrame]], schema: pa.Schema) -> pa.Table:
    """Return the rows of all ``frames`` as one table of texts, each with the export that it comes from."""
    exports = np.repeat([export_id for export_id, _ in frames], [len(frame) for _, frame in frames])
    rows = pd.concat([frame for _, frame in frames], ignore_index=True).to_numpy()
    columns = [pa.array(exports, pa.string()), *(pa.array(column, pa.string()) for column in rows.T)]
    return pa.Table.from_arrays(columns, schema=schema)


def without_exports(raw: Path, files: list[WrittenFile], export_ids: set[str]) -> list[WrittenFile]:
    """Rewrite ``files`` under new names without the rows of ``export_ids``, and return the new files."""
    load_id = new_load_id()
    kept = []
    with duckdb.connect() as connection:
        connection.execute("create table refused as select unnest(?) as export_id", [sorted(export_ids)])
        for number, file in enumerate(files):
            target = (raw / file.path).with_name(f"{load_id}-{number}.parquet")
            (row_count,) = connection.execute(
                f"""copy (
                    select rows.* from read_parquet('{_quoted(raw / file.path)}') as rows
                    where rows.source_export not in (select export_id from refused)
                ) to '{_quoted(target)}' (format parquet, compression zstd)"""
            ).fetchone()
            (raw / file.path).unlink()
            if row_count:
                _sync(target)
                kept.append(WrittenFile(file.table, target.relative_to(raw).as_posix(), row_count))
            else:
                target.unlink()
    return kept


def sweep(raw: Path, register: Register) -> int:
    """Delete the Parquet files that no load in use lists, left by a crash or a compaction; return how many."""
    in_use = {file.path for file in register.files()}
    orphans = [file for file in raw.rglob("*.parquet") if file.relative_to(raw).as_posix() not in in_use]
    for orphan in orphans:
        orphan.unlink()
    return len(orphans)


def compact(raw: Path, system: str, register: Register) -> bool:
    """Merge the loads of ``system`` into one when there are many, in one transaction; return whether it did."""
    loads = register.loads(system)
    if len(loads) < LOADS_BEFORE_COMPACTION:
        return False
    merged = LoadDraft(new_load_id(), system, key_id=loads[-1].key_id)
    by_table: dict[str, list[str]] = {}
    for file in register.files(system):
        by_table.setdefault(file.table_name, []).append(_quoted(raw / file.path))
    with duckdb.connect() as connection:
        for table, paths in by_table.items():
            target = raw / system / table / f"{merged.load_id}.parquet"
            listed = ", ".join(f"'{path}'" for path in paths)
            (row_count,) = connection.execute(
                f"""copy (select * from read_parquet([{listed}], union_by_name = true))
                to '{_quoted(target)}' (format parquet, compression zstd)"""
            ).fetchone()
            _sync(target)
            merged.files.append(WrittenFile(table, target.relative_to(raw).as_posix(), row_count))
    register.replace([merged], [load.load_id for load in loads])
    return True


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync(file: Path) -> None:
    """Force ``file`` and its folder entry to disk, so that a committed load survives a power cut."""
    for path, flags in ((file, os.O_RDONLY), (file.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))):
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
