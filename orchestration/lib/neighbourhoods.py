"""From an address to a neighbourhood, offline, with what the town has dropped; the address goes no further.

Whoever calls keeps the codes of `Area` and drops the address. Here it stays in memory for the life of the object, in a
bounded memo, and is never written, logged or put in an error.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from orchestration.lib import lambert93
from orchestration.lib.addresses import NEARNESS, PLACE_NAME, Gazetteer, Known, street_key, suffix_key, town_key
from orchestration.lib.home import Home
from orchestration.lib.public import UNKNOWN
from orchestration.lib.register import ACCEPTED, Register
from orchestration.lib.tables import normalised

TERRITORY = "territory"
MEMO = 50_000  # distinct addresses remembered
INSIDE, OUTSIDE = "commune", "hors_commune"
# Columns of a raw table whose values a later export replaces: the addresses as a whole, contours kind by kind.
SCOPES = {"adresse": [], "contour": ["kind", "valid_from"]}
# Of several points of an address, the one where people come in.
POSITIONS = ("entree", "delivrance_postale", "batiment", "cage_d_escalier", "logement", "parcelle", "segment")
ANY = ("numero", "voie", "approche")
SURE = ("numero",)


@dataclass(frozen=True, slots=True)
class Area:
    """Where somebody lives, as far as it is kept.

    ``match_level`` says how it was found:

    - ``numero``: street and number are in the town's addresses (the suffix may be unknown: 12 for 12 TER);
    - ``voie``: the street is, the number is not, or there is none: the middle of the street stands for it;
    - ``approche``: the street was recognised by nearness of spelling, then its number or its middle;
    - ``commune``: only ``residence_code`` is known, from town, postcode or INSEE code;
    - ``aucun``: nothing is known.
    """

    iris_code: str | None = None
    quartier_code: str | None = None
    qpv_code: str | None = None
    residence_code: str = UNKNOWN  # commune, hors_commune, inconnu
    match_level: str = "aucun"


@dataclass(frozen=True, slots=True)
class _Place:
    """What contains a point: codes, and the QPV of every period with their first and last day."""

    iris: str | None
    quartier: str | None
    qpv: tuple[tuple[date, date, str], ...]

    def qpv_on(self, day: date) -> str | None:
        return next((code for first, last, code in self.qpv if first <= day <= last), None)


class Neighbourhoods:
    """Addresses and contours of the town. Without any, every area is unknown."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]):
        """Take the raw tables ``adresse`` and ``contour`` of the system ``territory``; others are left out.

        The town is the commune with most addresses, else with most IRIS.
        """
        addresses = _rows(tables, "adresse")
        contours = _rows(tables, "contour")
        self._insee = _most_common(addresses["commune_insee"]) or _most_common(_communes(contours))
        own = _at_known_points(addresses[addresses["commune_insee"] == self._insee])
        names = pd.concat([own["commune_nom"], own["commune_deleguee_nom"]]).dropna().unique()
        self._names = {key for name in names if (key := town_key(name))}
        self._postcodes = set(own["code_postal"].dropna())
        self._places = _places(own, contours)
        self._gazetteer = _gazetteer(own)
        self._find = lru_cache(maxsize=MEMO)(self._found)

    @classmethod
    def of(cls, home: Home, register: Register) -> "Neighbourhoods":
        """Return what the loads in use say: of the addresses and of each kind of contour, the last export."""
        exports = [export for export in register.exports(TERRITORY) if export.verdict == ACCEPTED]
        exports.sort(key=lambda one: (one.received_at, re.sub(r"[.][a-z0-9]+$", "", one.file_name.lower())))
        rank = {export.export_id: place for place, export in enumerate(exports)}
        tables = {}
        for table, scope in SCOPES.items():
            files = [home.raw / file.path for file in register.files(TERRITORY) if file.table_name == table]
            if files:
                rows = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
                tables[table] = _standing(rows, rows["source_export"].map(rank), scope)
        return cls(tables)

    def locate(self, address: str | None, postcode: str | None, city: str | None, on: date) -> Area:
        """Return the area of an address on a day; each part may be missing, and nothing is raised for what it says."""
        residence, level, place = self._find(address, postcode, city)
        if place is None:
            return Area(residence_code=residence, match_level=level)
        found = self._places[place]
        return Area(found.iris, found.quartier, found.qpv_on(on), residence, level)

    def _found(self, address: str | None, postcode: str | None, city: str | None) -> tuple[str, str, int | None]:
        """Return (residence, match level, place)."""
        otherwise, accepted = self._claim((postcode or "").replace(" ", ""), town_key(city or ""))
        level, place = self._gazetteer.find(address) if accepted else ("aucun", None)
        if level in accepted:
            return INSIDE, level, place
        return otherwise, "aucun" if otherwise == UNKNOWN else "commune", None

    def _claim(self, postcode: str, city: str) -> tuple[str, tuple[str, ...]]:
        """Return (residence unless the address is found, match levels that make it the town) for a postcode and city.

        A postcode is shared by several communes: with another city it takes the very number to make it the town.
        """
        if not self._insee:
            return UNKNOWN, ()
        is_ours = postcode in self._postcodes or postcode == self._insee
        if city and self._names:
            if self._is_town(city):
                return INSIDE, ANY
            return OUTSIDE, SURE if is_ours else ()
        if is_ours:
            return INSIDE, ANY
        is_elsewhere = bool(self._postcodes) or _department(postcode) != _department(self._insee)
        if re.fullmatch(r"[0-9]{5}", postcode) and is_elsewhere:
            return OUTSIDE, ()
        return UNKNOWN, ANY

    def _is_town(self, city: str) -> bool:
        return city in self._names or any(fuzz.ratio(city, name) >= NEARNESS for name in self._names)


