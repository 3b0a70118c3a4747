"""Who goes where: activities of the childcare software, their sites and prices, and the children enrolled in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from demo_city import school_year as calendar
from demo_city.households import LEVELS, Child, Households, part
from demo_city.profile import FUNCTIONS, PRICE_GROWTH, REFERENCE_YEAR
from demo_city.town import Town, random_source
from orchestration.lib.public import UNKNOWN

# Euros by quotient band, then of families outside or without a quotient: a meal, an evening half-hour, a morning, a
# day at a centre, an hour of nursery. Those of the last school year, which grew with prices.
TARIFFS = {
    "CAN": (1.00, 2.00, 3.00, 4.00, 4.90, 5.60, 6.50),
    "APS": (0.30, 0.40, 0.55, 0.70, 0.85, 1.00, 1.20),
    "APM": (0.60, 0.80, 1.10, 1.40, 1.70, 2.00, 2.40),
    "MER": (3.00, 5.00, 7.50, 10.50, 13.50, 16.50, 21.00),
    "ALS": (3.50, 5.50, 8.00, 11.00, 14.00, 17.00, 22.00),
    "MAC": (0.50, 0.85, 1.25, 1.75, 2.40, 3.10, 3.60),
}
BANDS = ("QF1", "QF2", "QF3", "QF4", "QF5", "QF6", UNKNOWN)

# Who comes, as shares of the children of an age.
MEALS, MEALS_IN_QPV, AFTER_SCHOOL, LEISURE, HOLIDAYS, NURSERY = 0.80, 0.68, 0.42, 0.27, 0.35, 0.3
# Days a week: all four, three, two, one.
WEEKS = ((0.66, 4), (0.84, 3), (0.97, 2), (1.0, 1))
# Nursery: places for 40,000 inhabitants, minutes after midnight, contracts.
PLACES, OPENS, CLOSES = 206, 450, 1110
FILLED = 0.83  # of the hours that a nursery offers, those in contracts
CONTRACT_HOURS = (6, 8, 9, 9, 10, 10)
CONTRACT_DAYS = (2, 3, 4, 4, 5, 5, 5)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of activity: its type in the software, the activity that it is, its service, the prefix of its sites and
    the units that it books: (suffix, name, type, meal, days, hours).
    """

    prefix: str
    type: str
    activity: str
    service: str
    site: str
    label: str
    account: str
    units: tuple[tuple[str, str, str, str, str, str], ...]


DAY_UNITS = (
    ("J", "Journée", "Unitaire", "O", "1", ""),
    ("M", "Matinée avec repas", "Unitaire", "O", "0,5", ""),
    ("A", "Après-midi", "Unitaire", "N", "0,5", ""),
)
KINDS = {
    one.prefix: one
    for one in (
        Kind("CAN", "cantine", "school_meal", "CANT", "RS", "Restaurant scolaire", "7067",
             (("R", "Repas", "Unitaire", "O", "", ""),)),
        Kind("APM", "APM", "after_school", "PERI", "AP", "Accueil du matin", "7067",
             (("U", "Accueil du matin", "Unitaire", "N", "", "1"),)),
        Kind("APS", "APS", "after_school", "PERI", "AP", "Accueil du soir", "7067",
             (("H", "Accueil du soir", "Horaire", "N", "", ""),)),
        Kind("MER", "mercredi", "leisure_centre", "ALSH", "CL", "Mercredis", "70632", DAY_UNITS),
        Kind("ALS", "ALSH", "leisure_centre", "ALSH", "CL", "Centre de loisirs", "70632", DAY_UNITS),
        Kind("MAC", "creche", "nursery", "CREC", "MA", "Multi-accueil", "7066",
             (("H", "Accueil", "Multihoraires", "N", "", ""),)),
    )
}  # fmt: skip


# Prefix of the sites in the software -> service whose buildings they are.
SITES = {kind.site: kind.service for kind in KINDS.values()}


def whole_sites(service: str) -> int:
    """How many sites a service has at 40,000 inhabitants."""
    return next(use.sites for use in FUNCTIONS.values() if use.service == service)


def town_sites(town: Town, service: str) -> int:
    """How many sites a service has in a town; a larger one has larger sites."""
    return min(whole_sites(service), town.scaled(whole_sites(service)))


@dataclass(slots=True)
class Enrolment:
    """A child in an activity for a school year, and how it comes: days of the week, usual unit, times in minutes."""

    child: Child
    kind: Kind
    site: int
    first: date
    last: date
    status: str = "ok"
    week: tuple[int, ...] = ()
    unit: str = ""
    arrives: int = 0
    leaves: int = 0

    @property
    def activity(self) -> str:
        """Identifier of the activity in the software: one for each kind and site."""
        return f"{self.kind.prefix}-{self.site + 1:02d}"


