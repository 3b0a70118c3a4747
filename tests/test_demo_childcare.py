"""The childcare files of the demo town, counted again by a reader that knows the contract and nothing of the writer."""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import holidays
import openpyxl
import pytest

from demo_city import childcare, school_year
from demo_city.enrolments import SITES, Enrolments, town_sites
from demo_city.households import Households
from demo_city.staff import strike_days
from demo_city.territory import Territory
from demo_city.town import INSEE, Town
from orchestration.lib.public import age_band, quotient_band

EXERCICES = [2024, 2025]
ACTIVITY_OF_TYPE = {
    "cantine": "school_meal", "APM": "after_school", "APS": "after_school", "mercredi": "leisure_centre",
    "ALSH": "leisure_centre", "creche": "nursery",
}  # fmt: skip
BOOKED = ("reservation", "present", "absentj", "absenti")
SEED = Path(__file__).parents[1] / "seeds" / "map_childcare__facility.csv"


@pytest.fixture(scope="module")
def town():
    return Town(2_000, 11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("landing")


@pytest.fixture(scope="module")
def truth(town, folder):
    return childcare.write(town, EXERCICES, folder, [])


@pytest.fixture(scope="module")
def files(folder, truth):
    """Rows of each file, the same bytes once."""
    seen, found = set(), {}
    for path in sorted((folder / "childcare").iterdir(), key=lambda path: path.stem):
        if (digest := hashlib.sha256(path.read_bytes()).digest()) not in seen:
            seen.add(digest)
            found[path.name] = rows_of(path)
    return found


@pytest.fixture(scope="module")
def uses(files):
    """Consumption rows that stand: of a month and activity, those of the file whose name comes last."""
    standing = {}
    for _, rows in of_kind(files, "consommations"):
        by_scope = defaultdict(list)
        for row in rows:
            by_scope[row["date"][:7], row["activite_id"]].append(row)
        standing |= by_scope
    return [row for rows in standing.values() for row in rows]


@pytest.fixture(scope="module")
def places(files):
    """Activity of the software -> our activity, site, facility."""
    facilities = {row[0]: row[3] for row in childcare.facility_rows()}
    return {
        row["activite_id"]: (ACTIVITY_OF_TYPE[row["type"]], row["site_id"], facilities.get(row["site_id"], ""))
        for row in files["activites.csv"]
    }


def rows_of(path):
    if path.suffix == ".xlsx":
        names, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
        return [dict(zip(names, row, strict=True)) for row in rows]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text else ",")
    names = next(rows)
    return [dict(zip(names, row, strict=True)) for row in rows]


def of_kind(files, kind):
    return [(name, rows) for name, rows in files.items() if name.startswith(kind)]


def hundredths(text):
    return int(Decimal(text.replace(",", ".")) * 100)


def hours(start, end):
    """Hundredths of hours between two times; the town only writes minutes of which that is a whole number."""
    minutes = [int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end)]
    found, rest = divmod((minutes[1] - minutes[0]) * 100, 60)
    assert rest == 0
    return found


def measures(row, activity, unit):
    """(measure, hundredths) of a consumption row, by the rules of the contract."""
    state, present = row["etat"], row["etat"] == "present"
    if activity == "school_meal":
        yield "meal_forecast", 100 * (state in BOOKED)
        yield (
            "meal_served",
            100 * (present or (state == "absenti" and unit["repas"] == "O" and row["prestation_id"] != "")),
        )
        yield "absence_excused", 100 * (state == "absentj")
        yield "absence_unexcused", 100 * (state == "absenti")
    elif activity == "nursery":
        yield "hour_contracted", hundredths(row["heures_contrat"])
        yield "hour_billed", hundredths(row["heures_facturees"])
        yield "hour_attended", hours(row["badgeage_debut"], row["badgeage_fin"]) if present else 0
    else:
        yield "booking", 100 * (state in BOOKED)
        if activity == "leisure_centre":
            yield "day_attended", hundredths(unit["equiv_journees"]) if present else 0
        elif present:
            timed = row["heure_debut"] != ""
            yield (
                "hour_attended",
                (hours(row["heure_debut"], row["heure_fin"]) if timed else hundredths(unit["equiv_heures"])),
            )


