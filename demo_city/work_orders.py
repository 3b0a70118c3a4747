"""Work orders of the technical services: monthly tables of a tool that knows who asked, which must never be kept.

Each month has what was opened, closed, reopened or deleted in it, as it stands when the month ends, and all the lines
of hours of the orders worked on. One month a year is sent before its hours are complete, then again.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from demo_city.profile import FUNCTIONS
from demo_city.town import Town, random_source
from demo_city.workforce import SERVICES, VALID_FROM
from demo_city.writing import Booked, Written

ORDER_HEADER = (
    *("id", "date_demande", "date_debut", "date_fin", "statut", "nature", "urgence", "categorie", "titre"),
    *("demandeur_nom", "demandeur_service", "site_code", "equipement", "equipe", "prestation_externe", "vehicule_km"),
)
HOUR_HEADER = (
    *("intervention_id", "date", "equipe", "heures", "cout_heure", "fournitures_code", "fournitures_libelle"),
    *("fournitures_qte", "fournitures_pu"),
)
BUILDINGS, PUBLIC_SPACE = "building_maintenance", "public_space"
LONGEST_DAYS = 300  # what is asked in a year is done before the end of the next one
SENT_TWICE = 5  # the month whose first table is not complete
UNKNOWN_PLACE = "BAT-PRESBYTERE"  # sold, and left in the tool
TYPED_RATE = "32,50"
# Who reports what is seen in the street.
DESKS = ("ETAT", "CAB", "QUAR", "PM")


@dataclass(frozen=True, slots=True)
class Trade:
    """What a team does: orders a year at 40,000 inhabitants, their mean hours and days, their categories."""

    service: str
    team: str
    activity: str
    orders: int
    hours: float
    days: float
    categories: tuple[str, ...]


# About half the hours of the agents who do this work; the rest is rounds that nobody asks for.
TRADES = (
    Trade(
        "CTM", "Atelier bâtiment", BUILDINGS, 4_600, 3.5, 12,
        ("Plomberie", "Électricité", "Chauffage", "Menuiserie", "Serrurerie", "Peinture", "Couverture"),
    ),
    Trade("VERT", "Équipe espaces verts", PUBLIC_SPACE, 1_300, 12, 25, ("Taille et élagage", "Tonte", "Plantations")),
    Trade("VOIR", "Équipe voirie", PUBLIC_SPACE, 1_500, 8, 18, ("Chaussée", "Trottoir", "Signalisation")),
    Trade("PROP", "Équipe propreté", PUBLIC_SPACE, 1_200, 4, 3, ("Dépôt sauvage", "Graffiti")),
    Trade("ECLA", "Équipe éclairage", PUBLIC_SPACE, 400, 6, 9, ("Éclairage public",)),
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """Hours of a team on a day, in quarters of an hour, and perhaps a supply."""

    day: date
    quarters: int
    supply: tuple[str, str, int, int] | None = None  # code, label, quantity, cents


@dataclass(slots=True)
class Order:
    """A work order; it is closed at each of ``closings`` and open again at each of ``reopenings``."""

    number: str
    trade: Trade
    category: str
    kind: str
    urgency: str
    service: str
    facility: str
    place: str
    requester: str
    asked: datetime
    begun: datetime
    closings: list[datetime]
    reopenings: list[datetime] = field(default_factory=list)
    deleted: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    external_cents: int = 0
    kilometres: int = 0

    def changes(self) -> Iterator[datetime]:
        """When the tool has something new to say of it."""
        yield from (self.asked, *self.closings, *self.reopenings)
        if self.deleted:
            yield self.deleted

    def done(self, until: datetime) -> datetime | None:
        """When it was closed, as it stands just before ``until``."""
        past = [(moment, True) for moment in self.closings] + [(moment, False) for moment in self.reopenings]
        last, closed = max(((moment, closed) for moment, closed in past if moment < until), default=(None, False))
        return last if closed else None

    def is_deleted(self, until: datetime) -> bool:
        """Whether it has been deleted before ``until``."""
        return self.deleted is not None and self.deleted < until


def write(town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:  # noqa: ARG001 same for all
    """Write the monthly tables of ``exercices``; the orders of the year before that are still open then are in them."""
    folder = landing / "work_orders"
    folder.mkdir(parents=True, exist_ok=True)
    orders = [order for year in (exercices[0] - 1, *exercices) for order in _year(town, year)]
    months = [datetime(year, month, 1) for year in exercices for month in range(1, 13)]  # noqa: DTZ001 clock in France
    changed: dict[datetime, list[Order]] = {}
    worked: dict[datetime, list[Order]] = {}
    for order in orders:
        for month in {_month(moment) for moment in order.changes()}:
            changed.setdefault(month, []).append(order)
        for month in {_month(datetime(*line.day.timetuple()[:3])) for line in order.lines}:  # noqa: DTZ001
            worked.setdefault(month, []).append(order)
    files = 0
    for month in months:
        name, until = f"{month:%Y-%m}", _next(month)
        _table(folder / f"interventions_{name}.csv", ORDER_HEADER, (_row(one, until) for one in changed.get(month, ())))
        listed = worked.get(month, [])
        if month.month == SENT_TWICE and listed:
            _table(folder / f"heures_{name}.csv", HOUR_HEADER, _lines(listed[: (len(listed) + 1) // 2], until))
            name, files = f"{name}_complet", files + 1
        _table(folder / f"heures_{name}.csv", HOUR_HEADER, _lines(listed, until))
        files += 2
    told = [order for order in orders if any(months[0] <= moment < _next(months[-1]) for moment in order.changes())]
    truth = _truth(told, worked, months)
    return Written(truth, files, {order.requester for order in told}, asked_for=_asked_for(told, _next(months[-1])))


def _year(town: Town, year: int) -> Iterator[Order]:
    """Yield the orders asked for in ``year``, in the order in which they are asked for."""
    rng = random_source(town.seed, "work orders", year)
    sites = [
        (one.code, f"{one.code}{rank + 1:02d}")
        for one in SERVICES.values()
        if one.euros.get("main")
        for rank in range(town.scaled(FUNCTIONS[one.function].sites))
    ]
    asked = sorted(
        (
            (_working_moment(rng, year), rank)
            for rank, trade in enumerate(TRADES)
            for _ in range(town.scaled(trade.orders))
        )
    )
    strays = set(rng.sample(range(len(asked)), k=min(town.scaled(6), len(asked) // 40)))
    for rank, (moment, trade) in enumerate(asked):
        yield _order(rng, town, f"{year}{rank + 1:06d}", TRADES[trade], moment, sites, rank in strays)


def _order(
    rng: Random, town: Town, number: str, trade: Trade, asked: datetime, sites: list[tuple[str, str]], stray: bool
) -> Order:
    service, facility = rng.choice(sites) if trade.activity == BUILDINGS else (rng.choice(DESKS), "")
    days = min(round(rng.expovariate(1 / trade.days)), LONGEST_DAYS)
    begun = asked + timedelta(days=days, hours=rng.randint(0, 3), minutes=rng.choice((0, 20, 45)))
    hours = 0.5 if stray else max(0.25, rng.lognormvariate(-0.32, 0.8) * trade.hours)
    closed = begun + timedelta(minutes=max(30, round(hours * 30)))
    person = rng.choice(town.residents)
    order = Order(
        number,
        trade,
        rng.choice(trade.categories),
        rng.choice(("Dépannage", "Dépannage", "Demande", "Préventif")),
        rng.choice(("Normale", "Normale", "Haute", "Basse")),
        service,
        "" if stray else facility,
        UNKNOWN_PLACE if stray else f"BAT-{facility}" if facility else "",
        f"{person.title} {person.name}",
        asked,
        begun,
        [closed],
        kilometres=rng.randint(1, 12),
    )
    order.lines = list(_work(rng, begun.date(), round(hours * 4), trade))
    if rng.random() < 0.02:
        order.external_cents = rng.randint(80, 900) * 100
    chance = rng.random()
    if chance < 0.01:  # badly done: open again, then done for good
        order.reopenings.append(closed + timedelta(days=6))
        order.closings.append(closed + timedelta(days=11))
        order.lines.append(Line(order.closings[-1].date(), 6))
    elif chance < 0.02:  # typed twice
        order.deleted = closed + timedelta(days=20)
    return order


def _work(rng: Random, first: date, quarters: int, trade: Trade) -> Iterator[Line]:
    """Share the work between days, a team of two doing at most fourteen hours a day; supplies go with the first one."""
    day = first
    while quarters > 0:
        supply = None
        if day == first and rng.random() < 0.3:
            supply = (
                f"{trade.service}-{rng.randint(100, 180)}",
                "Fourniture",
                rng.randint(1, 6),
                rng.randint(150, 9_000),
            )
        yield Line(day, min(quarters, 56), supply)
        quarters, day = quarters - 56, day + timedelta(days=1)


def _working_moment(rng: Random, year: int) -> datetime:
    moment = datetime(year, 1, 1, 8) + timedelta(days=rng.randrange(365), minutes=5 * rng.randrange(110))  # noqa: DTZ001
    return moment - timedelta(days=max(0, moment.weekday() - 4) if moment.day > 2 else 0)


def _month(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, 1)  # noqa: DTZ001


def _next(month: datetime) -> datetime:
    return _month(month + timedelta(days=31))


def _row(order: Order, until: datetime) -> tuple[str, ...]:
    """Return the row of an order as the tool exports it when the month ends."""
    done = order.done(until)
    status = "Supprimée" if order.is_deleted(until) else "Terminée" if done else "En cours"
    if order.begun >= until:
        status = "Nouvelle"
    return (
        order.number,
        _moment(order.asked),
        _moment(order.begun) if order.begun < until else "",
        _moment(done) if done else "",
        status,
        order.kind,
        order.urgency,
        order.category,
        f"{order.category} : voir {order.requester}",
        order.requester,
        SERVICES[order.service].label,
        order.place,
        f"EQ-{order.facility}" if order.facility else "",
        order.trade.team,
        _euros(order.external_cents) if order.external_cents and done else "",
        str(order.kilometres) if done else "",
    )


def _lines(orders: Iterable[Order], until: datetime) -> Iterator[tuple[str, ...]]:
    for order in orders:
        for line in order.lines:
            if line.day < until.date():
                supply = ("", "", "", "")
                if line.supply:
                    code, label, quantity, cents = line.supply
                    supply = (code, f"{label} pour {order.requester}", str(quantity), _euros(cents))
                hours = f"{line.quarters / 4:.2f}".replace(".", ",")
                yield (order.number, f"{line.day:%d/%m/%Y}", order.trade.team, hours, TYPED_RATE, *supply)


def _moment(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"


def _euros(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


def _table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def _truth(told: list[Order], worked: dict[datetime, list[Order]], months: list[datetime]) -> dict[str, object]:
    """What the tables say when each has been read: by month and kind, and by exercice, kind, service and facility."""
    end = _next(months[-1])
    by_month: Counter[tuple[object, ...]] = Counter()
    by_place: Counter[tuple[object, ...]] = Counter()
    known = {order.number: order for order in told if not order.is_deleted(end)}
    for order in known.values():
        done = order.done(end)
        for event, moment in (("opened", order.asked), ("closed", done)):
            if moment:
                by_month[f"{moment:%Y-%m}", KINDS[order.kind], event] += 1
                by_place[moment.year, KINDS[order.kind], order.service, order.facility, event] += 1
    with_hours = {order.number: order for month in months for order in worked.get(month, ())}
    for order in with_hours.values():
        for line in order.lines:
            if line.day < end.date() and not order.is_deleted(end):
                by_month[f"{line.day:%Y-%m}", KINDS[order.kind], "quarter_hours"] += line.quarters
                by_place[line.day.year, KINDS[order.kind], order.service, order.facility, "quarter_hours"] += (
                    line.quarters
                )
    return {
        "months": [
            {"month": month, "type": kind, "measure": measure, "quantity": quantity}
            for (month, kind, measure), quantity in sorted(by_month.items())
        ],
        "places": [
            {
                **{"year": year, "type": kind, "service_id": service, "facility_id": facility},
                **{"measure": measure, "quantity": quantity},
            }
            for (year, kind, service, facility, measure), quantity in sorted(by_place.items())
        ],
        "backlog": sum(1 for order in known.values() if order.done(end) is None),
        "deleted": sum(1 for order in told if order.is_deleted(end)),
        "unknown_places": sum(1 for order in known.values() if order.place == UNKNOWN_PLACE),
    }


def _asked_for(told: list[Order], end: datetime) -> Counter[tuple[int, str]]:
    """Quarters of an hour by year and asking service: nobody says who asked for what no table lists."""
    found: Counter[tuple[int, str]] = Counter()
    for order in told:
        for line in order.lines:
            if line.day < end.date() and not order.is_deleted(end):
                found[line.day.year, order.service] += line.quarters
    return found


KINDS = {"Dépannage": "incident", "Demande": "request", "Préventif": "preventive"}

SERVICE_COLUMNS = ("source_code", "service_id", "valid_from", "valid_to")
FACILITY_COLUMNS = ("source_code", "facility_id", "valid_from", "valid_to")
ACTIVITY_COLUMNS = ("source_code", "activity_id", "valid_from", "valid_to")


def service_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_work_orders__service: services by their label, teams by their name."""
    named = [(one.label, one.code) for one in SERVICES.values()] + [(one.team, one.service) for one in TRADES]
    return [(label, code, VALID_FROM, "") for label, code in named]


def facility_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_work_orders__facility: every site of a town of 40,000 inhabitants."""
    return [
        (f"BAT-{one.code}{rank + 1:02d}", f"{one.code}{rank + 1:02d}", VALID_FROM, "")
        for one in SERVICES.values()
        if one.euros
        for rank in range(FUNCTIONS[one.function].sites)
    ]


def activity_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_work_orders__activity."""
    return [(category, trade.activity, VALID_FROM, "") for trade in TRADES for category in trade.categories]
