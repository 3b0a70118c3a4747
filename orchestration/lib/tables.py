"""Reading the tables that offices drop as CSV or XLSX: encoding, delimiter, sheet and header are found, never assumed.

Columns go by the name in their header, whatever their order, accents and capitals. A workbook comes from outside, so it
is treated as hostile: one that unpacks to too much or carries a document type is refused before it is read.
"""

import codecs
import contextlib
import csv
import datetime
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import openpyxl

from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.fields import Field
from orchestration.lib.xml import CHECKED_BYTES, FORBIDDEN

HEADER_ROWS = 20  # official tables have a title, a date and a note above their header
DELIMITERS = ";,\t|"
ZIP = b"PK\x03\x04"
LARGEST_UNPACKED_BYTES = 100_000_000
LAST_ROW = 1_048_576  # of a sheet, by its format
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

DROP_AGAIN = "Corrigez le tableau, enregistrez-le en CSV ou en XLSX et déposez-le de nouveau."

Row = tuple[int, Sequence[str | None]]  # number in the file, from 1, and cells
Rows = Callable[[bool], Iterator[Row]]  # asked with True, refuses what it would read wrongly
Top = Sequence[tuple[int, list[str], Mapping[str, int]]]  # number in the file, names, place of the first of each name
Aliases = Mapping[str, Sequence[str]]  # column -> names that its header may bear, surest first


@dataclass(frozen=True)
class Layout:
    """A kind of table that an office may drop: the names of its columns, and those it cannot do without."""

    name: str
    aliases: Aliases
    mandatory: Sequence[str]


