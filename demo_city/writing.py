"""What a writer of activity takes and gives: apart from `activity`, which imports the writers."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from demo_city.town import Town


@dataclass(frozen=True, slots=True)
class Booked:
    """One line of a mandat or titre that stands and that a writer needs; cents are negative on a cancellation."""

    budget: str  # main, ccas or annexe
    direction: str  # D or R
    exercice: int
    day: int  # proleptic ordinal
    nature: str
    function: str
    analytic: str
    label: str
    cents: int
    asset: str = ""  # inventory number of what the line buys


@dataclass(slots=True)
class Written:
    """What a writer knows: true totals for the tests, number of files, and identities that must never leak."""

    truth: dict[str, object] = field(default_factory=dict)
    files: int = 0
    identities: set[str] = field(default_factory=set)
    # For the true cost: cents of depreciation by budget, exercice, service and facility ("" when the inventory does not
    # say); quarters of an hour of work orders by year and the service that asked.
    depreciated: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    asked_for: Counter[tuple[int, str]] = field(default_factory=Counter)


class Writer(Protocol):
    """A module that writes the exports of one system."""

    def write(self, town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:
        """Write the exports of ``exercices``."""
