"""The code location loads as the server loads it, and each kind of definition is there."""

import dagster as dg
import pytest

from orchestration.lib import gate
from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.system import all_systems


@pytest.fixture(scope="module")
def repository():
    from orchestration.definitions import defs

    return defs().get_repository_def()


def layers():
    """Return the layers that have models: the folder of the confidential ones may be empty."""
    return {path.relative_to(DBT_PROJECT / "models").parts[0] for path in (DBT_PROJECT / "models").rglob("*.sql")}


def keys(repository):
    return {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}


def test_every_raw_table_is_an_asset_with_owner_freshness_and_columns(repository):
    for system in all_systems().values():
        for table in system.tables:
            key = dg.AssetKey(["raw", system.name, table])
            node = repository.asset_graph.get(key)
            assert node.group_name == system.name
            assert node.owners == [system.owner]
            assert node.freshness_policy is not None
            assert node.description
            assert node.metadata["dagster/column_schema"].columns


def test_every_model_is_an_asset_of_its_layer_and_group(repository):
    found = keys(repository)
    assert {"staging/stg_finance_pes__ligne", "intermediate/int_cost_lines", "marts/fct_cost_line"} <= found
    graph = repository.asset_graph
    assert graph.get(dg.AssetKey(["staging", "stg_finance_pes__ligne"])).group_name == "finance_pes"
    assert graph.get(dg.AssetKey(["intermediate", "int_cost_lines"])).group_name == "conformed"
    assert graph.get(dg.AssetKey(["marts", "fct_cost_line"])).group_name == "cost"


def test_every_raw_table_and_model_is_guarded(repository):
    graph = repository.asset_graph
    guarded = {check.asset_key for check in graph.asset_check_keys if check.name == "expectations"}
    wanted = {
        key
        for key in graph.get_all_asset_keys()
        if key.path[0] in ("raw", *gate.SCHEMAS.values()) and graph.get(key).is_materializable
    }
    assert guarded == wanted


def test_every_model_is_built_guarded_and_published_together(repository):
    built = repository.get_job("build").asset_layer.selected_asset_keys
    assert {key.path[0] for key in built} == {"seeds", *layers(), "published"}
    assert built == {key for key in repository.asset_graph.get_all_asset_keys() if key.path[0] != "raw"}


def test_individual_rows_are_upstream_of_the_marts_and_not_of_the_snapshot(repository):
    graph = repository.asset_graph
    snapshot = graph.get(dg.AssetKey(["published", "snapshot"]))
    assert not [key for key in snapshot.parent_keys if key.path[0] == "confidential"]
    for key in graph.get_all_asset_keys():
        if key.path[0] == "confidential":
            assert {child.path[0] for child in graph.get(key).child_keys} <= {"confidential", "marts"}, key


def test_the_columns_of_a_model_are_those_of_its_last_build(repository):
    """Descriptions in the definition would hide the links of the lineage, which only a build can give."""
    for key in repository.asset_graph.get_all_asset_keys():
        if key.path[0] in gate.SCHEMAS.values():
            assert "dagster/column_schema" not in repository.asset_graph.get(key).metadata, key


def test_the_snapshot_depends_on_every_mart(repository):
    snapshot = repository.asset_graph.get(dg.AssetKey(["published", "snapshot"]))
    marts = {key for key in repository.asset_graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert snapshot.parent_keys == marts


def test_staging_reads_the_raw_assets(repository):
    staging = repository.asset_graph.get(dg.AssetKey(["staging", "stg_finance_pes__ligne"]))
    assert dg.AssetKey(["raw", "finance_pes", "ligne"]) in staging.parent_keys


def test_a_sensor_per_system_and_a_nightly_schedule_run_by_default(repository):
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert set(sensors) == {"unpublished_exports"} | {f"new_exports_{name}" for name in all_systems()}
    assert all(sensor.default_status is dg.DefaultSensorStatus.RUNNING for sensor in sensors.values())
    (schedule,) = repository.schedule_defs
    assert schedule.execution_timezone == "Europe/Paris"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_sensor_s_job_takes_in_its_system_alone(repository):
    """A refused export makes its run fail: no mart may be marked as failed by it."""
    selected = repository.get_job("take_in_finance_pes").asset_layer.selected_asset_keys
    assert selected == {dg.AssetKey(["raw", "finance_pes", table]) for table in all_systems()["finance_pes"].tables}
