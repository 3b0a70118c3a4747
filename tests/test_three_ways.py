"""One file of perimeters, three ways to read: the rows of the dashboards, of PostgreSQL and of the files are the same.

Every mart has rows of each service, facility, activity and function, and rows that nobody bears.
"""

from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from postgres_server import IS_INSTALLED, PASSWORD, Server
from published import contracts, marts, snapshot

from orchestration.lib import files
from orchestration.lib.perimeters import FILE, Perimeters
from orchestration.site.boards import Query
from orchestration.site.view import View, organisation

psycopg = pytest.importorskip("psycopg", reason="psycopg is absent: it is in the extra postgres")
from orchestration.lib import postgresql  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not IS_INSTALLED, reason="PostgreSQL is absent: install postgresql"),
]

SERVICES = [
    *[(name, None) for name in ("EDUC", "DCS", "SOC", "CTM", "FIN", "DRH", "DSI", "LOG", "DG")],
    *[("ECOLE", "EDUC"), ("BIBLIO", "DCS"), ("CRECHE", "SOC"), ("L'ATELIER", "CTM")],
]
FUNCTIONS = {"ECOLE": "213", "BIBLIO": "313", "CRECHE": "4221", "L'ATELIER": "510"}
CODES = {
    "service": [name for name, _ in SERVICES],
    "facility": [f"F-{name}" for name in FUNCTIONS],
    "activity": [f"A-{name}" for name in FUNCTIONS],
    "function": [*FUNCTIONS.values(), "01"],
}
DIMENSIONS = {
    "dim_service": [
        {"service_id": name, "parent_service_id": parent, "current_service_id": name}
        | {"function_m57_code": FUNCTIONS.get(name)}
        for name, parent in SERVICES
    ],
    "dim_facility": [
        {"facility_id": f"F-{name}", "service_id": name, "valid_from": date(2020, 1, 1)} for name in FUNCTIONS
    ],
    "dim_activity": [{"activity_id": f"A-{name}", "service_id": name} for name in FUNCTIONS],
}
TEXTS = ["", "=1+1", " & <b>\n", "œ’€ _x0041_", "@cmd", "-2", "011"]


def value(kind, number):
    """Return a value of a type of a contract; the numbers follow one another."""
    name, _, size = kind.partition("(")
    if name == "decimal":
        precision, scale = map(int, size.rstrip(")").split(","))
        digits = number * 1_234_567 % 10 ** min(precision, 12)
        return Decimal(-digits if number % 3 else digits).scaleb(-scale) if number % 5 else None
    return {
        "string": TEXTS[number % len(TEXTS)],
        "integer": number,
        "bigint": number * 10**9,
        "boolean": number % 2 == 0,
        "date": date(2025, 1 + number % 12, 1 + number % 28),
        "timestamp": datetime.combine(date(2025, 3, 30), time(number % 24, 30)),
    }[name]


def rows_of(table, columns, rule):
    """Return a row per code that the rule of the table looks at, and two of nobody; two rows where it looks at none."""
    codes = [None, None] if rule is None else [*CODES.get(rule.by, []), None, "nobody's"]
    made = []
    for number, code in enumerate(codes):
        row = {name: value(kind, number + place) for place, (name, kind) in enumerate(columns.items())}
        if table == "mart_headcount":
            axis = ("total", "service", "service_sex")[number % 3]
            made.append(row | {"axis": axis, "value_code": code, "group_code": code if axis == "service_sex" else None})
        else:
            looked_at = {rule.by_column: code} if rule is not None and rule.by_column in columns else {}
            made.append(row | looked_at | ({"tiers_id": f"t{number}"} if "tiers_id" in columns else {}))
    return made


