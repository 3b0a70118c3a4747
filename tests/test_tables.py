"""Tables that offices drop: found whatever their dress, refused when they would be read wrongly or made to harm."""

import io
import random
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.defs.reference import extract as reference
from orchestration.lib import tables
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.pseudonyms import Pseudonyms

ALIASES = {"code": ["code_net", "code"], "label": ["libelle", "grade"], "category": ["categorie", "cat"]}
MANDATORY = ("code", "category")
OTHERWISE = RefusedExport("no table", action="drop another file")
ROWS = [{"code": "AAT1", "label": "Attaché", "category": "A"}, {"code": "0121", "label": "Élève", "category": "B"}]


def read(path: Path) -> list[dict[str, str | None]]:
    return [row for _, row in tables.read_table(path, ALIASES, MANDATORY, OTHERWISE)]


def said(folder: Path, content: bytes, name: str = "table.csv") -> list[dict[str, str | None]]:
    table = folder / name
    table.write_bytes(content)
    return read(table)


def text(mark: str = ";", end: str = "\n", header: str = "Code NET;Libellé;Catégorie", above: str = "") -> str:
    lines = [header.replace(";", mark), *(mark.join(row.values()) for row in ROWS)]
    return above + end.join(lines) + end


def workbook(fill, folder: Path, name: str = "table.xlsx") -> Path:
    book = openpyxl.Workbook()
    fill(book)
    book.save(folder / name)
    return folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
