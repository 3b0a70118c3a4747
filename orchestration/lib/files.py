"""Files for those who have no server: each perimeter has a folder with its rows of the marts, as XLSX and as Parquet.

A workbook is two things put together: openpyxl writes all of it but the rows, with one row that shows the style of each
column; DuckDB writes the rows as XML. A library that takes cells one by one needs minutes for a town of 40,000.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.lib import french, publish
from orchestration.lib.manifest import Mart
from orchestration.lib.perimeters import EVERYTHING, FILE, Organisation, Perimeter, Perimeters

FOLDER = "fichiers"
# Folder of the models -> file name and title.
WORKBOOKS = {
    "finance": ("finances", "Finances"),
    "cost": ("couts", "Coûts"),
    "hr": ("ressources-humaines", "Ressources humaines"),
    "activity": ("activite", "Activité et patrimoine"),
    "quality": ("qualite", "Qualité des données"),
    "core": ("referentiels", "Référentiels"),
}
EXCEL_ROWS = 1_048_575  # below the header
# A sheet with more takes Excel minutes and gigabytes, and the publication most of its time.
EXCEL_CELLS = 12_000_000
EXCEL_TEXT = 32_767  # characters of a cell
NARROWEST, WIDEST, MEASURED_ROWS = 9, 60, 1_000
BATCH_ROWS = 2_000  # ten times more take 160 MB and no less time
# Speed counts more than size: the next level takes twice the time for a tenth less.
COMPRESSION = 1
HEADER_FONT, HEADER_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F3A5F")
# DuckDB type -> type in French, type of a data package, Excel's format. Text is declared as text: a cell that begins
# with = stays text even when somebody edits it.
TYPES = {
    "VARCHAR": ("texte", "string", "@"),
    "INTEGER": ("nombre entier", "integer", "#,##0"),
    "BIGINT": ("nombre entier", "integer", "#,##0"),
    "DECIMAL": ("nombre", "number", "#,##0.00##"),
    "BOOLEAN": ("vrai ou faux", "boolean", "General"),
    "DATE": ("date", "date", "dd/mm/yyyy"),
    "TIMESTAMP": ("date et heure", "datetime", "dd/mm/yyyy hh:mm"),
}
# How some units are shown: last word of the column's name -> format and unit in French.
UNITS = {
    "eur": ("#,##0.00", "€"),
    "share": ("0.0%", "part"),
    "percent": ("#,##0.0#", "%"),
    "m2": ("#,##0.00", "m²"),
    "kwh": ("#,##0", "kWh"),
    "hours": ("#,##0.00", "h"),
    "days": ("#,##0.0#", "jours"),
    "bytes": ("#,##0", "octets"),
    "exercice": ("0", "année"),
    "year": ("0", "année"),
    "latitude": ("0.000000", "degrés"),
    "longitude": ("0.000000", "degrés"),
}
NOT_PLAIN = "[\\x00-\\x1F&<>]|_x|^ | $|  "
NOT_IN_XML = "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]"
STYLE_ROW = re.compile(rb'<row r="2".*?</row>', re.DOTALL)
STYLES = re.compile(rb'<c r="([A-Z]+)2" s="(\d+)"')
DIMENSION = re.compile(rb'<dimension ref="[^"]*"')


@dataclass(frozen=True)
class Column:
    """A column of a mart: its name, type in DuckDB and French label; what its values are like.

    ``length`` is that of its longest value among the first rows; ``is_plain``: no value needs escaping in XML.
    """

    name: str
    type: str
    label: str
    length: int
    is_plain: bool

    @property
    def kind(self) -> tuple[str, str, str]:
        """Its type in French, in a data package, and the format of its type in Excel."""
        return TYPES[self.type.partition("(")[0]]

    @property
    def unit(self) -> tuple[str, str]:
        """Excel's format, and the unit in French or ""."""
        return UNITS.get(self.name.rpartition("_")[2], (self.kind[2], "")) if self.is_number else (self.kind[2], "")

    @property
    def width(self) -> int:
        """Width of the column in Excel: that of its values, and of half of its label, which may take two lines."""
        longest_word = max(map(len, self.label.split()))
        values = self.length * 4 // 3 if self.is_number else self.length  # with spaces between thousands
        return min(max(NARROWEST, longest_word + 4, len(self.label) // 2 + 4, values + 2), WIDEST)

    @property
    def is_number(self) -> bool:
        """Tell whether it holds numbers."""
        return self.kind[1] in ("integer", "number")


@dataclass(frozen=True)
class Selection:
    """The rows of a mart that a perimeter sees, by a condition; ``rows`` counts them."""

    table: str
    mart: Mart
    columns: list[Column]
    condition: str
    rows: int

    @property
    def fits_excel(self) -> bool:
        """Tell whether a sheet can hold the rows and somebody can work with it."""
        return self.rows <= EXCEL_ROWS and self.rows * len(self.columns) <= EXCEL_CELLS


def write(folder: Path, marts: Mapping[str, Mart], perimeter_file: Path = FILE) -> None:
    """Write ``fichiers/<perimeter>`` into the folder of a snapshot, from its ``beffroi.duckdb`` and ``parquet``.

    Each holds one XLSX per domain of ``marts``, Parquet and ``datapackage.json``; nothing of what the perimeter does
    not see. Raises PerimeterError for a declaration that cannot be followed.
    """
    snapshot = publish.snapshot_in(folder)
    with duckdb.connect(str(folder / "beffroi.duckdb"), read_only=True) as source:
        perimeters = Perimeters.read(Organisation.read(source, "marts"), perimeter_file)
        source.execute("set search_path = 'marts'")  # for the sub-query of a condition
        columns = _columns(source)
        made: dict[tuple, Path] = {}
        for perimeter in perimeters.perimeters.values():
            target = folder / FOLDER / perimeter.name
            (target / "parquet").mkdir(parents=True)
            selections = [
                _selection(source, table, marts[table], columns[table], condition)
                for table in columns
                if (condition := perimeters.condition(perimeter, table)) is not None
            ]
            for selection in selections:
                _write_parquet(source, selection, folder / "parquet", target / "parquet")
            for domain, (name, title) in WORKBOOKS.items():
                if of_domain := [one for one in selections if one.mart.domain == domain]:
                    rows = tuple((one.table, one.condition) for one in of_domain)
                    if rows in made:  # others see exactly the same
                        _link(made[rows], target / f"{name}.xlsx")
                    else:
                        made[rows] = target / f"{name}.xlsx"
                        _write_workbook(source, made[rows], title, of_domain, snapshot)
            _write_package(target, perimeter, selections, snapshot)


def _columns(source: duckdb.DuckDBPyConnection) -> dict[str, list[Column]]:
    described: dict[str, list[tuple[str, str, str]]] = {}
    for table, name, data_type, label in source.execute(
        """select table_name, column_name, data_type, comment from duckdb_columns()
        where schema_name = 'marts' and not internal order by table_name, column_index"""
    ).fetchall():
        described.setdefault(table, []).append((name, data_type, label or name))
    found = {}
    for table, columns in described.items():
        lengths = ", ".join(f'max(length("{name}"::varchar))' for name, *_ in columns)
        plain = ", ".join(_is_plain(name) if data_type == "VARCHAR" else "true" for name, data_type, _ in columns)
        longest = source.execute(f"select {lengths} from (from {table} limit {MEASURED_ROWS})").fetchone()
        are_plain = source.execute(f"select {plain} from {table}").fetchone()
        found[table] = [
            Column(*column, length or 0, is_plain is not False)
            for column, length, is_plain in zip(columns, longest, are_plain, strict=True)
        ]
    return found


def _is_plain(column: str) -> str:
    """Return an expression that tells whether all values of a text column can stand in XML as they are."""
    return f"""not bool_or(regexp_matches("{column}", '{NOT_PLAIN}') or length("{column}") > {EXCEL_TEXT})"""


def _selection(
    source: duckdb.DuckDBPyConnection, table: str, mart: Mart, columns: list[Column], condition: str
) -> Selection:
    (rows,) = source.execute(f"select count(*) from {table} where {condition}").fetchone()
    return Selection(table, mart, columns, condition, rows)


def _write_parquet(source: duckdb.DuckDBPyConnection, selection: Selection, whole: Path, target: Path) -> None:
    name = f"{selection.table}.parquet"
    if selection.condition == EVERYTHING:
        _link(whole / name, target / name)
    else:
        source.execute(
            f"copy (select * from {selection.table} where {selection.condition}) to '{target / name}'"
            " (format parquet, compression zstd)"
        )


def _link(file: Path, other: Path) -> None:
    """Give ``file`` a second name, or copy it where the disk cannot."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copyfile(file, other)


def _write_workbook(
    source: duckdb.DuckDBPyConnection,
    path: Path,
    title: str,
    selections: list[Selection],
    snapshot: publish.Snapshot,
) -> None:
    """Write a workbook: the dictionary, then one sheet per mart."""
    workbook = Workbook()
    _fill_dictionary(workbook.active, title, selections, snapshot)
    shown = [selection for selection in selections if selection.fits_excel]
    for selection in shown:
        _prepare_sheet(workbook.create_sheet(selection.table), selection)
    shell = BytesIO()
    workbook.save(shell)
    rows_of = {f"xl/worksheets/sheet{place}.xml": selection for place, selection in enumerate(shown, start=2)}
    with ZipFile(shell) as parts, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as made:
        for name in parts.namelist():
            with made.open(name, "w", force_zip64=name in rows_of) as part:
                for piece in _filled(source, parts.read(name), rows_of.get(name)):
                    part.write(piece)


def _fill_dictionary(sheet: Worksheet, title: str, selections: list[Selection], snapshot: publish.Snapshot) -> None:
    sheet.title = "Dictionnaire"
    published_at = french.day_and_time(datetime.fromisoformat(snapshot.published_at))
    sheet.append([f"{title} : données publiées le {published_at}"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append(
        [
            "Un chiffre vide sur des agents ou des usagers peut être caché par le secret statistique : la colonne"
            " « Secret statistique » le dit."
        ]
    )
    sheet.append([])
    sheet.append(["Onglet", "Lignes", "Colonne", "Type", "Unité", "Nom technique", "Description (en anglais)"])
    for cell in sheet[4]:
        cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    for selection in selections:
        said = "" if selection.fits_excel else f" Trop de lignes pour Excel : voir parquet/{selection.table}.parquet."
        sheet.append([selection.table, selection.rows, None, None, None, None, selection.mart.description + said])
        if selection.fits_excel:
            sheet.cell(sheet.max_row, 1).hyperlink = f"#'{selection.table}'!A1"
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for column in selection.columns:
            described = selection.mart.columns[column.name].description
            sheet.append([selection.table, None, column.label, column.kind[0], column.unit[1], column.name, described])
    for letter, width in zip("ABCDEFG", (30, 11, 42, 15, 10, 30, 110), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=5):
        row[1].number_format = "#,##0"
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a description that begins with = would be taken for a formula
    sheet.freeze_panes = "A5"
    sheet.auto_filter.ref = f"A4:G{sheet.max_row}"


def _prepare_sheet(sheet: Worksheet, selection: Selection) -> None:
    """Write the header, and a second row that has the style of each column and no value."""
    for place, column in enumerate(selection.columns, start=1):
        header = sheet.cell(1, place)
        header.value, header.data_type = column.label, "s"
        header.font, header.fill = HEADER_FONT, HEADER_FILL
        header.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(2, place).number_format = column.unit[0]
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(selection.columns))}{selection.rows + 1}"


def _filled(source: duckdb.DuckDBPyConnection, part: bytes, selection: Selection | None) -> Iterator[bytes]:
    """Return a part of a workbook piece by piece; the row of styles of a sheet gives way to the rows of its mart."""
    if selection is None:
        yield part
        return
    row = STYLE_ROW.search(part)
    styles = {letter.decode(): int(style) for letter, style in STYLES.findall(row[0])}  # none for the plain ones
    last = f"A1:{get_column_letter(len(selection.columns))}{selection.rows + 1}"
    yield DIMENSION.sub(f'<dimension ref="{last}"'.encode(), part[: row.start()])
    letters = [get_column_letter(place) for place in range(1, len(selection.columns) + 1)]
    cells = ", ".join(
        _cell(column, letter, styles.get(letter, 0)) for column, letter in zip(selection.columns, letters, strict=True)
    )
    source.execute(
        f"""select '<row r="' || n || '">' || concat({cells}) || '</row>'
        from (select *, (row_number() over () + 1)::varchar as n from {selection.table} where {selection.condition})"""
    )
    while rows := source.fetchmany(BATCH_ROWS):
        yield "".join([row for (row,) in rows]).encode()
    yield part[row.end() :]


def _cell(column: Column, letter: str, style: int) -> str:
    """Return an expression for the XML of a cell, NULL when it is empty."""
    kind, name = column.kind[1], f'"{column.name}"'
    opening = f"""'<c r="{letter}' || n || '" s="{style}"'"""
    if kind == "string":
        if column.is_plain:
            return f"""{opening} || ' t="inlineStr"><is><t>' || {name} || '</t></is></c>'"""
        # Excel reads _x0041_ as an escaped A.
        text = f"regexp_replace(left({name}, {EXCEL_TEXT}), '_(x[0-9A-Fa-f]{{4}}_)', '_x005F_\\1', 'g')"
        text = f"regexp_replace({text}, '{NOT_IN_XML}', '', 'g')"
        for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = f"replace({text}, '{character}', '{escaped}')"
        return f"""{opening} || ' t="inlineStr"><is><t xml:space="preserve">' || {text} || '</t></is></c>'"""
    value = {
        "boolean": f"{name}::integer",
        "date": f"({name} - date '1899-12-30')",
        "datetime": f"round(epoch({name}) / 86400.0 + 25569, 9)",
    }.get(kind, name)
    return f"""{opening} || '{' t="b"' if kind == "boolean" else ""}><v>' || {value} || '</v></c>'"""


def _write_package(target: Path, perimeter: Perimeter, selections: list[Selection], snapshot: publish.Snapshot) -> None:
    """Write ``datapackage.json``, which says what each file and column is (Data Package, by Frictionless)."""
    resources = [
        _resource(target, f"parquet/{one.table}.parquet", "application/vnd.apache.parquet")
        | {"type": "table", "description": one.mart.description, "rows": one.rows, "schema": _schema(one)}
        for one in selections
    ]
    resources += [
        _resource(target, f"{name}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        | {"title": title, "description": "Les mêmes tables, une par onglet, après leur dictionnaire."}
        for name, title in WORKBOOKS.values()
        if (target / f"{name}.xlsx").exists()
    ]
    package = {
        "name": f"beffroi-{perimeter.name}",
        "title": perimeter.label,
        "version": snapshot.snapshot,
        "created": snapshot.published_at,
        "resources": resources,
    }
    (target / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")


def _resource(target: Path, path: str, media_type: str) -> dict:
    file = target / path
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "name": file.stem,
        "path": path,
        "format": file.suffix.lstrip("."),
        "mediatype": media_type,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest}",
    }


def _schema(selection: Selection) -> dict:
    fields = []
    for column in selection.columns:
        known = selection.mart.columns[column.name]
        field = {"name": column.name, "type": column.kind[1], "title": column.label, "description": known.description}
        fields.append(field | ({"constraints": {"required": True}} if known.is_required else {}))
    return {"fields": fields}
