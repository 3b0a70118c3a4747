"""The mandats and titres of one budget and one exercice, as plain pieces in integer cents.

Every builder takes a `Book` (town, budget, exercice, random source) and yields pieces. A piece knows nothing of
files: numbering, bordereaux and sendings are the affair of sending.py, and the budget documents of budget.py only
read the net amounts of these pieces, so the two sides agree to the cent by construction, never by a second drawing.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from random import Random

from demo_city import profile
from demo_city.debt import Loan
from demo_city.profile import FUNCTIONS, NATURES
from demo_city.town import Budget, Tiers, Town, random_source

MONTH_NAMES = profile.words("JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE")
FLAT = (1.0,) * 12
ORDINARY_SEASON = (0.7, 0.9, 1.1, 1.0, 1.0, 1.1, 0.9, 0.6, 1.1, 1.2, 1.2, 1.4)
HEATING_SEASON = (2.0, 1.9, 1.5, 0.9, 0.4, 0.2, 0.1, 0.1, 0.2, 0.8, 1.5, 1.9)
LIGHT_SEASON = (1.4, 1.3, 1.1, 0.9, 0.8, 0.7, 0.6, 0.6, 0.8, 1.0, 1.3, 1.4)
SCHOOL_SEASON = (0.7, 0.6, 0.6, 0.6, 0.7, 1.1, 1.9, 1.4, 2.4, 1.1, 0.7, 0.5)
MEALS_SEASON = (1.2, 0.9, 1.2, 0.9, 1.0, 1.2, 0.4, 0.1, 1.1, 1.1, 1.0, 0.9)
SEASONS = {
    "60621": HEATING_SEASON,
    "60612": LIGHT_SEASON,
    "6067": SCHOOL_SEASON,
    "21841": SCHOOL_SEASON,
    "21831": SCHOOL_SEASON,
    "60623": MEALS_SEASON,
    "6042": MEALS_SEASON,
}
CHARGES = {
    "urssaf": ("6451", "6331", "6332", "6338", "6454"),
    "cnracl": ("6453",),
    "cnfpt": ("6336", "6475"),
    "mutual": ("6458", "6474"),
}
PAY_NATURES = ("64111", "64112", "64113", "64118", "64131", "64132", "64138", "64168", "6417", "6478")
ELECTED_NATURES = ("65311", "65313", "65314")
CONTRACT_NATURES = {"6042", "611", "6156", "615231", "615221", "6283", "2313", "2315", "2151"}
CRAFT_NATURES = {"615221", "615228", "61521", "6188", "6232"}
INVOICE_EUROS = dict(profile.pairs(profile.INVOICE_EUROS))
LINES_PER_TITRE = 600
# Nobody cancels a month of taxes by mistake: only small pieces are.
CANCELLED_CENTS = 1_500_000


@dataclass(slots=True, eq=False)
class Line:
    """One accounting line. `cents` is the amount before VAT when the budget recovers it, VAT included otherwise."""

    nature: str
    function: str
    cents: int
    tiers: Tiers | None = None
    analytic: str = ""
    label: str = ""
    product: str = ""
    vat: int = 0
    operation: str = ""
    invoice: str = ""
    link: tuple[str, str] | None = None
    origin: tuple[Piece, int] | None = None


@dataclass(slots=True, eq=False)
class Piece:
    """One mandat (direction D) or titre (direction R). `day` is a proleptic ordinal, so that sorting and adding days
    stay cheap.

    order is "" for a real operation, "between" or "inside" sections otherwise. `stream` keeps payroll, order
    operations and roles in bordereaux of their own. `rejected` is true once the comptable has sent the piece back: it
    then counts for nothing.
    """

    direction: str
    exercice: int
    day: int
    label: str
    lines: list[Line]
    nat_pce: str = "01"
    typ_pce: str = "01"
    typ_bord: str = "01"
    order: str = ""
    stream: str = "ordinary"
    settlement: str = "03"
    service: str = ""
    number: int = 0
    rejected: bool = False
    period: tuple[str, str] | None = None
    role: str = ""

    @property
    def sign(self) -> int:
        """Effect on the budget: a bordereau of type 02 takes away, everything else adds."""
        return -1 if self.typ_bord == "02" else 1


@dataclass(slots=True, eq=False)
class Carried:
    """What one exercice leaves to the next: accruals to reverse, expense paid in advance, closed pieces that may
    still be cancelled.
    """

    accruals: list[Piece] = field(default_factory=list)
    prepaid: list[Piece] = field(default_factory=list)
    closed: dict[str, list[Piece]] = field(default_factory=lambda: {"D": [], "R": []})


@dataclass(slots=True)
class PayrollYear:
    """What the ledger needs of payroll: amounts of each month by function and account, posts on 31 December."""

    months: list[Counter[tuple[str, str]]] = field(default_factory=list)
    posts: Counter[tuple[str, str, str, str, bool, bool]] = field(default_factory=Counter)


class Book:
    """Where and when pieces are written: a budget of the town, an exercice, and a random source of its own."""

    def __init__(self, town: Town, budget: Budget, exercice: int, payroll: PayrollYear | None = None) -> None:
        """Open the book; the same seed, budget and exercice always give the same pieces. payroll: what payslips say."""
        self.town = town
        self.budget = budget
        self.exercice = exercice
        self.rng = random_source(town.seed, budget.key, exercice)
        self.prices = profile.PRICE_GROWTH ** (exercice - profile.REFERENCE_YEAR)
        self.population = town.population(exercice)
        self.assets = 0
        self.payroll = payroll or PayrollYear()

    def cents(self, euros_per_inhabitant: float, noise: float = 0.03) -> int:
        """Amount of the year in cents, at the prices of the exercice, at least one euro."""
        drawn = euros_per_inhabitant * self.population * self.prices * self.rng.uniform(1 - noise, 1 + noise)
        return max(100, round(drawn * 100))

    def day(self, month: int, day: int) -> int:
        """A day of the exercice; month 13 is January of the next year (journée complémentaire)."""
        year, month = (self.exercice + 1, month - 12) if month > 12 else (self.exercice, month)
        return date(year, month, day).toordinal()

    def any_day(self, month: int) -> int:
        """Any working day or nearly of a month."""
        return self.day(month, self.rng.randint(1, 28))

    def count(self, total: int, euros: float) -> int:
        """How many pieces of about `euros` make `total` cents: at least one."""
        return max(1, round(total / (euros * 100)))

    def analytic(self, function: str) -> str:
        """Analytic code of a site of the function's service, as service and rank; empty once in six, as in real
        files.
        """
        if self.rng.random() < 0.16:
            return ""
        use = FUNCTIONS[function]
        return f"{use.service}{self.rng.randint(1, self.sites(function)):02d}"

    def sites(self, function: str) -> int:
        """Number of sites of a function in a town of this size."""
        return self.town.scaled(FUNCTIONS[function].sites)

    def asset(self) -> str:
        """Inventory number of a new asset."""
        self.assets += 1
        return f"INV{self.exercice}{self.assets:05d}"

    def piece(self, direction: str, day: int, label: str, lines: list[Line], **more: object) -> Piece:
        """A piece of this book, with the issuing service of its first line."""
        if self.budget.before_vat:
            for line in lines:
                line.vat = vat(line.nature, line.cents)
        service = FUNCTIONS[lines[0].function].service
        return Piece(direction, self.exercice, day, label, lines, service=service, **more)  # type: ignore[arg-type]


def vat(nature: str, cents: int) -> int:
    """VAT of a line in a budget that recovers it: reduced rate on tickets, none on staff, insurance and subsidies."""
    if nature.startswith(("62", "61", "60", "21", "708", "64")) and nature not in ("6218", "6161"):
        return round(cents * 0.2)
    return round(cents * 0.055) if nature == "7062" else 0


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """`total` cents cut in proportion to the weights; the parts add up exactly."""
    whole = sum(weights)
    marks = [round(total * part / whole) for part in accumulate(weights)]
    marks[-1] = total
    return [high - low for low, high in zip([0, *marks], marks, strict=False)]


def split(rng: Random, total: int, count: int, spread: float = 0.5) -> list[int]:
    """`total` cents in at most `count` uneven parts, none of them empty."""
    if count <= 1:
        return [total]
    return [part for part in shares(total, [rng.lognormvariate(0, spread) for _ in range(count)]) if part > 0]


def month_of(rng: Random, season: Sequence[float]) -> int:
    """A month drawn according to a season."""
    return rng.choices(range(1, 13), season)[0]


def suppliers(book: Book, nature: str) -> list[Tiers]:
    """The usual suppliers of a nature: always the same few, one in ten a craftsman where the trade has craftsmen."""
    rng = random_source(book.town.seed, "suppliers", nature)
    firms = rng.sample(book.town.firms, k=min(len(book.town.firms), book.town.scaled(36, 2)))
    crafts = rng.sample(book.town.craftsmen, k=min(len(book.town.craftsmen), book.town.scaled(4, 1)))
    return firms + crafts if nature in CRAFT_NATURES else firms


def purchases(book: Book, table: str) -> Iterator[Piece]:
    """Ordinary invoices of the services: one mandat each, sometimes on two lines."""
    rng = book.rng
    for function, nature, euros in profile.by_function(table):
        if nature in profile.NETWORK_NATURES:
            continue
        total = book.cents(euros)
        season = SEASONS.get(nature, ORDINARY_SEASON)
        creditors = suppliers(book, nature)
        for amount in split(rng, total, book.count(total, invoice_euros(nature)), 0.7):
            tiers = rng.choice(creditors)
            yield book.piece(
                "D",
                book.any_day(month_of(rng, season)),
                named(f"{NATURES[nature]} - {FUNCTIONS[function].label}", tiers),
                invoice_lines(book, nature, function, amount, tiers),
            )


def invoice_euros(nature: str) -> float:
    """Average amount of an invoice of a nature."""
    return INVOICE_EUROS.get(nature, profile.DEFAULT_INVOICE_EUROS)


def invoice_lines(book: Book, nature: str, function: str, amount: int, tiers: Tiers) -> list[Line]:
    """The lines of an invoice: one, or two sites one time in six."""
    rng = book.rng
    invoice = f"F{book.exercice % 100}-{rng.randint(1, 99999):05d}"
    link = ("IdMarche", f"2022M{tiers.reference[1:]}") if nature in CONTRACT_NATURES and rng.random() < 0.7 else None
    parts = split(rng, amount, 2) if rng.random() < 0.16 else [amount]
    return [
        Line(nature, function, part, tiers, book.analytic(function), invoice, invoice=invoice, link=link)
        for part in parts
    ]


def named(label: str, tiers: Tiers) -> str:
    """Label of a piece; as in real files it repeats the name of a natural person."""
    return f"{label} - {tiers.title} {tiers.name} {tiers.first_name}"[:100] if tiers.person else label[:100]


def networks(book: Book, table: str) -> Iterator[Piece]:
    """Water, energy and telephone: one mandat a month and contract, one line per function and site."""
    rng = book.rng
    rows = [row for row in profile.by_function(table) if row[1] in profile.NETWORK_NATURES]
    for nature, contracts in profile.NETWORK_NATURES.items():
        months: dict[tuple[int, int], list[Line]] = {}
        creditors = suppliers(book, nature)
        for rank, (function, _, euros) in enumerate(row for row in rows if row[1] == nature):
            contract = rank % contracts
            sites = book.sites(function)
            weights = [weight * rng.uniform(0.85, 1.15) for weight in SEASONS.get(nature, FLAT)]
            for month, amount in enumerate(shares(book.cents(euros), weights), 1):
                for site, part in enumerate(split(rng, amount, sites, 0.3), 1):
                    analytic = f"{FUNCTIONS[function].service}{site:02d}"
                    line = Line(nature, function, part, creditors[contract % len(creditors)], analytic)
                    months.setdefault((month, contract), []).append(line)
        for (month, _), lines in months.items():
            kept = [line for line in lines if line.cents > 0]
            if kept:
                label = f"{NATURES[nature]} {MONTH_NAMES[month - 1]} {book.exercice}"
                yield book.piece("D", book.day(month, 26) if month < 12 else book.day(13, 8), label, kept)


def payroll(book: Book) -> Iterator[Piece]:
    """Payroll of every month, as payslips say it: pay by function, then social charges by organisation, then what no
    payslip says (insurance, occupational medicine, social works). No name appears.
    """
    insurance = shares(book.cents(profile.INSURANCE_EUROS[book.budget.key]), FLAT)
    for month, booked in enumerate(book.payroll.months, 1):
        label = f"PAIE {MONTH_NAMES[month - 1]} {book.exercice}"
        day = pay_sending_day(book, month)
        functions = [function for function in FUNCTIONS if any(key[0] == function for key in booked)]
        amounts = Counter(booked)
        for function in functions:
            cost = sum(cents for (where, nature), cents in booked.items() if where == function and nature[:2] != "65")
            for nature, share in profile.SHARED_CHARGES.items():
                amounts[function, nature] = round(cost * share)
        for function in functions:
            yield from paid(book, day, label, "staff", [(function, nature) for nature in PAY_NATURES], amounts)
        for body, natures in CHARGES.items():
            keys = [(function, nature) for nature in natures for function in functions]
            yield from paid(book, day, f"CHARGES SOCIALES {label}", body, keys, amounts)
        keys = [(function, nature) for nature in ELECTED_NATURES for function in functions]
        yield from paid(
            book, day, f"INDEMNITES DES ELUS {MONTH_NAMES[month - 1]} {book.exercice}", "elected", keys, amounts
        )
        if functions:
            key = (functions[0], "6455")
            yield from paid(book, day, "ASSURANCE DU PERSONNEL", "insurer", [key], {key: insurance[month - 1]})


def pay_sending_day(book: Book, month: int) -> int:
    """Day on which the payroll of a month is sent: its last working day up to the 25th, so that it is of its month."""
    day = book.day(month, 25)
    return day - max(0, (day - 1) % 7 - 4)


def paid(
    book: Book, day: int, label: str, body: str, keys: list[tuple[str, str]], amounts: dict[tuple[str, str], int]
) -> Iterator[Piece]:
    """One payroll mandat for these function × nature amounts, if any is above zero."""
    tiers = book.town.bodies[body]
    lines = [
        Line(nature, function, amounts[function, nature], tiers, f"{FUNCTIONS[function].service}00")
        for function, nature in keys
        if amounts[function, nature] > 0
    ]
    if lines:
        yield book.piece("D", day, label, lines, nat_pce="11", stream="payroll")


def contributions(book: Book) -> Iterator[Piece]:
    """Compulsory contributions and levies, in instalments."""
    payees = {"6553": "sdis", "6558": "school", "65568": "agglo", "739221": "etat", "7392221": "etat", "637": "etat"}
    for function, nature, euros, instalments in profile.records(profile.CONTRIBUTIONS_MAIN):
        tiers = book.town.bodies[payees.get(nature, "own")]
        for rank, amount in enumerate(shares(book.cents(float(euros)), (1.0,) * int(instalments))):
            day = book.day(1 + (rank * 12 + 11) // int(instalments) % 12, 18)
            yield book.piece(
                "D", day, NATURES[nature], [Line(nature, function, amount, tiers, book.analytic(function))]
            )


def grants(book: Book) -> Iterator[Piece]:
    """Grants to associations, in one or two payments, and to households (natural persons)."""
    rng = book.rng
    offset = 0
    for function, nature, euros, count in profile.records(profile.GRANTS_MAIN):
        beneficiaries = book.town.residents if nature == "65741" else book.town.associations
        for rank, amount in enumerate(split(rng, book.cents(float(euros)), book.town.scaled(int(count)), 1.0)):
            tiers = beneficiaries[(offset + rank) % len(beneficiaries)]
            label = named(f"SUBVENTION {book.exercice} - {FUNCTIONS[function].label}", tiers)
            halves = shares(amount, (1, 1)) if amount > 1_000_000 else [amount]
            for half, part in enumerate(halves):
                yield book.piece("D", book.day(4 + 5 * half, 12), label, [Line(nature, function, part, tiers)])
        offset += book.town.scaled(int(count))


def transfers(town: Town, exercice: int) -> dict[str, list[int]]:
    """What the budgets of the town pay one another in a year: both sides read it here and so always agree."""
    book = Book(town, replace(town.budgets["main"], key="transfers"), exercice)
    return {
        "ccas": shares(book.cents(profile.CCAS_GRANT), FLAT),
        "theatre": shares(book.cents(profile.ANNEXE_GRANT), (1, 1)),
        "staff": shares(book.cents(profile.ANNEXE_STAFF), (1,) * 4),
    }


def transferred(
    book: Book, what: str, direction: str, nature: str, function: str, tiers: str, label: str
) -> Iterator[Piece]:
    """One side of the payments between budgets of the town, spread evenly over the year."""
    amounts = transfers(book.town, book.exercice)[what]
    step = 12 // len(amounts)
    for rank, amount in enumerate(amounts):
        line = Line(nature, function, amount, book.town.bodies[tiers])
        yield book.piece(
            direction, book.day(step * (rank + 1), 5 if direction == "D" else 9), label, [line], stream="transfer"
        )


def debt(book: Book, owned: list[Loan]) -> Iterator[Piece]:
    """Instalments of the loans, interest and capital apart, by direct debit; and the loan of the year."""
    for loan in owned:
        tiers = book.town.bodies[loan.lender]
        link = ("IdEmpruntOrdo", loan.number)
        for nature, yearly in (("66111", loan.interest(book.exercice)), ("1641", loan.capital(book.exercice))):
            for rank, amount in enumerate(shares(yearly, (1,) * loan.periods) if yearly else []):
                day = book.day(12 * (rank + 1) // loan.periods, 20)
                line = Line(nature, "01", amount, tiers, link=link)
                yield book.piece(
                    "D", day, f"ECHEANCE EMPRUNT {loan.number}", [line], nat_pce="04", stream="debt", settlement="10"
                )
        if loan.year == book.exercice:
            line = Line("1641", "01", loan.cents, tiers, link=link)
            yield book.piece("R", book.day(11, 14), f"EMPRUNT {loan.number}", [line], nat_pce="04")


def works(book: Book, table: str, operations: Sequence[profile.Operation] = ()) -> Iterator[Piece]:
    """Investment: purchases of the services, each with its inventory number, then the works of the programmes."""
    rng = book.rng
    for function, nature, euros in profile.by_function(table):
        total = book.cents(euros, 0.15)
        people = nature == "20422"
        creditors = book.town.residents if people else suppliers(book, nature)
        season = SEASONS.get(nature, ORDINARY_SEASON)
        for amount in split(rng, total, book.count(total, invoice_euros(nature)), 0.6):
            tiers = rng.choice(creditors)
            lines = invoice_lines(book, nature, function, amount, tiers)
            if nature.startswith("21"):
                for line in lines:
                    line.link = ("IdActif", book.asset())
            label = named(f"{NATURES[nature]} - {FUNCTIONS[function].label}", tiers)
            yield book.piece("D", book.any_day(month_of(rng, season)), label, lines, nat_pce="02")
    for operation in operations:
        total = book.cents(operation.euros, 0.2)
        creditors = suppliers(book, operation.nature)
        for amount in split(rng, total, book.count(total, invoice_euros(operation.nature)), 0.6):
            lines = invoice_lines(book, operation.nature, operation.function, amount, rng.choice(creditors))
            for line in lines:
                line.operation = operation.number
            label = f"{operation.label} - situation de travaux"
            yield book.piece("D", book.any_day(month_of(rng, ORDINARY_SEASON)), label, lines, nat_pce="02")


def both_sides(
    book: Book, label: str, debit: list[Line], credit: list[Line], order: str = "between", **more: str
) -> Iterator[Piece]:
    """An order operation: a mandat and a titre of the same amount, without any cash."""
    kind = {"typ_pce": "03", "settlement": "08", "stream": "order", "order": order, **more}
    for direction, lines in (("D", debit), ("R", credit)):
        nature = "01" if lines[0].nature[0] in "67" else "02"
        yield book.piece(direction, book.day(12, 15), label, lines, **{"nat_pce": nature, **kind})


def own_lines(book: Book, rows: list[tuple[str, str, int]]) -> list[Line]:
    """Lines of an order operation: the third party is the commune itself."""
    return [Line(nature, function, cents, book.town.bodies["own"]) for nature, function, cents in rows]


def depreciation(book: Book, table: str) -> Iterator[Piece]:
    """Yearly depreciation, all of it in function 01 as most communes book it."""
    amounts = [(nature, book.cents(euros)) for nature, euros in profile.pairs(table)]
    debit = own_lines(book, [("6811", "01", cents) for _, cents in amounts])
    credit = own_lines(book, [(nature, "01", cents) for nature, cents in amounts])
    yield from both_sides(book, f"DOTATIONS AUX AMORTISSEMENTS {book.exercice}", debit, credit)


def order_operations(book: Book) -> Iterator[Piece]:
    """Other order operations of the main budget: subsidies taken to income, studies become works, sale of a vehicle."""
    quota = book.cents(profile.SUBSIDY_SHARE_MAIN)
    yield from both_sides(
        book,
        "QUOTE-PART DES SUBVENTIONS",
        own_lines(book, [("13911", "01", quota)]),
        own_lines(book, [("777", "01", quota)]),
    )
    studies = book.cents(1.1)
    yield from both_sides(
        book,
        "INTEGRATION DES FRAIS D'ETUDES",
        own_lines(book, [("2313", "212", studies)]),
        own_lines(book, [("2031", "212", studies)]),
        "inside",
    )
    price, value = book.cents(1.2), book.cents(0.7)
    sold = Line("775", "020", price, book.rng.choice(book.town.firms))
    yield book.piece("R", book.day(10, 6), "CESSION DE VEHICULES", [sold], nat_pce="18")
    yield from both_sides(
        book,
        "SORTIE DE VEHICULES CEDES",
        own_lines(book, [("675", "020", value), ("6761", "020", price - value)]),
        own_lines(book, [("21828", "020", value), ("192", "020", price - value)]),
        typ_pce="04",
        nat_pce="18",
    )


def revenue(book: Book, table: str) -> Iterator[Piece]:
    """Taxes, grants received and other income from organisations and residents."""
    rng = book.rng
    town = book.town
    pools = {"firm": town.firms, "assoc": town.associations, "person": town.residents}
    for function, nature, euros, kind, count, payer in profile.records(table):
        total = book.cents(float(euros), 0.02)
        pieces = max(1, town.scaled(int(count))) if kind == "spread" else int(count)
        parts = split(rng, total, pieces, 0.7) if kind == "spread" else shares(total, (1.0,) * pieces)
        for rank, amount in enumerate(parts):
            tiers = rng.choice(pools[payer]) if payer in pools else town.bodies[payer]
            month = month_of(rng, FLAT) if kind == "spread" else 12 * (rank + 1) // len(parts)
            line = Line(nature, function, amount, tiers, book.analytic(function), NATURES[nature])
            nat_pce = "02" if nature[0] == "1" else "01"
            yield book.piece("R", book.any_day(month), named(NATURES[nature], tiers), [line], nat_pce=nat_pce)


def desks(book: Book, cash: str, imprests: str) -> Iterator[Piece]:
    """Monthly statements of the régies: titres issued after the cash came in, mandats that refill an imprest."""
    tiers = book.town.bodies["desk"]
    for direction, table, kind, label in (
        ("R", cash, {"typ_pce": "05", "settlement": "01"}, "REGIE DE RECETTES"),
        ("D", imprests, {"nat_pce": "05", "settlement": "01"}, "REGIE D'AVANCES"),
    ):
        for function, nature, euros, number in profile.records(table):
            for month, amount in enumerate(shares(book.cents(float(euros)), MEALS_SEASON), 1):
                if amount > 0:
                    line = Line(nature, function, amount, tiers, book.analytic(function), link=("IdRegie", number))
                    day = book.day(month + 1, 6)
                    yield book.piece(direction, day, f"{label} {number} {MONTH_NAMES[month - 1]}", [line], **kind)


def billed(book: Book, billing: profile.Billing) -> Iterator[tuple[int, list[tuple[Tiers, int]]]]:
    """For each month billed, the families and what they owe."""
    rng = book.rng
    families = book.town.families
    count = max(3, round(len(families) * billing.share))
    for month, total in zip(
        billing.months, shares(book.cents(billing.euros), (1.0,) * len(billing.months)), strict=True
    ):
        drawn = rng.sample(families, k=min(len(families), count))
        yield month, list(zip(drawn, split(rng, total, len(drawn), 0.45), strict=False))


def collective_titres(book: Book, billings: Sequence[profile.Billing]) -> Iterator[Piece]:
    """Collective titres of the services to families: hundreds of lines each, one per family, natural persons every
    one.
    """
    for billing in billings:
        for month, owed in billed(book, billing):
            period = f"{MONTH_NAMES[month - 1]} {book.exercice}"
            days = monthrange(book.exercice, month)[1]
            bounds = (f"{book.exercice}-{month:02d}-01", f"{book.exercice}-{month:02d}-{days}")
            for start in range(0, len(owed), LINES_PER_TITRE):
                lines = [
                    Line(
                        billing.nature,
                        billing.function,
                        cents,
                        family,
                        book.analytic(billing.function),
                        f"{billing.label} {period} FAMILLE {family.name}",
                        billing.product,
                    )
                    for family, cents in owed[start : start + LINES_PER_TITRE]
                ]
                yield book.piece("R", book.day(month + 1, 8), f"{billing.label} {period}", lines, period=bounds)


def nursery_roles(book: Book) -> Iterator[Piece]:
    """Nursery bills as a role (ORMC): one piece per family on account 588, then the recap titre that alone is budget
    revenue.
    """
    billing = profile.NURSERY
    for month, owed in billed(book, billing):
        period = f"{MONTH_NAMES[month - 1]} {book.exercice}"
        role = f"{month:02d}{book.exercice % 100:02d}"
        for family, cents in owed:
            label = f"{billing.label} {period} FAMILLE {family.name}"
            line = Line(
                profile.ROLE_ACCOUNT,
                billing.function,
                cents,
                family,
                book.analytic(billing.function),
                label,
                billing.product,
            )
            yield book.piece(
                "R", book.day(month + 1, 5), label, [line], typ_bord="06", typ_pce="15", stream="role", role=role
            )
        total = sum(cents for _, cents in owed)
        line = Line(billing.nature, billing.function, total, book.town.bodies["own"], "CREC00", product=billing.product)
        yield book.piece(
            "R", book.day(month + 1, 12), f"TITRE RECAPITULATIF ROLE {role} {billing.label}", [line], typ_pce="06"
        )


def rents(book: Book) -> Iterator[Piece]:
    """Monthly rents of the dwellings of the commune: one titre per tenant."""
    tenants = book.town.tenants
    for tenant, yearly in zip(
        tenants, split(book.rng, book.cents(profile.RENTS_EUROS), len(tenants), 0.3), strict=False
    ):
        analytic = book.analytic(profile.RENT_FUNCTION)
        for month, amount in enumerate(shares(yearly, FLAT), 1):
            if amount > 0:
                label = f"LOYER {MONTH_NAMES[month - 1]} {tenant.name} {tenant.first_name}"
                line = Line("752", profile.RENT_FUNCTION, amount, tenant, analytic, label, "LOYR")
                yield book.piece("R", book.day(month, 3), label, [line])


def social_aid(book: Book) -> Iterator[Piece]:
    """Help paid by the CCAS to named persons, with their social security number."""
    rng = book.rng
    for nature, euros in profile.pairs(profile.AID_CCAS):
        total = book.cents(euros)
        for amount in split(rng, total, book.count(total, 210), 0.4):
            tiers = rng.choice(book.town.aided)
            label = named(NATURES[nature], tiers)
            yield book.piece(
                "D", book.any_day(month_of(rng, FLAT)), label, [Line(nature, "424", amount, tiers, "AIDE01")]
            )


def capitalised(book: Book, cents: int) -> Iterator[Piece]:
    """The part of last year's operating result that the council gives to investment."""
    if cents:
        yield book.piece(
            "R", book.day(5, 15), "AFFECTATION DU RESULTAT", own_lines(book, [("1068", "01", cents)]), nat_pce="02"
        )


