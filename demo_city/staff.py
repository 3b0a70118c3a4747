"""The people whom the town pays: agents, their contracts and careers, absences, moves, arrivals and departures.

Everybody is drawn over the whole window that the demo can ever write, post by post, so that an agent is the same
however many exercices are written. Days are proleptic ordinals, money whole cents, hours of a week hundredths.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import NamedTuple, TypeVar

from demo_city import town as places
from demo_city.grades import FAMILIES, Grade
from demo_city.profile import (
    ELECTED_EUROS,
    FIRST_EXERCICE,
    FUNCTIONS,
    INSURANCE_EUROS,
    REFERENCE_YEAR,
    SHARED_CHARGES,
    STAFF_EUROS,
)
from demo_city.town import Town, random_source
from demo_city.workforce import JOBS, PROGRAMMES, SERVICES, Job, Programme

FIRST_DAY, LAST_DAY = date(FIRST_EXERCICE - 1, 1, 1).toordinal(), date(REFERENCE_YEAR + 1, 12, 31).toordinal()
YEAR, MONTH = 365.25, 30.44
# Posts grow with the population and its needs; the later ones did not exist in the earlier years.
POST_GROWTH = 1.009
FIRST_AGENT = 2_000_000
# What posts cost in the end against what they would if nobody was ever away, worked part-time or left.
REAL_COST = {"main": 0.985, "ccas": 0.965}
KITCHEN_FROM = 3_000
# Kinds of contracts. T S: civil servants in the CNRACL, S in their first year; N M: the same on posts too short for it.
KINDS = {
    "T": "titulaire", "S": "stagiaire", "N": "titulaire", "M": "stagiaire", "C": "contractuel permanent",
    "R": "remplaçant", "Q": "saisonnier ou renfort", "H": "agent horaire", "A": "apprenti", "E": "emploi aidé",
    "K": "contrat d'engagement éducatif", "I": "stagiaire de l'enseignement", "L": "élu",
}  # fmt: skip
STATUTORY, ON_INDEX, PERMANENT = "TSNM", "TSNMCRQ", "TSNMC"
CNRACL_SHARE = 0.75
RETIREMENT, RESIGNATION, MUTATION, DEATH = "039", "059", "100", "066"
END_OF_CONTRACT, END_OF_MANDATE, END_OF_APPRENTICESHIP, AGREED = "031", "085", "081", "043"
REPLACED_SERVICES = {"CREC", "EMAT", "CANT", "ALSH", "PERI", "ETAT", "SENI", "MEDI"}
# An agent of one of these may move to another of the same group.
MOVES = (("CANT", "EMAT", "EELE", "GYM"), ("DGS", "FIN", "DRH", "ETAT", "EDUC", "SOC"), ("VERT", "PROP", "VOIR", "CTM"))
SICK, MATERNITY, PATERNITY, ACCIDENT, LONG, VERY_LONG, THERAPEUTIC = "01", "02", "03", "06", "13", "12", "15"
UNPAID, PARENTAL, STRIKE, AVAILABILITY = "501", "632", "657", "675"
# Population of a commune -> maximum allowance of the mayor and of a deputy (percent of the last gross index), seats.
COUNCILS = (
    (100, 25.5, 9.9, 7), (500, 25.5, 9.9, 11), (1_000, 40.3, 10.7, 15), (3_500, 51.6, 19.8, 23),
    (10_000, 55.0, 22.0, 29), (20_000, 65.0, 27.5, 33), (50_000, 90.0, 33.0, 39), (100_000, 110.0, 44.0, 49),
    (10**9, 145.0, 66.0, 55),
)  # fmt: skip
LAST_INDEX = 835
Dated = TypeVar("Dated", bound=tuple)
ELECTIONS = [date(2001, 3, 25), date(2008, 3, 22), date(2014, 4, 4), date(2020, 5, 27), date(2026, 3, 28)]


@dataclass(slots=True, eq=False)
class Agent:
    """A person on the payroll, with everything that identifies him. `nir` has 13 characters."""

    number: int
    woman: bool
    born: int
    surname: str
    usage: str
    first_name: str
    nir: str
    matricule: str
    street: str
    account: str
    children: list[int]
    supplement: bool
    transport: bool
    tax: int
    ntt: str = ""
    nir_since: int = 0
    former_nir: str = ""
    corrected_on: int = 0
    contracts: list[Contract] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name used at work."""
        return self.usage or self.surname


class Absence(NamedTuple):
    """A sick leave or the like. half_from: the day from which it is paid at half rate, 0 if never."""

    motive: str
    start: int
    end: int
    half_from: int = 0


class Step(NamedTuple):
    """An échelon reached: since when, and the month (12 × year + month − 1) from which payroll knows it."""

    since: int
    known: int
    grade: Grade
    rank: int

    @property
    def index(self) -> int:
        """Increased index of the grid of 2024."""
        return self.grade.grid[self.rank]


