"""The command ``beffroi``.

Exit codes: 0 done, 1 failed (the key of the pseudonyms is not that of the data, exports to read again are gone, a step
crashed), 2 wrong usage, 3 done but exports were refused, 4 a guard stopped publication.
"""

import logging
import os
import signal
import socket
import sys
import webbrowser
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.lib.home import Home
from orchestration.lib.register import REFUSED, Export, Register
from orchestration.lib.system import all_systems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from orchestration.lib.freshness import Freshness
    from orchestration.lib.rereading import Lost
    from orchestration.lib.trace import Figure, Snapshot

LOCAL = "127.0.0.1"

app = typer.Typer(
    help="Beffroi: from the exports of a town hall's systems to guarded, published costs and activity.",
    epilog="All state lives under BEFFROI_HOME (by default ./data of the project).",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def demo(
    inhabitants: Annotated[int, typer.Option(min=100, help="Size of the invented town.")] = 40_000,
    years: Annotated[int, typer.Option(min=1, max=20, help="Number of complete exercices.")] = 3,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 2026,
) -> None:
    """Write the exports of the invented town Beffroi-sur-Lys to the drop folder."""
    import demo_city

    home = _home()
    truth = demo_city.write(home.landing, inhabitants=inhabitants, years=years, seed=seed, on_progress=typer.echo)
    typer.echo(f"Exports written to {home.landing}; the true totals are in {truth}.")


@app.command()
def run(
    landing: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Drop folder to read; by default BEFFROI_HOME/landing."),
    ] = None,
    retry_refused: Annotated[bool, typer.Option("--retry-refused", help="Look again at refused exports.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build and publish even if nothing is new.")] = False,
) -> None:
    """Take in what is new in the drop folder and bring everything up to the published snapshot."""
    if landing is not None:
        os.environ["BEFFROI_LANDING"] = str(landing.resolve())
    home = _home()
    _show_progress()
    from orchestration import pipeline

    raise typer.Exit(
        pipeline.run(home, say=partial(typer.echo, file=sys.stdout), retry_refused=retry_refused, rebuild=rebuild)
    )


@app.command()
def rotate_key(
    forget_missing: Annotated[
        bool, typer.Option("--forget-missing", help="Drop the rows of exports that can no longer be read.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Drop them without asking.")] = False,
) -> None:
    """Replace the key of the pseudonyms: read again every export in use, from the drop folder, and publish anew."""
    from orchestration import pipeline

    home = _home()
    _show_progress()
    may_forget = partial(_may_forget, forget_missing=forget_missing, yes=yes)
    raise typer.Exit(pipeline.rotate_key(home, partial(typer.echo, file=sys.stdout), may_forget))


@app.command()
def reread(
    systems: Annotated[list[str], typer.Argument(help="Systems, for instance childcare.")],
    forget_missing: Annotated[
        bool, typer.Option("--forget-missing", help="Drop the rows of exports that can no longer be read.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Drop them without asking.")] = False,
) -> None:
    """Read again the exports in use of some systems: new addresses or contours, a new tariff grid, a mended reader."""
    if unknown := set(systems) - all_systems().keys():
        raise typer.BadParameter(f"no system {', '.join(sorted(unknown))}; there are {', '.join(all_systems())}")
    home = _home()
    _show_progress()
    from orchestration import pipeline

    may_forget = partial(_may_forget, forget_missing=forget_missing, yes=yes)
    raise typer.Exit(pipeline.reread(home, systems, partial(typer.echo, file=sys.stdout), may_forget))


