"""The true cost of the town's services by docs/costing.md, worked out from what the town knows: its pieces, payslips,
meters, work orders, inventory, areas and meals. It reads no export and no database.

It is a second implementation beside the models of dbt, made to disagree with them when one is wrong: whole fractions
where they have decimals, simultaneous equations solved at once where they repeat. Money is whole cents; "" is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from demo_city.cost_destinations import A_AFFECTER, Destinations, Known, Lines, Organisation, Place, seed

EXPENSES = ("direct", "building", "support")
REVENUES = ("user_revenue", "public_revenue", "other_revenue")
STAFF_CHAPTER = "012"
PARTS = 10**15  # of one euro that leaves an auxiliary
METHODS = ("reciprocal", "step_down", "direct")
# Activity -> the measures by which a unit of it is counted.
UNITS = {
    "school_meal": ("meal_served",),
    "after_school": ("hour_attended",),
    "leisure_centre": ("day_attended",),
    "nursery": ("hour_billed", "hour_attended"),
}


class Pool(NamedTuple):
    """Euros that the stages move together."""

    budget: str
    exercice: int
    month: int
    step: str
    place: Place


class DirectLine(NamedTuple):
    """Stage 1: where lines of the ledger go, and by which rule."""

    budget: str
    exercice: int
    month: int
    direction: str
    rule_id: str
    cost_scope: str
    place: Place
    cost_step: str


def cut(cents: int, weights: Mapping[Hashable, int | Fraction]) -> dict:
    """Parts of an amount by largest remainder; the whole of it, and no part of zero. Raises ValueError without a
    positive weight.
    """
    above = {key: weight for key, weight in weights.items() if weight > 0}
    whole = sum(above.values())
    if not whole:
        raise ValueError("nothing to cut by: no weight is above zero")
    if len(above) == 1:
        return dict.fromkeys(above, cents) if cents else {}
    exact = {key: Fraction(abs(cents) * weight, whole) for key, weight in above.items()}
    parts = {key: floor(part) for key, part in exact.items()}
    left = abs(cents) - sum(parts.values())
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], empty_last(key)))[:left]:
        parts[key] += 1
    return {key: part if cents > 0 else -part for key, part in parts.items() if part}


def empty_last(key: Hashable) -> list[tuple[bool, str]]:
    """Order of service, facility, activity."""
    return [(not part, part) for part in (key if isinstance(key, tuple) else (key,))]


class Costs:
    """The four stages of a town, one after the other: each moves cents, none makes any."""

    def __init__(self, town: Known, lines: Lines, method: str = "reciprocal") -> None:
        """Work it all out. Raises ValueError for an unknown method, or auxiliaries that only serve one another."""
        if method not in METHODS:
            raise ValueError(f"no such method: {method}")
        self.town = town
        self.organisation = Organisation()
        self.method = method
        self.direct: Counter[DirectLine] = Counter()
        self.mandats: dict[tuple[int, str], set[tuple[str, int, int]]] = defaultdict(set)
        self.expense: Counter[tuple[int, str]] = Counter()
        self.staff: Counter[tuple[int, str]] = Counter()
        self.place_lines(lines)
        self.exercices = sorted({line.exercice for line in self.direct})
        self.keys: dict[tuple[int, str], tuple[str, dict[str, Fraction]]] = {}
        self.flows: dict[tuple[int, str], dict[str, Fraction]] = {}
        self.parts: dict[tuple[int, str], dict[str, int]] = {}
        for exercice in self.exercices:
            self.solve(exercice)
        self.held = self.distributed()
        self.cells = self.inside()
        self.cells.update(self.apart())

    # Stage 1

    def place_lines(self, lines: Lines) -> None:
        """Give each line its destination, and count what keys need of it."""
        destinations = Destinations(self.town, self.organisation, lines)
        steps = {(row["direction"], row["nature_prefix"]): row["cost_step"] for row in seed("ref_cost_step")}
        for facts, listed in lines.of.items():
            rule, weights = destinations.of(facts)
            sizes = range(len(facts.nature), -1, -1)
            longest = next(size for size in sizes if (facts.direction, facts.nature[:size]) in steps)
            is_service = rule["cost_scope"] == "service"
            step = steps[facts.direction, facts.nature[:longest]] if is_service else ""
            found: Counter[Place] = Counter()
            is_cost = is_service and facts.direction == "expense"
            for cents, *piece in listed:
                for place, part in cut(cents, weights).items():
                    found[place] += part
                    if is_cost:
                        self.mandats[facts.exercice, place.service].add((facts.budget, *piece))
            for place, cents in found.items():
                where = (facts.budget, facts.exercice, facts.month, facts.direction)
                self.direct[DirectLine(*where, rule["rule_id"], rule["cost_scope"], place, step)] += cents
                if is_cost:
                    self.expense[facts.exercice, place.service] += cents
                if is_cost and facts.chapter == STAFF_CHAPTER:
                    self.staff[facts.exercice, place.service] += cents

    def pools(self) -> Counter[Pool]:
        """What services hold after stage 1."""
        found: Counter[Pool] = Counter()
        for line, cents in self.direct.items():
            if line.cost_scope == "service":
                found[Pool(line.budget, line.exercice, line.month, line.cost_step, line.place)] += cents
        return found

    # Stage 2

    def quantities(self, exercice: int, key: dict[str, str]) -> dict[str, Fraction]:
        """Quantities of a key, service by service, where they are above zero."""
        declared = {
            row["service_id"]: Fraction(row["quantity"])
            for row in seed("key_declared_quantity")
            if row["key_id"] == key["key_id"] and holds_at_end(row, exercice)
        }
        count: dict[str, Callable[[str], int | Fraction]] = {
            "mandat": lambda service: len(self.mandats[exercice, service]),
            "payslip": lambda service: self.town.paid.get((exercice, service), 0),
            "staff_cost": lambda service: self.staff[exercice, service],
            "floor_area": lambda service: Fraction(sum(self.town.areas(exercice, service).values()), 100),
            "work_hour": lambda service: Fraction(self.town.hours[exercice, service], 4),
            "direct_cost": lambda service: self.expense[exercice, service],
            "declared": lambda service: declared.get(service, 0),
        }
        listed = self.organisation.targets(key["service_id"], key["target"])
        found = {service: Fraction(count[key["driver_code"]](service)) for service in listed}
        return {service: quantity for service, quantity in found.items() if quantity > 0}

    def solve(self, exercice: int) -> None:
        """Choose the key of each auxiliary, then follow one euro of each to where it ends."""
        auxiliaries = self.organisation.of("auxiliary")
        keys = sorted(seed("key_allocation"), key=lambda row: int(row["key_rank"]))
        shares: dict[str, dict[str, Fraction]] = {}
        for service in auxiliaries:
            mine = [row for row in keys if row["service_id"] == service and holds_at_end(row, exercice)]
            usable = ((row["key_id"], found) for row in mine if (found := self.quantities(exercice, row)))
            self.keys[exercice, service] = next(usable, ("", {A_AFFECTER: Fraction(1)}))
            shares[service] = self.allowed(service, self.keys[exercice, service][1])
        for service, ends in flows(shares).items():
            self.flows[exercice, service] = ends
            self.parts[exercice, service] = cut(PARTS, ends)

    def allowed(self, service: str, quantities: dict[str, Fraction]) -> dict[str, Fraction]:
        """Shares of those to whom the method lets an auxiliary give."""
        rank = self.organisation.rank
        kept = {
            one: quantity
            for one, quantity in quantities.items()
            if one not in rank
            or self.method == "reciprocal"
            or (self.method == "step_down" and rank[one] > rank[service])
        }
        whole = sum(kept.values())
        return {one: quantity / whole for one, quantity in kept.items()} if whole else {A_AFFECTER: Fraction(1)}

    def distributed(self) -> Counter[Pool]:
        """What the others hold once auxiliaries have given all."""
        held: Counter[Pool] = Counter()
        given: Counter[Pool] = Counter()
        for pool, cents in self.pools().items():
            if self.organisation.role[pool.place.service] == "auxiliary":
                given[pool._replace(place=Place(pool.place.service))] += cents
            else:
                held[pool] += cents
        for pool, cents in given.items():
            step = self.organisation.step[pool.place.service] if pool.step in EXPENSES else pool.step
            for service, part in cut(cents, self.parts[pool.exercice, pool.place.service]).items():
                held[pool._replace(step=step, place=Place(service))] += part
        return held

    # Stage 3

    def inside(self) -> Counter[Pool]:
        """Cells of principal services (and A_AFFECTER as it is): activity and facility of all that they hold."""
        cells: Counter[Pool] = Counter()
        nowhere: Counter[Pool] = Counter()
        for pool, cents in self.held.items():
            role = self.organisation.role[pool.place.service]
            if role == "principal":
                place = pool.place._replace(activity=self.organisation.activity(pool.place))
                (cells if place.facility else nowhere)[pool._replace(place=place)] += cents
            elif role == "unassigned":
                cells[pool._replace(place=Place(pool.place.service))] += cents
        where = {(pool.exercice, pool.place) for pool in nowhere}
        weights = {one: self.facilities(*one) for one in where}
        for pool, cents in nowhere.items():
            for facility, part in cut(cents, weights[pool.exercice, pool.place]).items():
                cells[pool._replace(place=pool.place._replace(facility=facility))] += part
        return cells

    def facilities(self, exercice: int, place: Place) -> dict[str, int]:
        """Weights of the facilities of a service: output of the activity, else area, else none of them. Work orders in
        the street, the one output that childcare does not count, name no facility.
        """
        measure = self.organisation.measure.get(place.activity, "")
        mine = sorted(site for site, service in self.town.owner.items() if service == place.service)
        output = {site: self.town.done[exercice, place.activity, measure, site] for site in mine}
        areas = {where.facility: area for where, area in self.town.areas(exercice, place.service).items()}
        return next((known for known in (output, areas) if sum(known.values()) > 0), {"": 1})

    # Stage 4

    def full_costs(self, exercice: int) -> Counter[Place]:
        """Full cost of each cell of principal services over all budgets, without stage 4."""
        found: Counter[Place] = Counter()
        for pool, cents in self.cells.items():
            if pool.exercice == exercice and pool.step in EXPENSES and pool.place.service != A_AFFECTER:
                found[pool.place] += cents
        return found

    def apart(self) -> Counter[Pool]:
        """What corporate services hold, beside the cells of the others, in proportion to their full cost."""
        whole: Counter[Pool] = Counter()
        for pool, cents in self.held.items():
            if self.organisation.role[pool.place.service] == "corporate":
                step = "corporate" if pool.step in EXPENSES else "corporate_revenue"
                whole[pool._replace(step=step, place=Place(pool.place.service))] += cents
        weights = {
            exercice: {place: cents for place, cents in self.full_costs(exercice).items() if cents > 0}
            for exercice in self.exercices
        }
        found: Counter[Pool] = Counter()
        for pool, cents in whole.items():
            for place, part in cut(cents, weights[pool.exercice] or {Place(A_AFFECTER): 1}).items():
                found[pool._replace(place=place)] += part
        return found

    # What comes out

    def unit_costs(self) -> list[dict[str, object]]:
        """Unit cost of the activities that are counted, in euros with four decimals, rounded half up."""
        found = []
        for exercice in self.exercices:
            costs: Counter[str] = Counter()
            for place, cents in self.full_costs(exercice).items():
                costs[place.activity] += cents
            for activity, measures in UNITS.items():
                for measure in measures:
                    done = sum(n for key, n in self.town.done.items() if key[:3] == (exercice, activity, measure))
                    if done:
                        unit = floor(Fraction(costs[activity] * 10_000, done) + Fraction(1, 2))
                        found.append(
                            {
                                "exercice": exercice, "activity_id": activity, "measure_code": measure,
                                "quantity_hundredths": done, "full_cost_cents": costs[activity],
                                "unit_cost_ten_thousandths": unit,
                            }
                        )  # fmt: skip
        return found

    def content(self) -> dict[str, object]:
        """Everything as rows ready for JSON: money in cents, quantities as decimals, shares in parts of 10^15."""
        cells: Counter[tuple[object, ...]] = Counter()
        unassigned: Counter[tuple[object, ...]] = Counter()
        for pool, cents in self.cells.items():
            cells[(pool.exercice, *pool.place, pool.step)] += cents
            if pool.place.service == A_AFFECTER:
                direction = "revenue" if pool.step in (*REVENUES, "corporate_revenue") else "expense"
                unassigned[pool.budget, pool.exercice, direction] += cents
        outside: Counter[tuple[object, ...]] = Counter()
        direct: Counter[tuple[object, ...]] = Counter()
        for line, cents in self.direct.items():
            direct[(*line[:6], *line.place, line.cost_step)] += cents
            if line.cost_scope != "service":
                outside[line.budget, line.exercice, line.direction, line.cost_scope] += cents
        place = ("service_id", "facility_id", "activity_id")
        where = ("budget_id", "exercice", "month", "direction")
        quantities = {
            (exercice, service, key, target): str(Decimal(quantity.numerator) / quantity.denominator)
            for (exercice, service), (key, found) in self.keys.items()
            for target, quantity in found.items()
        }
        parts = {
            (exercice, service, target): part
            for (exercice, service), found in self.parts.items()
            for target, part in found.items()
        }
        ids = ("exercice", "auxiliary_id")
        return {
            "direct": rows(direct, (*where, "rule_id", "cost_scope", *place, "cost_step"), "amount_cents"),
            "keys": rows(quantities, (*ids, "key_id", "service_id"), "quantity"),
            "shares": rows(parts, (*ids, "service_id"), "part"),
            "cells": rows(cells, ("exercice", *place, "cost_step"), "amount_cents"),
            "outside": rows(outside, (where[0], where[1], where[3], "cost_scope"), "amount_cents"),
            "unassigned": rows(unassigned, (where[0], where[1], where[3]), "amount_cents"),
            "unit_costs": self.unit_costs(),
        }


def holds_at_end(row: dict[str, str], exercice: int) -> bool:
    """Whether a row of a seed is valid on 31 December of an exercice."""
    return row["valid_from"] <= f"{exercice}-12-31" <= (row["valid_to"] or "9999")


def flows(shares: dict[str, dict[str, Fraction]]) -> dict[str, dict[str, Fraction]]:
    """Where one euro of each auxiliary ends, as F = B + A·F solved at once. shares: of what each auxiliary gives.

    Raises ValueError for auxiliaries whose euros never leave them.
    """
    leaving: set[str] = set()
    while more := {one for one, to in shares.items() if one not in leaving and set(to) - (set(shares) - leaving)}:
        leaving |= more
    if kept := sorted(set(shares) - leaving):
        raise ValueError(f"auxiliary services that only serve one another: {', '.join(kept)}")
    # A row says what a euro of an auxiliary becomes. One by one, each row is solved for itself and takes the place of
    # its auxiliary in the others, until none names an auxiliary any more.
    system = {one: defaultdict(Fraction, to) for one, to in shares.items()}
    for told in system:
        kept_by_itself = system[told].pop(told, Fraction(0))
        for column in system[told]:
            system[told][column] /= 1 - kept_by_itself
        for other in system:
            if other != told and (share := system[other].pop(told, Fraction(0))):
                for column, part in system[told].items():
                    system[other][column] += share * part
    return {one: dict(ends) for one, ends in system.items()}


def rows(counted: Mapping[tuple, object], names: tuple[str, ...], measure: str) -> list[dict[str, object]]:
    """Rows of a mapping whose keys are tuples of these names, but for those of zero."""
    return [dict(zip(names, key, strict=True)) | {measure: value} for key, value in sorted(counted.items()) if value]