@dataclass(slots=True, eq=False)
class Contract:
    """A contract, appointment or mandate. Lists of (day, …) hold what it becomes from that day on, the first from its
    start. end is its last day, 0 when none is known.
    """

    agent: Agent
    employer: str
    number: str
    job: Job
    start: int
    end: int
    motive: str
    kinds: list[tuple[int, str]]
    postings: list[tuple[int, str, str]]
    week: int
    ifse: int = 0
    cia: int = 0
    nbi: int = 0
    steps: list[Step] = field(default_factory=list)
    part_time: list[tuple[int, int, str]] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    suspensions: list[tuple[str, int, int]] = field(default_factory=list)
    reason: str = ""
    planned_end: int = 0
    amount: int = 0
    taxable: bool = True
    secondary: bool = False
    renumbered: tuple[int, str] | None = None
    # Of the year being written: months in which something disturbs the pay, those in which anything else about the
    # contract may change, those in which an échelon is learnt, and the échelons that may count. Then what was last said
    # of the contract, kept because most months repeat the one before.
    busy: set[int] = field(default_factory=set)
    turns: set[int] = field(default_factory=set)
    learns: set[int] = field(default_factory=set)
    held: list[Step] = field(default_factory=list)
    kept: dict[str, tuple] = field(default_factory=dict)
    # Last day, far ahead when none is known, and hundredths of an hour of a full-time week of the job.
    last: int = 0
    full_week: int = 0

    def __post_init__(self) -> None:
        """Work out what is asked for most often."""
        self.last = self.end or LAST_DAY + 1
        self.full_week = round(self.job.full_week * 100)

    def active(self, first: int, last: int) -> bool:
        """True when the contract runs on a day between the two."""
        return self.start <= last and self.last >= first

    def kind(self, day: int) -> str:
        """Kind of contract on a day."""
        return at(self.kinds, day)[1]

    def posting(self, day: int) -> tuple[str, str]:
        """Service and site on a day."""
        return at(self.postings, day)[1:]  # type: ignore[return-value]

    def working(self, day: int) -> tuple[int, str]:
        """Percentage worked and mode of working time on a day."""
        return at(self.part_time, day)[1:] if self.part_time and self.part_time[0][0] <= day else (100, "")

    def step(self, day: int, known: int) -> Step | None:
        """The échelon on a day, as payroll knows it in a month of the year being written."""
        found = None
        for step in self.held or self.steps:
            if step.since <= day and step.known <= known:
                found = step
        return found

    def prepare(self, exercice: int) -> None:
        """Get ready for the months of an exercice and the two before it."""
        january = exercice * 12
        first, last = month_bounds(january - 2)[0], month_bounds(january + 11)[1]
        spells = [(one.start, one.end) for one in self.absences]
        spells += [(start, end) for _, start, end in self.suspensions]
        self.busy = {
            month
            for start, end in spells
            if start <= last and end >= first
            for month in range(month_index(max(start, first)), month_index(min(end, last)) + 1)
        }
        self.learns = {step.known for step in self.steps if january <= step.known < january + 12}
        past = [step for step in self.steps if step.since <= first and step.known <= january - 2]
        self.held = past[-1:] + [step for step in self.steps if step not in past and step.since <= last]
        days = [self.start, self.last, *(one[0] for one in (*self.kinds, *self.postings, *self.part_time))]
        days += [step.since for step in self.held]
        days += [self.renumbered[0]] if self.renumbered else []
        # A child counts from the first month after his birth to his twentieth year.
        days += [day + shift for day in self.agent.children for shift in (0, 31, 20 * 365, 20 * 365 + 31)]
        turns = {month_index(day) for day in days if first <= day <= last + 1}
        turns |= {step.known for step in self.held}
        # What an échelon learnt in a month leaves to say is over in the next.
        self.turns = turns | {month + 1 for month in turns} | {january}
        self.kept.clear()

    def release(self) -> None:
        """Forget what was kept for a year."""
        self.busy, self.turns, self.learns, self.held = set(), set(), set(), []
        self.kept.clear()


def at(listed: list[Dated], day: int) -> Dated:
    """The element of a dated list that holds on a day; the first one before it starts."""
    found = listed[0]
    for element in listed:
        if element[0] > day:
            break
        found = element
    return found


def nir_key(nir: str) -> str:
    """The two digits that close the 13 characters of a NIR."""
    return f"{97 - int(nir) % 97:02d}"


def month_index(day: int) -> int:
    """12 × year + month − 1 of a day."""
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


@lru_cache(maxsize=1024)
def month_bounds(index: int) -> tuple[int, int]:
    """First and last day of a month given by its index."""
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1).toordinal()
    return date(year, month + 1, 1).toordinal(), following - 1


