"""The true cost in whole numbers: published exercises to the cent, and never a cent lost whatever the keys."""

import pickle
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import lcm

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.lib.allocation import (
    METHODS,
    PARTS,
    UNASSIGNED,
    CircularKeys,
    Equations,
    NotConserved,
    conserved,
    cut,
)

UNTIMED = settings(deadline=None)


def absorption(quantities, ranks, method="reciprocal"):
    return Equations(quantities, ranks, method).absorption()


# --- Published exercises (sources beside each) ----------------------------------------------------------------------


def euros(amount):
    """An exact amount as it is printed: to the cent, halves up."""
    return f"{(Decimal(int(amount * 100 + Fraction(1, 2))) / 100):.2f}"


def full_costs(own, quantities, order, method):
    """What services that keep hold at the end, printed; own costs in euros, moved in cents."""
    result = absorption(quantities, {name: rank for rank, name in enumerate(order)}, method)
    held = {name: amount * 100 for name, amount in own.items() if name not in order}
    for (_, service), cents in edges({name: own[name] * 100 for name in order}, result.kept).items():
        held[service] += cents
    assert sum(held.values()) == 100 * sum(own.values())
    return {name: euros(Fraction(cents, 100)) for name, cents in held.items()}


def gross_cost(own, quantities, name):
    """Own cost and all that passes through, exact."""
    visits = absorption(quantities, dict.fromkeys({origin for origin, _ in quantities}, 0)).visits
    return sum(own[origin] * euros_of for (origin, to), euros_of in visits.items() if to == name)


def keys(**users):
    return {
        (auxiliary, service): quantity
        for auxiliary, row in users.items()
        for service, quantity in row.items()
        if quantity
    }


def test_reciprocal_services_of_a_textbook_keep_8000():
    """online.flipbuilder.com/bqsg/qlor, page 36: energy and upkeep serve one another."""
    own = {"energie": 700, "entretien": 650, "appro": 2750, "distrib": 2550, "admin": 1350}
    quantities = keys(
        energie={"entretien": 10, "appro": 50, "distrib": 25, "admin": 15},
        entretien={"energie": 5, "appro": 30, "distrib": 35, "admin": 30},
    )
    assert euros(gross_cost(own, quantities, "energie")) == "736.18"
    assert euros(gross_cost(own, quantities, "entretien")) == "723.62"
    assert full_costs(own, quantities, ("energie", "entretien"), "reciprocal") == {
        "appro": "3335.18",
        "distrib": "2987.31",
        "admin": "1677.51",
    }


def test_reciprocal_services_of_a_textbook_keep_1600450():
    """fr.scribd.com/document/371460707 (AUNEGE), the result is worked out by hand: X = 100 000, Y = 80 000."""
    own = {"energie": 88_000, "entretien": 70_000, "achats": 580_000, "fabrication": 423_000, "distribution": 439_450}
    quantities = keys(
        energie={"entretien": 10, "achats": 25, "fabrication": 15, "distribution": 50},
        entretien={"energie": 15, "achats": 30, "fabrication": 20, "distribution": 35},
    )
    assert gross_cost(own, quantities, "energie") == 100_000
    assert gross_cost(own, quantities, "entretien") == 80_000
    assert full_costs(own, quantities, ("energie", "entretien"), "reciprocal") == {
        "achats": "629000.00",
        "fabrication": "454000.00",
        "distribution": "517450.00",
    }


def test_a_unit_of_work_has_the_price_of_the_published_system():
    """tr.scribd.com/doc/47373402: 1 000 x = 11 360 + 2 000 y and 250 000 y = 79 040 + 80 x."""
    own = {"x": 11_360, "y": 79_040}
    quantities = keys(x={"y": 80, "others": 920}, y={"x": 2_000, "others": 248_000})
    assert gross_cost(own, quantities, "x") / 1_000 == 12
    assert gross_cost(own, quantities, "y") / 250_000 == Fraction("0.32")