@pytest.mark.parametrize("mark", list(tables.DELIMITERS), ids=["semicolon", "comma", "tab", "bar"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_encoding_delimiter_and_line_ends_are_found(tmp_path, encoding, mark, end):
    assert said(tmp_path, text(mark, end).encode(encoding)) == ROWS


@pytest.mark.parametrize(
    "header",
    [
        "code;grade;categorie",
        "CODE NET;GRADE;CATÉGORIE",
        " Code (NET) ;Libellé ;« Catégorie »",
        "code-net;libelle;categorie",
    ],
)
def test_a_header_is_known_by_its_letters(tmp_path, header):
    assert said(tmp_path, text(header=header).encode()) == ROWS


def test_columns_come_in_any_order_and_a_further_one_is_left_out(tmp_path):
    content = "Note;Catégorie;Grade;Code\n;A;Attaché;AAT1\nx;B;Élève;0121\n"
    assert said(tmp_path, content.encode()) == [{key: row[key] for key in ALIASES} for row in ROWS]


def test_a_title_stands_above_the_header_and_blank_rows_anywhere(tmp_path):
    content = text(above="Nomenclature ; code des grades\n\nSource : invention\n") + ";;\n\n"
    assert said(tmp_path, content.encode()) == ROWS


def test_a_cell_with_the_delimiter_or_a_line_end_is_one_cell(tmp_path):
    content = 'Code;Grade;Catégorie\nAAT1;"Attaché ; ""principal""\nhors classe";A\n'
    assert said(tmp_path, content.encode())[0]["label"] == 'Attaché ; "principal"\nhors classe'


def test_the_surest_name_of_a_column_wins(tmp_path):
    assert said(tmp_path, "Code;Code NET;Catégorie\nX;AAT1;A\n".encode())[0]["code"] == "AAT1"


def test_the_row_of_the_file_is_told(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("Titre\n" + text())
    assert [number for number, _ in tables.read_table(table, ALIASES, MANDATORY, OTHERWISE)] == [3, 4]


@pytest.mark.parametrize(
    ("content", "problem", "place"),
    [
        ("Code;Grade\nAAT1;Attaché\n", "Colonne absente du tableau : category", "Ligne 1"),
        ("Code;Catégorie;Catégorie\nAAT1;A;A\n", "Deux colonnes", "colonnes 2 et 3"),
        ("Code;Note;Catégorie;note\nAAT1;;A;\n", "Deux colonnes", "colonnes 2 et 4"),
        ("Code;Catégorie\nAAT1;A;Attaché\n", "plus de cellules", "Ligne 2"),
        ('Code;Catégorie\nAAT1;"A\n', "CSV lisible", "Ligne 2"),
        ("Nom;Prénom\nX;Y\n", "no table", ""),
        ("", "no table", ""),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, content, problem, place):
    with pytest.raises(RefusedExport) as refusal:
        said(tmp_path, content.encode())
    assert problem in refusal.value.problem
    assert place in refusal.value.place


def test_a_workbook_is_read_at_the_sheet_with_the_header(tmp_path):
    def fill(book):
        book.active.append(["Lisez-moi", "code"])
        sheet = book.create_sheet("NET")
        for row in (["Titre"], [], ["Code", "Grade", "Catégorie"], ["AAT1", "Attaché", "A"], ["0121", " Élève ", "B"]):
            sheet.append(row)

    assert read(workbook(fill, tmp_path)) == ROWS


def test_numbers_and_days_of_a_workbook_are_text(tmp_path):
    def fill(book):
        import datetime

        for row in (["code", "grade", "categorie"], [31400.0, datetime.date(2024, 3, 31), True], [0.5, 12, None]):
            book.active.append(row)

    assert [list(row.values()) for row in read(workbook(fill, tmp_path))] == [
        ["31400", "2024-03-31", "True"],
        ["0.5", "12", None],
    ]


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(folder: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "packed.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return folder / "packed.xlsx"


@pytest.fixture
def plain(tmp_path) -> Path:
    def fill(book):
        for row in (["Code", "Grade", "Catégorie"], *(list(row.values()) for row in ROWS)):
            book.active.append(row)

    return workbook(fill, tmp_path)


SHEET = "xl/worksheets/sheet1.xml"
HARM = {
    "document type": lambda parts: {**parts, SHEET: b"<!DOCTYPE x>" + parts[SHEET]},
    "entities in shared strings": lambda parts: {
        **parts, "xl/sharedStrings.xml": b'<!DOCTYPE s [<!ENTITY x "y">]><s>&x;</s>',
    },
    "document type in UTF-16": lambda parts: {**parts, SHEET: "<!DOCTYPE x><x/>".encode("utf-16")},
    "bomb": lambda parts: {**parts, "xl/media/image1.png": b"\0" * (tables.LARGEST_UNPACKED_BYTES + 1)},
    "no sheet": lambda parts: {name: content for name, content in parts.items() if name != SHEET},
    "no workbook": lambda parts: {name: content for name, content in parts.items() if name != "xl/workbook.xml"},
    "broken sheet": lambda parts: {**parts, SHEET: parts[SHEET][:200]},
    "row beyond the last": lambda parts: {**parts, SHEET: parts[SHEET].replace(b'r="3"', b'r="9999999999"')},
    "column beyond the last": lambda parts: {**parts, SHEET: parts[SHEET].replace(b'r="A3"', b'r="ZZZZZZ3"')},
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_a_workbook_made_to_harm_is_refused(tmp_path, plain, harm):
    with pytest.raises(RefusedExport) as refusal:
        read(packed(tmp_path, harm(parts_of(plain))))
    assert not isinstance(refusal.value, UnfinishedExport)
    assert refusal.value.action


def test_a_sheet_that_lies_about_its_size_is_read(tmp_path, plain):
    parts = parts_of(plain)
    assert b'<dimension ref="A1:C3"' in parts[SHEET]
    parts[SHEET] = parts[SHEET].replace(b"A1:C3", b"A1:XFD1048576")
    assert read(packed(tmp_path, parts)) == ROWS


def test_a_workbook_cut_off_may_still_be_written(tmp_path, plain):
    content = plain.read_bytes()
    for cut in (len(content) - 1, len(content) - 100, len(content) // 2 + 1):
        assert tables.is_workbook(content[:cut])
        with pytest.raises(UnfinishedExport):
            said(tmp_path, content[:cut], "cut.xlsx")


def test_flipped_bits_of_a_workbook_give_rows_or_a_refusal(tmp_path, plain):
    content, generator = plain.read_bytes(), random.Random(20260302)
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(generator.choice((1, 3, 20))):
            damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                said(tmp_path, bytes(damaged), "damaged.xlsx")
        except RefusedExport as refusal:
            assert refusal.problem


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200), st.text(alphabet='code,;|\t"\r\n categorie', max_size=200).map(str.encode)
    )
)
def test_arbitrary_bytes_give_rows_or_a_refusal(tmp_path, content):
    assert reference.recognise(content) in (True, False)
    export = tmp_path / "export.csv"
    export.write_bytes(content)
    try:
        list(reference.extract(export, Pseudonyms(b"k" * 32, "reference")))
    except RefusedExport as refusal:
        assert refusal.problem
        assert refusal.action


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text(header="code;filiere;categorie;cadre emplois"), True),
        (text(header="code;filiere;categorie"), False),
        ("S10.G00.00.001,'logiciel'\nS10.G00.00.002,'editeur'\n", False),
        ("%PDF-1.7 code;filiere;categorie", False),
    ],
)
def test_a_table_dropped_flat_is_known_by_its_columns(content, expected):
    assert reference.recognise(content.encode()) is expected


def test_a_workbook_is_told_from_another_archive(plain):
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert reference.recognise(plain.read_bytes()[:8192]) is True
    assert reference.recognise(other.getvalue()[:8192]) is False
