"""The arithmetic of the true cost in SQL against whole numbers in Python: amounts cut in parts, ratios, quotients."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from orchestration.lib.allocation import cut
from orchestration.lib.home import DBT_PROJECT

UNTIMED = settings(deadline=None, max_examples=200)
CENTS = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(1, 10**15), min_size=1, max_size=12)
# Amounts that a budget has, quantities as far as int_activity keeps them.
NUMERATORS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
DENOMINATORS = st.integers(1, 10**12).map(lambda units: Decimal(units).scaleb(-4))


@pytest.fixture(scope="module")
def macros():
    """The macros of cut.sql and exact_ratio.sql, as dbt renders them for DuckDB."""
    text = "".join(
        (DBT_PROJECT / "macros" / name).read_text(encoding="utf-8") for name in ("cut.sql", "exact_ratio.sql")
    )
    environment = Environment(autoescape=False)
    environment.globals["return"] = lambda found: found
    environment.globals["adapter"] = SimpleNamespace(dispatch=lambda name: getattr(module, f"duckdb__{name}"))
    module = environment.from_string(text).module
    return module


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        yield connection


def parts_in_sql(database, macros, wholes):
    """Return the parts of each (cents, weights) in the order of its weights, in cents; part_eur must be a decimal."""
    database.execute(
        "create or replace table weighed (whole integer, tie varchar, amount_eur decimal(16, 2), weight decimal(18, 0))"
    )
    database.executemany(
        "insert into weighed values (?, ?, ?, ?)",
        [
            # The last of several has no name: empty comes last among equal fractions.
            (whole, None if 0 < place == len(weights) - 1 else f"{place:03}", Decimal(cents).scaleb(-2), weight)
            for whole, (cents, weights) in enumerate(wholes)
            for place, weight in enumerate(weights)
        ],
    )
    rows = database.execute(
        f"select whole, part_eur from ({macros.cut('weighed', ['whole'], ['tie'])}) order by whole, tie nulls last"
    ).fetchall()
    assert all(isinstance(part, Decimal) for _, part in rows)
    return [[int(part.scaleb(2)) for found, part in rows if found == whole] for whole in range(len(wholes))]


@UNTIMED
@given(wholes=st.lists(st.tuples(CENTS, WEIGHTS), min_size=1, max_size=6))
@example(wholes=[(100, [1, 1, 1])])
@example(wholes=[(-100, [1, 1, 1]), (-1, [1, 2]), (0, [3, 4]), (7, [5])])
# The parts of int_cost_absorption: one euro in 10^15ths, of the greatest amount.
@example(wholes=[(10**15, [10**15 - 1, 1])])
def test_amounts_are_cut_by_largest_remainder(database, macros, wholes):
    found = parts_in_sql(database, macros, wholes)
    assert found == [cut(cents, weights) for cents, weights in wholes]
    assert [sum(parts) for parts in found] == [cents for cents, _ in wholes]


def rounded(ratio, digits):
    """Return a Fraction rounded half away from zero."""
    places = abs(ratio) * 10**digits
    whole = (2 * places.numerator + places.denominator) // (2 * places.denominator)
    return Decimal(whole if ratio >= 0 else -whole).scaleb(-digits)


@UNTIMED
@given(numerator=NUMERATORS, denominator=DENOMINATORS)
@example(numerator=Decimal("0.01"), denominator=Decimal(200))  # 0.00005, a half: up
@example(numerator=Decimal("-0.01"), denominator=Decimal(200))  # and down
@example(numerator=Decimal("0.03"), denominator=Decimal(200))  # 0.00015 is no float
def test_a_unit_cost_is_rounded_half_away_from_zero(database, macros, numerator, denominator):
    expected = rounded(Fraction(numerator) / Fraction(denominator), 4)
    if abs(expected) < 10**14:
        assert ratio(database, macros, numerator, denominator, 4) == expected


@UNTIMED
@given(whole=st.integers(1, 10**17), data=st.data())
def test_a_share_keeps_nine_digits(database, macros, whole, data):
    weight = data.draw(st.integers(0, whole))
    assert ratio(database, macros, Decimal(weight), Decimal(whole), 9) == rounded(Fraction(weight, whole), 9)


@pytest.mark.parametrize(("numerator", "denominator"), [("1.00", "0"), ("0.00", "0"), ("1.00", None), (None, "2")])
def test_a_ratio_of_nothing_is_empty(database, macros, numerator, denominator):
    assert ratio(database, macros, numerator, denominator, 4) is None


def ratio(database, macros, numerator, denominator, digits):
    """Return the ratio of two decimals, of the types that amounts and quantities have in the models."""
    kinds = ("decimal(18, 2)", "decimal(18, 4)") if digits == 4 else ("decimal(18, 0)", "decimal(18, 0)")
    given = f"select cast(? as {kinds[0]}) as numerator, cast(? as {kinds[1]}) as denominator"
    sql = f"select {macros.exact_ratio('numerator', 'denominator', digits)} from ({given})"
    (found,) = database.execute(sql, [numerator, denominator]).fetchone()
    return found


@UNTIMED
@given(numerator=st.integers(0, 10**37), denominator=st.integers(1, 10**18))
def test_a_quotient_of_whole_numbers_is_whole(database, macros, numerator, denominator):
    sql = macros.whole_quotient("cast(? as decimal(38, 0))", "cast(? as decimal(38, 0))")
    (found,) = database.execute(f"select {sql}", [numerator, denominator]).fetchone()
    assert found == numerator // denominator


def test_the_quotient_of_decimals_on_duckdb_is_why_there_is_a_macro(database, macros):
    """The operator alone goes through a float: the day it does not, the macro may go."""
    numerator = "cast(99999999999999999999 as decimal(38, 0))"
    plain, exact = database.execute(
        f"select {numerator} // cast(10 as decimal(38, 0)), {macros.whole_quotient(numerator, '10')}"
    ).fetchone()
    assert exact == 9999999999999999999
    assert plain != exact