class Enrolments:
    """Draws the enrolments of a school year from the families of the town."""

    def __init__(self, town: Town, households: Households) -> None:
        """Open as many sites as the town has."""
        self.town = town
        self.households = households
        self.sites = {site: town_sites(town, service) for site, service in SITES.items()}
        self.places = max(6, round(town.scaled(PLACES) / self.sites["MA"]))

    def pupils(self, school_year: int) -> list[Child]:
        """Children of the town's schools in a school year."""
        years = range(school_year - 3, school_year - 3 - len(LEVELS), -1)
        return [child for year in years for child in self.households.born.get(year, [])]

    def school(self, child: Child, school_year: int) -> str:
        """The school of the sector of a pupil."""
        service = school_service(child, school_year)
        return f"{service}{part(child.family.home.position, town_sites(self.town, service)) + 1:02d}"

    def site(self, prefix: str, child: Child, school_year: int) -> int:
        """The site of an activity where a child goes: that of its school, or of its home for nurseries and centres."""
        sites = self.sites[prefix]
        if prefix not in ("RS", "AP"):
            return part(child.family.home.position, sites)
        service = school_service(child, school_year)
        schools = town_sites(self.town, service)
        rank = part(child.family.home.position, schools)
        # Rounded up for one kind of school and down for the other, so that every canteen has pupils.
        return (rank * sites + (sites - 1 if service == "EELE" else 0)) // schools

    def enrol(self, school_year: int) -> dict[str, list[Enrolment]]:
        """Enrolments of a school year by kind of activity, in the order of the files."""
        rng = random_source(self.town.seed, "enrolments", school_year)
        found: dict[str, list[Enrolment]] = {prefix: [] for prefix in KINDS}
        first, last = date(school_year, 9, 1), date(school_year + 1, 8, 31)
        for child in self.pupils(school_year):
            meals, after, leisure, _ = child.inclined
            eats = meals < (MEALS_IN_QPV if child.family.home.qpv else MEALS)
            start = first if rng.random() < 0.95 else date(school_year + 1, rng.randint(1, 3), 1)

            def add(prefix: str, start: date = start, child: Child = child, **how) -> None:
                site = self.site(KINDS[prefix].site, child, school_year)
                found[prefix].append(Enrolment(child, KINDS[prefix], site, start, last, **how))

            if eats:
                add("CAN", week=some_days(rng))
            if eats and after < AFTER_SCHOOL:
                add("APS", week=some_days(rng), arrives=990, leaves=990 + 30 * rng.randint(1, 4))
            if eats and after < AFTER_SCHOOL * 0.4:
                add("APM", week=some_days(rng))
            if leisure < LEISURE:
                add("MER", week=(2,), unit=rng.choice("JJJMMA"))
            if leisure < HOLIDAYS:
                add("ALS", first, week=(0, 1, 2, 3, 4), unit=rng.choice("JJJJJMA"))
        found["MAC"] = self.nursery(rng, school_year)
        for listed in found.values():
            listed.sort(key=lambda one: (one.site, one.child.number))
        return found

    def nursery(self, rng: Random, school_year: int) -> list[Enrolment]:
        """Children under three who ask for a place, from their fourth month on; those whom the contracts of the nursery
        leave no room wait, or are refused.
        """
        first, last = date(school_year, 9, 1), date(school_year + 1, 8, 31)
        asking = []
        for born in (school_year - 2, school_year - 1, school_year):
            for child in self.households.born.get(born, []):
                start = max(first, date.fromordinal(child.born.toordinal() + 120))
                if child.inclined[3] < NURSERY and start <= last:
                    asking.append(Enrolment(child, KINDS["MAC"], self.site("MA", child, school_year), start, last))
        room = [self.places * 5 * (CLOSES - OPENS) * FILLED] * self.sites["MA"]
        for one in sorted(asking, key=lambda one: one.child.inclined[3]):
            hours = rng.choice(CONTRACT_HOURS)
            one.arrives = OPENS + 30 * rng.randint(0, min(4, (CLOSES - OPENS) // 30 - 2 * hours))
            one.leaves = one.arrives + 60 * hours
            one.week = tuple(sorted(rng.sample(range(5), rng.choice(CONTRACT_DAYS))))
            taken = 60 * hours * len(one.week) * ((last - one.first).days + 1) / 365
            if taken > room[one.site]:
                one.status = rng.choice(("attente", "attente", "refus"))
            else:
                room[one.site] -= taken
        return asking


def school_service(child: Child, school_year: int) -> str:
    """EMAT for a pupil of an infant school, EELE for one of a primary school."""
    return "EMAT" if child.level(school_year) < 3 else "EELE"


def some_days(rng: Random) -> tuple[int, ...]:
    """Days of the week on which a child is booked."""
    draw = rng.random()
    count = next(days for limit, days in WEEKS if draw < limit)
    return tuple(sorted(rng.sample(calendar.SCHOOL_WEEK, count)))


@cache
def prices(prefix: str, school_year: int) -> dict[str, int]:
    """Cents by quotient band in a school year."""
    growth = PRICE_GROWTH ** (school_year - REFERENCE_YEAR)
    return {band: round(euros * 100 * growth) for band, euros in zip(BANDS, TARIFFS[prefix], strict=True)}


def tariff_of(one: Enrolment, year: int, month: int) -> int:
    """Cents that a child pays in a month: outside the commune, the highest price."""
    family = one.child.family
    outside = family.home.residence != "commune"
    band = UNKNOWN if outside else family.band(date(year, month, 1))
    return prices(one.kind.prefix, calendar.of_month(year, month))[band]
