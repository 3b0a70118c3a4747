"""From pieces to sendings: days, bordereaux, numbers, and what goes wrong on the way to the comptable.

A sending is one file. A bordereau that the comptable refuses is sent again with the same numbers under a new file
name; a piece that he sends back comes again as a new piece (ledger.reissued); a whole file may be refused; a file may
be dropped twice.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from demo_city.ledger import Book, Piece
from demo_city.town import random_source

PIECES_PER_BORDEREAU = 60
FILES_APART_FROM = 60
# Each type of bordereau has its own range, as vendors do: an ACQUIT gives the number of a bordereau, never its type.
FIRST_BORDEREAU = {"01": 0, "02": 50_000, "06": 90_000}
FIRST_ROLE_PIECE = 900_000
# Shared by every piece of a stream, so that a bordereau never mixes payroll, order operations and invoices.
STREAMS = ("ordinary", "payroll", "debt", "accrual", "transfer", "order", "role")


@dataclass(slots=True, eq=False)
class Bordereau:
    """Pieces of one direction and type sent together; `number` is unique per exercice and direction within a budget."""

    direction: str
    exercice: int
    typ_bord: str
    number: int
    day: int
    pieces: list[Piece]


@dataclass(slots=True, eq=False)
class Sending:
    """One file to the comptable. refused: the bordereaux he refuses, or all of them when `wrong_codique` makes the
    whole file wrong.
    """

    day: int
    kind: str
    bordereaux: list[Bordereau]
    refused: list[Bordereau] = field(default_factory=list)
    wrong_codique: bool = False
    sent_again: bool = False
    dropped_twice: bool = False
    attachment: bool = False

    def stands(self, bordereau: Bordereau) -> bool:
        """True when the comptable accepts this bordereau in this sending."""
        return not self.wrong_codique and bordereau not in self.refused


def calendar(book: Book, count: int) -> list[int]:
    """`count` sending days spread over the exercice, then the January of the next year for the last pieces."""
    first, last = date(book.exercice, 1, 9), date(book.exercice, 12, 30)
    working = [first + timedelta(days=rank) for rank in range((last - first).days + 1)]
    working = [day for day in working if day.weekday() < 5]
    days = {working[(rank + 1) * len(working) // count - 1].toordinal() for rank in range(count)}
    january = max(1, count // 24)
    end = date(book.exercice + 1, 1, 20).toordinal()
    return sorted(days | {end - 2 * rank for rank in range(january)})


def file_counts(book: Book) -> dict[str, int]:
    """Sending days a year of mandats, titres and roles: several a week in a town, a few a year in a village."""
    daily = max(6, min(240, round(150 * book.town.inhabitants / 40_000)))
    expense = {"main": daily, "ccas": daily // 3, "annexe": daily // 6}[book.budget.key]
    revenue = round(expense * 0.55) if expense >= FILES_APART_FROM else expense
    return {"D": expense, "R": revenue, "role": max(2, min(12, book.town.inhabitants // 400))}


def batches(book: Book, pieces: list[Piece]) -> list[tuple[int, str, list[Piece]]]:
    """Pieces gathered by file: (day, kind of file, pieces), in the order of sending."""
    counts = file_counts(book)
    days = {key: calendar(book, count) for key, count in counts.items()}
    apart = counts["D"] >= FILES_APART_FROM
    files: dict[tuple[int, str, str], list[Piece]] = {}
    for piece in pieces:
        role = piece.stream == "role"
        sending_days = days["role" if role else piece.direction]
        day = sending_days[min(bisect_left(sending_days, piece.day), len(sending_days) - 1)]
        if piece.stream == "payroll":  # payroll has days of its own: that of a month is sent within the month
            day = piece.day
        kind = "PESORMC" if role else "PESALR2"
        files.setdefault((day, kind, piece.direction if apart and not role else ""), []).append(piece)
    return [(day, kind, files[day, kind, part]) for day, kind, part in sorted(files)]


def numbered(book: Book, pieces: list[Piece]) -> Iterator[Sending]:
    """Sendings in order, bordereaux numbered by type and pieces by direction, roles apart, without a gap."""
    bordereau_numbers = {(direction, kind): start for direction in "DR" for kind, start in FIRST_BORDEREAU.items()}
    piece_numbers = {("D", False): 0, ("R", False): 0, ("R", True): FIRST_ROLE_PIECE}
    for day, kind, sent in batches(book, pieces):
        groups: dict[tuple[str, str, int], list[Piece]] = {}
        for piece in sorted(sent, key=lambda piece: piece.day):
            groups.setdefault((piece.direction, piece.typ_bord, STREAMS.index(piece.stream)), []).append(piece)
        bordereaux = []
        for (direction, typ_bord, _), members in sorted(groups.items(), key=lambda group: group[0]):
            for start in range(0, len(members), PIECES_PER_BORDEREAU):
                chunk = members[start : start + PIECES_PER_BORDEREAU]
                for piece in chunk:
                    piece_numbers[direction, typ_bord == "06"] += 1
                    piece.number = piece_numbers[direction, typ_bord == "06"]
                bordereau_numbers[direction, typ_bord] += 1
                number = bordereau_numbers[direction, typ_bord]
                bordereaux.append(Bordereau(direction, book.exercice, typ_bord, number, day, chunk))
        yield Sending(day, kind, bordereaux)


def mistaken(bordereau: Bordereau) -> Bordereau:
    """The same bordereau as first sent: a decimal point slipped in its first line."""
    first, *others = bordereau.pieces
    line, *rest = first.lines
    wrong = replace(first, lines=[replace(line, cents=line.cents * 10, vat=line.vat * 10), *rest])
    return replace(bordereau, pieces=[wrong, *others])


def sendings(book: Book, pieces: list[Piece]) -> Iterator[Sending]:
    """Every file of the exercice, mishaps included; the main budget alone has them."""
    planned = list(numbered(book, pieces))
    rng = random_source(book.town.seed, "mishaps", book.budget.key, book.exercice)
    able = [
        rank
        for rank, sending in enumerate(planned)
        if sending.kind == "PESALR2" and sending.bordereaux[0].typ_bord == "01"
    ]
    wanted = [book.town.scaled(5), book.town.scaled(2), 1] if book.budget.key == "main" else [0, 0, 0]
    drawn = rng.sample(able, k=min(len(able), sum(wanted)))
    refused, wrong, twice = (
        set(drawn[start : start + count]) for start, count in zip((0, wanted[0], sum(wanted[:2])), wanted, strict=True)
    )
    for rank, sending in enumerate(planned):
        sending.attachment = rank % 25 == 3
        sending.dropped_twice = rank in twice
        if rank in refused:
            original = sending.bordereaux[0]
            bad = mistaken(original)
            yield replace(sending, bordereaux=[bad, *sending.bordereaux[1:]], refused=[bad])
            yield Sending(sending.day + 3, sending.kind, [original], sent_again=True)
        elif rank in wrong:
            yield replace(sending, wrong_codique=True)
            yield replace(sending, day=sending.day + 1, sent_again=True)
        else:
            yield sending
