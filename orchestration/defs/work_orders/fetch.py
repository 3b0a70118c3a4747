"""What has changed in GLPI since the last time, read from its MariaDB and written as two exports in the drop folder.

The account is read-only and needs the columns of COLUMNS alone: neither titles, nor texts, nor users. All queries of a
fetch see the database at one moment; rows are streamed, so that memory does not grow with the database. Tables and
columns: GLPI's `install/mysql/glpi-empty.sql` (10.0; the columns read are the same since 9.5).
"""

import csv
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from orchestration.lib.errors import NotFetched

LOG = logging.getLogger("beffroi.work_orders")
# All that is read. The statement GRANT of README.md follows from it.
COLUMNS = {
    "glpi_tickets": (
        *("id", "date", "takeintoaccountdate", "solvedate", "closedate", "date_mod", "status", "type", "urgency"),
        *("itilcategories_id", "locations_id", "is_deleted"),
    ),
    "glpi_tickettasks": ("id", "tickets_id", "date", "begin", "actiontime", "groups_id_tech", "date_mod"),
    "glpi_ticketcosts": (
        *("id", "tickets_id", "begin_date", "actiontime", "cost_time", "cost_fixed", "cost_material"),
    ),
    "glpi_groups_tickets": ("id", "tickets_id", "groups_id", "type"),
    "glpi_groups": ("id", "completename"),
    "glpi_locations": ("id", "completename"),
    "glpi_itilcategories": ("id", "completename"),
}
ORDER_COLUMNS = (
    *("id", "date_demande", "date_debut", "date_fin", "statut", "nature", "urgence", "categorie"),
    *("demandeur_service", "site_code", "equipe"),
)
HOUR_COLUMNS = (*("intervention_id", "date", "equipe", "heures", "cout_heure", "fournitures_qte", "fournitures_pu"),)
# A transaction may be seen after another that changed its ticket later: what is this close to the newest is read again.
OVERLAP = timedelta(minutes=10)
# Two changes within a second bear the same date: a ticket changed this recently is sent again.
UNSETTLED = timedelta(seconds=2)
PARIS = ZoneInfo("Europe/Paris")
CONNECT_SECONDS, READ_SECONDS = 10, 300
REQUESTER, ASSIGNED = 1, 2
SESSION = (
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION time_zone = '+00:00'",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
READING = frozenset({"USAGE", "SELECT", "SHOW VIEW"})
ADDRESS = "mysql://user:password@host:3306/database"
TLS_OPTIONS = ("ssl_ca", "ssl_cert", "ssl_key")

CHANGED = """(
    SELECT id FROM glpi_tickets WHERE date_mod >= %(since)s OR %(since)s IS NULL
    UNION SELECT tickets_id FROM glpi_tickettasks WHERE date_mod >= %(since)s
    UNION SELECT tickets_id FROM glpi_ticketcosts WHERE id > %(cost)s
) AS changed JOIN glpi_tickets AS ticket ON ticket.id = changed.id"""


def _group(kind: int) -> str:
    return f"""(SELECT named.completename
        FROM glpi_groups_tickets AS part JOIN glpi_groups AS named ON named.id = part.groups_id
        WHERE part.tickets_id = ticket.id AND part.type = {kind} ORDER BY part.id LIMIT 1)"""


ORDERS = f"""
SELECT ticket.id, ticket.date_mod,
    (SELECT MAX(date_mod) FROM glpi_tickettasks WHERE tickets_id = ticket.id) AS task_mod,
    (SELECT MAX(id) FROM glpi_ticketcosts WHERE tickets_id = ticket.id) AS last_cost,
    ticket.date, ticket.takeintoaccountdate, COALESCE(ticket.solvedate, ticket.closedate) AS done,
    IF(ticket.is_deleted, 'supprimee', ticket.status) AS status, ticket.type, ticket.urgency,
    (SELECT completename FROM glpi_itilcategories WHERE id = ticket.itilcategories_id) AS category,
    {_group(REQUESTER)} AS requester,
    (SELECT SUBSTRING_INDEX(completename, ' > ', 2) FROM glpi_locations WHERE id = ticket.locations_id) AS place,
    {_group(ASSIGNED)} AS team
FROM {CHANGED}"""
HAS_TASK_TIME = (
    "EXISTS (SELECT 1 FROM glpi_tickettasks AS task WHERE task.tickets_id = ticket.id AND task.actiontime > 0)"
)
# The time of the costs is that of the tasks, typed again with its price: one of them counts, the tasks first.
TASK_HOURS = f"""
SELECT ticket.id, NULL AS day, COALESCE(task.begin, task.date, ticket.date) AS moment,
    (SELECT completename FROM glpi_groups WHERE id = task.groups_id_tech) AS team, task.actiontime / 3600 AS hours,
    (SELECT ROUND(SUM(actiontime * cost_time) / NULLIF(SUM(actiontime), 0), 4)
        FROM glpi_ticketcosts WHERE tickets_id = ticket.id) AS price,
    NULL AS quantity, NULL AS unit_price
FROM {CHANGED} JOIN glpi_tickettasks AS task ON task.tickets_id = ticket.id
WHERE task.actiontime > 0"""
COST_LINES = f"""
SELECT ticket.id, cost.begin_date AS day, ticket.date AS moment, NULL AS team,
    IF({HAS_TASK_TIME}, NULL, cost.actiontime / 3600) AS hours, IF({HAS_TASK_TIME}, NULL, cost.cost_time) AS price,
    IF(cost.cost_fixed + cost.cost_material <> 0, 1, NULL) AS quantity,
    NULLIF(cost.cost_fixed + cost.cost_material, 0) AS unit_price
FROM {CHANGED} JOIN glpi_ticketcosts AS cost ON cost.tickets_id = ticket.id
WHERE cost.cost_fixed + cost.cost_material <> 0 OR (cost.actiontime <> 0 AND NOT {HAS_TASK_TIME})"""
# A ticket whose time was taken away says so: without a line, the hours sent before would stand.
NO_LINE = f"""
SELECT ticket.id, NULL AS day, ticket.date AS moment, NULL AS team, 0 AS hours, NULL AS price, NULL AS quantity,
    NULL AS unit_price
FROM {CHANGED}
WHERE NOT {HAS_TASK_TIME} AND NOT EXISTS (
    SELECT 1 FROM glpi_ticketcosts AS cost WHERE cost.tickets_id = ticket.id
        AND (cost.actiontime <> 0 OR cost.cost_fixed + cost.cost_material <> 0)
)"""


@dataclass
class Mark:
    """How far the database has been read: when, newest change and last cost seen, what was sent of the newest."""

    moment: str = "0"
    newest: str | None = None
    cost: int = 0
    sent: dict[str, str] = field(default_factory=dict)  # ticket changed within OVERLAP of the newest -> its version

    @classmethod
    def read(cls, path: Path) -> "Mark":
        """Return the mark kept at ``path``, that of a database never read without one."""
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    @property
    def since(self) -> datetime | None:
        """Date of the oldest change to read again."""
        return datetime.fromisoformat(self.newest) - OVERLAP if self.newest else None

    def keep(self, path: Path) -> None:
        """Put the mark in the place of the former one, all at once."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(path)


def fetch(landing: Path, state: Path, url: str) -> list[Path]:
    """Write the tickets that changed since the last fetch to ``landing``; return the files, two or none.

    The files appear whole, under names that no earlier fetch has given; only then does ``state`` move on. Killed in
    between, the next fetch sends the same tickets again, and the last version of a ticket is the one that counts.
    Raises NotFetched when the address is wrong, the database is away or refuses the account, or a query fails.
    """
    for stale in landing.glob(".glpi_*.part"):
        stale.unlink()
    try:
        with closing(_connect(url)) as connection:
            return _export(connection, landing, state / "mark.json")
    except pymysql.MySQLError as error:
        raise NotFetched(": ".join(str(part) for part in error.args)) from None


def _connect(url: str) -> pymysql.Connection:
    """Open the address ``url`` for reading. Raises NotFetched, without quoting it, when it is no such address."""
    try:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        port, database = parts.port or 3306, unquote(parts.path).strip("/")
    except ValueError:
        parts, options, port, database = urlsplit(""), {}, 0, ""
    if parts.scheme not in ("mysql", "mariadb") or not parts.username or not database:
        raise NotFetched(f"the address of GLPI's database is not of the form {ADDRESS}")
    if unknown := options.keys() - {*TLS_OPTIONS, "unix_socket"}:
        raise NotFetched(f"unknown options in the address of GLPI's database: {', '.join(sorted(unknown))}")
    tls = {name: options[name] for name in TLS_OPTIONS if name in options}
    if not tls and parts.hostname not in (None, "localhost", "127.0.0.1", "::1"):
        LOG.warning("The connection to GLPI is not encrypted: add ?ssl_ca=… to its address")
    try:
        connection = pymysql.connect(
            host=parts.hostname,
            port=port,
            user=unquote(parts.username),
            password=unquote(parts.password or "").encode(),  # as UTF-8: the driver takes a text for Latin-1
            database=database,
            unix_socket=options.get("unix_socket"),
            charset="utf8mb4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            cursorclass=SSCursor,
            ssl_verify_cert=True if tls else None,
            ssl_verify_identity=True if tls else None,
            **tls,
        )
    except OSError as error:  # a certificate that cannot be read
        raise NotFetched(f"{type(error).__name__}: {error.strerror or error}") from None
    for statement in SESSION:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    _warn_of_rights(connection)
    return connection


def _warn_of_rights(connection: pymysql.Connection) -> None:
    """Say in the log what the account may do beyond reading: whoever has its password could do it."""
    rights = set()
    for (grant,) in _rows(connection, "SHOW GRANTS FOR CURRENT_USER"):
        listed = grant.removeprefix("GRANT ").partition(" ON ")[0]
        outside = "".join(part.partition(")")[2] if rank else part for rank, part in enumerate(listed.split("(")))
        rights |= {name.strip() for name in outside.split(",")} - READING
    if rights:
        LOG.warning("The account for GLPI may do more than read: %s", ", ".join(sorted(rights)))


def _export(connection: pymysql.Connection, landing: Path, state: Path) -> list[Path]:
    former = Mark.read(state)
    in_utc = _has_time_zone(connection)
    ((now, newest, cost),) = _rows(
        connection,
        "SELECT NOW(3), (SELECT MAX(date_mod) FROM glpi_tickets), (SELECT COALESCE(MAX(id), 0) FROM glpi_ticketcosts)",
    )
    moment = now.strftime("%Y%m%dT%H%M%S%f")[:-3]
    clock = now if in_utc else _in_paris(now).replace(tzinfo=None)
    mark = Mark(moment, newest.isoformat() if newest else former.newest, int(cost))
    wanted = {"since": former.since, "cost": former.cost}
    unchanged: set[int] = set()

    def orders() -> Iterator[Iterable[object]]:
        for ticket, changed, task, last_cost, *values in _rows(connection, ORDERS, wanted):
            version = f"{changed} {task} {last_cost}"
            latest = max(filter(None, (changed, task)), default=None)
            if latest and mark.since and mark.since <= latest < clock - UNSETTLED:
                mark.sent[str(ticket)] = version
            if former.sent.get(str(ticket)) == version:
                unchanged.add(ticket)
                continue
            yield ticket, *(_moment(value, in_utc) for value in values[:3]), *values[3:]

    def hours() -> Iterator[Iterable[object]]:
        for query in (TASK_HOURS, COST_LINES, NO_LINE):
            for ticket, day, begun, *values in _rows(connection, query, wanted):
                if ticket not in unchanged:
                    yield ticket, day or (_moment(begun, in_utc) or "")[:10], *values

    parts, count = [], 0
    try:
        for kind, columns, rows in (("interventions", ORDER_COLUMNS, orders), ("heures", HOUR_COLUMNS, hours)):
            parts.append(landing / f".glpi_{kind}_{former.moment.rjust(len(moment), '0')}_{moment}.csv.part")
            count = _write(parts[-1], columns, rows())
            if not count:
                return []
        files = [part.rename(landing / part.name.removeprefix(".").removesuffix(".part")) for part in parts]
        mark.keep(state)
        return files
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _rows(connection: pymysql.Connection, query: str, values: dict[str, object] | None = None) -> Iterator[tuple]:
    """Yield the rows of ``query`` as they come from the server."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        while row := cursor.fetchone():
            yield row


def _has_time_zone(connection: pymysql.Connection) -> bool:
    """Say whether GLPI's dates are moments; installations that never converted them keep the clock time as it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT date FROM glpi_tickets LIMIT 1")
        return cursor.description[0][1] == FIELD_TYPE.TIMESTAMP


def _in_paris(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(PARIS)


def _moment(value: object, in_utc: bool) -> str | None:
    """Return a date of GLPI as the clock in France showed it; None for none, or for a date of zeros."""
    if not isinstance(value, datetime):
        return None
    return (_in_paris(value) if in_utc else value).strftime("%Y-%m-%dT%H:%M:%S")


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Iterable[object]]) -> int:
    """Write the rows under their header, to the disk; return how many."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count
