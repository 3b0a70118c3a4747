"""A Great Expectations data source for DuckDB, which Great Expectations 1.24 does not ship.

One purpose: importing this module registers ``context.data_sources.add_duckdb``. Everything is pushed down as SQL.
Re-test at each upgrade of Great Expectations (``tests/test_guard.py`` runs every kind of expectation we use): a data
source of its own is under way in fivetran/great_expectations, pull request 12084, and would make this file useless.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import sqlalchemy
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """The SQLAlchemy engine with the two things that DuckDB needs."""

    def __init__(self, *args: Any, **kwargs: Any):
        """Borrow Dremio's regular expressions: ``REGEXP_MATCHES(column, pattern)``, which *searches* in DuckDB."""
        super().__init__(*args, **kwargs)
        self.dialect_module = SimpleNamespace(DremioDialect=True)

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """Yield one connection kept open: DuckDB results are lost when theirs is closed before they are fetched.

        A query that fails is rolled back, or its aborted transaction would fail all the queries after it.
        """
        if self._connection is None:
            self._connection = self.engine.connect()
        try:
            yield self._connection
        except Exception:
            self._connection.rollback()
            raise

    def close(self) -> None:
        """Let go of the database file, which DuckDB locks as long as a connection is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A DuckDB file, of which one schema is guarded; its class registers ``context.data_sources.add_duckdb``."""

    type: Literal["duckdb"] = "duckdb"
    database_schema: str | None = None
    _EXTRA_EXCLUDED_EXEC_ENG_ARGS: ClassVar[set[str]] = {"database_schema"}

    @property
    def schema_(self) -> str | None:
        """The schema of the tables that are added by their name alone."""
        return self.database_schema

    @property
    def execution_engine_type(self) -> "type[SqlAlchemyExecutionEngine]":
        """The engine that runs the expectations."""
        return DuckDBExecutionEngine
