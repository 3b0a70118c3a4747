"""The files of each perimeter: what French Excel and other tools find in them."""

import json
import zipfile

import duckdb
import openpyxl
import pytest
from frictionless import Package
from published import contracts, marts, snapshot

from orchestration.lib import files, publish

PERIMETERS = """
perimeters:
  ville: {label: La ville, services: all, raw_lines: true, hr_detail: true}
  tout: {label: Les mêmes, services: all, raw_lines: true, hr_detail: true}
  ecoles: {label: Écoles, services: [EDUC]}
tables:
  dim_service: {open: true}
  mart_meal: {domain: activity, facility: facility_id}
"""
ROWS = {
    "dim_service": [{"service_id": "EDUC", "service_label": "=HYPERLINK(1)", "current_service_id": "EDUC"}],
    "dim_facility": [{"facility_id": "F1", "service_id": "EDUC", "valid_from": "2020-01-01"}],
    "mart_meal": [{"facility_id": "F1"}, {"facility_id": "F2"}],
    "mart_full_cost": [{"cost_month": "2025-02-28", "full_cost_eur": "-1234.5"}],
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A snapshot before its files are written, with the Parquet of a publication, and its perimeters."""
    base = tmp_path_factory.mktemp("files")
    folder = snapshot(base, ROWS)
    (folder / "parquet").mkdir()
    with duckdb.connect(str(folder / "beffroi.duckdb")) as connection:
        for table, mart in marts().items():
            for column, known in mart.columns.items():
                label = known.label.replace("'", "''")
                connection.execute(f"comment on column marts.{table}.{column} is '{label}'")
        for table in contracts():
            connection.execute(f"copy marts.{table} to '{folder / 'parquet' / table}.parquet'")
    (base / "perimetres.yml").write_text(PERIMETERS, encoding="utf-8")
    return folder, base / "perimetres.yml"


@pytest.fixture(scope="module")
def folder(bare):
    files.write(bare[0], marts(), bare[1])
    return bare[0] / "fichiers"


def workbook(folder, name="couts"):
    return openpyxl.load_workbook(folder / f"{name}.xlsx")


def test_there_is_a_workbook_per_domain_of_which_something_is_seen(folder):
    domains = {mart.domain for mart in marts().values()}
    assert domains == files.WORKBOOKS.keys()
    names = {f"{name}.xlsx" for name, _ in files.WORKBOOKS.values()}
    assert {file.name for file in (folder / "ville").iterdir()} == names | {"parquet", "datapackage.json"}
    assert {file.name for file in (folder / "ecoles").iterdir()} == {
        *("activite.xlsx", "referentiels.xlsx", "parquet", "datapackage.json")
    }
    assert {file.name for file in (folder / "ecoles" / "parquet").iterdir()} == {
        *("dim_service.parquet", "mart_meal.parquet")
    }


def test_a_dictionary_comes_first_and_has_every_column(folder):
    book = workbook(folder / "ville")
    sheet = book.worksheets[0]
    assert sheet.title == "Dictionnaire"
    assert sheet["A1"].value.replace("\u00a0", " ") == "Coûts : données publiées le 1er mars 2026 à 7 h 00"
    told = {(row[0], row[5]): row for row in sheet.iter_rows(min_row=5, values_only=True) if row[5]}
    of_domain = {name: mart for name, mart in marts().items() if mart.domain == "cost"}
    assert told.keys() == {(name, column) for name, mart in of_domain.items() for column in mart.columns}
    assert book.sheetnames[1:] == sorted(of_domain)
    cost = told["mart_full_cost", "full_cost_eur"]
    known = of_domain["mart_full_cost"].columns["full_cost_eur"]
    assert cost[2:] == (known.label, "nombre", "€", "full_cost_eur", known.description)


def test_a_sheet_has_french_headers_typed_cells_a_filter_and_a_frozen_header(folder):
    sheet = workbook(folder / "ville")["mart_full_cost"]
    headers = [cell.value for cell in sheet[1]]
    assert headers == [known.label for known in marts()["mart_full_cost"].columns.values()]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions == f"A1:{sheet.cell(2, len(headers)).coordinate}"
    row = dict(zip(contracts()["mart_full_cost"], sheet[2], strict=True))
    assert (row["full_cost_eur"].value, row["full_cost_eur"].number_format) == (-1234.5, "#,##0.00")
    assert (str(row["cost_month"].value), row["cost_month"].number_format) == ("2025-02-28 00:00:00", "dd/mm/yyyy")
    assert all(9 <= sheet.column_dimensions[cell.column_letter].width <= 60 for cell in sheet[1])


def test_a_text_is_never_a_formula_even_once_it_is_edited(folder):
    for file in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(file) as parts:
            assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)], file
    book = workbook(folder / "ville", "referentiels")
    cell = book["dim_service"][2][list(contracts()["dim_service"]).index("service_label")]
    assert (cell.value, cell.data_type, cell.number_format) == ("=HYPERLINK(1)", "s", "@")


@pytest.mark.parametrize(("limit", "least"), [("EXCEL_ROWS", 1), ("EXCEL_CELLS", len(contracts()["mart_meal"]))])
def test_a_table_too_large_for_excel_is_left_to_parquet(bare, tmp_path, monkeypatch, limit, least):
    source, perimeters = bare
    for file in ("beffroi.duckdb", "snapshot.json", "parquet"):
        (tmp_path / file).symlink_to(source / file)
    monkeypatch.setattr(files, limit, least)
    files.write(tmp_path, marts(), perimeters)
    book = workbook(tmp_path / "fichiers" / "ville", "activite")
    assert "mart_meal" not in book.sheetnames
    (said,) = [
        row for row in book.worksheets[0].iter_rows(min_row=5, values_only=True) if row[0] == "mart_meal" and row[1]
    ]
    assert said[1] == 2
    assert said[6].endswith("Trop de lignes pour Excel : voir parquet/mart_meal.parquet.")
    assert (tmp_path / "fichiers" / "ville" / "parquet" / "mart_meal.parquet").exists()
    # One row: it fits.
    assert "mart_meal" in workbook(tmp_path / "fichiers" / "ecoles", "activite").sheetnames


def test_perimeters_that_see_the_same_share_the_bytes(folder):
    one, other = (folder / name / "couts.xlsx" for name in ("ville", "tout"))
    assert one.samefile(other)
    assert not (folder / "ecoles" / "activite.xlsx").samefile(folder / "ville" / "activite.xlsx")


@pytest.mark.parametrize("perimeter", ["ville", "ecoles"])
def test_the_data_package_is_valid_and_says_what_the_files_hold(folder, perimeter):
    descriptor = folder / perimeter / "datapackage.json"
    assert Package.validate_descriptor(str(descriptor)).valid
    said = json.loads(descriptor.read_text(encoding="utf-8"))
    assert {resource["path"] for resource in said["resources"]} == {
        path.relative_to(folder / perimeter).as_posix()
        for path in (folder / perimeter).rglob("*")
        if path.suffix in (".parquet", ".xlsx")
    }
    kinds = {"VARCHAR": "string", "INTEGER": "integer", "BIGINT": "integer", "DECIMAL": "number"}
    kinds |= {"BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}
    for resource in said["resources"]:
        file = folder / perimeter / resource["path"]
        assert resource["bytes"] == file.stat().st_size
        if resource["format"] == "parquet":
            found = duckdb.execute(f"describe from '{file}'").fetchall()
            fields = resource["schema"]["fields"]
            assert [(field["name"], field["type"]) for field in fields] == [
                (name, kinds[kind.partition("(")[0]]) for name, kind, *_ in found
            ]
            (rows,) = duckdb.execute(f"select count(*) from '{file}'").fetchone()
            assert resource["rows"] == rows


def test_a_wrong_data_package_is_found(folder, tmp_path):
    said = json.loads((folder / "ville" / "datapackage.json").read_text(encoding="utf-8"))
    said["resources"][0]["schema"]["fields"][0]["type"] = "money"
    (tmp_path / "datapackage.json").write_text(json.dumps(said))
    assert not Package.validate_descriptor(str(tmp_path / "datapackage.json")).valid


def test_the_files_are_in_the_snapshot_when_it_appears(home):
    """They are added before ``current`` points to the snapshot, and readable by all like the rest."""
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_a as select 1 as v")
    publish.publish(home, "x", {}, add=lambda folder: (folder / "fichiers").mkdir())
    assert (home.published / "current" / "fichiers").stat().st_mode & 0o777 == 0o755
