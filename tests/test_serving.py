"""Serving against a real PostgreSQL: what readers see during publications, and what they never see."""

import json
import logging
import re
import threading
from collections import Counter
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.lib import publish
from orchestration.lib.errors import NotServed
from orchestration.lib.home import PROJECT

psycopg = pytest.importorskip("psycopg", reason="psycopg is absent: it is in the extra postgres")
from postgres_server import IS_INSTALLED, PASSWORD, Server  # noqa: E402

from orchestration import pipeline  # noqa: E402
from orchestration.cli import app  # noqa: E402
from orchestration.lib import postgresql  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not IS_INSTALLED, reason="PostgreSQL is absent: install postgresql"),
]

PERIMETERS = """
perimeters:
  ville: {label: La ville, services: all, raw_lines: true, hr_detail: true}
  ecoles: {label: Écoles, services: [EDUC], raw_lines: true}
  culture-sports: {label: Culture, services: [DCS]}
  rh: {label: RH, services: [DRH], staff: all, hr_detail: true}
tables:
  dim_service: {open: true}
  dim_facility: {open: true}
  dim_activity: {open: true}
  dim_tiers: {among: fct_cost_line, column: tiers_id}
  fct_cost_line: {domain: finance, detail: true, service: service_id}
  mart_meal: {domain: activity, facility: facility_id}
  mart_headcount: {domain: staff, service: "case when axis = 'service' then value_code end"}
  mart_payroll_component: {domain: staff, detail: true, service: service_id}
"""
TABLES = {
    "dim_service": """(values ('EDUC', null, 'EDUC', '21'), ('ECOLE', 'EDUC', 'ECOLE', '21'),
        ('DCS', null, 'DCS', '31'), ('DRH', null, 'DRH', '020'))
        as t(service_id, parent_service_id, current_service_id, function_m57_code)""",
    "dim_facility": """(values ('F1', 'ECOLE', date '2020-01-01'), ('F2', 'DCS', date '2020-01-01'))
        as t(facility_id, service_id, valid_from)""",
    "dim_activity": "(values ('REPAS', 'ECOLE'), ('PRET', 'DCS')) as t(activity_id, service_id)",
    "dim_tiers": "(values ('t1', 'Traiteur'), ('t2', 'Libraire'), ('t3', 'Intérim')) as t(tiers_id, tiers_label)",
    "fct_cost_line": """(values ('ECOLE', 't1', 10.50::decimal(16,2)), ('DCS', 't2', -3.25::decimal(16,2)),
        ('DRH', 't3', 7::decimal(16,2)), (null, 't3', 1::decimal(16,2))) as t(service_id, tiers_id, net_eur)""",
    "mart_meal": "(values ('F1', 120), ('F2', 3)) as t(facility_id, meal_count)",
    "mart_headcount": "(values ('total', 'total', 12), ('service', 'ECOLE', 7)) as t(axis, value_code, agent_count)",
    "mart_payroll_component": "(values ('ECOLE', 1.5::decimal(18,4))) as t(service_id, pay_eur)",
    # No perimeter speaks of it: it is for the whole town. All that could be lost on the way is in it.
    "mart_gap": r"""(values
        ('', true, 1, 3000000000::bigint, date '2025-02-28', timestamp '2025-03-30 02:30:00.000001',
            0.10::decimal(9,6)),
        (null, null, null, null, null, null, null),
        ('"a", b;' || chr(10) || '\.' || chr(10) || '\N' || chr(9) || 'œ’€ 😀', false, -1, -1, date '1899-12-31',
            timestamp '1970-01-01', -99.999999::decimal(9,6)))
        as t(label, is_real, count, big, day, seen_at, share)""",
}
LABEL = "Montant net de l'année"


