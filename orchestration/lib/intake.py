"""Taking in the new exports of one system: read, guard, then commit what is good and refuse the rest, each whole."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from pathlib import Path

import duckdb
import pandas as pd
from filelock import FileLock

from orchestration.lib import guard, lake, landing, processes, quality, refusals
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.guard import RuleVerdict, TableVerdict
from orchestration.lib.home import Home
from orchestration.lib.landing import Candidate
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.processes import Progress, Tick
from orchestration.lib.pseudonyms import Pseudonyms, fingerprint, load_key
from orchestration.lib.register import ACCEPTED, REFUSED, UNRECOGNISED, Export, LoadDraft, Register, WrittenFile
from orchestration.lib.system import System, all_systems
from orchestration.lib.warehouse import raw_view_sql

logger = logging.getLogger("beffroi.intake")
# Up to this size a file is read whole before its first row is kept, so that refusing it costs nothing.
WHOLE_FILE_BYTES = 8_000_000

Extractor = Callable[[Path], Iterator[tuple[str, pd.DataFrame]]]


@dataclass
class _Read:
    """What reading some exports gave: their verdicts so far, the names left alone, and what was written of them.

    ``written`` are the exports with rows in ``files``: those accepted, and those given up after their first rows.
    """

    exports: list[Export] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    files: list[WrittenFile] = field(default_factory=list)
    written: set[str] = field(default_factory=set)


@dataclass
class Intake:
    """What taking in gave: the exports judged, the rows landed per raw table and what the guard said of them."""

    exports: list[Export] = field(default_factory=list)
    # One moment for all: of exports taken in together, staging tells the later one by its name (macros/standing.sql).
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    left_alone: list[str] = field(default_factory=list)
    row_counts: dict[str, int] = field(default_factory=dict)
    verdicts: list[TableVerdict] = field(default_factory=list)

    @property
    def accepted(self) -> list[Export]:
        """Exports that are now in use."""
        return [export for export in self.exports if export.verdict == ACCEPTED]

    @property
    def refused(self) -> list[Export]:
        """Exports refused whole, each with its report."""
        return [export for export in self.exports if export.verdict == REFUSED]


def take_in(home: Home, system: System, candidates: list[Candidate], register: Register) -> Intake:
    """Take in ``candidates``. What is accepted becomes visible in one transaction with the verdicts on all of them.

    A file that changes while it is read, or that stops before its end mark and is still young, is left alone for the
    next run. Nothing is raised for a bad export: it is refused, with a French report, and the others go on. Raises
    WrongKey, and takes in nothing, when the key is not that of the loads in use.
    """
    with FileLock(home.intake_lock):
        return _take_in(home, system, candidates, register)


def key_in_use(home: Home, register: Register) -> bytes:
    """Return the key of the loads in use; raises WrongKey without it. To be called under the intake lock.

    Loads older than fingerprints are from then on known to be of that key.
    """
    systems = [system.name for system in all_systems().values() if system.has_pseudonyms]
    carried = {load.key_id for load in register.loads() if load.key_id or load.system in systems}
    key = load_key(home.root, carried)
    if None in carried:
        register.mark(systems, fingerprint(key))
    return key


def _take_in(home: Home, system: System, candidates: list[Candidate], register: Register) -> Intake:
    intake = Intake()
    load_id = lake.new_load_id()
    key = key_in_use(home, register)
    say = Progress(logger, f"{system.name}: %d of %d exports read", len(candidates))
    reader = partial(_read_part, home, system, key, load_id, intake.received_at)
    files: list[WrittenFile] = []
    written: set[str] = set()
    parts = processes.parts(candidates, attrgetter("size_bytes"))
    for read in processes.work(reader, list(enumerate(parts)), say.one_more):
        intake.exports += read.exports
        intake.left_alone += read.left_alone
        files += read.files
        written |= read.written

    if culprits := written - {export.export_id for export in intake.accepted}:
        files = lake.without_exports(home.raw, files, culprits)
    files, intake.verdicts = _guard(home, system, files, intake, {c.export_id: c for c in candidates})
    for file in files:
        intake.row_counts[file.table] = intake.row_counts.get(file.table, 0) + file.row_count

    key_id = fingerprint(key) if system.has_pseudonyms else None
    draft = LoadDraft(load_id, system.name, files, intake.exports, key_id)
    for export in intake.accepted:
        export.load_id = load_id
    register.commit(draft)
    if intake.verdicts:
        quality.record(home.root, "raw", intake.verdicts, load_id, system.name)
    lake.sweep(home.raw, register)
    lake.compact(home.raw, system.name, register)
    for export in intake.refused:
        logger.warning("%s: export %s refused, report in %s", system.name, export.export_id, export.report)
    return intake


def refuse_unrecognised(home: Home, candidates: list[Candidate], register: Register) -> Intake:
    """Refuse files of the drop folder's top that no reader recognises, so that nothing dropped goes unanswered."""
    error = RefusedExport(
        problem="Aucun système ne reconnaît ce fichier",
        expected="Un export d'un des systèmes déclarés, par exemple un flux PES ou un document budgétaire TotEM",
        action="Vérifiez qu'il s'agit du bon fichier, puis déposez-le dans le sous-dossier du système dont il vient.",
    )
    intake = Intake()
    intake.exports = [
        _refused(home, UNRECOGNISED, "", candidate, error, intake.received_at) for candidate in candidates
    ]
    register.commit(LoadDraft(lake.new_load_id(), UNRECOGNISED, [], intake.exports))
    return intake


