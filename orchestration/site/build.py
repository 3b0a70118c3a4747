"""Writing the site of a snapshot: one self-contained folder per perimeter, readable without a server or a network."""

import html
import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.lib import cost_sheet, declarations, french
from orchestration.lib.perimeters import EVERYTHING, FILE, Organisation, Perimeters
from orchestration.site import boards, content
from orchestration.site.boards import Board
from orchestration.site.content import Cell, LineFile, Page
from orchestration.site.view import View, organisation

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
HOME = "accueil"  # slug of the board that is the first page
SITE = "site"
SYSTEMS_FILE = "systemes.yml"
LONG = 20  # characters of a word that would widen its column


@dataclass(frozen=True)
class Edition:
    """What every page says of the snapshot that it was made from."""

    snapshot: str
    published_at: datetime
    town: str
    rules: int
    warnings: int


def write(snapshot_folder: Path, board_folder: Path = boards.FOLDER, perimeter_file: Path = FILE) -> Path:
    """Write ``site/`` into the folder of a snapshot, from its ``beffroi.duckdb`` and ``snapshot.json``; return it.

    Raises PerimeterError or BoardError for a declaration that cannot be followed, DuckDB's error for a query that
    does not fit the published tables.
    """
    database = snapshot_folder / "beffroi.duckdb"
    perimeters = Perimeters.read(organisation(database), perimeter_file)
    all_boards = boards.load(board_folder)
    systems = boards.typeset(declarations.read(board_folder / SYSTEMS_FILE))
    edition = _edition(snapshot_folder, database)
    views = boards.views(board_folder)
    queries = [query for board in all_boards for query in board.queries.values()]
    known: dict = {}
    sheets = _sheets(snapshot_folder, perimeters.organisation)
    site = snapshot_folder / SITE
    for perimeter in perimeters.perimeters.values():
        # A cost sheet says everything of a service: it is for those from whom no line is kept.
        sees_sheets = sheets and perimeters.condition(perimeter, "fct_cost_line") == EVERYTHING
        own = own_tables(edition.published_at.date(), systems, sheets if sees_sheets else [])
        view = View(database, perimeter, perimeters, queries, views, own, known)
        if sees_sheets:
            shutil.copytree(snapshot_folder / cost_sheet.FOLDER, site / perimeter.name / cost_sheet.FOLDER)
        try:
            _write_perimeter(site / perimeter.name, view, all_boards, edition, systems)
        finally:
            view.close()
    _render(site / "index.html", "perimeters.html.j2", edition=edition, perimeters=perimeters.perimeters.values())
    return site


def own_tables(published_on: date, systems: dict[str, dict], sheets: list[tuple[int, str, str]]) -> dict[str, str]:
    """Return the SELECT of each table that queries may read besides those of the snapshot.

    ``edition``: the one row of the publication. ``system``: the name of each source system. ``sheet``: the file of the
    cost sheet of a service and year, in the folder of the perimeter.
    """
    names = [(system, said["label"]) for system, said in systems.items()]
    return {
        "edition": f"select date '{published_on}' as published_on",
        "system": _values({"source_system": "varchar", "system_label": "varchar"}, names),
        "sheet": _values({"exercice": "integer", "service_id": "varchar", "sheet_file": "varchar"}, sheets),
    }


def _values(columns: dict[str, str], rows: list[tuple]) -> str:
    """Return a SELECT that gives ``rows``, of ``columns`` (name -> type)."""

    def literal(value: object, kind: str) -> str:
        escaped = str(value).replace("'", "''")
        return f"'{escaped}'::{kind}"

    if not rows:
        return "select " + ", ".join(f"null::{kind} as {name}" for name, kind in columns.items()) + " where false"
    tuples = [", ".join(map(literal, row, columns.values())) for row in rows]
    return f"select * from (values ({'), ('.join(tuples)})) as own ({', '.join(columns)})"


def _sheets(snapshot_folder: Path, organisation: Organisation) -> list[tuple[int, str, str]]:
    """Return (exercice, service, file) of each cost sheet that is there."""
    folder = snapshot_folder / cost_sheet.FOLDER
    years = sorted(int(path.name) for path in folder.glob("[0-9]*"))
    places = [(year, service, cost_sheet.file_of(year, service)) for year in years for service in organisation.parents]
    return [
        (year, service, f"{cost_sheet.FOLDER}/{file}") for year, service, file in places if (folder / file).is_file()
    ]


def first_page(snapshot_folder: Path, perimeter_file: Path = FILE) -> Path:
    """Return the page to open first in the site of a snapshot: that of the perimeter that is written first."""
    first = next(iter(declarations.read(perimeter_file)["perimeters"]))
    return snapshot_folder / SITE / first / "index.html"


def _edition(folder: Path, database: Path) -> Edition:
    said = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    return Edition(
        said["snapshot"],
        datetime.fromisoformat(said["published_at"]),
        town(database),
        said.get("rules", 0),
        said.get("warnings", 0),
    )


