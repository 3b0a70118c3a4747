"""From the rows of a query to what a page shows: texts, charts as data for the browser, tables."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from orchestration.lib import french
from orchestration.site.boards import Board, Chart, Column, Element, Figure, Table
from orchestration.site.view import Row, View

HIDDEN = "secret"
SHOWN = "V"  # secrecy_status of a cell that is published
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PERCENT = {"percent": 100, "points": 1}
# Format -> (from how much on, divisor, unit) of the axis of a chart.
_SCALES = {
    "euros": ((10**6, 10**6, "M€"), (10**4, 1000, "k€"), (0, 1, "€")),
    "energy": ((10**6, 10**6, "GWh"), (10**4, 1000, "MWh"), (0, 1, "kWh")),
    "number": ((10**7, 10**6, "M"), (10**5, 1000, "k"), (0, 1, "")),
}
_SCALES |= {"amount": _SCALES["euros"], "whole_euros": _SCALES["euros"]}


@dataclass
class Cell:
    """A cell of a table: its text, and for a number what a spreadsheet reads."""

    text: str
    is_number: bool = False
    plain: str = ""
    is_hidden: bool = False
    deadline: str = ""
    share: float | None = None  # length of the bar, 0 to 1
    is_over: bool = False
    link: str = ""


@dataclass
class Shown:
    """An element as the template shows it; ``missing`` names the systems without exports, and nothing else is set."""

    element: Element
    missing: list[str] = field(default_factory=list)
    values: dict = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to show: no row, or no value."""
        return not self.missing and not self.values


@dataclass
class Page:
    """A page of a board: what it shows, and its key when the board has a page for each of something."""

    board: Board
    name: str
    title: str
    key: str = ""
    group: str = ""
    figures: list[Shown] = field(default_factory=list)
    charts: list[Shown] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    period: str = ""
    provisional: list[str] = field(default_factory=list)


