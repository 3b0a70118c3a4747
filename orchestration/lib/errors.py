"""Refusals of an export, as a clerk reads them: every text here is French, names the place and says what to do."""

from dataclasses import dataclass


@dataclass
class RefusedExport(Exception):
    """An export that cannot be taken in. It is refused whole; nothing of it is stored.

    ``problem`` says what is wrong, ``place`` where (line, element), ``expected`` what should stand there and
    ``action`` what the sender does now. None of them may quote a value that could name a person.
    """

    problem: str
    place: str = ""
    expected: str = ""
    action: str = ""

    def __str__(self) -> str:
        return " — ".join(part for part in (self.problem, self.place, self.expected, self.action) if part)


class NotFetched(Exception):
    """The database of a system could not be read; the message says why, and holds no password."""


class NotServed(Exception):
    """PostgreSQL could not be brought up to the published snapshot; the message says why, and holds no password."""


class UnfinishedExport(RefusedExport):
    """The file stops before its end mark: still being written if it is young, cut off otherwise."""