class Looked:
    """A rule with the plain column that it looks at, if any."""

    def __init__(self, rule):
        self.by, self.by_column = rule.by, rule.column


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The folder of a snapshot with its files, and its perimeters."""
    bare = snapshot(tmp_path_factory.mktemp("bare"), DIMENSIONS) / "beffroi.duckdb"
    rules = Perimeters.read(organisation(bare), FILE).rules
    rows = {
        table: DIMENSIONS.get(table) or rows_of(table, columns, Looked(rules[table]) if table in rules else None)
        for table, columns in contracts().items()
    }
    folder = snapshot(tmp_path_factory.mktemp("town"), rows)
    database = folder / "beffroi.duckdb"
    (folder / "parquet").mkdir()
    with duckdb.connect(str(database), read_only=True) as connection:
        for table in contracts():
            connection.execute(f"copy marts.{table} to '{folder / 'parquet' / table}.parquet'")
    files.write(folder, marts())
    return folder, Perimeters.read(organisation(database), FILE)


@pytest.fixture(scope="module")
def server(town):
    """A PostgreSQL that serves the town to one person per perimeter, named after it."""
    started = Server()
    started.run(f"create role beffroi login createrole password '{PASSWORD}'", database="postgres")
    started.run("create database ville owner beffroi", database="postgres")
    folder, perimeters = town
    postgresql.serve(folder, started.url())
    for name in perimeters.perimeters:
        person = name.replace("-", "_")
        started.run(f"create role {person} login password '{PASSWORD}' in role beffroi_{person}")
    yield started
    started.stop()


def perimeter_names():
    return ["ville", "education", "culture-sports", "action-sociale", "technique", "ressources", "rh"]


def test_every_perimeter_of_the_town_is_looked_at(town):
    assert list(town[1].perimeters) == perimeter_names()


def wanted(town, perimeter):
    """Return mart -> rows that the conditions give, for the marts of which the perimeter sees something."""
    folder, perimeters = town
    with duckdb.connect(str(folder / "beffroi.duckdb"), read_only=True) as connection:
        connection.execute("set search_path = 'marts'")
        return {
            table: Counter(connection.execute(f"from {table} where {condition}").fetchall())
            for table in contracts()
            if (condition := perimeters.condition(perimeters.perimeters[perimeter], table)) is not None
        }


@pytest.mark.parametrize("perimeter", perimeter_names())
def test_dashboards_postgresql_and_files_have_the_same_rows(town, server, perimeter):
    rows = wanted(town, perimeter)
    assert on_the_site(town, perimeter) == rows
    assert in_postgresql(server, perimeter) == rows
    assert in_parquet(town, perimeter) == rows
    assert in_excel(town, perimeter) == {table: without_empty_texts(of_table) for table, of_table in rows.items()}


def test_perimeters_differ(town):
    """Else the test above would say little: each sees something, none but the first sees all, no two see the same."""
    seen = {name: wanted(town, name) for name in perimeter_names()}
    counts = {name: sum(map(Counter.total, rows.values())) for name, rows in seen.items()}
    assert all(counts["ville"] > count > 30 for name, count in counts.items() if name != "ville")
    assert len({frozenset((table, *rows) for table, rows in one.items()) for one in seen.values()}) == len(seen)
    assert seen["ville"].keys() == contracts().keys()
    assert "fct_cost_line" not in seen["rh"]
    assert "mart_payroll_component" not in seen["education"]


def on_the_site(town, name):
    folder, perimeters = town
    queries = {
        table: Query(f"select {', '.join(columns)} from {table}", frozenset({table}))
        for table, columns in contracts().items()
    }
    view = View(folder / "beffroi.duckdb", perimeters.perimeters[name], perimeters, queries.values(), {}, {})
    try:
        return {table: view.answer(queries[table], lambda _, rows: Counter(rows)) for table in view.tables}
    finally:
        view.close()


def in_postgresql(server, name):
    found = {}
    with server.connect(name.replace("-", "_")) as connection:
        for table in contracts():
            try:
                found[table] = Counter(connection.execute(f"table marts.{table}").fetchall())
            except psycopg.errors.InsufficientPrivilege:
                continue
    return found


def in_parquet(town, name):
    folder = town[0] / "fichiers" / name / "parquet"
    return {file.stem: Counter(duckdb.read_parquet(str(file)).fetchall()) for file in folder.iterdir()}


def without_empty_texts(rows):
    """An empty text and no value are the same cell."""
    return Counter(tuple(None if cell == "" else cell for cell in row) for row in rows.elements())


def in_excel(town, name):
    """Return the rows of all workbooks, with decimals where a cell has a binary number."""
    found = {}
    for file in (town[0] / "fichiers" / name).glob("*.xlsx"):
        workbook = openpyxl.load_workbook(file)
        for sheet in workbook.worksheets[1:]:
            kinds = list(contracts()[sheet.title].values())
            assert sheet.title not in found
            found[sheet.title] = Counter(
                tuple(cell_value(cell, kind) for cell, kind in zip(row, kinds, strict=True))
                for row in sheet.iter_rows(min_row=2)
            )
    return found


def cell_value(cell, kind):
    if cell.value is None:
        return None
    name = kind.partition("(")[0]
    assert cell.data_type == {"string": "s", "boolean": "b", "date": "d", "timestamp": "d"}.get(name, "n"), kind
    if name == "decimal":
        return Decimal(str(cell.value))
    if name == "date":
        return cell.value.date()
    if name == "string":
        return unescape(cell.value) or None  # as Excel does
    return cell.value
