"""The dbt project as Dagster assets: one invocation for the whole build, one translator for keys, groups and owners."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from orchestration.components import columns
from orchestration.lib import guard, manifest, warehouse
from orchestration.lib.home import DBT_PROJECT, Home
from orchestration.lib.register import Register
from orchestration.lib.system import all_systems

project = DbtProject(project_dir=DBT_PROJECT, target_path=Home.from_environment().root / "dbt")

# Left to `make test`: unit tests try the SQL on invented rows, and what the staging tables hold is what the suites of
# the raw tables have judged. Seeds are tested every night: a town writes its own services and mappings.
LEFT_OUT = ["resource_type:unit_test", "resource_type:test,path:models/staging"]
OWNERS = {name: system.owner for name, system in all_systems().items()}


class Translator(DagsterDbtTranslator):
    """Keys are ``<layer>/<model>``; the group is the system up to ``int_<system>__*``, then the domain's folder."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Return the spec of one dbt node; a source keeps the key that its system's folder gives it."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id)
        if node is None:
            return spec
        folder = node["fqn"][1:-1]
        layer = "seeds" if node["resource_type"] == "seed" else folder[0]
        group = "seeds" if layer == "seeds" else folder[-1]
        # Descriptions of columns at this place would hide those of the last build, which link to where they come from.
        metadata = {name: value for name, value in spec.metadata.items() if name != "dagster/column_schema"}
        return spec.replace_attributes(
            key=dg.AssetKey([layer, node["name"]]),
            group_name=group,
            kinds={"csv" if layer == "seeds" else "dbt", "duckdb"},
            owners=[OWNERS.get(group, "team:data")],
            description=node["description"],  # without the SQL, which fills the page
            metadata=metadata,
        )


@dbt_assets(
    manifest=manifest.path(),
    project=project,
    # Tests of dbt stop the build and are named where it fails; the checks that the UI shows are the suites.
    dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_asset_checks=False)),
    name="build_marts",
)
def dbt_models(context: dg.AssetExecutionContext) -> Iterator:
    """Lay the raw views over what the register lists, then build seeds, models and their tests in one go."""
    home = Home.from_environment()
    warehouse.refresh_raw(home, all_systems().values(), Register(home.register_url))
    dbt = DbtCliResource(project_dir=project, profiles_dir=str(DBT_PROJECT), dbt_executable=str(manifest.DBT))
    guard.preload()  # dbt runs in a process of its own, and the guards come next
    yield from columns.described(dbt.cli(["build", "--exclude", " ".join(LEFT_OUT)], context=context), home)