def first_of_month(day: int) -> int:
    """First day of the month of a day."""
    return day - date.fromordinal(day).day + 1


def next_first(day: int) -> int:
    """First day of the month after that of a day."""
    return month_bounds(month_index(day))[1] + 1


def years_later(day: int, years: float) -> int:
    """A day some years later."""
    return day + round(years * YEAR)


def age(agent: Agent, day: int) -> int:
    """Age in whole years on a day."""
    born, now = date.fromordinal(agent.born), date.fromordinal(day)
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Post:
    """A permanent post: its employer, job, weekly hours in hundredths, site and the day it was opened."""

    employer: str
    service: str
    rank: int
    job: Job
    week: int
    site: str
    opened: int


class Staff:
    """Everybody whom the town and its CCAS have on their payroll over the window."""

    def __init__(self, town: Town, cost_of: Callable[[Contract], int]) -> None:
        """Draw the posts that the budgets can pay, then the people. cost_of: yearly cost of a contract in cents."""
        self.town = town
        self.seed = town.seed
        self.agents: list[Agent] = []
        self.contracts: list[Contract] = []
        self._orders = Counter[str]()
        self._taken = {person.id_code[:13] for person in town.aided}
        self.kitchen = places.siret(town.siret[:9], 7) if town.inhabitants >= KITCHEN_FROM else ""
        self._cost_of = cost_of
        self._costs: dict[tuple[Job, int, bool], int] = {}
        for employer in ("main", "ccas"):
            for post in self.posts(employer):
                self.occupy(post)
        for programme in PROGRAMMES:
            self.hire_each_year(programme)
        self.elect()
        self.replace_absent()
        for rank, agent in enumerate(self.agents):
            self.settle(agent, rank)

    # People

    def person(self, rng: Random, day: int, years: float, *, woman: bool) -> Agent:
        """Somebody new, of about `years` years on a day."""
        number = len(self.agents)
        born = day - round(years * YEAR) - rng.randint(0, 364)
        scrambled = (number * 104_729 + 271_828) % 900_000 + 100_000
        usage = places.surname(FIRST_AGENT + 2 * number + 1) if woman and years > 26 and rng.random() < 0.4 else ""
        children = [
            born + round((rng.uniform(23, 38)) * YEAR)
            for _ in range(rng.choices((0, 1, 2, 3, 4), (28, 24, 33, 12, 3))[0])
        ]
        agent = Agent(
            number=number,
            woman=woman,
            born=born,
            surname=places.surname(FIRST_AGENT + 2 * number).upper(),
            usage=usage.upper(),
            first_name=rng.choice(places.FIRST_NAMES),
            nir=self.nir(born, woman=woman),
            matricule=f"A{scrambled}",
            street=f"{20_001 + number} {rng.choice(places.STREETS)}",
            account=places.iban(30_000_000 + number),
            children=sorted(children),
            supplement=rng.random() < 0.6,
            transport=rng.random() < 0.13,
            tax=max(0, round(rng.gauss(320, 260))),
        )
        self.agents.append(agent)
        return agent

    def nir(self, born: int, *, woman: bool) -> str:
        """Thirteen characters of the NIR of nobody: sex and year of birth, month 20 and place 99999."""
        start = f"{2 if woman else 1}{date.fromordinal(born).year % 100:02d}20"
        while True:
            place, order = divmod(self._orders[start], 999)
            self._orders[start] += 1
            found = f"{start}{99_999 - place}{order + 1:03d}"
            if found not in self._taken:
                return found

    def contract(
        self, agent: Agent, employer: str, job: Job, start: int, end: int, motive: str, **more: object
    ) -> Contract:
        """A new contract of an agent."""
        number = f"C{agent.matricule[1:]}{len(agent.contracts) + 1:02d}"
        made = Contract(agent, employer, number, job, start, end, motive if end else "", **more)  # type: ignore[arg-type]
        agent.contracts.append(made)
        self.contracts.append(made)
        return made

    # Posts

    def posts(self, employer: str) -> Iterator[Post]:
        """The permanent posts of an employer, as many as the services can pay; what a service cannot spend, or spends
        too much, is passed on to the next one, so that a village has the right total.
        """
        budget = self.target(employer)
        weights = {code: one.euros[employer] for code, one in SERVICES.items() if employer in one.euros}
        whole = sum(weights.values())
        left = 0.0
        for code, weight in weights.items():
            left += budget * weight / whole - self.short_contracts_cost(employer, code)
            listed = JOBS[employer][code]
            opened: list[tuple[Job, int]] = []
            while True:
                job = max(
                    listed, key=lambda one: one.share * (len(opened) + 1) - 100 * sum(o[0] is one for o in opened)
                )
                week = self.week_of(job, sum(o[0] is job for o in opened))
                cost = self.cost_of_post(employer, job, week)
                if cost / 2 > left:
                    break
                left -= cost
                opened.append((job, week))
            sites = self.sites(code)
            for rank, (job, week) in enumerate(opened):
                kitchen = self.kitchen if "k" in job.flags else ""
                site = kitchen or f"{code}{rank % sites + 1:02d}"
                yield Post(employer, code, rank, job, week, site, self.opening(rank, len(opened)))

    def target(self, employer: str) -> float:
        """Cents a year for payslips in the last exercice: the cost of the staff without what no payslip says."""
        euros = STAFF_EUROS[employer] - INSURANCE_EUROS[employer]
        return 100 * self.town.inhabitants * euros / (1 + sum(SHARED_CHARGES.values())) / REAL_COST[employer]

    def short_contracts_cost(self, employer: str, service: str) -> float:
        """Cents a year of the short contracts of a service."""
        mine = [one for one in PROGRAMMES if (one.employer, one.service) == (employer, service)]
        return sum(100 * one.euros * self.number(one) for one in mine)

    def number(self, programme: Programme) -> int:
        """How many short contracts of a programme are signed each year."""
        return round(programme.count * self.town.inhabitants / 40_000)

    @staticmethod
    def week_of(job: Job, rank: int) -> int:
        """Weekly hours of the nth post of a job, so that each share is met as posts are opened."""
        place = (rank * 38 + 19) % 100
        for hours, part in job.hours:
            if place < part:
                return round(hours * 100)
            place -= part
        return round(job.hours[0][0] * 100)

    def cost_of_post(self, employer: str, job: Job, week: int) -> float:
        """What a post costs in a year: a contract in mid-career, statutory and not, by the share of each."""
        total = 0.0
        for on_contract, part in ((False, 1 - job.contracts), (True, job.contracts)):
            key = (job, week, on_contract)
            if key not in self._costs:
                self._costs[key] = self._cost_of(self.typical(employer, job, week, on_contract=on_contract))
            total += self._costs[key] * part
        return total

    def typical(self, employer: str, job: Job, week: int, *, on_contract: bool) -> Contract:
        """A contract of mid-career for a post, that nobody holds."""
        nobody = Agent(
            0, True, date(1980, 1, 1).toordinal(), "", "", "", "2802099999000", "A000000", "", "", [], False, False, 0
        )
        grades = FAMILIES[job.family]
        rank = min(len(grades) - 1, 0 if on_contract else 1)
        statutory = "T" if week >= CNRACL_SHARE * job.full_week * 100 else "N"
        step = Step(FIRST_DAY, 0, grades[rank], len(grades[rank].grid) // 2 - (1 if on_contract else 0))
        kind = "C" if on_contract else statutory
        nbi = 5 if "n" in job.flags and not on_contract else 0
        ifse, cia = bonuses(job, grades[rank], 0.5)
        return Contract(
            nobody, employer, "", job, FIRST_DAY, 0, "", [(FIRST_DAY, kind)], [(FIRST_DAY, job.service, "")], week,
            ifse, cia, nbi, [step],
        )  # fmt: skip

    @staticmethod
    def opening(rank: int, count: int) -> int:
        """Day on which the nth of `count` posts was opened: posts grow a little every year."""
        year = REFERENCE_YEAR
        while year >= FIRST_EXERCICE and rank < count * POST_GROWTH ** (year - 1 - REFERENCE_YEAR):
            year -= 1
        return date(year, (rank * 5) % 12 + 1, 1).toordinal() if year >= FIRST_EXERCICE else FIRST_DAY

    def occupy(self, post: Post) -> None:
        """Fill a post with one agent after another until the end of the window."""
        rng = random_source(self.seed, "post", post.employer, post.service, post.rank)
        day = post.opened
        first = day == FIRST_DAY
        while day <= LAST_DAY:
            woman = rng.random() < post.job.women
            on_contract = rng.random() < contract_chance(post.job.contracts, first=first)
            if first:
                years = min(62.0, max(21.0, rng.gauss(44, 10)))
                start = day - round(rng.uniform(0, min(20, years - 20.5)) * YEAR * (0.25 if on_contract else 1))
                start = first_of_month(start)
            else:
                years = min(57.0, max(19.5, rng.gauss(34 if on_contract else 37, 9)))
                start = day
            first = False
            agent = self.person(rng, day, years, woman=woman)
            end, motive = self.departure(rng, agent, day, on_contract=on_contract)
            self.engage(rng, agent, post, start, end, motive, on_contract=on_contract)
            if not end:
                return
            gap = rng.choices((0, 1, 2, 3, 5), (35, 25, 20, 12, 8))[0]
            day = next_first(end)
            for _ in range(gap):
                day = next_first(day)

    @staticmethod
    def departure(rng: Random, agent: Agent, day: int, *, on_contract: bool) -> tuple[int, str]:
        """Last day and motive of an agent who was there on a day; (0, "") when he outlives the window."""
        retirement = month_bounds(month_index(agent.born + round(rng.uniform(62.2, 65.2) * YEAR)))[1]
        leaves = day + round(rng.expovariate(0.16 if on_contract else 0.028) * YEAR) + 60
        if leaves >= retirement:
            leaves, motive = max(retirement, day + 60), RETIREMENT
        elif on_contract:
            motive = rng.choices((END_OF_CONTRACT, RESIGNATION, AGREED), (66, 30, 4))[0]
        else:
            motive = rng.choices((MUTATION, RESIGNATION, AGREED, DEATH), (72, 15, 8, 5))[0]
        if motive not in (RESIGNATION, DEATH):
            leaves = month_bounds(month_index(leaves))[1]
        return (leaves, motive) if leaves <= LAST_DAY else (0, "")

    def engage(
        self, rng: Random, agent: Agent, post: Post, start: int, end: int, motive: str, *, on_contract: bool
    ) -> None:
        """The contract of an agent on a post, with the second one of those who serve meals and then mind children."""
        short = post.week < CNRACL_SHARE * post.job.full_week * 100
        servant, trainee = ("N", "M") if short else ("T", "S")
        if on_contract:
            kinds = [(start, "C")]
            appointed = first_of_month(years_later(start, rng.uniform(2, 7)))
            if rng.random() < 0.3 and post.job.family != "ATT" and not (end and years_later(appointed, 1) >= end):
                kinds += [(appointed, trainee), (first_of_month(years_later(appointed, 1)), servant)]
        else:
            kinds = [(start, trainee), (years_later(start, 1) if rng.random() < 0.6 else start, servant)]
            if kinds[1][0] > start:
                kinds[1] = (first_of_month(kinds[1][0]), servant)
            kinds = kinds[1:] if kinds[1][0] <= start else kinds
        made = self.contract(
            agent, post.employer, post.job, start, end, motive,
            kinds=kinds, postings=[(start, post.service, post.site)], week=post.week,
        )  # fmt: skip
        if on_contract:
            made.planned_end = years_later(start, 3) if rng.random() < 0.7 else 0
        self.career(rng, made)
        self.moves(rng, made)
        self.part_time(rng, made)
        if "h" not in post.job.flags and post.service == "CANT" and post.week <= 2500 and rng.random() < 0.35:
            second = self.contract(
                agent, post.employer, post.job, start, end, motive,
                kinds=list(kinds), postings=[(start, "PERI", "PERI01")], week=rng.choice((700, 800, 1000)),
            )  # fmt: skip
            second.planned_end, second.steps, second.secondary = made.planned_end, made.steps, True
            made.part_time.clear()

    def career(self, rng: Random, made: Contract) -> None:
        """Grades and échelons of a contract paid on an index, and its bonuses."""
        grades = FAMILIES[made.job.family]
        kind = made.kind(made.start)
        experience = min(rng.uniform(0, 0.75) * max(0, age(made.agent, made.start) - 22), 25)
        since = made.start - round(experience * YEAR)
        since = since if rng.random() < 0.3 else first_of_month(since)
        rank = step = 0
        if "d" in made.job.flags and len(grades) > 1 and rng.random() < 0.5:
            rank = 1
        steps: list[Step] = []
        while since <= min(made.last, LAST_DAY):
            grade = grades[rank]
            late = (kind in STATUTORY and rng.random() < 0.3) or rng.random() < 0.1
            known = month_index(since) + (rng.randint(1, 4) if late else 0)
            if kind == "C":  # a recall of the general scheme stays within its year, so that its split has one rate
                known = min(known, month_index(since) // 12 * 12 + 11)
            if known > month_index(made.last) or since <= made.start:
                known = month_index(since)
            steps.append(Step(since, known, grade, step))
            if rank + 1 < len(grades) and step >= 4 and rng.random() < 0.16:
                index = grade.grid[step]
                rank += 1
                step = min(bisect_left(grades[rank].grid, index + 4), len(grades[rank].grid) - 1)
            elif step + 1 < len(grade.grid):
                step += 1
            else:
                break
            since = years_later(since, grade.years(step - 1) * (1.6 if kind == "C" else 1))
        past = [one for one in steps if one.since <= made.start]
        made.steps = [Step(made.start, 0, past[-1].grade, past[-1].rank), *steps[len(past) :]]
        made.ifse, made.cia = bonuses(made.job, made.steps[0].grade, rng.random())
        if "n" in made.job.flags and kind in STATUTORY and rng.random() < 0.45:
            made.nbi = rng.choice((10, 10, 15, 20, 25)) if "d" not in made.job.flags else 25

    def moves(self, rng: Random, made: Contract) -> None:
        """Moves within the town: to another site of the service, more rarely to another service."""
        _, service, site = made.postings[0]
        day = made.start + round(rng.expovariate(0.06) * YEAR) + 400
        while day < min(made.last - 90, LAST_DAY):
            moved = first_of_month(day)
            group = next((group for group in MOVES if service in group), ())
            if made.employer == "main" and group and made.job.family in ("TEC", "ADM") and rng.random() < 0.25:
                service = rng.choice([one for one in group if one != service])
                site = ""
            others = [f"{service}{rank + 1:02d}" for rank in range(self.sites(service))]
            if service == "CANT" and self.kitchen and made.job.family != "ADM":
                others.append(self.kitchen)
            others = [one for one in others if one != site]
            if others:
                site = rng.choice(others)
                made.postings.append((moved, service, site))
            day += round(rng.expovariate(0.06) * YEAR) + 400

    @staticmethod
    def part_time(rng: Random, made: Contract) -> None:
        """Spells of part-time of the permanent full-time posts, always from the first of a month."""
        if made.kind(made.start) not in "TSC" or made.week < made.full_week:
            return
        chance = 0.3 if made.agent.woman else 0.06
        day = made.start + round(rng.uniform(1, 8) * YEAR)
        while day < min(made.last - 200, LAST_DAY):
            if rng.random() < chance:
                percent = rng.choices((80, 90, 50, 60, 70), (58, 26, 8, 4, 4))[0]
                ended = first_of_month(years_later(day, rng.uniform(1, 6)))
                mode = rng.choice(("20", "20", "42"))
                made.part_time += [(first_of_month(day), percent, mode), (ended, 100, "")]
                day = ended
            day += round(rng.uniform(2, 8) * YEAR)

    # Short contracts, mandates

    def hire_each_year(self, programme: Programme) -> None:
        """The short contracts of a programme, year after year; many come back."""
        returning = {"H": 0.65, "Q": 0.35, "K": 0.4}.get(programme.kind, 0.0)
        motive = END_OF_APPRENTICESHIP if programme.kind == "A" else END_OF_CONTRACT
        reason = {"Q": "03", "H": "02", "E": "09", "A": "11"}.get(programme.kind, "")
        if programme.service == "ETAT":
            reason = "02"
        for slot in range(self.number(programme)):
            rng = random_source(self.seed, "programme", programme.employer, programme.service, programme.kind, slot)
            agent: Agent | None = None
            every = 2 if programme.kind == "A" else 1
            for year in range(FIRST_EXERCICE - 2 + slot % every, REFERENCE_YEAR + 1, every):
                start = date(year, *programme.first).toordinal()
                end = date(year + programme.years, *programme.last).toordinal()
                if programme.kind == "K":
                    start += rng.choice((0, 0, 14, 24))
                    end = start + 13
                if agent is None or rng.random() >= returning:
                    years = rng.uniform(17.5, 24) if programme.kind in "KAI" else rng.uniform(18, 50)
                    if programme.kind == "E":
                        years = rng.uniform(22, 58)
                    agent = self.person(rng, start, years, woman=rng.random() < programme.job.women)
                site = f"{programme.service}{slot % self.sites(programme.service) + 1:02d}"
                made = self.contract(
                    agent, programme.employer, programme.job, start, end, motive,
                    kinds=[(start, programme.kind)], postings=[(start, programme.service, site)], week=3500,
                    reason=reason, planned_end=end,
                )  # fmt: skip
                if programme.kind == "H":
                    made.amount = rng.randint(18, 62)
                elif programme.kind == "K":
                    made.amount = rng.randint(68, 88) * 100
                elif programme.kind == "E":
                    made.week = rng.choice((2000, 2600, 2600))
                elif programme.kind == "Q":
                    family = FAMILIES[programme.job.family][0]
                    made.steps = [Step(start, 0, family, rng.randint(0, 2))]
                    made.ifse, _ = bonuses(programme.job, family, 0.0)

    def sites(self, service: str) -> int:
        """Number of sites of a service that payroll tells apart."""
        whole = FUNCTIONS[SERVICES[service].function].sites
        return max(1, min(whole, self.town.scaled(whole)))

    def elect(self) -> None:
        """The council: a mayor, deputies and councillors with a delegation; it votes itself less than the maximum when
        the budget wants it.
        """
        seats = next(row for row in COUNCILS if self.town.inhabitants < row[0])
        _, mayor, deputy, council = seats
        deputies = int(council * 0.3)
        rates = [mayor, *[deputy] * deputies, *[min(6.0, deputy / 4)] * (council // 2)]
        whole = sum(rates) * 12 * LAST_INDEX * 4.92278 / 100
        scale = min(1.0, ELECTED_EUROS * self.town.inhabitants / whole)
        weights = [max(1, round(rate * scale * 100)) for rate in rates]
        for mandate, (begun, over) in enumerate(pairwise(ELECTIONS)):
            rng = random_source(self.seed, "council", mandate)
            for seat, weight in enumerate(weights):
                start, end = begun.toordinal(), over.toordinal() - 1
                agent = self.person(rng, start, rng.uniform(30, 66), woman=rng.random() < 0.49)
                made = self.contract(
                    agent, "main", ELECTED, start, end, END_OF_MANDATE,
                    kinds=[(start, "L")], postings=[(start, "CAB", "CAB01")], week=3500, amount=weight,
                )  # fmt: skip
                made.taxable = seat <= deputies // 6 and scale > 0.5

    # Absences

    def settle(self, agent: Agent, rank: int) -> None:
        """What is drawn once the contracts of an agent are known: a temporary number before the NIR, a corrected NIR,
        a contract that changes number.
        """
        rng = random_source(self.seed, "settle", rank)
        chance = rng.random()
        first = agent.contracts[0]
        if first.kind(first.start) in "LI" or first.last - first.start < 200:
            return
        if chance < 0.012:
            agent.ntt = f"{2 if agent.woman else 1}{self.siren(first.employer)}{agent.matricule}"
            agent.nir_since = first_of_month(first.start + rng.randint(40, 120))
        elif chance < 0.022:
            agent.former_nir = f"{8 if agent.woman else 7}{agent.nir[1:]}"
            agent.corrected_on = first_of_month(first.start + rng.randint(60, 200))
        elif chance < 0.028 and first.last - first.start > 900:
            day = first_of_month(first.start + rng.randint(200, 800))
            first.renumbered = (day, f"C{agent.matricule[1:]}00")

    def siren(self, employer: str) -> str:
        """SIREN of an employer."""
        return (self.town.siret if employer == "main" else self.town.ccas_siret)[:9]

    def replace_absent(self) -> None:
        """Absences of everybody, and the agents hired meanwhile in the services that cannot wait."""
        strikes = {year: strike_days(self.seed, year) for year in range(FIRST_EXERCICE - 1, REFERENCE_YEAR + 2)}
        for agent in list(self.agents):
            contract = agent.contracts[0]
            kind = contract.kind(contract.last)
            if kind in "LIKH":
                continue
            rng = random_source(self.seed, "absences", agent.number)
            for made in agent.contracts if kind not in PERMANENT else agent.contracts[:1]:
                long_leaves(rng, made)
                absences(rng, made)
                short_suspensions(rng, made, strikes)
            others = [made for made in agent.contracts[1:] if made.start == contract.start]
            for second in others:
                second.absences, second.suspensions = contract.absences, contract.suspensions
            if kind not in PERMANENT:
                continue
            for absence in contract.absences:
                service, site = contract.posting(absence.start)
                long_enough = absence.motive != THERAPEUTIC and absence.end - absence.start >= 45
                if long_enough and service in REPLACED_SERVICES and len(site) < 14 and rng.random() < 0.55:
                    self.replacement(rng, contract, service, site, absence)

    def replacement(self, rng: Random, absent: Contract, service: str, site: str, absence: Absence) -> None:
        """Somebody hired while an agent is away."""
        start = absence.start + rng.randint(3, 20)
        end = absence.end
        if start > LAST_DAY or end < FIRST_DAY:
            return
        agent = self.person(rng, start, rng.uniform(19, 52), woman=rng.random() < absent.job.women)
        made = self.contract(
            agent, absent.employer, absent.job, start, end if end <= LAST_DAY else 0, END_OF_CONTRACT,
            kinds=[(start, "R")], postings=[(start, service, site)], week=absent.week, reason="01", planned_end=end,
        )  # fmt: skip
        grade = FAMILIES[absent.job.family][0]
        made.steps = [Step(start, 0, grade, rng.randint(0, 3))]
        made.ifse, _ = bonuses(absent.job, grade, 0.0)


ELECTED = Job("CAB", 100, "Élu municipal", "ELU", 35.0, ((35.0, 100),), 0.49, 0, "")


def contract_chance(share: float, *, first: bool) -> float:
    """Chance that somebody hired has a contract, for such a share of the posts: contracts last less, so they are
    signed more often.
    """
    return share if first else 4 * share / (4 * share + (1 - share))


def bonuses(job: Job, grade: Grade, place: float) -> tuple[int, int]:
    """Monthly IFSE and yearly CIA at full time, in cents; place: from the least (0) to the most (1) of the grade."""
    low, high = {"C": (140, 330), "B": (290, 540), "A": (480, 980), "": (0, 0)}[grade.category]
    if "d" in job.flags:
        low, high = low * 1.4, high * 1.5
    ifse = round(low + (high - low) * place) * 100
    return ifse, round(180 + 900 * place * place) * 100


def strike_days(seed: int, year: int) -> list[int]:
    """Days of a year on which the unions call a strike: one to four working days."""
    rng = random_source(seed, "strikes", year)
    days = [date(year, rng.randint(1, 11), rng.randint(2, 27)).toordinal() for _ in range(rng.randint(1, 4))]
    return sorted({day - max(0, (day - 1) % 7 - 4) for day in days})


def absences(rng: Random, made: Contract) -> None:
    """Sick leaves and the like of a contract, none overlapping another, in the order of their starts."""
    last = min(made.last, LAST_DAY)
    permanent = made.kind(last) in PERMANENT
    found: list[Absence] = []

    def add(motive: str, start: int, days: int, half_after: int = 0) -> None:
        end = min(start + days - 1, last)
        if start <= made.start or start > last:
            return
        for one in found:
            if one.start - 2 <= end and start <= one.end + 2:
                return
        for _, first, final in made.suspensions:
            if first - 2 <= end and start <= final + 2:
                return
        half = start + half_after if half_after and start + half_after <= end else 0
        found.append(Absence(motive, start, end, half))

    if permanent:
        day = made.start + round(rng.expovariate(0.019) * YEAR)
        while day < last:
            if rng.random() < 0.86:
                add(LONG, day, rng.randint(240, 1080), 365)
            else:
                add(VERY_LONG, day, rng.randint(700, 1800), 3 * 365)
            if found and rng.random() < 0.5:
                add(THERAPEUTIC, found[-1].end + 3, rng.choice((90, 180, 180, 360)))
            day += 2000 + round(rng.expovariate(0.019) * YEAR)
    births = [day for day in made.agent.children if made.start < day < last]
    for birth in births:
        if made.agent.woman:
            add(MATERNITY, birth - 42, 112 if len(births) < 3 else 182)
        elif rng.random() < 0.85:
            add(PATERNITY, birth, 28 if birth > date(2021, 7, 1).toordinal() else 14)
    if permanent or made.kind(last) in "RQEA":
        day = made.start + round(rng.expovariate(0.065) * YEAR)
        while day < last:
            add(ACCIDENT, day, max(2, round(rng.lognormvariate(3.0, 1.1))))
            day += round(rng.expovariate(0.065) * YEAR) + 1
    often = rng.choice((0.35, 0.8, 1.2, 2.1))
    day = made.start + round(rng.expovariate(often) * YEAR)
    while day < last:
        days = max(1, min(330, round(rng.lognormvariate(1.95, 1.15))))
        recent = sum(
            min(one.end, day) - max(one.start, day - 365) + 1
            for one in found
            if one.motive == SICK and one.end >= day - 365 and one.start < day
        )
        add(SICK, day, days, max(1, 90 - recent))
        day += days + round(rng.expovariate(often) * YEAR) + 1
    made.absences = sorted(found, key=lambda one: one.start)


def free(made: Contract, start: int, end: int) -> bool:
    """True when a contract runs between two days, and neither an absence nor a suspension touches them."""
    away = [(one.start, one.end) for one in made.absences]
    away += [(first, final) for _, first, final in made.suspensions]
    return start > made.start and end < made.last and all(end < first - 1 or start > final + 1 for first, final in away)


def long_leaves(rng: Random, made: Contract) -> None:
    """Whole months without pay: parental leave, availability."""
    if made.kind(made.last) not in PERMANENT:
        return
    for birth in made.agent.children:
        start = next_first(birth + 75)
        end = first_of_month(start + rng.randint(190, 800)) - 1
        if made.agent.woman and rng.random() < 0.12 and free(made, start, end):
            made.suspensions.append((PARENTAL, start, end))
    if made.kind(made.start) in STATUTORY and rng.random() < 0.12:
        start = first_of_month(made.start + rng.randint(700, 4500))
        end = first_of_month(start + rng.randint(365, 1100)) - 1
        if free(made, start, end):
            made.suspensions.append((AVAILABILITY, start, end))


def short_suspensions(rng: Random, made: Contract, strikes: dict[int, list[int]]) -> None:
    """Days without pay: unpaid leave and strikes."""
    last = min(made.last, LAST_DAY)
    if made.kind(last) not in PERMANENT:
        return
    day = made.start + round(rng.expovariate(0.03) * YEAR) + 30
    while day < last:
        end = day + rng.randint(1, 24)
        if free(made, day, end):
            made.suspensions.append((UNPAID, day, end))
        day += round(rng.expovariate(0.03) * YEAR) + 30
    inclined = rng.random() < 0.22
    for days in strikes.values() if inclined else ():
        for day in days:
            if rng.random() < 0.5 and free(made, day, day):
                made.suspensions.append((STRIKE, day, day))
    made.suspensions.sort(key=lambda one: one[1])
