"""What the council votes and what the year realises: the content of BP, DM and CA, in integer cents.

Realised amounts are read from the net of the ledger pieces, never drawn again. Credits are drawn around them, so that
the documents balance as the law wants: both sections voted in balance, results carried over, commitments of N (restes
à réaliser) found again in N+1.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from demo_city.ledger import Book, Piece
from demo_city.profile import OPERATIONS, chapter, section
from demo_city.town import Tiers, random_source

OVERSPENT_CHAPTER = "67"
AMENDMENTS = {"main": 2, "ccas": 1, "annexe": 0}
# Opening situation of the first exercice, in euros per inhabitant: operating result, investment result, result
# capitalised.
FIRST_RESULTS = {"main": (38.0, -26.0, 62.0), "ccas": (3.0, 0.8, 0.0), "annexe": (1.5, 0.6, 0.0)}
RESULT_NATURES = ("001", "002")


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a budget line: direction D/R, nature, function, and order "" (real), "between" or "inside"."""

    direction: str
    nature: str
    function: str
    order: str = ""

    @property
    def chapter(self) -> str:
        """Chapter of the vote."""
        return chapter(self.nature, self.direction, self.order)

    @property
    def section(self) -> str:
        """F operating or I investment."""
        return section(self.chapter)


@dataclass(slots=True)
class BudgetLine:
    """Amounts of one line in cents. opened = carried_in + voted + sum(changes), always."""

    real: int = 0
    opened: int = 0
    carried_in: int = 0
    carried_out: int = 0
    previous: int = 0
    changes: list[int] = field(default_factory=list)

    @property
    def voted(self) -> int:
        """New credits of the BP."""
        return self.opened - self.carried_in - sum(self.changes)


@dataclass(slots=True)
class Opening:
    """What an exercice starts with: results carried over (signed), the result capitalised on 1068, commitments and
    credits of the year before.
    """

    operating: int
    investment: int
    capitalised: int
    commitments: dict[Key, int] = field(default_factory=dict)
    credits: dict[Key, int] = field(default_factory=dict)


@dataclass(slots=True)
class Summary:
    """What the standing pieces of an exercice add up to: net by line, grants by beneficiary, assets and programmes."""

    net: Counter[Key] = field(default_factory=Counter)
    grants: dict[tuple[str, str], int] = field(default_factory=dict)
    beneficiaries: dict[str, Tiers] = field(default_factory=dict)
    assets: list[tuple[str, str, int, int]] = field(default_factory=list)
    programmes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class BudgetYear:
    """One budget and one exercice, voted and realised."""

    book: Book
    opening: Opening
    summary: Summary
    lines: dict[Key, BudgetLine]

    def total(self, direction: str, part: str, *, results: bool = True) -> int:
        """Realised amount of a direction and section, with or without the results carried over (001, 002)."""
        return sum(
            line.real
            for key, line in self.lines.items()
            if key.direction == direction and key.section == part and (results or key.nature not in RESULT_NATURES)
        )

    def closing(self) -> Opening:
        """What the next exercice starts with: the need of investment is covered first, the rest stays in operating."""
        operating = self.total("R", "F") - self.total("D", "F")
        investment = self.total("R", "I") - self.total("D", "I")
        commitments = {key: line.carried_out for key, line in self.lines.items() if line.carried_out}
        still = sum(cents if key.direction == "R" else -cents for key, cents in commitments.items())
        capitalised = max(0, min(operating, -(investment + still)))
        credits = {key: line.opened for key, line in self.lines.items()}
        return Opening(operating - capitalised, investment, capitalised, commitments, credits)


GRANT_NATURES = ("65748", "65741", "657363", "65821", "20422")


def first_opening(book: Book) -> Opening:
    """Opening situation of the first exercice of the demo."""
    operating, investment, capitalised = FIRST_RESULTS[book.budget.key]
    scale = book.population * book.prices * 100
    return Opening(round(operating * scale), round(investment * scale), round(capitalised * scale))