@app.command()
def serve_sql() -> None:
    """Bring the PostgreSQL of BEFFROI_POSTGRES_URL to the published snapshot; each publication does so by itself."""
    from filelock import FileLock

    from orchestration.lib import serving
    from orchestration.lib.errors import NotServed

    home = _home()
    _show_progress()
    try:
        with FileLock(home.lock):
            served = serving.serve_current(home)
    except NotServed as error:
        typer.echo(f"PostgreSQL stays at the snapshot that it served: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"PostgreSQL serves snapshot {served.snapshot}: {served.tables} tables, {served.rows:,} rows")


@app.command()
def status() -> None:
    """Tell what is published and, per system, the last export, whether it is late and what was refused."""
    from orchestration.lib import freshness, publish

    home = _home()
    snapshot = publish.current(home)
    if snapshot is None:
        typer.echo("published: nothing yet")
    else:
        typer.echo(f"published: snapshot {snapshot.snapshot} of {snapshot.published_at}, {len(snapshot.tables)} tables")
    systems = all_systems()
    exports = Register(home.register_url).exports()
    for one in freshness.of_systems(systems, exports):
        _print_system(one, home)
    strays = [export for export in exports if export.system not in systems and export.verdict == REFUSED]
    _print_refused(strays, home)


@app.command("open")
def open_dashboards() -> None:
    """Open the dashboards of the published snapshot in the browser."""
    from orchestration import pipeline

    page = pipeline.dashboards(_home())
    if page is None:
        typer.echo("published: nothing yet; drop exports and run `beffroi run`", err=True)
        raise typer.Exit(1)
    typer.echo(page.as_uri())
    webbrowser.open(page.as_uri())


trace = typer.Typer(help="Explain a published figure by its ledger lines, or follow a ledger line to its costs.")
app.add_typer(trace, name="trace")
Exercice = Annotated[int, typer.Option(help="Budget year.")]
Top = Annotated[int, typer.Option(min=1, help="How many sources to show; the others are summed.")]
Csv = Annotated[Path | None, typer.Option("--csv", dir_okay=False, help="Also write every line to this file.")]


@trace.command("mart_unit_cost")
def trace_unit_cost(
    exercice: Exercice,
    activity: Annotated[str | None, typer.Option(help="Activity, by code or French name.")] = None,
    service: Annotated[str | None, typer.Option(help="Service, by code or French name.")] = None,
    facility: Annotated[str | None, typer.Option(help="Facility; by default all together.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit; by default the main one of the activity.")] = None,
    top: Top = 8,
    csv: Csv = None,
) -> None:
    """Explain what one unit of an activity costs."""
    _trace_figure(lambda snapshot: snapshot.unit_cost(exercice, activity, service, facility, unit), top, csv)


@trace.command("mart_full_cost")
def trace_full_cost(
    exercice: Exercice,
    service: Annotated[str, typer.Option(help="Service, by code or French name.")],
    activity: Annotated[str | None, typer.Option(help="Activity, by code or French name.")] = None,
    facility: Annotated[str | None, typer.Option(help="Facility, by code or French name.")] = None,
    month: Annotated[datetime | None, typer.Option(formats=["%Y-%m"], help="Month; by default the exercice.")] = None,
    top: Top = 8,
    csv: Csv = None,
) -> None:
    """Explain the full cost of a service."""
    of_month = month.date() if month else None
    _trace_figure(lambda snapshot: snapshot.full_cost(exercice, service, activity, facility, of_month), top, csv)


@trace.command("line")
def trace_line(
    budget: Annotated[str, typer.Option(help="Budget, by its id or French name.")],
    bordereau: Annotated[str, typer.Option(help="Number of the bordereau.")],
    piece: Annotated[str, typer.Option(help="Number of the mandat or titre.")],
    line: Annotated[str | None, typer.Option(help="Number of the line; by default the whole pièce.")] = None,
    exercice: Annotated[int | None, typer.Option(help="Budget year, where several have that number.")] = None,
    titre: Annotated[bool, typer.Option("--titre", help="A titre (revenue), not a mandat.")] = False,
    top: Annotated[int, typer.Option(min=1, help="How many destinations to show; the others are summed.")] = 40,
) -> None:
    """Say where a mandat went: each service, facility, activity and unit, to the cent."""
    from orchestration.lib.trace_text import piece_lines

    with _published_costs() as snapshot:
        direction = "revenue" if titre else "expense"
        _print_trace(piece_lines(snapshot, snapshot.piece(budget, bordereau, piece, line, exercice, direction), top))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the page, on this machine only.")] = 3000,
    host_name: Annotated[
        list[str] | None,
        typer.Option(envvar="BEFFROI_UI_HOST", help="Name under which a reverse proxy opens it to others."),
    ] = None,
) -> None:
    """Serve one local page to all that is published and to the Dagster UI, and run its sensors and schedules."""
    if not _is_free(port):
        raise typer.BadParameter(f"port {port} is in use; stop what listens there or choose another with --port")
    home = _home()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager stops it as Ctrl-C does
    from orchestration.ui import serve

    def tell() -> None:
        typer.echo(f"Beffroi: http://{LOCAL}:{port} (Ctrl-C to stop)")

    try:
        is_interrupted = serve(home, port, host_name or (), on_ready=tell)
    except KeyboardInterrupt:
        return
    if not is_interrupted:
        typer.echo("the Dagster daemon stopped: see its last lines above", err=True)
        raise typer.Exit(1)


