"""What a contract is paid in a month, and what it costs: gains, contributions and accounts, in integer cents.

A `Pay` knows nothing of files: the DSN (dsn.py), the XHL (xhl.py) and the mandats (ledger.py) only read it, so the
three agree to the cent by construction. Consecutive months that nothing distinguishes share one `Pay`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from demo_city.grades import index_in
from demo_city.rates import Scale, half_up, scale
from demo_city.staff import (
    LAST_INDEX,
    LONG,
    ON_INDEX,
    SICK,
    STATUTORY,
    VERY_LONG,
    Contract,
    age,
    month_bounds,
    month_index,
)

FULL_MONTH_HOURS = 15_167
THIRTIETHS = 300
PAID_SHARE = {80: (6, 7), 90: (32, 35)}
BOTH = ("060", "061", "076")
URSSAF = "URSSAF"
FUNDS = {
    "300": "CNRACL", "301": "CNRACL", "304": "CNRACL", "305": "CNRACL", "322": "CNRACL", "311": "RAFP", "312": "RAFP",
    "060": "IRCANTEC", "061": "IRCANTEC",
}  # fmt: skip
AGENT = ("300", "304", "311", "072", "079", "114")
# Groups of kinds that share accounts and pay items.
GROUPS = {"T": "F", "S": "F", "N": "F", "M": "F", "C": "C", "R": "C", "Q": "C", "H": "C", "K": "C", "I": "C"} | {
    "A": "A", "E": "E", "L": "L",
}  # fmt: skip
BASE_ITEMS = ("base", "absence")
OUTSIDE_GROSS = ("transport",)
ACCOUNTS = {
    "F": {"base": "64111", "absence": "64111", "nbi": "64113", "residence": "64112", "sft": "64112", "": "64118"},
    "C": {"base": "64131", "absence": "64131", "residence": "64132", "sft": "64132", "": "64138"},
    "A": {"": "6417"},
    "E": {"": "64168"},
    "L": {"": "65311"},
}
CHARGE_ACCOUNTS = {
    "301": "6453", "305": "6453", "312": "6453", "322": "6453", "060": "6453", "061": "6453", "075": "6451",
    "074": "6451", "076": "6451", "045": "6451", "003": "6451", "006": "6451", "068": "6338", "049": "6332",
    "081": "6331", "040": "6454", "cnfpt": "6336", "cdg": "6336",
}  # fmt: skip
TRANSPORT_ACCOUNT = "6478"
GAIN_ACCOUNTS = {kind: (ACCOUNTS[group], ACCOUNTS[group][""]) for kind, group in GROUPS.items()}
ELECTED_CHARGE_ACCOUNTS = {code: "65313" if account == "6453" else "65314" for code, account in CHARGE_ACCOUNTS.items()}
# Hours of an hourly agent by month of the school year, against his usual month.
SCHOOL_HOURS = (1.0, 0.7, 1.0, 0.7, 0.9, 1.0, 0.2, 0.0, 1.0, 0.85, 0.95, 0.8)
APPRENTICE_PERCENT = ((18, 27, 39), (21, 43, 51), (26, 53, 61), (99, 100, 100))
TRANSPORT_PASS = 3_580
THREE_QUARTERS_SINCE = 2023 * 12 + 8
WAITING_DAY_SINCE = date(2018, 1, 1).toordinal()
NINETY_PERCENT_SINCE = date(2025, 3, 1).toordinal()
HOME_HELP_EXEMPT = (60, 100)


class Gain(NamedTuple):
    """One line of pay. start and end are 0 when it is about the month of the payslip itself."""

    item: str
    cents: int
    start: int = 0
    end: int = 0
    hours: int = 0


class Base(NamedTuple):
    """A base of contributions and what is due on it, agents' and employer's shares of 060, 061 and 076 together."""

    code: str
    cents: int
    dues: tuple[tuple[str, int], ...]
    start: int = 0
    end: int = 0
    ceiling: int = 0
    bonus: int = 0


class Segment(NamedTuple):
    """An elementary period of pay within a month: its days, its rate of pay, hours worked and not in hundredths."""

    start: int
    end: int
    rate: int
    worked: int
    away: int


@dataclass(slots=True, eq=False)
class Pay:
    """What a contract is paid in a month. `texts` keeps what the files say of it, written once."""

    kind: str
    gains: list[Gain]
    bases: list[Base]
    segments: list[Segment]
    cnfpt: int
    cdg: int
    tax: int
    gross: int = 0
    transport: int = 0
    agent: int = 0
    employer: int = 0
    taxable: int = 0
    withheld: int = 0
    accounts: dict[str, int] = field(default_factory=dict)
    shares: list[tuple[str, int, int, int]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    by_fund: dict[str, int] = field(default_factory=dict)

    def close(self, rates: Scale) -> Pay:
        """Work out totals and accounts. rates: those of the month of the payslip. Shares are (contribution, employer's,
        agent's, rank of the base).
        """
        accounts = self.accounts
        of_gains, others = GAIN_ACCOUNTS[self.kind]
        of_charges = ELECTED_CHARGE_ACCOUNTS if self.kind == "L" else CHARGE_ACCOUNTS
        for item, cents, *_ in self.gains:
            if item == "transport":
                self.transport += cents
                account = TRANSPORT_ACCOUNT
            else:
                self.gross += cents
                account = of_gains.get(item, others)
            accounts[account] = accounts.get(account, 0) + cents
        untaxed = employed = paid = 0
        funds = self.by_fund
        for rank, base in enumerate(self.bases):
            for code, cents in base.dues:
                if code in AGENT:
                    employer, agent = 0, cents
                    if code == "079":  # the CRDS and 2.4 points of CSG are paid on income that is taxed
                        untaxed += cents
                    elif code == "072":
                        untaxed += half_up(cents * 24, 92)
                elif code in BOTH:
                    employer = employer_share(code, base.code, cents, scale_on(base.start) if base.start else rates)
                    agent = cents - employer
                else:
                    employer, agent = cents, 0
                paid += agent
                fund = FUNDS.get(code, URSSAF)
                funds[fund] = funds.get(fund, 0) + cents
                self.shares.append((code, employer, agent, rank))
                if employer:
                    employed += employer
                    account = of_charges[code]
                    accounts[account] = accounts.get(account, 0) + employer
        if self.cnfpt or self.cdg:
            accounts["6336"] = accounts.get("6336", 0) + self.cnfpt + self.cdg
        self.agent, self.employer = paid, employed
        self.taxable = self.gross - paid + untaxed
        self.withheld = half_up(max(0, self.taxable) * self.tax, 10_000)
        return self


def scale_on(day: int) -> Scale:
    """The scale of the month of a day."""
    year, zero = divmod(month_index(day), 12)
    return scale(year, zero + 1)


def employer_share(code: str, base: str, cents: int, rates: Scale) -> int:
    """The employer's share of a contribution declared as one amount, at the rates of the month that it is about."""
    if code == "076":
        employer, agent = rates.old_age_capped if base == "02" else rates.old_age
    else:
        employer, agent = rates.ircantec_a if code == "060" else rates.ircantec_b
    return half_up(cents * employer, employer + agent)


def due(base: int, rate: int) -> int:
    """A contribution: base in cents, rate in hundredths of a percent; rounded half away from zero."""
    return (2 * base * rate + 10_000) // 20_000 if base >= 0 else -((10_000 - 2 * base * rate) // 20_000)


class Subject(NamedTuple):
    """What contributions are computed on: pay on the index, NBI, bonuses, and the ceiling of the contract."""

    pay: int
    nbi: int = 0
    bonus: int = 0
    ceiling: int = 0
    home_help: bool = False
    taxable: bool = True

    @property
    def gross(self) -> int:
        """Everything."""
        return self.pay + self.nbi + self.bonus


def contributions(kind: str, rates: Scale, on: Subject, start: int = 0, end: int = 0) -> list[Base]:
    """Bases and contributions of an amount of pay, by the scheme of the kind of contract. A recall (start given) is
    uncapped.
    """
    gross = on.pay + on.nbi + on.bonus
    capped = gross if start else min(gross, on.ceiling)
    if kind in "TS":
        subject = on.pay + on.nbi
        pension = due(on.pay, rates.pension)
        exempt = -half_up(pension * HOME_HELP_EXEMPT[0], HOME_HELP_EXEMPT[1]) if on.home_help else 0
        additional = on.bonus if start else min(on.bonus, subject // 5)
        more = due(additional, rates.rafp)
        listed = [
            ("03", subject, [
                ("075", due(subject, rates.sickness_cnracl)), ("074", due(subject, rates.family)),
                ("068", due(subject, rates.solidarity)), ("049", due(subject, rates.housing)),
            ]),
            ("57", subject, [("081", due(subject, rates.mobility))]),
            ("48", on.pay, [
                ("300", due(on.pay, rates.pension_agent)), ("301", pension),
                ("304", due(on.nbi, rates.pension_agent)), ("305", due(on.nbi, rates.pension)), ("322", exempt),
            ]),
            ("49", additional, [("311", more), ("312", more)]),
        ]  # fmt: skip
    elif kind == "I":
        return []
    else:
        listed = general_scheme(kind, rates, gross, capped, taxable=on.taxable)
    if kind not in "AK" and gross:
        social = half_up(gross * 9825, 10_000)
        listed.append(("04", social, [("072", due(social, rates.csg)), ("079", due(social, rates.crds))]))
    made = []
    for code, cents, dues in listed:
        kept = tuple([one for one in dues if one[1]])
        if cents or kept:
            ceiling = on.ceiling if code == "02" and not start else 0
            made.append(Base(code, cents, kept, start, end, ceiling, on.nbi if code == "48" else 0))
    return made


def general_scheme(
    kind: str, rates: Scale, gross: int, capped: int, *, taxable: bool
) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Bases of those who are in the general scheme and the IRCANTEC: contract staff, civil servants on short posts,
    elected members, and the flat base of animators by the day.
    """
    old_age = ("02", capped, [("076", due(capped, sum(rates.old_age_capped)))])
    uncapped = ("076", due(gross, sum(rates.old_age)))
    sickness, family = due(gross, rates.sickness), due(gross, rates.family)
    charges = [
        ("075", sickness), ("074", family), ("068", due(gross, rates.solidarity)), ("049", due(gross, rates.housing)),
    ]  # fmt: skip
    accident = ("045", due(gross, rates.accident))
    if kind == "K":
        return [old_age, ("03", gross, [uncapped]), ("11", gross, [*charges, accident])]
    complementary = [("060", due(capped, sum(rates.ircantec_a))), ("061", due(gross - capped, sum(rates.ircantec_b)))]
    if kind == "L" and not taxable:
        return [("28", gross, complementary)]
    dues = [charges[0], uncapped, *charges[1:]]
    if kind not in "NM":
        dues.append(accident)
    if kind in "AE":
        dues.append(("003" if kind == "A" else "006", -sickness - family))
    listed = [old_age, ("03", gross, dues), ("57", gross, [("081", due(gross, rates.mobility))])]
    if kind not in "NML":
        listed.append(("07", gross, [("040", due(gross, rates.unemployment))]))
    return [*listed, ("28", gross, complementary)]


def position(day: int, length: int) -> int:
    """Thirtieths of the month that are over at the end of a day."""
    return 30 if day >= length else min(day, 30)


def index_pay(index: int, rates: Scale, numerator: int = 1, denominator: int = 1) -> int:
    """A month of pay on an index."""
    return half_up(index * rates.point * numerator, 1_200 * denominator)


def family_supplement(children: int, pay: int, rates: Scale, year: int) -> int:
    """SFT of a month for full or part-time pay, between the least and the most of the scale."""
    if children == 0:
        return 0
    low, high = (index_pay(index_in(year, index), rates) for index in (454, 722))
    pay = min(max(pay, low), high)
    if children == 1:
        return 229
    fixed, percent = (1_067, 3) if children == 2 else (1_524 + 457 * (children - 3), 8 + 6 * (children - 3))
    return fixed + half_up(pay * percent, 100)


def transport(made: Contract, month: int) -> int:
    """The employer's share of a public transport pass."""
    if not made.agent.transport or made.secondary or made.kind(made.start) in "LIKQ":
        return 0
    return half_up(TRANSPORT_PASS * (3 if month >= THREE_QUARTERS_SINCE else 2), 4)


def unpaid_days(made: Contract, first: int, last: int) -> int:
    """Days of a month without any pay: suspensions of every kind."""
    if not made.suspensions:
        return 0
    return sum(
        min(end, last) - max(start, first) + 1 for _, start, end in made.suspensions if start <= last and end >= first
    )


def pay_of(made: Contract, month: int, overtime: int = 0) -> Pay:
    """The pay of a contract in a month (12 × year + month − 1), recalls left out. overtime in hundredths of an hour."""
    before = made.kept.get("month")
    if before and before[0] == month - 1 and not overtime and repeats(made, month):
        made.kept["month"] = (month, before[1])
        return before[1]
    first, last = month_bounds(month)
    year, zero = divmod(month, 12)
    rates = scale(year, zero + 1)
    start, end = max(made.start, first), min(made.last, last)
    kind = made.kind(start)
    if kind not in ON_INDEX:
        return off_index(made, month, kind, rates, start, end)
    step = made.step(end, month)
    percent, _ = made.working(start)
    numerator, denominator = PAID_SHARE.get(percent, (percent, 100))
    numerator, denominator = numerator * made.week, denominator * made.full_week
    children = sum(1 for born in made.agent.children if born <= first < born + 20 * 365) if made.agent.supplement else 0
    children = 0 if made.secondary else children
    whole = start == first and end == last
    yearly = zero == 10 and (made.cia or year <= 2023)
    disturbed = month in made.busy
    plain = whole and not overtime and not yearly and step is made.step(start, month)
    segments, deducted = cut(made, month, start, end) if disturbed or not plain else ([(start, end, 100)], 0)
    plain = plain and not deducted and len(segments) == 1
    nbi = made.nbi if kind in STATUTORY else 0
    index = max(index_in(year, step.index), rates.lowest_index)  # type: ignore[union-attr]
    pass_ = transport(made, month)
    if plain:
        rate = segments[0][2]
        bonus_share = bonus_rate(made, start, rate) if disturbed else rate
        key = (kind, rates, index, numerator, denominator, nbi, children, pass_, rate, bonus_share)
        known = made.kept.get("pay")
        if known and known[0] == key:
            made.kept["month"] = (month, known[1])
            return known[1]
    else:
        key = None
    length = last - first + 1
    quota = half_up(FULL_MONTH_HOURS * made.week * percent, made.full_week * 100)
    gains: list[Gain] = []
    parts: list[Segment] = []
    base = paid_nbi = paid_bonus = away = 0
    full = index_pay(index, rates, numerator, denominator)
    for begun, ended, rate in segments:
        days = position(ended - first + 1, length) - position(begun - first, length)
        held = made.step(begun, month)
        held_index = max(index_in(year, held.index), rates.lowest_index)  # type: ignore[union-attr]
        cents = half_up(held_index * rates.point * numerator * days * rate, 1_200 * denominator * 30 * 100)
        paid_nbi += half_up(nbi * rates.point * numerator * days * rate, 1_200 * denominator * 30 * 100)
        paid_bonus += half_up(made.ifse * numerator * days * bonus_rate(made, begun, rate), denominator * 30 * 100)
        base += cents
        single = len(segments) == 1 and whole
        gains.append(Gain("base", cents, 0 if single else begun, 0 if single else ended))
        hours = half_up(quota * days, 30)
        parts.append(Segment(0 if single else begun, 0 if single else ended, rate, half_up(hours * rate, 100), 0))
    last_period = (gains[-1].start, gains[-1].end)
    if deducted:
        lost = half_up(base * min(deducted, THIRTIETHS), THIRTIETHS)
        gains.append(Gain("absence", -lost, *last_period))
        base -= lost
        paid_nbi -= half_up(paid_nbi * min(deducted, THIRTIETHS), THIRTIETHS)
        paid_bonus -= half_up(paid_bonus * min(deducted, THIRTIETHS), THIRTIETHS)
        away = min(half_up(quota * deducted, THIRTIETHS), parts[-1].worked)
        parts[-1] = Segment(parts[-1].start, parts[-1].end, parts[-1].rate, parts[-1].worked - away, away)
    residence = half_up(base + paid_nbi, 100)
    supplement = family_supplement(children, base, rates, year) if base else 0
    extras = [("nbi", paid_nbi), ("residence", residence), ("sft", supplement), ("ifse", paid_bonus)]
    hourly = half_up(index_pay(index, rates) * 12, 1820)
    extra_pay = half_up(hourly * overtime * 125, 10_000)
    extras.append(("overtime", extra_pay))
    if yearly and kind not in "RQ" and made.start < first - 180:
        extras.append(("cia", half_up(made.cia * numerator, denominator) if base else 0))
        gipa = kind == "T" and year <= 2023 and step.since < first - 4 * 365 and made.agent.number % 3 == 0  # type: ignore[union-attr]
        extras.append(("gipa", (60 + made.agent.number % 340) * 100 if gipa else 0))
    if kind in "RQ" and made.end == end and base:
        due_days = min(180, made.end - made.start + 1)
        leave = half_up(full * due_days, 300)
        extras.append(("leave", leave))
        extras.append(("contract_end", half_up((full + made.ifse) * due_days, 300) if kind == "R" else 0))
    for item, cents in extras:
        if cents:
            hours = overtime if item == "overtime" else 0
            gains.append(Gain(item, cents, *last_period, hours))
    if pass_ and base:
        gains.append(Gain("transport", pass_))
    bonus = sum(cents for item, cents in extras if item != "nbi")
    ceiling = half_up(rates.ceiling * made.week * percent * position(end - first + 1, length), made.full_week * 3000)
    home_help = "h" in made.job.flags
    on = Subject(base, paid_nbi, bonus, max(ceiling, 1), home_help)
    subject = base + paid_nbi if kind in "TS" else on.gross
    pay = Pay(
        kind, gains, contributions(kind, rates, on), parts, due(subject, rates.cnfpt), due(subject, rates.cdg),
        made.agent.tax,
    ).close(rates)  # fmt: skip
    if plain:
        made.kept["pay"] = (key, pay)
        made.kept["month"] = (month, pay)
    return pay


def repeats(made: Contract, month: int) -> bool:
    """True when a contract on an index is paid in a month as in the one before, for nothing has changed."""
    return month % 12 != 10 and month not in made.busy and month not in made.turns and not new_scale(month)


@lru_cache(maxsize=512)
def new_scale(month: int) -> bool:
    """True for a month in which some rate, value or threshold is not that of the month before."""
    now, before = (scale(one // 12, one % 12 + 1) for one in (month, month - 1))
    return now != before or now.lowest_index != before.lowest_index or month in (THREE_QUARTERS_SINCE, month // 12 * 12)


def bonus_rate(made: Contract, day: int, rate: int) -> int:
    """Bonuses follow the pay in ordinary sickness; long leaves have none."""
    away = next((one.motive for one in made.absences if one.start <= day <= one.end), "")
    return 0 if away in (LONG, VERY_LONG) else rate


def cut(made: Contract, month: int, start: int, end: int) -> tuple[list[tuple[int, int, int]], int]:
    """Elementary periods (first day, last day, rate of pay in percent) of a month, and tenths of days without pay:
    unpaid days, strikes, the waiting day of a sick leave, a tenth of each sick day since March 2025.
    """
    marks = {start}
    marks |= {step.since for step in made.steps if start < step.since <= end and step.known <= month}
    lost = 10 * unpaid_days(made, start, end)
    if any(first <= start and final >= end for _, first, final in made.suspensions):
        lost = THIRTIETHS
    for absence in made.absences:
        if absence.start > end or absence.end < start:
            continue
        marks |= {day for day in (absence.half_from, absence.end + 1) if absence.half_from and start < day <= end}
        if absence.motive in (LONG, VERY_LONG):
            marks |= {day for day in (absence.start, absence.end + 1) if start < day <= end}
        if absence.motive == SICK:
            if absence.start >= max(start, WAITING_DAY_SINCE) and absence.end > absence.start:
                lost += 10
            full_until = (absence.half_from or absence.end + 1) - 1
            days = min(end, full_until) - max(start, absence.start + 1, NINETY_PERCENT_SINCE) + 1
            lost += max(0, days)
    ordered = sorted(marks)
    segments = []
    for begun, following in zip(ordered, [*ordered[1:], end + 1], strict=True):
        half = any(one.half_from and one.half_from <= begun <= one.end for one in made.absences)
        segments.append((begun, following - 1, 50 if half else 100))
    return segments, min(lost, THIRTIETHS)


def weekdays(start: int, end: int) -> int:
    """Working days between two days, from Monday to Friday."""
    return sum(1 for day in range(start, end + 1) if (day - 1) % 7 < 5)


def off_index(made: Contract, month: int, kind: str, rates: Scale, start: int, end: int) -> Pay:
    """The pay of contracts without index: hours, apprentices, aided jobs, animators by the day, interns, elected."""
    first, last = month_bounds(month)
    zero = month % 12
    length = last - first + 1
    days = position(end - first + 1, length) - position(start - first, length)
    hours = 0
    if kind == "H":
        hours = round(made.amount * 100 * SCHOOL_HOURS[zero]) + (made.agent.number * 7 + month * 13) % 400
        cents = half_up(hours * rates.smic * 118, 10_000)
    elif kind == "A":
        later = start - made.start >= 365
        years = age(made.agent, start)
        percent = next(row[2 if later else 1] for row in APPRENTICE_PERCENT if years < row[0])
        hours = half_up(FULL_MONTH_HOURS * days, 30)
        cents = half_up(hours * rates.smic * percent, 10_000)
    elif kind == "E":
        hours = half_up(FULL_MONTH_HOURS * made.week * days, 3500 * 30)
        cents = half_up(hours * rates.smic, 100)
    elif kind == "K":
        worked = weekdays(start, end)
        hours, cents = worked * 1_000, worked * made.amount
    elif kind == "I":
        worked = weekdays(start, end)
        hours, cents = worked * 700, worked * 7 * half_up(rates.ceiling * 15, 100 * 152)
    else:
        year = month // 12
        cents = half_up(index_pay(index_in(year, LAST_INDEX), rates) * made.amount * days, 10_000 * 30)
    lost = [one for one in made.absences if one.start <= end and one.end >= start and one.motive == SICK]
    if lost and kind in "AE":
        cents -= half_up(cents * sum(1 for one in lost if one.start >= start), 30)
    pass_ = transport(made, month)
    ceiling = rates.ceiling if kind == "L" else max(1, half_up(rates.ceiling * min(days, 30), 30))
    key = (kind, rates, cents, hours, pass_, ceiling)
    known = made.kept.get("pay")
    if known and known[0] == key:
        return known[1]
    gains = [Gain("base", cents)]
    if pass_:
        gains.append(Gain("transport", pass_))
    bases = contributions(kind, rates, Subject(cents, ceiling=ceiling, taxable=made.taxable))
    trained = kind in "HK"
    pay = Pay(
        kind, gains, bases, [Segment(0, 0, 100, hours, 0)] if hours else [],
        due(cents, rates.cnfpt) if trained else 0, due(cents, rates.cdg) if trained else 0, made.agent.tax,
    ).close(rates)  # fmt: skip
    made.kept["pay"] = (key, pay)
    return pay


@dataclass(slots=True)
class Recall:
    """Pay about an earlier month: kind of recall, month that it is about, gains and bases that it adds."""

    kind: str
    month: int
    gains: list[Gain]
    bases: list[Base]
    subject: int


def recall(made: Contract, kind: str, about: int, amounts: list[tuple[str, int]]) -> Recall:
    """A recall of amounts (item, cents) about a month, with its contributions at the rates of that month."""
    first, last = month_bounds(about)
    rates = scale(about // 12, about % 12 + 1)
    scheme = made.kind(max(first, made.start))
    start, end = max(first, made.start), min(last, made.last)
    gains, bases, subject = [], [], 0
    for item, cents in amounts:
        gains.append(Gain(item, cents, start, end))
        pay = cents if item in BASE_ITEMS else 0
        on = Subject(pay, 0, cents - pay, home_help="h" in made.job.flags)
        bases += contributions(scheme, rates, on, start, end)
        subject += pay if scheme in "TS" else cents
    return Recall(kind, about, gains, bases, subject)


def step_recalls(made: Contract, month: int) -> list[Recall]:
    """Recalls of a month for échelons that payroll learns late: the difference for each month since they were due."""
    found = []
    for rank, step in enumerate(made.steps):
        if step.known != month or not rank:
            continue
        for about in range(month_index(step.since), month):
            first, last = month_bounds(about)
            start, end = max(first, step.since), min(last, made.last)
            rates = scale(about // 12, about % 12 + 1)
            percent, _ = made.working(first)
            numerator, denominator = PAID_SHARE.get(percent, (percent, 100))
            indexes = [
                max(index_in(about // 12, one.index), rates.lowest_index) for one in (made.steps[rank - 1], step)
            ]
            days = position(end - first + 1, last - first + 1) - position(start - first, last - first + 1)
            cents = half_up(
                (indexes[1] - indexes[0]) * rates.point * numerator * made.week * days,
                1_200 * denominator * made.full_week * 30,
            )
            if cents > 0 and not unpaid_days(made, first, last):
                found.append(recall(made, "late_step", about, [("base", cents)]))
    return found


def with_recalls(pay: Pay, recalls: list[Recall], rates: Scale) -> Pay:
    """The same pay with recalls added: a payslip of its own."""
    subject = sum(one.subject for one in recalls)
    return Pay(
        pay.kind,
        pay.gains + [gain for one in recalls for gain in one.gains],
        pay.bases + [base for one in recalls for base in one.bases],
        pay.segments,
        pay.cnfpt + due(subject, rates.cnfpt),
        pay.cdg + due(subject, rates.cdg),
        pay.tax,
    ).close(rates)


def nothing(kind: str) -> Pay:
    """The pay of somebody who has left, before what is still owed to him."""
    return Pay(kind, [], [], [], 0, 0, 0)
