"""Families of the town with the children that its schools, centres and nurseries may know. Nobody here exists.

All births of thirty years are drawn whatever the exercices written, so that a child is the same in each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from random import Random

from demo_city import school_year as calendar
from demo_city.profile import FIRST_EXERCICE, REFERENCE_YEAR
from demo_city.territory import FIRST_DAY_OF_QPV, Address, Territory
from demo_city.town import FIRST_NAMES, POSTCODE, Town, random_source, surname
from orchestration.lib.public import UNKNOWN, quotient_band

FIRST_FAMILY = 4_000_000  # number of its surname: agents come before, from 2,000,000 on
FIRST_BIRTHS = FIRST_EXERCICE - 12
PUPILS, LEVELS = 3_900, ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2")
BIRTHS = PUPILS / len(LEVELS)  # a year, at 40,000 inhabitants
SIBLINGS = ((0.46, 1), (0.87, 2), (1.0, 3))
FIRST_NAMES_OF = {"F": FIRST_NAMES[:22:2], "M": FIRST_NAMES[1:22:2]}  # the list has one of each in turn
OUTSIDE = 0.06
# Postcodes that no commune has.
NEIGHBOURS = (("62998", "HOUBLINGHEM"), ("62997", "MARAIS-LES-TOURBES"), ("59999", "GENIEVRE-SUR-LYS"))
NEIGHBOUR_STREETS = ("RUE HAUTE", "RUE DE LA BRASSERIE", "CHEMIN DES SAULES", "RUE DU CALVAIRE", "RUE DES ORMES")
MEDIAN_QUOTIENT, SPREAD, QPV_FACTOR = 920.0, 0.52, 0.58
NO_QUOTIENT = 0.03
SPELLINGS = ((0.925, "exact"), (0.945, "abbreviated"), (0.96, "plain"), (0.975, "flat"), (0.985, "street"))
ABBREVIATIONS = {
    "RUE": "R", "AVENUE": "AV", "BOULEVARD": "BD", "PLACE": "PL", "ALLÉE": "ALL", "IMPASSE": "IMP", "CHEMIN": "CHE",
    "ROUTE": "RTE", "SQUARE": "SQ", "PASSAGE": "PAS", "SENTIER": "SEN",
}  # fmt: skip
PLAIN_LETTERS = str.maketrans("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ", "AAACEEEEIIOOUUUY")


@dataclass(frozen=True, slots=True)
class Home:
    """Where a family lives, as the software has it written, and where that truly is.

    spelling: exact, abbreviated, plain (no accents), flat (a flat before the number), street (no number), unknown
    (the street is not one of the town), none (nothing written).
    position: rank of the address among all, from 0 to 1; schools and sites serve a part of it each.
    """

    written: str
    postcode: str
    city: str
    spelling: str
    position: float
    iris: str = ""
    quartier: str = ""
    qpv: str = ""
    former_qpv: str = ""
    residence: str = "commune"

    def qpv_of(self, school_year: int) -> str:
        """QPV on the first day of a school year, or ''."""
        return self.qpv if date(school_year, 9, 1) >= FIRST_DAY_OF_QPV else self.former_qpv


@dataclass(slots=True, eq=False)
class Family:
    """A family: its name, its home, and its usual quotient familial in euros, 0 when it does not say it."""

    number: int
    name: str
    home: Home
    quotient: float
    children: list[Child] = field(default_factory=list)
    _quotients: dict[int, list[Quotient]] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Identifier in the childcare software."""
        return f"FAM-{self.number:06d}"

    def quotients(self, school_year: int) -> list[Quotient]:
        """Quotients of a school year, one after the other: reviewed in January, seldom in between."""
        if school_year not in self._quotients:
            self._quotients[school_year] = self._drawn(school_year) if self.quotient else []
        return self._quotients[school_year]

    def band(self, day: date) -> str:
        """Quotient band on a day: that of the first day of the quotient in force."""
        school_year = calendar.of_month(day.year, day.month)
        return next((one.band for one in self.quotients(school_year) if one.first <= day <= one.last), UNKNOWN)

    def _drawn(self, school_year: int) -> list[Quotient]:
        before, reviewed = (self._reviewed(year) for year in (school_year, school_year + 1))
        rows = [(date(school_year, 9, 1), before), (date(school_year + 1, 1, 1), reviewed)]
        rng = random_source(self.number, "quotient", school_year + 1)
        if rng.random() < 0.04:
            rows.append((date(school_year + 1, rng.randint(3, 6), 1), round(reviewed * 0.7)))
        ends = [*(first - calendar.DAY for first, _ in rows[1:]), date(school_year + 1, 8, 31)]
        return [Quotient(first, last, cents) for (first, cents), last in zip(rows, ends, strict=True)]

    def _reviewed(self, year: int) -> int:
        return round(100 * self.quotient * random_source(self.number, "reviewed", year).uniform(0.9, 1.1))


