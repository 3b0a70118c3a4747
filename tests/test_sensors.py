"""Sensors: one run per state of things, none while it is under way, no endless retry, a build after each verdict."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from orchestration.components.requests import ATTEMPTS, DIGEST_TAG, request
from orchestration.lib import build, gate, landing, publish, warehouse
from orchestration.lib.landing import Candidate
from orchestration.lib.register import REFUSED, Export, LoadDraft


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def candidates(*contents):
    return [Candidate(None, f"{content}.xml", 1, 1, content * 64) for content in contents]


def add_run(instance, digest, status):
    @dg.job
    def empty():
        pass

    instance.create_run_for_job(empty, tags={DIGEST_TAG: digest}, status=status)


def test_new_files_ask_for_one_run(instance):
    result = request(instance, landing.digest(candidates("a", "b")), "these files")
    (run_request,) = result.run_requests
    assert run_request.tags[DIGEST_TAG] == landing.digest(candidates("b", "a"))


def test_nothing_is_asked_while_a_run_for_the_same_files_is_under_way(instance):
    add_run(instance, "a", dg.DagsterRunStatus.STARTED)
    assert "these files" in request(instance, "a", "these files").skip_message
    assert isinstance(request(instance, "b", "these files"), dg.SensorResult)


def test_a_crashed_run_is_tried_again_but_not_for_ever(instance):
    for _ in range(ATTEMPTS - 1):
        add_run(instance, "a", dg.DagsterRunStatus.FAILURE)
        assert isinstance(request(instance, "a", "these files"), dg.SensorResult)
    add_run(instance, "a", dg.DagsterRunStatus.FAILURE)
    assert isinstance(request(instance, "a", "these files"), dg.SkipReason)


def sensor_named(name):
    from orchestration.definitions import defs

    return defs().get_repository_def().get_sensor_def(name)


def refuse_an_export(register):
    export = Export(system="finance_pes", export_id="a", sha256="a" * 64, file_name="a.xml", size_bytes=1)
    export.verdict, export.received_at = REFUSED, datetime.now(UTC)
    register.commit(LoadDraft("load", "finance_pes", [], [export]))


def test_a_verdict_asks_for_a_build_until_it_is_published(home, register, instance):
    sensor = sensor_named("unpublished_exports")
    with dg.build_sensor_context(instance=instance) as context:
        assert "up to date" in sensor.evaluate_tick(context).skip_message
        refuse_an_export(register)
        assert len(sensor.evaluate_tick(context).run_requests) == 1
        with duckdb.connect(str(home.warehouse)) as connection:
            connection.execute("create schema marts")
        publish.publish(home, build.inputs(register), {})
        assert "up to date" in sensor.evaluate_tick(context).skip_message


def test_a_state_that_a_guard_stopped_is_not_built_again_and_again(home, register, instance):
    refuse_an_export(register)
    warehouse.refresh_raw(home, [], register)
    closed = gate.Gate(warehouse.stamp(home), 1, 1, 0, *warehouse.built_from(home))
    sensor = sensor_named("unpublished_exports")
    with dg.build_sensor_context(instance=instance) as context:
        (home.quality / "gate.json").write_text(json.dumps(asdict(closed)))
        assert "critical rule" in sensor.evaluate_tick(context).skip_message
        (home.quality / "gate.json").write_text(json.dumps(asdict(replace(closed, inputs="former"))))
        assert len(sensor.evaluate_tick(context).run_requests) == 1


def test_the_sensor_of_a_system_sees_a_dropped_file(home, instance):
    sensor = sensor_named("new_exports_finance_pes")
    with dg.build_sensor_context(instance=instance) as context:
        assert "No new complete export" in sensor.evaluate_tick(context).skip_message
        folder = home.landing / "finance_pes"
        folder.mkdir(parents=True)
        (folder / "a.xml").write_text("<anything/>")
        assert len(sensor.evaluate_tick(context).run_requests) == 1