OUTPUT = {"school_meal": "meal_served", "after_school": "hour_attended", "leisure_centre": "day_attended"}


def test_quantities_are_those_of_the_files(files, uses, places, truth):
    units = {row["unite_id"]: row for row in files["unites.csv"]}
    activities = {row["activite_id"]: row for row in files["activites.csv"]}
    found, open_days = Counter(), set()
    for row in uses:
        activity, site, facility = places[row["activite_id"]]
        year, month = int(row["date"][:4]), int(row["date"][5:7])
        for measure, quantity in measures(row, activity, units[row["unite_id"]]):
            found[year, month, activity, site, facility, measure] += quantity
        if activity == "nursery" and row["etat"] == "present":
            open_days.add((row["date"], row["activite_id"]))
    for day, code in open_days:
        offered = int(activities[code]["places"]) * hundredths(activities[code]["heures_ouverture"])
        found[int(day[:4]), int(day[5:7]), *places[code], "hour_capacity"] += offered
    forecasts, meals = {}, {}
    for _, rows in of_kind(files, "frequentations"):
        for row in rows:
            key = (row["date"], row["site_type"])
            for said, column in ((forecasts, "prevision"), (meals, "reel")):
                if row[column]:
                    assert key not in said, "a canteen says a number twice"
                    said[key] = int(row[column])
    for measure, said in (("meal_forecast", forecasts), ("meal_served", meals)):
        for (day, _), number in said.items():
            key = (int(day[:4]), int(day[5:7]), "school_meal", "SAINT-GENIEVRE", "CANT01", measure)
            found[key] += 100 * number
    expected = {tuple(row.values())[:-1]: row["quantity_hundredths"] for row in truth.truth["quantities"]}
    assert {key: quantity for key, quantity in found.items() if quantity} == expected
    assert {key[5] for key in expected} == {
        "meal_forecast", "meal_served", "absence_excused", "absence_unexcused", "booking", "hour_attended",
        "day_attended", "hour_capacity", "hour_contracted", "hour_billed",
    }  # fmt: skip
    assert any(key[3] == "RS-99" and key[4] == "" for key in expected)


def test_users_are_those_of_the_files(files, uses, places, truth):
    units = {row["unite_id"]: row for row in files["unites.csv"]}
    children = {(row["annee_scolaire"], row["enfant_id"]): row for _, rows in of_kind(files, "enfants") for row in rows}
    quotients = defaultdict(list)
    for _, rows in of_kind(files, "quotients"):
        for row in rows:
            quotients[row["annee_scolaire"], row["famille_id"]].append(row)
    first = {}
    for row in uses:
        activity, _, facility = places[row["activite_id"]]
        output = dict(measures(row, activity, units[row["unite_id"]])).get(OUTPUT.get(activity, "hour_attended"))
        if output:
            day = date.fromisoformat(row["date"])
            label = school_year.label(school_year.of_month(day.year, day.month))
            key = (label, activity, row["enfant_id"], facility)
            first[key] = min(first.get(key, day), day)
    counted = defaultdict(set)
    for (label, activity, child, facility), day in first.items():
        row = children[label, child]
        spelled = row["date_naissance"]
        born = date(*map(int, reversed(spelled.split("/")))) if "/" in spelled else date.fromisoformat(spelled)
        said = [
            quotient_band(Decimal(one["quotient"].replace(",", ".")), date.fromisoformat(one["date_debut"]))
            for one in quotients[label, row["famille_id"]]
            if one["date_debut"] <= day.isoformat() <= one["date_fin"]
        ]
        assert len(said) <= 1
        residence = {"62999": "commune", "": "inconnu"}.get(row["code_postal"], "hors_commune")
        profile = {
            "all": "", "sex_code": row["sexe"], "age_band_code": age_band(born, day.replace(day=1)),
            "quotient_band_code": said[0] if said else "inconnu", "facility_id": facility, "residence_code": residence,
        }  # fmt: skip
        for part in profile.items():
            counted[label, activity, *part].add(child)
    found = {key: len(who) for key, who in counted.items()}
    expected = {tuple(row.values())[:-1]: row["users"] for row in truth.truth["users"]}
    located = ("quartier_code", "qpv_code", "spelling")
    assert found == {key: users for key, users in expected.items() if key[2] not in located}


