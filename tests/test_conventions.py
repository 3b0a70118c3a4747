"""The folder tree keeps its promises: names, completeness, descriptions, generated files."""

import json
import re

import pytest
import yaml

from orchestration.lib import sources
from orchestration.lib.home import DBT_PROJECT, PROJECT
from orchestration.lib.manifest import sql_digest
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
MODELS = {path.stem: path for path in sorted((DBT_PROJECT / "models").rglob("*")) if path.suffix in (".sql", ".py")}
PROPERTIES = {
    model["name"]: (path, model)
    for path in sorted((DBT_PROJECT / "models").rglob("*.yml"))
    for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
}
MARTS = [name for name, path in MODELS.items() if "marts" in path.parts]
CONFIDENTIAL = [name for name, path in MODELS.items() if "confidential" in path.parts]
NAMES = {
    "staging": r"stg_{folder}__[a-z0-9_]+",
    "intermediate": r"int_{folder}__[a-z0-9_]+",
    "confidential": r"(dim|fct)_[a-z0-9_]+",
    "marts": r"(dim|fct|mart)_[a-z0-9_]+",
}
# Facts whose rows are of no single record, and where the records are.
OF_NO_RECORD = {
    "fct_cost_allocation": (
        "an edge leaves from what a service holds as a whole: its records are those of fct_cost_line of the same "
        "budget, month, service and step"
    ),
}
# One row of these is one agent, or a part of one.
OF_ONE_AGENT = r"agent_id|.*_pseudonym"
# What a published table says of the agents behind each of its cells.
SECRECY = {"agent_count", "secrecy_status"}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "part",
    [
        "orchestration/defs/{system}/defs.yaml",
        "orchestration/defs/{system}/fields.csv",
        "orchestration/defs/{system}/extract.py",
        "orchestration/defs/{system}/README.md",
        "expectations/raw/{system}.py",
        "tests/systems/{system}/exports",
        "tests/systems/{system}/expected",
        "dbt_project/models/staging/{system}",
    ],
)
def test_a_system_s_folder_is_complete(system, part):
    assert (PROJECT / part.format(system=system)).exists()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_generated_sources_follow_fields_csv(system):
    written = sources.source_file(SYSTEMS[system]).read_text(encoding="utf-8")
    assert written == sources.source_yaml(SYSTEMS[system]), "run: python -m orchestration.lib.sources"


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_raw_row_says_where_it_comes_from(system):
    for fields in SYSTEMS[system].tables.values():
        assert [field.column for field in fields[:2]] == ["source_export", "source_record"]
        assert all(field.description for field in fields)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field.column) for field in fields)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_s_name_says_its_layer_and_system(name):
    layer, folder = MODELS[name].relative_to(DBT_PROJECT / "models").parts[:2]
    pattern = r"int_[a-z0-9_]+" if folder == "conformed" else NAMES[layer].format(folder=folder)
    assert re.fullmatch(pattern, name)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_says_what_one_row_is(name):
    _, properties = PROPERTIES[name]
    assert re.match(r"One row per\b", properties["description"].strip())


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_described_beside_its_sql(name):
    assert PROPERTIES[name][0].parent == MODELS[name].parent


@pytest.mark.parametrize("name", MARTS)
def test_every_column_of_a_mart_is_typed_described_and_labelled_in_french(name):
    for column in PROPERTIES[name][1]["columns"]:
        assert column.get("data_type"), column["name"]
        assert column.get("description"), column["name"]
        assert column.get("config", {}).get("meta", {}).get("label_fr"), column["name"]


@pytest.mark.parametrize("name", [name for name in MARTS if name.startswith("fct_")])
def test_every_fact_row_leads_back_to_its_export(name):
    assert name in OF_NO_RECORD or {"source_system", "source_export", "source_record"} <= columns(name)


@pytest.mark.parametrize("name", OF_NO_RECORD)
def test_a_fact_of_no_record_is_one(name):
    assert not {"source_system", "source_export", "source_record"} <= columns(name)


def test_the_records_of_an_edge_are_found_by_columns_that_both_facts_have():
    edge = {"budget_id", "exercice", "cost_month", "direction", "from_service_id", "from_step"}
    line = {"budget_id", "exercice", "cost_month", "direction", "service_id", "cost_step"}
    assert edge <= columns("fct_cost_allocation")
    assert line <= columns("fct_cost_line")


@pytest.mark.parametrize("name", CONFIDENTIAL)
def test_every_column_of_a_confidential_table_is_typed_and_described(name):
    for column in PROPERTIES[name][1]["columns"]:
        assert column.get("data_type"), column["name"]
        assert column.get("description"), column["name"]


def columns(name):
    return {column["name"] for column in PROPERTIES[name][1].get("columns", [])}


def individuals(names):
    return {name for name in names if re.fullmatch(OF_ONE_AGENT, name)}


@pytest.mark.parametrize("name", MARTS)
def test_no_mart_has_a_column_that_stands_for_an_agent(name):
    assert individuals(columns(name)) == set()


@pytest.mark.parametrize("name", MARTS)
def test_a_mart_made_from_individual_rows_tells_how_many_agents_are_in_a_cell(name):
    read = set(re.findall(r"ref\(\s*['\"](\w+)['\"]", MODELS[name].read_text(encoding="utf-8")))
    individual = {model for model in read & MODELS.keys() if model in CONFIDENTIAL or individuals(columns(model))}
    if individual:
        assert columns(name) & SECRECY, f"{', '.join(sorted(individual))}: see docs/privacy.md"
        assert "contract_id" not in columns(name), "the contract of an agent stands for the agent"


@pytest.mark.parametrize("name", [*CONFIDENTIAL, *MARTS])
def test_money_is_never_a_float(name):
    for column in PROPERTIES[name][1]["columns"]:
        assert column["data_type"].lower() not in ("float", "double", "real"), column["name"]
        if column["name"].endswith("_eur"):
            assert column["data_type"].lower().startswith("decimal"), column["name"]


@pytest.mark.parametrize(
    ("union", "part"), [("int_cost_lines", "cost_lines"), ("int_activity", "activity"), ("int_service_user", "user")]
)
def test_every_system_with_lines_counts_in_the_union(union, part):
    listed = MODELS[union].read_text(encoding="utf-8")
    for name in MODELS:
        if re.fullmatch(rf"int_[a-z_]+__{part}", name):
            assert f"ref('{name}')" in listed, f"{name} is in no union: it would not count"


def test_the_lineage_that_the_project_ships_is_that_of_its_sql():
    shipped = json.loads((DBT_PROJECT / "lineage.json").read_text(encoding="utf-8"))
    assert shipped["digest"] == sql_digest(), (
        "the SQL has changed: run make lineage and commit dbt_project/lineage.json"
    )
    # The columns of a Python model are read by nothing that knows SQL.
    assert shipped["models"].keys() == {name for name, path in MODELS.items() if path.suffix == ".sql"}


def test_the_lock_names_versions_and_hashes_but_no_address():
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^]]*])?==", lock, re.MULTILINE)
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_no_file_of_the_project_names_a_machine():
    machine = re.compile(r"/(?:home|root|Users|work)/[a-z]")
    for path in PROJECT.rglob("*"):
        inside = path.relative_to(PROJECT).parts
        if inside[0] in {".git", ".venv", "data"} or not path.is_file() or path.suffix in {".pyc", ".lock"}:
            continue
        if path.suffix in {".py", ".md", ".sql", ".yml", ".yaml", ".toml", ".csv"} and "target" not in inside:
            text = path.read_text(encoding="utf-8", errors="replace")  # samples keep the encoding of their vendor
            assert not machine.search(text), path
