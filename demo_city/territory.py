"""The territory of the invented town: streets and addresses on a plain that does not exist, neighbourhoods drawn with a
ruler on it, and the files that describe them.

The town is a rectangle cut into IRIS, row by row; quartiers are runs of IRIS. Which area an address is in follows from
its coordinates by arithmetic, not by the method that Beffroi uses to find it.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np

from demo_city.profile import words
from demo_city.town import INSEE, NAME, POSTCODE, STREETS, Town, random_source
from demo_city.writing import Booked, Written
from orchestration.lib import lambert93

CENTRE = (2.9, 50.65)
INHABITANTS_BY_IRIS = 2_000
INHABITANTS_BY_ADDRESS = 9
ADDRESSES_BY_STREET = 25
IRIS_DEGREES = (0.012, 0.008)  # about 850 metres each way
IRIS_BY_QUARTIER = 5
FORMER_QPV, QPV = "QP062999", "QN06299M"
FIRST_DAY_OF_QPV = date(2024, 1, 1)
CENSUS_DELAY = 3  # years between a census and its publication

# Kinds of streets and what they are called after: no two names are near in spelling.
KINDS = words("rue avenue allée chemin impasse square route quai passage boulevard venelle cour")
CALLED_AFTER = (
    *("du 8 Mai 1945", "du 11 Novembre", "de la Briqueterie", "des Glaneuses", "du Clair Bois", "de l'Abreuvoir"),
    *("des Trois Fontaines", "du Four à Chaux", "de la Blanchisserie", "des Coquelicots", "du Pont Tournant"),
    *("de la Sucrerie", "Saint-Vaast", "Sainte-Godeleine", "de la Filature", "des Saules", "du Petit Port"),
    *("de la Garenne", "des Maraîchers", "du Calvaire", "de la Poterne", "des Hirondelles", "du Lavoir"),
    *("de la Brasserie", "des Remparts", "du Général Houblonnier", "de la Roseraie", "des Cigognes", "de l'Octroi"),
    *("du Champ de Foire", "des Vanniers", "de la Malterie", "du Bac", "des Ormes", "de la Gare d'Eau", "du Verger"),
    *("de la Chapelle", "des Foulons", "du Noyer", "de la République"),
)
QUARTIERS = words("Centre Lys Moulin Gare Plaine Remparts Briqueterie Polder Marais Saules Chapelle Octroi")
PLACE_NAMES = ("Ferme du Polder", "Moulin de la Plaine")

# Ages in percent of the inhabitants, as in a town of the north of France.
AGES = {
    "POP0002": 3.6,
    "POP0305": 3.8,
    "POP0610": 6.6,
    "POP1117": 9.1,
    "POP1824": 8.9,
    "POP2539": 19.4,
    "POP4054": 18.9,
    "POP5564": 11.8,
    "POP6579": 12.6,
    "POP80P": 5.3,
}
SHARE_OF_WOMEN = 0.519
# Degree days (base 18 °C) of a usual year on the plain of the Lys, January to December.
DEGREE_DAYS = (432, 382, 336, 229, 128, 52, 21, 22, 74, 186, 310, 400)
STATION = "LYS-PLAINE"

ZONES = words("a b c")
HEADER_OF_ADDRESSES = (
    *("cle_interop", "commune_insee", "commune_nom", "voie_nom", "lieudit_complement_nom", "numero", "suffixe"),
    *("position", "x", "y", "long", "lat", "cad_parcelles", "source", "date_der_maj", "certification_commune"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the town and the areas it is in; ``qpv`` is that of 2024 and ``former_qpv`` of 2015, or ''."""

    number: int
    suffix: str  # '', bis or ter
    street: str
    postcode: str
    city: str
    insee: str
    lon: float
    lat: float
    iris: str
    quartier: str
    qpv: str
    former_qpv: str

    def qpv_on(self, day: date) -> str:
        """QPV in force on a day, or ''."""
        return self.qpv if day >= FIRST_DAY_OF_QPV else self.former_qpv


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees."""

    west: float
    south: float
    east: float
    north: float

    def has(self, lon: float, lat: float) -> bool:
        """Whether a point is inside."""
        return self.west <= lon < self.east and self.south <= lat < self.north

    def part(self, width: float, height: float) -> "Box":
        """The south-western part of these shares of the sides."""
        return Box(
            self.west,
            self.south,
            round(self.west + width * (self.east - self.west), 7),
            round(self.south + height * (self.north - self.south), 7),
        )

    def ring(self) -> list[list[float]]:
        """Its border as GeoJSON has it: counter-clockwise, the first point again at the end."""
        return [
            [self.west, self.south],
            [self.east, self.south],
            [self.east, self.north],
            [self.west, self.north],
            [self.west, self.south],
        ]


class Territory:
    """Streets, addresses and neighbourhoods of a town: same town, same addresses."""

    def __init__(self, town: Town) -> None:
        """Draw the boxes; addresses are drawn when they are first asked for."""
        self.town = town
        self.iris = _iris_boxes(max(2, round(town.inhabitants / INHABITANTS_BY_IRIS)))
        codes = list(self.iris)
        quartiers = max(2, round(len(codes) / IRIS_BY_QUARTIER))
        self.quartier_of = {code: f"Q{rank * quartiers // len(codes) + 1:02d}" for rank, code in enumerate(codes)}
        poorest = self.iris[codes[-1]]
        self.qpv = {FORMER_QPV: poorest.part(0.7, 0.6), QPV: poorest.part(0.6, 0.8)}

    @cached_property
    def addresses(self) -> list[Address]:
        """About one address for nine inhabitants, street after street."""
        rng = random_source(self.town.seed, self.town.inhabitants, "territory")
        wanted = max(len(self.iris) * 4, round(self.town.inhabitants / INHABITANTS_BY_ADDRESS))
        names = street_names()[: max(len(STREETS), round(wanted / ADDRESSES_BY_STREET))]
        found: list[Address] = []
        for rank, name in enumerate(names):
            count = wanted * (rank + 1) // len(names) - wanted * rank // len(names)
            found += self._street(rng, name, count)
        return found

    def degree_days(self, year: int) -> list[float]:
        """Degree days of each month of a year, to a tenth."""
        rng = random_source(self.town.seed, year, "degree days")
        return [round(usual * rng.uniform(0.88, 1.1), 1) for usual in DEGREE_DAYS]

    def population(self, year: int) -> dict[str, dict[str, int]]:
        """IRIS -> count -> millionths of inhabitants; POP adds up to the population of the town in ``year``."""
        rng = random_source(self.town.seed, self.town.inhabitants, year, "population")
        housed = Counter(address.iris for address in self.addresses)
        weights = [housed[code] + 1 for code in self.iris]
        totals = _shared(self.town.population(year) * 1_000_000, weights)
        counts = {}
        for code, total in zip(self.iris, totals, strict=True):
            ages = _shared(total, [share * rng.uniform(0.85, 1.15) for share in AGES.values()])
            women, men = _shared(total, [SHARE_OF_WOMEN, 1 - SHARE_OF_WOMEN])
            counts[code] = {"POP": total, **dict(zip(AGES, ages, strict=True)), "POPH": men, "POPF": women}
        return counts

    def _street(self, rng: Random, name: str, count: int) -> Iterator[Address]:
        """A straight street between two points of the town, odd numbers on one side and even ones on the other."""
        boxes = list(self.iris.values())
        west, south = min(box.west for box in boxes), min(box.south for box in boxes)
        east, north = max(box.east for box in boxes), max(box.north for box in boxes)
        from_lon, to_lon = rng.uniform(west, east), rng.uniform(west, east)
        from_lat, to_lat = rng.uniform(south, north), rng.uniform(south, north)
        numbers: list[tuple[int, str]] = []
        number = 0
        while len(numbers) < count:
            number += rng.choice((1, 1, 1, 2))
            numbers.append((number, ""))
            for suffix in ("bis", "ter"):
                if len(numbers) < count and rng.random() < 0.06:
                    numbers.append((number, suffix))
        for rank, (number, suffix) in enumerate(numbers):
            along = (rank + 0.5) / len(numbers)
            aside = 0.00008 if number % 2 else -0.00008
            lon = round(min(max(from_lon + along * (to_lon - from_lon) + aside, west), east - 1e-6), 7)
            lat = round(min(max(from_lat + along * (to_lat - from_lat) + aside, south), north - 1e-6), 7)
            yield self._address(number, suffix, name, lon, lat)

    def _address(self, number: int, suffix: str, street: str, lon: float, lat: float) -> Address:
        iris = next(code for code, box in self.iris.items() if box.has(lon, lat))
        former, current = (code if self.qpv[code].has(lon, lat) else "" for code in (FORMER_QPV, QPV))
        quartier = self.quartier_of[iris]
        return Address(number, suffix, street, POSTCODE, NAME, INSEE, lon, lat, iris, quartier, current, former)


def street_names() -> list[str]:
    """Every name of a street: those where people of the town live, then kind by kind."""
    named = (f"{kind} {name}" for shift in range(len(KINDS)) for kind, name in _pairs(shift))
    return [*STREETS, *named]


def _pairs(shift: int) -> Iterator[tuple[str, str]]:
    for rank, name in enumerate(CALLED_AFTER):
        yield KINDS[(rank + shift) % len(KINDS)], name


def _iris_boxes(count: int) -> dict[str, Box]:
    """IRIS -> its box: rows of the same height, each cut into as many as makes ``count`` in all."""
    rows = max(1, int(count**0.5))
    in_row = [count * (row + 1) // rows - count * row // rows for row in range(rows)]
    width, height = max(in_row) * IRIS_DEGREES[0], rows * IRIS_DEGREES[1]
    west, south = CENTRE[0] - width / 2, CENTRE[1] - height / 2
    boxes = [
        Box(
            *(round(west + width * rank / many, 7), round(south + height * row / rows, 7)),
            *(round(west + width * (rank + 1) / many, 7), round(south + height * (row + 1) / rows, 7)),
        )
        for row, many in enumerate(in_row)
        for rank in range(many)
    ]
    return {f"{INSEE}{101 + rank:04d}": box for rank, box in enumerate(boxes)}


def _shared(total: int, weights: list[float]) -> list[int]:
    """A whole number shared in proportion to ``weights``: the parts add up to it."""
    whole, parts, seen, given = sum(weights), [], 0.0, 0
    for weight in weights:
        seen += weight
        upto = round(total * seen / whole)
        parts.append(upto - given)
        given = upto
    return parts


def write(town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:  # noqa: ARG001 same for all
    """Write the files of the territory under ``landing/territory``; nobody is named in them."""
    folder = landing / "territory"
    folder.mkdir(parents=True, exist_ok=True)
    territory = Territory(town)
    year = exercices[-1] - CENSUS_DELAY
    _write_addresses(territory, folder / f"bal_{INSEE}.csv")
    _write_contours(territory, folder)
    _write_population(territory, year, folder / f"base-ic-evol-struct-pop-{year}.csv")
    holidays = _write_holidays(range(exercices[0], exercices[-1] + 2), folder / "calendrier_scolaire.csv")
    _write_degree_days(territory, exercices, folder / "degres_jours.csv")
    housed = Counter(address.iris for address in territory.addresses)
    return Written(
        truth={
            "addresses": len(territory.addresses),
            "addresses_by_iris": dict(sorted(housed.items())),
            "addresses_in_qpv": sum(bool(address.qpv) for address in territory.addresses),
            "neighbourhoods": {"iris": len(territory.iris), "quartier": len(set(territory.quartier_of.values()))},
            "population_year": year,
            "population": town.population(year),
            "holidays_zone_b": holidays,
            "degree_days": {str(one): territory.degree_days(one) for one in exercices},
        },
        files=7,
    )


def _write_addresses(territory: Territory, path: Path) -> None:
    """The Base Adresse Locale: every tenth address has a second point, two places have no number."""
    rows = []
    streets: dict[str, int] = {}
    for rank, one in enumerate(territory.addresses):
        voie = streets.setdefault(one.street, len(streets) + 1)
        rows.append((one.number, one.suffix, one.street, voie, "entrée", one.lon, one.lat))
        if rank % 10 == 0:
            rows.append((one.number, one.suffix, one.street, voie, "parcelle", one.lon, one.lat))
    boxes = list(territory.iris.values())
    for rank, name in enumerate(PLACE_NAMES):
        box = boxes[rank % len(boxes)]
        middle = round((box.west + box.east) / 2, 7), round((box.south + box.north) / 2, 7)
        rows.append((99999, "", name, len(streets) + rank + 1, "segment", *middle))
    lon, lat = np.array([row[5] for row in rows]), np.array([row[6] for row in rows])
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";", lineterminator="\r\n")
        table.writerow(HEADER_OF_ADDRESSES)
        for (number, suffix, street, voie, position, one_lon, one_lat), x, y in zip(
            rows, *lambert93.from_wgs84(lon, lat), strict=True
        ):
            key = "_".join(filter(None, (INSEE, f"{voie:04d}", f"{number:05d}", suffix)))
            place = (position, f"{x:.2f}", f"{y:.2f}", f"{one_lon:.7f}", f"{one_lat:.7f}")
            end = ("", "Commune de Beffroi-sur-Lys", "2025-03-14", "1")
            table.writerow((key, INSEE, NAME.title(), street, "", number, suffix, *place, *end))


def _write_contours(territory: Territory, folder: Path) -> None:
    """IRIS, quartiers and QPV, each in a GeoJSON."""
    iris = [
        ({"code_iris": code, "nom_iris": f"IRIS {code[5:]}", "typ_iris": "H", "insee_com": INSEE}, [box])
        for code, box in territory.iris.items()
    ]
    quartiers = [
        (
            {"code": quartier, "nom": QUARTIERS[rank] if rank < len(QUARTIERS) else f"Quartier {rank + 1}"},
            [box for code, box in territory.iris.items() if territory.quartier_of[code] == quartier],
        )
        for rank, quartier in enumerate(dict.fromkeys(territory.quartier_of.values()))
    ]
    qpv = [
        ({"code_qp": code, "nom_qp": f"Les Saules ({year})", "insee_com": INSEE}, [territory.qpv[code]])
        for code, year in ((FORMER_QPV, 2015), (QPV, 2024))
    ]
    for name, features in (("iris", iris), ("quartiers", quartiers), ("qpv", qpv)):
        content = {"type": "FeatureCollection", "features": [_feature(*feature) for feature in features]}
        (folder / f"{name}.geojson").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _feature(properties: dict[str, str], boxes: list[Box]) -> dict[str, object]:
    """A feature made of boxes side by side."""
    geometry = {"type": "MultiPolygon", "coordinates": [[box.ring()] for box in boxes]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _write_population(territory: Territory, year: int, path: Path) -> None:
    """INSEE's table, reduced to the IRIS of the town and to the columns that count ages and sexes."""
    prefix = f"P{year % 100:02d}_"
    counts = territory.population(year)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";", lineterminator="\n")
        table.writerow(
            ("IRIS", "COM", "TYP_IRIS", "LAB_IRIS", *(f"{prefix}{name}" for name in next(iter(counts.values()))))
        )
        for code, row in counts.items():
            table.writerow((code, INSEE, "H", "1", *(f"{value / 1_000_000:.6f}" for value in row.values())))