def extractor(home: Home, system: System, key: bytes) -> Extractor:
    """Return the reader of ``system``: of a path, it yields (raw table, rows), as `System.extract`."""
    pseudonyms = Pseudonyms(key, system.purpose)
    neighbourhoods = Neighbourhoods.of(home, Register(home.register_url)) if system.reads_addresses else None
    return lambda path: system.extract(path, pseudonyms, neighbourhoods)


def _read_part(
    home: Home,
    system: System,
    key: bytes,
    load_id: str,
    received_at: datetime,
    part: tuple[int, list[Candidate]],
    tick: Tick,
) -> _Read:
    """Read some of the exports of a load, perhaps in a process of its own, into files of their own."""
    number, candidates = part
    extract, read = extractor(home, system, key), _Read()
    with lake.LoadWriter(home.raw, system.name, f"{load_id}-{number}", system.tables) as writer:
        for candidate in candidates:
            _read(home, system, candidate, extract, writer, received_at, read)
            tick()
    read.files, read.written = writer.files(), writer.export_ids
    return read


def _read(
    home: Home,
    system: System,
    candidate: Candidate,
    extract: Extractor,
    writer: lake.LoadWriter,
    received_at: datetime,
    read: _Read,
) -> None:
    """Read one export into the load; its verdict goes to ``read``."""
    period: set[str] = set()
    row_count = 0
    try:
        if not system.matches(candidate.path):
            raise _unexpected_name(system)
        frames = extract(candidate.path)
        if candidate.size_bytes <= WHOLE_FILE_BYTES:
            frames = list(frames)
        for table, frame in frames:
            writer.append(table, candidate.export_id, frame)
            row_count += len(frame)
            if (column := _period_column(system, table)) is not None:
                period.update(_sortable(value) for value in frame[column].dropna())
    except UnfinishedExport as error:
        if candidate.age_seconds < landing.UNFINISHED_GRACE_SECONDS:
            read.left_alone.append(candidate.name)
        else:
            read.exports.append(_refused(home, system.name, system.department, candidate, error, received_at))
        return
    except RefusedExport as error:
        read.exports.append(_refused(home, system.name, system.department, candidate, error, received_at))
        return
    if not candidate.is_unchanged():
        read.left_alone.append(candidate.name)
        return
    read.exports.append(
        _export(
            system.name,
            candidate,
            ACCEPTED,
            received_at=received_at,
            encoding=_encoding(candidate.path),
            period_from=min(period, default=None),
            period_to=max(period, default=None),
            row_count=row_count,
        )
    )