@dataclass(slots=True)
class Quotient:
    """A quotient familial from a day to another, and its band on the first one."""

    first: date
    last: date
    cents: int
    band: str = field(init=False)

    def __post_init__(self) -> None:
        """Find the band."""
        self.band = quotient_band(Decimal(self.cents) / 100, self.first)


@dataclass(slots=True, eq=False)
class Child:
    """A child, and what it is inclined to: four draws between 0 and 1, for meals, after school, leisure, nursery."""

    number: int
    family: Family
    first_name: str
    sex: str
    born: date
    inclined: tuple[float, float, float, float]

    @property
    def code(self) -> str:
        """Identifier in the childcare software."""
        return f"ENF-{self.number:06d}"

    def level(self, school_year: int) -> int:
        """Rank of its class in LEVELS, out of range when it is too young or too old: by year of birth, as the law has
        it.
        """
        return school_year - self.born.year - 3


class Households:
    """Every family whose children are born between FIRST_BIRTHS and the last exercice."""

    def __init__(self, town: Town, territory: Territory) -> None:
        """Draw them. Same town: same families."""
        self.town = town
        self.rng = random_source(town.seed, "households")
        order = sorted(territory.addresses, key=lambda one: (one.iris, one.street, one.number, one.suffix))
        self.addresses = order
        self.families: list[Family] = []
        self.children: list[Child] = []
        years = REFERENCE_YEAR - FIRST_BIRTHS + 1
        births = max(1.0, BIRTHS * town.inhabitants / 40_000)
        while len(self.children) < births * years:
            self._family()

    @cached_property
    def born(self) -> dict[int, list[Child]]:
        """Children by year of birth."""
        found: dict[int, list[Child]] = {}
        for child in self.children:
            found.setdefault(child.born.year, []).append(child)
        return found

    def _family(self) -> None:
        """One family more; its children are born in the span, whose ends join so that no year has fewer births."""
        rng = self.rng
        number = len(self.families)
        home = self._home()
        quotient = 0.0
        if rng.random() >= NO_QUOTIENT:
            factor = QPV_FACTOR if home.qpv else 1.0
            quotient = MEDIAN_QUOTIENT * factor * math.exp(SPREAD * rng.gauss(0, 1))
        family = Family(number, surname(FIRST_FAMILY + number).upper(), home, quotient)
        self.families.append(family)
        draw = rng.random()
        size = next(count for limit, count in SIBLINGS if draw < limit)
        start = date(FIRST_BIRTHS, 1, 1).toordinal()
        span = date(REFERENCE_YEAR + 1, 1, 1).toordinal() - start
        day = rng.randrange(span)
        for _ in range(size):
            born = date.fromordinal(start + day % span)
            inclined = (rng.random(), rng.random(), rng.random(), rng.random())
            sex = rng.choice("FM")
            child = Child(len(self.children), family, rng.choice(FIRST_NAMES_OF[sex]), sex, born, inclined)
            self.children.append(child)
            family.children.append(child)
            day += rng.randint(500, 1600)

    def _home(self) -> Home:
        rng = self.rng
        draw = rng.random()
        if draw < OUTSIDE:
            postcode, city = rng.choice(NEIGHBOURS)
            street = f"{rng.randint(1, 300)} {rng.choice(NEIGHBOUR_STREETS)}"
            return Home(street, postcode, city, "exact", rng.random(), residence="hors_commune")
        rank = rng.randrange(len(self.addresses))
        return written(rng, self.addresses[rank], rank / len(self.addresses))


def written(rng: Random, address: Address, position: float) -> Home:
    """The home at an address, written well or badly."""
    draw = rng.random()
    spelling = next((name for limit, name in SPELLINGS if draw < limit), "unknown" if draw < 0.99 else "none")
    street = address.street.upper()
    number = f"{address.number} {address.suffix.upper()}".strip()
    text = f"{number} {street}"
    if spelling == "abbreviated":
        first, _, rest = street.partition(" ")
        text = f"{number} {ABBREVIATIONS.get(first, first)} {rest}".translate(PLAIN_LETTERS)
    elif spelling == "plain":
        text = text.translate(PLAIN_LETTERS)
    elif spelling == "flat":
        text = f"APT {rng.randint(1, 40)} {text}"
    elif spelling == "street":
        text = street
    elif spelling == "unknown":
        text = f"CHEZ MME {surname(FIRST_FAMILY - 1 - rng.randrange(100_000)).upper()}"
    elif spelling == "none":
        return Home("", "", "", "none", position, residence="inconnu")
    known = (address.iris, address.quartier, address.qpv, address.former_qpv) if spelling != "unknown" else ()
    return Home(text, POSTCODE, address.city, spelling, position, *known)


def part(position: float, parts: int) -> int:
    """The part, from 0, in which a position between 0 and 1 falls."""
    return min(parts - 1, int(position * parts))
