"""Childcare: one test per trap of the tables, then the real meals of Nantes."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import duckdb
import openpyxl
import pandas as pd
import pytest
from raw_warehouse import build, load_raw

from orchestration.defs.childcare import extract as childcare
from orchestration.lib import blocks
from orchestration.lib.errors import RefusedExport
from orchestration.lib.neighbourhoods import Area, Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms

HEADER = "enfant_id;activite_id;date;etat"
PSEUDONYMS = Pseudonyms(b"k" * 32, "childcare")


def read(path):
    """Return table -> rows of a file."""
    found = {}
    for table, frame in childcare.extract(path, PSEUDONYMS, Neighbourhoods({})):
        found.setdefault(table, []).extend(frame.to_dict("records"))
    return found


def said(folder, *lines, name="table.csv", encoding="utf-8", end="\n"):
    path = folder / name
    path.write_bytes(end.join(lines).encode(encoding))
    return read(path)


def refusal(folder, *lines, **dress):
    with pytest.raises(RefusedExport) as refused:
        said(folder, *lines, **dress)
    return refused.value


def test_a_child_has_another_pseudonym_each_school_year_and_is_not_the_family_of_its_number(tmp_path):
    rows = said(tmp_path, HEADER, "7;A;2025-08-31;present", "7;A;2025-09-01;present", "7;A;2026-08-31;present")
    before, after, end = (row["enfant_pseudonym"] for row in rows["consommation"])
    assert before != after == end
    billed = said(tmp_path, "prestation_id;famille_id;enfant_id;date;montant", "P;7;7;2025-09-01;1")
    (row,) = billed["prestation"]
    assert row["enfant_pseudonym"] == after != row["famille_pseudonym"]


def test_columns_may_be_moved_and_accented(tmp_path):
    moved = said(tmp_path, "État,Date,Activité_ID,ENFANT ID", "present,2025-09-01,A,7")["consommation"]
    assert moved == said(tmp_path, HEADER, "7;A;2025-09-01;present")["consommation"]


def test_a_column_out_of_the_contract_is_named_and_not_read(tmp_path):
    found = said(tmp_path, f"{HEADER};Surnom", "7;A;2025-09-01;present;Zouzou")
    assert found["tableau"][0]["colonnes_ignorees"] == "surnom"
    assert "Zouzou" not in str(found)


def test_the_school_year_is_in_the_table_or_in_the_name_of_the_file(tmp_path):
    lines = ("famille_id;date_debut;quotient", "F;2025-09-01;500")
    assert said(tmp_path, *lines, name="quotients 2025-2026.csv")["quotient"][0]["annee_scolaire"] == "2025-2026"
    assert "année scolaire" in refusal(tmp_path, *lines, name="quotients.csv").problem


@pytest.mark.parametrize(
    ("text", "day"),
    [("2025-09-13", "2025-09-13"), ("13/09/2025", "2025-09-13"), ("13/09/25", "2025-09-13"), ("45913", "2025-09-13")],
)
def test_days_are_read_in_every_form(tmp_path, text, day):
    assert said(tmp_path, HEADER, f"7;A;{text};present")["consommation"][0]["date"] == day


def test_days_and_months_swapped_by_a_spreadsheet_are_refused(tmp_path):
    refused = refusal(tmp_path, HEADER, "7;A;2025-05-03 00:00:00;present", "7;A;31/03/2025;present")
    assert (refused.place, "plusieurs ordres" in refused.problem) == ("Colonne date", True)


def test_a_refusal_names_line_and_column_and_quotes_nothing(tmp_path):
    refused = refusal(tmp_path, f"{HEADER};quantite", "7;A;2025-09-01;present;1", "7;A;2025-09-02;present;DURAND")
    assert refused.place == "Ligne 3, colonne quantite"
    assert "DURAND" not in str(refused)


def test_damaged_identifiers_are_put_right_and_counted(tmp_path):
    found = said(tmp_path, HEADER, "31400.0;A;2025-09-01;present", "31400;A;2025-09-02;present")
    assert len({row["enfant_pseudonym"] for row in found["consommation"]}) == 1
    assert found["tableau"][0]["identifiants_repares"] == "1"


def test_an_unknown_code_is_kept_and_a_mapped_one_is_ours(tmp_path):
    found = said(tmp_path, HEADER, "7;A;2025-09-01;PRÉSENCE", "7;A;2025-09-02;Parti")
    assert [row["etat"] for row in found["consommation"]] == ["present", "Parti"]


def test_bands_of_a_school_year_hide_the_day_of_birth():
    assert childcare.bands_of_year("2019-12-15", "2025-2026") == [("03-05", "2025-09"), ("06-10", "2026-01")]
    assert childcare.bands_of_year("2019-12-01", "2025-2026") == [("03-05", "2025-09"), ("06-10", "2025-12")]
    assert childcare.bands_of_year("2025-11-20", "2025-2026") == [("00-02", "2025-12")]
    assert childcare.bands_of_year(None, "2025-2026") == [("inconnu", "2025-09")]
    assert childcare.bands_of_year("2026-08-20", "2025-2026") == [("inconnu", "2025-09")]


def test_an_address_is_located_on_the_first_day_of_the_school_year(tmp_path):
    asked = []

    class Town(Neighbourhoods):
        def locate(self, address, postcode, city, on):
            asked.append((address, postcode, city, on))
            return Area("629990101", "1", None, "commune", "numero")

    path = tmp_path / "table.csv"
    path.write_text(
        f"{HEADER};adresse;code_postal;ville\n7;A;2026-03-02;present;1 rue X;62999;B\n7;A;2026-03-03;present;;;"
    )
    (rows, *_) = [frame for _, frame in childcare.extract(path, PSEUDONYMS, Town({}))]
    assert asked == [("1 rue X", "62999", "B", date(2025, 9, 1))]
    assert rows["iris"].tolist() == ["629990101", None]
    assert rows["residence"].tolist() == ["commune", None]


def test_a_workbook_is_read_like_a_csv(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(";"))
    book.active.append([7, "A", date(2025, 9, 13), "present"])
    book.active.append([7, "A", 45914, "present"])
    book.save(tmp_path / "table.xlsx")
    rows = read(tmp_path / "table.xlsx")["consommation"]
    expected = said(tmp_path, HEADER, "7;A;2025-09-13;present", "7;A;2025-09-14;present")["consommation"]
    assert rows == expected


def test_the_fast_way_and_the_tolerant_one_give_the_same_rows(tmp_path, monkeypatch):
    lines = [f"{HEADER};quantite;date_saisie;quotient;date_naissance"]
    for number in range(1000):
        day, born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/2025", f"2019-09-0{number % 9 + 1}"
        lines.append(f"{number % 7};{number % 3};{day};present;{number % 4},5;2025-09-01 08:00;{number};{born}")
    fast = said(tmp_path, *lines)
    monkeypatch.setattr(blocks.Blocks, "_is_plain", lambda self: False)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)
    assert said(tmp_path, *lines) == fast
    assert len(fast["consommation"]) == 1000


def test_every_mapped_column_and_value_is_of_the_contract():
    for row in childcare._seed("map_childcare__column"):
        assert row["table"] in childcare.MANDATORY
        assert not row["column"] or row["column"] in childcare._inputs(row["table"]), row
    for row in childcare._seed("map_childcare__value"):
        assert row["column"] in childcare._inputs(row["table"]), row


@pytest.fixture(scope="module")
def nantes(real_files, tmp_path_factory):
    """Return a warehouse of the real meals of Nantes, with the town's own mapping of spellings, and these rows."""
    folder = real_files / "canteen"
    export = folder / "nantes_frequentation_2011_2016.csv"
    mapping = pd.read_csv(folder / "mapping_frequentation_cantines.csv", dtype=str, keep_default_na=False)
    rows = pd.read_csv(export, dtype=str, keep_default_na=False)
    database = tmp_path_factory.mktemp("nantes") / "warehouse.duckdb"
    load_raw(database, [("childcare", export)])
    build(database, "map_childcare__facility", "map_childcare__activity")
    spellings = mapping[mapping["cantine_nom"] != ""].drop_duplicates(["site_nom", "site_type"])
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from seeds.map_childcare__facility")
        connection.execute(
            """insert into seeds.map_childcare__facility by name
            select site_nom as source_code, site_type as source_type, cantine_nom as canteen_code from spellings"""
        )
    build(database, "path:models/staging/childcare", "path:models/intermediate/childcare")
    return database, rows.merge(spellings, on=["site_nom", "site_type"], how="left")


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.slow
def test_every_real_row_of_meals_lands(nantes):
    database, rows = nantes
    ((landed, forecast, served),) = query(
        database, "select count(*), count(forecast), count(served) from raw.childcare__frequentation"
    )
    assert landed == len(rows) == 67_073
    assert (forecast, served) == ((rows["prevision"] != "NA").sum(), (rows["reel"] != "NA").sum())


