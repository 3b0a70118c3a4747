"""Writes the exports of the town to a landing folder, exercice after exercice, so that memory holds one year at a
time.
"""

import gc
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from demo_city import ledger, pes, totem
from demo_city.activity import Activity
from demo_city.budget import BudgetYear, Opening, build, first_opening
from demo_city.cost_destinations import Lines, known
from demo_city.costing import Costs
from demo_city.debt import Loan, loans
from demo_city.ledger import Book, Carried, PayrollYear
from demo_city.payroll import Payroll
from demo_city.profile import REFERENCE_YEAR
from demo_city.sending import FILES_APART_FROM, Bordereau, Sending, file_counts, sendings
from demo_city.totem import ACCOUNT, AMENDING, PRIMITIVE, Context, Document
from demo_city.town import Town
from demo_city.truth import Truth

TRUTH_FILE = "demo_truth.json"
STAFFED = ("main", "ccas")


def write(
    landing: Path,
    inhabitants: int = 40_000,
    years: int = 3,
    seed: int = 2026,
    on_progress: Callable[[str], None] | None = None,
) -> Path:
    """Writes the exports of the last `years` complete exercices (ending in 2025) and returns the path of the truth
    file.

    PES files go to landing/finance_pes, budget documents to landing/budget_totem, DSN and états de paye to
    landing/payroll_dsn and landing/payroll_xhl, the NET table to landing/reference, the truth beside the landing folder
    as demo_truth.json. Same arguments: same bytes. `on_progress` is called with a short French sentence after each
    exercice of each budget. Raises ValueError when inhabitants < 100 or years is not between 1 and 20.
    """
    if not 1 <= years <= 20:
        raise ValueError("years must be between 1 and 20")
    exercices = list(range(REFERENCE_YEAR - years + 1, REFERENCE_YEAR + 1))
    collecting = gc.isenabled()
    gc.disable()  # what is drawn makes next to no cycle: looking for them took a tenth of the time
    try:
        return Exports(Town(inhabitants, seed), exercices, landing, on_progress or (lambda _: None)).write()
    finally:
        if collecting:
            gc.enable()


