"""Numbers, amounts and dates as French readers write them: the one formatter of pages, charts, tables and CSV files."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
NARROW_SPACE, SPACE = "\u202f", "\u00a0"  # what French typography puts between thousands, and before a unit
MINUS = "\u2212"
NONE = "\u2014"
ACRONYMS = {"CCAS", "CIAS", "EHPAD", "EPIC", "SPIC", "ZAC"}
SMALL_WORDS = {
    "a",
    "annexe",
    "au",
    "aux",
    "d",
    "de",
    "des",
    "du",
    "en",
    "et",
    "l",
    "la",
    "le",
    "les",
    "lès",
    "principal",
    "sous",
    "sur",
}

PLURAL = 2  # from how many on a noun takes its s

_SIGNS = str.maketrans({",": NARROW_SPACE, ".": ",", "-": MINUS})
_NOUGHT = f"0,{MINUS}"

Value = int | float | Decimal


def decimal(value: Value | str, decimals: int = 0) -> str:
    """Return a number with that many decimals: 1 234,5 or −1 234,5."""
    text = format(Decimal(value) if isinstance(value, str) else value, f",.{decimals}f").translate(_SIGNS)
    return text if text[0] != MINUS or text.strip(_NOUGHT) else text[1:]


def number(value: Value) -> str:
    """Return a count: 1 234 567."""
    return decimal(value)


def euros(value: Value | str) -> str:
    """Return an amount to the cent: 1 234,56 €."""
    return f"{decimal(value, 2)}{SPACE}€"


def whole_euros(value: Value) -> str:
    """Return an amount without its cents: 1 235 €."""
    return f"{decimal(value)}{SPACE}€"


def amount(value: Value) -> str:
    """Return an amount to be read at a glance: 57,05 M€, 812 k€, 950 €."""
    for limit, divisor, unit, decimals in ((10**6, 10**6, "M€", 2), (10**4, 1000, "k€", 0)):
        if abs(value) >= limit:
            return f"{decimal(Decimal(str(value)) / divisor, decimals)}{SPACE}{unit}"
    return whole_euros(value)


def energy(kwh: Value) -> str:
    """Return an energy to be read at a glance: 14,1 GWh, 812 MWh, 950 kWh."""
    for limit, divisor, unit, decimals in ((10**6, 10**6, "GWh", 1), (10**4, 1000, "MWh", 0)):
        if abs(kwh) >= limit:
            return f"{decimal(Decimal(str(kwh)) / divisor, decimals)}{SPACE}{unit}"
    return f"{decimal(kwh)}{SPACE}kWh"


def percent(share: Value, decimals: int = 1) -> str:
    """Return a share (0 to 1) in percent: 98,0 %."""
    return points(Decimal(str(share)) * 100, decimals)


def points(value: Value, decimals: int = 1) -> str:
    """Return what is in percent already: 5,8 %."""
    return f"{decimal(value, decimals)}{SPACE}%"


def signed(text: str) -> str:
    """Return a formatted number with its sign always written."""
    return text if text.startswith(MINUS) else f"+{text}"


def plain(value: object) -> str:
    """Return what French Excel takes for a number or a date: 1234,56 or 31/12/2025."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, (int, float, Decimal)):
        return f"{Decimal(str(value)):f}".replace(".", ",")
    return short_date(value) if isinstance(value, date) else str(value)


def day(moment: datetime) -> str:
    """Return the day of ``moment`` in Paris: 1er mars 2025. A moment without a zone is taken for UTC."""
    local = _in_paris(moment)
    return f"{'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]} {local.year}".replace(" ", SPACE)


def day_and_time(moment: datetime) -> str:
    """Return the moment in Paris: 2 mars 2025 à 14 h 05. A moment without a zone is taken for UTC."""
    local = _in_paris(moment)
    return f"{day(moment)} à {local.hour}{SPACE}h{SPACE}{local.minute:02}"


def short_date(value: date) -> str:
    """Return 31/12/2025; a moment without a zone is taken for UTC."""
    return f"{_in_paris(value) if isinstance(value, datetime) else value:%d/%m/%Y}"


def month(value: date) -> str:
    """Return décembre 2025."""
    return f"{MONTHS[value.month - 1]}{SPACE}{value.year}"


def period(text: str | None) -> str:
    """Return a year, month or day as exports write it (2025, 2025-12, 2025-12-31T17:00) as it is read."""
    found = re.match(r"(\d{4})-(\d\d)(?:-(\d\d))?(?!\d)", text or "")
    if found is None:
        return text or NONE
    year, month_number, day_number = found.groups()
    if not 1 <= int(month_number) <= len(MONTHS):
        return found.string
    return f"{day_number}/{month_number}/{year}" if day_number else f"{MONTHS[int(month_number) - 1]}{SPACE}{year}"


def typeset(text: str) -> str:
    """Return a sentence with the apostrophes and the unbreakable spaces of French typography."""
    text = re.sub(r"(?<=\w)'(?=\w)", "\u2019", text)
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NARROW_SPACE, text)
    return re.sub(r"(?<=«) | (?=[?!:;»%€])", SPACE, text)


def sort_key(text: str) -> str:
    """Return what puts ``text`` where a French reader looks for it: accents and capitals change no place."""
    return "".join(one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one))


def title(name: str) -> str:
    """Return a name that software writes in capitals as people write it: Ville de Beffroi-sur-Lys."""
    if name != name.upper():
        return name
    words = re.split(r"([ '’-])", name)
    shown = [word if word in ACRONYMS else word.lower() for word in words]
    shown = [word if word in SMALL_WORDS or word in ACRONYMS else word.capitalize() for word in shown]
    return "".join([shown[0][:1].upper() + shown[0][1:], *shown[1:]])


FORMATS: dict[str, Callable] = {
    "text": str,
    "name": title,
    "number": decimal,
    "decimal1": lambda value: decimal(value, 1),
    "decimal2": lambda value: decimal(value, 2),
    "euros": euros,
    "whole_euros": whole_euros,
    "amount": amount,
    "energy": energy,
    "percent": percent,
    "points": points,
    "date": short_date,
    "deadline": short_date,  # the browser says whether it is past on the day of reading
    "month": month,
    "period": period,
    "flag": lambda value: "oui" if value else "non",
}
TEXTS = {"text", "name", "date", "deadline", "month", "period", "flag"}  # formats that are not aligned as numbers


def show(value: object, format_name: str, unit: str = "") -> str:
    """Return ``value`` in one of `FORMATS`, followed by ``unit``; a dash for what is not known.

    A unit is given in the plural, which French begins at two.
    """
    if value is None:
        return NONE
    if unit.isalpha() and abs(value) < PLURAL:
        unit = unit.removesuffix("s")
    return FORMATS[format_name](value) + (SPACE + unit if unit else "")


def _in_paris(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(PARIS)
