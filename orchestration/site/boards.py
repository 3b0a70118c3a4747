"""Boards as data: each is a YAML file (what is shown, and why) and an SQL file of named queries beside it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lib import declarations, french
from orchestration.lib.home import PROJECT

FOLDER = PROJECT / "dashboards"
SHARED = "communs.sql"
CHARTS = ("bar", "bars", "stacked", "line", "waterfall", "pyramid")
ROWS_OF_NOTHING = ("generate_series", "range", "unnest")  # functions that give rows and read no table
_LISTS = ("figures", "charts", "tables", "systems", "sources")
_QUERY_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class BoardError(ValueError):
    """A board is not written as it must be."""


@dataclass(frozen=True)
class Query:
    """A named SELECT on the published tables, and the names of those tables."""

    sql: str
    tables: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Element:
    """What a board shows from one query. ``systems`` are those without whose exports it would be empty."""

    id: str
    query: str
    label: str
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figure(Element):
    """An indicator: the column ``id`` of the one row of its query.

    ``<id>_previous``, ``period``, ``previous_period`` and ``provisional`` (why, or NULL) of that row are used when they
    are there. ``previous`` says how the change reads: change (in percent), difference (in points or units) or none.
    ``context`` is a sentence with ``{column:format}`` in it, ``otherwise`` the one for when it cannot be said.
    ``link`` is the board that tells more, ``place`` the element of it that does. On the first page, figures of a
    ``group`` come together under its name.
    """

    format: str
    formula: str
    source: str
    unit: str = ""
    previous: str = "change"
    context: str = ""
    otherwise: str = ""
    link: str = ""
    place: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart(Element):
    """A chart: ``x`` is the column of categories; ``values`` maps columns to labels, or ``series`` splits one of them.

    A row whose column ``is_provisional`` is true is marked as such.
    """

    type: str
    x: str
    values: dict[str, str]
    format: str
    series: str = ""
    unit: str = ""
    x_format: str = "text"
    x_label: str = ""
    note: str = ""
    wide: bool = False
    ordered: bool = False  # the series are steps of one scale: shades of one colour
    of_whole: bool = False  # the axis ends at 100 %, however small the shares


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``bar`` draws the value as a bar of full length when it is 1; more than that is a fault when it is a ``limit``.
    ``link`` is the column that holds the file of the folder that the value leads to, or NULL. An ``optional`` column
    without any value, or any link when it is made of links, is left out.
    """

    label: str
    format: str = "text"
    unit: str = ""
    bar: bool = False
    limit: bool = False
    link: str = ""
    optional: bool = False

    @property
    def is_number(self) -> bool:
        """Tell whether it is aligned and exported as a number."""
        return self.format not in french.TEXTS


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The raw lines behind the rows of a table: rows of ``query`` whose first column equals the ``key`` of the row."""

    label: str
    query: str
    columns: dict[str, Column]


@dataclass(frozen=True, kw_only=True)
class Table(Element):
    """A table; ``key`` is the column that leads to the ``lines`` behind a row. An ``optional`` one is never empty."""

    columns: dict[str, Column]
    key: str = ""
    lines: Lines | None = None
    note: str = ""
    empty: str = "Rien à signaler."
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Board:
    """A page: the question that it answers, then figures, charts and tables.

    ``each`` makes a page per row of that query (columns key, label, group); every other query then has a column key.
    """

    slug: str
    title: str
    question: str
    theme: str
    order: int
    systems: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    each: str = ""
    intro: str = ""
    method: str = ""
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    queries: dict[str, Query] = field(default_factory=dict)

    @property
    def elements(self) -> Iterator[Element]:
        """What the board shows, in order."""
        yield from (*self.figures, *self.charts, *self.tables)

    @property
    def systems_used(self) -> tuple[str, ...]:
        """Every system whose exports the board shows something of."""
        elements = [system for element in self.elements for system in element.systems]
        return tuple(dict.fromkeys((*self.systems, *self.sources, *elements)))

    @property
    def tables_used(self) -> frozenset[str]:
        """Every published table that a query of the board reads."""
        return frozenset(table for query in self.queries.values() for table in query.tables)


def load(folder: Path = FOLDER) -> list[Board]:
    """Return the boards of ``folder`` in the order of the menu. Raises BoardError for one that cannot be shown."""
    shared = views(folder)
    paths = [path for path in folder.glob("*.yml") if path.with_suffix(".sql").exists()]
    return sorted((_board(path, shared) for path in paths), key=lambda board: board.order)


def views(folder: Path = FOLDER) -> dict[str, Query]:
    """Return the queries that all boards may use as if they were tables, each after those that it reads."""
    file = folder / SHARED
    return _queries(file, {}) if file.exists() else {}


def words(queries: Iterable[Query]) -> dict[str, set[str]]:
    """Return table -> every word of the queries that read it: a column that none of them names need not be copied."""
    found: dict[str, set[str]] = {}
    for query in queries:
        for table in query.tables:
            found.setdefault(table, set()).update(re.findall(r"\w+", query.sql))
    return found


def _board(path: Path, shared: dict[str, Query]) -> Board:
    said = typeset(declarations.read(path))
    try:
        board = Board(
            **{name: value for name, value in said.items() if name not in _LISTS},
            slug=path.stem,
            systems=tuple(said.get("systems", ())),
            sources=tuple(said.get("sources", ())),
            figures=tuple(_element(Figure, one) for one in said.get("figures", ())),
            charts=tuple(_element(Chart, one) for one in said.get("charts", ())),
            tables=tuple(_table(one) for one in said.get("tables", ())),
            queries=_queries(path.with_suffix(".sql"), shared),
        )
    except (KeyError, TypeError) as error:
        raise BoardError(f"{path.name}: {error}") from error
    _check(board)
    return board


def typeset(said: Any) -> Any:
    """Return what a YAML file says with every text in French typography."""
    if isinstance(said, dict):
        return {key: typeset(value) for key, value in said.items()}
    if isinstance(said, list):
        return [typeset(one) for one in said]
    return french.typeset(said) if isinstance(said, str) else said


def _queries(path: Path, shared: dict[str, Query]) -> dict[str, Query]:
    """Return the named queries of a file; what they read of ``shared`` counts as the tables that it reads itself."""
    _, *parts = _QUERY_NAME.split(path.read_text(encoding="utf-8"))
    known, found = dict(shared), {}
    for name, sql in zip(parts[::2], parts[1::2], strict=True):
        tables = _tables(sql)
        below = [known[table].tables if table in known else {table} for table in tables]
        found[name] = Query(sql.strip().rstrip(";"), frozenset().union(*below))
        if not shared:
            known[name] = found[name]
    return found


def _tables(sql: str) -> frozenset[str]:
    """Return the tables that ``sql`` reads, from the tree that DuckDB's own parser makes of it."""
    quoted = sql.replace("'", "''")
    (tree,) = _parser().execute(f"select json_serialize_sql('{quoted}')").fetchone()
    parsed = json.loads(tree)
    if parsed["error"]:
        raise BoardError(f"{parsed['error_message']} in {sql}")
    names, local = set(), set()
    waiting: list[Any] = [parsed]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                names.add(".".join(filter(None, (node["catalog_name"], node["schema_name"], node["table_name"]))))
            elif node.get("type") == "TABLE_FUNCTION" and node["function"]["function_name"] not in ROWS_OF_NOTHING:
                # What it reads would not be known, nor then who may be given the answer.
                raise BoardError(f"{node['function']['function_name']} in {sql}")
            local.update(entry["key"] for entry in node.get("cte_map", {}).get("map", ()))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return frozenset(names - local)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _element(kind: type[Element], said: dict[str, Any]) -> Element:
    said = {"query": said["id"], **said}
    return kind(**{**said, "systems": tuple(said.get("systems", ()))})


