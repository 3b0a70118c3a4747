"""Publication: consistent, atomic, and readers are never disturbed."""

import json
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration.lib import publish


def build(home, version, rows=3):
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        for table in ("fct_a", "fct_b"):
            connection.execute(f"create or replace table marts.{table} as select {version} as v from range({rows})")
        connection.execute("create schema if not exists staging")
        connection.execute("create or replace table staging.secret as select 1 as x")


LABELS = {"fct_a": {"": "One row per essay", "v": "Version d'essai"}}


def versions(folder):
    with duckdb.connect(str(folder / "beffroi.duckdb"), read_only=True) as connection:
        return connection.execute("select distinct v from marts.fct_a union select v from marts.fct_b").fetchall()


def test_a_snapshot_holds_the_marts_only_as_duckdb_and_parquet(home):
    build(home, 1)
    snapshot = publish.publish(home, "inputs", LABELS)
    current = home.published / "current"
    assert snapshot.tables == {"fct_a": 3, "fct_b": 3}
    assert sorted(path.name for path in (current / "parquet").iterdir()) == ["fct_a.parquet", "fct_b.parquet"]
    with duckdb.connect(str(current / "beffroi.duckdb"), read_only=True) as connection:
        assert connection.execute("select distinct schema_name from duckdb_tables()").fetchall() == [("marts",)]
        comments = connection.execute("select comment from duckdb_columns() where table_name = 'fct_a'")
        assert comments.fetchall() == [("Version d'essai",)]
    assert publish.current(home) == snapshot
    assert not list(current.glob("*.wal"))


PSEUDONYM = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def test_no_individual_row_is_published(home):
    build(home, 1)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema confidential")
        connection.execute(
            f"create table confidential.fct_agent_month as select '{PSEUDONYM}' as agent_id, 2100.42 as eur"
        )
        connection.execute("create view confidential.agents as from confidential.fct_agent_month")
    snapshot = publish.publish(home, "inputs", LABELS)
    current = home.published / "current"
    assert snapshot.tables == {"fct_a": 3, "fct_b": 3}
    assert sorted(path.name for path in (current / "parquet").iterdir()) == ["fct_a.parquet", "fct_b.parquet"]
    with duckdb.connect(str(current / "beffroi.duckdb"), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert sorted(found) == [("marts", "fct_a"), ("marts", "fct_b")]
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
    for path in current.rglob("*"):
        assert path.is_dir() or PSEUDONYM.encode() not in path.read_bytes(), path
    assert PSEUDONYM.encode() in home.warehouse.read_bytes(), "the search above finds nothing, wherever it looks"


def test_snapshots_of_a_former_key_are_discarded(home):
    build(home, 1)
    for inputs, key_id in (("one", None), ("two", "0a0a0a0a"), ("three", "0a0a0a0a"), ("four", "0b0b0b0b")):
        publish.publish(home, inputs, LABELS, key_id)
        kept = [path for path in home.published.iterdir() if not path.is_symlink()]
        assert len(kept) == (2 if inputs == "three" else 1)
    assert publish.current(home).inputs == "four"


def test_a_snapshot_of_an_earlier_version_can_still_be_read(home):
    build(home, 1)
    publish.publish(home, "one", LABELS)
    manifest = home.published / "current" / "snapshot.json"
    content = json.loads(manifest.read_text())
    del content["key_id"]
    manifest.write_text(json.dumps(content))
    assert publish.current(home).key_id is None
    publish.publish(home, "two", LABELS, "0a0a0a0a")


def test_nothing_is_published_before_the_first_time(home):
    assert publish.current(home) is None


def test_an_interrupted_publication_leaves_the_last_snapshot(home, monkeypatch):
    build(home, 1)
    publish.publish(home, "one", LABELS)
    build(home, 2)
    monkeypatch.setattr(publish, "_switch", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        publish.publish(home, "two", LABELS)
    assert publish.current(home).inputs == "one"
    assert versions(home.published / "current") == [(1,)]


def test_old_snapshots_and_drafts_are_discarded(home):
    (home.published / ".20200101").mkdir(parents=True)
    build(home, 1)
    for number in range(publish.SNAPSHOTS_KEPT + 3):
        publish.publish(home, str(number), LABELS)
    kept = [path for path in home.published.iterdir() if not path.is_symlink()]
    assert len(kept) == publish.SNAPSHOTS_KEPT
    assert publish.current(home).inputs == str(publish.SNAPSHOTS_KEPT + 2)


def no_link(*_arguments, **_named):
    raise OSError(1314, "A required privilege is not held by the client")


def test_where_there_can_be_no_link_a_file_names_the_snapshot(home, monkeypatch):
    build(home, 1)
    linked = publish.publish(home, "1", LABELS)
    assert publish.current_folder(home.published) == home.published / "current"
    monkeypatch.setattr(Path, "symlink_to", no_link)
    for number in range(publish.SNAPSHOTS_KEPT + 2):
        made = publish.publish(home, str(number), LABELS)
        assert publish.current(home) == made
        assert publish.current_folder(home.published) == home.published / made.snapshot
        assert not (home.published / "current").exists()
    assert (home.published / "current.txt").read_text() == made.snapshot
    assert len([path for path in home.published.iterdir() if path.is_dir()]) == publish.SNAPSHOTS_KEPT
    assert not (home.published / linked.snapshot).exists()
    monkeypatch.undo()
    again = publish.publish(home, "again", LABELS)
    assert publish.current(home) == again
    assert not (home.published / "current.txt").exists()


def test_a_snapshot_that_cannot_be_deleted_stops_no_publication(home, monkeypatch, caplog):
    build(home, 1)
    monkeypatch.setattr(publish.shutil, "rmtree", no_link)
    for number in range(publish.SNAPSHOTS_KEPT + 1):
        made = publish.publish(home, str(number), LABELS)
    assert publish.current(home) == made
    assert "could not be deleted" in caplog.text


@pytest.mark.parametrize("can_link", [True, False])
def test_readers_see_one_version_and_no_error_while_it_is_switched(home, monkeypatch, can_link):
    if not can_link:
        monkeypatch.setattr(Path, "symlink_to", no_link)
    build(home, 0)
    publish.publish(home, "0", LABELS)
    stop, seen, errors = threading.Event(), [], []

    def read():
        while not stop.is_set():
            try:
                seen.append(versions(publish.current_folder(home.published).resolve()))
            except Exception as error:
                errors.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for version in range(1, 4):
        build(home, version, rows=10_000)
        publish.publish(home, str(version), LABELS)
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert len(seen) > 3
    assert all(len(found) == 1 for found in seen)