def summarised(pieces: Iterable[Piece]) -> Summary:
    """Net of the pieces that count: neither sent back, nor roles (588 is not a budget nature)."""
    summary = Summary()
    net: dict[tuple[str, str, str, str], int] = {}
    for piece in pieces:
        if piece.rejected or piece.stream == "role":
            continue
        for line in piece.lines:
            cents = piece.sign * line.cents
            key = (piece.direction, line.nature, line.function, piece.order)
            net[key] = net.get(key, 0) + cents
            if piece.direction == "D" and line.nature in GRANT_NATURES and line.tiers:
                found = (line.nature, line.tiers.reference)
                summary.grants[found] = summary.grants.get(found, 0) + cents
                summary.beneficiaries[line.tiers.reference] = line.tiers
            if line.link and line.link[0] == "IdActif" and piece.sign > 0:
                summary.assets.append((line.link[1], line.nature, line.cents, piece.day))
            if line.operation:
                summary.programmes[line.operation] += cents
    summary.net.update({Key(*key): cents for key, cents in net.items()})
    return summary


def rounded_up(cents: int) -> int:
    """Credits are voted in round figures: ten euros for small lines, a hundred for the others."""
    step = 1_000 if cents < 1_000_000 else 10_000
    return -(-cents // step) * step


def build(book: Book, opening: Opening, pieces: list[Piece], *, overspent: bool) -> BudgetYear:
    """The budget of an exercice from its pieces and its opening. overspent: one chapter of the main budget is let go
    a little too far.
    """
    rng = random_source(book.town.seed, "credits", book.budget.key, book.exercice)
    summary = summarised(pieces)
    keys = sorted(
        set(summary.net) | set(opening.commitments),
        key=lambda key: (key.direction, key.nature, key.function, key.order),
    )
    lines = {key: BudgetLine(summary.net[key], carried_in=opening.commitments.get(key, 0)) for key in keys}
    for key, line in lines.items():
        line.carried_out = commitment(key, line.real, rng)
        line.opened = max(line.carried_in, credit(key, line, rng))
    cover_chapters(lines)
    if overspent:
        for key, line in lines.items():
            if key.chapter == OVERSPENT_CHAPTER and key.direction == "D" and not key.order:
                line.opened = line.real * 97 // 100
    carry_results(lines, opening)
    balance(lines)
    for key, line in lines.items():
        line.previous = opening.credits.get(key, 0)
    amend(lines, AMENDMENTS[book.budget.key], rng)
    return BudgetYear(book, opening, summary, lines)


def commitment(key: Key, real: int, rng: Random) -> int:
    """Commitments left on 31 December: works and purchases under way, investment subsidies still to come."""
    if key.order or real <= 0:
        return 0
    works = key.direction == "D" and key.chapter in ("20", "204", "21", "23")
    subsidy = key.direction == "R" and key.nature.startswith("132")
    return round(real * rng.uniform(0.02, 0.22)) if (works and rng.random() < 0.55) or subsidy else 0


def credit(key: Key, line: BudgetLine, rng: Random) -> int:
    """Credits opened on a line: some room in expenditure, caution in revenue, exact for order operations."""
    if key.order or key.nature == "1068":
        return line.real
    if key.nature == "775":
        return 0
    if key.nature == "1641" and key.direction == "D":
        return rounded_up(line.real)
    if key.direction == "D":
        return rounded_up(round(line.real * rng.uniform(0.985, 1.06)) + line.carried_out)
    return rounded_up(round(line.real * rng.uniform(0.94, 1.005)) + line.carried_out)


def cover_chapters(lines: dict[Key, BudgetLine]) -> None:
    """Raises credits where the sum of a chapter would not cover its realised expenditure: the comptable would not
    pay.
    """
    chapters: dict[str, list[BudgetLine]] = {}
    for key, line in lines.items():
        if key.direction == "D" and not key.order:
            chapters.setdefault(key.chapter, []).append(line)
    for members in chapters.values():
        missing = sum(line.real + line.carried_out - line.opened for line in members)
        if missing > 0:
            members[0].opened += rounded_up(missing)


def carry_results(lines: dict[Key, BudgetLine], opening: Opening) -> None:
    """Lines 001 and 002: a surplus is a revenue, a deficit an expenditure; the expected price of sales on 024."""
    for nature, cents in (("001", opening.investment), ("002", opening.operating)):
        if cents:
            lines[Key("R" if cents > 0 else "D", nature, "01")] = BudgetLine(abs(cents), abs(cents))
    sold = sum(line.real for key, line in lines.items() if key.nature == "775")
    if sold:
        lines[Key("R", "024", "01")] = BudgetLine(0, rounded_up(sold))


def opened(lines: dict[Key, BudgetLine], direction: str, part: str) -> int:
    """Credits opened in a direction and section."""
    return sum(line.opened for key, line in lines.items() if key.direction == direction and key.section == part)


def balance(lines: dict[Key, BudgetLine]) -> None:
    """Votes both sections in balance: transfer 023/021 from operating, then the loan of the year, then more works."""
    spare = opened(lines, "R", "F") - opened(lines, "D", "F")
    if spare < 0:
        largest(lines, "R", "F").opened -= spare
    elif spare > 0:
        lines[Key("D", "023", "01", "between")] = BudgetLine(0, spare)
        lines[Key("R", "021", "01", "between")] = BudgetLine(0, spare)
    loan = lines.setdefault(Key("R", "1641", "01"), BudgetLine())
    loan.opened = 0
    need = opened(lines, "D", "I") - opened(lines, "R", "I")
    loan.opened = max(need, loan.real)
    if loan.opened > need:
        largest(lines, "D", "I").opened += loan.opened - need
    if not (loan.opened or loan.real):
        del lines[Key("R", "1641", "01")]


def largest(lines: dict[Key, BudgetLine], direction: str, part: str) -> BudgetLine:
    """The real line of most credits in a direction and section, debt and results apart."""
    able = [
        line
        for key, line in lines.items()
        if (key.direction, key.section, key.order) == (direction, part, "")
        and key.chapter not in ("16", "001", "002", "10")
    ]
    return max(able, key=lambda line: line.opened)


def amend(lines: dict[Key, BudgetLine], count: int, rng: Random) -> None:
    """Decisions modificatives: credits moved between lines of a section, and new revenue that pays new expenditure."""
    for line in lines.values():
        line.changes = [0] * count
    real = [
        (key, line)
        for key, line in lines.items()
        if not key.order
        and key.chapter not in ("001", "002", "024", "10", "16", OVERSPENT_CHAPTER)
        and line.voted > 100_00
    ]
    able = {
        (direction, part): [line for key, line in real if (key.direction, key.section) == (direction, part)]
        for direction in "DR"
        for part in "FI"
    }
    for rank in range(count):
        for giving, receiving, sign in (
            (("D", "F"), ("D", "F"), -1),
            (("D", "I"), ("D", "I"), -1),
            (("R", "F"), ("D", "F"), 1),
        ):
            if len(able[giving]) > 4 and len(able[receiving]) > 4:
                move(able[giving], able[receiving], sign, rank, rng)


def move(giving: list[BudgetLine], receiving: list[BudgetLine], sign: int, rank: int, rng: Random) -> None:
    """Moves a tenth of a line's credits to another; sign −1 takes from expenditure, +1 adds a revenue on the other
    side.
    """
    source, target = rng.choice(giving), rng.choice(receiving)
    if source is target:
        return
    cents = min(source.voted, target.voted) // 1_000 // 10 * 1_000
    source.changes[rank] += sign * cents
    target.changes[rank] += cents


@dataclass(frozen=True, slots=True)
class Programme:
    """AP/CP of an operation in an exercice, in cents: what was authorised before and what is added, payments of former
    years, credits, payments.
    """

    number: str
    label: str
    authorised_before: int
    added: int
    before: int
    opened: int
    real: int


def programmes(states: list[BudgetYear]) -> list[Programme]:
    """AP/CP of the last exercice of `states`."""
    listed = []
    for operation in OPERATIONS:
        paid = [state.summary.programmes[operation.number] for state in states]
        before = authorised(paid[:-1]) if len(paid) > 1 else 0
        listed.append(
            Programme(
                operation.number,
                operation.label,
                before,
                authorised(paid) - before,
                sum(paid[:-1]),
                payment_credits(paid[-1]),
                paid[-1],
            )
        )
    return listed


def payment_credits(cents: int) -> int:
    """Payment credits opened for what an exercice pays."""
    return rounded_up(cents * 108 // 100)


def authorised(paid: list[int]) -> int:
    """Authorisation of a programme after the payments of its exercices: twice the credits of the last one are left."""
    return rounded_up(sum(paid[:-1]) + payment_credits(paid[-1]) * 3)