@dataclass(frozen=True)
class Header:
    """The header of a table: its row in the file, its names, and the place of each known column among them."""

    row: int
    names: Sequence[str]
    places: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """A table found in a file: its layout, its header, what yields its rows; of a text, its encoding and delimiter."""

    layout: Layout
    header: Header
    rows: Rows
    encoding: str
    delimiter: str

    @property
    def unknown_names(self) -> list[str]:
        """Names in the header that the layout does not know: these columns are not read."""
        return [name for rank, name in enumerate(self.header.names) if name and rank not in self.header.places.values()]

    def records(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        """Yield (row in the file, column -> text) for the rows below the header, blank lines of a text left out.

        Raises RefusedExport when a row goes beyond the header.
        """
        width = len(self.header.names)
        for number, cells in self.rows(True):
            if number <= self.header.row or not cells:
                continue
            if any(cells[width:]):
                raise RefusedExport(
                    problem="Une ligne du tableau a plus de cellules que l'en-tête",
                    place=f"Ligne {number}",
                    expected=f"{width} cellules au plus ; une cellule qui contient le séparateur va entre guillemets",
                    action=DROP_AGAIN,
                )
            places = self.header.places.items()
            yield number, {column: cells[place] if place < len(cells) else None for column, place in places}


def aliases_of(fields: Sequence[Field]) -> dict[str, list[str]]:
    """Return the names of the columns of a table dropped by an office, from the ``path`` column of fields.csv."""
    return {
        field.column: [normalised(name) for name in field.path.split("|")]
        for field in fields
        if not field.path.startswith("(")
    }


def normalised(label: str | None) -> str:
    """Return a header in lower case, without accents, with ``_`` for all that is neither letter nor digit."""
    letters = unicodedata.normalize("NFKD", label or "")
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def is_workbook(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of an XLSX workbook."""
    return head.startswith(ZIP) and b"xl/" in head


def has_header(head: bytes, aliases: Aliases, mandatory: Sequence[str]) -> bool:
    """Say whether the first bytes of a text file hold a header with all the ``mandatory`` columns. Never raises."""
    return has_layout(head, [Layout("", aliases, mandatory)])


def has_layout(head: bytes, layouts: Sequence[Layout]) -> bool:
    """Say whether the first bytes of a text file hold a header with all that one of the ``layouts`` needs."""
    text = head.decode(_encoding(iter([head])), errors="replace")
    tops = [_top(_delimited(lambda: io.StringIO(text, newline=""), mark)) for mark in DELIMITERS]
    found = ((_header(top, layout.aliases), layout) for top in tops for layout in layouts)
    return any(header is not None and header.places.keys() >= set(layout.mandatory) for header, layout in found)


def read_table(
    path: Path, aliases: Aliases, mandatory: Sequence[str], otherwise: RefusedExport
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield (row in the file, column -> text) for the rows of the table at ``path`` that have one of its columns.

    The header is the row, among the first ones, that names most columns; of a workbook, the sheet that has it is read.
    Raises ``otherwise`` when no column is found; RefusedExport when a ``mandatory`` one is missing, two bear the same
    name or a row goes beyond the header; UnfinishedExport when a workbook is cut off.
    """
    for number, row in find_table(path, [Layout("", aliases, mandatory)], otherwise).records():
        if any(row.values()):
            yield number, row


def find_table(path: Path, layouts: Sequence[Layout], otherwise: RefusedExport) -> Table:
    """Return the table of the file at ``path``; of the layouts it lacks nothing mandatory of, that which names most.

    Its header is the row, among the first ones, that names most columns; of a workbook, the sheet that has it is read.
    Raises ``otherwise`` when no column is found; RefusedExport when a mandatory one is missing or two bear the same
    name; UnfinishedExport when a workbook is cut off.
    """
    found = [
        Table(layout, header, rows, encoding, delimiter)
        for rows, encoding, delimiter in _sources(path)
        for top in [_top(rows)]
        for layout in layouts
        if (header := _header(top, layout.aliases)) is not None
    ]
    if not found:
        raise otherwise
    best = max(found, key=_fitness)
    _judge(best.header, best.layout.mandatory)
    return best


def _fitness(table: Table) -> tuple[bool, int]:
    """Return what makes a reading of a file better than another: nothing mandatory missing, then columns known."""
    return table.header.places.keys() >= set(table.layout.mandatory), len(table.header.places)


def _sources(path: Path) -> Iterator[tuple[Rows, str, str]]:
    """Yield each way to read the file, with encoding and delimiter: sheets of a workbook, delimiters of a text."""
    with path.open("rb") as file:
        head = file.read(CHECKED_BYTES)
    if is_workbook(head):
        yield from ((sheet, "", "") for sheet in _sheets(path))
        return
    with path.open("rb") as file:
        encoding = _encoding(iter(lambda: file.read(CHECKED_BYTES), b""))
    for mark in DELIMITERS:
        yield _delimited(lambda: path.open(encoding=encoding, errors="replace", newline=""), mark), encoding, mark


def _top(rows: Rows) -> Top:
    """Return the first rows of a table, among which its header is, as number, normalised cells and place of each."""
    top = []
    for number, cells in islice(rows(False), HEADER_ROWS):
        names = [normalised(cell) for cell in cells]
        top.append((number, names, {name: rank for rank, name in reversed([*enumerate(names)]) if name}))
    return top


def _header(top: Top, aliases: Aliases) -> Header | None:
    """Return the header of a table, None when none of its first rows has a known column."""
    best = None
    for number, names, ranks in top:
        places = {}
        for column, known in aliases.items():
            for name in known:
                if name in ranks:
                    places[column] = ranks[name]
                    break
        if places and (best is None or len(places) > len(best.places)):
            width = max(rank for rank, name in enumerate(names) if name) + 1
            best = Header(number, names[:width], places)
    return best


def _judge(header: Header, mandatory: Sequence[str]) -> None:
    """Refuse a header without one of the ``mandatory`` columns, or with the same name twice."""
    place = f"Ligne {header.row}, l'en-tête"
    if missing := [column for column in mandatory if column not in header.places]:
        raise RefusedExport(
            problem=f"Colonne absente du tableau : {', '.join(missing)}",
            place=place,
            expected=f"Les colonnes {', '.join(mandatory)}, avec ou sans accents",
            action="Ajoutez la colonne ou corrigez son nom, enregistrez le tableau et déposez-le de nouveau.",
        )
    for rank, name in enumerate(header.names):
        if name and name in header.names[:rank]:
            raise RefusedExport(
                problem="Deux colonnes du tableau portent le même nom",
                place=f"{place}, colonnes {header.names.index(name) + 1} et {rank + 1}",
                expected="Un nom différent pour chaque colonne",
                action=DROP_AGAIN,
            )


def _encoding(chunks: Iterator[bytes]) -> str:
    """Return the encoding of a text: that of its mark, else UTF-8 if all of it reads so, else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = next(chunks, b"")
    if marked := next((name for mark, name in BOMS.items() if first.startswith(mark)), None):
        return marked
    try:
        decoder.decode(first)
        for chunk in chunks:
            decoder.decode(chunk)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _delimited(opened: Callable[[], TextIO], delimiter: str) -> Rows:
    """Return what yields the rows of a text cut at ``delimiter``; its lines may end in CR, LF or both."""

    def rows(strictly: bool) -> Iterator[Row]:
        with opened() as text:
            reader = csv.reader(text, delimiter=delimiter, strict=strictly)
            try:
                for cells in reader:
                    yield reader.line_num, [cell.strip() or None for cell in cells]
            except csv.Error:
                if strictly:
                    raise RefusedExport(
                        problem="Le tableau n'est pas un CSV lisible",
                        place=f"Ligne {reader.line_num}",
                        expected="Des guillemets ouverts et fermés autour des cellules qui en ont",
                        action=DROP_AGAIN,
                    ) from None

    return rows


def _sheets(path: Path) -> Iterator[Rows]:
    """Yield what yields the rows of each sheet of the workbook."""

    def sheet(rank: int) -> Rows:
        def rows(strictly: bool) -> Iterator[Row]:  # noqa: ARG001 a cell of a sheet reads in one way only
            with _workbook(path) as workbook:
                worksheet = workbook.worksheets[rank]
                worksheet.reset_dimensions()  # what the sheet says of its size may be wrong, or huge
                for number, cells in enumerate(worksheet.iter_rows(values_only=True), start=1):
                    if number > LAST_ROW:
                        raise _unreadable_workbook()
                    yield number, [_text(cell) for cell in cells]

        return rows

    with _workbook(path) as workbook:
        ranks = range(len(workbook.worksheets))
    yield from map(sheet, ranks)


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[openpyxl.Workbook]:
    """Open a workbook once its parts are known to be harmless; whatever reading it raises becomes a refusal."""
    try:
        with _archive(path) as archive:
            _check(archive)
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        with contextlib.closing(workbook):
            yield workbook
    except RefusedExport:
        raise
    except Exception:  # the library raises what the damaged part makes it raise: KeyError, ParseError, zlib.error…
        raise _unreadable_workbook() from None


def _archive(path: Path) -> zipfile.ZipFile:
    """Open the archive that a workbook is; without its directory, which comes last, it is an UnfinishedExport."""
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise UnfinishedExport(
            problem="Le classeur s'arrête avant la fin",
            place="Fin du fichier",
            expected="Un classeur XLSX complet",
            action="Attendez la fin de la copie, ou déposez de nouveau le fichier complet.",
        ) from None


def _check(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that unpacks to too much, or one of whose parts carries a document type."""
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED_BYTES:
        raise RefusedExport(
            problem="Le classeur est trop volumineux une fois décompressé",
            place="Fichier entier",
            expected=f"{LARGEST_UNPACKED_BYTES // 1_000_000} Mo au plus",
            action="Ne gardez que la feuille du tableau, enregistrez-la en CSV et déposez-la de nouveau.",
        )
    for part in parts:
        with archive.open(part) as file:
            if FORBIDDEN.search(file.read(CHECKED_BYTES).replace(b"\0", b"")):
                raise RefusedExport(
                    problem="Le classeur contient une déclaration DOCTYPE ou ENTITY, refusée par sécurité",
                    place="Fichier entier",
                    expected="Un classeur enregistré par un tableur",
                    action="Ouvrez le tableau dans un tableur, enregistrez-le en CSV et déposez-le de nouveau ; en cas "
                    "de doute sur son origine, prévenez le responsable de la sécurité informatique.",
                )


def _unreadable_workbook() -> RefusedExport:
    """Return the refusal of a workbook that no spreadsheet program wrote, or that was damaged since."""
    return RefusedExport(
        problem="Le classeur ne peut pas être lu",
        place="Fichier entier",
        expected="Un classeur XLSX qui n'est ni endommagé ni protégé par un mot de passe",
        action="Ouvrez le tableau dans un tableur, enregistrez-le en CSV et déposez-le de nouveau.",
    )


def _text(value: object) -> str | None:
    """Return the value of a cell as text: a whole number without decimals, a day as 2024-03-31."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime):
        value = value.date() if value.time() == datetime.time() else value
    return (str(value).strip() or None) if value is not None else None
