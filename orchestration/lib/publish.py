"""Publishing: a snapshot of the marts written beside the last one, checked, then switched to by one rename."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.lib.home import Home, open_to_readers

LOG = logging.getLogger("beffroi.publish")

CURRENT = "current"
# Names the current snapshot where the system lets nobody make links, as Windows does.
POINTER = "current.txt"
SNAPSHOTS_KEPT = 5


@dataclass(frozen=True)
class Snapshot:
    """A published state of the marts; ``inputs`` identifies what it was built from, ``tables`` counts its rows.

    ``key_id`` is the fingerprint of the key that made its pseudonyms, None when it has none; ``rules`` were checked
    before it was published, of which ``warnings`` failed without stopping it.
    """

    snapshot: str
    published_at: str
    inputs: str
    tables: dict[str, int]
    key_id: str | None = None
    rules: int = 0
    warnings: int = 0


def publish(
    home: Home,
    inputs: str,
    labels: dict[str, dict[str, str]],
    key_id: str | None = None,
    rules: int = 0,
    warnings: int = 0,
    add: Callable[[Path], object] | None = None,
) -> Snapshot:
    """Publish the schema ``marts`` of the warehouse, and no other, as ``published/current``.

    ``labels`` (mart -> column -> French label) become comments, which BI tools show beside the columns.
    The new folder holds ``beffroi.duckdb`` and ``parquet/<table>.parquet``, written from the same transaction, counted
    against the warehouse and forced to disk before ``current`` points to it. Readers of the former snapshot finish on
    it. ``add`` is given the new folder, complete but for what it adds (dashboards, cost sheets), so that they are of
    the same snapshot and appear at the same instant. Former snapshots with pseudonyms of another key than ``key_id``
    are discarded. Raises RuntimeError when a count differs, and whatever ``add`` raises; ``current`` is then unchanged.
    """
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S%f}"
    draft = home.published / f".{name}"
    (draft / "parquet").mkdir(parents=True)
    tables = _copy_marts(home.warehouse, draft, labels)
    snapshot = Snapshot(name, now.isoformat(timespec="seconds"), inputs, tables, key_id, rules, warnings)
    (draft / "snapshot.json").write_text(json.dumps(asdict(snapshot), indent=2))
    if add is not None:
        add(draft)
    for path in [*sorted(draft.rglob("*")), draft]:
        open_to_readers(path)
        _sync(path)
    draft.rename(home.published / name)
    _switch(home.published, name)
    _discard_old(home.published, key_id)
    return snapshot


def current(home: Home) -> Snapshot | None:
    """Return the snapshot that BI reads, None before the first publication."""
    return snapshot_in(current_folder(home.published))


def current_folder(published: Path) -> Path:
    """Return the folder of the current snapshot by its lasting name, or by its own where there can be no link to it.

    It does not exist before the first publication.
    """
    pointer = published / POINTER
    return published / pointer.read_text(encoding="utf-8") if pointer.exists() else published / CURRENT


def snapshot_in(folder: Path) -> Snapshot | None:
    """Return the snapshot that is in ``folder``, None when there is none."""
    manifest = folder / "snapshot.json"
    return Snapshot(**json.loads(manifest.read_text())) if manifest.exists() else None


def _copy_marts(warehouse: Path, draft: Path, labels: dict[str, dict[str, str]]) -> dict[str, int]:
    counts = {}
    with duckdb.connect(str(draft / "beffroi.duckdb")) as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)")
        connection.execute("create schema marts")
        tables = connection.execute(
            "select table_name from duckdb_tables()"
            " where database_name = 'warehouse' and schema_name = 'marts' order by table_name"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"create table marts.{table} as from warehouse.marts.{table}")
            for column, label in labels.get(table, {}).items():
                thing = f"column marts.{table}.{column}" if column else f"table marts.{table}"
                connection.execute(f"comment on {thing} is {_text(label)}")
            target = draft / "parquet" / f"{table}.parquet"
            connection.execute(f"copy marts.{table} to {_text(target)} (format parquet, compression zstd)")
            found = connection.execute(
                f"""select (select count(*) from warehouse.marts.{table}), (select count(*) from marts.{table}),
                (select count(*) from read_parquet({_text(target)}))"""
            ).fetchone()
            if len(set(found)) != 1:
                raise RuntimeError(f"{table}: warehouse, snapshot and Parquet count {found} rows; nothing is published")
            counts[table] = found[0]
        connection.execute("checkpoint")
    return counts


def _switch(published: Path, name: str) -> None:
    """Point to the snapshot ``name`` in one atomic step: by the link ``current``, else by the name in a small file."""
    draft = published / f".{CURRENT}-{os.getpid()}"
    draft.unlink(missing_ok=True)
    try:
        draft.symlink_to(name, target_is_directory=True)
    except OSError:  # forbidden by the system, or unknown to the disk
        draft.write_text(name, encoding="utf-8")
        open_to_readers(draft)
        _sync(draft)
        draft.replace(published / POINTER)
        (published / CURRENT).unlink(missing_ok=True)
    else:
        draft.replace(published / CURRENT)
        (published / POINTER).unlink(missing_ok=True)
    _sync(published)


def _discard_old(published: Path, key_id: str | None) -> None:
    """Delete drafts of interrupted publications, snapshots of another key and all but the last of the others.

    Readers that have a file of them open keep it; where that forbids to delete it, the next publication will.
    """
    in_use = current_folder(published).resolve().name
    snapshots = sorted(path for path in published.iterdir() if path.is_dir() and not path.is_symlink())
    drafts = [path for path in snapshots if path.name.startswith(".")]
    finished = [path for path in snapshots if not path.name.startswith(".") and path.name != in_use]
    of_key = [path for path in finished if (found := snapshot_in(path)) and found.key_id == key_id]
    kept = of_key[-(SNAPSHOTS_KEPT - 1) :]
    for path in drafts + [path for path in finished if path not in kept]:
        try:
            shutil.rmtree(path)
        except OSError as error:
            LOG.warning("%s could not be deleted: %s", path, error)


def _text(value: object) -> str:
    """Return ``value`` as an SQL text, for statements that take no parameter."""
    return "'" + str(value).replace("'", "''") + "'"


def _sync(path: Path) -> None:
    """Force a file to disk, and the names in a folder where the system has it that these can be lost."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
