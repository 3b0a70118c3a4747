"""Energy files: every trap of the formats, one test each; and the demo town against its truth."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from raw_warehouse import build, load_raw

import demo_city
from orchestration.defs.energy import extract as energy
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.pseudonyms import Pseudonyms

PRM = "09990000000001"
R63 = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;Valeur;"
    "Nature;Pas"
)
R64 = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;Valeur;"
    "Motif relève;Grille;Identifiant classe temporelle"
)
GAS = "pce;dateDebutReleve;dateFinReleve;energieConsomme;natureReleve;status"
METERS = "point_id;energie;batiment_code;facility;part;date_debut;date_fin;usage"


def written(path: Path, header: str, *rows: str, encoding: str = "utf-8-sig") -> Path:
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


def read(path: Path) -> dict[str, list[dict[str, str | None]]]:
    tables: dict[str, list[dict[str, str | None]]] = {}
    for table, frame in energy.extract(path, Pseudonyms(b"k" * 32, "energy")):
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def point(instant: str, watts: object = 1000, quantity: str = "PA", flow: str = "CONS", step: str = "PT30M") -> str:
    return f"{PRM};2024-01-01 00:00:00;2025-01-01 00:00:00;{quantity};{flow};BRUT;W;{instant};{watts};B;{step}"


def ends_of(day: str) -> list[str]:
    """Return the half-hours of a day in France by their ends, in local time without offset as Enedis writes them."""
    start = datetime.fromisoformat(day).replace(tzinfo=energy.PARIS)
    end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=energy.PARIS)
    seconds = int(end.timestamp() - start.timestamp())
    instants = [
        datetime.fromtimestamp(start.timestamp() + more, energy.PARIS) for more in range(1800, seconds + 1, 1800)
    ]
    return [instant.strftime("%Y-%m-%d %H:%M:%S") for instant in instants]


@pytest.fixture
def days(tmp_path):
    """Return what builds the warehouse of the files given and answers with the readings that are kept."""

    def kept(*exports: Path, columns: str = "reading_date::varchar, flow_code, reading_kind, energy_kwh::double"):
        database = tmp_path / "warehouse.duckdb"
        load_raw(database, [("energy", path) for path in exports])
        build(database, "stg_energy__courbe", "stg_energy__index_releve", "stg_energy__releve_gaz",
              "int_energy__index_period", "int_energy__reading_day")  # fmt: skip
        with duckdb.connect(str(database)) as connection:
            return connection.execute(
                f"select {columns} from intermediate.int_energy__reading_day where is_kept order by all"
            ).fetchall()

    return kept


def test_days_of_the_change_of_hour_have_46_and_50_half_hours(tmp_path, days):
    rows = [point(instant) for day in ("2024-03-31", "2024-10-27", "2024-10-28") for instant in ends_of(day)]
    assert len(rows) == 46 + 50 + 48
    export = written(tmp_path / "r63.csv", R63, *rows)
    assert len({row["debut_intervalle"] for row in read(export)["courbe"]}) == len(rows)
    found = days(export, columns="reading_date::varchar, interval_count, is_whole_day, energy_kwh::double")
    assert found == [
        ("2024-03-31", 46, True, 23.0),
        ("2024-10-27", 50, True, 25.0),
        ("2024-10-28", 48, True, 24.0),
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_the_hour_that_comes_twice_is_told_by_the_rows_before(tmp_path, backwards):
    instants = ends_of("2024-10-27")
    export = written(tmp_path / "r63.csv", R63, *map(point, reversed(instants) if backwards else instants))
    starts = [row["debut_intervalle"] for row in read(export)["courbe"]]
    assert starts == sorted(set(starts), reverse=backwards)


def test_a_point_that_ends_at_midnight_is_of_the_day_before(tmp_path, days):
    export = written(tmp_path / "r63.csv", R63, point("2024-06-02 00:00:00"), point("2024-06-02 00:30:00", 500))
    assert days(export) == [
        ("2024-06-01", "consumption", "load_curve", 0.5),
        ("2024-06-02", "consumption", "load_curve", 0.25),
    ]


def test_a_curve_that_begins_with_its_period_is_dated_by_the_starts(tmp_path):
    export = written(tmp_path / "r63.csv", R63, point("2024-01-01 00:00:00"), point("2024-01-01 00:30:00"))
    assert [row["debut_intervalle"] for row in read(export)["courbe"]] == ["2023-12-31 23:00:00", "2023-12-31 23:30:00"]


def test_a_step_of_ten_minutes_is_a_sixth_of_an_hour(tmp_path, days):
    export = written(tmp_path / "r63.csv", R63, point("2024-06-01 12:00:00", 600, step="PT10M"))
    assert days(export) == [("2024-06-01", "consumption", "load_curve", 0.1)]


def test_headers_may_have_no_accents(tmp_path):
    plain = R63.replace("é", "e")
    export = written(tmp_path / "r63.csv", plain, point("2024-06-01 12:00:00"), encoding="utf-8")
    assert energy.recognise(export.read_bytes())
    assert read(export)["courbe"][0]["valeur"] == "1000"


def test_production_is_apart_and_greatest_power_is_no_energy(tmp_path, days):
    export = written(
        tmp_path / "r63.csv",
        R63,
        point("2024-06-01 12:00:00", 1000),
        point("2024-06-01 12:00:00", 400, flow="PROD"),
        point("2024-06-01 12:00:00", 9000, quantity="PMA"),
        point("2024-06-01 12:00:00", 300, quantity="ER"),
    )
    assert days(export) == [
        ("2024-06-01", "consumption", "load_curve", 0.5),
        ("2024-06-01", "production", "load_curve", 0.2),
    ]


def test_a_curve_sent_again_replaces_its_points(tmp_path, days):
    first = written(tmp_path / "r63-01.csv", R63, point("2024-06-01 12:00:00"), point("2024-06-01 12:30:00"))
    second = written(tmp_path / "r63-02.csv", R63, point("2024-06-01 12:30:00", 3000))
    assert days(first, second) == [("2024-06-01", "consumption", "load_curve", 2.0)]


def index(day: str, wh: int, grid: str = "D", reason: str = "", code: str = "HP") -> str:
    return f"{PRM};2024-01-01;2024-12-31;EA;CONS;BRUT;Wh;{day} 00:00:00;{wh};{reason};{grid};{code}"


def test_of_two_grids_one_counts_and_a_new_meter_starts_again(tmp_path, days):
    export = written(
        tmp_path / "r64.csv",
        R64,
        *(index("2024-06-01", 10_000), index("2024-06-01", 5_000, code="HC")),
        *(index("2024-06-02", 12_000), index("2024-06-02", 6_000, code="HC")),
        *(index("2024-06-01", 15_000, "F", code="BASE"), index("2024-06-02", 18_000, "F", code="BASE")),
        *(index("2024-06-02", 12_000, reason="DEPOSE"), index("2024-06-02", 6_000, reason="DEPOSE", code="HC")),
        *(index("2024-06-02", 100, reason="POSE"), index("2024-06-02", 0, reason="POSE", code="HC")),
        *(index("2024-06-04", 2_100), index("2024-06-04", 1_000, code="HC")),
    )
    assert days(export, columns="reading_date::varchar, energy_kwh::double, is_estimated") == [
        ("2024-06-01", 3.0, False),
        ("2024-06-02", 1.5, True),
        ("2024-06-03", 1.5, True),
    ]


def test_an_index_that_falls_says_nothing(tmp_path, days):
    rows = [index("2024-06-01", 10_000), index("2024-06-02", 9_000), index("2024-06-03", 9_500)]
    assert days(written(tmp_path / "r64.csv", R64, *rows)) == [("2024-06-02", "consumption", "index", 0.5)]


def test_a_curve_comes_before_indexes_and_these_before_the_customer_space(tmp_path, days):
    def customer(day: str) -> Path:
        instants = [datetime.fromisoformat(said).replace(tzinfo=energy.PARIS).isoformat() for said in ends_of(day)]
        above = "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Unite"
        about = f"{PRM};Courbe de charge;01/06/2024;30/06/2024;Energie active;Consommation;W"
        rows = [f"{instant};3000" for instant in instants]
        return written(tmp_path / f"client-{day}.csv", above, about, "", "Horodate;Valeur", *rows)

    curve = written(tmp_path / "r63.csv", R63, *map(point, ends_of("2024-06-01")))
    indexes = written(tmp_path / "r64.csv", R64, index("2024-06-01", 0), index("2024-06-03", 20_000))
    files = [customer(f"2024-06-0{day}") for day in (1, 2, 3)]
    assert read(files[0])["courbe"][0]["pas_minutes"] == "30"
    assert days(curve, indexes, *files) == [
        ("2024-06-01", "consumption", "load_curve", 24.0),
        ("2024-06-02", "consumption", "index", 10.0),
        ("2024-06-03", "consumption", "customer_file", 72.0),
    ]


def test_definitive_gas_replaces_provisional_and_the_informative_series_never_counts(tmp_path, days):
    definitive = written(tmp_path / "gaz-01.csv", GAS, "GI999001;2024-06-01;2024-06-03;20;Publiée;Définitive")
    provisional = written(
        tmp_path / "gaz-02.csv",
        GAS,
        "GI999001;2024-06-01;2024-06-03;90;Publiée;Provisoire",
        "GI999001;2024-06-03;2024-06-05;30;Publiée;Provisoire",
        "GI999001;2024-06-01;2024-06-02;11;Informative Journalier;Provisoire",
    )
    assert [row[3] for row in days(definitive, provisional)] == [10.0, 10.0, 15.0, 15.0]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (R63, point("2024-06-01 12:00:00").replace(PRM, "9,99E+12")),
        (R64, index("2024-06-01", 1).replace(PRM, "9.99E+12")),
        (GAS, "9,99E+12;2024-06-01;2024-06-03;20;Publiée;Définitive"),
        (METERS, "9,99E+12;gaz;B1;GYM01;1;2024-01-01;;"),
    ],
)
def test_a_point_rounded_by_a_spreadsheet_refuses_the_file(tmp_path, header, row):
    with pytest.raises(RefusedExport, match="abîmé par un tableur") as refusal:
        read(written(tmp_path / "export.csv", header, row))
    assert "9,99" not in str(refusal.value)


def test_a_point_that_lost_its_zero_refuses_the_file(tmp_path):
    with pytest.raises(RefusedExport, match="forme attendue"):
        read(written(tmp_path / "r63.csv", R63, point("2024-06-01 12:00:00").replace(PRM, PRM[1:])))


def test_a_json_cut_off_is_unfinished(tmp_path):
    export = tmp_path / "grdf.json"
    export.write_text('{"GI999001": {"releves": [{"dateDebutReleve": "2024-0', encoding="utf-8")
    with pytest.raises(UnfinishedExport):
        read(export)


@pytest.fixture(scope="module")
def town(demo_town):
    """The demo town, its use by month and its truth."""
    return demo_town.database, demo_town.truth["activity"]["energy"]


def test_the_town_used_what_its_truth_says(town):
    database, truth = town
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            """select strftime(month, '%Y-%m') || '/' || energy_type || '/' || coalesce(facility_id, ''), flow_code,
            sum(energy_kwh)::double from intermediate.int_energy__use group by all"""
        ).fetchall()
    found = {key: value for key, flow, value in rows if flow == "consumption"}
    assert found == pytest.approx(truth["kwh"], abs=0.001)
    produced = Counter()
    for key, flow, value in rows:
        if flow == "production":
            produced[key[:7]] += value
    assert produced == pytest.approx(truth["produced_kwh"], abs=0.001)


def test_the_town_has_every_month_of_its_meters_and_one_point_in_no_table(town):
    database, truth = town
    with duckdb.connect(str(database), read_only=True) as connection:
        (missing,) = connection.execute(
            "select count(*) from intermediate.int_energy__point_month where not is_complete"
        ).fetchone()
        points, unknown = connection.execute(
            """select count(distinct point_id), count(distinct point_id) filter (where building_code is null)
            from intermediate.int_energy__use"""
        ).fetchone()
        kinds = dict(
            connection.execute(
                "select reading_kind, count(*) from intermediate.int_energy__reading_day where is_kept group by all"
            ).fetchall()
        )
    assert missing == 0
    assert (points, unknown) == (truth["points"], truth["unknown_points"])
    assert kinds["load_curve"] == 365 + 3 * 31
    assert kinds["customer_file"] == 31


def test_the_files_are_the_same_at_each_writing(tmp_path):
    for folder in ("a", "b"):
        demo_city.write(tmp_path / folder / "landing", inhabitants=600, years=1, seed=3)
    one, other = (sorted((tmp_path / folder / "landing/energy").iterdir()) for folder in ("a", "b"))
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
