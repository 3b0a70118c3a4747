"""Who came: rows of a month in canteens, after school, in centres and nurseries, counted while they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from random import Random
from typing import NamedTuple

from demo_city import school_year as calendar
from demo_city.childcare_truth import UNMAPPED_SITE, Truth
from demo_city.enrolments import CLOSES, OPENS, Enrolment, tariff_of
from demo_city.staff import strike_days
from demo_city.town import Town, random_source

STATES = ("present", "absenti", "absentj", "reservation", "attente", "refus", "demande")
BOOKED_STATES = STATES[:4]
BILLED_STATES = frozenset({"present", "absenti", "reservation"})
SERVED_STATES = frozenset({"present", "absenti"})  # a meal that is billed was cooked, even for nobody
UNDECIDED_STATES = STATES[4:]
# Shares of the bookings: missed with an excuse and without one, never checked, not decided.
EXCUSED, UNEXCUSED, UNCHECKED, UNDECIDED = 0.026, 0.016, 0.0012, 0.0006
LATE_MONTHS = {6: 1.8, 7: 2.2}  # more is missed when the year ends
ON_STRIKE = (0.38, 0.05)
FORGIVEN = 0.15  # of the meals missed without excuse, those that are not billed
PRIVATE_CANTEEN = ("SAINT-GENIEVRE", "ST GENIEVRE")
PRIVATE_FACILITY = "CANT01"  # where its pupils eat
PRIVATE_PUPILS = {"M": 52, "E": 81}
BORROWERS = 12  # children who eat one day in the canteen that nobody has mapped
NURSERY_EXCUSED, NURSERY_UNEXCUSED, NURSERY_STRIKE = 0.055, 0.045, 0.3
BADGE_STEP = 3  # minutes, so that hours have two decimals
AROUND_NEW_YEAR = frozenset((12, day) for day in range(26, 32))
WEEK = (0, 1, 2, 3, 4)


class Day(NamedTuple):
    """A day as rows write it, and the limits of a draw below which a booking is missed, not checked or not decided."""

    date: date
    text: str
    entered: str
    on_strike: bool
    limits: tuple[float, float, float, float]


@dataclass(slots=True)
class Charge:
    """What a child owes for an activity and month: ``quantity`` in hundredths of what the tariff is for."""

    number: str
    enrolment: Enrolment
    activity: str
    tariff: int
    quantity: int = 0


@dataclass(slots=True)
class Month:
    """A month being written."""

    year: int
    month: int
    enrolments: dict[str, list[Enrolment]]
    charges: list[Charge] = field(default_factory=list)

    @property
    def label(self) -> str:
        """2025-01."""
        return f"{self.year}-{self.month:02d}"

    @property
    def school_year(self) -> int:
        """Year in which its school year starts."""
        return calendar.of_month(self.year, self.month)

    def charge(self, enrolment: Enrolment, activity: str = "") -> Charge:
        """A new prestation of the month."""
        number = f"PR{self.year}{self.month:02d}-{len(self.charges) + 1:06d}"
        tariff = tariff_of(enrolment, self.year, self.month)
        charge = Charge(number, enrolment, activity or enrolment.activity, tariff)
        self.charges.append(charge)
        return charge


class Presences:
    """Draws the rows of a month."""

    def __init__(self, town: Town, month: Month, truth: Truth, places: int) -> None:
        """Look at the calendar; ``places`` are those of each nursery."""
        self.town = town
        self.month = month
        self.truth = truth
        self.places = places
        self.strikes = frozenset(strike_days(town.seed, month.year))
        self.school_days = self.days(calendar.school_days(month.year, month.month))

    def random(self, kind: str) -> Random:
        """The draws of a kind of activity in the month."""
        return random_source(self.town.seed, "childcare", kind, self.month.label)

    def days(self, days: Iterable[date]) -> list[Day]:
        """Days with how children keep their bookings on them; bookings were entered the Thursday before last."""
        factor = LATE_MONTHS.get(self.month.month, 1.0)
        found = []
        for day in days:
            on_strike = day.toordinal() in self.strikes
            excused, unexcused = ON_STRIKE if on_strike else (EXCUSED * factor, UNEXCUSED * factor)
            missed = unexcused + excused
            limits = (unexcused, missed, missed + UNCHECKED, missed + UNCHECKED + UNDECIDED)
            entered = date.fromordinal(day.toordinal() - day.weekday() - 11)
            found.append(Day(day, day.isoformat(), entered.isoformat(), on_strike, limits))
        return found

    def meals(self, *, lending: bool) -> list[str]:
        """Rows of the canteens. lending: some eat the first meal of the month in a canteen that nobody has mapped."""
        rng, lines = self.random("cantine"), []
        borrowers = BORROWERS if lending else 0
        for one, days in booked(self.month.enrolments["CAN"], self.school_days):
            if borrowers and days[0] == self.school_days[0]:
                borrowers -= 1
                lines.append(self.borrowed_meal(one, days.pop(0)))
                if not days:
                    continue
            charge = self.month.charge(one)
            start = f"{one.child.code};{one.activity};{one.activity}-R;"
            seen, came, unbilled = dict.fromkeys(STATES, 0), [], 0
            for day, state, drawn in drawn_states(rng, days):
                seen[state] += 1
                bill = charge.number if state in BILLED_STATES else ""
                if drawn < FORGIVEN * day.limits[0]:
                    bill = ""
                    unbilled += 1
                elif state in SERVED_STATES:
                    came.append(day.date)
                lines.append(f"{start}{day.text};;;{state};1;;;;;{day.entered};{bill}")
            charge.quantity = 100 * (sum(seen[state] for state in BILLED_STATES) - unbilled)
            counted = {
                "meal_forecast": sum(seen[state] for state in BOOKED_STATES),
                "meal_served": len(came),
                "absence_excused": seen["absentj"],
                "absence_unexcused": seen["absenti"],
            }
            self.truth.count(self.month, one, counted, came)
        return lines

    def borrowed_meal(self, one: Enrolment, day: Day) -> str:
        """The row of a meal eaten in the canteen that nobody has mapped."""
        charge = self.month.charge(one, "CAN-99")
        charge.quantity = 100
        counted = {"meal_forecast": 1, "meal_served": 1}
        self.truth.count(self.month, one, counted, [day.date], site=UNMAPPED_SITE)
        return f"{one.child.code};CAN-99;CAN-99-R;{day.text};;;present;1;;;;;{day.entered};{charge.number}"

    def school_canteen(self) -> list[str]:
        """Rows of the canteen of a private school, which sends numbers only: on some days the meals ordered are under
        a spelling of its name, and the meals eaten under another.
        """
        rng, lines = self.random("ecole-privee"), []
        for day in self.school_days:
            for kind, pupils in PRIVATE_PUPILS.items():
                ordered = max(1, self.town.scaled(pupils, 3) - int(rng.random() * 3))
                eaten = max(0, ordered - (ordered // 3 if day.on_strike else int(rng.random() * 3)))
                if rng.random() < 0.1:
                    lines.append(f"{kind},{day.text},{ordered},,{PRIVATE_CANTEEN[0]}")
                    lines.append(f"{kind},{day.text},,{eaten},{PRIVATE_CANTEEN[1]}")
                else:
                    lines.append(f"{kind},{day.text},{ordered},{eaten},{PRIVATE_CANTEEN[0]}")
                counted = {"meal_forecast": ordered, "meal_served": eaten}
                self.truth.canteen(day.date, PRIVATE_CANTEEN[0], PRIVATE_FACILITY, counted)
        return lines

    def after_school(self) -> list[str]:
        """Rows of mornings, an hour each, and of evenings, which have times in half-hours."""
        rng, lines = self.random("periscolaire"), []
        mornings, evenings = self.month.enrolments["APM"], self.month.enrolments["APS"]
        for one, days in booked((*mornings, *evenings), self.school_days):
            charge = self.month.charge(one)
            evening = one.kind.prefix == "APS"
            start = f"{one.child.code};{one.activity};{one.activity}-{one.kind.units[0][0]};"
            came: list[date] = []
            bookings = minutes = billed = 0
            for day, state, drawn in drawn_states(rng, days):
                times, lasted = evening_times(one, drawn) if evening else (";", 60)
                if state == "present":
                    came.append(day.date)
                    minutes += lasted
                bookings += state not in UNDECIDED_STATES
                bill = charge.number if state in BILLED_STATES else ""
                billed += lasted if bill else 0
                lines.append(f"{start}{day.text};{times};{state};1;;;;;{day.entered};{bill}")
            charge.quantity = 100 * billed // (30 if evening else 60)
            self.truth.count(self.month, one, {"hour_attended": minutes / 60, "booking": bookings}, came)
        return lines

    def leisure(self) -> list[str]:
        """Rows of Wednesdays and holidays: days and half days."""
        rng, lines = self.random("loisirs"), []
        year, month = self.month.year, self.month.month
        wednesdays = self.days(calendar.school_wednesdays(year, month))
        for one, days in booked(self.month.enrolments["MER"], wednesdays):
            lines += self.days_out(rng, one, [day for day in days if rng.random() < 0.85])
        holidays = calendar.holiday_days(year, month)
        free = self.days(day for day in holidays if (day.month, day.day) not in AROUND_NEW_YEAR)
        often = 0.3 if month in calendar.SUMMER else 0.5
        weeks = {day.date.isocalendar().week: day for day in free}
        for one, days in booked(self.month.enrolments["ALS"], free):
            chosen = {week for week in weeks if rng.random() < often}
            kept = [day for day in days if day.date.isocalendar().week in chosen and rng.random() < 0.93]
            lines += self.days_out(rng, one, kept)
        return lines

    def days_out(self, rng: Random, one: Enrolment, days: list[Day]) -> Iterator[str]:
        """Rows of a child at a centre; one booking in twenty is for the whole day, whatever the habit."""
        if not days:
            return
        charge = self.month.charge(one)
        start = f"{one.child.code};{one.activity};{one.activity}-"
        came: list[date] = []
        bookings = hundredths = 0
        for day, state, drawn in drawn_states(rng, days):
            unit = one.unit if drawn < 0.95 else "J"
            weight = 100 if unit == "J" else 50
            if state == "present":
                came.append(day.date)
                hundredths += weight
            bookings += state not in UNDECIDED_STATES
            bill = charge.number if state in BILLED_STATES else ""
            charge.quantity += weight if bill else 0
            yield f"{start}{unit};{day.text};;;{state};1;;;;;{day.entered};{bill}"
        self.truth.count(self.month, one, {"day_attended": hundredths / 100, "booking": bookings}, came)

    def nurseries(self) -> list[str]:
        """Rows of nurseries: contracted and billed hours, and the badge around them."""
        rng, lines = self.random("creche"), []
        working = calendar.working_days(self.month.year, self.month.month)
        open_days = self.days(day for day in working if not nursery_closed(day))
        opened: set[tuple[int, date]] = set()
        enrolled = [one for one in self.month.enrolments["MAC"] if one.status == "ok"]
        for one, days in booked(enrolled, open_days):
            charge = self.month.charge(one)
            start = f"{one.child.code};{one.activity};{one.activity}-H;"
            contract = (one.leaves - one.arrives) * 100 // 60
            hours, said = f"{clock(one.arrives)};{clock(one.leaves)}", decimal(contract)
            attended, came = 0, []
            for day in days:
                state, billed, present, badges = nursery_day(rng, one, contract, day)
                attended += present
                charge.quantity += billed
                if state == "present":
                    came.append(day.date)
                    opened.add((one.site, day.date))
                bill = charge.number if billed else ""
                line = f"{start}{day.text};{hours};{state};1;{badges};{said};{decimal(billed)};{day.entered};{bill}"
                lines.append(line)
            counted = {
                "hour_contracted": contract * len(days) / 100,
                "hour_billed": charge.quantity / 100,
                "hour_attended": attended / 100,
            }
            self.truth.count(self.month, one, counted, came)
        for site, _ in opened:
            self.truth.capacity(self.month, site, self.places * (CLOSES - OPENS) // 60)
        return lines


def booked(enrolments: Iterable[Enrolment], days: list[Day]) -> Iterator[tuple[Enrolment, list[Day]]]:
    """Enrolments with those of ``days`` on which the child is booked, when there is any."""
    if not days:
        return
    of_week: dict[tuple[int, ...], list[Day]] = {}
    first, last = days[0].date, days[-1].date
    for one in enrolments:
        if one.week not in of_week:
            of_week[one.week] = [day for day in days if day.date.weekday() in one.week]
        kept = list(of_week[one.week])
        if one.first > first or one.last < last:
            kept = [day for day in kept if one.first <= day.date <= one.last]
        if kept:
            yield one, kept


def drawn_states(rng: Random, days: list[Day]) -> Iterator[tuple[Day, str, float]]:
    """What became of each booking, with the draw that said so."""
    draw = rng.random
    for day in days:
        drawn = draw()
        unexcused, excused, unchecked, undecided = day.limits
        if drawn >= undecided:
            yield day, "present", drawn
        elif drawn < unexcused:
            yield day, "absenti", drawn
        elif drawn < excused:
            yield day, "absentj", drawn
        elif drawn < unchecked:
            yield day, "reservation", drawn
        else:
            yield day, UNDECIDED_STATES[int(drawn * 1e6) % 3], drawn


def evening_times(one: Enrolment, drawn: float) -> tuple[str, int]:
    """Start and end of an evening, and its minutes: one in four is half an hour longer or shorter than usual."""
    leaves = one.leaves
    if drawn > 0.87:
        leaves = min(1110, leaves + 30)
    elif drawn > 0.75:
        leaves = max(1020, leaves - 30)
    return f"{clock(one.arrives)};{clock(leaves)}", leaves - one.arrives


def nursery_day(rng: Random, one: Enrolment, contract: int, day: Day) -> tuple[str, int, int, str]:
    """State, hundredths of hours billed and attended, and badges of a child: half an hour more is billed for more than
    six minutes beyond the contract, an excused absence is not billed.
    """
    drawn = rng.random()
    if drawn < NURSERY_UNEXCUSED:
        return "absenti", contract, 0, ";"
    if drawn < NURSERY_UNEXCUSED + (NURSERY_STRIKE if day.on_strike else NURSERY_EXCUSED):
        return "absentj", 0, 0, ";"
    arrived = max(OPENS, one.arrives + BADGE_STEP * (int(rng.random() * 8) - 2))
    left = min(CLOSES, one.leaves + BADGE_STEP * (int(rng.random() * 14) - 9))
    billed = contract + (50 if left - one.leaves > 6 else 0)
    return "present", billed, (left - arrived) * 100 // 60, f"{clock(arrived)};{clock(left)}"


def nursery_closed(day: date) -> bool:
    """True for three weeks in August, and the end of the year."""
    return (day.month == 8 and day.day <= 21) or (day.month, day.day) in AROUND_NEW_YEAR | {(12, 24)}


@cache
def clock(minutes: int) -> str:
    """07:30."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@cache
def decimal(hundredths: int) -> str:
    """12,50."""
    return f"{hundredths // 100},{hundredths % 100:02d}"