def _write_holidays(years: range, path: Path) -> int:
    """The school calendar of whole years, a day per row; returns how many days are holidays in zone B."""
    holidays = {}
    for year in range(years[0] - 1, years[-1] + 1):
        for name, zone, first, last in _holidays(year):
            for offset in range((last - first).days + 1):
                holidays.setdefault(first + timedelta(offset), {})[zone] = name
    days = [
        date.fromordinal(day)
        for day in range(date(years[0], 1, 1).toordinal(), date(years[-1], 12, 31).toordinal() + 1)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("date", *(f"vacances_zone_{zone}" for zone in ZONES), "nom_vacances"))
        for day in days:
            named = holidays.get(day, {})
            table.writerow((day.isoformat(), *(zone in named for zone in ZONES), next(iter(named.values()), "")))
    return sum("b" in holidays.get(day, {}) for day in days)


def _holidays(year: int) -> Iterator[tuple[str, str, date, date]]:
    """(Name, zone, first day, last day) of the holidays that begin in a year; not the official days, but much alike."""
    for rank, zone in enumerate(ZONES):
        winter, spring = _saturday(date(year, 2, 8 + 7 * rank)), _saturday(date(year, 4, 5 + 7 * rank))
        yield "Vacances d'hiver", zone, winter, winter + timedelta(15)
        yield "Vacances de printemps", zone, spring, spring + timedelta(15)
        yield "Vacances d'été", zone, _saturday(date(year, 7, 4)), date(year, 8, 31)
        autumn, christmas = _saturday(date(year, 10, 17)), _saturday(date(year, 12, 17))
        yield "Vacances de la Toussaint", zone, autumn, autumn + timedelta(15)
        yield "Vacances de Noël", zone, christmas, christmas + timedelta(15)


def _saturday(day: date) -> date:
    """The first Saturday from a day on."""
    return day + timedelta((5 - day.weekday()) % 7)


def _write_degree_days(territory: Territory, exercices: list[int], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";", lineterminator="\n")
        table.writerow(("mois", "dju", "station"))
        for year in exercices:
            for month, value in enumerate(territory.degree_days(year), start=1):
                table.writerow((f"{year}-{month:02d}", f"{value:.1f}".replace(".", ","), STATION))
