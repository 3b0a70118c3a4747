"""Tables built by month (``dbt_project/macros/by_month.sql``): what a build from nothing gives, and only what changed.

The exports of childcare of the demo town, one year, of which each test sends, changes or takes away some.
"""

import json
import re

import duckdb
import pytest
import raw_warehouse
from raw_warehouse import build, load_raw

import demo_city
from orchestration.lib.home import DBT_PROJECT

pytestmark = pytest.mark.slow

MODELS = ("path:models/staging/childcare", "path:models/intermediate/childcare")
SEEDS = ("map_childcare__activity", "map_childcare__facility")
TABLES = {
    path.stem: f"{path.parts[-3]}.{path.stem}"
    for path in sorted((DBT_PROJECT / "models").rglob("*.sql"))
    if "materialized='by_month'" in path.read_text(encoding="utf-8")
}
USERS = "intermediate.int_childcare__user"
DECEMBER, NOVEMBER, OCTOBER = "2025-12", "2025-11", "2025-10"
MONTHS = 11  # with pupils in them, but for the last one, which tests send
MONTH = re.compile(r"\d{4}-\d{2}")


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Return name -> export of the demo town."""
    landing = tmp_path_factory.mktemp("town")
    demo_city.write(landing, inhabitants=400, years=1, seed=7)
    return {path.name: path for path in sorted((landing / "childcare").iterdir())}


@pytest.fixture(scope="module")
def built(exports, tmp_path_factory):
    """Return a warehouse of all but the last month, built once."""
    database = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    lay(database, [path for name, path in exports.items() if DECEMBER not in name])
    build(database, *SEEDS, *MODELS)
    return database


@pytest.fixture
def warehouse(built, tmp_path):
    """Return a copy of the warehouse to send the next day to."""
    database = tmp_path / "warehouse.duckdb"
    database.write_bytes(built.read_bytes())
    return database


def lay(database, paths):
    """Put the raw tables of ``paths`` in the place of those of ``database``, all received at one moment."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("drop schema if exists raw cascade")
    load_raw(database, [("childcare", path) for path in paths])
    change(database, "update raw.register__export set received_at = timestamp '2026-01-01'")


def change(database, *statements):
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def digests(database):
    """Return table -> month -> digest."""
    found = query(database, "select table_name, comment from duckdb_tables() where comment is not null")
    return {table: json.loads(comment) for table, comment in found}


def redone(before, after):
    """Return table -> months that are not what they were."""
    return {
        table: {
            month
            for month in before[table].keys() | after[table].keys()
            if before[table].get(month) != after[table].get(month)
        }
        for table in before
    }


def check_next_day(database, tmp_path, make=build):
    """Build ``database``; check each table with one made from nothing, and return table -> months made again."""
    before = digests(database)
    make(database, *MODELS)
    (tmp_path / "anew").mkdir()
    anew = tmp_path / "anew" / "warehouse.duckdb"
    anew.write_bytes(database.read_bytes())
    change(anew, *(f"drop table {table}" for table in [*TABLES.values(), USERS]))
    make(anew, *TABLES, USERS.rpartition(".")[2])
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as kept (read_only); attach '{anew}' as anew (read_only)")
        for table in [*TABLES.values(), USERS]:
            for one, other in (("kept", "anew"), ("anew", "kept")):
                found = connection.execute(f"from {one}.{table} except all from {other}.{table} limit 3").fetchall()
                assert found == [], f"{table}: only in {one}"
            described = [connection.execute(f"describe {one}.{table}").fetchall() for one in ("kept", "anew")]
            assert described[0] == described[1], table
    assert digests(database) == digests(anew)
    return redone(before, digests(database))


def test_the_tables_have_rows_of_many_months_and_a_digest_of_each(built):
    assert set(TABLES) == digests(built).keys() >= {"stg_childcare__consommation", "int_childcare__activity"}
    for table in TABLES:
        assert len(digests(built)[table]) == MONTHS, table


def test_a_new_month_leaves_the_others_alone(warehouse, exports):
    lay(warehouse, exports.values())
    # Rows that no build would write, planted in a month that nothing touches: they are still there afterwards.
    for table in TABLES.values():
        change(warehouse, f"update {table} set source_system = 'planted'")
    build(warehouse, *MODELS)
    for name, table in TABLES.items():
        month = re.search(r"month_of='(\w+)'", source(name)).group(1)
        found = query(
            warehouse,
            f"select distinct strftime({month}, '%Y-%m') from {table} where source_system <> 'planted'",
        )
        assert found == [(DECEMBER,)], table


def source(name):
    """Return the text of a model."""
    return next((DBT_PROJECT / "models").rglob(f"{name}.sql")).read_text(encoding="utf-8")


def test_a_new_month_gives_what_a_build_from_nothing_gives(warehouse, exports, tmp_path):
    lay(warehouse, exports.values())
    assert all(months == {DECEMBER} for months in check_next_day(warehouse, tmp_path).values())


def test_a_build_without_news_makes_nothing_again(warehouse, tmp_path):
    assert not any(check_next_day(warehouse, tmp_path).values())


def test_a_quotient_from_october_on_changes_the_months_from_october_on(warehouse, tmp_path):
    change(
        warehouse,
        """update raw.childcare__quotient set tranche_quotient = 'QF9' where date_debut >= '2025-10-01'""",
    )
    months = check_next_day(warehouse, tmp_path)
    assert months["stg_childcare__consommation"] == set()
    assert all(month >= "2025-10" for month in months["int_childcare__attendance"])