def write_snapshot(folder: Path, name: str = "20260101T000000000000", version: int = 1) -> Path:
    """Write a snapshot whose tables all have a column ``version``, as a publication leaves it; return its folder."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "beffroi.duckdb")) as connection:
        connection.execute("create schema marts")
        for table, rows in TABLES.items():
            connection.execute(f"create table marts.{table} as select *, {version} as version from {rows}")
        quoted = LABEL.replace("'", "''")
        connection.execute(f"comment on column marts.fct_cost_line.net_eur is '{quoted}'")
        connection.execute("comment on table marts.fct_cost_line is 'One row per line'")
        counts = {table: connection.table(f"marts.{table}").shape[0] for table in TABLES}
    manifest = {"snapshot": name, "published_at": "2026-01-01T00:00:00+00:00", "inputs": "x", "tables": counts}
    (folder / "snapshot.json").write_text(json.dumps(manifest))
    return folder


def statements():
    """Return the statements that docs/bi.md has an administrator run once, with the password of the tests."""
    text = (PROJECT / "docs" / "bi.md").read_text(encoding="utf-8")
    block = text.partition("```sql\n")[2].partition("```")[0]
    return [part.strip() for part in re.sub("--.*", "", block).replace("…", PASSWORD).split(";") if part.strip()]


@pytest.fixture(scope="module")
def server():
    """A server with a database made as docs/bi.md says."""
    started = Server()
    make_role, make_database, *others = statements()
    started.run(make_role, make_database, database="postgres")
    started.run(*others)
    yield started
    started.stop()


@pytest.fixture
def database(server):
    """The server with nothing in its database; roles and rights of an earlier test are forgotten."""
    for (schema,) in server.run("select nspname from pg_namespace where nspname ~ '^(marts|vues)'"):
        server.run(f"drop schema {schema} cascade")
    for (role,) in server.run("select rolname from pg_roles where rolname ~ '^(beffroi|u)_'"):
        server.run(f"drop owned by {role}", f"drop role {role}")
    return server


@pytest.fixture
def perimeter_file(tmp_path):
    file = tmp_path / "perimetres.yml"
    file.write_text(PERIMETERS, encoding="utf-8")
    return file


@pytest.fixture
def serve(database, perimeter_file, tmp_path):
    """A function that serves version ``n`` of the snapshot."""

    def to(version=1):
        name = f"2026010{version}T000000000000"
        folder = tmp_path / name
        if not folder.exists():
            write_snapshot(folder, name, version)
        return postgresql.serve(folder, database.url(), perimeter_file)

    return to


@pytest.fixture
def readers(serve, database):
    """The first version, served to people: one in schools, one in culture, one in both, one in pay, one in none."""
    serve()
    groups = {"ecole": ["ecoles"], "culture": ["culture_sports"], "deux": ["ecoles", "culture_sports"]}
    groups |= {"rh": ["rh"], "maire": ["ville"], "personne": []}
    for name, roles in groups.items():
        database.run(f"create role u_{name} login password '{PASSWORD}'")
        for role in roles:
            database.run(f"grant beffroi_{role} to u_{name}")
    return database


def versions(server, user="root"):
    return server.run("select distinct version from marts.fct_cost_line", user=user)


def test_every_value_and_label_is_that_of_the_snapshot(readers, tmp_path):
    source = duckdb.connect(str(tmp_path / "20260101T000000000000" / "beffroi.duckdb"), read_only=True)
    for table in TABLES:
        wanted = source.execute(f"from marts.{table}").fetchall()
        assert Counter(readers.run(f"table marts.{table}", user="u_maire")) == Counter(wanted), table
    types = readers.run(
        """select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns
        where table_name = 'mart_gap' order by ordinal_position"""
    )
    assert [name for _, name, *_ in types] == [
        *("text", "boolean", "integer", "bigint", "date", "timestamp without time zone", "numeric", "integer")
    ]
    assert types[6][2:] == (9, 6)
    labels = readers.run(
        """select obj_description('marts.fct_cost_line'::regclass),
        col_description('marts.fct_cost_line'::regclass, 3)"""
    )
    assert labels == [("One row per line", LABEL)]


SEEN = {
    "ecole": {"dim_tiers": {"t1"}, "fct_cost_line": {"ECOLE"}, "mart_meal": {"F1"}, "mart_headcount": {"service"}},
    "culture": {"mart_meal": {"F2"}, "mart_headcount": set()},
    "deux": {"dim_tiers": {"t1"}, "fct_cost_line": {"ECOLE"}, "mart_meal": {"F1", "F2"}, "mart_headcount": {"service"}},
    "rh": {"mart_headcount": {"total", "service"}, "mart_payroll_component": {"ECOLE"}},
}


@pytest.mark.parametrize("name", SEEN)
def test_a_reader_sees_the_rows_of_his_perimeters_and_no_other_table(readers, name):
    for table in TABLES.keys() - {"dim_service", "dim_facility", "dim_activity"}:
        wanted = SEEN[name].get(table)
        if wanted is None:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=table):
                readers.run(f"table marts.{table}", user=f"u_{name}")
        else:
            assert {row[0] for row in readers.run(f"table marts.{table}", user=f"u_{name}")} == wanted, table


def test_who_has_no_perimeter_sees_nothing(readers):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema marts"):
        versions(readers, "u_personne")
    # A right given by hand opens no row: each policy is for one perimeter.
    readers.run("grant usage on schema marts to u_personne", "grant select on all tables in schema marts to u_personne")
    assert versions(readers, "u_personne") == []


@pytest.mark.parametrize(
    "statement",
    [
        "delete from marts.fct_cost_line",
        "update marts.fct_cost_line set version = 2",
        "insert into marts.dim_tiers values ('x', 'x', 1)",
        "truncate marts.fct_cost_line",
        "drop table marts.fct_cost_line",
        "create table marts.mine (a int)",
        "create table public.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "copy marts.fct_cost_line to '/tmp/beffroi-leak.csv'",
        "copy marts.fct_cost_line to program 'cat'",
        "set role beffroi_ville",
        "set role beffroi",
        "set session authorization beffroi",
        "grant beffroi_ville to u_ecole",
        "alter table marts.fct_cost_line no force row level security",
        "create policy mine on marts.fct_cost_line using (true)",
        "set row_security = off; table marts.fct_cost_line",
    ],
)
def test_a_reader_can_do_nothing_but_read(readers, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        readers.run(statement, user="u_ecole")
    assert versions(readers) == [(1,)]


def test_a_view_shows_what_its_reader_may_see(readers):
    """A plain view asks for the rights of its owner, who has none on rows; one that asks for its reader's shows his."""
    readers.run(
        "create schema vues authorization beffroi",
        "set role beffroi",
        "create view vues.plain as select service_id from marts.fct_cost_line",
        "create view vues.mine with (security_invoker = true) as select service_id from marts.fct_cost_line",
        "grant usage on schema vues to u_ecole",
        "grant select on all tables in schema vues to u_ecole",
    )
    assert readers.run("table vues.plain", user="u_ecole") == []
    assert readers.run("table vues.mine", user="u_ecole") == [("ECOLE",)]


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        ("create table {next}.mine as select 1 as a", "mine is open without a policy of its own"),
        ("create view {next}.mine as table {next}.fct_cost_line", "mine is a view that ignores the rights"),
        ("create materialized view {next}.mine as table {next}.fct_cost_line", "mine is not a table or a view"),
        ("alter table {next}.mart_meal no force row level security", "mart_meal is open without a policy"),
        ("alter table {next}.mart_meal disable row level security", "mart_meal is open without a policy"),
        ("drop policy beffroi_ecoles on {next}.mart_meal", "not those of the perimeters: mart_meal beffroi_ecoles"),
        ("grant select on {next}.mart_gap to beffroi_ecoles", "no perimeter gives: mart_gap beffroi_ecoles SELECT"),
        ("grant select (label) on {next}.mart_gap to public", "no perimeter gives: mart_gap public SELECT"),
        ("grant update on {next}.mart_meal to beffroi_ecoles", "no perimeter gives: mart_meal beffroi_ecoles UPDATE"),
        (
            "create policy all_rows on {next}.mart_meal to public using (true)",
            "perimeters: mart_meal public",
        ),
    ],
)
def test_what_is_open_beyond_the_perimeters_is_not_served(readers, serve, monkeypatch, opening, said):
    verify = postgresql._verify

    def opened_by_mistake(target, schema, opened):
        target.execute(opening.format(next=schema))
        verify(target, schema, opened)

    monkeypatch.setattr(postgresql, "_verify", opened_by_mistake)
    with pytest.raises(NotServed, match=said):
        serve(2)
    assert versions(readers, "u_ecole") == [(1,)]