def test_step_down_of_arbon():
    """transtutors.com, Arbon Company 1389448; what a department does for itself or a closed one is left out."""
    own = {"admin": 84_000, "janitorial": 67_800, "maintenance": 36_000, "prep": 256_100, "finishing": 498_600}
    employees = {"admin": 80, "janitorial": 60, "maintenance": 240, "prep": 600, "finishing": 300}
    space = {"admin": 3_000, "janitorial": 12_000, "maintenance": 10_000, "prep": 20_000, "finishing": 70_000}
    quantities = keys(admin=employees, janitorial=space, maintenance={"prep": 10_000, "finishing": 30_000})
    assert full_costs(own, quantities, ("admin", "janitorial", "maintenance"), "step_down") == {
        "prep": "327500.00",
        "finishing": "615000.00",
    }


def test_step_down_of_two_departments():
    """brainmass.com/business/accounting/394750."""
    own = {"sd1": 200_000, "sd2": 200_000, "pd1": 0, "pd2": 0}
    quantities = keys(
        sd1={"sd2": 60_000, "pd1": 20_000, "pd2": 40_000},
        sd2={"pd1": 10_000, "pd2": 40_000},
    )
    assert full_costs(own, quantities, ("sd1", "sd2"), "step_down") == {"pd1": "93333.33", "pd2": "306666.67"}


GARY = keys(
    admin={"maintenance": 100, "suburban": 250, "downtown": 150},
    maintenance={"admin": 200, "suburban": 350, "downtown": 650},
)
GARY_OWN = {"admin": 54_000_00, "maintenance": 42_000_00}


def test_a_published_solution_that_loses_8800_is_refused():
    """solvely.ai/homework/479680934: its second step sends 200/1200 of 52 800 back to the closed department."""
    published = keys(
        admin={"maintenance": 10_800_00, "suburban": 27_000_00, "downtown": 16_200_00},
        maintenance={"admin": 8_800_00, "suburban": 15_400_00, "downtown": 28_600_00},
    )
    with pytest.raises(NotConserved) as refused:
        conserved(GARY_OWN, published)
    assert refused.value.residue == {"admin": 8_800_00}
    assert "admin 8\u202f800,00\u00a0€" in str(refused.value)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_exercise_is_kept_whole_by_our_methods(method):
    kept = absorption(GARY, {"admin": 1, "maintenance": 2}, method).kept
    moved = edges(GARY_OWN, kept)
    conserved(GARY_OWN, moved)
    moved["admin", "suburban"] -= 1
    with pytest.raises(NotConserved) as refused:
        conserved(GARY_OWN, moved)
    assert refused.value.residue == {"admin": 1}


def test_a_pool_that_costs_1073_a_square_metre_and_sells_235_leaves_838():
    """OFGL 2021, communes in régie: the net cost and the 22 % of fees, from pools cut by parts."""
    kept = absorption(keys(building={"piscine": 1}), {"building": 1}).kept
    cost, fees = (sum(edges({"building": cents}, kept).values()) for cents in (1_073_00, -235_00))
    assert cost + fees == 838_00
    assert round(Fraction(-fees, cost) * 100) == 22


# --- Cutting ---------------------------------------------------------------------------------------------------------


def edges(own, kept):
    """Each pool cut by its parts: the only cents that move."""
    moved = {}
    for auxiliary, cents in own.items():
        services = [service for origin, service in kept if origin == auxiliary]
        parts = cut(cents, [kept[auxiliary, service] for service in services])
        moved |= {(auxiliary, service): part for service, part in zip(services, parts, strict=True)}
    return moved


@pytest.mark.parametrize(
    ("cents", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [1, 0, 2], [3, 0, 7]),
        (1, [1, 2], [0, 1]),
        (0, [5, 7], [0, 0]),
        (1, [10**30, 10**30 + 1], [0, 1]),  # what a float could not tell apart
    ],
)
def test_cents_that_are_left_go_to_the_largest_fractions(cents, weights, parts):
    assert cut(cents, weights) == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_cut_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        cut(5, weights)


