"""Tables are replaced in place (``dbt_project/macros/replaced_table.sql``): whole, or not at all."""

import duckdb
import pytest
import raw_warehouse
from raw_warehouse import build, load_raw

MODEL = "dim_function"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    database = tmp_path_factory.mktemp("replaced") / "warehouse.duckdb"
    load_raw(database, [])
    build(database, f"+{MODEL}")
    return database


def described(database):
    with duckdb.connect(str(database), read_only=True) as connection:
        relations = connection.execute(
            "select table_name, table_type from information_schema.tables where table_name like ? order by all",
            [f"{MODEL}%"],
        ).fetchall()
        return relations, connection.execute(f"select count(*) from marts.{MODEL}").fetchone()


def test_a_table_that_cannot_be_made_again_stays_as_it_was(database, monkeypatch):
    before = described(database)
    assert before[0] == [(MODEL, "BASE TABLE")]
    assert before[1] > (0,)
    node = raw_warehouse._project("{}").nodes[f"model.beffroi.{MODEL}"]
    fails = "cast(function_label as integer) > 0"
    monkeypatch.setattr(node, "raw_code", f"select * from ({node.raw_code}) as model where {fails}")
    with pytest.raises(AssertionError, match="Conversion Error"):
        build(database, MODEL)
    assert described(database) == before


def test_a_view_of_the_same_name_gives_way_to_the_table(database):
    before = described(database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"drop table marts.{MODEL}; create view marts.{MODEL} as select 1 as a")
    build(database, MODEL)
    assert described(database) == before
