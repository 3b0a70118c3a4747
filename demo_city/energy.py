"""The meters of the town's sites, and the files that Enedis and GRDF send about them.

Every site that the ledger pays electricity or gas for has a delivery point. It used about the euros of its bills
divided by the price of the year, more in winter than in summer. Indexes, curves and gas readings come from the same
watt-hours, so that several files may speak of one month and agree.
"""

import csv
import io
import json
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from demo_city.ledger import HEATING_SEASON, LIGHT_SEASON, shares
from demo_city.profile import PRICE_GROWTH, REFERENCE_YEAR
from demo_city.town import Town, random_source
from demo_city.writing import Booked, Written

PARIS = ZoneInfo("Europe/Paris")
ENERGIES = {"60612": "electricity", "60621": "gas"}
SEASONS = {"electricity": LIGHT_SEASON, "gas": HEATING_SEASON}
# Euros for one kWh in the year of reference, subscription and taxes included. It follows the prices that the bills of
# the ledger follow: else a town would seem to burn a quarter more from one year to the next.
PRICES = {"electricity": 0.20, "gas": 0.09}
USUAL_USAGE = {"electricity": "tous_usages", "gas": "chauffage"}
USAGES = {("electricity", "ECLA"): "eclairage_public", ("gas", "PISC"): "eau_chaude"}
LEAST_WH = 40_000  # of a point and month, when the ledger has next to nothing

R63 = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;Valeur;"
    "Nature;Pas;Indice de vraisemblance;Etat complémentaire"
)
R64 = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;Valeur;"
    "Contexte relève;Type relève;Motif relève;Grille;Identifiant calendrier;Libellé calendrier;Libellé grille;"
    "Identifiant classe temporelle;Libellé classe temporelle;Cadran;Indice de vraisemblance"
)
GAS = (
    "pce;dateDebutReleve;dateFinReleve;journeeGaziere;indexDebut;indexFin;volumeBrutConsomme;energieConsomme;pcs;"
    "volumeConverti;coeffConversion;natureReleve;qualificationReleve;status;frequenceReleve;temperature"
)
METERS = "point_id;energie;batiment_code;facility;part;date_debut;date_fin;usage"
KWH_PER_M3 = 11.2
# Grid -> classes of hours with their part of the energy, the calendar and its label.
GRIDS = {
    "D": ({"HPH": 55, "HCH": 45}, "DI000003", "Grille distributeur"),
    "F": ({"BASE": 100}, "FC000014", "Grille fournisseur"),
}

Month = tuple[int, int]


@dataclass(slots=True)
class Point:
    """A delivery point: the site of its bills, the facilities that it serves, and what it used by month."""

    identifier: str
    energy: str
    site: str
    usage: str
    served: list[tuple[str, str, str, str]] = field(default_factory=list)  # facility, share, first and last day
    used: dict[Month, int] = field(default_factory=dict)  # watt-hours
    in_table: bool = True

    def share(self, month: Month) -> dict[str, float]:
        """Facility -> share of a month; empty for a point that no table knows."""
        day = f"{month[0]}-{month[1]:02d}-15"
        return {
            facility: float(part.replace(",", "."))
            for facility, part, first, last in self.served
            if self.in_table and first <= day <= (last or "9999")
        }


