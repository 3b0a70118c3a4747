"""The dbt project as Dagster assets: one invocation for the whole build, one translator for keys, groups and owners."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from orchestration.components import columns
from orchestration.lib import manifest, warehouse
from orchestration.lib.home import DBT_PROJECT, Home
from orchestration.lib.register import Register
from orchestration.lib.system import all_systems

project = DbtProject(project_dir=DBT_PROJECT, target_path=Home.from_environment().root / "dbt")

OWNERS = {name: system.owner for name, system in all_systems().items()}

# What the generic tests promise, for the page of a check; {column_name} and the rest are the arguments of the test.
PROMISES = {
    "filled": "None of `{columns}` is ever empty.",
    "not_null": "`{column_name}` is never empty.",
    "unique": "`{column_name}` is on one row only.",
    "unique_together": "`{columns}` together are on one row only.",
    "accepted_values": "`{column_name}` is one of `{values}`.",
    "relationships": "Every `{column_name}` is in `{to}.{field}`.",
}


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

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Return the check that one dbt test is, described by what it promises."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=_promise(manifest["nodes"][unique_id]))


def _promise(test: Mapping[str, Any]) -> str:
    """Return the description of a dbt test, or the sentence of its kind."""
    generic = test.get("test_metadata", {"name": None, "kwargs": {}})
    sentence = PROMISES.get(generic["name"], test["name"])
    arguments = {
        name: ", ".join(value) if isinstance(value, list) else str(value).removeprefix("ref('").removesuffix("')")
        for name, value in generic["kwargs"].items()
    }
    return test.get("description") or sentence.format(**arguments)


@dbt_assets(
    manifest=manifest.path(),
    project=project,
    dagster_dbt_translator=Translator(),
    name="build_marts",
)
def dbt_models(context: dg.AssetExecutionContext) -> Iterator:
    """Lay the raw views over what the register lists, then build seeds, models and their tests in one go."""
    home = Home.from_environment()
    warehouse.refresh_raw(home, all_systems().values(), Register(home.register_url))
    dbt = DbtCliResource(project_dir=project, profiles_dir=str(DBT_PROJECT), dbt_executable=str(manifest.DBT))
    # Unit tests try the SQL on invented rows: they belong to `make test`, not to every night.
    yield from columns.described(dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context), home)
