"""The SQL on invented rows: every dbt unit test, in a town without any export, where everything still builds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from raw_warehouse import load_raw

from orchestration.lib.home import DBT_PROJECT

pytestmark = pytest.mark.slow


def test_every_unit_test_holds_and_a_town_without_exports_builds(tmp_path):
    load_raw(tmp_path / "warehouse.duckdb", [])
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--profiles-dir", "."],
        cwd=DBT_PROJECT,
        env={
            **os.environ,
            "BEFFROI_WAREHOUSE": str(tmp_path / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "unit tests" in done.stdout
