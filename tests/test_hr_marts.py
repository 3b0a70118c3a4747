"""The HR marts on made-up confidential tables: figures worked out by hand, then attacks on what is hidden.

One town is small enough for pencil and paper; others are drawn at random, and an attacker who knows all that is
published solves for what is not.
"""

import calendar
import csv
import random
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from raw_warehouse import build

from orchestration.lib import guard
from orchestration.lib.home import DBT_PROJECT, PROJECT

MARTS = sorted(
    path.stem for path in (DBT_PROJECT / "models/marts/hr").glob("*.sql") if path.stem != "mart_payroll_reconciliation"
)
SIREN, CCAS = "999000012", "999000020"
BUDGET = f"{SIREN}00015-00"
MONTHS = [date(year, month, 1) for year in (2023, 2024, 2025) for month in range(1, 13)][:29]
TABLES = ("fct_agent_month", "fct_pay_line", "fct_absence", "fct_movement")


def cents(amount):
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


def month_end(month):
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


class Payroll:
    """Rows of the four confidential tables, written agent by agent."""

    def __init__(self):
        self.rows = {table: [] for table in TABLES}

    def month(self, siren, agent, month, service, pay, *, quota="1", contract="c", budget=None, **situation):
        """Add a month of an agent: ``pay`` maps components to euros; charges are 30 % and 20 % of the gross pay."""
        who = {"employer_siret": f"{siren}00015", "agent_id": agent, "contract_id": contract, "pay_month": month}
        what = {
            **{"status_code": "titulaire", "is_counted": True, "is_permanent": True, "is_present_at_month_end": True},
            **{"category_code": "C", "filiere": "Technique", "cadre_emplois": "Technique C", "sex": "F", "age": 40},
            **situation,
        }
        quota = Decimal(quota)
        paid = {Decimal("0.8"): Decimal("0.8571")}.get(quota, quota)
        counted = what["is_counted"]
        gross = sum(map(Decimal, pay.values()))
        cost = gross * Decimal("1.5")
        self.rows["fct_agent_month"].append(
            {
                **who,
                **what,
                **{"budget_id": budget, "exercice": month.year, "service_id": service, "quota_share": quota},
                **{"paid_quota_share": paid, "presence_share": 1, "gross_eur": gross, "cost_eur": cost},
                **{"etpr": paid if counted else 0, "etpt": quota if counted else 0},
                "etp": quota if what["is_present_at_month_end"] else 0,
                **{"gross_attached_eur": gross, "cost_attached_eur": cost, "allocated_eur": 0, "overtime_hours": 0},
            }
        )
        elected = what["status_code"] == "elu"
        lines = [("gross", None, "elected_gross" if elected else "gross", gross)]
        lines += [("detail", component, None, amount) for component, amount in pay.items() if component != "other_pay"]
        lines += [
            ("employer", "employer_pension", "elected_pension" if elected else "pension", gross * Decimal("0.3")),
            ("employer", "employer_social", "elected_social" if elected else "urssaf", gross * Decimal("0.2")),
        ]
        for kind, component, family, amount in lines:
            self.rows["fct_pay_line"].append(
                {
                    **who,
                    **{"budget_id": budget, "attachment_month": month, "service_id": service, "line_kind": kind},
                    **{"component": component, "family": family, "amount_eur": amount, "source_system": "payroll_dsn"},
                    "status_code": what["status_code"],
                }
            )

    def absence(self, siren, agent, month, days, service, family, *, begun=True, **flags):
        self.rows["fct_absence"].append(
            {
                **{"employer_siret": f"{siren}00015", "agent_id": agent, "contract_id": "c", "absence_month": month},
                **{"exercice": month.year, "motive_family": family, "motive_family_label": family, "is_absence": True},
                **{"is_compressible": False, "is_medical": False, "is_global": False, "is_unpaid": False, **flags},
                **{"start_date": month, "end_date": month.replace(day=days), "is_stop_begun": begun},
                **{"calendar_days": days, "service_id": service, "is_counted": True, "is_permanent": True},
            }
        )

    def movement(self, siren, agent, kind, day, service, family=None):
        self.rows["fct_movement"].append(
            {
                **{"employer_siret": f"{siren}00015", "agent_id": agent, "contract_id": "c", "movement_type": kind},
                **{"movement_date": day, "movement_month": day.replace(day=1), "exercice": day.year},
                **{"motive_family": family, "motive_family_label": family, "is_permanent": True},
                **{"service_from": service if kind == "departure" else None},
                **{"service_to": service if kind == "arrival" else None},
            }
        )

    def write(self, database):
        """Write the four tables of ``database``, with the columns of their contracts, and one budget."""
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema confidential; create schema marts")
            for table, rows in self.rows.items():
                path = DBT_PROJECT / f"models/confidential/hr/{table}.yml"
                (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
                columns = {column["name"]: column["data_type"] for column in model["columns"]}
                listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(f"create table confidential.{table} ({listed})")
                values = [[row.get(name) for name in columns] for row in rows]
                connection.register("given", pd.DataFrame(values, columns=list(columns), dtype=object))
                connection.execute(f"insert into confidential.{table} from given")
                connection.unregister("given")
            connection.execute(
                "create table marts.dim_budget as select ? as budget_id, ? as budget_siret, 'P' as budget_type_code,"
                " 'Budget principal' as budget_label, 'BEFFROI-SUR-LYS' as collectivity_name",
                [BUDGET, f"{SIREN}00015"],
            )


def by_hand(payroll):
    """Add the town that is worked out by hand, and a CCAS of four agents.

    Twenty-three agents at 2,000 € and 204 € of IFSE, 2,100 € from 2024; a CIA of 100 € in November. Five leave in June
    2024 and six come in July at 1,820 €. Ten seasonal agents at 1,500 € in July and August. Six elected members.
    """
    staff = {f"f{rank}": ("FIN", "F" if rank <= 5 else "M") for rank in range(1, 9)}
    staff |= {f"v{rank}": ("VERT", "F" if rank % 2 else "M") for rank in range(1, 13)}
    staff |= {f"a{rank}": ("ARCH", "F") for rank in range(1, 4)}
    newcomers = {f"n{rank}": ("VERT", "M") for rank in range(1, 7)}
    for month in MONTHS:
        for agent, (service, sex) in {**staff, **newcomers}.items():
            if month < date(2024, 7, 1) if agent in newcomers else agent in LEAVERS and month > date(2024, 6, 1):
                continue
            base = 1820 if agent in newcomers else 2000 if month.year == 2023 else 2100
            pay = {"base_pay": base, "ifse": 204}
            if month.month == 11:
                pay["cia"] = 100
            if month == date(2023, 11, 1) and service == "ARCH":
                pay["gipa"] = 50
            payroll.month(
                SIREN, agent, month, service, pay, sex=sex, budget=BUDGET, quota="0.8" if agent == "f1" else "1"
            )
        if month.month in (7, 8):
            for rank in range(10):
                payroll.month(
                    *(SIREN, f"s{rank}", month, "VERT", {"base_pay": 1500}),
                    **{"budget": BUDGET, "is_permanent": False, "status_code": "temporaire", "category_code": None},
                )
        for rank in range(6):
            payroll.month(
                *(SIREN, f"e{rank}", month, None, {"other_pay": 900}),
                **{"budget": BUDGET, "is_permanent": False, "is_counted": False, "status_code": "elu"},
                is_present_at_month_end=False,
            )
        for rank in range(4):
            payroll.month(CCAS, f"c{rank}", month, "SENI", {"base_pay": 2000})
    for rank in range(6, 13):
        for month in (date(2023, 3, 1), date(2024, 2, 1)):
            payroll.absence(SIREN, f"v{rank}", month, 10, "VERT", "maladie_ordinaire", **SICKNESS)
    payroll.absence(SIREN, "f2", date(2024, 3, 1), 31, "FIN", "maternite", is_global=True)
    payroll.absence(SIREN, "f2", date(2024, 4, 1), 29, "FIN", "maternite", begun=False, is_global=True)
    for agent in LEAVERS:
        reason = "mutation" if agent in ("v1", "v2", "v3") else "retraite"
        payroll.movement(SIREN, agent, "departure", date(2024, 6, 30), "VERT", reason)
    for agent in newcomers:
        payroll.movement(SIREN, agent, "arrival", date(2024, 7, 1), "VERT")


LEAVERS = ("v1", "v2", "v3", "v4", "v5")
SICKNESS = {"is_compressible": True, "is_medical": True, "is_global": True}
with (PROJECT / "seeds/ref_service.csv").open(encoding="utf-8", newline="") as listed:
    SERVICES = [row["service_id"] for row in csv.DictReader(listed)]
RANDOM_TOWNS = [f"9990001{rank:02}" for rank in range(12)]


def at_random(payroll, siren, rng):
    """Add a town of a few services, of which many have a small cell of some kind, over two months."""
    services = rng.sample(SERVICES, rng.randint(2, 9))
    for month in (date(2024, 5, 1), date(2024, 6, 1)):
        rank = 0
        for service in services:
            for _ in range(rng.choice([1, 2, 3, 5, 6, 8, 12, 20])):
                rank += 1
                permanent = rng.random() < 0.85
                pay = {"base_pay": rng.randint(1500, 3000)}
                for component, chance in (("ifse", 0.8), ("sft", 0.2), ("overtime", 0.1), ("gipa", 0.05), ("nbi", 0.1)):
                    if rng.random() < chance:
                        pay[component] = rng.randint(20, 400)
                filiere, category = rng.choice(["Technique", "Administrative", "Culturelle"]), rng.choice("ABCCCC")
                who = {
                    **{"sex": rng.choice("FFM"), "age": rng.randint(20, 66), "is_permanent": permanent},
                    **{"status_code": rng.choice(["titulaire"] * 6 + ["stagiaire"]) if permanent else "temporaire"},
                    **{"category_code": category, "filiere": filiere, "cadre_emplois": f"{filiere} {category}"},
                    "is_present_at_month_end": rng.random() < 0.97,
                }
                payroll.month(siren, f"{siren}-{rank}", month, service, pay, **who)
                if rng.random() < 0.08:
                    second = {"quota": "0.2", "contract": "second", **who}
                    payroll.month(siren, f"{siren}-{rank}", month, rng.choice(services), {"base_pay": 300}, **second)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("hr") / "warehouse.duckdb"
    payroll = Payroll()
    by_hand(payroll)
    for siren in RANDOM_TOWNS:
        at_random(payroll, siren, random.Random(siren))
    payroll.write(path)
    built = ["int_month", "dim_service", "fct_pay_component", "fct_payroll_month", *MARTS]
    build(path, "resource_type:seed", *built)
    return path


@pytest.fixture
def rows(database):
    """Return a function that reads rows of the warehouse as dictionaries, those of the town worked out by hand."""
    connection = duckdb.connect(str(database), read_only=True)

    def read(mart, where="true", siren=SIREN):
        cursor = connection.execute(f"select * from marts.{mart} where employer_siren = '{siren}' and {where}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    yield read
    connection.close()


def one(found):
    (row,) = found
    return row


def test_headcount_and_full_time_equivalents(rows):
    december = {
        (row["axis"], row["value_code"]): row
        for row in rows("mart_headcount", "month = '2023-12-01' and axis in ('total', 'service', 'permanent')")
    }
    total = december["total", "total"]
    assert (total["agent_count"], total["etp"], total["etpr"], total["etpt"]) == (
        23,
        Decimal("22.80"),
        Decimal("22.86"),
        Decimal("22.80"),
    )
    # Three agents in the archives: hidden, and with them the smaller of the two other services.
    assert {code: row["secrecy_status"] for (axis, code), row in december.items() if axis == "service"} == {
        "ARCH": "A",
        "FIN": "D",
        "VERT": "V",
    }
    assert december["service", "VERT"]["agent_count"] == 12
    assert december["service", "FIN"]["agent_count"] is None
    summer = {
        row["value_code"]: row["agent_count"]
        for row in rows("mart_headcount", "month = '2024-07-01' and axis in ('total', 'permanent')")
    }
    assert (summer["total"], summer["permanent"], summer["non_permanent"]) == (34, 24, 10)


def test_payroll_by_component(rows):
    november = {
        (row["axis"], row["component"]): row["amount_eur"]
        for row in rows("mart_payroll_component", "pay_month = '2023-11-01' and service_id is null")
    }
    gross = 23 * (2000 + 204 + 100) + 3 * 50
    assert november["total", "total_cost"] == gross * Decimal("1.5")
    assert november["group", "fixed_pay"] == november["component", "base_pay"] == 23 * 2000
    assert november["group", "bonus_pay"] == 23 * 304 + 150
    assert november["group", "pension_charges"] == gross * Decimal("0.3")
    # The GIPA of three agents is secret; the CIA would give it away.
    assert (november["component", "gipa"], november["component", "cia"]) == (None, None)
    assert november["component", "ifse"] == 23 * 204
    (service,) = rows("mart_payroll_component", "pay_month = '2023-11-01' and axis = 'service' and service_id = 'VERT'")
    assert service["amount_eur"] == 12 * 2304 * Decimal("1.5")


def test_envelopes_do_not_give_a_hidden_month_away(rows):
    envelopes = {(row["exercice"], row["component"]): row for row in rows("mart_payroll_envelope", "axis = 'total'")}
    assert envelopes[2023, "gipa"]["amount_eur"] is None
    assert envelopes[2023, "cia"]["amount_eur"] is None
    assert envelopes[2024, "cia"]["amount_eur"] == 24 * 100


def test_effects_identity_gvt_and_noria(rows):
    effect = one(rows("mart_payroll_effect", "exercice = 2024"))
    payroll_2023 = 23 * 2204 * 12
    payroll_2024 = 18 * 2304 * 12 + 5 * 2304 * 6 + 6 * 2024 * 6
    december_2023, december_2024 = 23 * 2204, 18 * 2304 + 6 * 2024
    point = 59.0734 / ((58.2004 + 59.0734) / 2)

    def close(column, expected):
        assert float(effect[column]) == pytest.approx(expected, abs=1e-6), column

    assert effect["payroll_eur"] == payroll_2024
    assert effect["december_pay_eur"] == december_2024
    close("level_effect_share", december_2024 / december_2023 - 1)
    close("mass_effect_share", payroll_2024 / (12 * december_2023) - 1)
    close("carry_effect_share", 12 * december_2023 / payroll_2023 - 1)
    close("payroll_growth_share", payroll_2024 / payroll_2023 - 1)
    etpt = (17.8 + 5 / 2 + 6 / 2) / 22.8
    # Five points were given to all in January 2024: they are no career.
    given = 5 * 59.0734 * (17.8571 + 5 / 2 + 6 / 2)
    close("points_growth_share", given / (payroll_2024 - given))
    close("gvt_balance_share", (payroll_2024 - given) / payroll_2023 / etpt / point - 1)
    full_time_2023, full_time_2024 = (17 * pay + pay / 0.8571 for pay in (2204, 2304))
    close("stayers_growth_share", full_time_2024 / full_time_2023 - 1)
    close("gvt_positive_share", (full_time_2024 - 18 * 5 * 59.0734 / 12) / full_time_2023 - 1)
    assert (effect["stayer_count"], effect["entrant_count"], effect["leaver_count"]) == (18, 6, 5)
    assert effect["entry_exit_effect_eur"] == 6 * 2024 - 5 * 2204
    assert effect["noria_effect_eur"] == 5 * (2024 - 2204)
    assert one(rows("mart_payroll_effect", "exercice = 2023"))["level_effect_share"] is None


def test_absence_rates_and_cost(rows):
    found = {
        (row["exercice"], row["axis"], row["absence_code"], row["service_id"]): row for row in rows("mart_absence")
    }
    year = found[2023, "total", "compressible", None]
    assert (year["absent_days"], year["absent_agents"], year["stop_count"]) == (70, 7, 7)
    assert year["absence_percent"] == round(Decimal(70 * 100) / (365 * 23), 4)
    assert year["mean_duration_days"] == 10
    assert year["absence_cost_eur"] == cents(7 * Decimal(2204) * Decimal("1.5") * 10 / 31)
    assert found[2023, "motive", "maladie_ordinaire", None]["absent_days"] == 70
    # A single maternity leave in 2024: global is shown, nothing from which it would come out.
    year = found[2024, "total", "global", None]
    assert (year["absent_days"], year["mean_agents"]) == (130, Decimal("23.50"))
    assert year["absence_percent"] == round(Decimal(130 * 100) / (366 * Decimal("23.5")), 4)
    assert [
        found[2024, axis, code, None]["secrecy_status"]
        for axis, code in (
            *(("total", "medical"), ("total", "compressible")),
            *(("motive", "maladie_ordinaire"), ("motive", "maternite")),
        )
    ] == ["D", "D", "D", "A"]
    assert {row["secrecy_status"] for key, row in found.items() if key[0] == 2024 and key[1] == "service"} <= {"A", "D"}


def test_movements_and_turnover(rows):
    found = {(row["axis"], row["movement_type"], row["motive_family"]): row for row in rows("mart_movement")}
    assert found["total", "arrival", None]["movement_count"] == 6
    assert found["total", "departure", None]["movement_count"] == 5
    assert found["total", "departure", None]["turnover_percent"] == round(Decimal(100 * 11) / (2 * Decimal("23.5")), 4)
    assert found["motive", "departure", "mutation"]["movement_count"] is None
    assert found["motive", "departure", "retraite"]["movement_count"] is None


def test_equality(rows):
    year = one(rows("mart_pay_equality", "exercice = 2023 and axis = 'total'"))
    assert (year["women_count"], year["men_count"]) == (14, 9)
    paid = 14 * (2204 * 12 + 100) + 3 * 50
    assert year["women_full_time_pay_eur"] == cents(paid / (13 + Decimal("0.8571")))
    assert year["men_full_time_pay_eur"] == 2204 * 12 + 100
    assert year["women_received_pay_eur"] == cents(Decimal(paid) / 14)
    assert year["structure_effect_eur"] == 0  # all are in category C
    effects = ("working_time_effect_eur", "structure_effect_eur", "inside_category_effect_eur")
    assert sum(year[effect] for effect in effects) == year["received_gap_eur"]


# From January 2025: 18 agents at 2,304 € and six at 2,024 €, with half as much of charges.
CARRIED = (18 * 2304 + 6 * 2024) * Decimal("1.5")
GVT_OF_A_MONTH = CARRIED * Decimal("0.015") / 12
SEASON, CIA = 2 * 10 * 1500 * Decimal("1.5"), 24 * 100 * Decimal("1.5")


def test_landing_of_the_year(rows):
    year = rows("mart_payroll_forecast", "is_last_known and exercice = 2025")
    assert [row["is_realised"] for row in sorted(year, key=lambda row: row["month"])] == [True] * 5 + [False] * 7
    assert {row["known_month"] for row in year} == {date(2025, 5, 1)}
    by_month = {row["month"].month: row for row in year}
    assert by_month[6]["payroll_eur"] == CARRIED + GVT_OF_A_MONTH
    assert by_month[8]["temporary_eur"] == SEASON / 2
    assert by_month[11]["variable_eur"] == CIA
    assert by_month[12]["gvt_eur"] == 7 * GVT_OF_A_MONTH
    assert sum(row["payroll_eur"] for row in year) == 12 * CARRIED + 28 * GVT_OF_A_MONTH + SEASON + CIA


def test_error_of_past_forecasts(rows):
    june = one(rows("mart_payroll_forecast_error", "exercice = 2024 and known_month = '2024-06-01'"))
    carried = 23 * 2304 * Decimal("1.5")
    gvt = carried * Decimal("0.015") / 12
    forecast = 12 * carried + 21 * gvt + SEASON + (23 * 100 + 3 * 50) * Decimal("1.5")
    realised = 6 * carried + 6 * CARRIED + SEASON + CIA
    assert (june["forecast_eur"], june["realised_eur"]) == (forecast, realised)
    assert june["error_eur"] == forecast - realised
    assert june["error_percent"] == round(100 * (forecast - realised) / realised, 4)
    assert june["prolonged_eur"] == 12 * carried
    looks = {(row["exercice"], row["known_month"].month) for row in rows("mart_payroll_forecast_error")}
    assert looks == {(2024, 6), (2024, 9)}  # 2023 has no year before, 2025 is not over


def test_scenarios_and_their_drivers(rows):
    found = {
        (row["scenario_id"], row["year_rank"], row["driver"]): row["amount_eur"]
        for row in rows("mart_payroll_scenario")
    }
    landing = 12 * CARRIED + 28 * GVT_OF_A_MONTH + SEASON + CIA
    assert found["central", 0, "total"] == found["constant", 0, "total"] == landing
    assert found["constant", 1, "total"] == 12 * CARRIED + SEASON + CIA
    # Three points of CNRACL more each year on the basic pay of civil servants, until 2028.
    basis = 18 * 2100 + 6 * 1820
    assert [found["central", rank, "employer_rate"] for rank in (1, 2, 3)] == [
        basis * Decimal("0.03") * 12 * rank for rank in (1, 2, 3)
    ]
    assert found["central", 1, "gvt"] == GVT_OF_A_MONTH * sum(range(8, 20))
    points = cents((23 + Decimal("0.8571")) * 5 / 12 * Decimal("59.0734") * Decimal("1.5"))
    assert found["index_plus_5", 1, "index_points"] == 12 * points
    assert found["point_plus_1", 1, "point"] == pytest.approx(12 * basis * Decimal("0.015"), abs=Decimal("0.06"))
    # Five departures in two whole years, half of them replaced, spread over the year.
    saved = sum(cents(Decimal("1.25") / 12 * (Decimal(month) + Decimal("0.5")) * CARRIED / 24) for month in range(12))
    assert found["half_replaced", 1, "replacement"] == pytest.approx(-saved, abs=Decimal("0.12"))
    for (scenario, rank, driver), total in found.items():
        if driver == "total" and rank:
            drivers = [amount for key, amount in found.items() if key[:2] == (scenario, rank) and key[2] != "total"]
            assert sum(drivers) == total


def test_an_employer_of_four_agents_shows_nothing(rows):
    for mart in MARTS:
        if mart == "dim_employer":
            continue
        for row in rows(mart, siren=CCAS):
            figures = {name for name in row if name.endswith(("_eur", "_percent", "_share", "etp", "_days"))}
            figures |= {"agent_count", "absent_agents", "women_count", "movement_count"} & row.keys()
            figures -= {"point_growth_share"}  # that of the country
            assert {row[name] for name in figures} <= {None}, (mart, row)


def test_elected_members_are_in_no_mart(rows, database):
    month = one(rows("mart_payroll_component", "pay_month = '2025-01-01' and axis = 'total'"))
    assert month["amount_eur"] == CARRIED
    with duckdb.connect(str(database), read_only=True) as connection:
        paid = connection.execute(
            "select sum(amount_eur) from confidential.fct_pay_component where pay_month = '2025-01-01' and is_elected"
            f" and employer_siren = '{SIREN}'"
        ).fetchone()
    assert paid == (6 * 900 * Decimal("1.5"),)


def test_the_suites_find_nothing_at_fault(database):
    suites = {name: suite for name, suite in guard.load_suites("marts", "hr").items() if name in MARTS}
    assert suites.keys() == set(MARTS)
    failed = [
        (verdict.table, rule.name, rule.places)
        for verdict in guard.validate(database, "marts", suites)
        for rule in verdict.rules
        if not rule.passed and rule.severity == guard.CRITICAL
    ]
    assert not failed


def deduced(cells, sums):
    """Return the hidden cells that the published ones determine.

    ``cells`` maps a cell to its published value, None when hidden; ``sums`` lists (cells, their total, a cell too).
    """
    hidden = [cell for cell, value in cells.items() if value is None]
    place = {cell: rank for rank, cell in enumerate(hidden)}
    equations = np.zeros((len(sums), len(hidden)))
    for rank, (parts, total) in enumerate(sums):
        for cell, sign in [*((part, 1) for part in parts), (total, -1)]:
            if cell in place:
                equations[rank, place[cell]] += sign
    if not hidden:
        return set()
    _, values, vectors = np.linalg.svd(equations, full_matrices=True)
    free = vectors[int((values > 1e-9).sum()) :]
    return {cell for cell in hidden if not np.any(np.abs(free[:, place[cell]]) > 1e-9)}


def all_rows(database, mart, where):
    with duckdb.connect(str(database), read_only=True) as connection:
        cursor = connection.execute(f"select * from marts.{mart} where {where}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


DETAILS = {
    "status": ("permanent", None),
    "cadre_emplois": ("filiere", "category"),
    "age_sex": ("age", "sex"),
    "service_permanent": ("service", "permanent"),
    "service_category": ("service", "category"),
    "service_sex": ("service", "sex"),
}


def test_no_headcount_is_found_by_solving_for_it(database):
    tables = defaultdict(list)
    for row in all_rows(database, "mart_headcount", f"employer_siren in {tuple(RANDOM_TOWNS)}"):
        tables[row["employer_siren"], row["month"]].append(row)
    hidden_count = 0
    for (siren, month), found in tables.items():
        cells = {(row["axis"], row["group_code"], row["value_code"]): row["agent_count"] for row in found}
        sums = defaultdict(list)
        for axis, group, value in cells:
            if axis in DETAILS:
                groups, values = DETAILS[axis]
                sums[axis, (groups, None, group)].append((axis, group, value))
                if values:
                    # That a cadre d'emplois is of one category is known to all; here its name ends with it.
                    margin = value[-1] if axis == "cadre_emplois" else value
                    sums[axis, (values, None, margin)].append((axis, group, value))
            elif axis != "total":
                sums[axis, ("total", None, "total")].append((axis, group, value))
        equations = [(parts, total) for (_, total), parts in sums.items()]
        secret = {
            (row["axis"], row["group_code"], row["value_code"]) for row in found if row["secrecy_status"] in ("A", "B")
        }
        hidden_count += len(secret)
        assert not deduced(cells, equations) & secret, (siren, month)
    assert hidden_count > 200


def test_no_amount_of_pay_is_found_by_solving_for_it(database):
    tables = defaultdict(list)
    for row in all_rows(database, "mart_payroll_component", f"employer_siren in {tuple(RANDOM_TOWNS)}"):
        tables[row["employer_siren"], row["pay_month"]].append(row)
    hidden_count = 0
    for (siren, month), found in tables.items():
        cells = {(row["axis"], row["service_id"], row["component"]): row["amount_eur"] for row in found}
        groups = {row["component"]: row["component_group"] for row in found}
        total = ("total", None, "total_cost")
        equations = [([cell for cell in cells if cell[0] == axis], total) for axis in ("group", "service")]
        for cell in cells:
            if cell[0] == "group":
                equations += [
                    ([part for part in cells if part[0] == "component" and groups[part[2]] == cell[2]], cell),
                    ([part for part in cells if part[0] == "service_group" and part[2] == cell[2]], cell),
                ]
            elif cell[0] == "service":
                equations.append(([part for part in cells if part[0] == "service_group" and part[1] == cell[1]], cell))
        secret = {(row["axis"], row["service_id"], row["component"]) for row in found if row["secrecy_status"] in "AB"}
        hidden_count += len(secret)
        assert not deduced(cells, equations) & secret, (siren, month)
    assert hidden_count > 200


def test_the_attack_finds_what_is_badly_hidden():
    cells = {"total": 10, "a": None, "b": 7, "c": None, "d": None}
    assert deduced(cells, [(["a", "b"], "total"), (["c", "d"], "total")]) == {"a"}


def test_every_measure_of_rates_is_that_of_the_rates():
    def seed(name):
        path = PROJECT / "seeds" / f"{name}.csv"
        with duckdb.connect() as connection:
            return connection.execute(f"select * from read_csv('{path}', header=true, all_varchar=true)").df()

    rates = seed("ref_payroll_rate")
    for rule in seed("ref_payroll_rule").dropna(subset=["rate_code"]).itertuples():
        same = rates[(rates.rate_code == rule.rate_code) & rates.payer.fillna("").isin(["employer", ""])]
        after = {Decimal(rate) for rate in same[same.valid_from == rule.effective_from].rate_percent}
        assert Decimal(rule.value_after) in after, rule.rule_id
