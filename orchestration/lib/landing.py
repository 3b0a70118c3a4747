"""The drop folder: which files are new, complete and not yet judged. Nothing in it is ever moved or changed."""

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.lib.register import UNRECOGNISED, Register, Sighting
from orchestration.lib.system import System

UNFINISHED_NAMES = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")
HEAD_BYTES = 8192
# A file whose size or time still moves is being written. Two seconds is the coarsest time stamp of usual file systems.
SETTLE_SECONDS = float(os.environ.get("BEFFROI_SETTLE_SECONDS", "2"))
# A file without its end mark is left alone this long, as an upload may have stalled; after that it is refused as cut.
UNFINISHED_GRACE_SECONDS = float(os.environ.get("BEFFROI_UNFINISHED_GRACE_SECONDS", "600"))


@dataclass(frozen=True)
class Candidate:
    """A complete file that the register has not judged for this system yet."""

    path: Path
    name: str  # relative to the system's drop folder
    size_bytes: int
    mtime_ns: int
    sha256: str

    @property
    def export_id(self) -> str:
        """Identity of the content: the first 16 hexadecimal digits of its SHA-256."""
        return self.sha256[:16]

    @property
    def age_seconds(self) -> float:
        """Seconds since the file was last written."""
        return time.time() - self.mtime_ns / 1e9

    def is_unchanged(self) -> bool:
        """Tell whether the file still has the size and time it had when its checksum was taken."""
        stat = self.path.stat()
        return (stat.st_size, stat.st_mtime_ns) == (self.size_bytes, self.mtime_ns)


def pending(landing: Path, system: System, register: Register, systems: Iterable[System]) -> list[Candidate]:
    """Return the files of ``system`` to take in, by name: complete, and of a content not judged yet.

    Looks in ``landing/<system>`` and, at the top of ``landing``, at the files that this system's reader recognises.
    """
    judged = {export.sha256 for export in register.exports(system.name)}
    files = list(_settled(landing / system.name)) + [
        file for file in _settled(landing, recursive=False) if recognised_by(file, systems) is system
    ]
    return _new(files, landing, system.name, register, judged)


def unrecognised(landing: Path, systems: Iterable[System], register: Register) -> list[Candidate]:
    """Return the new files at the top of ``landing`` that no reader recognises."""
    systems = list(systems)
    files = [file for file in _settled(landing, recursive=False) if recognised_by(file, systems) is None]
    judged = {export.sha256 for export in register.exports(UNRECOGNISED)}
    return _new(files, landing, UNRECOGNISED, register, judged)


def locate(landing: Path, system: System, register: Register, wanted: set[str]) -> dict[str, Candidate]:
    """Return sha256 -> file for the contents ``wanted`` of ``system`` that lie in ``landing`` or where last seen.

    Every file is read: a path and a size say what a file was, not what it is.
    """
    files = [*_files(landing / system.name), *_files(landing, recursive=False)]
    files += [path for seen in register.sightings(system.name) if (path := Path(seen)).is_file()]
    found: dict[str, Candidate] = {}
    for file in dict.fromkeys(files):
        if len(found) == len(wanted):
            break
        stat, sha256 = file.stat(), _sha256(file)
        if sha256 in wanted:
            found.setdefault(sha256, Candidate(file, file.name, stat.st_size, stat.st_mtime_ns, sha256))
    return found


def recognised_by(file: Path, systems: Iterable[System]) -> System | None:
    """Return the system whose reader recognises the first bytes of ``file``."""
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    return next((system for system in systems if system.reader.recognise(head)), None)


def wait_until_settled(landing: Path) -> None:
    """Wait, at most a few seconds, until the youngest file of ``landing`` is old enough to be looked at."""
    deadline = time.monotonic() + 3 * SETTLE_SECONDS
    while time.monotonic() < deadline:
        youngest = max((file.stat().st_mtime for file in _files(landing)), default=0.0)
        if (remaining := SETTLE_SECONDS - (time.time() - youngest)) <= 0:
            return
        time.sleep(min(remaining, SETTLE_SECONDS))


def _new(files: list[Path], landing: Path, system: str, register: Register, judged: set[str]) -> list[Candidate]:
    """Keep the files whose content is not in ``judged``, once each, reading only those that changed since last time."""
    seen = register.sightings(system)
    fresh: list[Sighting] = []
    candidates: dict[str, Candidate] = {}
    for file in files:
        stat = file.stat()
        sighting = seen.get(str(file))
        if sighting is None or (sighting.size_bytes, sighting.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            sighting = Sighting(
                path=str(file),
                system=system,
                size_bytes=stat.st_size,
                mtime_ns=stat.st_mtime_ns,
                sha256=_sha256(file),
            )
            fresh.append(sighting)
        if sighting.sha256 in judged or sighting.sha256 in candidates:
            continue
        folder = landing / system
        name = file.relative_to(folder if file.is_relative_to(folder) else landing).as_posix()
        candidates[sighting.sha256] = Candidate(file, name, sighting.size_bytes, sighting.mtime_ns, sighting.sha256)
    register.remember(fresh)
    return list(candidates.values())


def _settled(folder: Path, recursive: bool = True) -> Iterable[Path]:
    now = time.time()
    for file in _files(folder, recursive):
        if not file.name.lower().endswith(UNFINISHED_NAMES) and now - file.stat().st_mtime >= SETTLE_SECONDS:
            yield file


def _files(folder: Path, recursive: bool = True) -> list[Path]:
    """Return the plain files of ``folder`` by name; a link could point outside the drop folder, so it is skipped."""
    entries = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(
        entry for entry in entries if entry.is_file() and not entry.is_symlink() and not entry.name.startswith(".")
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(candidates: Iterable[Candidate]) -> str:
    """Return what identifies a set of contents: the same files give the same digits, in any order."""
    names = "".join(sorted(candidate.sha256 for candidate in candidates))
    return hashlib.sha256(names.encode()).hexdigest()[:16]