@pytest.mark.parametrize(("cents", "weights"), [(1.0, [1]), (1, [0.5, 0.5]), (1, [Decimal("0.5")])])
def test_what_is_not_whole_is_refused(cents, weights):
    with pytest.raises(TypeError):
        cut(cents, weights)


@UNTIMED
@given(st.integers(-(10**14), 10**14), st.lists(st.integers(0, 10**18), min_size=1, max_size=12).filter(any))
def test_a_cut_is_whole_within_a_cent_and_mirrored(cents, weights):
    parts = cut(cents, weights)
    assert sum(parts) == cents
    assert cut(-cents, weights) == [-part for part in parts]
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(cents * weight, sum(weights))) < 1
        assert part == 0 or weight


# --- Any keys --------------------------------------------------------------------------------------------------------

AUXILIARIES = ("DRH", "DSI", "FIN", "LOG", "CTM")
OTHERS = ("ecoles", "piscine", "DGS")
QUANTITIES = st.one_of(st.integers(1, 9), st.integers(1, 10**11))
ANY_KEYS = st.dictionaries(
    st.tuples(st.sampled_from(AUXILIARIES), st.sampled_from(AUXILIARIES + OTHERS)), QUANTITIES, max_size=25
)
# So few that euros often have no way out.
FEW_KEYS = st.dictionaries(
    st.tuples(st.sampled_from(AUXILIARIES), st.sampled_from((*AUXILIARIES, "ecoles"))),
    st.just(1),
    min_size=4,
    max_size=9,
)
RANKS = st.permutations(range(1, 6)).map(lambda ranks: dict(zip(AUXILIARIES, ranks, strict=True)))
POOLS = st.fixed_dictionaries(dict.fromkeys(AUXILIARIES, st.integers(-(10**12), 10**12)))


def open_keys(quantities):
    """The same keys, where each auxiliary that has any serves the schools too: nothing goes round for ever."""
    return quantities | {(auxiliary, "ecoles"): 1 for auxiliary, _ in quantities}


def users_of(quantities):
    users = {}
    for (auxiliary, service), quantity in quantities.items():
        if auxiliary != service:
            users.setdefault(auxiliary, Counter())[service] += quantity
    return users


@UNTIMED
@given(ANY_KEYS, RANKS, POOLS, st.sampled_from(METHODS))
def test_no_cent_is_lost_or_made(quantities, ranks, own, method):
    try:
        result = absorption(quantities, ranks, method)
    except CircularKeys:
        assert method == "reciprocal"
        return
    wholes = Counter()
    for (auxiliary, service), parts in result.kept.items():
        assert service not in ranks
        assert parts > 0
        wholes[auxiliary] += parts
    assert wholes == dict.fromkeys(set(AUXILIARIES) - set(result.unplaced), PARTS)
    pools = {auxiliary: cents for auxiliary, cents in own.items() if auxiliary not in result.unplaced}
    moved = edges(pools, result.kept)
    conserved(pools, moved)
    assert sum(moved.values()) == sum(pools.values())


