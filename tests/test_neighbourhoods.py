"""From an address as people write it to its area, with the demo town's territory and with small invented ones."""

import logging
import time
from datetime import date
from random import Random

import pandas as pd
import pytest
from raw_warehouse import territory_tables

from demo_city import territory as demo
from demo_city.territory import Territory
from demo_city.town import NAME, POSTCODE, Town
from orchestration.lib import lambert93
from orchestration.lib.addresses import readings, street_key, town_key
from orchestration.lib.neighbourhoods import Area, Neighbourhoods

ON = date(2025, 3, 1)
SQUARE = "POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"
WEST, EAST = SQUARE.format(w=2.0, s=50.0, e=2.1, n=50.1), SQUARE.format(w=2.1, s=50.0, e=2.2, n=50.1)
CONTOURS = pd.DataFrame(
    [
        ("iris", "629980101", None, None, WEST),
        ("iris", "629980102", None, None, EAST),
        ("quartier", "A", None, None, WEST),
        ("quartier", "B", None, None, EAST),
        ("qpv", "QP062998", "2015-01-01", "2023-12-31", WEST),
        ("qpv", "QN06298M", "2024-01-01", None, WEST),
    ],
    columns=["kind", "code", "valid_from", "valid_to", "geometrie"],
)


def rows(*addresses, **values):
    """Return the raw table of addresses given as (number, suffix, street, longitude)."""
    common = {"commune_insee": "62998", "commune_nom": "Saint-Houblon-sur-Lys", "lat": "50.05"} | values
    named = [{"numero": a, "suffixe": b, "voie_nom": c, "long": d, **common} for a, b, c, d in addresses]
    return pd.DataFrame(named)


ADDRESSES = rows(
    ("3", None, "Avenue des Géants", "2.01"),
    ("12", None, "Avenue des Géants", "2.05"),
    ("12", "bis", "Avenue des Géants", "2.15"),
    ("14", "ter", "Avenue des Géants", "2.16"),
    ("5", None, "Rue du 8 Mai 1945", "2.15"),
    ("5", None, "Rue de la Porte Rouge", "2.15"),
    ("5", None, "Rue de la Tour B", "2.05"),
    ("1", None, "Boulevard de l'Œuvre", "2.05"),
    ("1", None, "Rue des Géants", "2.15"),
    ("7", None, "Chemin Saint-Vaast", "2.15"),
    ("99999", None, "Ferme du Polder", "2.05"),
)


@pytest.fixture(scope="module")
def small() -> Neighbourhoods:
    return Neighbourhoods({"adresse": ADDRESSES, "contour": CONTOURS})


