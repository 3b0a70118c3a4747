"""The guards: run the suites of ``expectations/`` on a database and say, without one value of the data, what failed.

Great Expectations is imported inside the functions only, as it costs seconds; whoever guards nothing does not pay.
Results hold counts, places (export and record) and euros: no expectation may show a value, see ``expectations/common``.
"""

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import great_expectations as gx

    from orchestration.lib.gx_duckdb import DuckDBDatasource

CRITICAL, WARNING = "critical", "warning"
LAYER_OF_SCHEMA = {
    "raw": "raw",
    "staging": "staging",
    "intermediate": "conformed",
    "confidential": "confidential",
    "marts": "marts",
}
PLACES_SHOWN = 20
MEMORY_LIMIT = "1GB"
PLACE_COLUMNS = ("source_export", "source_record", "element")
# Errors of DuckDB that speak of the query only; the others (a failed conversion…) quote the value that failed.
SAFE_ERRORS = ("Binder Error", "Catalog Error", "Parser Error")


class GuardError(RuntimeError):
    """A rule could not be evaluated: a fault of the rule or of the model it reads, never of the data received."""


@dataclass(frozen=True)
class RuleVerdict:
    """What one rule found in one table. Texts are French; no field ever holds a value of the data.

    ``places`` are at most 20 of "source_export source_record element", as far as the rows at fault have these columns.
    ``exports`` are all the exports at fault, None when the rule cannot tell. ``amount_eur`` is the sum of the euros at
    stake, as decimal text, None when the rule computes none.
    """

    name: str
    severity: str
    passed: bool
    unexpected_count: int
    element_count: int
    description: str
    why: str
    places: tuple[str, ...] = ()
    exports: tuple[str, ...] | None = None
    amount_eur: str | None = None


@dataclass(frozen=True)
class TableVerdict:
    """What the suite of one table found; ``table`` is the key of the suite, without the prefix of its system."""

    layer: str
    table: str
    rules: tuple[RuleVerdict, ...]

    @property
    def critical_failures(self) -> list[RuleVerdict]:
        """Rules whose failure refuses an export or stops publication."""
        return [rule for rule in self.rules if not rule.passed and rule.severity == CRITICAL]

    @property
    def critical_failed(self) -> bool:
        """Tell whether a rule failed that refuses an export or stops publication."""
        return bool(self.critical_failures)

    @property
    def warnings(self) -> list[RuleVerdict]:
        """Rules whose failure is shown and stops nothing."""
        return [rule for rule in self.rules if not rule.passed and rule.severity == WARNING]


def load_suites(layer: str, module: str | None = None) -> dict[str, "gx.ExpectationSuite"]:
    """Return table -> suite of ``expectations/<layer>``, or of one of its modules.

    Raises ValueError when two modules hold a suite for the same table.
    """
    package = import_module(f"expectations.{layer}")
    suites: dict[str, gx.ExpectationSuite] = {}
    for name in [module] if module else sorted(found.name for found in iter_modules(package.__path__)):
        found = import_module(f"expectations.{layer}.{name}").SUITES
        if twice := suites.keys() & found.keys():
            raise ValueError(f"expectations/{layer}: two suites for {', '.join(sorted(twice))}")
        suites |= found
    return suites


def validate(
    database: Path, schema: str, suites: dict[str, "gx.ExpectationSuite"], prefix: str = ""
) -> list[TableVerdict]:
    """Run each suite on table ``schema.prefix + key`` of a DuckDB file, opened read-only and let go of afterwards.

    Raises GuardError when a rule cannot be evaluated, for instance because a column it reads is gone.
    """
    with _open(database, schema) as source:
        return [
            TableVerdict(LAYER_OF_SCHEMA[schema], table, _judge(source, schema, prefix + table, suite))
            for table, suite in suites.items()
        ]


def preload() -> None:
    """Start to import Great Expectations in the background, while the caller waits for something else."""
    Thread(target=import_module, args=("great_expectations",), daemon=True).start()