def _guard(
    home: Home, system: System, files: list[WrittenFile], intake: Intake, candidates: dict[str, Candidate]
) -> tuple[list[WrittenFile], list[TableVerdict]]:
    """Guard the load as a whole; while a critical rule fails, refuse the exports at fault and keep the rest."""
    if not files:
        return [], []
    suites = guard.load_suites("raw", system.name)
    database = home.work / f"{lake.new_load_id()}.duckdb"

    def check(export_ids: set[str]) -> list[RuleVerdict]:
        """Lay the given exports in the scratch database; return the critical rules that they break."""
        nonlocal verdicts
        _make_views(database, home.raw, system, files, export_ids)
        verdicts = guard.validate(database, "raw", suites, prefix=f"{system.name}__")
        return [rule for verdict in verdicts for rule in verdict.critical_failures]

    verdicts: list[TableVerdict] = []
    kept = {export.export_id for export in intake.accepted}
    refused: dict[str, list[RuleVerdict]] = {}
    try:
        while kept and (broken := check(kept)):
            found = _named_culprits(broken) or _culprits_by_halves(check, sorted(kept))
            refused |= found
            kept -= found.keys()
    finally:
        database.unlink(missing_ok=True)
    if refused:
        files = lake.without_exports(home.raw, files, set(refused))
    for position, export in enumerate(intake.exports):
        if rules := refused.get(export.export_id):
            candidate = candidates[export.export_id]
            intake.exports[position] = _refused(
                home, system.name, system.department, candidate, rules, intake.received_at
            )
    return files, verdicts


def _named_culprits(broken: list[RuleVerdict]) -> dict[str, list[RuleVerdict]]:
    """Return the exports that the broken rules themselves hold responsible, with the rules that each breaks."""
    culprits: dict[str, list[RuleVerdict]] = {}
    for rule in broken:
        for export_id in rule.exports or ():
            culprits.setdefault(export_id, []).append(rule)
    return culprits


def _culprits_by_halves(
    check: Callable[[set[str]], list[RuleVerdict]], export_ids: list[str]
) -> dict[str, list[RuleVerdict]]:
    """Find the exports at fault when the rules cannot tell, guarding ever smaller parts of the load."""
    broken = check(set(export_ids))
    if not broken:
        return {}
    if len(export_ids) == 1:
        return {export_ids[0]: broken}
    half = len(export_ids) // 2
    halves = _culprits_by_halves(check, export_ids[:half]) | _culprits_by_halves(check, export_ids[half:])
    # A rule that only fails on the whole (a total over all exports) leaves no half at fault: then all are refused.
    return halves or dict.fromkeys(export_ids, broken)


def _make_views(database: Path, raw: Path, system: System, files: list[WrittenFile], export_ids: set[str]) -> None:
    """Lay the raw tables of a load not yet committed in a scratch database, limited to ``export_ids``."""
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.batch as select unnest(?) as export_id", [sorted(export_ids)])
        for table, fields in system.tables.items():
            paths = [raw / file.path for file in files if file.table == table]
            kept = "source_export in (select export_id from raw.batch)"
            connection.execute(raw_view_sql(system.name, table, fields, paths, kept))


def _refused(
    home: Home,
    system: str,
    department: str,
    candidate: Candidate,
    cause: RefusedExport | list[RuleVerdict],
    moment: datetime,
) -> Export:
    report = refusals.write(home.root, system, department, candidate.name, candidate.sha256, cause, moment)
    reason = str(cause) if isinstance(cause, RefusedExport) else " ; ".join(rule.description for rule in cause)
    report_name = report.relative_to(home.root).as_posix()
    return _export(system, candidate, REFUSED, received_at=moment, reason=reason, report=report_name)


def _export(system: str, candidate: Candidate, verdict: str, **details) -> Export:
    return Export(
        system=system,
        export_id=candidate.export_id,
        sha256=candidate.sha256,
        file_name=candidate.name,
        size_bytes=candidate.size_bytes,
        verdict=verdict,
        **details,
    )


def _unexpected_name(system: System) -> RefusedExport:
    return RefusedExport(
        problem="Le nom du fichier n'est pas de ceux attendus pour ce système",
        expected="un nom comme " + " ou ".join(system.patterns),
        action="Vérifiez qu'il s'agit du bon export, déposé dans le bon sous-dossier, puis redéposez-le.",
    )


def _period_column(system: System, table: str) -> str | None:
    period_table, column = system.period_column.split(".")
    return column if table == period_table else None


def _sortable(period: str) -> str:
    """Return a period so that text order is time order: the DSN writes 01MMAAAA for a month."""
    return f"{period[4:]}-{period[2:4]}" if re.fullmatch(r"01[0-9]{6}", period) else period


def _encoding(file: Path) -> str:
    """Return the encoding that the first bytes declare, UTF-8 when they declare none (XML 1.0, section 4.3.3)."""
    with file.open("rb") as stream:
        head = stream.read(256)
    if head.startswith(b"\xef\xbb\xbf"):
        return "UTF-8 (BOM)"
    declared = re.search(rb'encoding=["\']([\w.-]+)["\']', head)
    return declared.group(1).decode().upper() if declared else "UTF-8"