def test_rights_that_an_administrator_gives_to_all_new_tables_are_found(readers, serve):
    readers.run("alter default privileges for role beffroi grant select on tables to u_personne")
    with pytest.raises(NotServed, match=r"rights that no perimeter gives: .*u_personne SELECT"):
        serve(2)
    assert versions(readers, "u_ecole") == [(1,)]


@pytest.mark.parametrize("attribute", ["login", "superuser", "bypassrls"])
def test_a_role_of_a_perimeter_that_is_more_than_a_group_is_refused(readers, serve, attribute):
    readers.run(f"alter role beffroi_ecoles {attribute}")
    with pytest.raises(NotServed, match="beffroi_ecoles may log in or ignore policies"):
        serve(2)


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("delete from {next}.fct_cost_line where service_id is null", "fct_cost_line: 3 rows were copied of 4"),
        ("update {next}.fct_cost_line set net_eur = net_eur + 0.01", "fct_cost_line.net_eur: count and total"),
        ("update {next}.fct_cost_line set service_id = '' where service_id is null", "fct_cost_line.service_id"),
        ("update {next}.fct_cost_line set service_id = 'D' where service_id = 'DCS'", "fct_cost_line.service_id"),
    ],
)
def test_a_copy_that_differs_is_not_served(readers, serve, monkeypatch, tampering, said):
    copy = postgresql._copy

    def tampered(source, target, table):
        copy(source, target, table)
        if table.name == "fct_cost_line":
            target.execute(tampering.format(next=postgresql.NEXT))

    monkeypatch.setattr(postgresql, "_copy", tampered)
    with pytest.raises(NotServed, match=said):
        serve(2)
    assert versions(readers, "u_ecole") == [(1,)]
    assert postgresql.served(readers.url()) == "20260101T000000000000"


