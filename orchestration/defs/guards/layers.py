"""The suites of ``expectations/`` as blocking asset checks: a critical failure keeps the new state from being shown."""

from collections.abc import Iterator

import dagster as dg

from orchestration.components.metadata import verdict_check
from orchestration.defs.transform.dbt import dbt_models
from orchestration.lib import gate
from orchestration.lib.home import Home


@dg.definitions
def defs() -> dg.Definitions:
    """Return one check per model, run together in one process because importing Great Expectations costs seconds."""
    keys = {key.path[-1]: key for key in dbt_models.keys if key.path[0] in gate.SCHEMAS.values()}

    @dg.multi_asset_check(
        name="guard_layers",
        specs=[
            dg.AssetCheckSpec(
                "expectations",
                asset=key,
                blocking=True,
                description=f"Suite `{table}` of `expectations/`. A critical rule that fails stops publication.",
            )
            for table, key in keys.items()
        ],
    )
    def guard_layers(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        for verdict in gate.judge(Home.from_environment(), context.run.run_id):
            yield verdict_check(verdict, keys[verdict.table])

    return dg.Definitions(asset_checks=[guard_layers])
