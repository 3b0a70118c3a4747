"""Sensors: one run per set of new files, none while it is under way, and no endless retry."""

import dagster as dg
import pytest

from orchestration.components.departmental_system import ATTEMPTS, DIGEST_TAG, request
from orchestration.lib import landing
from orchestration.lib.landing import Candidate


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def candidates(*contents):
    return [Candidate(None, f"{content}.xml", 1, 1, content * 64) for content in contents]


def add_run(instance, found, status):
    @dg.job
    def empty():
        pass

    instance.create_run_for_job(empty, tags={DIGEST_TAG: landing.digest(found)}, status=status)


def test_new_files_ask_for_one_run(instance):
    result = request(instance, candidates("a", "b"))
    (run_request,) = result.run_requests
    assert run_request.tags[DIGEST_TAG] == landing.digest(candidates("b", "a"))


def test_nothing_is_asked_while_a_run_for_the_same_files_is_under_way(instance):
    add_run(instance, candidates("a"), dg.DagsterRunStatus.STARTED)
    assert isinstance(request(instance, candidates("a")), dg.SkipReason)
    assert isinstance(request(instance, candidates("a", "b")), dg.SensorResult)


def test_a_crashed_run_is_tried_again_but_not_for_ever(instance):
    found = candidates("a")
    for _ in range(ATTEMPTS - 1):
        add_run(instance, found, dg.DagsterRunStatus.FAILURE)
        assert isinstance(request(instance, found), dg.SensorResult)
    add_run(instance, found, dg.DagsterRunStatus.FAILURE)
    assert isinstance(request(instance, found), dg.SkipReason)


def test_the_sensor_of_a_system_sees_a_dropped_file(home, instance):
    from orchestration.definitions import defs

    sensor = defs().get_repository_def().get_sensor_def("new_exports_finance_pes")
    with dg.build_sensor_context(instance=instance) as context:
        assert "No new complete export" in sensor.evaluate_tick(context).skip_message
        folder = home.landing / "finance_pes"
        folder.mkdir(parents=True)
        (folder / "a.xml").write_text("<anything/>")
        assert len(sensor.evaluate_tick(context).run_requests) == 1
