"""The component that turns the folder of a departmental system into raw assets, their checks, a sensor and a freshness.

What belongs here: what Dagster needs to know of a system. How a file is read is in the folder's ``extract.py``; how it
is guarded, landed and refused is in ``orchestration.lib.intake``.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import dagster as dg

from orchestration.components.metadata import exports_table, verdict_check
from orchestration.components.requests import request
from orchestration.lib import intake, landing
from orchestration.lib.errors import NotFetched
from orchestration.lib.fields import Field
from orchestration.lib.home import Home
from orchestration.lib.register import Register
from orchestration.lib.system import System, all_systems, load_system

SENSOR_SECONDS = 60
FETCHED_EVERY_HOUR = "7 * * * *"
TERRITORY = "territory"  # the system that has the addresses and contours of the town


class DepartmentalSystem(dg.Component, dg.Model, dg.Resolvable):
    """A departmental system: see CONTRIBUTING.md; each attribute stands in the folder's ``defs.yaml``."""

    department: str
    owner: str
    description: str
    patterns: list[str]
    feed: Literal["append", "period-replace", "snapshot"]
    cadence_days: int
    tolerance_days: int
    period_column: str
    one_row_per: dict[str, str]
    pseudonym_purpose: str = ""
    reads_addresses: bool = False
    connection_variable: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the raw assets of the folder with their guard, and the sensor that asks for a run."""
        system = load_system(context.path)
        extract = _extract_asset(system)
        schedules = [_fetch_schedule(system)] if system.is_connected else []
        return dg.Definitions(assets=[extract], sensors=[_sensor(system, extract)], schedules=schedules)


def _extract_asset(system: System) -> dg.AssetsDefinition:
    freshness = dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=system.cadence_days + system.tolerance_days),
        warn_window=timedelta(days=system.cadence_days),
    )
    keys = {table: dg.AssetKey(["raw", system.name, table]) for table in system.tables}
    first = next(iter(keys.values()))

    @dg.multi_asset(
        name=f"extract_{system.name}",
        specs=[
            dg.AssetSpec(
                key,
                description=_description(system, table),
                group_name=system.name,
                kinds={system.patterns[0].rpartition(".")[2], "parquet"},
                owners=[system.owner],
                freshness_policy=freshness,
                metadata={"dagster/column_schema": _column_schema(system.tables[table])},
            )
            for table, key in keys.items()
        ],
        check_specs=[
            *(
                dg.AssetCheckSpec(
                    "expectations",
                    asset=key,
                    description=f"Suite `{table}` of `expectations/raw/{system.name}.py`, on the new exports.",
                )
                for table, key in keys.items()
            ),
            dg.AssetCheckSpec(
                "exports_accepted",
                asset=first,
                description="No export of the last intake was refused. A refused one is out, whole; the others go on.",
            ),
        ],
    )
    def extract() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        home = Home.from_environment()
        register = Register(home.register_url)
        found = landing.pending(home.landing, system, register, all_systems().values())
        taken = intake.take_in(home, system, found, register)
        verdicts = {verdict.table: verdict for verdict in taken.verdicts}
        for table, key in keys.items():
            if table in verdicts:
                yield verdict_check(verdicts[table], key)
        for table, key in keys.items():
            if table not in verdicts:
                yield dg.AssetCheckResult(
                    passed=True, asset_key=key, check_name="expectations", description="No new row to check"
                )
        refused = exports_table(taken.refused, home.root)
        yield dg.AssetCheckResult(
            asset_key=first,
            check_name="exports_accepted",
            passed=not taken.refused,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(taken.accepted)} exports accepted, {len(taken.refused)} refused",
            metadata={"refused": refused},
        )
        if taken.refused and not taken.accepted:
            raise dg.Failure(
                f"{system.name}: no new export was accepted ({len(taken.refused)} refused); the last good data stays "
                "in use. Send each report to the department.",
                metadata={"refused": refused},
                allow_retries=False,
            )
        for table, key in keys.items():
            yield dg.MaterializeResult(
                key,
                metadata={
                    "dagster/row_count": sum(
                        file.row_count for file in register.files(system.name) if file.table_name == table
                    ),
                    "rows taken in": taken.row_counts.get(table, 0),
                    "exports taken in": len(taken.accepted),
                    "megabytes taken in": round(sum(export.size_bytes for export in taken.accepted) / 1e6, 1),
                    "exports refused": refused,
                    "exports left alone, still being written": len(taken.left_alone),
                },
            )

    return extract


def _sensor(system: System, extract: dg.AssetsDefinition) -> dg.SensorDefinition:
    job = dg.define_asset_job(
        f"take_in_{system.name}",
        selection=dg.AssetSelection.assets(extract),
        description=f"Take in the new exports of {system.name}; the sensor unpublished_exports then asks for a build.",
        tags={"beffroi/system": system.name},
    )

    @dg.sensor(
        name=f"new_exports_{system.name}",
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Every minute: new, complete exports in landing/{system.name} ask for a run.",
    )
    def new_exports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        home = Home.from_environment()
        register, systems = Register(home.register_url), all_systems()
        found = landing.pending(home.landing, system, register, systems.values())
        if not found:
            return dg.SkipReason("No new complete export.")
        if system.reads_addresses and landing.pending(home.landing, systems[TERRITORY], register, systems.values()):
            return dg.SkipReason("The addresses and contours that the town has just dropped are taken in first.")
        return request(context.instance, landing.digest(found), f"these new exports ({len(found)})")

    return new_exports


def _fetch_schedule(system: System) -> dg.ScheduleDefinition:
    """Return the schedule that reads the database of ``system``: a run of its own, red when the database is away."""

    @dg.op(name=f"read_database_of_{system.name}")
    def read_database(context: dg.OpExecutionContext) -> None:
        try:
            files = system.fetch(Home.from_environment())
        except NotFetched as error:
            raise dg.Failure(f"{system.name}: {error}", allow_retries=False) from None
        context.log.info("Exports written: %s", ", ".join(file.name for file in files) or "none, nothing has changed")

    @dg.job(
        name=f"fetch_{system.name}",
        description=f"Write what has changed in the database of {system.name} to landing/{system.name}; the sensor "
        f"new_exports_{system.name} then asks for a run.",
    )
    def fetch() -> None:
        read_database()

    return dg.ScheduleDefinition(
        name=f"hourly_fetch_{system.name}",
        job=fetch,
        cron_schedule=FETCHED_EVERY_HOUR,
        execution_timezone="Europe/Paris",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every hour: what has changed in the database that {system.connection_variable} names.",
    )


def _description(system: System, table: str) -> str:
    return (
        f"One row per {system.one_row_per[table]}, as the exports state it.\n\n{system.description} "
        f"Sent by: {system.department}, at least every {system.cadence_days} days. "
        f"Format, menus and traps: `orchestration/defs/{system.name}/README.md`."
    )


def _column_schema(fields: tuple[Field, ...]) -> dg.TableSchema:
    """Column types and descriptions for the UI; the description ends the lineage at the element of the export."""
    return dg.TableSchema(
        [dg.TableColumn(field.column, field.type, f"{field.description} — `{field.path}`") for field in fields]
    )
