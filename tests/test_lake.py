"""Loads: invisible until committed, all or nothing, merged without losing a row."""

import duckdb
import pandas as pd
import pytest

from orchestration.lib import lake
from orchestration.lib.fields import Field
from orchestration.lib.register import LoadDraft
from orchestration.lib.warehouse import raw_view_sql

FIELDS = tuple(
    Field("line", column, "", "text", True, "", "") for column in ("source_export", "source_record", "amount")
)
TABLES = {"line": FIELDS}


def write(home, export_id, amounts):
    load_id = lake.new_load_id()
    with lake.LoadWriter(home.raw, "till", load_id, TABLES) as writer:
        frame = pd.DataFrame({"source_record": [f"Line[{i}]" for i in range(len(amounts))], "amount": amounts})
        writer.append("line", export_id, frame.astype(object))
    return LoadDraft(load_id, "till", writer.files())


def rows(home, register):
    paths = [home.raw / file.path for file in register.files("till")]
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(raw_view_sql("till", "line", FIELDS, paths))
        return connection.execute("select source_export, amount from raw.till__line order by all").fetchall()


def test_a_written_load_is_invisible_until_it_is_committed(home, register):
    draft = write(home, "a", ["1.00", None])
    assert rows(home, register) == []
    register.commit(draft)
    assert rows(home, register) == [("a", "1.00"), ("a", None)]


def test_orphans_of_a_crash_are_swept_and_loads_in_use_stay(home, register):
    register.commit(write(home, "a", ["1.00"]))
    write(home, "b", ["2.00"])
    assert lake.sweep(home.raw, register) == 1
    assert rows(home, register) == [("a", "1.00")]


def test_values_stay_the_text_they_were(home, register):
    register.commit(write(home, "a", ["007", "1e3", " 12,50 ", ""]))
    assert sorted(amount for _, amount in rows(home, register)) == ["", " 12,50 ", "007", "1e3"]


def test_a_refused_export_leaves_no_row(home, register):
    load_id = lake.new_load_id()
    with lake.LoadWriter(home.raw, "till", load_id, TABLES) as writer:
        for export_id in ("good", "bad"):
            writer.append("line", export_id, pd.DataFrame({"source_record": ["1"], "amount": ["1.00"]}, dtype=object))
    files = lake.without_exports(home.raw, writer.files(), {"bad"})
    register.commit(LoadDraft(load_id, "till", files))
    assert rows(home, register) == [("good", "1.00")]
    assert lake.sweep(home.raw, register) == 0


def test_a_load_of_refused_exports_only_leaves_no_file(home):
    assert lake.without_exports(home.raw, write(home, "bad", ["1.00"]).files, {"bad"}) == []
    assert list(home.raw.rglob("*.parquet")) == []


def test_many_loads_are_merged_into_one_with_the_same_rows(home, register):
    for number in range(lake.LOADS_BEFORE_COMPACTION - 1):
        register.commit(write(home, f"{number:02}", [f"{number}.00"]))
    assert not lake.compact(home.raw, "till", register)
    register.commit(write(home, "last", ["9.99"]))
    before = rows(home, register)
    assert lake.compact(home.raw, "till", register)
    assert rows(home, register) == before
    assert len(register.loads("till")) == 1
    lake.sweep(home.raw, register)
    assert len(list(home.raw.rglob("*.parquet"))) == 1
    assert rows(home, register) == before


def test_a_load_larger_than_a_row_group_is_written_in_bounded_pieces(home, register, monkeypatch):
    monkeypatch.setattr(lake, "ROW_GROUP_ROWS", 10)
    load_id = lake.new_load_id()
    with lake.LoadWriter(home.raw, "till", load_id, TABLES) as writer:
        for piece in range(5):
            amounts = [f"{piece}.{cents:02}" for cents in range(7)]
            writer.append("line", "a", pd.DataFrame({"source_record": amounts, "amount": amounts}, dtype=object))
            assert sum(len(frame) for _, frame in writer._buffers.get("line", [])) < 10
    register.commit(LoadDraft(load_id, "till", writer.files()))
    assert len(rows(home, register)) == 35


def test_a_column_that_an_older_load_lacks_is_null(home, register):
    register.commit(write(home, "old", ["1.00"]))
    wider = (*FIELDS, Field("line", "vat", "", "text", False, "", ""))
    paths = [home.raw / file.path for file in register.files("till")]
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(raw_view_sql("till", "line", wider, paths))
        assert connection.execute("select amount, vat from raw.till__line").fetchall() == [("1.00", None)]


def test_a_frame_without_one_of_the_columns_is_an_error(home):
    with (
        pytest.raises(ValueError, match="columns of line"),
        lake.LoadWriter(home.raw, "till", "load", TABLES) as writer,
    ):
        writer.append("line", "a", pd.DataFrame({"source_record": ["1"]}, dtype=object))