def test_users_of_a_neighbourhood_live_there(files, truth, town):
    """An address written well is one of the territory: its neighbourhood is looked up, not remembered."""
    areas = {
        f"{one.number} {one.suffix} {one.street}".replace("  ", " ").upper(): one for one in Territory(town).addresses
    }
    rows = [row for _, rows in of_kind(files, "enfants") for row in rows if row["annee_scolaire"] == "2024-2025"]
    placed = Counter(areas[row["adresse"]].quartier for row in rows if row["adresse"] in areas)
    expected = defaultdict(Counter)
    for row in truth.truth["users"]:
        if row["school_year"] == "2024-2025" and row["activity_id"] == "school_meal":
            expected[row["dimension"]][row["code"]] = row["users"]
    codes = {one.quartier for one in areas.values()}
    assert set(expected["quartier_code"]) - {""} == codes == set(placed)
    assert set(expected["qpv_code"]) - {""} == {one.qpv for one in areas.values() if one.qpv}
    everybody = expected["all"][""]
    assert all(
        expected[name].total() == everybody for name in ("sex_code", "quartier_code", "qpv_code", "residence_code")
    )
    unplaced = expected["residence_code"].total() - expected["residence_code"]["commune"]
    assert expected["quartier_code"][""] == unplaced + expected["spelling"]["unknown"]


def test_bills_are_those_of_the_files(files, places, truth):
    cancelled = {
        row["facture_id"] for _, rows in of_kind(files, "factures") for row in rows if row["etat"] == "annulee"
    }
    assert cancelled
    found, by_bill, consumed = Counter(), Counter(), set()
    for _, rows in of_kind(files, "prestations"):
        for row in rows:
            key = (int(row["date"][:4]), int(row["date"][5:7]), *places[row["activite_id"]])
            cents = hundredths(row["montant"])
            found[*key, "cancelled_cents" if row["facture_id"] in cancelled else "billed_cents"] += cents
            by_bill[row["facture_id"]] += cents
            consumed.add(row["prestation_id"])
            assert hundredths(row["montant_initial"]) >= cents > 0
    expected = {
        (*tuple(row.values())[:5], measure): row[measure]
        for row in truth.truth["billing"]
        for measure in ("billed_cents", "cancelled_cents")
    }
    assert found == {key: cents for key, cents in expected.items() if cents}
    totals = {
        row["facture_id"]: hundredths(f"{row['total']:.2f}" if isinstance(row["total"], float | int) else row["total"])
        for _, rows in of_kind(files, "factures")
        for row in rows
    }
    assert totals == by_bill


def test_a_use_that_is_billed_names_a_prestation_of_its_month(files, uses):
    charges = {
        row["prestation_id"]: (row["date"][:7], row["enfant_id"], row["activite_id"])
        for _, rows in of_kind(files, "prestations")
        for row in rows
    }
    billed = [row for row in uses if row["prestation_id"]]
    assert all(
        charges[row["prestation_id"]] == (row["date"][:7], row["enfant_id"], row["activite_id"]) for row in billed
    )
    assert {row["prestation_id"] for row in billed} == charges.keys()
    assert {row["etat"] for row in uses if not row["prestation_id"]} >= {"absentj", "absenti"}