def write(town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:
    """Write the files of ``exercices`` under ``landing/energy``; the truth is in kWh by month, energy and facility.

    Planted: a meter changed in the middle of a month, one shared by a school group, whose shares change, one that is in
    no table, a curve sent again with other values, provisional readings of gas later replaced, both grids, an
    informative series, production of solar panels, quantities that are no energy, and both changes of hour.
    """
    folder = landing / "energy"
    folder.mkdir(parents=True, exist_ok=True)
    points = _points(town, exercices, booked)
    files = Files(folder, random_source(town.seed, "energy", "files"), exercices, points)
    files.write()
    return Written(truth=_truth(points, files.produced), files=files.count)


def _points(town: Town, exercices: list[int], booked: list[Booked]) -> list[Point]:
    """Return the delivery points of the sites that the ledger pays energy for, and one that nobody declared."""
    euros: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for line in booked:
        if line.nature in ENERGIES and line.direction == "D" and line.analytic:
            euros[ENERGIES[line.nature], line.analytic][line.exercice] += line.cents
    _share_school_group(euros)
    points = []
    for rank, (energy, site) in enumerate(sorted(euros), start=1):
        rng = random_source(town.seed, "energy", energy, site)
        usage = USAGES.get((energy, site.rstrip("0123456789")), USUAL_USAGE[energy])
        point = Point(_identifier(energy, rank), energy, site, usage)
        for exercice in exercices:
            _use(point, exercice, euros[energy, site][exercice], rng)
        point.served = _served(energy, site, exercices)
        points.append(point)
    stray = Point("99000000099999", "electricity", "", "", in_table=False)
    for exercice in exercices:
        _use(stray, exercice, 90_000, random_source(town.seed, "energy", "stray", exercice))
    return [*points, stray]


def _share_school_group(euros: dict[tuple[str, str], Counter[int]]) -> None:
    """One gas meter for a nursery school and a primary school: the bills of both are for the second one's."""
    euros["gas", "EELE01"].update(euros.pop(("gas", "EMAT01"), Counter()))


def _served(energy: str, site: str, exercices: list[int]) -> list[tuple[str, str, str, str]]:
    """Return what a point serves: a site, or the school group, whose shares change with its last school year."""
    if (energy, site) != ("gas", "EELE01"):
        return [(site, "1", "2010-01-01", "")]
    before, after = f"{exercices[-1]}-08-31", f"{exercices[-1]}-09-01"
    return [
        ("EMAT01", "0,4", "2010-01-01", before),
        ("EELE01", "0,6", "2010-01-01", before),
        ("EMAT01", "0,35", after, ""),
        ("EELE01", "0,65", after, ""),
    ]


def _identifier(energy: str, rank: int) -> str:
    """Return an invented PRM, or PCE: a few of the latter in their old form."""
    if energy == "gas" and rank % 7 == 0:
        return f"GI{999_000 + rank}"
    return f"{'99' if energy == 'electricity' else '98'}{rank:012d}"


def _use(point: Point, exercice: int, cents: int, rng: Random) -> None:
    """Draw the watt-hours of a year, whole and even so that half-hours of whole watts add up to them."""
    price = PRICES[point.energy] * PRICE_GROWTH ** (exercice - REFERENCE_YEAR) * rng.uniform(0.95, 1.05)
    year = max(12 * LEAST_WH, round(cents / 100 / price * 1000))
    weights = [weight * rng.uniform(0.9, 1.1) for weight in SEASONS[point.energy]]
    for month, part in enumerate(shares(year, weights), start=1):
        # Gas comes in whole kWh.
        point.used[exercice, month] = part // 1000 * 1000 if point.energy == "gas" else part // 2 * 2


def _truth(points: list[Point], produced: Counter[Month]) -> dict[str, object]:
    """Return the kWh by month, energy and facility ("" without one), and the production by month."""
    kwh: Counter[str] = Counter()
    for point in points:
        for (year, month), used in point.used.items():
            for facility, share in (point.share((year, month)) or {"": 1.0}).items():
                kwh[f"{year}-{month:02d}/{point.energy}/{facility}"] += used * share / 1000
    return {
        "kwh": {key: round(value, 6) for key, value in sorted(kwh.items())},
        "produced_kwh": {f"{year}-{month:02d}": value / 1000 for (year, month), value in sorted(produced.items())},
        "points": len(points),
        "unknown_points": sum(not point.in_table for point in points),
    }


class Files:
    """The files of one writing."""

    def __init__(self, folder: Path, rng: Random, exercices: list[int], points: list[Point]) -> None:
        """Choose the points that something befalls: always the same, as far as the town has that many."""
        self.folder, self.rng, self.exercices = folder, rng, exercices
        self.points = points
        self.electric = [point for point in points if point.energy == "electricity"]
        self.gas = [point for point in points if point.energy == "gas"]
        declared = [point for point in self.electric if point.in_table]
        self.changed, self.solar, self.whole_year = declared[0], declared[1], declared[-1]
        self.curves = declared[2:5]
        self.late = declared[5]  # its indexes begin a month late: its customer space has what came before
        self.produced: Counter[Month] = Counter()
        self.count = 0

    def write(self) -> None:
        """Write everything."""
        for exercice in self.exercices:
            self.save(f"ENEDIS_R64_{exercice}.csv", R64, self.indexes(exercice))
            self.save(f"GRDF_{exercice}.csv", GAS, self.readings(exercice, final=True))
        last = self.exercices[-1]
        # What came in during the last year: months not closed yet, and since then replaced by the file of the year.
        self.save(f"GRDF_{last}-07_provisoire.csv", GAS, self.readings(last, final=False))
        self.save_json(f"grdf_journalier_{last}.json", self.daily(last))
        for rank, point in enumerate(self.curves):
            name, month = f"ENEDIS_R63_{point.identifier}_{last}-10", (last, 10)
            header = R63.replace("é", "e") if rank == 1 else R63
            if rank == 0:
                self.save(f"{name}-01.csv", header, self.curve(point, [month], wrong_day=12))
            self.save(f"{name}-02.csv", header, self.curve(point, [month], others=rank == 2))
        year = [(last, month) for month in range(1, 13)]
        self.save(f"ENEDIS_R63_{self.whole_year.identifier}_{last}.csv", R63, self.curve(self.whole_year, year))
        self.customer_space()
        self.save("compteurs.csv", METERS, self.meters())

    def save(self, name: str, header: str, rows: Iterable[list[object]]) -> None:
        """Write a table as Enedis does: semicolons, UTF-8 with its mark."""
        text = io.StringIO()
        text.write(f"{header}\r\n")
        csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
        (self.folder / name).write_bytes(text.getvalue().encode("utf-8-sig"))
        self.count += 1

    def save_json(self, name: str, content: object) -> None:
        """Write a file of the customer space of GRDF."""
        (self.folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        self.count += 1

    def indexes(self, exercice: int) -> Iterator[list[object]]:
        """The indexes on the first of each month, from that of the year to that of the next one."""
        for point in self.electric:
            first = 2 if point is self.late and exercice == self.exercices[0] else 1
            index = sum(used for (year, _), used in point.used.items() if year < exercice)
            index += sum(used for (year, month), used in point.used.items() if year == exercice and month < first)
            readings = [(date(exercice, first, 1), "", index)]
            for month in range(first, 13):
                used = point.used[exercice, month]
                if point is self.changed and (exercice, month) == (self.exercices[-1], 9):
                    middle = used // 5 * 2
                    readings += [(date(exercice, 9, 15), "DEPOSE", index + middle), (date(exercice, 9, 15), "POSE", 0)]
                    index = -middle
                index += used
                readings.append((_next_month(exercice, month), "", index))
            for day, reason, index in readings:
                yield from self.index_rows(point, exercice, day, reason, index, "CONS")
            if point is self.solar:
                yield from self.solar_rows(point, exercice)

    def solar_rows(self, point: Point, exercice: int) -> Iterator[list[object]]:
        """What solar panels sent into the network: the mirror of the lights of the year."""
        index = 100_000 * (exercice - self.exercices[0])
        yield from self.index_rows(point, exercice, date(exercice, 1, 1), "", index, "PROD")
        for month, sent in enumerate(shares(100_000, [2 - weight for weight in LIGHT_SEASON]), start=1):
            self.produced[exercice, month] = sent
            index += sent
            yield from self.index_rows(point, exercice, _next_month(exercice, month), "", index, "PROD")

    def index_rows(
        self, point: Point, exercice: int, day: date, reason: str, index: int, flow: str
    ) -> Iterator[list[object]]:
        """The rows of one reading: the classes of both grids."""
        period = [f"{exercice}-01-01", f"{exercice + 1}-01-01"]
        for grid, (classes, calendar, label) in GRIDS.items():
            for (code, _), part in zip(classes.items(), shares(index, list(classes.values())), strict=True):
                yield [
                    point.identifier, *period, "EA", flow, "BRUT", "Wh", f"{day} 00:00:00", part, "COL", "AQ", reason,
                    grid, calendar, "", label, code, "", "", 0,
                ]  # fmt: skip

    def curve(
        self, point: Point, months: list[Month], wrong_day: int = 0, *, others: bool = False
    ) -> Iterator[list[object]]:
        """The half-hours of a point. ``wrong_day`` has other values; ``others`` adds quantities that are no energy."""
        start, end = date(*months[0], 1), _next_month(*months[-1])
        for month in months:
            for instant, watts in half_hours(point, month):
                local = instant.astimezone(PARIS)
                wrong = (instant - timedelta(minutes=30)).astimezone(PARIS).day == wrong_day
                yield self.curve_row(point, start, end, "PA", "W", local, watts * 2 if wrong else watts)
                if others and local.hour == 12 and not local.minute:
                    yield self.curve_row(point, start, end, "PMA", "VA", local, watts * 3)
                    yield self.curve_row(point, start, end, "ER", "VAr", local, watts // 4)

    @staticmethod
    def curve_row(
        point: Point, start: date, end: date, quantity: str, unit: str, instant: datetime, value: int
    ) -> list[object]:
        """One row of a load curve, dated by the end of its interval, in local time without offset."""
        said = instant.strftime("%Y-%m-%d %H:%M:%S")
        period = [f"{start} 00:00:00", f"{end} 00:00:00"]
        return [point.identifier, *period, quantity, "CONS", "BRUT", unit, said, value, "B", "PT30M", 0, 0]

    def customer_space(self) -> None:
        """The first month of a point as its customer space gives it: two lines, an empty one, instants with offset."""
        first = (self.exercices[0], 1)
        lines = [
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;"
            "Unite;Pas en minutes",
            f"{self.late.identifier};Courbe de charge;01/01/{first[0]};01/02/{first[0]};Energie active;Consommation;"
            "Comptage Brut;W;",
            "",
            "Horodate;Valeur",
        ]
        lines += [f"{instant.astimezone(PARIS).isoformat()};{watts}" for instant, watts in half_hours(self.late, first)]
        name = f"Enedis_espace_client_{self.late.identifier}.csv"
        (self.folder / name).write_bytes("\r\n".join([*lines, ""]).encode("utf-8-sig"))
        self.count += 1

    def readings(self, exercice: int, *, final: bool) -> Iterator[list[object]]:
        """The months of gas of a year: all of them and definitive, or two of them, provisional and estimated."""
        for point in self.gas:
            for month in range(1, 13) if final else (6, 7):
                used = point.used[exercice, month] // 1000
                state = ("Mesuré", "Définitive") if final else ("Estimé", "Provisoire")
                start, end = date(exercice, month, 1), _next_month(exercice, month)
                kwh = used if final else round(used * 1.2)
                volume = round(kwh / KWH_PER_M3, 2)
                yield [
                    point.identifier, start, end, "", "", "", _comma(volume), kwh, _comma(KWH_PER_M3),
                    _comma(volume), _comma(KWH_PER_M3), "Publiée", *state, "1M", "",
                ]  # fmt: skip

    def daily(self, exercice: int) -> dict[str, object]:
        """A week of the informative series of one point: the same gas, which must not be counted twice."""
        point = self.gas[0]
        days = [date(exercice, 1, 8) + timedelta(days=rank) for rank in range(7)]
        used = shares(point.used[exercice, 1] // 1000, [1] * 31)
        index = 52_000
        readings = []
        for day in days:
            volume = round(used[day.day - 1] / KWH_PER_M3)
            readings.append(
                {
                    "dateDebutReleve": f"{day}T06:00:00+01:00",
                    "dateFinReleve": f"{day + timedelta(days=1)}T06:00:00+01:00",
                    "journeeGaziere": f"{day}", "indexDebut": index, "indexFin": index + volume,
                    "volumeBrutConsomme": volume, "energieConsomme": round(volume * KWH_PER_M3), "pcs": None,
                    "volumeConverti": None, "coeffConversion": KWH_PER_M3, "natureReleve": "Informative Journalier",
                    "qualificationReleve": "Mesuré", "status": "Provisoire", "frequenceReleve": None,
                    "temperature": 4.5,
                }
            )  # fmt: skip
            index += volume
        return {point.identifier: {"idPce": point.identifier, "releves": readings}}

    def meters(self) -> Iterator[list[object]]:
        """The town's table of meters."""
        names = {"electricity": "electricite", "gas": "gaz"}
        for point in self.points:
            for facility, share, first, last in point.served if point.in_table else ():
                yield [
                    point.identifier,
                    names[point.energy],
                    f"B-{point.site}",
                    facility,
                    share,
                    first,
                    last,
                    point.usage,
                ]


def half_hours(point: Point, month: Month) -> Iterator[tuple[datetime, int]]:
    """The half-hours of a month in France, each by its end in UTC, with its mean watts: more by day than by night."""
    start = datetime(*month, 1, tzinfo=PARIS).astimezone(UTC)
    end = datetime.combine(_next_month(*month), datetime.min.time(), PARIS).astimezone(UTC)
    ends = [start + timedelta(minutes=30 * rank) for rank in range(1, (end - start) // timedelta(minutes=30) + 1)]
    weights = [3 if 7 <= (instant - timedelta(minutes=30)).astimezone(PARIS).hour < 19 else 1 for instant in ends]
    # A mean watt over half an hour is half a watt-hour.
    yield from zip(ends, shares(2 * point.used[month], weights), strict=True)


def _next_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1]) + timedelta(days=1)


def _comma(value: float) -> str:
    return str(value).replace(".", ",")
