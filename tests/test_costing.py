"""The true cost on the demo town and on real files: what comes out is what was put in, and what is missing is said."""

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from raw_warehouse import build, load_raw

MONTREUIL = "21930048000015-00"


def rows(database, sql, *values):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def town(demo_town, tmp_path_factory):
    """The demo town as if payroll could tell all its services apart: its cells hide nothing."""
    database = Path(shutil.copy(demo_town.database, tmp_path_factory.mktemp("costs")))
    build(database, "int_payroll_cell+", k_agents=1)
    return database


STEPS = {
    "direct": "direct_cost_eur",
    "building": "building_cost_eur",
    "support": "support_cost_eur",
    "user_revenue": "user_revenue_eur",
    "public_revenue": "public_revenue_eur",
    "other_revenue": "other_revenue_eur",
    "corporate": "corporate_cost_eur",
    "corporate_revenue": "corporate_revenue_eur",
}


def counted(listed, measure, *columns):
    """Return columns -> sum of the measure, of rows of the truth; "" is none."""
    found = Counter()
    for row in listed:
        found[tuple(row[column] if row[column] != "" else None for column in columns)] += row[measure]
    return +found | {key: cents for key, cents in found.items() if cents < 0}


def test_every_line_of_the_ledger_goes_where_the_town_sends_it(town, demo_town):
    columns = ("budget_id", "exercice", "month", "direction", "rule_id", "cost_scope", "service_id", "facility_id",
               "activity_id", "cost_step")  # fmt: skip
    made = rows(
        town,
        """select budget_id, exercice, month(cost_month), direction, rule_id, cost_scope, service_id, facility_id,
        activity_id, cost_step, cast(sum(amount_eur) * 100 as bigint) as cents from marts.fct_cost_line
        group by all having cents <> 0""",
    )
    assert {row[:-1]: row[-1] for row in made} == counted(
        demo_town.truth["costing"]["direct"], "amount_cents", *columns
    )


def test_every_full_cost_is_the_true_one(town, demo_town):
    made = {}
    for step, column in STEPS.items():
        cells = rows(
            town,
            f"""select exercice, service_id, facility_id, activity_id, cast(sum({column}) * 100 as bigint) as cents
            from marts.mart_full_cost group by all having cents <> 0""",
        )
        made |= {(*cell[:-1], step): cell[-1] for cell in cells}
    columns = ("exercice", "service_id", "facility_id", "activity_id", "cost_step")
    true = counted(demo_town.truth["costing"]["cells"], "amount_cents", *columns)
    assert made == true
    assert len(true) > 400


def test_every_unit_cost_is_the_true_one(town, demo_town):
    made = rows(
        town,
        """select exercice, activity_id, measure_code, cast(quantity * 100 as bigint),
        cast(full_cost_eur * 100 as bigint), cast(unit_cost_eur * 10000 as bigint) from marts.mart_unit_cost
        where unit_cost_level = 'activity' and measure_code not in ('inhabitant', 'floor_area') and quantity > 0""",
    )
    true = [tuple(row.values()) for row in demo_town.truth["costing"]["unit_costs"]]
    assert sorted(made) == sorted(true)
    assert len(true) == 10


def test_without_a_tenth_of_the_keys_every_euro_is_kept_and_the_run_says_what_is_missing(town, tmp_path):
    database = Path(shutil.copy(town, tmp_path))
    with duckdb.connect(str(database)) as connection:
        # Of the seventeen keys, the two of the technical centre: a tenth, and no other key can take their place.
        connection.execute("delete from seeds.key_allocation where service_id = 'CTM'")
    build(database, "int_cost_key+", k_agents=1)
    assert {gap for (gap,) in rows(database, "select gap_eur from marts.mart_cost_reconciliation")} == {0}
    before, after = (
        dict(rows(one, "select exercice, sum(full_cost_eur) from marts.mart_full_cost group by all"))
        for one in (town, database)
    )
    corporate = {
        one: dict(rows(one, "select exercice, sum(corporate_cost_eur) from marts.mart_full_cost group by all"))
        for one in (town, database)
    }
    assert {year: before[year] + corporate[town][year] for year in before} == {
        year: after[year] + corporate[database][year] for year in after
    }
    own = dict(
        rows(
            database,
            """select exercice, sum(amount_eur) from marts.fct_cost_line
            where service_id = 'CTM' and cost_scope = 'service' and direction = 'expense' group by all""",
        )
    )
    assert (
        dict(
            rows(
                database,
                """select exercice, sum(amount_eur) from marts.mart_cost_gap
                where gap_code = 'no_key' and service_id = 'CTM' group by all""",
            )
        )
        == own
    )
    assert not rows(town, "select 1 from marts.mart_cost_gap where gap_code = 'no_key'")


