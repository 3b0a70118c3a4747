"""The territory's files from landing to calendar: what replaces what, traps of the formats, the demo town's truth."""

import csv
import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import holidays
import numpy as np
import pytest
from raw_warehouse import build, load_raw

from demo_city import territory as demo
from demo_city.territory import Territory
from demo_city.town import Town
from orchestration.lib import intake, lambert93, landing
from orchestration.lib.home import PROJECT
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
SYSTEM = SYSTEMS["territory"]
SAMPLES = PROJECT / "tests" / "systems" / "territory" / "exports"
ON = date(2025, 3, 1)


def rows(path: Path) -> dict[str, list[dict[str, str | None]]]:
    """Return table -> rows of the file at ``path``."""
    found: dict[str, list[dict[str, str | None]]] = {}
    for table, frame in SYSTEM.extract(path, None, None):
        found.setdefault(table, []).extend(frame.to_dict("records"))
    return found


def dropped(home, register, *files: Path):
    """Drop ``files`` and take them in."""
    folder = home.landing / "territory"
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    taken = intake.take_in(home, SYSTEM, landing.pending(home.landing, SYSTEM, register, SYSTEMS.values()), register)
    assert not taken.refused
    return taken


def quartiers(path: Path, name: str, west_code: str) -> Path:
    """Write one quartier over the whole sample town."""
    ring = [[2.8, 50.6], [3.0, 50.6], [3.0, 50.7], [2.8, 50.7], [2.8, 50.6]]
    feature = {
        "type": "Feature",
        "properties": {"code": west_code, "nom": "Tout"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = path / name
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return file


def test_areas_come_from_the_loads_in_use(home, register):
    assert Neighbourhoods.of(home, register).locate("12 rue du Houblon", "62999", None, ON).iris_code is None
    dropped(home, register, *(SAMPLES / name for name in ("bal_62999.csv", "iris_lambert93.geojson", "qpv.geojson")))
    area = Neighbourhoods.of(home, register).locate("12 bis r. du Houblon", "62999", "Beffroi sur Lys", ON)
    assert (area.iris_code, area.quartier_code, area.qpv_code) == ("629990102", None, "QN06299M")
    assert (area.residence_code, area.match_level) == ("commune", "numero")


def test_a_former_commune_is_the_town(home, register):
    dropped(home, register, SAMPLES / "bal_62999.csv")
    known = Neighbourhoods.of(home, register)
    assert known.locate("12 rue du Houblon", "62998", "SAINT-HOUBLON", ON).residence_code == "commune"


def test_a_later_file_replaces_its_kind_and_no_other(home, register, tmp_path):
    dropped(home, register, SAMPLES / "bal_62999.csv", SAMPLES / "quartiers.json", SAMPLES / "iris_lambert93.geojson")
    dropped(home, register, quartiers(tmp_path, "quartiers_2026.geojson", "TOUT"))
    area = Neighbourhoods.of(home, register).locate("12 bis rue du Houblon", "62999", None, ON)
    assert (area.iris_code, area.quartier_code) == ("629990102", "TOUT")
    dropped(home, register, SAMPLES / "bal_1_5_virgule.csv")
    known = Neighbourhoods.of(home, register)
    assert known.locate("12 rue du Houblon", "62999", None, ON).match_level == "commune"
    assert known.locate("9 ter r de l'Ecluse", "62999", None, ON).quartier_code == "TOUT"


def test_of_two_files_taken_in_together_the_later_name_stands(home, register, tmp_path):
    dropped(
        home,
        register,
        SAMPLES / "bal_62999.csv",
        quartiers(tmp_path, "quartiers_b.geojson", "B"),
        quartiers(tmp_path, "quartiers_a.geojson", "A"),
    )
    assert Neighbourhoods.of(home, register).locate("12 rue du Houblon", "62999", None, ON).quartier_code == "B"


def test_the_two_generations_of_qpv_may_come_in_two_files(home, register, tmp_path):
    both = json.loads((SAMPLES / "qpv.geojson").read_text(encoding="utf-8"))
    files = [SAMPLES / "bal_62999.csv"]
    for feature in both["features"]:
        file = tmp_path / f"{feature['properties']['code_qp']}.geojson"
        file.write_text(json.dumps(both | {"features": [feature]}), encoding="utf-8")
        files.append(file)
    dropped(home, register, *files)
    known = Neighbourhoods.of(home, register)
    found = [known.locate("12 rue du Houblon", "62999", None, day).qpv_code for day in (date(2023, 12, 31), ON)]
    assert found == ["QP062999", "QN06299M"]


def test_the_origin_of_lambert_93_is_where_its_definition_puts_it():
    assert lambert93.to_wgs84(700_000, 6_600_000) == pytest.approx((3.0, 46.5), abs=1e-9)


def test_lambert_93_and_degrees_give_the_same_contour(tmp_path):
    lambert = json.loads((SAMPLES / "iris_lambert93.geojson").read_text(encoding="utf-8"))
    feature = lambert["features"][0]
    ring = np.array(feature["geometry"]["coordinates"][0])[:, :2]
    feature["geometry"]["coordinates"] = [np.column_stack(lambert93.to_wgs84(*ring.T)).tolist()]
    file = tmp_path / "iris.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert rows(file)["contour"][0] == rows(SAMPLES / "iris_lambert93.geojson")["contour"][0]


def test_a_table_of_population_of_many_frames_is_read_whole(tmp_path):
    header, first, *_ = (SAMPLES / "base-ic-evol-struct-pop-2020.csv").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "base-ic.csv"
    table = [first.replace("629990101", f"62999{rank:04d}") for rank in range(5_000)]
    file.write_text("\n".join([header, *table]), encoding="utf-8")
    assert len(rows(file)["population"]) == 5_000 * 13


def test_the_official_school_calendar_is_read(real_files):
    days = rows(real_files / "vacances_scolaires_2014-2028.csv")["jour_de_vacances"]
    assert (days[0]["date"], days[-1]["date"], len(days)) == ("2014-01-01", "2028-12-31", 5_479)
    winter = [day["date"] for day in days if day["date"][:4] == "2025" and day["nom_vacances"] == "Vacances d'hiver"]
    assert (winter[0], winter[-1]) == ("2025-02-08", "2025-03-09")
    assert {day["vacances_zone_b"] for day in days if "2025-02-08" <= day["date"] <= "2025-02-23"} == {"true"}
    assert {day["nom_vacances"] for day in days if "true" not in tuple(day.values())} == {None}


def test_a_workbook_is_not_ours():
    assert not SYSTEM.reader.recognise(b"PK\x03\x04 xl/workbook.xml")


def test_public_holidays_are_those_of_metropolitan_france():
    with (PROJECT / "seeds" / "ref_public_holiday.csv").open(newline="", encoding="utf-8") as file:
        seed = {row["public_holiday_date"]: row["public_holiday_label"] for row in csv.DictReader(file)}
    official = holidays.country_holidays("FR", years=range(2010, 2061), language="fr")
    assert seed == {day.isoformat(): " et ".join(sorted(label.split("; "))) for day, label in official.items()}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """(Territory, truth, connection) of the demo town built from its own files."""
    folder = tmp_path_factory.mktemp("town")
    territory = Territory(Town(600, 7))
    truth = demo.write(territory.town, [2024, 2025], folder / "landing", []).truth
    database = folder / "warehouse.duckdb"
    load_raw(database, [("territory", path) for path in sorted((folder / "landing" / "territory").iterdir())])
    build(database, "+dim_date", "+dim_neighbourhood", "+int_territory__population", "+int_territory__degree_day")
    with duckdb.connect(str(database), read_only=True) as connection:
        yield territory, truth, connection


def test_the_same_town_has_the_same_files(town, tmp_path):
    territory, truth, _ = town
    again = [demo.write(territory.town, [2024, 2025], tmp_path / name, []) for name in ("one", "two")]
    folders = [tmp_path / name / "territory" for name in ("one", "two")]
    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert files[0] == files[1]
    assert len(files[0]) == again[0].files == 7
    assert again[0].truth == truth
    assert not again[0].identities


def test_neighbourhoods_are_those_of_the_town(town):
    territory, _, connection = town
    found = connection.execute(
        "select neighbourhood_kind, neighbourhood_code, valid_from, valid_to from marts.dim_neighbourhood"
    ).fetchall()
    wanted = [("iris", code, None, None) for code in territory.iris]
    wanted += [("quartier", code, None, None) for code in set(territory.quartier_of.values())]
    wanted.append(("qpv", demo.FORMER_QPV, date(2015, 1, 1), date(2023, 12, 31)))
    wanted.append(("qpv", demo.QPV, date(2024, 1, 1), None))
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_inhabitants_of_all_ages_make_the_population(town):
    territory, truth, connection = town
    (year, inhabitants, bands) = connection.execute(
        "select census_year, sum(inhabitant_count), count(distinct age_band_code)"
        " from intermediate.int_territory__population group by census_year"
    ).fetchone()
    assert (year, bands) == (truth["population_year"], 10)
    assert inhabitants == truth["population"] == territory.town.population(year)


def test_every_address_has_one_row(town):
    _, truth, connection = town
    (addresses,) = connection.execute(
        "select count(*) from staging.stg_territory__adresse where is_standing and not is_place_name"
    ).fetchone()
    assert addresses == truth["addresses"]


def test_degree_days_are_those_of_the_town(town):
    _, truth, connection = town
    months = connection.execute(
        "select heating_degree_days from intermediate.int_territory__degree_day order by month_start_date"
    ).fetchall()
    assert [float(value) for (value,) in months] == [*truth["degree_days"]["2024"], *truth["degree_days"]["2025"]]


def test_the_calendar_says_school_holidays_of_the_zone(town):
    _, truth, connection = town
    (days, first, last) = connection.execute(
        "select count(*) filter (where is_school_holiday), min(date_day), max(date_day) from marts.dim_date"
    ).fetchone()
    assert days == truth["holidays_zone_b"]
    assert (first, last) == (date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2025-05-01", (True, "Fête du Travail", False, None, "2024-2025", False)),
        ("2025-07-14", (True, "Fête nationale", True, "Vacances d'été", "2024-2025", False)),
        ("2025-08-31", (False, None, True, "Vacances d'été", "2024-2025", False)),
        ("2025-09-01", (False, None, False, None, "2025-2026", True)),  # a Monday
        ("2025-09-03", (False, None, False, None, "2025-2026", False)),  # a Wednesday
        ("2025-12-25", (True, "Noël", True, "Vacances de Noël", "2025-2026", False)),
        ("2026-01-06", (False, None, False, None, "2025-2026", True)),
    ],
)
def test_a_day_of_the_calendar(town, day, wanted):
    found = town[2].execute(
        """select is_public_holiday, public_holiday_label, is_school_holiday, school_holiday_label, school_year,
        is_school_day from marts.dim_date where date_day = ?""",
        [day],
    )
    assert found.fetchone() == wanted


def test_without_a_school_calendar_school_days_are_unknown(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    samples = PROJECT / "tests" / "systems" / "budget_totem" / "exports" / "CA_2024_principal.xml"
    load_raw(database, [("budget_totem", samples)])
    build(database, "+dim_date")
    with duckdb.connect(str(database), read_only=True) as connection:
        said = connection.execute(
            """select count(*), count(is_school_day), count(is_school_holiday),
            count(*) filter (where is_public_holiday) from marts.dim_date"""
        ).fetchone()
    assert said == (366, 0, 0, 11)