@pytest.mark.slow
def test_spellings_of_a_real_canteen_complete_one_another(nantes):
    database, rows = nantes
    numbers = rows.assign(
        prevision=pd.to_numeric(rows["prevision"], errors="coerce"), reel=pd.to_numeric(rows["reel"], errors="coerce")
    )
    keys = numbers.dropna(subset="cantine_nom").groupby(["cantine_nom", "site_type", "date"])
    split = keys.size()[keys.size() > 1]
    found = query(
        database,
        """select canteen_code, site_type_code, cast(meal_date as varchar), forecast_quantity, served_quantity
        from intermediate.int_childcare__meal_day where record_count > 1""",
    )
    assert len(found) == len(split) == 424
    first = keys[["prevision", "reel"]].first()  # pandas' first value that is there
    for *key, forecast, served in found:
        wanted = [None if pd.isna(value) else Decimal(int(value)) for value in first.loc[tuple(key)]]
        assert [forecast, served] == wanted, key
    assert query(database, "select count(*) from intermediate.int_childcare__meal_day where has_conflict") == [(0,)]


@pytest.mark.slow
def test_real_sites_in_no_mapping_stay_apart_and_are_counted(nantes):
    database, rows = nantes
    ((days, sites),) = query(
        database,
        """select count(*), count(distinct canteen_code) from intermediate.int_childcare__meal_day
        where not is_mapped and facility_id is null""",
    )
    unmapped = rows[rows["cantine_nom"].isna()]
    assert (days, sites) == (len(unmapped), unmapped["site_nom"].nunique()) == (1_250, 5)


