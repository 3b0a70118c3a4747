"""Reading again exports in use: the lake keeps neither identities nor addresses, so only the files can tell more.

Used to rotate the key of the pseudonyms, and when what a reader is given has changed: the addresses and contours of the
town, the bands of a tariff grid, or the reader itself. The new loads are written under names that nobody reads; one
transaction of the register then puts them in the place of the former ones.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from orchestration.lib import intake, lake, landing
from orchestration.lib.errors import RefusedExport
from orchestration.lib.home import Home
from orchestration.lib.landing import Candidate
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms, fingerprint
from orchestration.lib.register import ACCEPTED, Export, LoadDraft, Register
from orchestration.lib.system import System, all_systems

logger = logging.getLogger("beffroi.rereading")
PROGRESS_EVERY = 200  # files between two lines of progress


class GivenUp(RuntimeError):
    """A rereading was given up before it changed anything: the loads in use stay."""


@dataclass(frozen=True)
class Lost:
    """An accepted export that cannot be read again, and why."""

    export: Export
    reason: str


@dataclass
class Rereading:
    """What was done: exports read again, rows written and exports forgotten.

    ``changed`` are the files that give another number of rows than when they were taken in: their reader has changed.
    """

    exports: int = 0
    rows: int = 0
    forgotten: list[Export] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


MayForget = Callable[[list[Lost]], bool]


def reread(home: Home, register: Register, names: Iterable[str], may_forget: MayForget) -> Rereading:
    """Read again all exports in use of the systems ``names``, with the same key.

    ``may_forget`` is told which exports cannot be read again and says whether their rows may be dropped; if not,
    GivenUp is raised. WrongKey is raised when the key at hand is not that of the loads.
    """
    names = set(names)
    with FileLock(home.intake_lock):
        key = intake.key_in_use(home, register)
        replaced = [load.load_id for load in register.loads() if load.system in names]
        done = Rereading()
        try:
            drafts = draft_again(home, register, names, key, may_forget, done)
            register.replace(drafts, replaced, done.forgotten)
        finally:
            lake.sweep(home.raw, register)
    return done


def draft_again(
    home: Home, register: Register, names: set[str], key: bytes, may_forget: MayForget, done: Rereading
) -> list[LoadDraft]:
    """Write a load of all the exports in use of each system, with pseudonyms of ``key``, that no register lists yet."""
    found, missing = _locate(home.landing, names, register)
    _ask(may_forget, missing)
    drafts, unreadable = [], []
    for system, exports in found:
        neighbourhoods = Neighbourhoods.of(home, register) if system.reads_addresses else None
        draft, lost = read_again(home.raw, system, exports, key, neighbourhoods, done)
        drafts += [draft] if draft.exports else []
        unreadable += lost
    _ask(may_forget, unreadable)
    done.forgotten = [lost.export for lost in missing + unreadable]
    return drafts


def _ask(may_forget: MayForget, lost: list[Lost]) -> None:
    if lost and not may_forget(lost):
        raise GivenUp(f"{len(lost)} exports in use cannot be read again")


def _locate(
    folder: Path, names: set[str], register: Register
) -> tuple[list[tuple[System, list[tuple[Export, Candidate]]]], list[Lost]]:
    """Return the systems ``names`` with the file of each of their exports in use, and the exports without a file."""
    systems = all_systems()
    found, missing = [], []
    for name in sorted(names):
        exports = [export for export in register.exports(name) if export.verdict == ACCEPTED]
        if name not in systems:
            missing += [Lost(export, "its system is no longer declared") for export in exports]
            continue
        files = landing.locate(folder, systems[name], register, {export.sha256 for export in exports})
        missing += [Lost(export, "no file has its content") for export in exports if export.sha256 not in files]
        found.append((systems[name], [(export, files[export.sha256]) for export in exports if export.sha256 in files]))
    return found, missing


def read_again(
    raw: Path,
    system: System,
    exports: list[tuple[Export, Candidate]],
    key: bytes,
    neighbourhoods: Neighbourhoods | None,
    done: Rereading,
) -> tuple[LoadDraft, list[Lost]]:
    """Write one load of all ``exports`` with pseudonyms of ``key``; return it with the exports that it is without.

    The rules of the raw layer are not asked again: an export that they accepted stays accepted, as in any other run.
    """
    key_id = fingerprint(key) if system.has_pseudonyms else None
    draft, lost = LoadDraft(lake.new_load_id(), system.name, key_id=key_id), []
    of_purpose = Pseudonyms(key, system.purpose)
    with lake.LoadWriter(raw, system.name, draft.load_id, system.tables) as writer:
        for number, (export, file) in enumerate(exports, start=1):
            row_count = 0
            try:
                for table, frame in system.extract(file.path, of_purpose, neighbourhoods):
                    writer.append(table, export.export_id, frame)
                    row_count += len(frame)
            except RefusedExport as error:
                lost.append(Lost(export, f"its reader, changed since, refuses it: {error}"))
                continue
            if not file.is_unchanged():
                lost.append(Lost(export, "it changed while it was read"))
                continue
            if row_count != export.row_count:
                done.changed.append(export.file_name)
            export.row_count, export.load_id = row_count, draft.load_id
            draft.exports.append(export)
            done.exports += 1
            done.rows += row_count
            if number % PROGRESS_EVERY == 0 or number == len(exports):
                logger.info("%s: %d of %d exports read again", system.name, number, len(exports))
    draft.files = writer.files()
    if partly := writer.export_ids & {one.export.export_id for one in lost}:
        draft.files = lake.without_exports(raw, draft.files, partly)
    return draft, lost