@contextmanager
def _published_costs() -> "Iterator[Snapshot]":
    """Open the published costs; what is not there ends the command, in French."""
    from orchestration.lib.trace import NotTraceable, Snapshot

    try:
        yield Snapshot.open(_home().published)
    except NotTraceable as missing:
        typer.echo(missing, err=True)
        raise typer.Exit(1) from missing


def _trace_figure(choose: "Callable[[Snapshot], Figure]", top: int, csv: Path | None) -> None:
    from orchestration.lib.trace_text import figure_lines, write_csv

    with _published_costs() as snapshot:
        figure = choose(snapshot)
        leaves = snapshot.leaves(figure)
        _print_trace(figure_lines(snapshot, figure, leaves, top))
        if csv is not None:
            write_csv(csv, snapshot, leaves)
            typer.echo(f"\n{len(leaves)} lignes écrites dans {csv}")


def _print_trace(lines: "Iterable[str]") -> None:
    for line in lines:
        typer.secho(line, bold=line[:1] not in ("", " "))


def _may_forget(lost: "list[Lost]", forget_missing: bool, yes: bool) -> bool:
    """Say which exports cannot be read again and return whether their rows may be dropped."""
    for one in lost:
        export = one.export
        typer.echo(f"{export.system}/{export.file_name} ({export.row_count:,} rows): {one.reason}")
    rows = sum(one.export.row_count for one in lost)
    if not forget_missing:
        typer.echo(
            f"{len(lost)} exports in use, of {rows:,} rows, cannot be read again. Put the files back in the drop "
            "folder, under any name, and start over; or drop their rows with --forget-missing."
        )
        return False
    return yes or typer.confirm(f"Drop these {len(lost)} exports and their {rows:,} rows for good?")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOCAL, port)) != 0


def _show_progress() -> None:
    """Print what the library logs; the handler comes before Dagster's, which rewrites the messages."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    logger = logging.getLogger("beffroi")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _home() -> Home:
    home = Home.from_environment()
    home.prepare()
    return home


def _print_system(one: "Freshness", home: Home) -> None:
    system = one.system
    if one.last is None:
        typer.echo(f"{system.name}: no export yet; drop one in {home.landing / system.name}")
    else:
        state = "LATE" if one.is_late(datetime.now(UTC)) else "on time"
        typer.echo(
            f"{system.name}: {one.in_use} exports in use, last {one.last.file_name} on "
            f"{one.received_at.astimezone():%Y-%m-%d}, {state} (one every {system.cadence_days} days, "
            f"{system.tolerance_days} days of grace)"
        )
    _print_refused(one.refused, home)


def _print_refused(exports: "Iterable[Export]", home: Home) -> None:
    for export in exports:
        typer.echo(f"  refused: {export.file_name}: {export.reason} (report: {home.root / export.report})")


if __name__ == "__main__":
    app()
