"""Stage 1 of docs/costing.md on the town's own pieces: where each line of its ledger goes, and by which rule."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from demo_city import fixed_assets, profile
from demo_city.ledger import Book
from demo_city.payroll_truth import PayrollTruth
from demo_city.sending import Bordereau
from demo_city.town import Town
from demo_city.workforce import ACTIVITIES
from demo_city.writing import Written
from orchestration.lib.home import PROJECT

A_AFFECTER = "A_AFFECTER"
DIRECTIONS = {"D": "expense", "R": "revenue"}
# Condition of a rule -> what it is about.
EQUAL = {
    "direction": "direction", "section": "section", "source_service_code": "service", "operation_code": "operation",
}  # fmt: skip
BEGINNING = {"nature_prefix": "nature", "function_prefix": "function", "analytic_prefix": "analytic"}
NOT_PAYROLL = ("external_staff", "elected_expense")


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
    """What the town knows beside its ledger. Areas are in hundredths of m², hours in quarters, and what activities have
    done, by year, activity, measure and facility, in hundredths.
    """

    owner: dict[str, str]  # facility -> service
    opened: dict[str, list[tuple[str, str, int]]]  # facility -> first day, last day, area
    depreciated: Mapping[tuple[str, int, str, str], int] = field(default_factory=dict)  # budget, year, service, site
    kwh: Counter[tuple[int, str, str]] = field(default_factory=Counter)  # Wh by year, energy and facility
    hours: Counter[tuple[int, str]] = field(default_factory=Counter)  # by year and the service that asked
    done: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
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


def known(town: Town, payroll: PayrollTruth, written: Mapping[str, Written]) -> Known:
    """What the writers of a town know, once they have written."""
    opened: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for row in written["fixed_assets"].truth["facilities"]:
        opened[row["facility"]].append((row["from"], row["to"], row["hundredths_m2"]))
    found = Known(dict(fixed_assets.facility_codes(town)), opened, written["fixed_assets"].depreciated)
    for name, kwh in written["energy"].truth["kwh"].items():
        month, energy, facility = name.split("/")
        found.kwh[int(month[:4]), energy, facility] += round(kwh * 1000)
    found.hours = written["work_orders"].asked_for
    for row in written["childcare"].truth["quantities"]:
        key = (row["year"], row["activity_id"], row["measure_code"], row["facility_id"])
        found.done[key] += row["quantity_hundredths"]
    found.pay = payroll.placed
    found.paid = Counter((exercice, service) for (exercice, _, service, _), gross in payroll.paid.items() if gross)
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


def matches(rule: dict[str, str], facts: Facts) -> bool:
    """Whether a line meets all the conditions of a rule; an empty one is met by any."""
    return (
        all(rule[name] in ("", getattr(facts, of)) for name, of in EQUAL.items())
        and all(getattr(facts, of).startswith(rule[name]) for name, of in BEGINNING.items())
        and all(rule[name] in ("", str(getattr(facts, name)).lower()) for name in ("is_order", "is_own_budget"))
    )


class Destinations:
    """Stage 1: which rule decides of a line, and the weights of the places that it goes to."""

    def __init__(self, town: Known, organisation: Organisation, lines: Lines) -> None:
        """Read the rules. Raises ValueError for a rule about what the town does not know of its lines."""
        self.town = town
        self.organisation = organisation
        self.rules = sorted(seed("map_ledger__rule"), key=lambda row: int(row["rule_rank"]))
        if any(row["tiers_id"] or row["contract_id"] for row in self.rules):
            raise ValueError("the truth knows neither third parties nor contracts")
        self.matching: dict[Facts, list[dict[str, str]]] = {}
        self.energy_of = {row["nature_code"]: row["energy_type"] for row in seed("map_energy__nature")}
        self.families = {row["account_prefix"]: row for row in seed("ref_payroll_family")}
        self.cells: dict[tuple[str, int, int, str, str], Counter[Place]] = defaultdict(Counter)
        for (budget, exercice, month, family, function, service, facility), cents in town.pay.items():
            if cents > 0:
                for booked in (function, "all"):
                    place = Place(service, facility, ACTIVITIES.get(service, ""))
                    self.cells[budget, exercice, month, family, booked][place] += cents
        self.functions: dict[tuple[str, int, int, str], set[str]] = defaultdict(set)
        for facts in lines.of:
            if family := self.family(facts):
                self.functions[facts.budget, facts.exercice, facts.month, family["family"]].add(facts.function)

    def of(self, facts: Facts) -> tuple[dict[str, str], Mapping[Place, int]]:
        """The first rule that matches and whose way finds something, with the weights of what it finds."""
        day = f"{facts.exercice}-{facts.month:02d}-01"
        alike = facts._replace(budget="", exercice=0, month=0)
        if alike not in self.matching:
            self.matching[alike] = [rule for rule in self.rules if matches(rule, alike)]
        for rule in self.matching[alike]:
            if rule["valid_from"] <= day <= (rule["valid_to"] or "9999"):
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
        if family is None or family["family"] in NOT_PAYROLL:
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