@dataclass
class LineFile:
    """Raw lines behind a row of a table: one file, loaded when somebody asks for them."""

    name: str
    label: str
    columns: list[Column]
    rows: list[tuple[str, ...]]

    @cached_property
    def script(self) -> bytes:
        """What the page loads."""
        text = json.dumps(self.rows, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        return f"beffroi.lignes({json.dumps(self.name)},{text});\n".encode()


def pages(board: Board, view: View) -> tuple[list[Page], list[LineFile]]:
    """Return the pages of ``board`` that the perimeter of ``view`` has something to see on, and their raw lines.

    Where a system has sent nothing there is a page all the same, which says so. None of it for a perimeter that sees no
    row of the tables behind it.
    """
    seen = [element for element in board.elements if view.can_answer(board.queries[element.query])]
    if not seen:
        return [], []
    page = Page(board, f"{board.slug}.html", board.title, missing=view.lacks(board.systems))
    if page.missing:
        return [page], []
    # Each query runs once, whatever the number of elements and of pages that show it.
    answers = {name: view.rows(board.queries[name]) for name in dict.fromkeys(element.query for element in seen)}
    if board.each:
        return _one_page_each(board, view, seen, answers), []
    files: list[LineFile] = []
    _fill(page, view, seen, lambda name: answers[name], files)
    if not view.perimeter.is_whole_town:  # what a part of the town has nothing of is none of its business
        page.figures = [shown for shown in page.figures if not shown.is_empty]
        page.charts = [shown for shown in page.charts if not shown.is_empty]
        if not any(not shown.is_empty for shown in (*page.figures, *page.charts, *page.tables)):
            return [], []
    return [page], files


def _one_page_each(board: Board, view: View, seen: list[Element], answers: dict[str, list[Row]]) -> list[Page]:
    by_key: dict[str, dict[str, list[Row]]] = {name: {} for name in answers}
    for name, rows in answers.items():
        for row in rows:
            by_key[name].setdefault(str(row["key"]), []).append(row)
    found = []
    for one in view.rows(board.queries[board.each]):
        key = str(one["key"])
        title, group = french.typeset(str(one["label"])), french.typeset(str(one["group"] or "Autres"))
        page = Page(board, f"{board.slug}-{_file_name(key)}.html", title, key, group)
        _fill(page, view, seen, lambda name, key=key: by_key[name].get(key, []), [])
        if any(shown.values for shown in (*page.figures, *page.charts, *page.tables)):
            found.append(page)
    return found


def _fill(
    page: Page,
    view: View,
    seen: Iterable[Element],
    rows_of: Callable[[str], list[Row]],
    files: list[LineFile],
) -> None:
    for element in seen:
        shown = Shown(element, view.lacks(element.systems))
        rows = rows_of(element.query)
        if isinstance(element, Figure):
            page.figures.append(shown)
            row = rows[0] if rows else {}
            if not shown.missing and row.get(element.id) is not None:
                shown.values = _figure(element, row)
                page.period = page.period or shown.values["period"]
                reason = shown.values["provisional"]
                if reason and reason not in page.provisional:
                    page.provisional.append(reason)
        elif isinstance(element, Chart):
            page.charts.append(shown)
            if rows and not shown.missing:
                shown.values = _chart(element, rows)
        elif isinstance(element, Table) and (rows or not element.optional):
            page.tables.append(shown)
            if rows and not shown.missing:
                lines = _lines(page.board, element, view)
                files += lines.values()
                shown.values = _table(element, rows, lines)


def _figure(figure: Figure, row: Row) -> dict:
    value, before = row[figure.id], row.get(f"{figure.id}_previous")
    return {
        "value": str(value),
        "text": french.show(value, figure.format, figure.unit),
        "exact": french.euros(value) if figure.format == "amount" else "",
        "period": str(row.get("period") or ""),
        "change": _change(figure, value, before) if before is not None else "",
        "previous_period": str(row.get("previous_period") or ""),
        "before": french.show(before, figure.format, figure.unit),
        "context": _sentence(figure.context, row) or _sentence(figure.otherwise, row),
        "provisional": str(row.get("provisional") or ""),
    }


def _change(figure: Figure, value: Decimal, before: Decimal) -> str:
    if figure.previous == "none":
        return ""
    if figure.previous == "change":
        if not before:
            return ""
        rate = french.percent(Decimal(str(value - before)) / abs(Decimal(str(before))))
        return french.signed(rate) if rate.strip("0, \u00a0%") else "stable"
    gap = value - before
    if figure.format in _PERCENT:
        text = french.show(gap * _PERCENT[figure.format], "decimal1", "points")
    else:
        text = french.show(gap, figure.format, figure.unit)
    return french.signed(text) if re.search("[1-9]", text) else "stable"


def _sentence(template: str, row: Row) -> str:
    """Fill the places ``{column:format}`` of a sentence; nothing is said when one of them is not known."""
    places = _PLACE.findall(template)
    if any(row.get(name) is None for name, _ in places):
        return ""
    return _PLACE.sub(lambda found: french.show(row[found[1]], found[2] or "text"), template)


def _chart(chart: Chart, rows: list[Row]) -> dict:
    """Return the chart as data: categories, series of numbers with their texts, and the scale of the axis."""
    labels = dict.fromkeys(_category(chart, row) for row in rows)
    series: dict[str, dict[str, object]] = {}
    for row in rows:
        for column, label in chart.values.items():
            name = french.typeset(str(row[chart.series])) if chart.series else label
            series.setdefault(name, {})[_category(chart, row)] = row[column]
    numbers = [float(abs(value)) for one in series.values() for value in one.values() if value is not None]
    divisor, unit = _scale(chart, max(numbers, default=0.0))
    drawn = [
        {
            "name": name,
            "values": [None if one.get(label) is None else float(one[label]) for label in labels],
            "texts": [french.show(one.get(label), chart.format, chart.unit) for label in labels],
        }
        for name, one in series.items()
    ]
    data = {"type": chart.type, "categories": list(labels), "series": drawn, "divisor": divisor, "unit": unit}
    data["ordered"] = chart.ordered
    data["is_of_whole"] = chart.of_whole
    data["is_share"] = chart.type == "stacked" and chart.format == "percent"
    if chart.type == "waterfall":
        data["totals"] = [bool(row["is_total"]) for row in rows]
        (steps,) = drawn
        steps["texts"] = [
            french.signed(text) if re.search("[1-9]", text) and not is_total else text
            for text, is_total in zip(steps["texts"], data["totals"], strict=True)
        ]
    table = [
        [Cell(label)]
        + [_cell(one.get(label), Column(name, chart.format, chart.unit), {}) for name, one in series.items()]
        for label in labels
    ]
    return {"data": data, "columns": [Column(name, chart.format) for name in series], "rows": table}


def _category(chart: Chart, row: Row) -> str:
    label = french.typeset(french.show(row[chart.x], chart.x_format))
    return f"{label} (provisoire)" if row.get("is_provisional") else label


def _scale(chart: Chart, highest: float) -> tuple[float, str]:
    if chart.format in _PERCENT:
        return 1 / _PERCENT[chart.format], "%"
    for limit, divisor, unit in _SCALES.get(chart.format, _SCALES["number"]):
        if highest >= limit:
            return divisor, " ".join(filter(None, (unit, chart.unit)))
    return 1, chart.unit


def _table(table: Table, rows: list[Row], lines: dict[str, LineFile]) -> dict:
    columns = {
        name: column
        for name, column in table.columns.items()
        if not column.optional or any(row[column.link or name] is not None for row in rows)
    }
    shown = []
    for row in rows:
        file = lines.get(str(row[table.key])) if table.key and table.key in row else None
        cells = [_cell(row[name], column, row) for name, column in columns.items()]
        name = ", ".join(cell.text for cell in cells if not cell.is_number)
        shown.append({"cells": cells, "lines": file, "name": name, "is_total": bool(row.get("is_total"))})
    return {"columns": list(columns.values()), "rows": shown, "has_lines": bool(lines)}


def _cell(value: object, column: Column, row: Row) -> Cell:
    if value is None and row.get("secrecy_status", SHOWN) != SHOWN:
        return Cell(HIDDEN, column.is_number, "", is_hidden=True)
    text = french.show(value, column.format, column.unit)
    if not column.is_number or value is None:
        if "'" in text or " €" in text or " %" in text:
            text = french.typeset(text)
        deadline = value.isoformat() if column.format == "deadline" and value else ""
        link = str(row[column.link] or "") if column.link else ""
        return Cell(text, column.is_number, deadline=deadline, link=link)
    share = min(max(float(value), 0.0), 1.0) if column.bar else None
    return Cell(text, True, french.plain(value), share=share, is_over=column.limit and value > 1)


def _lines(board: Board, table: Table, view: View) -> dict[str, LineFile]:
    """Return key -> raw lines, for the keys that have any; nothing where the perimeter has no right to them."""
    lines = table.lines
    if lines is None or not view.can_answer(board.queries[lines.query]):
        return {}

    def by_key(names: list[str], rows: list[tuple]) -> dict[str, LineFile]:
        answer = dict(zip(names, zip(*rows, strict=True), strict=False))
        shown = [_texts(answer.get(name, ()), column.format) for name, column in lines.columns.items()]
        files: dict[str, LineFile] = {}
        for key, texts in zip(_texts(answer.get("key", ()), "text"), zip(*shown, strict=True), strict=True):
            file = files.get(key)
            if file is None:
                name = f"{board.slug}-{table.id}-{len(files) + 1}"
                file = files[key] = LineFile(name, lines.label, list(lines.columns.values()), [])
            file.rows.append(texts)
        return files

    return view.answer(board.queries[lines.query], by_key)


def _texts(values: Iterable[object], format_name: str) -> list[str]:
    """Return a column of raw lines as texts; each value is written once, as months and amounts come back often."""
    write = french.FORMATS[format_name]
    texts = {value: "" if value is None else write(value) for value in set(values)}
    return [texts[value] for value in values]


def _file_name(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
