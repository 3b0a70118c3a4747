"""The event log of Dagster as Beffroi keeps it: the same events as Dagster's own, seen by all, in few open files."""

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.components.event_log import ENGINES_KEPT, EventLog


@dg.multi_asset(specs=[dg.AssetSpec("meals"), dg.AssetSpec("cost", deps=["meals"])])
def kitchen():
    yield dg.MaterializeResult(asset_key="meals", metadata={"dagster/row_count": 12})
    yield dg.MaterializeResult(asset_key="cost")


@dg.asset_check(asset="meals")
def fresh():
    return dg.AssetCheckResult(passed=False)


JOB = dg.Definitions(assets=[kitchen], asset_checks=[fresh]).resolve_implicit_global_asset_job_def()


@pytest.fixture
def instance(home):
    with dg.DagsterInstance.get() as instance:
        yield instance


def kinds(log, run_id):
    return [record.event_log_entry.dagster_event_type for record in log.get_records_for_run(run_id).records]


def test_a_home_keeps_its_events_as_dagster_would(instance, home):
    assert isinstance(instance.event_log_storage, EventLog)
    run = JOB.execute_in_process(instance=instance)
    known = instance.get_latest_materialization_event(dg.AssetKey("meals"))
    assert known.run_id == run.run_id
    assert known.asset_materialization.metadata["dagster/row_count"].value == 12
    # Dagster's own class, as a tool that knows nothing of ours would use it, meanwhile and afterwards.
    its_own = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))
    its_own.register_instance(instance)
    found = kinds(its_own, run.run_id)
    assert found == kinds(instance.event_log_storage, run.run_id)
    assert found.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 2
    assert found.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION) == 1
    assert its_own.get_latest_materialization_events([dg.AssetKey("cost")])[dg.AssetKey("cost")].run_id == run.run_id


def test_few_files_stay_open_and_all_runs_stay_readable(instance):
    runs = [JOB.execute_in_process(instance=instance).run_id for _ in range(ENGINES_KEPT + 2)]
    log = instance.event_log_storage
    assert len(log._engines) == ENGINES_KEPT
    assert all(dg.DagsterEventType.RUN_SUCCESS in kinds(log, run_id) for run_id in runs)
    assert len(log._engines) == ENGINES_KEPT


def test_events_can_be_wiped_and_written_again(instance):
    first = JOB.execute_in_process(instance=instance).run_id
    instance.wipe()
    assert instance.get_latest_materialization_event(dg.AssetKey("meals")) is None
    assert kinds(instance.event_log_storage, first) == []
    second = JOB.execute_in_process(instance=instance).run_id
    assert instance.get_latest_materialization_event(dg.AssetKey("meals")).run_id == second