def town(database: Path) -> str:
    """Return the name of the town: that of the commune that a budget document names, else of the employer."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = (
            connection.execute(
                """select collectivity_name from marts.dim_budget where collectivity_name is not null
            order by left(budget_siret, 2) <> '21', main_budget_siret is not null, budget_id limit 1"""
            ).fetchone()
            or connection.execute(
                """select employer_label from marts.dim_employer where employer_label is not null
            order by left(employer_siren, 2) <> '21', employer_siren limit 1"""
            ).fetchone()
        )
    return french.title(found[0]) if found else "Votre commune"


def _write_perimeter(
    folder: Path, view: View, all_boards: list[Board], edition: Edition, systems: dict[str, dict]
) -> None:
    (folder / "static").mkdir(parents=True)
    for name in ("app.js", "style.css", "echarts.min.js"):
        shutil.copyfile(STATIC / name, folder / "static" / name)
    shutil.copytree(STATIC / "echarts-licence", folder / "static" / "echarts-licence")
    made: list[tuple[Board, list[Page]]] = []
    for board in all_boards:
        found, files = content.pages(board, view)
        if found:
            made.append((board, found))
        _write_lines(folder / "lignes" / edition.snapshot, files)
    menu = _menu(made)
    common = {
        "edition": edition,
        "perimeter": view.perimeter,
        "menu": menu,
        "systems": systems,
        "exports": view.exports,
        "boards": {board.slug: board for board, _ in made},
    }
    for board, found in made:
        if board.each and not found[0].missing:
            _render(folder / f"{board.slug}.html", "each.html.j2", board=board, groups=_groups(found), **common)
        template = "home.html.j2" if board.slug == HOME else "board.html.j2"
        for page in found:
            name = "index.html" if board.slug == HOME else page.name
            _render(folder / name, template, board=board, page=page, **common)
    if HOME not in common["boards"]:
        _render(folder / "index.html", "home.html.j2", board=None, page=None, **common)


def _groups(pages: list[Page]) -> dict[str, list[Page]]:
    """Return group -> pages, both in alphabetical order."""
    groups: dict[str, list[Page]] = {}
    for page in sorted(pages, key=lambda page: (french.sort_key(page.group), french.sort_key(page.title))):
        groups.setdefault(page.group, []).append(page)
    return groups


def _menu(made: list[tuple[Board, list[Page]]]) -> dict[str, list[Board]]:
    """Return theme -> boards, in the order of the boards."""
    menu: dict[str, list[Board]] = {}
    for board, _ in made:
        if board.slug != HOME:
            menu.setdefault(board.theme, []).append(board)
    return menu


def _write_lines(folder: Path, files: list[LineFile]) -> None:
    """Write raw lines as scripts: unlike data, a page opened from a disk may load them.

    The folder bears the name of the snapshot: a page opened before a publication never gets the lines of the next one.
    """
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / f"{file.name}.js").write_bytes(file.script)


def _render(path: Path, template: str, **values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_environment().get_template(template).render(**values), encoding="utf-8")


def _cells(cells: list[Cell]) -> Markup:
    """Return the cells of a row, the first as its head; written here, as pages have tens of thousands of them."""
    return Markup("".join(_cell(cell, at == 0) for at, cell in enumerate(cells)))  # noqa: S704


def _cell(cell: Cell, is_head: bool) -> str:
    names = [("number", cell.is_number), ("secret", cell.is_hidden), ("over", cell.is_over)]
    classes = " ".join(name for name, is_so in names if is_so)
    opening = "<th scope=row" if is_head else "<td"
    opening += f' class="{classes}"' if classes else ""
    opening += f' data-plain="{cell.plain}"' if cell.plain else ""
    text = html.escape(cell.text)
    if not cell.is_number and len(text) > LONG and " " not in text:
        text = text.replace("_", "_<wbr>")  # the name of a file may go on below
    if cell.is_hidden:
        text = f'<abbr title="Caché par le secret statistique">{text}</abbr>'
    elif cell.deadline:
        text = f'<time datetime="{cell.deadline}">{text}</time>'
    elif cell.link:
        text = f'<a href="{html.escape(cell.link)}">{text}</a>'
    elif cell.share is not None:
        gauge = f'<span class="gauge" aria-hidden="true"><span style="width:{cell.share * 100:.1f}%"></span></span>'
        text = f'{gauge}<span class="share">{text}</span>'
    return f"{opening}>{text}</{'th' if is_head else 'td'}>"


def _json(value: object) -> Markup:
    """Return ``value`` as JSON that can stand in a page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=french.number,
        day=french.day,
        day_and_time=french.day_and_time,
        date=french.short_date,
        period=french.period,
        lower_first=lambda text: text[:1].lower() + text[1:],
        cells=_cells,
        data=_json,
        columns=lambda columns: json.dumps(
            [{"label": column.label, "number": column.is_number} for column in columns], ensure_ascii=False
        ),
    )
    return environment