COLUMNS = {
    "adresse": (
        *("numero", "suffixe", "voie_nom", "commune_insee", "commune_nom", "commune_deleguee_nom", "code_postal"),
        *("position", "x", "y", "long", "lat"),
    ),
    "contour": ("kind", "code", "insee", "valid_from", "valid_to", "geometrie"),
}


def _rows(tables: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """Return a raw table with the columns that are used here, empty texts made missing; without it, no row."""
    rows = tables.get(table, pd.DataFrame())
    rows = rows.reindex(columns=COLUMNS[table]).astype(object).reset_index(drop=True)
    return rows.where(rows.notna() & (rows != ""), None)


def _standing(rows: pd.DataFrame, rank: pd.Series, scope: list[str]) -> pd.DataFrame:
    """Return the rows of the export with the highest rank of each scope."""
    if not scope:
        return rows[rank == rank.max()]
    return rows[rank == rank.groupby([rows[column].fillna("") for column in scope]).transform("max")]


def _most_common(codes: pd.Series) -> str | None:
    counted = Counter(codes.dropna())
    return max(sorted(counted), key=counted.__getitem__, default=None)


def _communes(contours: pd.DataFrame) -> pd.Series:
    """Return the INSEE code of each IRIS: its first five characters."""
    return contours.loc[contours["kind"] == "iris", "code"].str[:5]


def _at_known_points(addresses: pd.DataFrame) -> pd.DataFrame:
    """Return the addresses that have coordinates, in degrees, the point where people come in first."""
    rows = addresses.copy()
    for column in ("x", "y", "long", "lat"):
        rows[column] = pd.to_numeric(rows[column], errors="coerce")
    surveyed = rows["long"].isna() & rows["x"].notna()
    if surveyed.any():
        longitude, latitude = lambert93.to_wgs84(*rows.loc[surveyed, ["x", "y"]].to_numpy().T)
        rows.loc[surveyed, "long"], rows.loc[surveyed, "lat"] = longitude, latitude
    order = {position: rank for rank, position in enumerate(POSITIONS)}
    rank = rows["position"].map(lambda position: order.get(normalised(position), len(order)))
    rows = rows[np.isfinite(rows["long"]) & np.isfinite(rows["lat"]) & rows["voie_nom"].notna()]
    return rows.assign(rank=rank).sort_values("rank", kind="stable").reset_index(drop=True)


def _places(addresses: pd.DataFrame, contours: pd.DataFrame) -> list[_Place]:
    """Return what contains each address. On a border, the contour with the first code."""
    contours = contours.sort_values(["kind", "code"], kind="stable").reset_index(drop=True)
    polygons = shapely.make_valid(shapely.from_wkt(contours["geometrie"].to_numpy(), on_invalid="ignore"))
    points = shapely.points(addresses["long"].to_numpy(float), addresses["lat"].to_numpy(float))
    inside: list[list[int]] = [[] for _ in range(len(addresses))]
    for point, contour in zip(*shapely.STRtree(polygons).query(points, predicate="intersects"), strict=True):
        inside[point].append(int(contour))
    kinds, codes = contours["kind"].tolist(), contours["code"].tolist()
    first = [date.fromisoformat(day or "0001-01-01") for day in contours["valid_from"]]
    last = [date.fromisoformat(day or "9999-12-31") for day in contours["valid_to"]]

    def place(found: list[int]) -> _Place:
        found = sorted(found)
        one = {
            kind: next((codes[rank] for rank in found if kinds[rank] == kind), None) for kind in ("iris", "quartier")
        }
        qpv = tuple((first[rank], last[rank], codes[rank]) for rank in found if kinds[rank] == "qpv")
        return _Place(one["iris"], one["quartier"], qpv)

    return [place(found) for found in inside]


def _gazetteer(addresses: pd.DataFrame) -> Gazetteer:
    """Return the addresses by street; the address nearest to the centroid of a street stands for it."""
    streets = addresses["voie_nom"].map(street_key)
    numbers = pd.to_numeric(addresses["numero"], errors="coerce")
    points = addresses[["long", "lat"]].astype(float)
    away = points - points.groupby(streets).transform("mean")
    middles = (away["long"] ** 2 + away["lat"] ** 2).groupby(streets).idxmin()
    known = (
        Known(int(number), suffix_key(suffix), street, place)
        for place, (number, suffix, street) in enumerate(zip(numbers, addresses["suffixe"], streets, strict=True))
        if number < PLACE_NAME
    )
    return Gazetteer(known, {street: int(place) for street, place in middles.items() if street})


def _department(code: str) -> str:
    """Return the département of a postcode or INSEE code; both of Corsica are one, as their postcodes begin with 20."""
    return code[:3] if code.startswith(("97", "98")) else code[:2].replace("2A", "20").replace("2B", "20")