def cancellation(book: Book, original: Piece, rank: int, cents: int, day: int, nat_pce: str = "06") -> Piece:
    """A piece of type 02 that takes back `cents` of one line of an earlier piece."""
    line = original.lines[rank]
    taken = replace(line, cents=cents, vat=0, origin=(original, rank + 1))
    made = book.piece(
        original.direction,
        day,
        f"ANNULATION {original.label}"[:100],
        [taken],
        typ_bord="02",
        typ_pce="02",
        nat_pce=nat_pce,
    )
    return replace(made, order=original.order)


def cancelled(book: Book, pieces: list[Piece]) -> Iterator[Piece]:
    """Cancellations and reductions of pieces of the year: about one in a hundred, at least one each way."""
    rng = book.rng
    last = book.day(13, 14)
    for direction in "DR":
        able = [
            piece
            for piece in pieces
            if piece.direction == direction
            and ordinary(piece)
            and piece.day < last - 40
            and max(line.cents for line in piece.lines) < CANCELLED_CENTS
        ]
        for original in rng.sample(able, k=min(len(able), max(1, len(able) // 110))):
            rank = rng.randrange(len(original.lines))
            cents = original.lines[rank].cents
            taken = cents if rng.random() < 0.5 else max(1, cents // rng.randint(2, 5))
            yield cancellation(book, original, rank, taken, min(last, original.day + rng.randint(25, 90)))


def ordinary(piece: Piece) -> bool:
    """True for the everyday invoices and titres that mishaps are drawn from."""
    return (piece.stream, piece.typ_bord, piece.typ_pce, piece.nat_pce) == ("ordinary", "01", "01", "01")


def of_closed_years(book: Book, carried: Carried) -> Iterator[Piece]:
    """Cancellations of pieces of a closed year: a real expense on 673, a real income on 773 (01-02-09), never a
    negative amount.
    """
    rng = book.rng
    for direction, nature, euros in (("D", "673", 1.1), ("R", "773", 0.6)):
        opposite = "R" if direction == "D" else "D"
        total = book.cents(euros)
        for amount in split(rng, total, book.count(total, 650), 0.6):
            original = rng.choice(carried.closed[opposite]) if carried.closed[opposite] else unknown(book, opposite)
            line = original.lines[0]
            cancelling = Line(nature, line.function, amount, line.tiers, origin=(original, 1))
            label = f"ANNULATION SUR EXERCICE CLOS {original.number}"
            yield book.piece(
                direction, book.any_day(rng.randint(2, 11)), label, [cancelling], typ_pce="02", nat_pce="09"
            )


def unknown(book: Book, direction: str) -> Piece:
    """A piece of the year before the first exercice of the demo: it exists in the town, not in the exports."""
    tiers = book.rng.choice(book.town.families if direction == "R" else book.town.firms)
    piece = Piece(direction, book.exercice - 1, book.day(1, 2), "", [Line("7067", "281", 0, tiers)])
    piece.number = book.rng.randint(1, 900)
    return piece


def accrued(book: Book, carried: Carried) -> Iterator[Piece]:
    """Year-end accruals: last year's are reversed and their invoices arrive, this year's are booked in January."""
    for original in carried.accruals:
        for rank, line in enumerate(original.lines):
            reversal = cancellation(book, original, rank, line.cents, book.day(2, 10), "10")
            yield replace(reversal, label=f"EXTOURNE {original.label}"[:100])
        lines = [replace(line, cents=max(1, line.cents - line.cents // 50), vat=0) for line in original.lines]
        yield book.piece(original.direction, book.day(3, 11), original.label, lines)
    rng = book.rng
    for direction, typ_pce, nature, function, euros in (
        ("D", "10", "60612", "512", 0.9),
        ("D", "10", "60621", "212", 0.8),
        ("D", "10", "6042", "281", 1.6),
        ("D", "10", "611", "7222", 0.9),
        ("R", "11", "7478222", "4221", 4.0),
        ("R", "11", "70323", "845", 0.5),
    ):
        tiers = (
            rng.choice(suppliers(book, nature))
            if direction == "D"
            else book.town.bodies["caf" if function == "4221" else "agglo"]
        )
        total = book.cents(euros)
        for amount in split(rng, total, book.town.scaled(8)):
            line = Line(nature, function, amount, tiers, book.analytic(function))
            label = f"RATTACHEMENT {book.exercice} {NATURES[nature]}"
            yield book.piece(
                direction, book.day(13, 10), label, [line], typ_pce=typ_pce, stream="accrual", settlement="08"
            )


def prepaid(book: Book, carried: Carried, pieces: list[Piece]) -> Iterator[Piece]:
    """Expense paid for next year: taken off this year (02-02-06) and booked on the next one (01-13-01)."""
    for reduction in carried.prepaid:
        lines = [replace(line, origin=None, vat=0) for line in reduction.lines]
        yield book.piece("D", book.day(1, 20), f"CHARGES CONSTATEES D'AVANCE {reduction.exercice}", lines, typ_pce="13")
    insurance = [piece for piece in pieces if piece.direction == "D" and piece.lines[0].nature in ("6161", "6168")]
    for original in insurance[: book.town.scaled(6)]:
        yield cancellation(book, original, 0, max(1, original.lines[0].cents // 4), book.day(13, 11))


def year(book: Book, carried: Carried, capitalised_cents: int, owned: list[Loan]) -> list[Piece]:
    """All the pieces of one budget and one exercice, in the order of their builders."""
    if book.budget.key == "main":
        pieces = main_budget(book, capitalised_cents, owned)
        pieces += list(of_closed_years(book, carried))
        pieces += list(prepaid(book, carried, pieces))
        pieces += list(accrued(book, carried))
    elif book.budget.key == "ccas":
        pieces = ccas_budget(book, capitalised_cents)
    else:
        pieces = annexe_budget(book, capitalised_cents)
    pieces += list(cancelled(book, pieces))
    return pieces + list(reissued(book, pieces))


def reissued(book: Book, pieces: list[Piece]) -> Iterator[Piece]:
    """Marks a few pieces as sent back by the comptable and yields each of them again, as a new piece of a later day."""
    linked = {id(line.origin[0]) for piece in pieces for line in piece.lines if line.origin}
    for direction in "DR" if book.budget.key == "main" else "":
        able = [
            piece for piece in pieces if piece.direction == direction and ordinary(piece) and id(piece) not in linked
        ]
        able = [piece for piece in able if piece.day < book.day(12, 1)]
        for piece in book.rng.sample(able, k=min(len(able), book.town.scaled(24))):
            piece.rejected = True
            yield replace(piece, rejected=False, day=piece.day + 25)


def carry(book: Book, pieces: list[Piece]) -> Carried:
    """What the exercice leaves to the next one. Only pieces that stand and were not touched since may be cancelled
    later.
    """
    standing = [piece for piece in pieces if not piece.rejected]
    linked = {id(line.origin[0]) for piece in standing for line in piece.lines if line.origin}
    closed = {
        direction: [
            piece for piece in standing if piece.direction == direction and ordinary(piece) and id(piece) not in linked
        ][-200:]
        for direction in "DR"
    }
    return Carried(
        accruals=[piece for piece in standing if piece.stream == "accrual"],
        prepaid=[
            piece
            for piece in standing
            if piece.typ_bord == "02" and piece.lines[0].nature in ("6161", "6168") and piece.day == book.day(13, 11)
        ],
        closed=closed,
    )


def main_budget(book: Book, capitalised_cents: int, owned: list[Loan]) -> list[Piece]:
    """The everyday pieces of the main budget."""
    return [
        *purchases(book, profile.PURCHASES_MAIN),
        *networks(book, profile.PURCHASES_MAIN),
        *payroll(book),
        *contributions(book),
        *grants(book),
        *transferred(book, "ccas", "D", "657363", "424", "ccas", "SUBVENTION AU CCAS"),
        *transferred(book, "theatre", "D", "65821", "316", "theatre", "SUBVENTION D'EQUILIBRE THEATRE"),
        *transferred(book, "staff", "R", "70848", "316", "theatre", "PERSONNEL MIS A DISPOSITION"),
        *debt(book, owned),
        *works(book, profile.WORKS_MAIN, profile.OPERATIONS),
        *revenue(book, profile.REVENUE_MAIN),
        *desks(book, profile.CASH_DESKS_MAIN, profile.IMPRESTS_MAIN),
        *collective_titres(book, profile.BILLINGS_MAIN),
        *nursery_roles(book),
        *rents(book),
        *depreciation(book, profile.DEPRECIATION_MAIN),
        *order_operations(book),
        *capitalised(book, capitalised_cents),
    ]


def ccas_budget(book: Book, capitalised_cents: int) -> list[Piece]:
    """The pieces of the CCAS: home help, meals at home, help to named persons."""
    return [
        *purchases(book, profile.PURCHASES_CCAS),
        *networks(book, profile.PURCHASES_CCAS),
        *payroll(book),
        *social_aid(book),
        *transferred(book, "ccas", "R", "74748", "424", "own", "SUBVENTION DE LA COMMUNE"),
        *works(book, profile.WORKS_CCAS),
        *revenue(book, profile.REVENUE_CCAS),
        *collective_titres(book, profile.BILLINGS_CCAS),
        *depreciation(book, profile.DEPRECIATION_CCAS),
        *capitalised(book, capitalised_cents),
    ]


def annexe_budget(book: Book, capitalised_cents: int) -> list[Piece]:
    """The pieces of the theatre, a budget annexe before VAT."""
    return [
        *purchases(book, profile.PURCHASES_ANNEXE),
        *networks(book, profile.PURCHASES_ANNEXE),
        *transferred(book, "staff", "D", "6218", "316", "own", "PERSONNEL AFFECTE PAR LA COMMUNE"),
        *transferred(book, "theatre", "R", "75822", "316", "own", "PRISE EN CHARGE DU DEFICIT"),
        *works(book, profile.WORKS_ANNEXE),
        *revenue(book, profile.REVENUE_ANNEXE),
        *desks(book, profile.CASH_DESKS_ANNEXE, ""),
        *depreciation(book, profile.DEPRECIATION_ANNEXE),
        *capitalised(book, capitalised_cents),
    ]
