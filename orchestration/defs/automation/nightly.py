"""What runs by itself besides the sensors of the systems, each with its reason."""

import dagster as dg

from orchestration.components.departmental_system import MARTS_AND_SNAPSHOT

# Marts that compare with today's date (freshness, delays) go stale without any new export: they are rebuilt each night.
take_in = dg.define_asset_job(
    "take_in",
    selection=dg.AssetSelection.key_prefixes(["raw"]) & dg.AssetSelection.all().materializable(),
    description="First half of `beffroi run`: take in the new exports of the systems that have some.",
)
build = dg.define_asset_job(
    "build",
    selection=MARTS_AND_SNAPSHOT,
    description="Build, guard and publish the marts from the loads in use: each night, and after each `beffroi run`.",
)
nightly = dg.ScheduleDefinition(
    name="nightly_build",
    job=build,
    cron_schedule="0 4 * * *",
    execution_timezone="Europe/Paris",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Rebuild after midnight so that freshness and delays are those of the day, before offices open.",
)


@dg.definitions
def defs() -> dg.Definitions:
    """Return the nightly schedule and the two jobs that `beffroi run` executes."""
    return dg.Definitions(jobs=[take_in, build], schedules=[nightly])