def _table(said: dict[str, Any]) -> Table:
    lines = said.get("lines")
    return _element(
        Table,
        {
            **said,
            "columns": _columns(said["columns"]),
            "lines": Lines(**{**lines, "columns": _columns(lines["columns"])}) if lines else None,
        },
    )


def _columns(said: dict[str, str | dict]) -> dict[str, Column]:
    return {name: Column(**one) if isinstance(one, dict) else Column(one) for name, one in said.items()}


def _check(board: Board) -> None:
    """Refuse what would only fail, or be silently left out, when the board is shown."""
    wrong = [
        f"{element.id}: no query {element.query}" for element in board.elements if element.query not in board.queries
    ]
    ids = [element.id for element in board.elements]
    wrong += [f"{name}: used twice" for name in {one for one in ids if ids.count(one) > 1}]
    wrong += [f"{chart.id}: no type {chart.type}" for chart in board.charts if chart.type not in CHARTS]
    formats = [(one.id, one.format) for one in (*board.figures, *board.charts)]
    for table in board.tables:
        columns = [*table.columns.values(), *(table.lines.columns.values() if table.lines else ())]
        formats += [(table.id, column.format) for column in columns]
        if table.lines and (table.lines.query not in board.queries or not table.key):
            wrong.append(f"{table.id}: lines need a query and a key")
    wrong += [f"{name}: no format {one}" for name, one in formats if one not in french.FORMATS]
    if board.each and board.each not in board.queries:
        wrong.append(f"no query {board.each}")
    if wrong:
        raise BoardError(f"{board.slug}.yml: {'; '.join(wrong)}")
