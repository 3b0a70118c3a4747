"""School years, holidays of zone B and public holidays: the days on which children eat, play and are looked after."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

MONDAY, WEDNESDAY, SATURDAY = 0, 2, 5
SCHOOL_WEEK = (0, 1, 3, 4)
SUMMER = (7, 8)
DAY = timedelta(days=1)
# First and last day without school of the holidays of zone B (Lille), as decreed; summer starts the last one. The
# Ascension is bridged. Older years follow the rule of `_usual_holidays`.
DECREED = {
    2022: "2022-10-22 2022-11-06 2022-12-17 2023-01-02 2023-02-11 2023-02-26 2023-04-15 2023-05-01 2023-07-08",
    2023: "2023-10-21 2023-11-05 2023-12-23 2024-01-07 2024-02-24 2024-03-10 2024-04-20 2024-05-05 2024-07-06",
    2024: "2024-10-19 2024-11-03 2024-12-21 2025-01-05 2025-02-08 2025-02-23 2025-04-05 2025-04-21 2025-07-05",
    2025: "2025-10-18 2025-11-02 2025-12-20 2026-01-04 2026-02-14 2026-03-01 2026-04-11 2026-04-26 2026-07-04",
}
FIRST_DAYS = {2022: date(2022, 9, 1), 2023: date(2023, 9, 4), 2024: date(2024, 9, 2), 2025: date(2025, 9, 1)}


def label(school_year: int) -> str:
    """`2025-2026` for the school year that starts in 2025, on 1 September."""
    return f"{school_year}-{school_year + 1}"


def of_month(year: int, month: int) -> int:
    """Year in which the school year of a month starts."""
    return year if month >= 9 else year - 1


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Butcher's rule)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of a year."""
    sunday = easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return frozenset({date(year, *day) for day in fixed} | {sunday + days * DAY for days in (1, 39, 50)})


@cache
def holidays(school_year: int) -> tuple[tuple[date, date], ...]:
    """Spells without school of a school year, first and last day; the last one is the summer, up to 31 August."""
    if school_year in DECREED:
        days = [date.fromisoformat(day) for day in DECREED[school_year].split()]
    else:
        days = _usual_holidays(school_year)
    spells = list(zip(days[:-1:2], days[1::2], strict=True))
    return (*spells, (days[-1], date(school_year + 1, 8, 31)))


@cache
def school_days(year: int, month: int) -> tuple[date, ...]:
    """Days of a month on which schools are open: Monday, Tuesday, Thursday, Friday."""
    return tuple(day for day in working_days(year, month) if day.weekday() in SCHOOL_WEEK and _is_open(day))


@cache
def school_wednesdays(year: int, month: int) -> tuple[date, ...]:
    """Wednesdays of a month outside holidays."""
    return tuple(day for day in working_days(year, month) if day.weekday() == WEDNESDAY and _is_open(day))


@cache
def holiday_days(year: int, month: int) -> tuple[date, ...]:
    """Working days of a month inside school holidays."""
    spells = holidays(of_month(year, month))
    return tuple(day for day in working_days(year, month) if any(first <= day <= last for first, last in spells))


@cache
def working_days(year: int, month: int) -> tuple[date, ...]:
    """Days of a month from Monday to Friday, without public holidays."""
    day, found = date(year, month, 1), []
    while day.month == month:
        if day.weekday() < SATURDAY and day not in public_holidays(year):
            found.append(day)
        day += DAY
    return tuple(found)


def _is_open(day: date) -> bool:
    school_year = of_month(day.year, day.month)
    first = FIRST_DAYS.get(school_year) or _first_day(school_year)
    ascension = easter(day.year) + 39 * DAY
    bridged = ascension <= day <= ascension + DAY
    return day >= first and not bridged and not any(start <= day <= end for start, end in holidays(school_year))


def _first_day(school_year: int) -> date:
    return next(date(school_year, 9, day) for day in (1, 2, 3, 4) if date(school_year, 9, day).weekday() in (0, 1, 3))


def _usual_holidays(school_year: int) -> list[date]:
    """Two weeks from a Saturday on, near the dates of the decreed years."""
    autumn = (date(school_year, 10, 20), date(school_year, 12, 20))
    spring = (date(school_year + 1, 2, 14), date(school_year + 1, 4, 12))
    starts = [_next_saturday(day) for day in autumn + spring]
    days = [day for start in starts for day in (start, start + 15 * DAY)]
    return [*days, _next_saturday(date(school_year + 1, 7, 4))]


def _next_saturday(day: date) -> date:
    return day + ((SATURDAY - day.weekday()) % 7) * DAY
