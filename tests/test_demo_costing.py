"""The true cost of the demo town: cases worked out by hand, and euros of a whole town that neither come nor go."""

import json
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from demo_city.cost_destinations import A_AFFECTER, Destinations, Facts, Known, Lines, Organisation, Place
from demo_city.costing import METHODS, PARTS, REVENUES, Costs, cut, flows
from demo_city.exports import Exports
from demo_city.town import Town

EXERCICES = [2024, 2025]
MAIN = "21620999900012-00"


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A whole town, written."""
    made = Exports(Town(600, 7), EXERCICES, tmp_path_factory.mktemp("town") / "landing", lambda _: None)
    made.write()
    return made


@pytest.fixture(scope="module")
def truth(exports):
    return json.loads(exports.truth_path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def costs(exports):
    return exports.costs()


def fact(nature, function, *, direction="expense", analytic="", service="", month=3, order=False, own=False):
    """Facts of a line of the operating section of 2025."""
    chapter = "042" if order else "012" if nature.startswith("64") else nature[:2]
    return Facts(MAIN, 2025, month, direction, "F", chapter, nature, function, service, analytic, "", order, own)


def ledger(*lines):
    """Lines (facts, cents), each a mandat of its own."""
    made = Lines()
    for number, (facts, cents) in enumerate(lines, 1):
        made.of[facts].append((cents, 1, number))
    return made


# By hand


def test_the_cents_that_are_left_go_to_the_largest_fractions():
    assert cut(100, {"b": 1, "a": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert cut(-100, {"b": 1, "a": 1, "c": 1}) == {"a": -34, "b": -33, "c": -33}
    assert cut(10, {"a": 16, "b": 84}) == {"a": 2, "b": 8}, "1.6 and 8.4"
    assert cut(1, {Place("S", ""): 1, Place("S", "F2"): 1, Place("S", "F1"): 1}) == {Place("S", "F1"): 1}, "empty last"
    assert cut(5, {"a": 3, "b": -4, "c": 0}) == {"a": 5}
    assert cut(0, {"a": 1, "b": 2}) == {}
    with pytest.raises(ValueError, match="nothing to cut by"):
        cut(5, {"a": 0})


def test_no_part_is_a_cent_away_from_its_share():
    rng = Random(5)
    for _ in range(300):
        weights = {f"{n}": rng.choice((0, 1, rng.randint(1, 10**6))) for n in range(rng.randint(1, 40))} | {"x": 1}
        cents, whole = rng.randint(-(10**7), 10**7), sum(weights.values())
        parts = cut(cents, weights)
        assert sum(parts.values()) == cents
        assert all(abs(parts.get(key, 0) - Fraction(cents * weight, whole)) < 1 for key, weight in weights.items())


def test_a_euro_goes_round_until_a_principal_service_keeps_it():
    """i gives 1/4 to j, which gives 1/4 back: of 15/16, 11/15 and 4/15."""
    shares = {
        "i": {"j": Fraction(1, 4), "p": Fraction(1, 2), "q": Fraction(1, 4)},
        "j": {"i": Fraction(1, 4), "p": Fraction(3, 4)},
    }
    assert flows(shares) == {
        "i": {"p": Fraction(11, 15), "q": Fraction(4, 15)},
        "j": {"p": Fraction(14, 15), "q": Fraction(1, 15)},
    }


def test_auxiliaries_that_only_serve_one_another_are_named():
    half = Fraction(1, 2)
    with pytest.raises(ValueError, match=r"one another: a, b$"):
        flows({"a": {"b": Fraction(1)}, "b": {"a": half, "b": half}, "c": {"a": half, "p": half}})


MEALS = {("CANT01", "meal_served"): 10_000, ("CANT02", "meal_served"): 20_000}


def kitchen_town():
    """Two canteens that serve 100 and 200 meals; payslips and work orders by which two auxiliaries serve each other."""
    return Known(
        {"CANT01": "CANT", "CANT02": "CANT", "CTM01": "CTM"},
        {"CANT01": [("", "", 100)], "CANT02": [("", "", 100)], "CTM01": [("", "", 100)]},
        done=Counter({(2025, "school_meal", measure, site): n for (site, measure), n in MEALS.items()}),
        hours=Counter({(2025, "CANT"): 12, (2025, "LOG"): 4}),
        paid={(2025, "CANT"): 24, (2025, "CTM"): 12, (2025, "DGS"): 12},
    )


KITCHEN_LINES = (
    (fact("6064", "020"), 10_000),  # LOG
    (fact("6064", "510"), 1_000),  # CTM
    (fact("6042", "281"), 700),  # CANT
    (fact("7067", "281", direction="revenue"), 1_200),
)


def test_a_small_kitchen_by_hand():
    """Of 100.00 at LOG, 11/15 go to CANT and 4/15 to DGS; of 10.00 at CTM, 14/15 and 1/15."""
    costs = Costs(kitchen_town(), ledger(*KITCHEN_LINES))
    held = {(pool.place.service, pool.step): cents for pool, cents in costs.held.items()}
    assert held == {
        **{("CANT", "direct"): 700, ("CANT", "support"): 7_333, ("CANT", "building"): 933},
        **{("DGS", "support"): 2_667, ("DGS", "building"): 67, ("CANT", "user_revenue"): 1_200},
    }
    cells = {(pool.place.facility, pool.step): cents for pool, cents in costs.cells.items()}
    assert cells == {
        **{("CANT01", "direct"): 233, ("CANT01", "support"): 2_444, ("CANT01", "building"): 311},
        **{("CANT02", "direct"): 467, ("CANT02", "support"): 4_889, ("CANT02", "building"): 622},
        **{("CANT01", "user_revenue"): 400, ("CANT02", "user_revenue"): 800},
        # 27.34 of the direction générale beside 29.88 and 59.78
        **{("CANT01", "corporate"): 911, ("CANT02", "corporate"): 1_823},
    }
    assert {pool.place.activity for pool in costs.cells} == {"school_meal"}
    (unit,) = costs.unit_costs()
    assert (unit["full_cost_cents"], unit["quantity_hundredths"]) == (8_966, 30_000)
    assert unit["unit_cost_ten_thousandths"] == 2_989, "89.66 over 300 meals is 0.29886…"


@pytest.mark.parametrize(
    ("method", "support", "building"),
    [("step_down", (7_500, 2_500), (1_000, 0)), ("direct", (6_667, 3_333), (1_000, 0))],
)
def test_the_other_methods_by_hand(method, support, building):
    """Step-down: LOG is closed first and CTM gives it nothing back. Direct: LOG has 24 payslips against 12."""
    costs = Costs(kitchen_town(), ledger(*KITCHEN_LINES), method)
    held = {(pool.place.service, pool.step): cents for pool, cents in costs.held.items()}
    assert (held["CANT", "support"], held["DGS", "support"]) == support
    assert (held["CANT", "building"], held.get(("DGS", "building"), 0)) == building


def test_an_auxiliary_without_any_quantity_goes_to_a_affecter():
    costs = Costs(Known({}, {}), ledger((fact("6064", "720"), 500)))
    assert {(pool.place, pool.step): cents for pool, cents in costs.cells.items()} == {
        (Place(A_AFFECTER), "support"): 500
    }


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="no such method"):
        Costs(Known({}, {}), Lines(), "by_hand")


def destinations(town, *facts):
    """Rule and parts of 100 cents for each line."""
    found = Destinations(town, Organisation(), ledger(*((one, 100) for one in facts)))
    return [(rule["rule_id"], cut(100, weights)) for rule, weights in map(found.of, facts)]


def test_a_line_without_a_site_follows_its_meters():
    town = Known(
        {"GYM01": "GYM", "GYM02": "GYM", "STAD01": "STAD"},
        {"GYM01": [("", "2025-08-31", 100)]},
        kwh=Counter({(2025, "gas", "GYM01"): 30, (2025, "gas", "GYM02"): 10, (2025, "gas", "STAD01"): 60}),
    )
    assert destinations(
        town,
        fact("60621", "321"),
        fact("60621", "321", analytic="GYM01"),
        fact("60621", "321", analytic="GYM01", month=9),
        fact("60612", "321"),
        fact("60621", "99", service="STAD"),
        fact("60621", "99"),
    ) == [
        ("energie-gaz", {Place("GYM", "GYM01"): 75, Place("GYM", "GYM02"): 25}),
        ("equipement", {Place("GYM", "GYM01"): 100}),
        ("energie-gaz", {Place("GYM", "GYM01"): 75, Place("GYM", "GYM02"): 25}),  # closed in August
        ("fonction", {Place("GYM"): 100}),  # no electricity is known
        ("service-emetteur", {Place("STAD"): 100}),
        ("a-affecter", {Place(A_AFFECTER): 100}),
    ]


def test_staff_follow_payslips():
    """Cooks are booked on 201 with their direction; insurance is booked on one function for all the staff."""
    pay = {
        (MAIN, 2025, 3, "gross", "201", "CANT", "CANT01"): 3_000,
        (MAIN, 2025, 3, "gross", "201", "EDUC", "EDUC01"): 1_000,
        (MAIN, 2025, 3, "gross", "201", "EDUC", "EDUC02"): -50,
        (MAIN, 2025, 3, "gross", "321", "GYM", "GYM01"): 4_000,
        (MAIN, 2025, 3, "pension", "201", "EDUC", "EDUC01"): 200,
    }
    cooks = {Place("CANT", "CANT01", "school_meal"): 75, Place("EDUC", "EDUC01"): 25}
    everyone = {
        Place("CANT", "CANT01", "school_meal"): 38,
        Place("EDUC", "EDUC01"): 12,
        Place("GYM", "GYM01", "gymnasium"): 50,
    }
    assert destinations(
        Known({}, {}, pay=pay),
        fact("64111", "201"),
        fact("6453", "201"),
        fact("6455", "020"),
        fact("6336", "201"),
        fact("6336", "321"),
        fact("64111", "211"),
        fact("64111", "201", month=4),
        fact("6218", "316", own=True),
    ) == [
        ("paie", cooks),
        ("paie", {Place("EDUC", "EDUC01"): 100}),
        ("paie", everyone),
        ("paie", cooks),
        ("paie", {Place("GYM", "GYM01", "gymnasium"): 100}),
        ("fonction", {Place("EMAT"): 100}),  # nobody is booked there
        ("fonction", {Place("EDUC"): 100}),  # no payslip of April
        ("interne-6218", {Place(): 100}),
    ]


def test_depreciation_and_insurance_follow_buildings():
    town = Known(
        {"GYM01": "GYM", "REMI01": "LOG", "HALL01": "COMM"},
        {
            "GYM01": [("", "2025-08-31", 10_000), ("2025-09-01", "", 30_000)],
            "REMI01": [("", "2024-06-30", 50_000)],
            "HALL01": [("2025-12-31", "", 10_000)],
        },
        depreciated={(MAIN, 2025, "GYM", "GYM01"): 60, (MAIN, 2025, "VOIR", ""): 30, (MAIN, 2025, "", ""): 10},
    )
    charges = {Place("GYM", "GYM01"): 60, Place("VOIR"): 30, Place(A_AFFECTER): 10}
    areas = {Place("GYM", "GYM01"): 75, Place("COMM", "HALL01"): 25}
    assert destinations(
        town,
        fact("6811", "01", order=True),
        fact("6811", "01", order=True)._replace(budget="another"),
        fact("6811", "01", order=True)._replace(direction="revenue"),
        fact("6161", "020"),
        fact("6161", "321"),
    ) == [
        ("amortissement", charges),
        ("amortissement-a-affecter", {Place(A_AFFECTER): 100}),
        ("ordre", {Place(): 100}),
        ("assurance-surface", areas),
        ("fonction", {Place("GYM"): 100}),
    ]


# A whole town


def totals(truth, **wanted):
    """Cents of the written ledger by budget, exercice and direction."""
    found = Counter()
    for row in truth["totals"]:
        if all(row[name] == value for name, value in wanted.items()):
            found[row["budget_id"], row["exercice"], row["direction"]] += row["amount_cents"]
    return found


def test_every_euro_of_the_ledger_has_one_destination(truth, costs):
    found, invested = Counter(), Counter()
    for line, cents in costs.direct.items():
        found[line.budget, line.exercice, line.direction] += cents
        if line.cost_scope == "investment":
            invested[line.budget, line.exercice, line.direction] += cents
    assert found == totals(truth)
    assert invested == totals(truth, section="I")


def test_flows_between_budgets_are_set_apart_on_both_sides(costs):
    found = Counter()
    for line, cents in costs.direct.items():
        if line.cost_scope == "transfer":
            found[line.exercice, line.direction] += cents
    assert found[2024, "expense"] == found[2024, "revenue"] > 0
    assert found[2025, "expense"] == found[2025, "revenue"] > 0


@pytest.mark.parametrize("method", METHODS)
def test_no_stage_makes_or_loses_a_cent(exports, truth, method):
    costs = exports.costs(method)
    by_month = {}
    for stage, pools in (("direct", costs.pools()), ("distributed", costs.held), ("cells", costs.cells)):
        sums = by_month[stage] = Counter()
        for pool, cents in pools.items():
            revenue = pool.step in (*REVENUES, "corporate_revenue")
            sums[pool.budget, pool.exercice, pool.month, revenue] += cents
    assert by_month["direct"] == by_month["distributed"] == by_month["cells"]
    outside = Counter()
    for line, cents in costs.direct.items():
        if line.cost_scope != "service":
            outside[line.budget, line.exercice, line.direction] += cents
    for (budget, exercice, _, revenue), cents in by_month["cells"].items():
        outside[budget, exercice, "revenue" if revenue else "expense"] += cents
    assert outside == totals(truth)


def test_all_that_an_auxiliary_gives_ends_outside_auxiliaries(costs):
    auxiliaries = set(costs.organisation.of("auxiliary"))
    assert {(exercice, service) for exercice in EXERCICES for service in auxiliaries} == costs.flows.keys()
    for (exercice, service), ends in costs.flows.items():
        assert sum(ends.values()) == 1
        assert not auxiliaries & ends.keys()
        parts = costs.parts[exercice, service]
        assert sum(parts.values()) == PARTS
        assert all(abs(parts.get(one, 0) - end * PARTS) < 1 for one, end in ends.items())
        # F = B + A·F, put back into the keys that were used
        _, quantities = costs.keys[exercice, service]
        again = Counter()
        for one, quantity in quantities.items():
            share = quantity / sum(quantities.values())
            for end, part in costs.flows[exercice, one].items() if one in auxiliaries else [(one, 1)]:
                again[end] += share * part
        assert dict(again) == ends


def test_cells_are_of_services_that_serve_the_public(costs):
    principal = set(costs.organisation.of("principal"))
    assert {pool.place.service for pool in costs.cells} <= principal | {A_AFFECTER}
    # Auxiliaries of the town serve one another: it takes more than a staircase.
    keys = {service: found for (exercice, service), (_, found) in costs.keys.items() if exercice == 2025}
    assert "DSI" in keys["FIN"]
    assert "FIN" in keys["DSI"]


def test_unit_costs_are_the_cells_over_what_was_done(truth, costs):
    done = Counter()
    for row in truth["activity"]["childcare"]["quantities"]:
        done[row["year"], row["activity_id"], row["measure_code"]] += row["quantity_hundredths"]
    cells = Counter()
    for row in truth["costing"]["cells"]:
        if row["cost_step"] in ("direct", "building", "support"):
            cells[row["exercice"], row["activity_id"]] += row["amount_cents"]
    listed = truth["costing"]["unit_costs"]
    assert {(row["exercice"], row["activity_id"]) for row in listed} == {
        (exercice, activity)
        for exercice in EXERCICES
        for activity in ("school_meal", "after_school", "leisure_centre", "nursery")
    }
    for row in listed:
        quantity = done[row["exercice"], row["activity_id"], row["measure_code"]]
        assert (row["quantity_hundredths"], row["full_cost_cents"]) == (
            quantity,
            cells[row["exercice"], row["activity_id"]],
        )
        assert abs(row["unit_cost_ten_thousandths"] - Fraction(10_000 * row["full_cost_cents"], quantity)) <= Fraction(
            1, 2
        )
    assert costs.content() == truth["costing"]
