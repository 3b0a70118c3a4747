"""What the town does with its money: one writer for each system that says who uses a service, or what a building takes.

A writer is a module with a function ``write(town, exercices, landing, booked)``, which writes its exports under
``landing/<system>`` and returns what it knows to be true. Same arguments, same bytes.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from demo_city import energy, territory
from demo_city.ledger import Piece
from demo_city.town import Town
from demo_city.writing import Booked, Writer, Written

# What the writers need of the ledger: a meter is billed, an asset is depreciated.
BOOKED_NATURES = ("60611", "60612", "60621", "6811", "281", "2805", "28031", "280422")


# System -> writer, in the order in which they write.
WRITERS: dict[str, Writer] = {"territory": territory, "energy": energy}


class Activity:
    """All the writers, and what they need of the ledger while it is drawn."""

    def __init__(self, town: Town, exercices: list[int], landing: Path) -> None:
        """Start with nothing booked."""
        self.town = town
        self.exercices = exercices
        self.landing = landing
        self.booked: list[Booked] = []
        self.written: dict[str, Written] = {}

    def book(self, budget: str, exercice: int, pieces: list[Piece]) -> None:
        """Keep the lines of ``pieces`` that a writer needs."""
        self.booked += [
            Booked(
                budget, piece.direction, exercice, piece.day, line.nature, line.function, line.analytic, line.label,
                piece.sign * line.cents,
            )
            for piece in pieces
            if not piece.rejected
            for line in piece.lines
            if line.nature.startswith(BOOKED_NATURES)
        ]  # fmt: skip

    @property
    def files(self) -> Counter[str]:
        """Number of files by system."""
        return Counter({system: written.files for system, written in self.written.items()})

    @property
    def identities(self) -> set[str]:
        """What names a person in any of the files."""
        return {identity for written in self.written.values() for identity in written.identities}

    def write(self, on_progress: Callable[[str], None]) -> None:
        """Let every writer write."""
        for system, writer in WRITERS.items():
            self.written[system] = writer.write(self.town, self.exercices, self.landing, self.booked)
            on_progress(f"{system} : {self.written[system].files} fichiers écrits")
