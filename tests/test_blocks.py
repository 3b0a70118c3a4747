"""Blocks of columns: the fast way and the tolerant one give the same rows, whatever the dress of the file."""

import openpyxl
import pyarrow as pa
import pytest

from orchestration.lib import blocks, tables
from orchestration.lib.blocks import Blocks, Converted
from orchestration.lib.errors import RefusedExport

LAYOUT = tables.Layout("people", {"name": ["name"], "day": ["day"], "note": ["note"]}, ["name", "day"])
NONE = RefusedExport("no table")
ROWS = [
    ("Éloïse", "2025-09-01", "a"),
    ("0042", "", " b  c "),
    ("", "", ""),
    ("d'Arc", "2025-09-02", ""),
    ("x", "1", "€"),
]


def opened(path):
    return Blocks(path, tables.find_table(path, [LAYOUT], NONE))


def rows(found):
    return [
        (number, *cells)
        for block in found
        for number, cells in zip(
            block.numbers.tolist(), pa.table(block.columns).to_pandas().itertuples(index=False, name=None), strict=True
        )
    ]


def text(mark=";", end="\n", cell=str, header="Name;Other;Day;Note"):
    lines = [header.replace(";", mark)]
    lines += [mark.join(cell(value) for value in (name, "left out", day, note)) for name, day, note in ROWS]
    return end.join(lines) + end


def quoted(value):
    return f'"{value}"'


def tolerantly(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Blocks, "_is_plain", lambda self: False)
        return rows(opened(path))


EXPECTED = [
    (2, "Éloïse", "2025-09-01", "a"), (3, "0042", None, "b  c"), (5, "d'Arc", "2025-09-02", None), (6, "x", "1", "€"),
]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
@pytest.mark.parametrize("mark", list(tables.DELIMITERS), ids=["semicolon", "comma", "tab", "bar"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("cell", [str, quoted], ids=["bare", "quoted"])
def test_both_ways_give_the_same_rows(tmp_path, monkeypatch, encoding, mark, end, cell):
    path = tmp_path / "table.csv"
    path.write_bytes(text(mark, end, cell).encode(encoding))
    assert rows(opened(path)) == EXPECTED
    # The row that names nobody has a text in a column that is not read.
    assert tolerantly(path, monkeypatch) == EXPECTED


@pytest.mark.parametrize(
    "cells",
    [
        '5" tube;x;1;a',
        '"a" ;x;1;a',
        '""a;x;1;a',
        ' "a";x;1;a',
        "a;x;1",
        "a;x",
        '"a\nb";x;1;"c;d"',
        '"""a""";x;1;""',
        ";;;",
        "\n",
    ],
)
def test_odd_rows_are_the_same_or_refused_both_ways(tmp_path, monkeypatch, cells):
    path = tmp_path / "table.csv"
    path.write_text(text() + cells + "\n" + "last;x;2;z\n", encoding="utf-8", newline="")

    def said(read):
        try:
            return read()
        except RefusedExport as refusal:
            return refusal.problem

    assert said(lambda: rows(opened(path))) == said(lambda: tolerantly(path, monkeypatch))


@pytest.mark.parametrize("block_bytes", [64, 200])
def test_rows_are_the_same_in_many_blocks_and_when_the_fast_way_stops_midway(tmp_path, monkeypatch, block_bytes):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 3)
    monkeypatch.setattr(blocks, "SMALL_BYTES", 0)
    path = tmp_path / "table.csv"
    lines = [f"n{number};x;2025-09-{number % 28 + 1:02};{'é' * (number % 5)}" for number in range(500)]
    lines.insert(300, "short;x")
    path.write_text("\n".join(["name;other;day;note", *lines]), encoding="utf-8")
    found = rows(opened(path))
    assert len(found) == 501
    assert found[300] == (302, "short", None, None)
    assert found == tolerantly(path, monkeypatch)


def test_bytes_that_windows_does_not_know_are_read_the_tolerant_way(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_bytes(text().encode("windows-1252") + b"a\x81;x;1;b\n")
    assert rows(opened(path)) == tolerantly(path, monkeypatch)


def test_a_title_above_the_header_counts_in_the_numbers_of_rows(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_text("Liste;;;\nau 1er septembre;;;\n" + text(), encoding="utf-8")
    assert [row[0] for row in rows(opened(path))] == [4, 5, 7, 8]
    assert rows(opened(path)) == tolerantly(path, monkeypatch)


def test_a_workbook_gives_the_same_rows(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Name", "Other", "Day", "Note"])
    for name, day, note in ROWS:
        book.active.append([name or None, "left out", day or None, note or None])
    book.save(tmp_path / "table.xlsx")
    assert rows(opened(tmp_path / "table.xlsx")) == EXPECTED


def test_beginnings_are_those_of_all_blocks(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(text(), encoding="utf-8")
    assert opened(path).beginnings(["day", "note"], 4) == {"day": {"2025", "1"}, "note": {"a", "b  c", "€"}}


def test_a_conversion_is_made_once_for_each_distinct_row():
    seen = []

    def convert(*texts):
        seen.append(texts)
        return "-".join(text or "0" for text in texts)

    converted = Converted(convert)
    columns = [pa.array(["a", "b", "a", None]), pa.array(["1", "1", "1", "2"]), pa.array(["x", None, "x", "x"])]
    for _ in range(2):
        assert converted(*columns).to_pylist() == ["a-1-x", "b-1-0", "a-1-x", "0-2-x"]
    assert sorted(seen, key=str) == sorted({("a", "1", "x"), ("b", "1", None), (None, "2", "x")}, key=str)


def test_what_is_remembered_of_conversions_is_bounded(monkeypatch):
    monkeypatch.setattr(blocks, "KNOWN_CELLS", 10)
    converted = Converted(lambda text: text)
    for first in range(0, 100, 5):
        converted(pa.array([str(number) for number in range(first, first + 5)]))
    assert len(converted._known) <= 15