@UNTIMED
@given(ANY_KEYS, RANKS, st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(quantities, ranks, method, chance):
    quantities = open_keys(quantities)
    rows, services = list(quantities.items()), list(ranks.items())
    chance.shuffle(rows)
    chance.shuffle(services)
    first, second = absorption(quantities, ranks, method), absorption(dict(rows), dict(services), method)
    assert first == second
    assert list(first.kept) == list(second.kept)


@UNTIMED
@given(ANY_KEYS, RANKS, st.sampled_from(METHODS), st.sampled_from(AUXILIARIES), st.data())
def test_another_key_of_one_service_gives_what_solving_all_again_gives(quantities, ranks, method, auxiliary, data):
    quantities = open_keys(quantities)
    other = {service: n for (name, service), n in data.draw(ANY_KEYS).items() if name == auxiliary}
    changed = {pair: n for pair, n in quantities.items() if pair[0] != auxiliary}
    changed |= {(auxiliary, service): n for service, n in other.items()}
    equations = Equations(quantities, ranks, method)
    try:
        expected = absorption(changed, ranks, method).kept
    except CircularKeys:
        with pytest.raises(CircularKeys):
            equations.kept_with(auxiliary, other)
        return
    assert equations.kept_with(auxiliary, other) == expected


@UNTIMED
@given(ANY_KEYS, RANKS, st.integers(2, 10**6))
def test_neither_own_use_nor_the_unit_of_a_key_changes_a_part(quantities, ranks, factor):
    quantities = open_keys(quantities)
    own_use = {(auxiliary, auxiliary): factor for auxiliary, _ in quantities}
    in_other_units = {pair: quantity * factor for pair, quantity in quantities.items()}
    expected = absorption(quantities, ranks)
    assert absorption(quantities | own_use, ranks) == expected
    assert absorption(in_other_units, ranks) == expected


@UNTIMED
@given(ANY_KEYS, RANKS)
def test_reciprocal_is_what_repeated_passing_comes_to(quantities, ranks):
    users = users_of(open_keys(quantities))
    for row in users.values():
        row["ecoles"] += sum(row.values())  # half at least leaves the auxiliaries at each passing
    result = absorption({(name, to): quantity for name, row in users.items() for to, quantity in row.items()}, ranks)
    for start in users:
        held, passing, passed = Counter(), {start: Fraction(1)}, Counter()
        for _ in range(60):
            arrived = Counter()
            for name, euro in passing.items():
                passed[name] += euro
                for service, quantity in users[name].items():
                    arrived[service] += euro * Fraction(quantity, sum(users[name].values()))
            passing = {name: euro for name, euro in arrived.items() if name in users}
            for service, euro in arrived.items():
                if service not in users:
                    held[service if service in OTHERS else UNASSIGNED] += euro
        left = sum(passing.values())
        assert left <= Fraction(1, 2**60)
        for service in (*OTHERS, UNASSIGNED):
            parts = result.kept.get((start, service), 0)
            assert held[service] * PARTS - 1 < parts < (held[service] + left) * PARTS + 1
        for name in users:
            gap = result.visits.get((start, name), 0) - passed[name]
            assert 0 <= gap <= 2 * left


def assert_equations_hold(quantities, result):
    """visits = I + A·visits and kept = visits·B, without any rounding but that of the parts."""
    users = users_of(quantities)
    flows = {(name, to): Fraction(q, sum(row.values())) for name, row in users.items() for to, q in row.items()}
    for start in users:
        exact = Counter()
        for name in users:
            through = sum(flows.get((start, via), 0) * result.visits.get((via, name), 0) for via in users)
            assert result.visits.get((start, name), 0) == through + (start == name)
            for to in users[name].keys() - users.keys():
                share = result.visits.get((start, name), 0) * flows[name, to]
                exact[to if to not in AUXILIARIES else UNASSIGNED] += share
        services = sorted(exact)
        scale = lcm(*(share.denominator for share in exact.values()))
        parts = cut(PARTS, [int(exact[to] * scale) for to in services])
        assert {to: result.kept.get((start, to), 0) for to in services} == dict(zip(services, parts, strict=True))


@UNTIMED
@given(ANY_KEYS, RANKS)
def test_the_equations_hold_exactly(quantities, ranks):
    quantities = open_keys(quantities)
    assert_equations_hold(quantities, absorption(quantities, ranks))


def test_the_equations_of_twenty_auxiliaries_with_long_keys_hold_exactly():
    names = [f"aux{number}" for number in range(20)]
    quantities = {
        (name, to): 1 + (row * 7_919 + column * 104_729) ** 3 % 10**11
        for row, name in enumerate(names)
        for column, to in enumerate([*names, "ecoles", "piscine"])
    }
    assert_equations_hold(quantities, absorption(quantities, dict.fromkeys(names, 1)))


@UNTIMED
@given(ANY_KEYS, RANKS, POOLS)
def test_step_down_closes_one_auxiliary_after_the_other(quantities, ranks, own):
    """Amounts in euros handed on pool by pool, instead of equations."""
    result = absorption(quantities, ranks, "step_down")
    users = users_of(quantities)
    pools = {name: Fraction(cents) for name, cents in own.items()}
    held = Counter()
    still_open = sorted(ranks, key=ranks.get)
    while still_open:
        name, *still_open = still_open
        takers = {to: quantity for to, quantity in users.get(name, {}).items() if to in (*still_open, *OTHERS)}
        if not takers:
            held[UNASSIGNED] += pools[name]
        for to, quantity in takers.items():
            share = pools[name] * quantity / sum(takers.values())
            if to in OTHERS:
                held[to] += share
            else:
                pools[to] += share
    for service in (*OTHERS, UNASSIGNED):
        by_parts = sum(
            Fraction(own[name] * parts, PARTS) for (name, to), parts in result.kept.items() if to == service
        ) + (sum(own[name] for name in result.unplaced) if service == UNASSIGNED else 0)
        assert abs(by_parts - held[service]) <= Fraction(sum(map(abs, own.values())), PARTS)


@UNTIMED
@given(ANY_KEYS, RANKS)
def test_direct_gives_by_the_key_to_those_that_keep_and_nothing_to_auxiliaries(quantities, ranks):
    result = absorption(quantities, ranks, "direct")
    users = {
        name: {to: quantity for to, quantity in row.items() if to in OTHERS}
        for name, row in users_of(quantities).items()
    }
    expected = {}
    for name, row in users.items():
        services = sorted(row)
        parts = cut(PARTS, [row[to] for to in services]) if row else []
        expected |= {(name, to): part for to, part in zip(services, parts, strict=True) if part}
    assert result.kept == expected
    assert set(result.unplaced) == {name for name in AUXILIARIES if not users.get(name)}
    assert result.visits == {(name, name): 1 for name in AUXILIARIES if users.get(name)}


# --- What has no place -----------------------------------------------------------------------------------------------


def test_euros_on_their_way_to_an_auxiliary_without_key_are_to_be_assigned():
    result = absorption(
        keys(DRH={"FIN": 1, "LOG": 1, "ecoles": 2}, FIN={"LOG": 1}), dict.fromkeys(("DRH", "FIN", "LOG"), 1)
    )
    assert result.unplaced == ("LOG",)
    assert result.kept == {
        ("DRH", UNASSIGNED): PARTS // 2,
        ("DRH", "ecoles"): PARTS // 2,
        ("FIN", UNASSIGNED): PARTS,
    }
    assert result.visits == {("DRH", "DRH"): 1, ("DRH", "FIN"): Fraction(1, 4), ("FIN", "FIN"): 1}


@pytest.mark.parametrize("method", METHODS)
def test_an_auxiliary_that_works_for_itself_only_has_no_place(method):
    assert absorption({("DRH", "DRH"): 5}, {"DRH": 1}, method).unplaced == ("DRH",)


def test_a_method_that_takes_all_users_away_leaves_no_place():
    ring = {("DRH", "FIN"): 1, ("FIN", "DRH"): 1}
    ranks = {"DRH": 1, "FIN": 2}
    assert absorption(ring, ranks, "step_down").unplaced == ("FIN",)
    assert absorption(ring, ranks, "step_down").kept == {("DRH", UNASSIGNED): PARTS}
    assert absorption(ring, ranks, "direct").unplaced == ("DRH", "FIN")


def test_services_that_only_serve_one_another_are_refused_by_name():
    quantities = keys(
        SOC={"DRH": 1},
        DRH={"FIN": 1},
        FIN={"DSI": 1},
        DSI={"FIN": 3},
        CTM={"LOG": 2, "DRH": 1},
        LOG={"CTM": 1, "ecoles": 1},
        A={"B": 1},
        B={"A": 1},
    )
    with pytest.raises(CircularKeys) as refused:
        absorption(quantities, dict.fromkeys({name for name, _ in quantities}, 1))
    assert refused.value.groups == (("A", "B"), ("DSI", "FIN"))
    assert "A et B, de même que DSI et FIN ne servent que" in str(refused.value)
    assert pickle.loads(pickle.dumps(refused.value)).groups == refused.value.groups


@UNTIMED
@given(FEW_KEYS, RANKS)
def test_what_is_refused_is_exactly_the_closed_groups(quantities, ranks):
    """The groups by their definition: any two serve one another by some chain, and nobody else gets anything."""
    users = users_of(quantities)
    ahead = {name: set(row) for name, row in users.items()}
    for middle in users:
        for name in users:
            if middle in ahead[name]:
                ahead[name] |= ahead[middle]
    closed = {frozenset(ahead[name]) for name in users if all(ahead.get(to) == ahead[name] for to in ahead[name])}
    try:
        absorption(quantities, ranks)
    except CircularKeys as refused:
        assert set(map(frozenset, refused.groups)) == closed
    else:
        assert not closed


@UNTIMED
@given(st.integers(10**6, 10**15), st.integers(-(10**12), 10**12))
def test_euros_that_go_round_a_million_times_stay_exact(rounds, cents):
    """Two auxiliaries hand all but one part in ``rounds`` to one another; an inverse in floats is worthless there."""
    quantities = keys(DRH={"DSI": rounds - 1, "ecoles": 1}, DSI={"DRH": rounds - 1, "piscine": 1})
    result = absorption(quantities, {"DRH": 1, "DSI": 1})
    stays = Fraction(rounds, 2 * rounds - 1)
    assert result.visits["DRH", "DRH"] == rounds * stays
    assert result.kept["DRH", "ecoles"] == round(stays * PARTS)
    conserved({"DRH": cents}, edges({"DRH": cents}, result.kept))


def test_equal_fractions_go_to_the_first_service():
    quantities = keys(DRH={"c": 1, "b": 1, "a": 1})
    assert absorption(quantities, {"DRH": 1}).kept == {
        ("DRH", "a"): PARTS // 3 + 1,
        ("DRH", "b"): PARTS // 3,
        ("DRH", "c"): PARTS // 3,
    }


def test_no_key_and_no_auxiliary_give_nothing():
    assert absorption({}, {}).kept == {}
    assert absorption({}, {"DRH": 1}).unplaced == ("DRH",)


@pytest.mark.parametrize(
    ("quantities", "method", "error"),
    [
        ({("DRH", "ecoles"): 0}, "reciprocal", ValueError),
        ({("DRH", "ecoles"): -1}, "reciprocal", ValueError),
        ({("DRH", "ecoles"): 0.5}, "reciprocal", TypeError),
        ({("DRH", "ecoles"): Decimal(1)}, "reciprocal", TypeError),
        ({("ecoles", "DRH"): 1}, "reciprocal", ValueError),
        ({("DRH", "ecoles"): 1}, "iterative", ValueError),
    ],
)
def test_what_is_no_key_is_refused(quantities, method, error):
    with pytest.raises(error):
        absorption(quantities, {"DRH": 1}, method)


def test_cents_from_nowhere_are_refused():
    with pytest.raises(NotConserved) as refused:
        conserved({"DRH": 5}, {("DRH", "ecoles"): 5, ("FIN", "ecoles"): 1})
    assert refused.value.residue == {"FIN": -1}