class Exports:
    """One writing of the town: what is carried from an exercice to the next, and the names already given to files."""

    def __init__(self, town: Town, exercices: list[int], landing: Path, on_progress: Callable[[str], None]) -> None:
        """Prepare the folders."""
        self.town = town
        self.exercices = exercices
        self.on_progress = on_progress
        self.pes = landing / "finance_pes"
        self.totem = landing / "budget_totem"
        self.pes.mkdir(parents=True, exist_ok=True)
        self.totem.mkdir(parents=True, exist_ok=True)
        self.truth_path = landing.parent / TRUTH_FILE
        self.names: Counter[str] = Counter()
        self.payroll = Payroll(town, exercices, landing)
        self.truth = Truth(town, exercices)
        self.lines = Lines()
        self.activity = Activity(town, exercices, landing)
        self.loans = loans(town, exercices[-1])

    def write(self) -> Path:
        """Write every exercice, then the truth."""
        carried = {key: Carried() for key in self.town.budgets}
        openings: dict[str, Opening] = {}
        history: list[BudgetYear] = []
        corrected = self.exercices[len(self.exercices) // 2]
        for exercice in self.exercices:
            states: dict[str, BudgetYear] = {}
            for key, budget in self.town.budgets.items():
                pay = self.payroll.year(budget, exercice) if key in STAFFED else PayrollYear()
                book = Book(self.town, budget, exercice, pay)
                opening = openings.get(key) or first_opening(book)
                states[key] = self.budget_year(book, opening, carried, overspent=exercice == corrected)
                openings[key] = states[key].closing()
                payroll = " et payes" if key in STAFFED else ""
                self.on_progress(f"{budget.label}, exercice {exercice} : mandats, titres{payroll} écrits")
            history.append(states["main"])
            owned = [loan for loan in self.loans if loan.year <= exercice]
            self.documents(
                states, Context(history, owned, [states["main"], states["annexe"]]), twice=exercice == corrected
            )
            self.on_progress(f"Exercice {exercice} : documents budgétaires écrits")
        self.activity.write(self.on_progress)
        costs = self.costs()
        return self.truth.write(self.truth_path, self.payroll, self.activity, costs)

    def costs(self, method: str = "reciprocal") -> Costs:
        """The true cost of what has been written, by a method of docs/costing.md."""
        return Costs(known(self.town, self.payroll.truth, self.activity.written), self.lines, method)

    def budget_year(self, book: Book, opening: Opening, carried: dict[str, Carried], *, overspent: bool) -> BudgetYear:
        """Draw the pieces of a budget and exercice, write its PES files and return its budget."""
        key = book.budget.key
        owned: list[Loan] = self.loans if key == "main" else []
        pieces = ledger.year(book, carried[key], opening.capitalised, owned)
        files = list(sendings(book, pieces))
        year = build(book, opening, pieces, overspent=overspent and key == "main")
        self.truth.budget_year(year, pieces)
        self.activity.book(key, book.exercice, pieces)
        standing: list[Bordereau] = []
        for sending in files:
            self.send(year, sending)
            standing += [bordereau for bordereau in sending.bordereaux if sending.stands(bordereau)]
        self.lines.book(book, standing)
        if key == "main":
            self.retours(book, standing)
        carried[key] = ledger.carry(book, pieces)
        return year

    def send(self, year: BudgetYear, sending: Sending) -> None:
        """One PES_Aller, its ACQUIT, and its copy when the town drops it twice."""
        budget = year.book.budget
        name = self.name(f"{sending.kind}_{budget.siret}_{date.fromordinal(sending.day):%y%m%d}")
        text = pes.aller(budget, sending, name).encode("iso-8859-1", "xmlcharrefreplace")
        (self.pes / f"{name}.xml").write_bytes(text)
        self.truth.sending(year, sending, f"{name}.xml")
        acquit = pes.acquit(budget, sending, name).encode("iso-8859-1", "xmlcharrefreplace")
        (self.pes / f"ACQUIT_{name}.xml").write_bytes(acquit)
        self.truth.files["finance_pes_acquit"] += 1
        if sending.dropped_twice:
            (self.pes / f"{name}_copie.xml").write_bytes(text)
            self.truth.mishaps["duplicate_files"].append({"file": f"{name}_copie.xml", "of": f"{name}.xml"})

    def name(self, stem: str) -> str:
        """Next free name of the day: `stem_1`, `stem_2`…"""
        self.names[stem] += 1
        return f"{stem}_{self.names[stem]}"

    def retours(self, book: Book, standing: list[Bordereau]) -> None:
        """States sent back by the comptable: monthly in a town, twice a year in a village. Roles have none here."""
        step = 1 if file_counts(book)["D"] >= FILES_APART_FROM else 6
        for direction in "DR":
            for month in range(step, 13, step):
                first, last = book.day(month - step + 1, 1), book.day(month + 1, 1) if month < 12 else book.day(14, 1)
                told = [
                    bordereau
                    for bordereau in standing
                    if bordereau.direction == direction and first <= bordereau.day < last and bordereau.typ_bord != "06"
                ]
                if told:
                    suffix = "DEP" if direction == "D" else "REC"
                    name = self.name(f"PES2R_{suffix}_P_{book.budget.siret}_{date.fromordinal(last + 4):%Y%m%d}")
                    text = pes.retour(book.budget, direction, last + 4, name, told)
                    (self.pes / f"{name}.xml").write_bytes(text.encode("iso-8859-1", "xmlcharrefreplace"))
                    self.truth.files["finance_pes_retour"] += 1

    def documents(self, states: dict[str, BudgetYear], context: Context, *, twice: bool) -> None:
        """BP, DM and CA of the three budgets; twice: the BP of the main budget was first sealed with a mistake."""
        for key, year in states.items():
            amendments = len(next(iter(year.lines.values())).changes)
            wanted = [
                Document(PRIMITIVE),
                *(Document(AMENDING, number + 1) for number in range(amendments)),
                Document(ACCOUNT),
            ]
            if twice and key == "main":
                wanted.insert(0, Document(PRIMITIVE, slip=True))
            for document in wanted:
                file_name = document.file_name(year)
                (self.totem / file_name).write_text(
                    totem.written(year, document, context), encoding="utf-8", newline="\n"
                )
                self.truth.document(year, document, file_name)
