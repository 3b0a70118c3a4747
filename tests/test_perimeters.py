"""Perimeters: who sees which rows, whatever the engine that applies the conditions."""

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from published import contracts

from orchestration.lib.perimeters import (
    DOMAINS,
    FILE,
    NOTHING,
    PAY,
    WHOLE,
    Organisation,
    Perimeter,
    PerimeterError,
    Perimeters,
    Rule,
    Scope,
)

SERVICES = ["A", "A1", "A2", "B", "B1", "O'Neil"]
ORGANISATION = Organisation(
    parents={"A": None, "A1": "A", "A2": "A1", "B": None, "B1": "B", "O'Neil": "B", "OLD": None},
    successors={"OLD": "A2"},
    facilities={"a-school": "A1", "b-hall": "B1", "o-pool": "O'Neil"},
    activities={"meal": "A2", "loan": "B"},
    functions={"281": "A1", "313": "B1"},
)
RULES = {
    "by_service": Rule("service", "code", "finance"),
    "by_expression": Rule("service", "case when kind = 'service' then code end", "staff"),
    "lines": Rule("service", "code", "finance", is_detail=True),
    "lines_with_pay": Rule("service", "code", "finance", is_detail=True, pay="kind = 'total'"),
    "by_facility": Rule("facility", "code", "buildings"),
    "by_activity": Rule("activity", "code", "activity"),
    "by_function": Rule("function", "code", "finance"),
    "whole": Rule("whole_town", domain="staff", is_detail=True),
    "everybody": Rule("open"),
    "named_in_lines": Rule("among", "tiers", among="lines"),
}
CODES = [*SERVICES, "OLD", "a-school", "b-hall", "o-pool", "meal", "loan", "281", "313", "020", None]
PERIMETERS = Perimeters(ORGANISATION, {}, RULES)

scopes = st.one_of(st.just(WHOLE), st.frozensets(st.sampled_from(SERVICES)).map(Scope))
perimeters = st.builds(
    Perimeter,
    name=st.just("one"),
    label=st.just("One"),
    figures=st.fixed_dictionaries(dict.fromkeys(DOMAINS, scopes)),
    detail=st.fixed_dictionaries(dict.fromkeys(DOMAINS, scopes)).map(
        lambda detail: {**detail, PAY: detail["finance"] & detail["staff"]}
    ),
)


@pytest.fixture(scope="module")
def database():
    """Tables with a row per code and kind; a third party is in the lines of two services."""
    with duckdb.connect() as connection:
        for table in RULES:
            connection.execute(f"create table {table} (code varchar, kind varchar, tiers varchar)")
            for code in CODES:
                for kind in ("service", "total"):
                    tiers = "shared" if code in ("A1", "B") else code
                    connection.execute(f"insert into {table} values (?, ?, ?)", [code, kind, tiers])
        yield connection


def seen(database, perimeter, table):
    condition = PERIMETERS.condition(perimeter, table)
    if condition is None:
        return set()
    return set(database.execute(f"select code, kind, tiers from {table} where {condition}").fetchall())


@settings(max_examples=60, deadline=None)
@given(one=perimeters, other=perimeters)
def test_a_union_sees_what_one_or_the_other_sees_and_no_more(database, one, other):
    both = one.union(other, "both", "Both")
    for table in RULES:
        assert seen(database, both, table) == seen(database, one, table) | seen(database, other, table), table


@settings(max_examples=60, deadline=None)
@given(one=perimeters, other=perimeters)
def test_an_intersection_sees_only_what_both_see(database, one, other):
    both = one.intersection(other, "both", "Both")
    for table in RULES:
        shared = seen(database, one, table) & seen(database, other, table)
        found = seen(database, both, table)
        # A third party may be in lines of one and in other lines of the other: it is not in those that both see.
        assert found <= shared if table == "named_in_lines" else found == shared, table


@settings(max_examples=60, deadline=None)
@given(one=perimeters, other=perimeters)
def test_a_right_on_one_thing_never_becomes_a_right_on_another(database, one, other):
    """Lines seen here and pay seen there: their union has no pay of here."""
    both = one.union(other, "both", "Both")
    for domain in DOMAINS:
        for is_detail in (False, True):
            allowed = one.scope(domain, is_detail) | other.scope(domain, is_detail)
            assert both.scope(domain, is_detail) == allowed


@settings(max_examples=40, deadline=None)
@given(one=perimeters)
def test_a_row_without_owner_is_for_the_whole_town_only(database, one):
    for table, rule in RULES.items():
        if rule.by in ("service", "facility", "activity", "function"):
            nobodys = [row for row in seen(database, one, table) if row[0] is None or row[0] == "020"]
            assert bool(nobodys) == one.scope(rule.domain, rule.is_detail).is_whole, table


