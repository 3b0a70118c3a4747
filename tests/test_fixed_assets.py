"""The traps of inventories of assets and registers of facilities, one test each."""

import csv
import io

import duckdb
import openpyxl
import pytest

from demo_city import fixed_assets
from orchestration.defs.fixed_assets.extract import extract, recognise
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.home import PROJECT
from orchestration.lib.pseudonyms import Pseudonyms

INVENTORY = "numero_inventaire;libelle;compte;valeur_brute;date_arrete"
ASSET = {"numero_inventaire": "A1", "compte": "2188", "valeur_brute": "10", "date_arrete": "31/12/2024"}
FACILITY = {"id_local": "GYM01", "nom": "Gymnase", "surface": "1200"}


def read(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {table: frame.to_dict("records") for table, frame in extract(path, Pseudonyms(b"k" * 32, "fixed_assets"))}


def row(tmp_path, base, **cells):
    """Return the one row that the reader makes of ``base`` with other cells."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*(base | cells)], delimiter=";")
    writer.writeheader()
    writer.writerow(base | cells)
    ((only,),) = read(tmp_path, text.getvalue()).values()
    return only


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1234,5", "1234.5"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234\u202f567", "1234567"),
        ("1 234,50 €", "1234.50"),
        ("(1 234,50 €)", "-1234.50"),
        ("1234.56-", "-1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("0.30000000000000004", "0.300000"),
    ],
)
def test_amounts_are_read_as_clerks_write_them(tmp_path, written, read_as):
    assert row(tmp_path, ASSET, valeur_brute=written)["valeur_brute"] == read_as


def test_a_surface_may_have_its_unit(tmp_path):
    assert row(tmp_path, FACILITY, surface="1 850,5 m²")["surface"] == "1850.5"


@pytest.mark.parametrize(
    ("column", "written", "read_as"),
    [
        ("siret", "2162099990001", "02162099990001"),
        ("siret", "21620999900012.0", "21620999900012"),
        ("siret", "216 209 999 00012", "21620999900012"),
        ("prm", "1234567890123", "01234567890123"),
        ("prm", "12345678901234|1234567890123,0", "12345678901234|01234567890123"),
        ("uai", "620001a", "0620001A"),
        ("code fonction", "212.0", "212"),
    ],
)
def test_what_a_spreadsheet_took_from_a_code_is_put_back_and_counted(tmp_path, column, written, read_as):
    landed = row(tmp_path, FACILITY, **{column: written})
    assert landed["fonction" if column == "code fonction" else column] == read_as
    assert bool(landed["champs_repares"]) == (written != "216 209 999 00012")


@pytest.mark.parametrize("column", ["siret", "prm", "pce", "id_local"])
def test_a_code_whose_digits_are_lost_refuses_the_file(tmp_path, column):
    with pytest.raises(RefusedExport, match=rf"abrégé par le tableur.*Ligne 2, colonne {column}"):
        row(tmp_path, FACILITY, **{column: "2,1621E+13"})


def test_a_refusal_quotes_no_cell(tmp_path):
    with pytest.raises(RefusedExport) as refusal:
        row(tmp_path, ASSET, valeur_brute="CHIMEREAU Ondeline")
    assert "CHIMEREAU" not in str(refusal.value)


def test_columns_go_by_their_names_wherever_they_stand(tmp_path):
    moved = "Date d'arrêté;VALEUR BRUTE;remarque;Compte;N° d'inventaire\n31/12/2024;10;x;2188;A1\n"
    (asset,) = read(tmp_path, moved)["inventaire"]
    assert [asset[column] for column in ASSET] == ["A1", "2188", "10", "2024-12-31"]


def test_two_columns_of_one_name_refuse_the_file(tmp_path):
    with pytest.raises(RefusedExport, match="même nom"):
        read(tmp_path, f"{INVENTORY};Valeur brute\nA1;;2188;10;2024-12-31;11\n")


@pytest.mark.parametrize(
    "label",
    ["Vitrine offerte par Mme Martin", "DON M. DUPONT", "Legs Durand", "Cts DURAND", "Succession DURAND"],
)
def test_a_label_that_may_name_a_person_never_lands(tmp_path, label):
    landed = row(tmp_path, ASSET, libelle=label)
    assert (landed["libelle"], landed["libelle_ecarte"]) == (None, "true")


@pytest.mark.parametrize("account", ["2111", "20422", "2115", "261", "2744"])
def test_no_label_of_land_grants_and_loans_lands(tmp_path, account):
    assert row(tmp_path, ASSET, compte=account, libelle="DURAND")["libelle"] is None


def test_other_labels_land(tmp_path):
    assert row(tmp_path, ASSET, libelle="Four mixte, 10 niveaux")["libelle"] == "Four mixte, 10 niveaux"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("05/01/62", "1962-01-05"), ("45292", "2024-01-01"), ("2024-01-01 00:00:00", "2024-01-01")],
)
def test_days_are_read_in_every_shape(tmp_path, written, read_as):
    assert row(tmp_path, ASSET, date_acquisition=written)["date_acquisition"] == read_as


@pytest.mark.parametrize(
    ("lat", "lon"), [("50,66", "2,91"), ("2.91", "50.66"), ("7062524.22", "693657.87"), ("693657.87", "7062524.22")]
)
def test_a_position_is_put_in_degrees(tmp_path, lat, lon):
    landed = row(tmp_path, FACILITY, lat=lat, lon=lon)
    assert float(landed["lat"]) == pytest.approx(50.66, abs=0.001)
    assert float(landed["lon"]) == pytest.approx(2.91, abs=0.001)


def test_a_census_has_no_area_for_most_of_its_rows(tmp_path):
    landed = row(
        tmp_path, {"inst_numero": "I1", "equip_numero": "E1", "equip_nom": "Terrain", "equip_surf": ""}, coordonnees=""
    )
    assert (landed["modele"], landed["surface"], landed["lat"]) == ("res", None, None)


def test_a_register_may_be_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for cells in (["Registre"], [], ["id_local", "nom", "surface", "prm", "date_ouverture"]):
        book.active.append(cells)
    book.active.append(["GYM01", "Gymnase", 1200.5, 12345678901234, "01/09/2020"])
    written = io.BytesIO()
    book.save(written)
    (facility,) = read(tmp_path, written.getvalue(), "registre.xlsx")["equipement"]
    assert (facility["surface"], facility["prm"], facility["champs_repares"]) == ("1200.5", "12345678901234", None)
    with pytest.raises(UnfinishedExport):
        read(tmp_path, written.getvalue()[:2000], "registre.xlsx")


def test_a_list_of_codes_and_names_is_not_taken_for_a_register():
    assert not recognise(b"code;libelle\nA1;Four\n")
    assert not recognise(b"activite_id;nom;type\n1;Cantine;cantine\n")


@pytest.fixture(scope="module")
def town(demo_town):
    """The true figures of the demo town and its warehouse."""
    with duckdb.connect(str(demo_town.database), read_only=True) as connection:
        yield demo_town.truth, connection


@pytest.mark.slow
def test_depreciation_is_the_true_one_by_account_and_facility(town):
    truth, connection = town
    wanted = {
        (one["exercice"], one["budget_id"], one["account"], one["facility"]): one["cents"]
        for one in truth["activity"]["fixed_assets"]["charges"]
    }
    found = connection.execute(
        """select exercice, budget_id, depreciation_nature_code, coalesce(facility_id, ''),
            cast(sum(depreciation_eur) * 100 as bigint)
        from marts.fct_asset group by all having sum(depreciation_eur) <> 0"""
    ).fetchall()
    assert {row[:4]: row[4] for row in found} == wanted


@pytest.mark.slow
def test_inventory_recomputation_ledger_and_annex_agree_to_the_cent(town):
    _, connection = town
    gaps = connection.execute(
        """select sum(ledger_charge_eur), sum(abs(ledger_gap_eur)), sum(abs(computed_gap_eur)), sum(abs(annex_gap_eur)),
            sum(annex_asset_count), count(*) filter (nature_code is null)
        from marts.mart_asset_reconciliation"""
    ).fetchone()
    assert gaps[0] > 0
    assert gaps[4] > 0
    assert [*gaps[1:4], gaps[5]] == [0, 0, 0, 0]


@pytest.mark.slow
def test_areas_are_the_true_ones(town):
    truth, connection = town
    wanted = {
        (one["facility"], one["from"] or "1900-01-01", one["to"] or None): one["hundredths_m2"]
        for one in truth["activity"]["fixed_assets"]["facilities"]
    }
    found = connection.execute(
        """select facility_id, cast(valid_from as varchar), cast(valid_to as varchar),
            cast(floor_area_m2 * 100 as bigint)
        from marts.dim_facility where is_registered"""
    ).fetchall()
    assert {row[:3]: row[3] for row in found} == wanted


def test_the_seed_is_that_of_the_town():
    with (PROJECT / "seeds" / "map_fixed_assets__facility.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [list(fixed_assets.MAP_COLUMNS), *map(list, fixed_assets.map_rows())]
