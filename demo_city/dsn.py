"""Writes monthly DSN and signals in the NEODeS format, as text ready to be encoded in Windows-1252.

One rubrique a line, `S21.G00.51.013,'1858.26'`, lines end in CRLF. Blocks follow one another in the order of the
norm's tree: what hangs under a contract (41, 45, 60, 62, 65) before the payments (50) of the individual. What is said
of a pay is written once and kept on it, with marks in place of the days of the month.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from demo_city import town as places
from demo_city.grades import gross_index, index_in
from demo_city.payslip import BASE_ITEMS, FUNDS, OUTSIDE_GROSS, URSSAF, Pay
from demo_city.pes import euros
from demo_city.rates import Scale, half_up, scale
from demo_city.staff import (
    ACCIDENT,
    ON_INDEX,
    STATUTORY,
    THERAPEUTIC,
    Absence,
    Agent,
    Contract,
    at,
    month_bounds,
    month_index,
)
from demo_city.town import Town

EOL = "\r\n"
# Windows-1252 is ISO-8859-1 but for a few signs (œ, ’, €): encoding only those apart is ten times faster.
WINDOWS = "windows-1252"
codecs.register_error(WINDOWS, lambda error: (error.object[error.start : error.end].encode("cp1252"), error.end))
# Places that a text kept on a pay leaves open, filled for a whole declaration at once.
FIRST, LAST, PAID = "\x01", "\x02", "\x03"
FIRST_PAYMENT = "S21.G00.50.003,'01'"
NATURES = {"R": "10", "Q": "10", "H": "10", "A": "02", "E": "02", "K": "60", "I": "29", "L": "81"}
SCHEMES = {"A": "81", "E": "41"}
STATUSES = {"T": "01", "N": "01", "S": "08", "M": "08", "C": "02", "R": "02", "Q": "02", "H": "02"}
UNEMPLOYMENT = {"C": "03", "R": "03", "Q": "03", "H": "03", "E": "03", "A": "05", "K": "03"}
PRIMES = {
    "ifse": "050",
    "cia": "051",
    "residence": "048",
    "sft": "049",
    "gipa": "047",
    "leave": "020",
    "contract_end": "011",
}
OCCUPATIONS = {"A": "333f", "B": "451f", "C": "525d", "": "525d"}
ACTIVITY_CODES = {"main": "8411Z", "kitchen": "5629B", "ccas": "8899B"}
# Addresses of the town are in streets where nobody lives, so that a leaked one is told from them.
TOWN_HALL = "Hôtel de ville, quai du Halage"
FULL_QUOTA = 15_167
# Contracts by the hour, by the day and mandates have no quota worth the name, as in real files.
FLAT_QUOTAS = {"H": "0.00", "L": "0.00", "K": "21.67"}
GRADELESS = {"A": "DZA1", "E": "DZE1", "H": "DZV1", "K": "DZC1", "I": "DZS1", "L": "DZL1"}
# What a contract may become, in the order of block 41: place in the state -> rubrique that gives the former value.
FORMER = {
    "nature": "004", "quota": "007", "mode": "008", "siret": "012", "site": "013", "number": "014", "net": "020",
    "rate": "032", "gross_index": "034", "index": "035", "regime": "053", "status": "060",
}  # fmt: skip


def line(rubrique: str, value: object) -> str:
    """One rubrique."""
    return f"{rubrique},'{value}'{EOL}"


def block(name: str, values: dict[str, object]) -> str:
    """The rubriques of a block that have a value, in order."""
    return "".join(
        f"S21.G00.{name}.{number},'{value}'{EOL}" for number, value in values.items() if value not in ("", None)
    )


@lru_cache(maxsize=65_536)
def written(day: int) -> str:
    """A day as JJMMAAAA."""
    return date.fromordinal(day).strftime("%d%m%Y") if day > 0 else ""


@dataclass(frozen=True, slots=True)
class State:
    """What a contract is at the end of a month; the fields that may change are declared in block 41 when they do.
    changed_on: since when the échelon is held, in the month when payroll learns it. share: full-time equivalent, as
    40.013 over 40.012 says it.
    """

    kind: str
    number: str
    nature: str
    status: str
    regime: str
    quota: str
    mode: str
    rate: str
    net: str
    gross_index: str
    index: str
    siret: str
    service: str
    site: str
    changed_on: int = field(default=0, compare=False)
    share: float = field(default=0.0, compare=False)


def number_on(made: Contract, day: int) -> str:
    """The number of a contract on a day: some are given another."""
    return made.renumbered[1] if made.renumbered and day < made.renumbered[0] else made.number


def nature_of(kind: str, made: Contract) -> str:
    """Nature of the contract (40.007)."""
    if kind in STATUTORY:
        return "50"
    return NATURES.get(kind) or ("10" if made.planned_end else "09")


@dataclass(frozen=True, slots=True)
class Employer:
    """An establishment that declares: its SIRET, whether it is the head office, and what its files call it."""

    key: str
    siret: str
    head: str
    name: str
    activity: str


def employers(town: Town, kitchen: str) -> dict[str, list[Employer]]:
    """Establishments of each employer, the head office first."""
    main = [Employer("main", town.siret, town.siret, "COMMUNE DE BEFFROI-SUR-LYS", ACTIVITY_CODES["main"])]
    if kitchen:
        main.append(Employer("kitchen", kitchen, town.siret, "CUISINE CENTRALE", ACTIVITY_CODES["kitchen"]))
    ccas = Employer("ccas", town.ccas_siret, town.ccas_siret, "CCAS DE BEFFROI-SUR-LYS", ACTIVITY_CODES["ccas"])
    return {"main": main, "ccas": [ccas]}


def state(made: Contract, month: int, head: str) -> State:
    """The contract at the end of a month, as payroll knows it then. head: SIRET of the employer's head office."""
    day = max(min(month_bounds(month)[1], made.last), made.start)
    kind = made.kind(day)
    rates = scale(month // 12, month % 12 + 1)
    service, site = made.posting(day)
    percent, mode = made.working(day)
    step = made.step(day, month) if kind in ON_INDEX else None
    index = max(index_in(month // 12, step.index), rates.lowest_index) if step else 0
    learnt = step.since if step and step.known == month and step is not made.steps[0] else 0
    number = number_on(made, day)
    key = (kind, number, site, service, percent, step, index, learnt, rates.norm)
    known = made.kept.get("state")
    if known and known[0] == key:
        return known[1]
    regime = "120" if kind in "TS" else "200"
    if (kind == "L" and not made.taxable) or kind == "I":
        regime = "999" if rates.norm < "P26" else "998" if kind == "L" else "997"
    found = State(
        kind=kind,
        number=number,
        nature=nature_of(kind, made),
        status=STATUSES.get(kind, "99"),
        regime=regime,
        quota=FLAT_QUOTAS.get(kind) or euros(quota_hours(made, percent)),
        mode=mode or ("20" if made.week < made.full_week else "99" if kind in "HKL" else "10"),
        rate=f"{percent}.00" if percent != 100 else "",
        net=step.grade.code if step else GRADELESS.get(kind, ""),
        gross_index=f"{gross_index(index):04d}" if index else "",
        index=f"{index:04d}" if index else "",
        siret=site if len(site) == 14 else head,
        service=service,
        site=site,
        changed_on=learnt,
        share=quota_share(made, kind, percent),
    )
    made.kept["state"] = (key, found)
    return found


def quota_hours(made: Contract, percent: int = 100) -> int:
    """Monthly hours of a contract in hundredths."""
    return half_up(FULL_QUOTA * made.week * percent, 350_000)


def quota_share(made: Contract, kind: str, percent: int) -> float:
    """Full-time equivalent of a contract: its quota over that of full time."""
    if kind in FLAT_QUOTAS:
        return float(kind == "K")
    return quota_hours(made, percent) / half_up(FULL_QUOTA * made.full_week, 3500)


def reference_quota(made: Contract, kind: str) -> str:
    """Quota of full time of the job (40.012)."""
    if kind == "L":
        return "0.00"
    return "21.67" if kind == "K" else euros(half_up(FULL_QUOTA * made.full_week, 3500))


def contract_text(made: Contract, now: State, rates: Scale, *, several: bool) -> str:
    """Block 40."""
    kind = now.kind
    general = kind not in "TSNML"
    short = made.week < made.full_week and kind in ON_INDEX
    step = made.steps[0] if made.steps else None
    return block("40", {
        "001": written(made.start),
        "002": "10" if kind not in "AE" else "06",
        "003": "99" if kind in "TS" else "98",
        "004": OCCUPATIONS[step.grade.category if step else ""],
        "005": now.net,
        "006": made.job.label,
        "007": now.nature,
        "008": SCHEMES.get(kind, "99"),
        "009": now.number,
        "010": written(made.planned_end) if kind not in STATUTORY and made.planned_end else "",
        "011": {"K": "12", "L": "99"}.get(kind, "10"),
        "012": reference_quota(made, kind),
        "013": now.quota,
        "014": now.mode,
        "016": "99",
        "018": "200",
        "019": now.site,
        "020": now.regime,
        "021": made.reason if now.nature in ("10", "02") else "",
        "024": "99",
        "026": now.status,
        "028": now.service,
        "029": UNEMPLOYMENT.get(kind, "01" if kind in STATUTORY else ""),
        "036": "02" if several else "01",
        "037": "03",
        "039": "200" if general else "999",
        "040": "751BA" if general else "",
        "043": euros(rates.accident) if general else "",
        "053": ("02" if short else "01") if kind in ON_INDEX else "",
        "054": euros(made.week) if short else "",
        "055": now.rate,
        "056": "01" if kind in "TS" else "",
        "057": now.gross_index,
        "058": now.index,
        "059": f"{made.nbi}.00" if made.nbi and kind in STATUTORY else "",
    })  # fmt: skip


def changes_text(made: Contract, before: State, now: State, month: int) -> str:
    """Blocks 41 (one changed attribute each, with its former value) and 45 of a month. before: the state of the month
    before.
    """
    first, last = month_bounds(month)
    moved = at(made.postings, last)[0]
    parts = []
    for name, rubrique in FORMER.items():
        former, current = getattr(before, name), getattr(now, name)
        if former == current or (name == "rate" and not former):
            continue
        day = (now.changed_on or first) if name in ("net", "gross_index", "index") else first
        day = moved if name in ("site", "siret") and moved >= first else day
        depth = written(day) if name == "index" and day < first else ""
        parts.append(block("41", {"001": written(day), rubrique: former} | ({"028": depth} if depth else {})))
        if name == "index" and depth:  # rubriques of a block go up: the depth stands before the former index
            parts[-1] = block("41", {"001": written(day), "028": depth, rubrique: former})
    if before.siret != now.siret:
        parts.append(block("45", {"001": before.siret, "002": before.number}))
    return "".join(parts)


def absence_text(absence: Absence, last: int) -> str:
    """Block 60 of a month that ends on a day, with block 66 when the absence is therapeutic part-time."""
    known = absence.end + 1 <= last
    planned = absence.end if absence.end <= last else min(absence.end, last + 12)
    text = block("60", {
        "001": absence.motive,
        "002": written(absence.start - 1),
        "003": written(planned),
        "010": written(absence.end + 1) if known else "",
        "011": "01" if known else "",
        "012": written(absence.start - 1) if absence.motive == ACCIDENT else "",
    })  # fmt: skip
    if absence.motive == THERAPEUTIC:
        text += block("66", {"001": written(absence.start), "002": written(planned)})
    return text


def suspensions_text(made: Contract, first: int, last: int) -> str:
    """Blocks 65 of a month."""
    return "".join(
        block("65", {
            "001": motive,
            "002": written(start),
            "003": written(end),
            "005": f"{sum(1 for day in range(start, end + 1) if (day - 1) % 7 < 5)}.00" if end - start < 60 else "",
        })
        for motive, start, end in made.suspensions
        if start <= last and end >= first
    )  # fmt: skip


def end_text(made: Contract, last: int) -> str:
    """Block 62 once the contract is over."""
    if not made.end or made.end > last:
        return ""
    return block("62", {"001": written(made.end), "002": made.motive, "006": written(made.end)})


def organisms(town: Town) -> dict[str, str]:
    """Identifier of each body that collects contributions, by the name of its fund; all of them are invented."""
    fund = places.siren("99979001")
    found = {name: places.siret(fund, rank) for rank, name in enumerate(("CNRACL", "RAFP", "IRCANTEC"), 1)}
    return {URSSAF: town.bodies["urssaf"].id_code or places.siret(places.siren("99979002")), **found}


def pay_text(pay: Pay, number: str, payees: dict[str, str], *, number_in_benefit: bool) -> str:
    """Blocks 50 to 81 of a pay, with marks for the days of the month. number: that of the contract."""
    if number in pay.texts:
        return pay.texts[number]
    net_social = pay.gross - pay.agent
    parts = [
        f"S21.G00.50.001,'{PAID}'\r\nS21.G00.50.002,'{euros(pay.taxable)}'\r\n{FIRST_PAYMENT}\r\n"
        f"S21.G00.50.004,'{euros(net_social - pay.withheld + pay.transport)}'\r\n"
        f"S21.G00.50.006,'{euros(pay.tax)}'\r\nS21.G00.50.007,'01'\r\n"
        f"S21.G00.50.009,'{euros(pay.withheld)}'\r\nS21.G00.50.013,'{euros(pay.taxable)}'\r\n"
    ]
    periods: dict[tuple[int, int], list] = {}
    for gain in pay.gains:
        if gain.item not in OUTSIDE_GROSS:
            periods.setdefault((gain.start, gain.end), []).append(gain)
    spans = {(one.start, one.end): one for one in pay.segments}
    for period in periods.keys() | spans.keys() if periods else [(0, 0)]:
        periods.setdefault(period, [])
    for (start, end), gains in sorted(periods.items()):
        begins, ends = (written(start), written(end)) if start else (FIRST, LAST)
        gross = euros(sum(gain.cents for gain in gains))
        base = sum(gain.cents for gain in gains if gain.item in BASE_ITEMS)
        head = f"S21.G00.51.001,'{begins}'\r\nS21.G00.51.002,'{ends}'\r\nS21.G00.51.010,'{number}'\r\nS21.G00.51.011,"
        parts.append(f"{head}'001'\r\nS21.G00.51.013,'{gross}'\r\n{head}'002'\r\nS21.G00.51.013,'{gross}'\r\n")
        span = spans.get((start, end))
        if span:
            unit = "S21.G00.53.003,'10'\r\n" if pay.kind == "K" else ""
            parts.append(f"S21.G00.53.001,'01'\r\nS21.G00.53.002,'{euros(span.worked)}'\r\n{unit}")
            if span.away:
                parts.append(f"S21.G00.53.001,'02'\r\nS21.G00.53.002,'{euros(span.away)}'\r\n{unit}")
        parts.append(f"{head}'003'\r\nS21.G00.51.013,'{gross}'\r\n{head}'010'\r\nS21.G00.51.013,'{euros(base)}'\r\n")
        for gain in gains:
            if gain.item == "overtime":
                parts.append(
                    f"{head}'017'\r\nS21.G00.51.012,'{euros(gain.hours)}'\r\nS21.G00.51.013,'{euros(gain.cents)}'\r\n"
                )
        if span and span.rate != 100:
            parts.append(f"{head}'021'\r\nS21.G00.51.013,'0.00'\r\nS21.G00.51.014,'{span.rate}.00'\r\n")
    for gain in pay.gains:
        if gain.item in PRIMES:
            dates = (
                f"S21.G00.52.003,'{written(gain.start)}'\r\nS21.G00.52.004,'{written(gain.end)}'\r\n"
                if gain.start
                else ""
            )
            parts.append(
                f"S21.G00.52.001,'{PRIMES[gain.item]}'\r\nS21.G00.52.002,'{euros(gain.cents)}'\r\n{dates}"
                f"S21.G00.52.006,'{number}'\r\n"
            )
    if pay.transport:
        owner = f"S21.G00.54.005,'{number}'\r\n" if number_in_benefit else ""
        parts.append(
            f"S21.G00.54.001,'18'\r\nS21.G00.54.002,'{euros(pay.transport)}'\r\nS21.G00.54.003,'{FIRST}'\r\n"
            f"S21.G00.54.004,'{LAST}'\r\n{owner}"
        )
    parts.append(
        f"S21.G00.58.001,'{FIRST}'\r\nS21.G00.58.002,'{LAST}'\r\nS21.G00.58.003,'03'\r\n"
        f"S21.G00.58.004,'{euros(net_social)}'\r\n"
    )
    for base in pay.bases:
        begins, ends = (written(base.start), written(base.end)) if base.start else (FIRST, LAST)
        parts.append(
            f"S21.G00.78.001,'{base.code}'\r\nS21.G00.78.002,'{begins}'\r\nS21.G00.78.003,'{ends}'\r\n"
            f"S21.G00.78.004,'{euros(base.cents)}'\r\nS21.G00.78.006,'{number}'\r\n"
        )
        if base.ceiling:
            parts.append(f"S21.G00.79.001,'07'\r\nS21.G00.79.004,'{euros(base.ceiling)}'\r\n")
        for code, cents in base.dues:
            payee = payees[FUNDS.get(code, URSSAF)]
            if code == "304" or code == "305":
                payee += f"'\r\nS21.G00.81.003,'{euros(base.bonus)}"
            parts.append(f"S21.G00.81.001,'{code}'\r\nS21.G00.81.002,'{payee}'\r\nS21.G00.81.004,'{euros(cents)}'\r\n")
            if code == "081":
                parts.append(f"S21.G00.81.005,'{places.INSEE}'\r\n")
    pay.texts[number] = "".join(parts)
    return pay.texts[number]


def individual_text(made: Contract, first: int, last: int) -> str:
    """Blocks 30 and 31 of a month: a temporary number until the NIR is known, a wrong NIR until it is corrected."""
    agent = made.agent
    changing = agent.ntt or agent.former_nir
    known = made.kept.get("individual")
    if known and not changing:
        return known[0]
    temporary = agent.ntt and last < agent.nir_since
    nir = "" if temporary else agent.former_nir if agent.former_nir and last < agent.corrected_on else agent.nir
    ntt = agent.ntt if temporary or (agent.ntt and first < agent.nir_since + 100) else ""
    parts = [f"S21.G00.30.001,'{nir}'\r\n" if nir else "", f"S21.G00.30.002,'{agent.surname}'\r\n"]
    if agent.usage:
        parts.append(f"S21.G00.30.003,'{agent.usage}'\r\n")
    parts.append(
        f"S21.G00.30.004,'{agent.first_name}'\r\nS21.G00.30.005,'{'02' if agent.woman else '01'}'\r\n"
        f"S21.G00.30.006,'{written(agent.born)}'\r\nS21.G00.30.007,'{places.NAME}'\r\n"
        f"S21.G00.30.008,'{agent.street}'\r\nS21.G00.30.009,'{places.POSTCODE}'\r\nS21.G00.30.010,'{places.NAME}'\r\n"
        f"S21.G00.30.014,'{places.INSEE[:2]}'\r\nS21.G00.30.015,'FR'\r\nS21.G00.30.019,'{agent.matricule}'\r\n"
    )
    if ntt:
        parts.append(f"S21.G00.30.020,'{ntt}'\r\n")
    if agent.former_nir and first <= agent.corrected_on <= last:
        parts.append(block("31", {"001": written(agent.corrected_on), "008": agent.former_nir}))
    text = "".join(parts)
    made.kept["individual"] = (text,)
    return text


@dataclass(slots=True, eq=False)
class Slip:
    """A contract in a month: its pay, its state, and blocks that are declared by mistake or to cancel one."""

    made: Contract
    pay: Pay
    now: State
    before: State | None = None
    extra_absence: str = ""
    extra_end: str = ""
    extra_suspension: str = ""


@dataclass(slots=True)
class Envelope:
    """What identifies a declaration: its month, nature, type and fraction, when it was built and what it replaces."""

    month: int
    built: int
    order: int = 1
    nature: str = "01"
    kind: str = "01"
    fraction: str = "11"
    test: bool = False
    replaces: str = ""

    @property
    def identity(self) -> str:
        """What a later declaration calls this one by."""
        return f"{written(self.built)}{self.order}"


@dataclass(slots=True)
class Month:
    """What an employer declares for a month: its slips, agent by agent, and the texts that come with them."""

    employer: str
    establishments: list[Employer]
    month: int
    slips: list[Slip]
    payees: dict[str, str]
    people: dict[str, list[list[Slip]]] = field(default_factory=dict)
    told: dict[int, tuple[list[Slip], str]] = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[int, int]:
        """First and last day."""
        return month_bounds(self.month)

    def rates(self) -> Scale:
        """The scale of the month."""
        return scale(self.month // 12, self.month % 12 + 1)

    def individuals(self, establishment: Employer) -> list[list[Slip]]:
        """Slips of an establishment by agent, in the order of the matricules."""
        if establishment.siret not in self.people:
            found: dict[Agent, list[Slip]] = {}
            for slip in self.slips:
                if slip.now.siret == establishment.siret:
                    found.setdefault(slip.made.agent, []).append(slip)
            ordered = sorted(found.values(), key=lambda slips: slips[0].made.agent.matricule)
            self.people[establishment.siret] = ordered
        return self.people[establishment.siret]

    def individual(self, slips: list[Slip]) -> str:
        """Everything under an individual, written once even when the month is sent several times."""
        if id(slips) not in self.told:  # the slips are kept with the text, so that their id stays theirs
            self.told[id(slips)] = (slips, self.repeated(slips) if len(slips) == 1 else self.written(slips))
        return self.told[id(slips)][1]

    def repeated(self, slips: list[Slip]) -> str:
        """An individual of one contract: as in the month before, but for his seniority, when nothing happens to him."""
        (slip,) = slips
        made, agent = slip.made, slip.made.agent
        _, last = self.bounds
        eventful = slip.extra_absence or slip.extra_end or slip.extra_suspension or agent.ntt or agent.former_nir
        if eventful or slip.before is not slip.now or self.month in made.busy or (made.end and made.end <= last):
            return self.written(slips)
        known = made.kept.get("told")
        if known and known[0] is slip.pay and known[1] is slip.now:
            return known[2] + self.seniority(slip)
        text = self.written(slips)
        made.kept["told"] = (slip.pay, slip.now, text[: -len(self.seniority(slip))])
        return text

    def seniority(self, slip: Slip) -> str:
        """Block 86 of a contract."""
        months = self.month - month_index(slip.made.start) + 1
        return (
            f"S21.G00.86.001,'07'\r\nS21.G00.86.002,'02'\r\nS21.G00.86.003,'{min(months, 999)}'\r\n"
            f"S21.G00.86.005,'{slip.now.number}'\r\n"
        )

    def written(self, slips: list[Slip]) -> str:
        """Everything under an individual, block by block."""
        first, last = self.bounds
        rates = self.rates()
        parts = [individual_text(slips[0].made, first, last)]
        several = len(slips) > 1
        for slip in slips:
            made, now = slip.made, slip.now
            known = made.kept.get("contract")
            if known and known[0] is now and known[1] == several:
                parts.append(known[2])
            else:
                parts.append(contract_text(made, now, rates, several=several))
                made.kept["contract"] = (now, several, parts[-1])
            if slip.before is not None and slip.before != now:
                parts.append(changes_text(made, slip.before, now, self.month))
            if self.month in made.busy:
                parts.extend(
                    [absence_text(one, last) for one in made.absences if one.start <= last and one.end >= first]
                )
            parts.append(slip.extra_absence)
            if made.end and made.end <= last:
                parts.append(end_text(made, last))
            parts.append(slip.extra_end)
            if self.month in made.busy:
                parts.append(suspensions_text(made, first, last))
            parts.append(slip.extra_suspension)
        for rank, slip in enumerate(slips, 1):
            text = pay_text(slip.pay, slip.now.number, self.payees, number_in_benefit=rates.norm >= "P25")
            parts.append(text if rank == 1 else text.replace(FIRST_PAYMENT, f"S21.G00.50.003,'{rank:02d}'"))
        parts.extend(self.seniority(slip) for slip in slips)
        return "".join(parts)

    def declaration(self, establishment: Employer, envelope: Envelope, individuals: list[list[Slip]]) -> list[str]:
        """From S20 to the workplaces: one declaration of one establishment, with marks for the days of the month."""
        first, last = self.bounds
        slips = [slip for listed in individuals for slip in listed]
        return [
            declaration_head(envelope, establishment, len(individuals)),
            *self.dues(slips, first, last),
            *[self.individual(listed) for listed in individuals],
            *[workplace(site) for site in sorted({slip.now.site for slip in slips})],
        ]

    def dues(self, slips: list[Slip], first: int, last: int) -> Iterator[str]:
        """Blocks 20 (payments, rounded to the euro for the funds), 22 and 23 (slip of the Urssaf)."""
        sums: Counter[str] = Counter()
        bases: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for slip in slips:
            statutory = slip.pay.kind in "TS"
            for fund, cents in slip.pay.by_fund.items():
                sums[fund] += cents
            sums[URSSAF] += slip.pay.cnfpt
            mine = bases[statutory]
            for code, cents, *_ in slip.pay.bases:
                mine[code] += cents
        span = {"006": written(first), "007": written(last), "010": "05"}
        for fund, organism in self.payees.items():
            cents = sums[fund]
            if cents:
                rounded = cents if fund == URSSAF else half_up(cents, 100) * 100
                yield block("20", {"001": organism, "005": euros(rounded), **span})
        withheld = sum(slip.pay.withheld for slip in slips)
        if withheld:
            yield block("20", {"001": "DGFIP", "005": euros(half_up(withheld, 100) * 100), **span})
        if sums[URSSAF]:
            yield block("22", {
                "001": self.payees[URSSAF], "003": written(first), "004": written(last), "005": euros(sums[URSSAF]),
            })  # fmt: skip
            for ctp, qualifier, base, statutory in (
                ("882", "920", "03", True), ("100", "920", "03", False), ("100", "921", "02", False),
                ("236", "920", "03", True), ("423", "920", "07", False),
            ):  # fmt: skip
                cents = bases[statutory][base]
                if cents:
                    yield block("23", {"001": ctp, "002": qualifier, "004": euros(half_up(cents, 100) * 100)})
            mobility = bases[True]["57"] + bases[False]["57"]
            if mobility:
                yield block("23", {
                    "001": "900", "002": "920", "003": euros(self.rates().mobility),
                    "004": euros(half_up(mobility, 100) * 100), "006": places.INSEE,
                })  # fmt: skip

    def envoi(self, declarations: list[list[str]], envelope: Envelope) -> bytes:
        """A whole envoi as bytes: head, declarations, and the count of its rubriques."""
        first, last = self.bounds
        content = envoi(self.rates().norm, declarations, test=envelope.test)
        for mark, day in ((FIRST, first), (LAST, last), (PAID, pay_day(self.month))):
            content = content.replace(mark.encode(), written(day).encode())
        return content


def pay_day(month: int) -> int:
    """Day on which salaries are paid: the last working day up to the 26th."""
    first, _ = month_bounds(month)
    day = first + 25
    return day - max(0, (day - 1) % 7 - 4)


def declaration_head(envelope: Envelope, establishment: Employer, count: int) -> str:
    """S20 and the employer."""
    norm = scale(envelope.month // 12, envelope.month % 12 + 1).norm
    monthly = envelope.nature == "01"
    first, _ = month_bounds(envelope.month)
    rows = [
        ("S20.G00.05.001", envelope.nature),
        ("S20.G00.05.002", envelope.kind),
        ("S20.G00.05.003", envelope.fraction),
        ("S20.G00.05.004", envelope.order),
        ("S20.G00.05.005", written(first) if monthly else ""),
        ("S20.G00.05.006", envelope.replaces),
        ("S20.G00.05.007", written(envelope.built)),
        ("S20.G00.05.008", "01" if monthly else ""),
        ("S20.G00.05.010", "01"),
        ("S20.G00.07.001", "SERVICE PAIE"),
        ("S20.G00.07.002", "0300000000"),
        ("S20.G00.07.003", "paie@beffroi-sur-lys.invalid"),
        ("S20.G00.07.004", "04"),
        ("S21.G00.06.001", establishment.head[:9]),
        ("S21.G00.06.002", establishment.head[9:]),
        ("S21.G00.06.003", "8899B" if establishment.key == "ccas" else "8411Z"),
        ("S21.G00.06.004", TOWN_HALL),
        ("S21.G00.06.005", places.POSTCODE),
        ("S21.G00.06.006", places.NAME),
        ("S21.G00.11.001", establishment.siret[9:]),
        ("S21.G00.11.002", establishment.activity),
        ("S21.G00.11.003", TOWN_HALL if establishment.key != "kitchen" else "3 chemin de l'Écluse"),
        ("S21.G00.11.004", places.POSTCODE),
        ("S21.G00.11.005", places.NAME),
        ("S21.G00.11.008", count if monthly and norm < "P26" else ""),
        ("S21.G00.11.017", "02"),
    ]
    return "".join(line(rubrique, value) for rubrique, value in rows if value != "")


def workplace(site: str) -> str:
    """Block 85 of a site: its code, or the SIRET of the central kitchen."""
    rank = int(site[-2:]) if len(site) < 14 else 3
    return block("85", {
        "001": site,
        "002": "5629B" if len(site) == 14 else "8411Z",
        "003": f"{rank} chemin de l'Écluse",
        "004": places.POSTCODE,
        "005": places.NAME,
        "010": "02",
        "011": places.INSEE,
    })  # fmt: skip


def encoded(text: str) -> bytes:
    """Text in Windows-1252."""
    return text.encode("iso-8859-1", WINDOWS)


def envoi(norm: str, declarations: list[list[str]], *, test: bool = False) -> bytes:
    """An envoi from S10 to S90; the count takes in both lines of S90."""
    head = "".join(
        line(rubrique, value)
        for rubrique, value in (
            ("S10.G00.00.001", "PAIE DEMO"),
            ("S10.G00.00.002", "BEFFROI"),
            ("S10.G00.00.003", "1.0"),
            ("S10.G00.00.005", "01" if test else "02"),
            ("S10.G00.00.006", norm),
            ("S10.G00.00.007", "01"),
            ("S10.G00.00.008", "01"),
            ("S10.G00.01.001", "999990006"),
            ("S10.G00.01.002", "00013"),
            ("S10.G00.01.003", "CENTRE DE GESTION DE DÉMONSTRATION"),
            ("S10.G00.01.004", "2 quai du Halage"),
            ("S10.G00.01.005", places.POSTCODE),
            ("S10.G00.01.006", places.NAME),
            ("S10.G00.02.001", "02"),
            ("S10.G00.02.002", "SERVICE PAIE"),
            ("S10.G00.02.004", "paie@beffroi-sur-lys.invalid"),
            ("S10.G00.02.005", "0300000000"),
        )
    )
    # Encoded piece by piece: one sign out of ISO-8859-1 would make the text of a whole month twice as wide.
    body = b"".join([encoded(head), *[encoded(part) for parts in declarations for part in parts]])
    count = body.count(b"\n") + 2
    return b"".join((body, encoded(line("S90.G00.90.001", count)), encoded(line("S90.G00.90.002", len(declarations)))))


def wrapped(accepted: bytes, refused: bytes, day: int) -> bytes:
    """A file as the delivery platform hands it back: groups of envois accepted and refused, two of them empty."""
    head = {"001": "V01R02", "002": "760001", "003": "01", "004": written(day), "005": "201648", "006": 2}
    parts = [encoded("".join(line(f"S05.G51.00.{number}", value) for number, value in head.items()))]
    for group, envois in (("DSNOK", [accepted]), ("FP-KO", []), ("CT-KO", [refused]), ("AUTRE", [])):
        parts.append(encoded(line("S06.G51.00.001", group)))
        parts.extend(envois)
        parts.append(encoded(line("S96.G51.00.001", "FINSL") + line("S96.G51.00.002", len(envois))))
    parts.append(encoded(line("S95.G51.00.001", "760001") + line("S95.G51.00.002", 2)))
    return b"".join(parts)


def with_platform_lines(content: bytes) -> bytes:
    """An envoi with the rubriques that the platform adds, counted in S90."""
    added = encoded(line("S10.G00.95.001", "BEFFROI") + line("S10.G00.95.006", "Upload"))
    head, separator, rest = content.partition(b"S20.G00.05.001,")
    body, mark, counts = rest.rpartition(b"S90.G00.90.001,'")
    count, _, tail = counts.partition(b"'")
    return b"".join((head, added, separator, body, mark, str(int(count) + 2).encode(), b"'", tail))