def test_readers_see_one_version_and_no_error_during_publications(readers, serve):
    """Each query reads eight tables; PostgreSQL looks their names up one after the other while they are switched."""
    together = " union ".join(f"select version from marts.{table}" for table in TABLES if table != "mart_gap")
    ordered = f"select array_agg(version) from ({together}) as one"
    stop, seen, errors = threading.Event(), [], []

    def read():
        mine = []
        with readers.connect("u_maire") as connection:
            while not stop.is_set():
                try:
                    mine.append(connection.execute(ordered).fetchone()[0])
                except Exception as error:
                    errors.append(repr(error))
        seen.append(mine)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for version in (2, 3, 4):
        serve(version)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert all(len(answer) == 1 for mine in seen for answer in mine)
    assert all(mine == sorted(mine) for mine in seen)
    assert {answer[0] for mine in seen for answer in mine} >= {1, 4}
    assert versions(readers, "u_ecole") == [(4,)]


def test_a_query_of_many_tables_never_straddles_the_switch(readers, serve, monkeypatch):
    """It reads one table, and waits while the switch is made before it looks up the next."""
    switched = threading.Event()
    rename = postgresql._wait_for_readers

    def held(target):
        rename(target)
        switched.set()

    monkeypatch.setattr(postgresql, "_wait_for_readers", held)
    with readers.connect("u_maire", autocommit=False) as reader:
        assert reader.execute("select distinct version from marts.fct_cost_line").fetchone() == (1,)
        publication = threading.Thread(target=serve, args=(2,))
        publication.start()
        assert not switched.wait(1), "the tables were switched under a query that had begun"
        reader.commit()
        publication.join(30)
    assert switched.is_set()
    assert versions(readers, "u_maire") == [(2,)]


def test_a_client_that_keeps_a_transaction_open_stops_neither_publication_nor_readers(readers, serve, caplog):
    with readers.connect("u_maire", autocommit=False) as idle:
        idle.execute("select 1 from marts.fct_cost_line").fetchall()
        serve(2)
        assert "does not wait for it" in caplog.text
        assert versions(readers, "u_ecole") == [(2,)]
        serve(3)
        assert "dropped at a later publication" in caplog.text
        assert versions(readers, "u_ecole") == [(3,)]
    serve(4)
    serve(4)
    assert len(readers.run("select 1 from pg_namespace where starts_with(nspname, 'marts_old_')")) == 1


def test_a_view_of_the_town_on_former_tables_is_told_and_kept(readers, serve, caplog):
    readers.run("create schema vues", "create view vues.costs as table marts.fct_cost_line")
    serve(2)
    serve(3)
    assert "view vues.costs depends on" in caplog.text
    assert readers.run("select distinct version from vues.costs") == [(1,)]


def test_a_perimeter_that_is_no_longer_written_sees_nothing_more(readers, serve, perimeter_file):
    perimeter_file.write_text(PERIMETERS.replace("  ecoles: {label: Écoles, services: [EDUC], raw_lines: true}\n", ""))
    serve(2)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        versions(readers, "u_ecole")
    assert versions(readers, "u_maire") == [(2,)]


