"""A home: what others may read of it, whatever the umask and whatever an earlier version left open."""

from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.lib import publish, quality, refusals
from orchestration.lib.errors import RefusedExport
from orchestration.lib.home import Home
from orchestration.lib.register import Register

READABLE = ("published", "refused", "quality")


def open_to_others(home):
    """Return the paths below the home that a user other than its owner may read or enter, links aside."""
    found = (path for path in home.root.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077)
    return {path.relative_to(home.root).as_posix() for path in found}


def fill(home):
    """Make one of each kind of file: a register, a warehouse, a Parquet file, a snapshot, pages."""
    Register(home.register_url)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_a as select 1 as x")
    (home.raw / "payroll").mkdir()
    duckdb.sql("select 1 as x").write_parquet(str(home.raw / "payroll" / "a.parquet"))
    (home.landing / "dropped.xml").write_text("<a/>")
    publish.publish(home, "inputs", {})
    quality.render(home.root, [])
    error = RefusedExport("Problème")
    refusals.write(home.root, "payroll", "", "a.xml", "ab" * 32, error, datetime(2025, 3, 1, tzinfo=UTC))


@pytest.fixture
def filled(home):
    fill(home)
    return home


def test_others_read_the_snapshot_and_the_pages_and_nothing_else(filled):
    (snapshot,) = [path.name for path in filled.published.iterdir() if not path.is_symlink()]
    assert open_to_others(filled) == {
        *READABLE,
        f"published/{snapshot}",
        *(f"published/{snapshot}/{name}" for name in ("beffroi.duckdb", "snapshot.json", "parquet")),
        f"published/{snapshot}/parquet/fct_a.parquet",
        "quality/index.html",
        "refused/payroll",
        "refused/payroll/a.xml.abababab.html",
    }
    assert filled.root.stat().st_mode & 0o055 == 0o055, "the folders above the snapshot let readers through"


def test_what_an_earlier_version_left_open_is_closed(filled):
    for path in (
        filled.raw,
        filled.raw.parent,
        filled.dagster,
        filled.work,
        filled.warehouse,
        filled.root / "register.db",
    ):
        path.chmod(0o755)
    Home.from_environment().prepare()
    assert {path.split("/")[0] for path in open_to_others(filled)} - {"lake"} == set(READABLE)
    assert "lake" not in open_to_others(filled)


def test_who_may_drop_files_is_left_to_the_administrator(filled):
    filled.landing.chmod(0o2770)
    Home.from_environment().prepare()
    assert filled.landing.stat().st_mode & 0o7777 == 0o2770
