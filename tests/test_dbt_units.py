"""The SQL on invented rows: every dbt unit test, in a town without any export, where everything still builds."""

import pytest
import yaml
from raw_warehouse import build, load_raw

from orchestration.lib.home import DBT_PROJECT

pytestmark = pytest.mark.slow


def test_every_unit_test_holds_and_a_town_without_exports_builds(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    load_raw(database, [])
    ran = build(database, unit_tests=True)
    written = [path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.yml")]
    assert ran["unit_test"] == sum(len(yaml.safe_load(text).get("unit_tests", [])) for text in written) > 0
