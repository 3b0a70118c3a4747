"""Days, numbers, hours and identifiers as people and spreadsheets write them, turned into the one form that raw keeps.

Every function takes the text of one cell and returns text. Each raises ValueError without quoting the cell, which may
name a person; whoever reads the table says where it stands.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
EXCEL_DAY_ZERO = date(1899, 12, 30)
# Serial days of 1954 to 2119: a smaller or larger whole number in a column of dates is no date.
EXCEL_SERIALS = range(20_000, 80_001)
LAST_TWO_DIGIT_YEAR = 49  # 00 to 49 are of this century, 50 to 99 of the last one

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(.*))?")
_PARTS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ]+(?:à )?(.*))?")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")
_TIME = re.compile(r"(\d{1,2})(?::|h|H| h )(\d{2})?(?::(\d{2})(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?")
_DURATION = re.compile(r"(?:(\d+) days?, )?(\d{1,5})(?::|h|H| h )(\d{2})?(?::(\d{2})(?:[.,]\d+)?)?")
_NUMBER = re.compile(r"[+-]?\d*[.]?\d+(?:[eE][+-]?\d{1,2})?|[+-]?\d+[.]")
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DAMAGED_ID = re.compile(r"(\d+)[.,]0+")
# UTF-8 read as Windows-1252 and saved again: é becomes Ã©, ’ becomes â€™, à becomes Ã followed by a no-break space.
_MOJIBAKE = re.compile(
    r"Ã[\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u2122]|Â[\u00a0-\u00bf]|â(?:€|\u0080)|ï»¿|\ufffd"
)
_SCHOOL_YEAR = re.compile(r"((?:19|20)\d{2})\s*[-/_–]\s*((?:19|20)?\d{2})")


def day(text: str, order: str = DAY_FIRST) -> str:
    """Return the day that a cell says as ``2024-03-31``; a time beside it is left out.

    Read: 2024-03-31, 31/03/2024, 31/03/24 (``order`` tells day from month, see `date_order`) and the serial number of a
    spreadsheet. Raises ValueError for anything else, and for a day that the calendar does not have.
    """
    return _day_and_rest(text, order)[0]


def moment(text: str, order: str = DAY_FIRST) -> str:
    """Return the day and time that a cell says as ``2024-03-31T12:30:00``, at midnight when it says no time.

    An offset from UTC is left out: the time is the one that the office read on its clock. Raises ValueError as `day`.
    """
    found, rest = _day_and_rest(text, order)
    return f"{found}T{_clock(rest) if rest else '00:00:00'}"


def date_order(texts: Iterable[str]) -> str:
    """Return the one order, DAY_FIRST or MONTH_FIRST, in which all the cells of a column of dates read.

    Cells that are no date are not judged. 31/03/2024 proves the day first, 03/31/2024 the month; without proof the
    day is first, as in France. Raises ValueError when cells prove both, and when dates of several shapes stand in one
    column and one of the shapes is not proven: a spreadsheet set to English leaves 31/03/2024 as a text and turns
    05/03/2024 into the 3rd of May, and only that mixture shows.
    """
    shapes, proven = set(), set()
    for text in texts:
        text = text.strip()
        if found := _ISO.fullmatch(text):
            shapes.add("iso")
            proven |= {"iso"} if int(found[3]) > 12 else set()
        elif found := _PARTS.fullmatch(text):
            shapes.add("parts")
            proven |= {DAY_FIRST} if int(found[1]) > 12 else set()
            proven |= {MONTH_FIRST} if int(found[2]) > 12 else set()
        elif _SERIAL.fullmatch(text):
            shapes.add("serial")
            proven |= {"serial"} if int(_from_serial(text)[0][8:]) > 12 else set()
    orders = proven & {DAY_FIRST, MONTH_FIRST}
    if len(orders) > 1:
        raise ValueError("days before months and months before days in one column")
    if len(shapes) > 1 and not (shapes - {"parts"} <= proven and (orders or "parts" not in shapes)):
        raise ValueError("dates of several shapes in one column, and nothing proves their order")
    return orders.pop() if orders else DAY_FIRST


def decimal(text: str) -> str:
    """Return the number that a cell says with a decimal point and no separator: ``1 234,50 €`` gives ``1234.50``.

    Read: comma or point, any space between thousands, a trailing € or %, and minus before, after or as brackets. Of a
    comma and a point, the last one is the decimal mark. Raises ValueError for anything else.
    """
    number = "".join(letter for letter in text if not letter.isspace()).rstrip("€%").removesuffix("EUR")
    number = number.replace("\u2212", "-")
    negative = (number.startswith("(") and number.endswith(")")) or number.endswith("-")
    number = number.strip("()").rstrip("-")
    marks = sorted(set(re.findall(r"[.,']", number)), key=number.rfind)
    grouping = marks[0] if len(marks) == 2 or "'" in marks or (marks and number.count(marks[0]) > 1) else ""
    if grouping and (
        len(marks) > 2 or not re.fullmatch(rf"[+-]?\d{{1,3}}(?:[{grouping}]\d{{3}})+(?:[.,]\d*)?", number)
    ):
        raise ValueError("not a number")
    number = number.replace(grouping, "").replace(",", ".")
    if not _NUMBER.fullmatch(number) or (negative and number.startswith("-")):
        raise ValueError("not a number")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise ValueError("not a number") from None
    return format(-value if negative else value, "f")


def hours(text: str) -> str:
    """Return a duration as decimal hours, to the second: ``7:30``, ``7h30`` and ``7,5`` all give ``7.5``.

    Raises ValueError for anything else, minutes beyond 59 included.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return decimal(text.strip().rstrip("hH "))
    days, hour, minute, second = (int(part or 0) for part in found.groups())
    if minute > 59 or second > 59:
        raise ValueError("not a duration")
    value = Decimal(days * 24 + hour) + Decimal(minute * 60 + second) / 3600
    return format(round(value, 4).normalize(), "f")


