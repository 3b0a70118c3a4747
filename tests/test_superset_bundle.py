"""The Superset bundle: it names only what the marts have, says it in their words, and hangs together."""

import re

import pytest
import yaml
from published import contracts, marts

from orchestration.lib.home import PROJECT

BUNDLE = PROJECT / "bi" / "superset" / "beffroi"
TYPES = {"string": "TEXT", "varchar": "TEXT", "date": "DATE", "boolean": "BOOLEAN", "integer": "INTEGER"}


def read(folder):
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(BUNDLE.glob(f"{folder}/*.yaml"))
    }


DATASETS, CHARTS = read("datasets/*"), read("charts")
(DATABASE,), (DASHBOARD,) = read("databases").values(), read("dashboards").values()


@pytest.mark.parametrize("mart", DATASETS)
def test_a_dataset_is_a_mart_with_its_labels_and_types(mart):
    dataset = DATASETS[mart]
    assert (dataset["table_name"], dataset["schema"], dataset["sql"]) == (mart, "marts", None)
    assert dataset["database_uuid"] == DATABASE["uuid"]
    for column in dataset["columns"]:
        name, kind = column["column_name"], contracts()[mart][column["column_name"]]
        assert column["verbose_name"] == marts()[mart].columns[name].label, name
        assert column["type"].replace(" ", "") == TYPES.get(kind, kind.replace("decimal", "NUMERIC").upper()), name


@pytest.mark.parametrize("mart", DATASETS)
def test_a_measure_sums_columns_of_the_mart_and_never_a_rate(mart):
    for metric in DATASETS[mart]["metrics"]:
        summed = re.findall(r"SUM\((\w+)\)", metric["expression"])
        assert summed, metric["metric_name"]
        assert not re.search("[a-z_]", re.sub(r"SUM\(\w+\)|NULLIF", "", metric["expression"])), "a column outside a sum"
        for column in summed:
            assert column in {one["column_name"] for one in DATASETS[mart]["columns"]}
            assert not re.search(r"_(share|rate|per_\w+)(_eur)?$", column), "a rate is made again from totals"


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_shows_what_its_dataset_has(chart):
    said, params = CHARTS[chart], CHARTS[chart]["params"]
    (dataset,) = (one for one in DATASETS.values() if one["uuid"] == said["dataset_uuid"])
    columns = {column["column_name"] for column in dataset["columns"]}
    measures = {metric["metric_name"] for metric in dataset["metrics"]}
    assert {params.get("x_axis"), *params["groupby"]} - {None} <= columns
    assert {where["subject"] for where in params["adhoc_filters"]} <= columns
    assert {*params["metrics"], params.get("timeseries_limit_metric"), params.get("x_axis_sort")} - {None} <= measures


def test_the_dashboard_shows_every_chart_under_its_name_and_filters_on_a_column():
    shown = [one["meta"] for one in DASHBOARD["position"].values() if isinstance(one, dict) and one["type"] == "CHART"]
    assert {(one["uuid"], one["sliceName"]) for one in shown} == {(c["uuid"], c["slice_name"]) for c in CHARTS.values()}
    for one in DASHBOARD["metadata"]["native_filter_configuration"]:
        for target in one["targets"]:
            (dataset,) = (found for found in DATASETS.values() if found["uuid"] == target["datasetUuid"])
            assert target["column"]["name"] in {column["column_name"] for column in dataset["columns"]}


def test_the_connection_has_no_password_and_writes_nothing():
    assert re.fullmatch(r"postgresql\+psycopg2://\w+@[\w.]+:\d+/\w+", DATABASE["sqlalchemy_uri"])
    assert not any(DATABASE[right] for right in ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload"))
