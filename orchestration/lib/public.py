"""What is kept of a user of a public service: bands and neighbourhoods, never a birth date, an income or an address.

The bands are those of ``seeds/ref_age_band.csv`` (INSEE, so that users can be set beside the population) and of
``seeds/ref_quotient_band.csv`` (the town's own tariff grid).
"""

import csv
from datetime import date
from decimal import Decimal
from functools import cache

from orchestration.lib.home import PROJECT

UNKNOWN = "inconnu"
SEXES = {"F": "F", "M": "M", "H": "M", "1": "M", "2": "F", "MME": "F", "MLLE": "F", "MR": "M", "MONSIEUR": "M"}
SEXES |= {"MADAME": "F", "FEMININ": "F", "FEMME": "F", "FILLE": "F", "GARCON": "M", "HOMME": "M", "MASCULIN": "M"}


def age_band(born: date | None, on: date) -> str:
    """Return the code of the age band on the day ``on`` of someone ``born`` that day, ``inconnu`` when it cannot be.

    Ages are whole years; someone born on 29 February is a year older on 1 March.
    """
    if born is None or born > on:
        return UNKNOWN
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next((code for code, first, last in _age_bands() if first <= age <= last), UNKNOWN)


def quotient_band(quotient: Decimal | None, on: date) -> str:
    """Return the code of the band of a family's quotient familial (CAF, euros a month) in the grid in force ``on``."""
    if quotient is None or quotient < 0:
        return UNKNOWN
    for code, first, last, valid_from, valid_to in _quotient_bands():
        if first <= quotient and (last is None or quotient < last) and valid_from <= on <= valid_to:
            return code
    return UNKNOWN


def sex(label: str | None) -> str:
    """Return F, M or ``inconnu`` from a sex or a civility as an office writes it."""
    return SEXES.get((label or "").strip().rstrip(".").upper().replace("É", "E").replace("Ç", "C"), UNKNOWN)


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _age_bands() -> list[tuple[str, int, int]]:
    return [
        (row["age_band_code"], int(row["age_from"]), int(row["age_to"] or 200))
        for row in _seed("ref_age_band")
        if row["age_from"]
    ]


@cache
def _quotient_bands() -> list[tuple[str, Decimal, Decimal | None, date, date]]:
    return [
        (
            row["quotient_band_code"],
            Decimal(row["quotient_from"]),
            Decimal(row["quotient_to"]) if row["quotient_to"] else None,
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"] or "9999-12-31"),
        )
        for row in _seed("ref_quotient_band")
        if row["quotient_from"]
    ]