@pytest.mark.parametrize(
    ("address", "iris", "level"),
    [
        ("12 avenue des Géants", "629980101", "numero"),
        ("12, AV. DES GEANTS", "629980101", "numero"),
        ("12 bis avenue des Géants", "629980102", "numero"),
        ("12BIS ave des geants", "629980102", "numero"),
        ("12 B, av des Géants", "629980102", "numero"),
        ("12 ter avenue des Géants", "629980101", "numero"),
        ("14 avenue des Géants", "629980102", "numero"),
        ("Apt 5, 12 bis avenue des Géants", "629980102", "numero"),
        ("12 bis avenue des Géants appt 5 bât. B", "629980102", "numero"),
        ("12 avenue des Géants, 3e étage porte 12", "629980101", "numero"),
        ("chez Mme Untel, 12 bis avenue des Géants", "629980102", "numero"),
        ("12 avenue des Géants chez M. Untel", "629980101", "numero"),
        ("c/o Untel 12 avenue des Géants", "629980101", "numero"),
        ("Résidence les Saules 12 avenue des Géants", "629980101", "numero"),
        ("12 avenue des Géants résidence les Saules", "629980101", "numero"),
        ("12 avenue des Géants 62998 Saint-Houblon", "629980101", "numero"),
        ("12 avenue Géants", "629980101", "numero"),
        ("1 bd de l'Oeuvre", "629980101", "numero"),
        ("1 BVD DE L OEUVRE", "629980101", "numero"),
        ("7 che st vaast", "629980102", "numero"),
        ("1 r des Géants", "629980102", "numero"),
        ("5 rue de la Porte Rouge", "629980102", "numero"),
        ("5 rue de la Tour B", "629980101", "numero"),
        ("5 rue du 8 mai 1945", "629980102", "numero"),
        ("rue du 8 mai 1945", "629980102", "voie"),
        ("ferme du polder", "629980101", "voie"),
        ("250 avenue des Géants", "629980101", "voie"),
        ("12 avenue des Gaénts", "629980101", "approche"),
        ("12 alée des Géants", None, "commune"),
        ("12 avenu des Géants", "629980101", "approche"),
        ("12 avenue dess Géantes", None, "commune"),  # less than 92 of 100
        ("1 boulevard de l'Euvre", "629980101", "approche"),
        ("5 rue de la Porte Rougee", "629980102", "approche"),
        ("50 rue de la Porte Rougee", "629980102", "approche"),
        ("7 chemin Saint Waast", "629980102", "approche"),
        ("5 rue du 9 mai 1945", None, "commune"),
        ("5 allée de la Porte Rouge", None, "commune"),
        ("Avenue", None, "commune"),
        ("12", None, "commune"),
        ("", None, "commune"),
        (None, None, "commune"),
        (" ,;\n 12 ,, ' ", None, "commune"),
    ],
)
def test_an_address_is_found_as_people_write_it(small, address, iris, level):
    area = small.locate(address, "62998", "Saint-Houblon-sur-Lys", ON)
    assert area.match_level == level
    assert area.iris_code == (iris if level != "commune" else None)
    assert area.residence_code == "commune"


def test_a_quartier_comes_with_the_iris(small):
    assert small.locate("12 bis avenue des Géants", None, None, ON).quartier_code == "B"


@pytest.mark.parametrize(
    ("on", "qpv"),
    [
        (date(2014, 12, 31), None),
        (date(2015, 1, 1), "QP062998"),
        (date(2023, 12, 31), "QP062998"),
        (date(2024, 1, 1), "QN06298M"),
    ],
)
def test_the_qpv_is_that_of_the_day(small, on, qpv):
    assert small.locate("12 avenue des Géants", "62998", None, on).qpv_code == qpv
    assert small.locate("12 bis avenue des Géants", "62998", None, on).qpv_code is None


@pytest.mark.parametrize(
    ("postcode", "city", "residence", "level"),
    [
        ("62998", "SAINT HOUBLON SUR LYS", "commune", "numero"),
        (None, "st-houblon s/lys cedex 2", "commune", "numero"),
        ("59000", "St Houblon sur Lyss", "commune", "numero"),
        ("59000", "LILLE", "hors_commune", "commune"),
        (None, "Lille", "hors_commune", "commune"),
        ("59000", None, "hors_commune", "commune"),
        ("62998", None, "commune", "numero"),
        ("62000", None, "commune", "numero"),  # of the département: the number decides
        (None, None, "commune", "numero"),
        ("62998", "Hameau du Polder", "commune", "numero"),
        ("B-7700", None, "commune", "numero"),
        ("B-7700", "Mouscron", "hors_commune", "commune"),
    ],
)
def test_town_and_postcode_say_who_is_from_elsewhere(small, postcode, city, residence, level):
    area = small.locate("12 avenue des Géants", postcode, city, ON)
    assert (area.residence_code, area.match_level) == (residence, level)
    assert (area.iris_code is None) == (residence == "hors_commune")


@pytest.mark.parametrize(
    ("postcode", "city", "residence"),
    [
        ("62100", None, "hors_commune"),
        ("62110", None, "commune"),
        ("62110", "Autre-Commune", "hors_commune"),
        (None, None, "inconnu"),
    ],
)
def test_postcodes_that_the_addresses_have_are_the_town_s(postcode, city, residence):
    known = Neighbourhoods({"adresse": rows(("1", None, "Rue du Bac", "2.01"), code_postal="62110")})
    area = known.locate("99 rue Inconnue", postcode, city, ON)
    assert area == Area(residence_code=residence, match_level="aucun" if residence == "inconnu" else "commune")