def test_every_child_is_registered_and_enrolled_where_it_goes(files, uses, places):
    enrolled = {
        (row["annee_scolaire"], row["enfant_id"], row["activite_id"])
        for _, rows in of_kind(files, "inscriptions")
        for row in rows
        if row["statut"] == "ok"
    }
    for row in uses:
        year, month = int(row["date"][:4]), int(row["date"][5:7])
        label = school_year.label(school_year.of_month(year, month))
        assert row["activite_id"] == "CAN-99" or (label, row["enfant_id"], row["activite_id"]) in enrolled
    statuses = Counter(row["statut"] for _, rows in of_kind(files, "inscriptions") for row in rows)
    assert set(statuses) == {"ok", "attente", "refus"}
    assert {row["etat"] for row in uses} == {*BOOKED, "attente", "refus", "demande"}


def test_mishaps_are_in_the_folder(folder, truth):
    names = {path.name for path in (folder / "childcare").iterdir()}
    (replaced,) = (row for row in truth.truth["mishaps"] if row["kind"] == "replaced")
    (copied,) = (row for row in truth.truth["mishaps"] if row["kind"] == "dropped_twice")
    assert {replaced["file"], replaced["by"], copied["file"], copied["by"]} <= names
    stems = [Path(name).stem.lower() for name in (replaced["file"], replaced["by"])]
    assert stems == sorted(stems)
    read = [(folder / "childcare" / name).read_bytes() for name in (replaced["file"], replaced["by"])]
    assert read[0] != read[1]
    assert read[0].count(b"\n") == read[1].count(b"\n")
    read = [(folder / "childcare" / copied[name]).read_bytes() for name in ("file", "by")]
    assert read[0] == read[1]
    with pytest.raises(UnicodeDecodeError):
        (folder / "childcare" / "enfants_2023-2024.csv").read_text("utf-8")
    assert "factures_2024-01.xlsx" in names
    assert truth.files == len(names) == sum(truth.truth["files"].values())


def test_same_arguments_give_the_same_bytes_and_nothing_outside_the_folder(town, folder, truth, tmp_path):
    childcare.write(Town(town.inhabitants, town.seed), EXERCICES, tmp_path, [])
    assert [path.name for path in tmp_path.iterdir()] == ["childcare"]
    names = sorted(path.name for path in (folder / "childcare").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "childcare").iterdir())
    for name in names:
        assert (folder / "childcare" / name).read_bytes() == (tmp_path / "childcare" / name).read_bytes(), name


def test_a_month_is_the_same_whatever_the_exercices(town, folder, truth, tmp_path):
    childcare.write(town, EXERCICES[1:], tmp_path, [])
    for path in (tmp_path / "childcare").iterdir():
        other = folder / "childcare" / path.name
        if other.exists() and path.name != "enfants_2024-2025.csv":  # the oldest school year is in another layout
            assert path.read_bytes() == other.read_bytes(), path.name
    shared = {path.name for path in (tmp_path / "childcare").iterdir()}
    assert {f"consommations_2025-{month:02d}_cantine.csv" for month in (1, 2, 4, 5, 6, 9)} <= shared


def test_identities_are_in_the_files_and_unmistakable(folder, truth):
    text = "".join(
        path.read_text("cp1252" if path.name == "enfants_2023-2024.csv" else "utf-8")
        for path in (folder / "childcare").glob("*.csv")
    )
    missing = [one for one in truth.identities if one not in text]
    assert not missing
    assert all(len(one) >= 8 for one in truth.identities)
    assert len(truth.identities) > 300
    assert not any(one.startswith("RUE") for one in truth.identities), "a street alone is of nobody"


def test_the_seed_has_the_sites_of_the_software():
    with SEED.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == childcare.FACILITY_COLUMNS
    assert set(childcare.facility_rows()) <= {tuple(row) for row in rows}
    assert not any(row[0] == "RS-99" for row in rows)


@pytest.mark.parametrize("year", range(2008, 2027))  # before, Whit Monday was worked by some
def test_public_holidays_are_the_legal_ones(year):
    assert school_year.public_holidays(year) == set(holidays.France(years=year))


