"""Reading again exports in use: the lake keeps neither identities nor addresses, so only the files can tell more.

Used to rotate the key of the pseudonyms, and when what a reader is given has changed: the addresses and contours of the
town, the bands of a tariff grid, or the reader itself. The new loads are written under names that nobody reads; one
transaction of the register then puts them in the place of the former ones.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path

from filelock import FileLock

from orchestration.lib import intake, lake, landing, processes
from orchestration.lib.errors import RefusedExport
from orchestration.lib.home import Home
from orchestration.lib.landing import Candidate
from orchestration.lib.processes import Progress, Tick
from orchestration.lib.pseudonyms import fingerprint
from orchestration.lib.register import ACCEPTED, Export, LoadDraft, Register, WrittenFile
from orchestration.lib.system import System, all_systems

logger = logging.getLogger("beffroi.rereading")


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
        draft, lost = read_again(home, system, exports, key, done)
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


@dataclass
class _Read:
    """What reading some exports again gave, by export_id: rows, or why not; and what was written of them."""

    row_counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    files: list[WrittenFile] = field(default_factory=list)
    written: set[str] = field(default_factory=set)


def read_again(
    home: Home, system: System, exports: list[tuple[Export, Candidate]], key: bytes, done: Rereading
) -> tuple[LoadDraft, list[Lost]]:
    """Write one load of all ``exports`` with pseudonyms of ``key``; return it with the exports that it is without.

    The rules of the raw layer are not asked again: an export that they accepted stays accepted, as in any other run.
    """
    key_id = fingerprint(key) if system.has_pseudonyms else None
    draft, lost = LoadDraft(lake.new_load_id(), system.name, key_id=key_id), []
    say = Progress(logger, f"{system.name}: %d of %d exports read again", len(exports))
    by_id = {export.export_id: export for export, _ in exports}
    parts = processes.parts([file for _, file in exports], attrgetter("size_bytes"))
    reader = partial(_read_part, home, system, key, draft.load_id)
    partly: set[str] = set()
    for read in processes.work(reader, list(enumerate(parts)), say.one_more):
        lost += [Lost(by_id[export_id], reason) for export_id, reason in read.reasons.items()]
        partly |= read.written & read.reasons.keys()
        draft.files += read.files
        for export_id, row_count in read.row_counts.items():
            export = by_id[export_id]
            if row_count != export.row_count:
                done.changed.append(export.file_name)
            export.row_count, export.load_id = row_count, draft.load_id
            draft.exports.append(export)
            done.exports += 1
            done.rows += row_count
    if partly:
        draft.files = lake.without_exports(home.raw, draft.files, partly)
    return draft, lost


def _read_part(
    home: Home, system: System, key: bytes, load_id: str, part: tuple[int, list[Candidate]], tick: Tick
) -> _Read:
    """Read some of the exports of a load again, perhaps in a process of its own, into files of their own."""
    number, candidates = part
    extract, read = intake.extractor(home, system, key), _Read()
    with lake.LoadWriter(home.raw, system.name, f"{load_id}-{number}", system.tables) as writer:
        for candidate in candidates:
            row_count = 0
            try:
                for table, frame in extract(candidate.path):
                    writer.append(table, candidate.export_id, frame)
                    row_count += len(frame)
            except RefusedExport as error:
                read.reasons[candidate.export_id] = f"its reader, changed since, refuses it: {error}"
            else:
                if candidate.is_unchanged():
                    read.row_counts[candidate.export_id] = row_count
                else:
                    read.reasons[candidate.export_id] = "it changed while it was read"
            tick()
    read.files, read.written = writer.files(), writer.export_ids
    return read