def test_without_any_file_nothing_is_known():
    assert Neighbourhoods({}).locate("1 rue du Bac", "62998", "Lille", ON) == Area()


def test_with_contours_alone_the_postcode_still_tells_another_departement():
    only = Neighbourhoods({"contour": CONTOURS})
    assert only.locate("1 rue du Bac", "59000", "Lille", ON).residence_code == "hors_commune"
    assert only.locate("1 rue du Bac", "62000", "Arras", ON).residence_code == "inconnu"
    assert only.locate("1 rue du Bac", "62998", None, ON) == Area(residence_code="commune", match_level="commune")


def test_the_town_is_the_commune_with_most_addresses():
    other = rows(("1", None, "Rue du Bac", "2.15"), commune_insee="62997", commune_nom="Autre-Commune")
    known = Neighbourhoods({"adresse": pd.concat([other, ADDRESSES]), "contour": CONTOURS})
    assert known.locate("1 rue du Bac", None, "Saint-Houblon-sur-Lys", ON).match_level == "commune"
    assert known.locate("1 rue du Bac", None, "Autre-Commune", ON).residence_code == "hors_commune"


def test_of_several_points_of_an_address_the_entrance_counts():
    points = pd.concat(
        [
            rows(("1", None, "Rue du Bac", "2.15"), position="parcelle"),
            rows(("1", None, "Rue du Bac", "2.05"), position="entrée"),
        ]
    )
    known = Neighbourhoods({"adresse": points, "contour": CONTOURS})
    assert known.locate("1 rue du Bac", "62998", None, ON).iris_code == "629980101"


def test_addresses_in_lambert_93_are_converted():
    (x,), (y,) = lambert93.from_wgs84([2.15], [50.05])
    surveyed = rows(("1", None, "Rue du Bac", None), x=str(x), y=str(y), lat=None)
    known = Neighbourhoods({"adresse": surveyed, "contour": CONTOURS})
    assert known.locate("1 rue du Bac", "62998", None, ON).iris_code == "629980102"


def test_an_address_without_coordinates_or_outside_every_contour_has_no_area():
    lost = pd.concat([rows(("1", None, "Rue du Bac", None)), rows(("2", None, "Rue Haute", "9.0"))])
    known = Neighbourhoods({"adresse": lost, "contour": CONTOURS})
    assert known.locate("1 rue du Bac", "62998", None, ON).match_level == "commune"
    assert known.locate("2 rue Haute", "62998", None, ON) == Area(residence_code="commune", match_level="numero")


def test_a_contour_that_crosses_itself_still_contains():
    bow = "POLYGON ((2.0 50.0, 2.1 50.1, 2.1 50.0, 2.0 50.1, 2.0 50.0))"
    contours = pd.DataFrame([("iris", "629980101", bow)], columns=["kind", "code", "geometrie"])
    known = Neighbourhoods({"adresse": rows(("1", None, "Rue du Bac", "2.01")), "contour": contours})
    assert known.locate("1 rue du Bac", "62998", None, ON).iris_code == "629980101"


def test_two_streets_as_near_in_spelling_are_neither():
    streets = rows(("1", None, "Rue du Clairbois", "2.01"), ("1", None, "Rue du Clairboit", "2.15"))
    known = Neighbourhoods({"adresse": streets, "contour": CONTOURS})
    assert known.locate("1 rue du Clairboix", "62998", None, ON).match_level == "commune"


def test_streets_told_apart_by_a_letter_are_not_taken_for_each_other():
    streets = rows(("1", None, "Rue de la Blanchisserie A", "2.01"), ("1", None, "Allée L", "2.15"))
    known = Neighbourhoods({"adresse": streets, "contour": CONTOURS})
    assert known.locate("1 rue de la Blanchisserie B", "62998", None, ON).match_level == "commune"
    assert known.locate("1 rue de la Blanchisserie A", "62998", None, ON).match_level == "numero"
    assert known.locate("1 all L", "62998", None, ON).iris_code == "629980102"


