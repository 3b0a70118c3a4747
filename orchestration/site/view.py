"""What a perimeter may read of a snapshot: a database of its own, which holds the rows that it has a right to."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.lib.perimeters import Organisation, Perimeter, Perimeters
from orchestration.site.boards import Query

Row = dict[str, object]
EXPORTS = Query(
    """select source_system, count(*) filter (where is_accepted) as accepted,
        arg_max(file_name, received_at) filter (where is_accepted) as last_file,
        max(received_at) filter (where is_accepted) as received_at,
        max(period_to) filter (where is_accepted) as period_to
    from fct_export group by source_system""",
    frozenset({"fct_export"}),
)


class View:
    """A database in memory with the rows of the published tables that a perimeter sees; nothing else can be reached.

    The snapshot is detached once its rows are copied, so that no query of a board can read beyond them, by mistake or
    otherwise. Tables of which the perimeter has a right to nothing are empty; ``tables`` are the others.
    """

    def __init__(
        self,
        database: Path,
        perimeter: Perimeter,
        perimeters: Perimeters,
        tables: Collection[str],
        views: Mapping[str, Query],
        words: Collection[str],
        published_on: date,
    ) -> None:
        """Copy the rows of ``tables`` of ``database`` that ``perimeter`` sees, and make ``views`` on them.

        Columns that are not among ``words`` are left out.
        """
        self.perimeter = perimeter
        # Small queries by the hundred: threads would cost more than they gain.
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"attach '{database}' as snapshot (read_only)")
        columns: dict[str, list[str]] = {}
        for table, column in self._connection.execute(
            """select table_name, column_name from duckdb_columns()
            where database_name = 'snapshot' and schema_name = 'marts' order by table_name, column_index"""
        ).fetchall():
            columns.setdefault(table, []).append(column)
        self._connection.execute("set search_path = 'snapshot.marts'")  # for the sub-query of a condition
        self.tables = set()
        for table, names in columns.items():
            if table in tables:
                condition = perimeters.condition(perimeter, table)
                kept = ", ".join([name for name in names if name in words or name in EXPORTS.sql] or names)
                self._connection.execute(
                    f"create table memory.main.{table} as select {kept} from snapshot.marts.{table}"
                    f" where {condition or 'false'}"
                )
                if condition is not None:
                    self.tables.add(table)
        self._connection.execute("set search_path = 'memory.main'")
        self._connection.execute("detach snapshot")
        self._connection.execute(f"create table edition as select date '{published_on}' as published_on")
        self.tables.add("edition")
        for name, query in views.items():
            if self.can_answer(query):
                self._connection.execute(f"create view {name} as {query.sql}")
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set lock_configuration = true")

    def can_answer(self, query: Query) -> bool:
        """Tell whether the perimeter sees every table that ``query`` reads."""
        return query.tables <= self.tables

    def rows(self, query: Query) -> list[Row]:
        """Return the rows of ``query``, in its order."""
        names, rows = self.tuples(query)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def tuples(self, query: Query) -> tuple[list[str], list[tuple]]:
        """Return the columns of ``query`` and its rows, for those that are many."""
        cursor = self._connection.execute(query.sql)
        return [column[0] for column in cursor.description], cursor.fetchall()

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
