"""The payroll of the town, month after month: payslips, the mandats that book them, DSN and XHL files, and the truth.

Payslips are computed once; files and mandats only read them. Memory holds one month of one employer at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from demo_city import dsn, xhl
from demo_city.dsn import Envelope, Month, Slip
from demo_city.grades import GRADES, net_table
from demo_city.ledger import PayrollYear
from demo_city.payroll_truth import PayrollTruth
from demo_city.payslip import (
    Gain,
    Pay,
    Recall,
    index_pay,
    nothing,
    pay_of,
    recall,
    step_recalls,
    with_recalls,
)
from demo_city.profile import REFERENCE_YEAR
from demo_city.rates import Scale, half_up, scale
from demo_city.staff import (
    LONG,
    ON_INDEX,
    PERMANENT,
    STATUTORY,
    STRIKE,
    VERY_LONG,
    Contract,
    Staff,
    month_bounds,
    month_index,
)
from demo_city.town import Budget, Town, random_source
from demo_city.workforce import SERVICES

# Re-sent months, fractions and the like come every third year, counted back from the last one.
MISHAP_EVERY = 3
REPLACED, FRACTIONED, WRAPPED, TWICE, TESTED, EXPORTED_AGAIN = 3, 6, 9, 10, 1, 4
FIVE_YEARS = 60


@dataclass(slots=True)
class Events:
    """What happens in a year to the pay of some contracts, drawn before the months are computed."""

    overtime: dict[tuple[Contract, int], int] = field(default_factory=dict)
    recalls: dict[tuple[Contract, int], list[tuple[str, int]]] = field(default_factory=dict)
    absence: dict[tuple[Contract, int], str] = field(default_factory=dict)
    end: dict[tuple[Contract, int], str] = field(default_factory=dict)
    suspension: dict[tuple[Contract, int], str] = field(default_factory=dict)


def year_cost(made: Contract) -> int:
    """Cents that a contract of mid-career costs in the last exercice, absences and part-time apart."""
    month = REFERENCE_YEAR * 12 + 4
    pay = pay_of(made, month)
    return 12 * sum(pay.accounts.values()) + half_up(made.cia * made.week, made.full_week)


class Payroll:
    """The payroll of one writing of the town."""

    def __init__(self, town: Town, exercices: list[int], landing: Path) -> None:
        """Draw the staff and prepare the folders."""
        self.town = town
        self.exercices = exercices
        self.staff = Staff(town, year_cost)
        self.establishments = dsn.employers(town, self.staff.kitchen)
        self.payees = dsn.organisms(town)
        self.states: dict[str, dict[Contract, dsn.State]] = {}
        self.dsn = landing / "payroll_dsn"
        self.xhl = landing / "payroll_xhl"
        reference = landing / "reference"
        for folder in (self.dsn, self.xhl, reference):
            folder.mkdir(parents=True, exist_ok=True)
        (reference / "nomenclature_emplois_territoriaux.csv").write_text(net_table(), encoding="utf-8", newline="\n")
        self.truth = PayrollTruth(town)
        self.truth.files["reference_net"] += 1

    def year(self, budget: Budget, exercice: int) -> PayrollYear:
        """Compute and write a year of an employer; return what its ledger books."""
        employer = budget.key
        first, last = date(exercice, 1, 1).toordinal(), date(exercice, 12, 31).toordinal()
        # A recall may come two months after the end of a contract.
        listed = [one for one in self.staff.contracts if one.employer == employer and one.active(first - 62, last)]
        events = self.events(employer, exercice, [one for one in listed if one.active(first, last)])
        year = PayrollYear()
        for one in listed:
            one.prepare(exercice)
        sums: Counter[tuple[object, str]] = Counter()
        late: list[tuple[str, bytes]] = []
        for month in range(exercice * 12, exercice * 12 + 12):
            slips = list(self.slips(employer, listed, events, month))
            if not slips and not listed:
                year.months.append(Counter())
                continue
            declared = Month(employer, self.establishments[employer], month, slips, self.payees)
            for name, content in late:
                self.save(name, content)
            late = self.declare(declared)
            if exercice == self.exercices[-1] and slips:
                self.export(budget, declared, sums)
            booked = booked_by(slips)
            year.months.append(booked)
            self.truth.month(budget, exercice, month, slips, booked)
        for name, content in late:
            self.save(name, content)
        self.truth.year(budget, exercice, listed, slips)
        year.posts = posts(slips, last)
        for one in listed:
            one.release()
        return year

    # Payslips

    def slips(self, employer: str, listed: list[Contract], events: Events, month: int) -> Iterator[Slip]:
        """Payslips of a month: contracts that run, and those of the past to which something is still owed."""
        first, last = month_bounds(month)
        head = self.establishments[employer][0].siret
        rates = scale(month // 12, month % 12 + 1)
        known, self.states[employer] = self.states.get(employer, {}), {}
        for made in listed:
            key = (made, month)
            if made.active(first, last):
                pay = pay_of(made, month, events.overtime.get(key, 0))
                recalls = []
                if month in made.learns and pay.gross > 0:
                    recalls = step_recalls(made, month)
                if key in events.recalls and pay.gross > 0:
                    recalls += self.drawn_recalls(made, month, events.recalls[key])
                if recalls:
                    pay = with_recalls(pay, recalls, rates)
                    self.truth.recalls(employer, month, recalls)
            elif key in events.recalls:
                recalls = self.drawn_recalls(made, month, events.recalls[key])
                pay = with_recalls(nothing(made.kind(made.last)), recalls, rates)
                self.truth.recalls(employer, month, recalls)
            else:
                continue
            before = known.get(made)
            now = dsn.state(made, month, head) if before is None or month in made.turns else before
            self.states[employer][made] = now
            if before is None and made.start < first:
                before = dsn.state(made, month - 1, head)
            if made.last < first:
                before = None
            yield Slip(
                made, pay, now, before, events.absence.get(key, ""), events.end.get(key, ""),
                events.suspension.get(key, ""),
            )  # fmt: skip

    @staticmethod
    def drawn_recalls(made: Contract, month: int, drawn: list[tuple[str, int]]) -> list[Recall]:
        """Recalls of the kinds that `events` drew for a contract and month."""
        found: list[Recall] = []
        for kind, amount in drawn:
            if kind == "overpaid":
                found.append(recall(made, kind, month - 1, [("ifse", -amount)]))
            elif kind == "leaver":
                found.append(recall(made, kind, month_index(made.last), [("ifse", amount)]))
            elif kind == "cancel_redo":
                before = sum(gain.cents for gain in pay_of(made, month - 1).gains if gain.item == "base")
                found.append(recall(made, kind, month - 1, [("base", -before)]))
                found.append(recall(made, kind, month - 1, [("base", before + amount)]))
            elif kind == "five_years":
                for about in range(month - FIVE_YEARS, month - FIVE_YEARS + 12):
                    rates = scale(about // 12, about % 12 + 1)
                    found.append(recall(made, kind, about, [("base", index_pay(amount, rates))]))
        return found

    def events(self, employer: str, exercice: int, listed: list[Contract]) -> Events:
        """Overtime, recalls, and declarations made by mistake then cancelled."""
        rng = random_source(self.town.seed, "pay events", employer, exercice)
        events = Events()
        january = exercice * 12
        for made in listed:
            if "o" in made.job.flags and made.kinds[-1][1] in "TSNMC":
                for month in range(january, january + 12):
                    if rng.random() < 0.16:
                        events.overtime[made, month] = rng.randint(4, 44) * 50
        first, last = month_bounds(january)[0], month_bounds(january + 11)[1]
        gone = [
            one
            for one in listed
            if one.end and one.kinds[-1][1] in "TC" and 0 <= month_index(one.last) + 2 - january < 12
        ]
        for made in rng.sample(gone, k=-(-len(gone) // 4)):
            due = month_index(made.last) + 2
            events.recalls.setdefault((made, due), []).append(("leaver", rng.randint(80, 300) * 100))
        calm = [one for one in listed if is_calm(one, first, last)]
        for made in rng.sample(calm, k=min(len(calm), self.town.scaled(14))):
            amount = min(rng.randint(30, 90) * 100, made.ifse // 4)
            events.recalls.setdefault((made, january + rng.randint(1, 11)), []).append(("overpaid", amount))
        steady = [
            one
            for one in calm
            if one.kind(first) == "T" and not one.part_time and is_calm(one, first, last, strictly=True)
        ]
        veterans = [one for one in steady if one.start < first - 6 * 366]
        veteran = rng.choice(veterans) if veterans else None
        if veteran:
            events.recalls.setdefault((veteran, january + 10), []).append(("five_years", rng.randint(12, 18)))
        others = [one for one in steady if one is not veteran]
        for rank, made in enumerate(rng.sample(others, k=min(len(others), self.town.scaled(4) + 3))):
            self.mistake(rng, events, made, january + rng.randint(1, 9), rank)
        return events

    @staticmethod
    def mistake(rng: Random, events: Events, made: Contract, month: int, rank: int) -> None:
        """Something declared in a month and taken back in the next: an absence, a resignation, a spell without pay (one
        of each), then pay that is cancelled and redone.
        """
        begun, ended = month_bounds(month)
        if rank == 0:
            stop = {"002": dsn.written(begun + 9), "003": dsn.written(begun + 19)}
            events.absence[made, month] = dsn.block("60", {"001": "01", **stop})
            events.absence[made, month + 1] = dsn.block("60", {"001": "99", **stop})
        elif rank == 1:
            leaving = dsn.written(month_bounds(month + 1)[1])
            events.end[made, month] = dsn.block("62", {"001": leaving, "002": "059", "003": dsn.written(begun + 3)})
            events.end[made, month + 1] = dsn.block("62", {"001": leaving, "002": "099"})
        elif rank == 2:
            away = {"002": dsn.written(ended - 3), "003": dsn.written(ended)}
            events.suspension[made, month] = dsn.block("65", {"001": "501", **away})
            events.suspension[made, month + 1] = dsn.block("65", {"001": "998", **away})
        else:
            events.recalls.setdefault((made, month + 1), []).append(("cancel_redo", rng.randint(6, 40) * 100))

    # Files

    def save(self, name: str, content: bytes) -> None:
        """Write a DSN file."""
        (self.dsn / name).write_bytes(content)
        self.truth.files["payroll_dsn"] += 1

    def declare(self, declared: Month) -> list[tuple[str, bytes]]:
        """Write what an employer declares for a month; return the files that come with those of the next month."""
        first, _ = declared.bounds
        head = declared.establishments[0]
        number = declared.month % 12 + 1
        planned = declared.employer == "main" and (REFERENCE_YEAR - declared.month // 12) % MISHAP_EVERY == 0
        stem = f"DSN_{head.siret[:9]}_{date.fromordinal(first):%Y%m}"
        usual = Envelope(declared.month, first + 26)
        late: list[tuple[str, bytes]] = []
        self.signals(declared)
        if planned and number == TESTED:
            trial = self.envoi(declared, replace(usual, built=first + 20, test=True), only=5, wrong=True)
            self.save(f"ESSAI_{stem}.dsn", trial)
            self.truth.mishap("test", f"ESSAI_{stem}.dsn", declared)
        if planned and number == REPLACED:
            wrong = replace(usual, built=first + 24)
            right = replace(usual, order=2, kind="03", replaces=wrong.identity)
            self.save(f"{stem}_1.dsn", self.envoi(declared, wrong, wrong=True))
            self.save(f"{stem}_2.dsn", self.envoi(declared, right))
            self.truth.mishap("replaced", f"{stem}_1.dsn", declared, by=f"{stem}_2.dsn")
        elif planned and number == FRACTIONED:
            after = replace(usual, built=first + 38, fraction="22")
            self.save(f"{stem}_fraction1.dsn", self.envoi(declared, replace(usual, fraction="12"), part=0))
            late = [(f"{stem}_fraction2.dsn", self.envoi(declared, after, part=1))]
            self.truth.mishap("late_fraction", f"{stem}_fraction2.dsn", declared)
        elif planned and number == WRAPPED:
            refused = self.envoi(declared, replace(usual, built=first + 25), only=3, wrong=True)
            accepted = dsn.with_platform_lines(self.envoi(declared, usual))
            self.save(f"{stem}.dsn", dsn.wrapped(accepted, refused, usual.built))
            self.truth.mishap("wrapped", f"{stem}.dsn", declared)
        elif planned and number == TWICE:
            self.save(f"{stem}_1.dsn", self.envoi(declared, usual))
            self.save(f"{stem}_2.dsn", self.envoi(declared, replace(usual, built=first + 28, order=2)))
            self.truth.mishap("sent_twice", f"{stem}_2.dsn", declared, by=f"{stem}_1.dsn")
        else:
            self.save(f"{stem}.dsn", self.envoi(declared, usual))
        return late

    @staticmethod
    def envoi(
        declared: Month, envelope: Envelope, *, part: int | None = None, only: int | None = None, wrong: bool = False
    ) -> bytes:
        """An envoi with a declaration for each establishment. part: the half of the head office's individuals that a
        fraction holds, the other establishments coming with the first. only: no more than so many individuals. wrong:
        some of the amounts are.
        """
        texts = []
        for rank, establishment in enumerate(declared.establishments):
            people = declared.individuals(establishment)
            mine = envelope
            if part is not None:
                if rank and part:
                    continue
                half = (len(people) + 1) // 2
                people = people if rank else people[part * half : (part + 1) * half]
                mine = replace(envelope, fraction="11") if rank else envelope
            if only is not None:
                if rank:
                    continue
                people = people[:only]
            if wrong:
                people = [
                    mistaken(slips, declared.rates()) if place % 9 == 0 else slips for place, slips in enumerate(people)
                ]
            if not people:
                mine = replace(mine, kind={"01": "02", "03": "05"}[mine.kind])
            texts.append(declared.declaration(establishment, mine, people))
        return declared.envoi(texts, envelope)

    def signals(self, declared: Month) -> None:
        """Signals of the month, one of each kind at most: a sick leave (04) and the end of a contract (07)."""
        first, last = declared.bounds
        rates = declared.rates()
        for nature, kind in (("04", "ARRET"), ("07", "FIN")):
            for slip in declared.slips:
                made = slip.made
                begun = next((one for one in made.absences if first <= one.start <= last and one.motive == "01"), None)
                ended = made.end and first <= made.end <= last
                if slip.now.kind in "LI" or (nature == "04" and not begun) or (nature == "07" and not ended):
                    continue
                establishment = next(one for one in declared.establishments if one.siret == slip.now.siret)
                day = begun.start + 2 if nature == "04" and begun else made.end + 1
                body = dsn.absence_text(begun, last) if nature == "04" and begun else dsn.end_text(made, last)
                envelope = Envelope(declared.month, day, nature=nature)
                text = dsn.declaration_head(envelope, establishment, 1)
                text += dsn.individual_text(made, first, last)
                contract = dsn.contract_text(made, slip.now, rates, several=False)
                name = f"SIGNALEMENT_{kind}_{establishment.siret[:9]}_{date.fromordinal(day):%Y%m%d}.dsn"
                self.save(name, dsn.envoi(rates.norm, [[text, contract, body]]))
                self.truth.mishap("signal", name, declared)
                break

    def export(self, budget: Budget, declared: Month, sums: Counter[tuple[object, str]]) -> None:
        """Write the état de paye of a month, one of them twice. A month without a payslip has none."""
        if not declared.slips:
            return
        number = declared.month % 12 + 1
        name = f"{budget.siret}-{declared.month // 12}-ETAT_PAYE-{number:02d}.xhl"
        before = Counter(sums)
        content = xhl.document(budget, declared.establishments, declared.month, declared.slips, sums)
        (self.xhl / name).write_bytes(content)
        self.truth.files["payroll_xhl"] += 1
        self.truth.exported(declared.slips)
        if number == EXPORTED_AGAIN and budget.key == "main":
            again = name.replace(".xhl", "-02.xhl")
            content = xhl.document(budget, declared.establishments, declared.month, declared.slips, before, again=True)
            (self.xhl / again).write_bytes(content)
            self.truth.files["payroll_xhl"] += 1
            self.truth.mishap("exported_again", again, declared, by=name)


def booked_by(slips: list[Slip]) -> Counter[tuple[str, str]]:
    """What payslips book, by function and account."""
    functions: dict[str, dict[str, int]] = {}
    for slip in slips:
        accounts = functions.setdefault(SERVICES[slip.now.service].booked, {})
        for account, cents in slip.pay.accounts.items():
            accounts[account] = accounts.get(account, 0) + cents
    return Counter(
        {(function, account): cents for function, accounts in functions.items() for account, cents in accounts.items()}
    )


def is_calm(made: Contract, first: int, last: int, *, strictly: bool = False) -> bool:
    """True for a contract that runs all the year under one status, paid at full rate but for strikes and short leaves.
    strictly: without any absence.
    """
    since = first - 62
    absences = [one for one in made.absences if one.start <= last and one.end >= since]
    return (
        made.start < since
        and made.last > last
        and made.kind(first) == made.kind(last)
        and made.kind(first) in "TC"
        and not any(strictly or one.half_from or one.motive in (LONG, VERY_LONG) for one in absences)
        and not any(start <= last and end >= since and motive != STRIKE for motive, start, end in made.suspensions)
    )


def mistaken(slips: list[Slip], rates: Scale) -> list[Slip]:
    """The slips of an individual with a bonus of 1,000 euros that nobody granted."""
    first, *others = slips
    pay = first.pay
    wrong = Pay(pay.kind, [*pay.gains, Gain("ifse", 100_000)], pay.bases, pay.segments, pay.cnfpt, pay.cdg, pay.tax)
    return [replace(first, pay=wrong.close(rates)), *others]


BRANCHES = {
    "Administrative": "ADM", "Technique": "TECH", "Médico-sociale": "MS", "Animation": "ANIM", "Culturelle": "CULT",
    "Sportive": "SP", "Police municipale": "POL",
}  # fmt: skip


def posts(slips: list[Slip], day: int) -> Counter[tuple[str, str, str, str, bool, bool]]:
    """Hundredths of posts filled on a day, by (I statutory or N, grade, category, branch, permanent, full-time)."""
    found: Counter[tuple[str, str, str, str, bool, bool]] = Counter()
    for slip in slips:
        made, kind = slip.made, slip.now.kind
        grade = GRADES[slip.now.net]
        if kind in ON_INDEX and made.active(day, day) and grade.category:
            key = (
                "I" if kind in STATUTORY else "N", grade.label, grade.category, BRANCHES[grade.branch],
                kind in PERMANENT, made.week == made.full_week,
            )  # fmt: skip
            found[key] += half_up(100 * made.week * made.working(day)[0], made.full_week * 100)
    return found