def test_a_schema_of_others_is_left_alone(database, serve):
    database.run("create schema marts", "create table marts.theirs as select 1 as a")
    with pytest.raises(NotServed, match="is not Beffroi's"):
        serve()
    assert database.run("table marts.theirs") == [(1,)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/ville", "password authentication failed"),
        ("postgresql://beffroi:{password}@127.0.0.1:1/ville", "Connection refused"),
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/nowhere", "password authentication failed"),
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/ville?sslmode=require", "SSL"),
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/ville?sslmod=x", "not of the form"),
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/ville?{password}", "not of the form"),
        ("mysql://beffroi:{password}@127.0.0.1:{port}/ville", "not of the form"),
        ("postgresql://beffroi:{password}/ville", "not of the form"),
        ("postgresql://beffroi:x@127.0.0.1:{password}/ville", "not of the form"),
        ("host=127.0.0.1 password={password}", "not of the form"),
    ],
)
def test_a_failure_says_why_and_never_the_password(database, tmp_path, url, said, caplog):
    folder = write_snapshot(tmp_path / "snapshot")
    with pytest.raises(NotServed) as failure:
        postgresql.serve(folder, url.format(password="S3cret-Canary", port=database.port))
    assert said in str(failure.value)
    assert "S3cret-Canary" not in f"{failure.value}{caplog.text}"
    assert failure.value.__context__ is None or failure.value.__suppress_context__


def test_an_account_without_rights_is_told_where_to_find_them(database, perimeter_file, tmp_path):
    database.run("alter database ville owner to root")
    try:
        with pytest.raises(NotServed, match=r"permission denied.*docs/bi\.md"):
            postgresql.serve(write_snapshot(tmp_path / "snapshot"), database.url(), perimeter_file)
    finally:
        database.run("alter database ville owner to beffroi")


def test_a_value_that_does_not_fit_is_not_quoted(database, perimeter_file, tmp_path):
    folder = write_snapshot(tmp_path / "snapshot")
    with duckdb.connect(str(folder / "beffroi.duckdb")) as connection:
        connection.execute("update marts.mart_gap set label = 'CHIMEREAU' || chr(0)")
    with pytest.raises(NotServed, match="a value does not fit") as failure:
        postgresql.serve(folder, database.url(), perimeter_file)
    assert "CHIMEREAU" not in str(failure.value)


@pytest.fixture
def published(home, database, perimeter_file, monkeypatch):
    """A home with a published snapshot and the address of the database."""
    folder = write_snapshot(home.published / "20260101T000000000000")
    (home.published / publish.CURRENT).symlink_to(folder.name)
    monkeypatch.setenv("BEFFROI_POSTGRES_URL", database.url())
    monkeypatch.setattr(postgresql.serve, "__defaults__", (perimeter_file,))
    return home


def test_the_asset_serves_the_snapshot_and_is_red_when_it_cannot(published, database, monkeypatch, caplog):
    from orchestration.defs.publish.postgresql import defs

    (asset,) = defs().assets
    snapshot = dg.AssetSpec(["published", "snapshot"])
    result = dg.materialize([asset, snapshot], selection=[asset])
    assert result.success
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["rows"].value == sum(publish.current(published).tables.values())
    monkeypatch.setenv("BEFFROI_POSTGRES_URL", database.url(password="S3cret-Canary"))
    with caplog.at_level(logging.ERROR):
        assert not dg.materialize([asset, snapshot], selection=[asset], raise_on_error=False).success
    assert "PostgreSQL stays at the snapshot that it served: " in caplog.text
    assert "S3cret-Canary" not in caplog.text
    assert versions(database) == [(1,)]


def test_there_is_no_asset_without_an_address(monkeypatch):
    from orchestration.defs.publish.postgresql import defs

    monkeypatch.delenv("BEFFROI_POSTGRES_URL", raising=False)
    assert not defs().assets


def test_the_next_run_serves_what_could_not_be_served(published, database, monkeypatch):
    asked = []
    monkeypatch.setattr(pipeline, "_execute", lambda *job: asked.append(job) or True)
    assert pipeline._catch_up(published, pytest.fail) == pipeline.DONE
    assert asked == [("build", [["published", "postgresql"]])]


def test_the_command_serves_the_published_snapshot(published, database, monkeypatch):
    done = CliRunner().invoke(app, ["serve-sql"])
    assert (done.exit_code, done.output) == (0, "PostgreSQL serves snapshot 20260101T000000000000: 9 tables, 23 rows\n")
    assert pipeline._catch_up(published, pytest.fail) == pipeline.DONE
    said = []
    monkeypatch.setenv("BEFFROI_POSTGRES_URL", database.url(password="S3cret-Canary"))
    assert pipeline._catch_up(published, said.append) == pipeline.FAILED
    done = CliRunner().invoke(app, ["serve-sql"])
    assert done.exit_code == 1
    assert said == [done.output.strip()]
    assert said[0].startswith("PostgreSQL stays at the snapshot that it served: ")
    assert "S3cret-Canary" not in said[0]