def test_spellings_of_a_street_and_of_a_town_are_one():
    assert street_key("Bd. de l'Écluse") == street_key("BOULEVARD ECLUSE")
    assert street_key("pl. St-Vaast") == street_key("Place Saint Vaast")
    assert town_key("62998 St Houblon s/ Lys CEDEX 3") == town_key("SAINT-HOUBLON-SUR-LYS")
    assert not any(reading.street for reading in readings(""))


@pytest.fixture(scope="module")
def town() -> Territory:
    return Territory(Town(600, 7))


@pytest.fixture(scope="module")
def landed(town, tmp_path_factory) -> Neighbourhoods:
    """What the files of the demo town say, through their reader."""
    landing = tmp_path_factory.mktemp("landing")
    demo.write(town.town, [2024, 2025], landing, [])
    return Neighbourhoods(territory_tables(sorted((landing / "territory").iterdir())))


def shortened(street: str) -> str:
    for kind, short in {"avenue": "AV", "boulevard": "Bd", "place": "pl.", "rue": "R", "allée": "All."}.items():
        street = street.replace(f"{kind} ", f"{short} ")
    return street


def misspelt(street: str) -> str:
    """Return a street with one letter of its longest word doubled."""
    word = max(street.split(), key=len)
    return street.replace(word, word[:3] + word[2:])


@pytest.mark.parametrize("spelt", [str, str.upper, shortened, misspelt], ids=lambda spelt: spelt.__name__)
def test_every_address_of_the_demo_town_is_found_in_its_true_areas(town, landed, spelt):
    for one in town.addresses:
        for day in (date(2023, 6, 1), ON):
            area = landed.locate(f"{one.number} {one.suffix} {spelt(one.street)}, apt 3", POSTCODE, NAME, day)
            true = (one.iris, one.quartier, one.qpv_on(day) or None, "commune")
            assert (area.iris_code, area.quartier_code, area.qpv_code, area.residence_code) == true
            assert area.match_level == ("approche" if spelt is misspelt else "numero")


def test_the_same_town_has_the_same_addresses_in_every_kind_of_area(town):
    again = Territory(Town(600, 7))
    assert again.addresses == town.addresses
    assert {one.iris for one in town.addresses} == set(town.iris)
    assert {one.quartier for one in town.addresses} == set(town.quartier_of.values())
    assert any(one.qpv for one in town.addresses)
    assert any(one.qpv and not one.former_qpv for one in town.addresses)
    assert Territory(Town(600, 8)).addresses != town.addresses


def test_names_of_streets_are_far_apart_in_spelling():
    names = demo.street_names()
    keys = {street_key(name) for name in names}
    assert len(keys) == len(names)


def test_the_population_of_the_demo_town_adds_up(town):
    counts = town.population(2022)
    assert sum(row["POP"] for row in counts.values()) == town.town.population(2022) * 1_000_000
    for row in counts.values():
        assert sum(row[age] for age in demo.AGES) == row["POP"] == row["POPH"] + row["POPF"]


def test_ten_thousand_addresses_of_two_thousand_homes_take_less_than_two_seconds(tmp_path):
    town = Territory(Town(40_000, 7))
    demo.write(town.town, [2025], tmp_path, [])
    known = Neighbourhoods(territory_tables(sorted((tmp_path / "territory").iterdir())))
    rng = Random(1)
    homes = rng.sample(town.addresses, 2_000)
    written = [
        f"{home.number} {home.suffix} {misspelt(home.street) if rank % 3 else shortened(home.street)} apt {rank % 30}"
        for rank, home in enumerate(homes)
    ]
    started = time.process_time()
    for _ in range(10_000):
        known.locate(rng.choice(written), POSTCODE, NAME, ON)
    assert time.process_time() - started < 2


def test_nothing_of_an_address_is_logged_or_raised(landed, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        for strange in ("12 impasse Imaginaire", "\x00" * 10, "9" * 5_000, "É" * 400, "🏠 12", "(((", "12 " * 200):
            assert landed.locate(strange, strange, strange, ON).iris_code is None
    assert not caplog.records
    assert not any(capfd.readouterr())


def test_the_memo_is_bounded():
    assert Neighbourhoods({})._find.cache_parameters()["maxsize"] == 50_000
