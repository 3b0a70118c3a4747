"""The SQL on invented rows: every dbt unit test, in a town without any export, where everything still builds."""

import pytest
from raw_warehouse import build, load_raw

pytestmark = pytest.mark.slow


def test_every_unit_test_holds_and_a_town_without_exports_builds(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    load_raw(database, [])
    build(database, unit_tests=True)