@settings(max_examples=60, deadline=None)
@given(one=perimeters)
def test_lines_of_pay_are_seen_by_who_has_the_lines_and_the_pay_of_a_service(database, one):
    staff = one.scope("staff", is_detail=True)
    lines = seen(database, one, "lines")
    expected = {row for row in lines if row[1] != "total" or staff.is_whole or row[0] in staff.services}
    assert seen(database, one, "lines_with_pay") == expected


def test_a_table_without_a_rule_is_for_the_whole_town_only():
    town = Perimeter("town", "Town", dict.fromkeys(DOMAINS, WHOLE), dict.fromkeys(DOMAINS, WHOLE))
    all_but_pay = Perimeter("most", "Most", town.figures, {**town.detail, "staff": NOTHING})
    assert PERIMETERS.condition(town, "a_new_mart") == "true"
    assert PERIMETERS.condition(all_but_pay, "a_new_mart") is None
    assert PERIMETERS.condition(all_but_pay, "whole") is None


def test_services_come_with_all_below_them_and_with_those_whose_place_they_took():
    assert ORGANISATION.below(["A"]) == {"A", "A1", "A2", "OLD"}
    assert ORGANISATION.below(["B1"]) == {"B1"}


def read(tmp_path, perimeters, tables=None):
    file = tmp_path / "perimetres.yml"
    file.write_text(yaml.safe_dump({"perimeters": perimeters, "tables": tables or {}}, sort_keys=False))
    return Perimeters.read(ORGANISATION, file)


def test_the_file_gives_services_domains_lines_and_combinations(tmp_path):
    found = read(
        tmp_path,
        {
            "a": {"label": "A", "services": ["A1"], "raw_lines": True},
            "b": {"label": "B", "services": ["B"], "staff": "all", "hr_detail": True},
            "a_or_b": {"label": "A or B", "union": ["a", "b"]},
            "a_and_b": {"label": "A and B", "intersection": ["a", "b"]},
        },
    ).perimeters
    below_a1 = frozenset({"A1", "A2", "OLD"})
    assert found["a"].scope("finance", True) == Scope(below_a1)
    assert found["a"].scope("staff", True) == NOTHING
    assert found["b"].scope("staff", True) == WHOLE
    assert found["b"].scope("finance", True) == NOTHING
    assert found["a_or_b"].scope("finance", False) == Scope(below_a1 | {"B", "B1", "O'Neil"})
    assert found["a_and_b"].scope("staff", False) == Scope(below_a1)
    assert found["a_and_b"].scope("finance", False) == NOTHING
    assert not found["a_or_b"].is_whole_town


@pytest.mark.parametrize(
    ("perimeters", "tables", "said"),
    [
        ({"a": {"label": "A", "services": ["NOWHERE"]}}, {}, "NOWHERE"),
        ({"a": {"label": "A", "services": ["A"], "raw_line": True}}, {}, "raw_line"),
        ({"a": {"label": "A", "union": ["b"]}}, {}, "b is not written above"),
        ({}, {"t": {"domain": "finance"}}, "exactly one way"),
        ({}, {"t": {"domain": "finance", "service": "s", "facility": "f"}}, "exactly one way"),
        ({}, {"t": {"domain": "money", "service": "s"}}, "domain is one of"),
        ({}, {"t": {"among": "u", "column": "c"}}, "no rule for u"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path, perimeters, tables, said):
    with pytest.raises(PerimeterError, match=said):
        read(tmp_path, perimeters, tables)


def test_every_rule_of_the_town_is_about_a_mart_and_columns_that_it_has():
    """DuckDB binds each condition to the contract of the mart."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    services = {
        service: None
        for said in content["perimeters"].values()
        for key, value in said.items()
        if isinstance(value, list) and key in ("services", *DOMAINS)
        for service in value
    }
    some = {"x": next(iter(services))}
    found = Perimeters.read(Organisation(services, {}, some, some, some))
    assert found.rules.keys() <= contracts().keys()
    with duckdb.connect() as connection:
        for table, columns in contracts().items():
            listed = ", ".join(f"{name} {'varchar' if kind == 'string' else kind}" for name, kind in columns.items())
            connection.execute(f"create table {table} ({listed})")
        for perimeter in found.perimeters.values():
            for table in found.rules:
                condition = found.condition(perimeter, table)
                if condition is not None:
                    connection.execute(f"select * from {table} where {condition}")


def test_what_is_open_to_all_has_no_row_of_a_service():
    """What every perimeter gets holds names and published documents, no activity, staff or line of anyone."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    opened = {table for table, said in content["tables"].items() if said.get("open")}
    assert {table for table in opened if not table.startswith("dim_")} == {"fct_export", "mart_legal_ratio"}