@pytest.mark.parametrize("method", ["step_down", "direct"])
def test_another_method_moves_euros_and_makes_none(town, tmp_path, method):
    database = Path(shutil.copy(town, tmp_path))
    build(database, "int_cost_absorption+", k_agents=1, cost_method=method)
    assert {gap for (gap,) in rows(database, "select gap_eur from marts.mart_cost_reconciliation")} == {0}
    # What counts is then what the sensitivity showed as a variant.
    shown = (
        "select activity_id, exercice, full_cost_eur from marts.mart_cost_sensitivity where variant_id = ? order by all"
    )
    assert rows(database, shown, "central") == rows(town, shown, f"method:{method}")
    assert rows(database, shown, "central") != rows(town, shown, "central")


def test_the_sensitivity_starts_from_the_figure_that_counts(town):
    assert not rows(
        town,
        """select * from marts.mart_cost_sensitivity
        join marts.mart_unit_cost using (exercice, activity_id, measure_code)
        where unit_cost_level = 'activity' and variant_id = 'central'
        and mart_cost_sensitivity.full_cost_eur <> mart_unit_cost.full_cost_eur""",
    )
    influential = rows(
        town,
        """select count(*), count(distinct exercice || activity_id || measure_code)
        from marts.mart_cost_sensitivity where is_most_influential""",
    )
    assert influential[0][0] == influential[0][1] > 0


def test_what_a_shared_service_recharges_is_its_full_cost(town):
    parts = rows(
        town,
        """select exercice, service_id, any_value(gross_cost_eur), sum(amount_eur), any_value(whole_quantity),
        sum(quantity) from marts.mart_recharge group by all""",
    )
    assert len(parts) == 18
    assert all(gross == amount and whole == quantity for *_, gross, amount, whole, quantity in parts)


@pytest.fixture(scope="module")
def montreuil(real_files, tmp_path_factory):
    """The account of Montreuil for 2022 and nothing else: no payroll, no mandat, no activity."""
    database = tmp_path_factory.mktemp("montreuil") / "warehouse.duckdb"
    load_raw(database, [("budget_totem", real_files / "totem/montreuil/CA_2022.xml")])
    build(database, "+mart_function_cost", "+mart_cost_gap", "+mart_full_cost", "+mart_unit_cost")
    return database


def test_an_account_alone_gives_costs_by_function_and_says_what_is_missing(montreuil):
    by_function = dict(
        rows(
            montreuil,
            "select function_code, operating_expense_eur from marts.mart_function_cost where budget_id = ?",
            MONTREUIL,
        )
    )
    assert by_function["251"] == Decimal("4234134.37")
    missing = dict(
        rows(montreuil, "select gap_code, amount_eur from marts.mart_cost_gap where budget_id = ?", MONTREUIL)
    )
    assert missing["no_ledger"] == Decimal("211272101.98")
    assert missing["account_staff"] == Decimal("112853940.59")
    assert missing["account_depreciation"] == Decimal("11363948.85")
    assert missing["account_shared"] > 0
    assert rows(montreuil, "select count(*) from marts.mart_full_cost") == [(0,)]
    assert rows(montreuil, "select count(*) from marts.mart_unit_cost") == [(0,)]