def test_schools_are_open_about_140_days_and_never_in_holidays():
    for start in range(2005, 2026):
        months = [(start + (month > 12), (month - 1) % 12 + 1) for month in range(9, 21)]
        days = [day for year, month in months for day in school_year.school_days(year, month)]
        assert 134 <= len(days) <= 146, start
        assert not any(first <= day <= last for day in days for first, last in school_year.holidays(start))
        free = [day for year, month in months for day in school_year.holiday_days(year, month)]
        wednesdays = [day for year, month in months for day in school_year.school_wednesdays(year, month)]
        assert not {*days, *wednesdays} & {*free}
        spells = school_year.holidays(start)
        assert all(last < first for (_, last), (first, _) in pairwise(spells))


def test_a_town_of_40000_has_the_children_that_it_says():
    town = Town(40_000, 2026)
    households = Households(town, Territory(town))
    enrolments = Enrolments(town, households)
    for start in (2022, 2025):
        pupils = enrolments.pupils(start)
        assert 3_700 < len(pupils) < 4_100
        assert all(2 <= start - child.born.year <= 10 for child in pupils)
        enrolled = enrolments.enrol(start)
        eaters = {one.child.number for one in enrolled["CAN"]}
        assert 0.75 < len(eaters) / len(pupils) < 0.82
        assert 0.38 < len({one.child.number for one in enrolled["APS"]}) / len(eaters) < 0.46
        cared = [one for one in enrolled["MAC"] if one.status == "ok"]
        assert 270 < len(cared) < 340
        for prefix, listed in enrolled.items():
            site = next(site for site in SITES if site == listed[0].kind.site)
            assert {one.site for one in listed} == set(range(town_sites(town, SITES[site]))), prefix
    homes = [child.family.home for child in households.children]
    assert 0.05 < sum(home.residence == "hors_commune" for home in homes) / len(homes) < 0.07
    assert 0.88 < sum(home.spelling == "exact" for home in homes) / len(homes) < 0.95
    assert 0.01 < sum(home.spelling in ("unknown", "none") for home in homes) / len(homes) < 0.03
    poor = [child.family.quotient for child in households.children if child.family.home.qpv and child.family.quotient]
    others = [family.quotient for family in households.families if not family.home.qpv and family.quotient]
    assert sum(poor) / len(poor) < 0.7 * sum(others) / len(others)


def test_rates_are_those_of_a_town(truth):
    found = Counter()
    for row in truth.truth["quantities"]:
        if row["activity_id"] in ("school_meal", "nursery"):
            found[row["measure_code"]] += row["quantity_hundredths"]
    assert 0.93 < found["meal_served"] / found["meal_forecast"] < 0.98
    assert 1.06 < found["hour_billed"] / found["hour_attended"] < 1.10
    assert 0.60 < found["hour_attended"] / found["hour_capacity"] < 0.85
    assert found["hour_contracted"] > found["hour_billed"]


def test_strikes_and_june_empty_the_canteens(uses, town):
    strikes = {date.fromordinal(day).isoformat() for year in EXERCICES for day in strike_days(town.seed, year)}
    meals = [row for row in uses if row["activite_id"].startswith("CAN-")]

    def missed(rows):
        return sum(row["etat"].startswith("absent") for row in rows) / len(rows)

    usual = missed([row for row in meals if row["date"] not in strikes and row["date"][5:7] not in ("06", "07")])
    assert missed([row for row in meals if row["date"][5:7] == "06" and row["date"] not in strikes]) > 1.3 * usual
    on_strike = [row for row in meals if row["date"] in strikes]
    assert not on_strike or missed(on_strike) > 5 * usual


def test_the_smallest_town_writes_what_it_has(tmp_path):
    written = childcare.write(Town(100, 3), [2025], tmp_path, [])
    assert written.files == len(list((tmp_path / "childcare").iterdir()))
    for path in (tmp_path / "childcare").glob("*.csv"):
        assert path.read_bytes().count(b"\n") > 1, f"{path.name} has no row"
    assert INSEE not in "".join(written.identities)
