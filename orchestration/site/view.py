"""What a perimeter may read of a snapshot: a database of its own, which holds the rows that it has a right to."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lib.perimeters import Organisation, Perimeter, Perimeters
from orchestration.site import boards
from orchestration.site.boards import Query

Row = dict[str, object]
Key = tuple[str, frozenset[tuple[str, str | None]]]  # a query, and what is seen of each table that it reads
EXPORTS = Query(
    """select source_system, count(*) filter (where is_accepted) as accepted,
        arg_max(file_name, (received_at, coalesce(period_to, ''), file_name)) filter (where is_accepted) as last_file,
        max(received_at) filter (where is_accepted) as received_at,
        max(period_to) filter (where is_accepted) as period_to
    from fct_export group by source_system""",
    frozenset({"fct_export"}),
)


class View:
    """A database in memory with the rows of the published tables that a perimeter sees; nothing else can be reached.

    The snapshot is detached once its rows are copied, so that no query of a board can read beyond them, by mistake or
    otherwise. Tables of which the perimeter has a right to nothing are empty; ``tables`` are the others.

    Perimeters that have the same rights on every table of a query get the same answer: it is kept in ``known`` for the
    views made after this one, and a table that only such queries read is not copied again.
    """

    def __init__(
        self,
        database: Path,
        perimeter: Perimeter,
        perimeters: Perimeters,
        queries: Iterable[Query],
        views: Mapping[str, Query],
        own: Mapping[str, str],
        known: dict[Key, object] | None = None,
    ) -> None:
        """Copy the rows of ``database`` that ``perimeter`` sees and ``queries`` read, and the answers of ``views``.

        ``own``: SELECTs on no table, by the name that queries know them by: what the site says of itself.
        """
        self.perimeter = perimeter
        self._known = {} if known is None else known
        # Small queries by the hundred: threads would cost more than they gain.
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"attach '{database}' as snapshot (read_only)")
        columns: dict[str, list[str]] = {}
        for table, column in self._connection.execute(
            """select table_name, column_name from duckdb_columns()
            where database_name = 'snapshot' and schema_name = 'marts' order by table_name, column_index"""
        ).fetchall():
            columns.setdefault(table, []).append(column)
        self._conditions = {table: perimeters.condition(perimeter, table) for table in columns} | own
        self.tables = {table for table, condition in self._conditions.items() if condition is not None}
        new = [query for query in (EXPORTS, *queries) if self._key(query) not in self._known]
        words = boards.words([*new, *views.values()])
        copied = {table for query in new for table in query.tables}
        self._connection.execute("set search_path = 'snapshot.marts'")  # for the sub-query of a condition
        for table in columns.keys() & copied:
            kept = ", ".join([name for name in columns[table] if name in words[table]] or columns[table])
            self._connection.execute(
                f"create table memory.main.{table} as select {kept} from snapshot.marts.{table}"
                f" where {self._conditions[table] or 'false'}"
            )
        for (table,) in self._connection.execute(
            "select table_name from duckdb_tables() where database_name = 'memory' and estimated_size = 0"
        ).fetchall():
            self._conditions[table] = None  # to see no row and to have no right to any is the same to a query
        self._connection.execute("set search_path = 'memory.main'")
        self._connection.execute("detach snapshot")
        for name, sql in own.items():
            self._connection.execute(f"create table {name} as {sql}")
        for name, query in views.items():
            if self.can_answer(query) and query.tables <= copied | own.keys():
                # A table: many queries read it, and each would have computed it again.
                self._connection.execute(f"create table {name} as {query.sql}")
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set lock_configuration = true")

    def can_answer(self, query: Query) -> bool:
        """Tell whether the perimeter sees every table that ``query`` reads."""
        return query.tables <= self.tables

    def rows(self, query: Query) -> list[Row]:
        """Return the rows of ``query``, in its order."""

        def dicts(names: list[str], rows: list[tuple]) -> list[Row]:
            return [dict(zip(names, row, strict=True)) for row in rows]

        return self.answer(query, dicts)

    def answer(self, query: Query, make: Callable[[list[str], list[tuple]], Any]) -> Any:
        """Return what ``make`` makes of the columns of ``query`` and its rows; it is asked once of those who see these.

        A query is always made the same thing of.
        """
        key = self._key(query)
        if key not in self._known:
            cursor = self._connection.execute(query.sql)
            self._known[key] = make([column[0] for column in cursor.description], cursor.fetchall())
        return self._known[key]

    def _key(self, query: Query) -> Key:
        return query.sql, frozenset((table, self._conditions.get(table)) for table in query.tables)

    @cached_property
    def exports(self) -> dict[str, Row]:
        """System -> how many exports are in use, and the last of them."""
        rows = self.rows(EXPORTS)
        return {row["source_system"]: row for row in rows}

    def lacks(self, systems: Collection[str]) -> list[str]:
        """Return those of ``systems`` of which no export is in use."""
        return [name for name in systems if not (self.exports.get(name) or {}).get("accepted")]

    def close(self) -> None:
        """Free the copied rows."""
        self._connection.close()


def organisation(database: Path) -> Organisation:
    """Return the organisation of the town in the snapshot ``database``."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return Organisation.read(connection, "marts")
