"""The true cost of the town's services by docs/costing.md, worked out from what the town knows: its pieces, payslips,
meters, work orders, inventory, areas and meals. It reads no export and no database.

It is a second implementation beside the models of dbt, made to disagree with them when one is wrong: whole fractions
where they have decimals, simultaneous equations solved at once where they repeat. Money is whole cents; "" is none.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from demo_city import fixed_assets, profile
from demo_city.ledger import Book
from demo_city.payroll_truth import PayrollTruth
from demo_city.sending import Bordereau
from demo_city.writing import Written
from orchestration.lib.home import PROJECT

A_AFFECTER = "A_AFFECTER"
DIRECTIONS = {"D": "expense", "R": "revenue"}
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


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed, the agreed rules and keys."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Place(NamedTuple):
    """Where euros go."""

    service: str = ""
    facility: str = ""
    activity: str = ""


class Facts(NamedTuple):
    """What the rules ask of a line of the ledger. The month is 1 to 12, January of N+1 being the December of N."""

    budget: str
    exercice: int
    month: int
    direction: str
    section: str
    chapter: str
    nature: str
    function: str
    service: str
    analytic: str
    operation: str
    is_order: bool
    is_own_budget: bool


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
    whole = sum(weight for weight in weights.values() if weight > 0)
    if not whole:
        raise ValueError("nothing to cut by: no weight is above zero")
    exact = {key: Fraction(abs(cents) * weight, whole) for key, weight in weights.items() if weight > 0}
    parts = {key: floor(part) for key, part in exact.items()}
    left = abs(cents) - sum(parts.values())
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], empty_last(key)))[:left]:
        parts[key] += 1
    return {key: part if cents > 0 else -part for key, part in parts.items() if part}


def empty_last(key: Hashable) -> list[tuple[bool, str]]:
    """Order of service, facility, activity."""
    return [(not part, part) for part in (key if isinstance(key, tuple) else (key,))]


class Lines:
    """The standing lines of the ledger. Those with the same facts stand together, as (cents, bordereau, piece)."""

    def __init__(self) -> None:
        """Start with none."""
        self.of: dict[Facts, list[tuple[int, int, int]]] = defaultdict(list)

    def book(self, book: Book, standing: Iterable[Bordereau]) -> None:
        """Add the lines of accepted bordereaux, neither sent back by the comptable nor bills of a role."""
        own = {budget.siret for budget in book.town.budgets.values()}
        for bordereau in standing:
            day = date.fromordinal(bordereau.day)
            month = 12 if day.year > book.exercice else day.month
            for piece in bordereau.pieces:
                if piece.rejected or piece.stream == "role":
                    continue
                for line in piece.lines:
                    chapter = profile.chapter(line.nature, piece.direction, piece.order)
                    outside = line.nature[0] in "45" and not line.nature.startswith("45")
                    facts = Facts(
                        book.budget.budget_id, book.exercice, month, DIRECTIONS[piece.direction],
                        "none" if outside else profile.section(chapter), chapter, line.nature, line.function,
                        piece.service, line.analytic, line.operation, bool(piece.order),
                        bool(line.tiers and line.tiers.id_code in own),
                    )  # fmt: skip
                    self.of[facts].append((piece.sign * line.cents, bordereau.number, piece.number))


@dataclass(slots=True)
class Known:
    """What the town knows beside its ledger. Areas are in hundredths of m², hours in quarters."""

    owner: dict[str, str]  # facility -> service
    opened: dict[str, list[tuple[str, str, int]]]  # facility -> first day, last day, area
    depreciated: Mapping[tuple[str, int, str, str], int] = field(default_factory=dict)  # budget, year, service, site
    kwh: Counter[tuple[int, str, str]] = field(default_factory=Counter)  # millionths, by year, energy and facility
    hours: Counter[tuple[int, str]] = field(default_factory=Counter)  # by year and the service that asked
    done: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)  # hundredths: year, activity, measure, site
    pay: Mapping[tuple[str, int, int, str, str, str, str], int] = field(default_factory=dict)
    paid: Mapping[tuple[int, str], int] = field(default_factory=dict)  # agents × months by year and service

    def areas(self, exercice: int, service: str = "") -> dict[Place, int]:
        """Areas of the facilities that were open in an exercice, of all services or one: the last of several."""
        found = {}
        for facility, periods in self.opened.items():
            owner = self.owner[facility]
            during = [one for one in periods if one[0] <= f"{exercice}-12-31" and (one[1] or "9") >= f"{exercice}"]
            if during and max(during)[2] > 0 and service in ("", owner):
                found[Place(owner, facility)] = max(during)[2]
        return found

    def owner_in(self, facility: str, exercice: int, month: int) -> str:
        """Service of a facility that was open in a month; none for a code that no facility bears."""
        name = f"{exercice}-{month:02d}"
        periods = self.opened.get(facility, [])
        return self.owner[facility] if any(a[:7] <= name and (b or "9")[:7] >= name for a, b, _ in periods) else ""


def known(town: fixed_assets.Town, payroll: PayrollTruth, written: Mapping[str, Written]) -> Known:
    """What the writers of a town know, once they have written."""
    opened: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for row in written["fixed_assets"].truth["facilities"]:
        opened[row["facility"]].append((row["from"], row["to"], row["hundredths_m2"]))
    found = Known(dict(fixed_assets.facility_codes(town)), opened, written["fixed_assets"].depreciated)
    for name, kwh in written["energy"].truth["kwh"].items():
        month, energy, facility = name.split("/")
        found.kwh[int(month[:4]), energy, facility] += round(kwh * 10**6)
    for row in written["work_orders"].truth["places"]:
        if row["measure"] == "quarter_hours":
            found.hours[row["year"], row["service_id"]] += row["quantity"]
    for row in written["childcare"].truth["quantities"]:
        key = (row["year"], row["activity_id"], row["measure_code"], row["facility_id"])
        found.done[key] += row["quantity_hundredths"]
    found.pay = payroll.placed
    found.paid = Counter((exercice, service) for exercice, _, service, _ in payroll.paid)
    return found


class Organisation:
    """Services, what they are for, and their activities."""

    def __init__(self) -> None:
        """Read the seeds."""
        services = seed("ref_service")
        roles = {row["service_id"]: row for row in seed("ref_service_role")}
        self.role = {row["service_id"]: "principal" for row in services}
        self.role |= {service: row["cost_role"] for service, row in roles.items()}
        self.step = {service: row["cost_step"] for service, row in roles.items()}
        self.rank = {service: int(row["closing_rank"]) for service, row in roles.items() if row["closing_rank"]}
        self.parent = {row["service_id"]: row["parent_service_id"] for row in services}
        by_function: dict[str, list[str]] = defaultdict(list)
        for row in services:
            by_function[row["function_m57_code"]].append(row["service_id"])
        self.of_function = {function: listed[0] for function, listed in by_function.items() if len(listed) == 1}
        self.measure = {row["activity_id"]: row["output_measure_code"] for row in seed("ref_activity")}
        self.activities: dict[str, list[str]] = defaultdict(list)
        for row in seed("ref_activity"):
            self.activities[row["service_id"]].append(row["activity_id"])

    def of(self, *roles: str) -> list[str]:
        """Services of these roles, in order."""
        return sorted(service for service, role in self.role.items() if role in roles)

    def targets(self, service: str, target: str) -> list[str]:
        """Services to which a key of an auxiliary may give."""
        everyone = [one for one in self.of("principal", "auxiliary", "corporate") if one != service]
        return everyone if target == "all" else [one for one in everyone if service in self.above(one)]

    def above(self, service: str) -> Iterator[str]:
        """The services above one in the organisation chart."""
        while service := self.parent.get(service, ""):
            yield service

    def activity(self, place: Place) -> str:
        """Activity of a place: its own, else the only one of the service."""
        listed = self.activities.get(place.service, [])
        return place.activity or (listed[0] if len(listed) == 1 else "")


class Destinations:
    """Stage 1: which rule decides of a line, and the weights of the places that it goes to."""

    CONDITIONS: tuple[tuple[str, str, Callable[[object, str], bool]], ...] = (
        ("direction", "direction", lambda value, said: value == said),
        ("section", "section", lambda value, said: value == said),
        ("source_service_code", "service", lambda value, said: value == said),
        ("operation_code", "operation", lambda value, said: value == said),
        ("is_order", "is_order", lambda value, said: value == (said == "true")),
        ("is_own_budget", "is_own_budget", lambda value, said: value == (said == "true")),
        ("nature_prefix", "nature", lambda value, said: str(value).startswith(said)),
        ("function_prefix", "function", lambda value, said: str(value).startswith(said)),
        ("analytic_prefix", "analytic", lambda value, said: str(value).startswith(said)),
    )

    def __init__(self, town: Known, organisation: Organisation, lines: Lines) -> None:
        """Read the rules. Raises ValueError for a rule about what the town does not know of its lines."""
        self.town = town
        self.organisation = organisation
        self.rules = sorted(seed("map_ledger__rule"), key=lambda row: int(row["rule_rank"]))
        if any(row["tiers_id"] or row["contract_id"] for row in self.rules):
            raise ValueError("the truth knows neither third parties nor contracts")
        self.energy_of = {row["nature_code"]: row["energy_type"] for row in seed("map_energy__nature")}
        self.families = {row["account_prefix"]: row for row in seed("ref_payroll_family")}
        self.cells: dict[tuple[str, int, int, str, str], Counter[Place]] = defaultdict(Counter)
        for (budget, exercice, month, family, function, service, facility), cents in town.pay.items():
            if cents > 0:
                for booked in (function, "all"):
                    self.cells[budget, exercice, month, family, booked][Place(service, facility)] += cents
        self.functions: dict[tuple[str, int, int, str], set[str]] = defaultdict(set)
        for facts in lines.of:
            if family := self.family(facts):
                self.functions[facts.budget, facts.exercice, facts.month, family["family"]].add(facts.function)

    def of(self, facts: Facts) -> tuple[dict[str, str], Mapping[Place, int]]:
        """The first rule that matches and whose way finds something, with the weights of what it finds."""
        day = f"{facts.exercice}-{facts.month:02d}-01"
        for rule in self.rules:
            if not rule["valid_from"] <= day <= (rule["valid_to"] or "9999"):
                continue
            if all(not rule[name] or holds(getattr(facts, of), rule[name]) for name, of, holds in self.CONDITIONS):
                weights = getattr(self, rule["destination_from"])(facts, rule)
                if any(weight > 0 for weight in weights.values()):
                    return rule, weights
        raise ValueError(f"no rule for {facts}")

    def scope(self, _facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """No service."""
        return {Place(): 1}

    def fixed(self, _facts: Facts, rule: dict[str, str]) -> Mapping[Place, int]:
        """The service that the rule names."""
        return {Place(rule["service_id"]): 1}

    def analytic(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """The facility whose code the line bears, and its service."""
        service = self.town.owner_in(facts.analytic, facts.exercice, facts.month)
        return {Place(service, facts.analytic): 1} if service else {}

    def function(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """The one service of the function."""
        service = self.organisation.of_function.get(facts.function)
        return {Place(service): 1} if service else {}

    def service_code(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """The issuing service."""
        return {Place(facts.service): 1} if facts.service in self.organisation.parent else {}

    def energy(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """Facilities of the function's service, by what they used of the energy of the account."""
        service, energy = self.organisation.of_function.get(facts.function), self.energy_of.get(facts.nature)
        return {
            Place(service, facility): used
            for (exercice, kind, facility), used in self.town.kwh.items()
            if (exercice, kind) == (facts.exercice, energy) and service and self.town.owner.get(facility) == service
        }

    def depreciation(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """Places of the inventory; what it puts nowhere has no destination yet."""
        found: Counter[Place] = Counter()
        for (budget, exercice, service, site), cents in self.town.depreciated.items():
            if (budget, exercice) == (facts.budget, facts.exercice):
                found[Place(self.town.owner.get(site, service) or A_AFFECTER, site)] += cents
        return found

    def floor_area(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """All facilities that were open."""
        return self.town.areas(facts.exercice)

    def family(self, facts: Facts) -> dict[str, str] | None:
        """Family of a staff cost that payroll shares out, by the longest beginning of the account."""
        if facts.direction != "expense" or facts.is_order:
            return None
        sizes = range(len(facts.nature), 0, -1)
        family = next((self.families[facts.nature[:n]] for n in sizes if facts.nature[:n] in self.families), None)
        if family is None or family["family"] in ("external_staff", "elected_expense"):
            return None
        return family

    def payroll(self, facts: Facts, _rule: dict[str, str]) -> Mapping[Place, int]:
        """Where those booked on the function work: by what they cost on the account, or by their gross pay when no
        payslip says the account; all the staff when the month has the account on one function only.
        """
        family = self.family(facts)
        if family is None:
            return {}
        when = (facts.budget, facts.exercice, facts.month)
        if family["is_individualised"] == "true":
            return self.cells.get((*when, family["family"], facts.function), {})
        alone = len(self.functions[(*when, family["family"])]) == 1
        return self.cells.get((*when, "gross", "all" if alone else facts.function), {})



class Costs:
    """The four stages of a town, in order. Everything that is asked for is kept: each stage moves cents, none is made."""

    def __init__(self, town: Known, lines: Lines, method: str = "reciprocal") -> None:
        """Work it all out. Raises ValueError for auxiliaries that only serve one another."""
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
            for cents, bordereau, piece in listed:
                for place, part in cut(cents, weights).items():
                    where = (facts.budget, facts.exercice, facts.month, facts.direction)
                    self.direct[DirectLine(*where, rule["rule_id"], rule["cost_scope"], place, step)] += part
                    if is_service and facts.direction == "expense":
                        self.mandats[facts.exercice, place.service].add((facts.budget, bordereau, piece))
                        self.expense[facts.exercice, place.service] += part
                    if is_service and facts.chapter == STAFF_CHAPTER:
                        self.staff[facts.exercice, place.service] += part

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
        for pool, cents in nowhere.items():
            for facility, part in cut(cents, self.facilities(pool.exercice, pool.place)).items():
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
                whole[pool._replace(step=step, place=Place())] += cents
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
    # Each row says: what a euro of the auxiliary becomes, those of other auxiliaries included. One by one, an auxiliary is
    # told by its own row and put in its place in the others.
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
