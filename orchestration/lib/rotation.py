"""Rotation of the pseudonym key: every accepted export with identities is read again, and all loads change at once.

The lake holds no identity, so pseudonyms of another key can only come from the exports themselves. The new loads are
written under names that nobody reads, and the new key beside the old one; one transaction of the register then replaces
all the loads. As the key in use is the one that the loads carry, that transaction also changes the key: killed before
it, an installation goes on with the old key, and after it with the new one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from orchestration.lib import intake, lake, landing, pseudonyms
from orchestration.lib.errors import RefusedExport
from orchestration.lib.home import Home
from orchestration.lib.landing import Candidate
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms, fingerprint
from orchestration.lib.register import ACCEPTED, Export, LoadDraft, Register
from orchestration.lib.system import System, all_systems

logger = logging.getLogger("beffroi.rotation")
PROGRESS_EVERY = 200  # files between two lines of progress


class NotRotated(RuntimeError):
    """The rotation was given up before it changed anything: the old key and its loads stay in use."""


@dataclass(frozen=True)
class Lost:
    """An accepted export that cannot be read again, and why."""

    export: Export
    reason: str


@dataclass
class Rotation:
    """What a rotation did: fingerprints of both keys, exports read again, rows written and exports forgotten.

    ``changed`` are the files that give another number of rows than when they were taken in: their reader has changed.
    """

    old_key_id: str
    new_key_id: str
    exports: int = 0
    rows: int = 0
    forgotten: list[Export] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def rotate(home: Home, register: Register, may_forget: Callable[[list[Lost]], bool]) -> Rotation:
    """Replace the key, and with it every load that has pseudonyms.

    ``may_forget`` is told which exports cannot be read again and says whether their rows may be dropped; if not,
    NotRotated is raised. WrongKey is raised when the key at hand is not that of the loads, or the environment has no
    next one. The warehouse, which has pseudonyms of the old key, is deleted: the next build makes it anew.
    """
    with FileLock(home.intake_lock):
        old = intake.key_in_use(home, register)
        replaced = [load for load in register.loads() if load.key_id]
        found, missing = _locate(home.landing, {load.system for load in replaced}, register)
        _ask(may_forget, missing)
        new = pseudonyms.next_key(home.root, old)
        done = Rotation(fingerprint(old), fingerprint(new))
        try:
            drafts, unreadable = [], []
            for system, exports in found:
                neighbourhoods = Neighbourhoods.of(home, register) if system.reads_addresses else None
                draft, lost = _read_again(home.raw, system, exports, new, neighbourhoods, done)
                drafts += [draft] if draft.exports else []
                unreadable += lost
            _ask(may_forget, unreadable)
            done.forgotten = [lost.export for lost in missing + unreadable]
            _delete_warehouse(home)
            register.replace(drafts, [load.load_id for load in replaced], done.forgotten)
            pseudonyms.adopt_next_key(home.root)
        finally:
            lake.sweep(home.raw, register)
    return done


def _ask(may_forget: Callable[[list[Lost]], bool], lost: list[Lost]) -> None:
    if lost and not may_forget(lost):
        raise NotRotated(f"{len(lost)} exports in use cannot be read again")


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


def _read_again(
    raw: Path,
    system: System,
    exports: list[tuple[Export, Candidate]],
    key: bytes,
    neighbourhoods: Neighbourhoods | None,
    done: Rotation,
) -> tuple[LoadDraft, list[Lost]]:
    """Write one load of all ``exports`` with pseudonyms of ``key``; return it with the exports that it is without.

    The rules of the raw layer are not asked again: an export that they accepted stays accepted, as in any other run.
    """
    draft, lost = LoadDraft(lake.new_load_id(), system.name, key_id=fingerprint(key)), []
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


def _delete_warehouse(home: Home) -> None:
    """Delete the warehouse rather than build over it: DuckDB leaves old rows in the free blocks of its file."""
    for file in home.root.glob(f"{home.warehouse.name}*"):
        if file.is_file():
            file.unlink()
