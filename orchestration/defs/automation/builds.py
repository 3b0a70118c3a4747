"""What builds the marts by itself: the night, and exports judged since the last publication, each with its reason."""

import dagster as dg

from orchestration.components.requests import request
from orchestration.lib import build, gate, publish
from orchestration.lib.home import Home
from orchestration.lib.register import Register

SENSOR_SECONDS = 60
# All models, not only those downstream of one system: what is published together is built together.
MARTS_AND_SNAPSHOT = dg.AssetSelection.key_prefixes(
    ["seeds"], ["staging"], ["intermediate"], ["confidential"], ["marts"], ["published"]
)

take_in_job = dg.define_asset_job(
    "take_in",
    selection=dg.AssetSelection.key_prefixes(["raw"]) & dg.AssetSelection.all().materializable(),
    description="First half of `beffroi run`: take in the new exports of the systems that have some.",
)
build_job = dg.define_asset_job(
    "build",
    selection=MARTS_AND_SNAPSHOT,
    description="Build, guard and publish the marts from the loads in use: after each intake, and each night.",
)
# Marts that compare with today's date (freshness, delays) go stale without any new export: they are rebuilt each night.
nightly = dg.ScheduleDefinition(
    name="nightly_build",
    job=build_job,
    cron_schedule="0 4 * * *",
    execution_timezone="Europe/Paris",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Rebuild after midnight so that freshness and delays are those of the day, before offices open.",
)


# Apart from the intake: an export that is refused must leave no mark of failure on marts that it never reached, and
# several systems that drop files together need one build only.
@dg.sensor(
    job=build_job,
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every minute: exports accepted or refused since the last publication ask for a build.",
)
def unpublished_exports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Ask for a build when the published snapshot is not made from what the register says."""
    home = Home.from_environment()
    register = Register(home.register_url)
    wanted, published = build.inputs(register), publish.current(home)
    if not register.exports() or (published is not None and published.inputs == wanted):
        return dg.SkipReason("The published snapshot is up to date.")
    judged = gate.read(home)
    if judged is not None and not judged.is_open and judged.inputs == wanted:
        return dg.SkipReason("A critical rule stopped the publication of these exports: see the quality report.")
    return request(context.instance, wanted, "the exports judged since the last publication")


@dg.definitions
def defs() -> dg.Definitions:
    """Return the nightly schedule, the sensor, and the two jobs that `beffroi run` executes."""
    return dg.Definitions(jobs=[take_in_job, build_job], schedules=[nightly], sensors=[unpublished_exports])