@pytest.mark.slow
def test_real_meals_by_school_year_and_the_error_of_forecasts(nantes):
    database, rows = nantes
    served = Counter()
    for row in csv.DictReader(rows[["date", "reel"]].to_csv(index=False).splitlines()):
        first = int(row["date"][:4]) - (row["date"][5:7] < "09")
        served[f"{first}-{first + 1}"] += 0 if row["reel"] == "NA" else int(row["reel"])
    found = query(
        database,
        """select case when month(activity_date) >= 9 then year(activity_date) || '-' || (year(activity_date) + 1)
            else (year(activity_date) - 1) || '-' || year(activity_date) end, sum(quantity)
        from intermediate.int_childcare__activity where measure_code = 'meal_served' group by 1""",
    )
    assert {year: int(total) for year, total in found} == dict(served)
    assert sum(served.values()) == 9_130_283
    ((error, presence),) = query(
        database,
        """select sum(abs(forecast_quantity - served_quantity)) / sum(served_quantity),
            sum(served_quantity) / sum(forecast_quantity)
        from intermediate.int_childcare__meal_day
        where is_counted and forecast_quantity is not null and served_quantity is not null""",
    )
    # Of a day and canteen where both are said: one meal in eighteen that the town ordered was not eaten.
    assert (round(error, 4), round(presence, 4)) == (0.0799, 0.9444)