def clock(text: str) -> str:
    """Return a time of day as ``07:30``: from 7:30, 07:30:00, 7h30, 7h, or the fraction of a day of a spreadsheet.

    A day before it is left out. Raises ValueError for anything else; 24:00 is the end of the day.
    """
    text = text.strip()
    if re.fullmatch(r"0?[.,]\d+", text):
        minutes = round(Decimal(text.replace(",", ".")) * 24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    found = _ISO.fullmatch(text) or _PARTS.fullmatch(text)
    return _clock(found[4] or "" if found else text.removeprefix("T"))[:5]


def identifier(text: str) -> str:
    """Return an identifier without what a spreadsheet did to it: ``31400.0`` gives ``31400``.

    Raises ValueError for 1,23E+13, whose digits are lost. Zeros lost in front cannot be seen here.
    """
    text = text.strip()
    if _EXPONENT.fullmatch(text):
        raise ValueError("an identifier that a spreadsheet has rounded")
    found = _DAMAGED_ID.fullmatch(text)
    return found[1] if found else text


def mojibake_count(text: str) -> int:
    """Return how many letters of ``text`` were read in the wrong encoding before it came here, ``Ã©`` for é."""
    return len(_MOJIBAKE.findall(text))


def school_year(on: str) -> str:
    """Return the school year, 1 September to 31 August, of a day written ``2025-11-30``: ``2025-2026``."""
    first = int(on[:4]) - (on[5:7] < "09")
    return f"{first}-{first + 1}"


def school_year_said(text: str) -> str | None:
    """Return the school year that a cell or a file name says, in the form ``2025-2026``; None when it says none."""
    for found in _SCHOOL_YEAR.finditer(text):
        first, last = int(found[1]), int(found[2][-2:])
        if (first + 1) % 100 == last and (len(found[2]) == 2 or int(found[2]) == first + 1):
            return f"{first}-{first + 1}"
    return None


def _day_and_rest(text: str, order: str) -> tuple[str, str]:
    """Return the day, and the text of the time beside it, empty without one."""
    text = unicodedata.normalize("NFKC", text).strip()
    if found := _ISO.fullmatch(text):
        return _calendar(int(found[1]), int(found[2]), int(found[3])), found[4] or ""
    if found := _PARTS.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        month, number = (second, first) if order == DAY_FIRST else (first, second)
        year = int(found[3])
        if len(found[3]) == 2:
            year += 2000 if year <= LAST_TWO_DIGIT_YEAR else 1900
        return _calendar(year, month, number), found[4] or ""
    if _SERIAL.fullmatch(text):
        return _from_serial(text)
    raise ValueError("not a day")


def _from_serial(text: str) -> tuple[str, str]:
    found = _SERIAL.fullmatch(text)
    if int(found[1]) not in EXCEL_SERIALS:
        raise ValueError("not a day")
    seconds = round(Decimal(f"0.{found[2] or 0}") * 86_400)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if 0 < seconds < 86_400 else ""
    return (EXCEL_DAY_ZERO + timedelta(days=int(found[1]))).isoformat(), time


def _calendar(year: int, month: int, number: int) -> str:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        raise ValueError("not a day of the calendar") from None


def _clock(text: str) -> str:
    """Return a time of day as 07:30:00."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time of day")
    hour, minute, second = (int(part or 0) for part in found.groups())
    if minute > 59 or second > 59 or hour * 3600 + minute * 60 + second > 86_400:
        raise ValueError("not a time of day")
    return f"{hour:02}:{minute:02}:{second:02}"
