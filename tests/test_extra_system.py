"""An eleventh department: new files, one line in the union that it feeds and rows of the town's lists, nothing else.

The files are in ``tests/extra_system``; they are put in a copy of the project, which is then tested as the project is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.lib.home import PROJECT

pytestmark = pytest.mark.slow
SYSTEM = PROJECT / "tests" / "extra_system"
COPIED = ("orchestration", "dashboards", "dbt_project", "expectations", "seeds", "demo_city", "tests")
LISTED = {
    "dbt_project/models/intermediate/conformed/int_activity.sql": (
        "union_of_systems([\n",
        "    ref('int_tool_library__activity'),\n",
    ),
    "seeds/ref_activity.csv": ("\n", "tool_lending,Prêt d'outils,QUAR,348,loan\n"),
    "seeds/ref_measure.csv": ("\n", "loan,Prêts,loan,prêt,Things lent\n"),
}
CHECKED = ("tests/test_conventions.py", "tests/test_extract.py", "tests/test_portable_sql.py")
BUILD = """
import sys
from pathlib import Path
from raw_warehouse import build, load_raw
database, export = map(Path, sys.argv[1:])
load_raw(database, [("tool_library", export)])
build(database, "+mart_activity", "dim_activity")
"""

GUARD = """
from pathlib import Path
from orchestration.lib import guard
for layer, schema, prefix in (
    ("raw", "raw", "tool_library__"), ("staging", "staging", ""), ("conformed", "intermediate", "")
):
    suites = guard.load_suites(layer, "tool_library")
    found = guard.validate(Path("warehouse.duckdb"), schema, suites, prefix)
    assert found and not [rule for verdict in found for rule in verdict.rules if not rule.passed], layer
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__", "logs", "target", "extra_system", "*.pyc")
    for name in COPIED:
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    shutil.copy(PROJECT / "requirements.lock", folder)
    for file in SYSTEM.rglob("*"):
        target = folder / file.relative_to(SYSTEM)
        if file.is_file() and file.parent != SYSTEM and "__pycache__" not in file.parts:
            assert not target.exists(), f"{target} is no new file"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    for name, (before, line) in LISTED.items():
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(before, before + line, 1), encoding="utf-8")
    run(folder, "-m", "orchestration.lib.sources")
    return folder


def run(folder: Path, *arguments: object) -> str:
    path = os.pathsep.join([str(folder), str(folder / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "BEFFROI_HOME": str(folder / "data")}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_the_tests_over_all_systems_take_it_up(copy):
    # The lineage is worked out by a run; that it is stale is what its own test is for.
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKED, "-k", "not lineage", "--co")
    assert said.count("tool_library") > 10
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKED, "-k", "tool_library or union")


def test_its_activity_counts_and_an_unknown_place_is_shown(copy):
    database = copy / "warehouse.duckdb"
    run(copy, "-c", BUILD, database, SYSTEM / "tests/systems/tool_library/exports/prets.csv")
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            """select facility_id, source_facility_code, activity_label, unit_label, quantity, is_output
            from marts.mart_activity order by quantity"""
        ).fetchall()
    assert rows == [
        (None, "Camion", "Prêt d'outils", "prêt", 2, True),
        ("QUAR01", None, "Prêt d'outils", "prêt", 12, True),
    ]


def test_its_suites_hold(copy):
    run(copy, "-c", GUARD)
