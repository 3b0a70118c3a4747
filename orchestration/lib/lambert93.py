"""From Lambert-93 (EPSG:2154), in which French offices survey, to longitude and latitude (WGS84)."""

from functools import cache

import numpy as np


def to_wgs84(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the longitudes and latitudes of points given in metres."""
    return _transformer().transform(x, y)


def from_wgs84(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eastings and northings, in metres, of points given in degrees."""
    return _transformer().transform(longitude, latitude, direction="INVERSE")


@cache
def _transformer():
    from pyproj import Transformer  # slow to import, and seldom needed

    return Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
