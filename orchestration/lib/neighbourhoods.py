"""From an address to a neighbourhood, offline, with what the town has dropped; the address goes no further."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from orchestration.lib.home import Home
from orchestration.lib.public import UNKNOWN
from orchestration.lib.register import Register


@dataclass(frozen=True)
class Area:
    """Where somebody lives, as far as it is kept."""

    iris_code: str | None = None
    quartier_code: str | None = None
    qpv_code: str | None = None
    residence_code: str = UNKNOWN  # commune, hors_commune, inconnu
    match_level: str = "aucun"


class Neighbourhoods:
    """Addresses and contours of the town."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]):
        """Take the raw tables of the system ``territory``."""

    @classmethod
    def of(cls, home: Home, register: Register) -> "Neighbourhoods":
        """Return what the loads in use say."""
        return cls({})

    def locate(self, address: str | None, postcode: str | None, city: str | None, on: date) -> Area:
        """Return the area of an address on a day."""
        return Area()