@cache
def _context() -> Any:
    """Return the one Great Expectations context of this process: in memory, silent, sending nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    import orchestration.lib.gx_duckdb  # noqa: F401  registers add_duckdb

    # Its loggers print the errors of the database, which quote values; they reach the caller as GuardError instead.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # It writes all its settings as YAML, into memory, at each table: a sixth of the time of the guards.
    context._save_project_config = lambda: None
    return context


@contextmanager
def _open(database: Path, schema: str) -> Iterator["DuckDBDatasource"]:
    sources = _context().data_sources
    source = sources.add_duckdb(
        name=uuid.uuid4().hex,
        connection_string=f"duckdb:///{database}",
        database_schema=schema,
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True, "config": {"memory_limit": MEMORY_LIMIT}}},
    )
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()
        sources.delete(source.name)


def _judge(
    source: "DuckDBDatasource", schema: str, table: str, suite: "gx.ExpectationSuite"
) -> tuple[RuleVerdict, ...]:
    asset = source.add_table_asset(name=table, table_name=table)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    place = [column for column in PLACE_COLUMNS if column in _columns(source, f"from {schema}.{table}")]
    found = batch.validate(
        suite,
        result_format={
            "result_format": "SUMMARY",
            "exclude_unexpected_values": True,
            "partial_unexpected_count": PLACES_SHOWN,
            **({"unexpected_index_column_names": place} if place else {}),
        },
    )
    row_count = _query(source, f"select count(*) from {schema}.{table}")[0][0]
    outcomes = {outcome.expectation_config.meta["name"]: outcome for outcome in found.results}
    return tuple(
        _verdict(source, f"{schema}.{table}", expectation, outcomes[expectation.meta["name"]], row_count)
        for expectation in suite.expectations
    )


def _verdict(source: "DuckDBDatasource", table: str, expectation: Any, outcome: Any, row_count: int) -> RuleVerdict:
    """Turn the outcome of one expectation into a verdict; only a failure costs a further look at the database."""
    import sqlalchemy.exc

    info = outcome.exception_info
    for error in [info] if "raised_exception" in info else info.values():
        if error["raised_exception"]:
            raise _not_evaluated(table, expectation, str(error["exception_message"]))
    details: dict[str, Any] = {}
    query = getattr(expectation, "unexpected_rows_query", None)
    if not outcome.success:
        try:
            details = _rows_at_fault(source, query.format(batch=table)) if query else _cells_at_fault(outcome.result)
        except sqlalchemy.exc.DBAPIError as error:  # what counting left out may fail once the places are asked for
            raise _not_evaluated(table, expectation, str(error)) from None
    return RuleVerdict(
        name=expectation.meta["name"],
        severity=expectation.severity.value,
        passed=outcome.success,
        element_count=row_count,
        description=expectation.meta["regle"],
        why=expectation.notes,
        **{"unexpected_count": 0, **details},
    )


def _rows_at_fault(source: "DuckDBDatasource", query: str) -> dict[str, Any]:
    """Return count, places, exports and euros of the rows that ``query`` finds, reading none of its other columns."""
    columns = _columns(source, f"from ({query})")
    exports = "list(distinct source_export order by source_export)" if "source_export" in columns else "null"
    amount = "sum(amount_eur)" if "amount_eur" in columns else "null"
    ((count, exports, amount),) = _query(source, f"select count(*), {exports}, {amount} from ({query})")
    place = ", ".join(column for column in PLACE_COLUMNS if column in columns)
    rows = _query(source, f"select {place} from ({query}) order by all limit {PLACES_SHOWN}") if place else []
    return {
        "unexpected_count": count,
        "places": tuple(" ".join(str(part) for part in row if part is not None) for row in rows),
        "exports": None if exports is None else tuple(exports),
        "amount_eur": None if amount is None else str(amount),
    }


def _cells_at_fault(result: dict[str, Any]) -> dict[str, Any]:
    """Return count and places of a failed column expectation. A table expectation has no rows: it counts for one."""
    groups = result.get("partial_unexpected_index_list") or []
    rows = [row for group in groups for row in zip(*group.values(), strict=True)]
    return {
        "unexpected_count": result.get("unexpected_count", 1),
        "places": tuple(" ".join(str(part) for part in row) for row in rows[:PLACES_SHOWN]),
    }


def _columns(source: "DuckDBDatasource", relation: str) -> list[str]:
    return [row[0] for row in _query(source, f"select column_name from (describe select * {relation})")]


def _query(source: "DuckDBDatasource", sql: str) -> list[tuple]:
    import sqlalchemy

    return source.get_execution_engine().execute_query(sqlalchemy.text(sql)).fetchall()


def _not_evaluated(table: str, expectation: Any, message: str) -> GuardError:
    """Return the error of a rule that the database could not evaluate, for the reason ``message``."""
    kind = next((kind for kind in SAFE_ERRORS if kind in message), None)
    said = message.partition("\n")[0] if kind else "the message is not shown, as it may quote a value"
    return GuardError(f"{table}: rule {expectation.meta['name']} cannot be evaluated: {said}")
