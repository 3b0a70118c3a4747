"""One whole run in this process, recorded in the Dagster instance: take in, then build, guard and publish.

A rotation of the key goes the same way, with the exports in use in the place of the new ones.

Two Dagster runs rather than one: in a single run a system whose exports are all refused would stop the marts of the
others. Both are seen in the UI like any run asked for by a sensor.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from filelock import FileLock

from orchestration.lib import build, gate, intake, lake, landing, publish, quality, rereading, rotation, serving
from orchestration.lib.errors import NotFetched, NotServed
from orchestration.lib.home import Home
from orchestration.lib.pseudonyms import KEY_VARIABLE, NEXT_KEY_VARIABLE, WrongKey, is_in_environment
from orchestration.lib.register import Register
from orchestration.lib.rereading import GivenUp, MayForget, Rereading
from orchestration.lib.system import all_systems
from orchestration.site.build import first_page

DONE, FAILED, SOME_REFUSED, NOT_PUBLISHED = 0, 1, 3, 4
# What Dagster puts on the runs that its daemon launches: without it the pages of the jobs do not list the run.
LISTED = {".dagster/repository": "__repository__@beffroi"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(home: Home, say: Callable[[str], None], retry_refused: bool = False, rebuild: bool = False) -> int:
    """Bring the published snapshot up to date with the drop folder; return an exit code of the command ``beffroi``.

    Waits for another run of the same home to finish. Safe to kill at any moment: the next run finds in the register
    what was committed, and builds again whatever is not yet published. Without the key of the loads in use it does
    nothing.
    """
    with FileLock(home.lock), _output_to_log(home):
        register = Register(home.register_url)
        try:
            with FileLock(home.intake_lock):
                intake.key_in_use(home, register)
                lake.sweep(home.raw, register)
        except WrongKey as error:
            say(f"nothing is taken in: {error}")
            return FAILED
        if retry_refused:
            register.forget_refused()
        refused_before = len(register.refused())
        unread = _fetch(home, say)
        crashed = _take_in(home, register, say)
        refused = register.refused()[refused_before:]
        for export in refused:
            say(f"refused: {export.system}/{export.file_name}: {export.reason} (report: {home.root / export.report})")
        for name in crashed:
            say(f"taking in {name} failed, its last good data stays in use: `beffroi ui` shows the run and its log")
        published = publish.current(home)
        if not rebuild and published is not None and published.inputs == build.inputs(register):
            say(f"nothing new: snapshot {published.snapshot} is up to date")
            outcome = _catch_up(home, say)
        else:
            outcome = _build(home, say)
        quality.render(home.root, build.exports_for_report(register))
        if page := dashboards(home):
            say(f"dashboards: {page.as_uri()}")
        if outcome != DONE:
            return outcome
        return FAILED if crashed or unread else SOME_REFUSED if refused else DONE


def rotate_key(home: Home, say: Callable[[str], None], may_forget: MayForget) -> int:
    """Rotate the pseudonym key, then build and publish; return an exit code of the command ``beffroi``.

    Safe to kill at any moment, like `run`. ``may_forget`` is that of `orchestration.lib.rereading.reread`.
    """
    with FileLock(home.lock):
        register = Register(home.register_url)
        try:
            done = rotation.rotate(home, register, may_forget)
        except (WrongKey, GivenUp) as error:
            say(f"the key is not rotated, nothing changed: {error}")
            return FAILED
        say(f"key {done.old_key_id} replaced by {done.new_key_id}")
        _tell(done, say)
        with _output_to_log(home):
            outcome = _build(home, say)
        quality.render(home.root, build.exports_for_report(register))
    if outcome != DONE:
        say(f"the new key is in use, but the published snapshot still has pseudonyms of {done.old_key_id}")
    if is_in_environment():
        say(f"now put {NEXT_KEY_VARIABLE} in {KEY_VARIABLE} and unset the former: until then every run stops")
    return outcome


def reread(home: Home, names: Iterable[str], say: Callable[[str], None], may_forget: MayForget) -> int:
    """Read again the exports in use of the systems ``names``, then build and publish; return an exit code."""
    with FileLock(home.lock), _output_to_log(home):
        register = Register(home.register_url)
        try:
            done = rereading.reread(home, register, names, may_forget)
        except (WrongKey, GivenUp) as error:
            say(f"nothing is read again: {error}")
            return FAILED
        _tell(done, say)
        outcome = _build(home, say)
        quality.render(home.root, build.exports_for_report(register))
    return outcome


def dashboards(home: Home) -> Path | None:
    """Return the first page of the published dashboards, None before the first publication."""
    page = first_page(publish.current_folder(home.published))
    return page if page.exists() else None


def _tell(done: Rereading, say: Callable[[str], None]) -> None:
    say(f"{done.exports} exports read again ({done.rows:,} rows), {len(done.forgotten)} forgotten")
    for name in done.changed:
        say(f"{name} gives another number of rows than when it was taken in: its reader has changed since")


@contextmanager
def _output_to_log(home: Home) -> Iterator[None]:
    """Send the standard output, where dbt tells of each node, to a file: the command keeps to what matters."""
    log = home.root / "logs" / "run.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output, redirect_stdout(output):
        yield


def _fetch(home: Home, say: Callable[[str], None]) -> list[str]:
    """Write what is new in the databases that the town opened to the drop folder; return what could not be read."""
    unread = []
    for system in all_systems().values():
        if system.is_connected:
            try:
                files = system.fetch(home)
            except (NotFetched, OSError) as error:
                say(f"reading the database of {system.name} failed, its last good data stays in use: {error}")
                unread.append(system.name)
            else:
                say(f"read the database of {system.name}: {len(files)} new exports")
    return unread


def _take_in(home: Home, register: Register, say: Callable[[str], None]) -> list[str]:
    """Take in what is new; return the systems whose exports could not even be judged."""
    landing.wait_until_settled(home.landing)
    systems = all_systems()
    if strays := landing.unrecognised(home.landing, systems.values(), register):
        intake.refuse_unrecognised(home, strays, register)
    news = {
        system.name: found
        for system in systems.values()
        if (found := landing.pending(home.landing, system, register, systems.values()))
    }
    if not news:
        return []
    for name, found in news.items():
        say(f"taking in {name}: {len(found)} new exports, {sum(c.size_bytes for c in found) / 1e6:.1f} MB")
    import dagster as dg

    # The addresses and contours of the town first: those who read addresses need them.
    waves = [[name for name in news if systems[name].reads_addresses is later] for later in (False, True)]
    succeeded = [
        _execute("take_in", [dg.AssetKey(["raw", name, table]) for name in wave for table in systems[name].tables])
        for wave in waves
        if wave
    ]
    if all(succeeded):
        return []
    judged = {export.sha256 for export in register.exports()}
    return [name for name, found in news.items() if not any(candidate.sha256 in judged for candidate in found)]


def _build(home: Home, say: Callable[[str], None]) -> int:
    say("building, guarding and publishing the marts")
    before = publish.current(home)
    succeeded = _execute("build")
    judged = gate.read(home)
    if judged is not None:
        say(f"{judged.rules} rules checked: {judged.critical} critical failures, {judged.warnings} warnings")
    if succeeded:
        published = publish.current(home)
        say(f"published: snapshot {published.snapshot}, {len(published.tables)} tables in {home.published / 'current'}")
        return DONE
    published = publish.current(home)
    if published != before:
        say(f"published: snapshot {published.snapshot}, but PostgreSQL still serves the former one: see above")
        return FAILED
    if judged is not None and not judged.is_open:
        say(f"not published, the last good snapshot stays: see {home.quality / 'index.html'}")
        return NOT_PUBLISHED
    say("the build failed: `beffroi ui` shows the run and its log")
    return FAILED


def _catch_up(home: Home, say: Callable[[str], None]) -> int:
    """Bring PostgreSQL, where there is one, to a snapshot that it could not take when it was published."""
    try:
        is_behind = serving.is_behind(home)
    except NotServed as error:
        say(f"PostgreSQL stays at the snapshot that it served: {error}")
        return FAILED
    return FAILED if is_behind and not _execute("build", [["published", "postgresql"]]) else DONE


def _execute(job: str, selection: list | None = None) -> bool:
    """Run ``job`` in this process under the Dagster instance of the home; return whether it succeeded."""
    import dagster as dg

    from orchestration.definitions import defs

    with dg.DagsterInstance.get() as instance:
        result = (
            defs()
            .resolve_job_def(job)
            .execute_in_process(
                instance=instance, asset_selection=selection, run_config=QUIET, tags=LISTED, raise_on_error=False
            )
        )
    return result.success