def test_another_key_of_the_pseudonyms_changes_every_row_of_children(warehouse, tmp_path):
    renamed = query(
        warehouse,
        """select table_name, column_name from information_schema.columns
        where table_schema = 'raw' and table_name like 'childcare__%' and column_name like '%pseudonym'""",
    )
    assert len(renamed) > 5
    change(
        warehouse,
        *(
            f"update raw.{table} set {column} = md5('other' || {column}) where {column} is not null"
            for table, column in renamed
        ),
    )
    months = check_next_day(warehouse, tmp_path)
    assert len(months["stg_childcare__consommation"]) == len(months["int_childcare__user_month"]) == MONTHS


def test_another_seed_makes_all_months_again(warehouse, tmp_path):
    change(warehouse, "update seeds.map_childcare__activity set service_id = 'OTHER' where source_type = 'APS'")
    months = check_next_day(warehouse, tmp_path)
    assert months["stg_childcare__consommation"] == set()
    assert len(months["int_childcare__attendance"]) == len(months["int_childcare__activity"]) == MONTHS


def change_sql(monkeypatch, before, after):
    """Write other SQL in the place of a part of that of the attendance, until the end of the test."""
    node = raw_warehouse._project("{}").nodes["model.beffroi.int_childcare__attendance"]
    assert before in node.raw_code
    monkeypatch.setattr(node, "raw_code", node.raw_code.replace(before, after))


def test_other_sql_makes_all_months_again(warehouse, tmp_path, monkeypatch):
    change_sql(monkeypatch, "coalesce(uses.quantity, 1)", "coalesce(uses.quantity, 1) * 2")
    months = check_next_day(warehouse, tmp_path)
    assert months["stg_childcare__consommation"] == set()
    assert len(months["int_childcare__attendance"]) == len(months["int_childcare__activity"]) == MONTHS


def test_a_table_that_somebody_else_made_is_made_again(warehouse, tmp_path):
    table = TABLES["int_childcare__attendance"]
    change(warehouse, f"create or replace table {table} as from {table} limit 10")
    before = digests(warehouse)
    assert "int_childcare__attendance" not in before
    build(warehouse, *MODELS)
    assert len(digests(warehouse)["int_childcare__attendance"]) == MONTHS
    assert query(warehouse, f"select count(*) from {table}") == query(
        warehouse, "select count(*) from staging.stg_childcare__consommation where is_standing"
    )


def test_a_busy_night_makes_again_what_changed_and_nothing_else(warehouse, exports, tmp_path):
    """A month sent again, one withdrawn, one refused afterwards, a charge become free."""
    again = tmp_path / f"consommations_{OCTOBER}_cantine_v2.csv"
    header, *rows = exports[f"consommations_{OCTOBER}_cantine.csv"].read_text(encoding="utf-8").splitlines()
    again.write_text("\n".join([header, *rows[: len(rows) // 2], ""]), encoding="utf-8")
    lay(
        warehouse,
        [path for name, path in exports.items() if not {DECEMBER, NOVEMBER} & set(MONTH.findall(name))] + [again],
    )
    ((charge, month),) = query(
        warehouse,
        """select charge_code, strftime(min(use_month), '%Y-%m') from staging.stg_childcare__consommation
        where is_standing and state_code = 'absenti' and charge_code is not null and activity_code like 'CAN%'
        group by charge_code order by charge_code limit 1""",
    )
    change(
        warehouse,
        "update raw.register__export set verdict = 'refused' where file_name like '%2025-03_cantine_v2%'",
        f"update raw.childcare__prestation set montant = '0' where prestation_id = '{charge}'",
    )
    sent = {OCTOBER, NOVEMBER, "2025-03"}
    assert month not in sent
    months = check_next_day(warehouse, tmp_path)
    assert months["stg_childcare__consommation"] == sent
    assert months["int_childcare__attendance"] == months["int_childcare__activity"] == sent | {month}
    uses = TABLES["stg_childcare__consommation"]
    assert query(warehouse, f"select count(*) from {uses} where use_month >= '2025-11-01'") == [(0,)]


def test_a_day_that_is_none_is_a_row_without_month(warehouse, tmp_path):
    change(
        warehouse,
        """update raw.childcare__consommation set date = '2025-02-30'
        where date = (select min(date) from raw.childcare__consommation where date like '2025-02%')""",
    )
    months = check_next_day(warehouse, tmp_path)
    assert months["stg_childcare__consommation"] == {"2025-02"}
    assert {"", "2025-02"} <= months["int_childcare__attendance"]
    assert query(warehouse, f"select count(*) from {TABLES['int_childcare__attendance']}") == query(
        warehouse, "select count(*) from staging.stg_childcare__consommation where is_standing"
    )


def test_many_parts_make_the_same_table_as_one(warehouse, tmp_path):
    change(
        warehouse,
        """update raw.childcare__consommation set date = '2025-02-30'
        where date = (select min(date) from raw.childcare__consommation where date like '2025-02%')""",
        *(f"drop table {table}" for table in TABLES.values()),
    )

    def make(database, *select):
        build(database, *select, rows_at_once=10**6 if "anew" in database.parts else 1)

    assert check_next_day(warehouse, tmp_path, make) == {}


def test_a_model_that_moves_rows_to_months_of_no_input_is_not_followed(warehouse, monkeypatch):
    change_sql(monkeypatch, "uses.use_date,\n", "uses.use_date + 4000 as use_date,\n")
    build(warehouse, "int_childcare__attendance")
    assert "int_childcare__attendance" not in digests(warehouse)
