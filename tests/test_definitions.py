"""The code location loads as the server loads it, and each kind of definition is there."""

import dagster as dg
import pytest

from orchestration.lib.system import all_systems


@pytest.fixture(scope="module")
def repository():
    from orchestration.definitions import defs

    return defs().get_repository_def()


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
        if key.path[0] in ("raw", "staging", "intermediate", "marts") and graph.get(key).is_materializable
    }
    assert guarded == wanted


def test_the_snapshot_depends_on_every_mart(repository):
    snapshot = repository.asset_graph.get(dg.AssetKey(["published", "snapshot"]))
    marts = {key for key in repository.asset_graph.get_all_asset_keys() if key.path[0] == "marts"}
    assert snapshot.parent_keys == marts


def test_staging_reads_the_raw_assets(repository):
    staging = repository.asset_graph.get(dg.AssetKey(["staging", "stg_finance_pes__ligne"]))
    assert dg.AssetKey(["raw", "finance_pes", "ligne"]) in staging.parent_keys


def test_a_sensor_per_system_and_a_nightly_schedule_run_by_default(repository):
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert {f"new_exports_{name}" for name in all_systems()} <= set(sensors)
    assert all(
        sensors[f"new_exports_{name}"].default_status is dg.DefaultSensorStatus.RUNNING for name in all_systems()
    )
    (schedule,) = repository.schedule_defs
    assert schedule.execution_timezone == "Europe/Paris"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_sensor_s_job_takes_in_its_system_and_all_that_depends_on_it(repository):
    selected = {
        key.to_user_string() for key in repository.get_job("take_in_finance_pes").asset_layer.selected_asset_keys
    }
    assert {"raw/finance_pes/ligne", "marts/fct_cost_line", "published/snapshot"} <= selected
    assert "raw/budget_totem/ligne" not in selected
