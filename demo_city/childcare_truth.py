"""What the childcare files of the town must add up to, for tests: quantities, users and bills; who must not leak."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from demo_city import school_year as calendar
from demo_city.households import Child, Family, Home
from orchestration.lib.public import age_band

if TYPE_CHECKING:
    from demo_city.enrolments import Enrolment
    from demo_city.presences import Charge, Month

UNMAPPED_SITE = "RS-99"  # the canteen lent for a day, that nobody has mapped


@dataclass(slots=True)
class User:
    """A child that used an activity at a site in a school year, and its first day there."""

    child: Child
    first: date

    def profile(self, school_year: int, facility: str) -> list[tuple[str, str]]:
        """(Dimension, code) of all that it counts in; bands are those of its first day: a birthday makes no user."""
        home = self.child.family.home
        return [
            ("all", ""), ("sex_code", self.child.sex), ("quartier_code", home.quartier),
            ("qpv_code", home.qpv_of(school_year)), ("residence_code", home.residence), ("spelling", home.spelling),
            ("age_band_code", band_of_month(self.child.born, self.first)),
            ("quotient_band_code", self.child.family.band(self.first)),
            ("facility_id", facility),
        ]  # fmt: skip


class Truth:
    """What the files must add up to; the activity of a site that nobody has mapped has no facility."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.quantities: Counter[tuple[int, int, str, str, str, str]] = Counter()
        self.users: defaultdict[tuple[int, str, str], dict[int, User]] = defaultdict(dict)
        self.billed: Counter[tuple[int, int, str, str, str]] = Counter()
        self.registered: list[dict[str, object]] = []
        self.mishaps: list[dict[str, str]] = []
        self.identities: set[str] = set()

    def count(self, month: Month, one: Enrolment, counted: dict[str, float], came: list[date], site: str = "") -> None:
        """Add what a child booked and did in a month; ``came`` are the days that make it a user."""
        place = (site, "") if site else self.place(one)
        for measure, quantity in counted.items():
            if quantity:
                key = (month.year, month.month, one.kind.activity, *place, measure)
                self.quantities[key] += round(100 * quantity)
        if came:
            users = self.users[month.school_year, one.kind.activity, place[1]]
            user = users.setdefault(one.child.number, User(one.child, came[0]))
            user.first = min(user.first, came[0])

    def canteen(self, day: date, site: str, facility: str, counted: dict[str, int]) -> None:
        """Add a day of a canteen that only says how many meals it served."""
        for measure, meals in counted.items():
            self.quantities[day.year, day.month, "school_meal", site, facility, measure] += 100 * meals

    def capacity(self, month: Month, site: int, hours: int) -> None:
        """Add a day on which a nursery was open."""
        key = (month.year, month.month, "nursery", f"MA-{site + 1:02d}", f"CREC{site + 1:02d}", "hour_capacity")
        self.quantities[key] += 100 * hours

    def bill(self, month: Month, charge: Charge, cents: int, *, cancelled: bool) -> None:
        """Add a prestation, on a bill that stands or is cancelled."""
        one = charge.enrolment
        place = (UNMAPPED_SITE, "") if charge.activity != one.activity else self.place(one)
        key = (month.year, month.month, one.kind.activity, *place)
        self.billed[(*key, "cancelled_cents" if cancelled else "billed_cents")] += cents

    def register(
        self, label: str, children: list[Child], families: list[Family], quotients: int, listed: list[Enrolment]
    ) -> None:
        """Remember the size of the registers, and who is in them."""
        homes = [child.family.home for child in children]
        self.registered.append(
            {
                "school_year": label,
                "children": len(children),
                "families": len(families),
                "quotients": quotients,
                "enrolments": dict(sorted(Counter(one.status for one in listed).items())),
                "spellings": dict(sorted(Counter(home.spelling for home in homes).items())),
                "residence": dict(sorted(Counter(home.residence for home in homes).items())),
            }
        )
        for family in families:
            self.identities |= {family.name, family.code, *addresses(family.home)}
        self.identities |= {child.code for child in children}

    def mishap(self, kind: str, file: str, by: str) -> None:
        """Remember a file that must not be counted twice."""
        self.mishaps.append({"kind": kind, "file": file, "by": by})

    def counted_users(self) -> Counter[tuple[str, str, str, str]]:
        """Distinct children by school year, activity, dimension and code."""
        found = {
            (calendar.label(school_year), activity, *part, number)
            for (school_year, activity, facility), users in self.users.items()
            for number, user in users.items()
            for part in user.profile(school_year, facility)
        }
        return Counter(key[:-1] for key in found)

    @staticmethod
    def place(one: Enrolment) -> tuple[str, str]:
        """Site in the software, and facility."""
        return f"{one.kind.site}-{one.site + 1:02d}", f"{one.kind.service}{one.site + 1:02d}"

    def content(self) -> dict[str, object]:
        """Everything as rows ready for JSON: quantities in hundredths, money in cents."""
        names = ("year", "month", "activity_id", "source_site", "facility_id")
        bills: dict[tuple, Counter[str]] = {}
        for (*key, what), cents in self.billed.items():
            bills.setdefault(tuple(key), Counter())[what] = cents
        return {
            "quantities": [
                dict(zip((*names, "measure_code"), key, strict=True)) | {"quantity_hundredths": quantity}
                for key, quantity in sorted(self.quantities.items())
            ],
            "users": [
                dict(zip(("school_year", "activity_id", "dimension", "code"), key, strict=True)) | {"users": count}
                for key, count in sorted(self.counted_users().items())
            ],
            "billing": [
                dict(zip(names, key, strict=True)) | {one: cents[one] for one in ("billed_cents", "cancelled_cents")}
                for key, cents in sorted(bills.items())
            ],
            "registers": self.registered,
            "mishaps": self.mishaps,
        }


def addresses(home: Home) -> set[str]:
    """What tells where a family lives: a street without a number does not."""
    return {home.written} if home.written and home.spelling != "street" else set()


def band_of_month(born: date, day: date) -> str:
    """Age band of a child in the month of a day: the one that it has on its first day."""
    return age_band(born, day.replace(day=1))
