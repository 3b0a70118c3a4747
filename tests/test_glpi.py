"""The fetch of GLPI's database against a real MariaDB: what is exported, what never is, and what happens when it fails.

The tables have the columns of GLPI's own schema (install/mysql/glpi-10.0.16-empty.sql) that are read, and those that
must not be: titles, texts, users.
"""

import csv
import json
import logging
import os
import shutil
import socket
import subprocess
import time
from urllib.parse import quote

import dagster as dg
import pymysql
import pytest

from orchestration import pipeline
from orchestration.components.departmental_system import _fetch_schedule
from orchestration.defs.work_orders import extract
from orchestration.defs.work_orders.fetch import COLUMNS, fetch
from orchestration.lib import landing as drop_folder
from orchestration.lib.errors import NotFetched
from orchestration.lib.home import SYSTEMS, Home
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.system import all_systems

SERVER = shutil.which("mariadbd")
INSTALLER = shutil.which("mariadb-install-db")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SERVER is None or INSTALLER is None, reason="MariaDB is absent: install mariadb-server"),
]

CANARY = "CHIMEREAU"
PASSWORD = "p@ss/wörd?#%"
SCHEMA = """
create table glpi_tickets (
    id int unsigned not null auto_increment primary key, entities_id int unsigned not null default 0,
    name varchar(255), date timestamp null, closedate timestamp null, solvedate timestamp null,
    takeintoaccountdate timestamp null, date_mod timestamp null, users_id_lastupdater int unsigned not null default 0,
    status int not null default 1, users_id_recipient int unsigned not null default 0, content longtext,
    urgency int not null default 1, itilcategories_id int unsigned not null default 0, type int not null default 1,
    actiontime int not null default 0, is_deleted tinyint not null default 0,
    locations_id int unsigned not null default 0, key date_mod (date_mod));
create table glpi_tickettasks (
    id int unsigned not null auto_increment primary key, tickets_id int unsigned not null default 0,
    date timestamp null, users_id int unsigned not null default 0, content longtext,
    actiontime int not null default 0, begin timestamp null, end timestamp null, state int not null default 1,
    users_id_tech int unsigned not null default 0, groups_id_tech int unsigned not null default 0,
    date_mod timestamp null, key tickets_id (tickets_id), key date_mod (date_mod));
create table glpi_ticketcosts (
    id int unsigned not null auto_increment primary key, tickets_id int unsigned not null default 0,
    name varchar(255), comment text, begin_date date, end_date date, actiontime int not null default 0,
    cost_time decimal(20,4) not null default 0, cost_fixed decimal(20,4) not null default 0,
    cost_material decimal(20,4) not null default 0, budgets_id int unsigned not null default 0,
    key tickets_id (tickets_id));
create table glpi_groups_tickets (
    id int unsigned not null auto_increment primary key, tickets_id int unsigned not null default 0,
    groups_id int unsigned not null default 0, type int not null default 1, key tickets_id (tickets_id));
create table glpi_groups (
    id int unsigned not null auto_increment primary key, name varchar(255), comment text, completename text);
create table glpi_locations (
    id int unsigned not null auto_increment primary key, name varchar(255), comment text, completename text,
    locations_id int unsigned not null default 0, level int not null default 0);
create table glpi_itilcategories (
    id int unsigned not null auto_increment primary key, name varchar(255), comment text, completename text);
create table glpi_users (id int unsigned not null auto_increment primary key, name varchar(255),
    realname varchar(255), firstname varchar(255));
create table glpi_tickets_users (id int unsigned not null auto_increment primary key,
    tickets_id int unsigned not null default 0, users_id int unsigned not null default 0, type int not null default 1)
"""
CONTENT = f"""
insert into glpi_users (id, name, realname, firstname) values (7, 'chimereau', '{CANARY}', 'Ondeline');
insert into glpi_groups (id, name, completename, comment) values
    (1, 'Crèches', 'Action sociale > Crèches', '{CANARY}'), (2, 'Bâtiment', 'Bâtiment', '{CANARY}'),
    (3, 'Plomberie', 'Bâtiment > Plomberie', '{CANARY}');
insert into glpi_locations (id, name, completename, comment) values
    (1, 'RDC', 'École Ferry > Bâtiment A > Bureau de Mme {CANARY}', '{CANARY}');
insert into glpi_itilcategories (id, name, completename, comment) values
    (1, 'Fuite', 'Plomberie > Fuite', '{CANARY}');
insert into glpi_tickets (id, name, content, users_id_recipient, date, takeintoaccountdate, solvedate, closedate,
    date_mod, status, type, urgency, itilcategories_id, locations_id) values
    (1, 'Fuite chez {CANARY}', 'Bonjour, {CANARY}', 7, '2025-07-01 08:30:00', '2025-07-01 09:00:00',
        '2025-07-02 10:00:00', '2025-07-09 10:00:00', '2025-07-09 10:00:00', 6, 1, 4, 1, 1),
    (2, 'Étagère {CANARY}', '{CANARY}', 7, '2025-12-01 08:30:00', null, null, null, '2025-12-01 08:30:00',
        1, 2, 3, 0, 0),
    (3, '{CANARY}', '{CANARY}', 7, '2025-12-02 08:00:00', null, '2025-12-02 11:00:00', null, '2025-12-02 12:00:00',
        5, 1, 3, 1, 1);
insert into glpi_tickets_users (tickets_id, users_id) values (1, 7), (2, 7), (3, 7);
insert into glpi_groups_tickets (tickets_id, groups_id, type) values (1, 2, 2), (1, 1, 1), (1, 3, 2), (3, 1, 1);
insert into glpi_tickettasks (tickets_id, date, begin, actiontime, users_id_tech, groups_id_tech, content, date_mod)
    values (1, '2025-07-02 09:00:00', '2025-07-01 22:30:00', 5400, 7, 3, '{CANARY}', '2025-07-02 10:00:00'),
        (1, '2025-07-02 09:00:00', null, 1800, 7, 0, '{CANARY}', '2025-07-02 10:00:00'),
        (1, '2025-07-02 09:00:00', null, 0, 7, 0, 'Pièce commandée par {CANARY}', '2025-07-02 10:00:00');
insert into glpi_ticketcosts (tickets_id, name, comment, begin_date, actiontime, cost_time, cost_fixed, cost_material)
    values (1, 'Main-d''œuvre {CANARY}', '{CANARY}', '2025-07-02', 7200, 31.5, 0, 0),
        (1, 'Joint', '{CANARY}', '2025-07-02', 0, 0, 10, 2.5),
        (3, 'Forfait', '{CANARY}', null, 3600, 30, 0, 0)
"""


class Server:
    """A MariaDB of its own: data in a folder, a socket, a free port."""

    def __init__(self, folder):
        self.socket = str(folder / "s")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        plain = ["--no-defaults", f"--datadir={folder / 'data'}"]
        root = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(
            [INSTALLER, *plain, *root, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        self.process = subprocess.Popen(
            [
                *(SERVER, *plain, *root, f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1"),
                *("--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"),
                *("--default-time-zone=+05:00", f"--log-error={folder / 'log'}"),
            ]
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.run("select 1")
                return
            except pymysql.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def run(self, *statements):
        """Run statements as root, who types moments in UTC."""
        with (
            pymysql.connect(unix_socket=self.socket, user="root", autocommit=True, charset="utf8mb4") as connection,
            connection.cursor() as cursor,
        ):
            for statement in ("set time_zone = '+00:00'", *statements):
                cursor.execute(statement)
            return cursor.fetchall()

    def glpi(self, *statements):
        return self.run("use glpi", *statements)

    def url(self, password=PASSWORD, host="127.0.0.1", options=""):
        return f"mysql://beffroi:{quote(password, safe='')}@{host}:{self.port}/glpi{options}"

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def granted():
    """Return the statements that README.md has an administrator run, with the password of the tests."""
    text = (SYSTEMS / "work_orders" / "README.md").read_text(encoding="utf-8")
    block = text.partition("```sql\n")[2].partition("```")[0]
    return [part.strip() for part in block.replace("…", PASSWORD).split(";") if part.strip()]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("db"))
    yield started
    started.stop()


@pytest.fixture
def glpi(server):
    """The server with a GLPI of three tickets and the account of README.md."""
    server.run("drop database if exists glpi", "create database glpi character set utf8mb4")
    server.glpi(*SCHEMA.split(";"), *(part for part in CONTENT.split(";") if part.strip()))
    server.run("drop user if exists 'beffroi'@'%'")
    server.run(*granted())
    return server


@pytest.fixture
def folders(tmp_path):
    found = tmp_path / "landing", tmp_path / "state"
    for folder in found:
        folder.mkdir()
    return found


def table(file):
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text, delimiter=";"))


def ids(files):
    return [row["id"] for row in table(files[0])]


def test_the_account_of_the_readme_reads_the_columns_of_the_fetch_and_no_other():
    create, *grants = granted()
    assert create.startswith("CREATE USER")
    assert grants == [
        f"GRANT SELECT ({', '.join(columns)}) ON glpi.{name} TO 'beffroi'@'%'" for name, columns in COLUMNS.items()
    ]


def test_tickets_and_hours_are_exported_as_the_reader_reads_them(glpi, folders):
    orders, hours = fetch(*folders, glpi.url())
    # Dates are those of the clock in France: + 2 h in summer, + 1 h in winter, whatever the zone of the server.
    empty = dict.fromkeys(("date_debut", "date_fin", "categorie", "demandeur_service", "site_code", "equipe"), "")
    assert table(orders) == [
        {
            **{"id": "1", "date_demande": "2025-07-01T10:30:00", "date_debut": "2025-07-01T11:00:00"},
            **{"date_fin": "2025-07-02T12:00:00", "statut": "6", "nature": "1", "urgence": "4"},
            **{"categorie": "Plomberie > Fuite", "demandeur_service": "Action sociale > Crèches"},
            **{"site_code": "École Ferry > Bâtiment A", "equipe": "Bâtiment"},
        },
        {
            **{"id": "2", "date_demande": "2025-12-01T09:30:00", "statut": "1", "nature": "2", "urgence": "3"},
            **empty,
        },
        {
            **{"id": "3", "date_demande": "2025-12-02T09:00:00", "date_debut": "", "date_fin": "2025-12-02T12:00:00"},
            **{"statut": "5", "nature": "1", "urgence": "3", "categorie": "Plomberie > Fuite", "equipe": ""},
            **{"demandeur_service": "Action sociale > Crèches", "site_code": "École Ferry > Bâtiment A"},
        },
    ]
    told = ("intervention_id", "date", "equipe", "heures", "cout_heure", "fournitures_qte", "fournitures_pu")
    assert [tuple(row[column] for column in told) for row in table(hours)] == [
        # Tasks and costs of the first ticket tell the same two hours: they count once, at the price of the costs.
        ("1", "2025-07-02", "Bâtiment > Plomberie", "1.5000", "31.5000", "", ""),
        ("1", "2025-07-02", "", "0.5000", "31.5000", "", ""),
        ("1", "2025-07-02", "", "", "", "1", "12.5000"),
        # Without a task, the time of the cost is the time.
        ("3", "2025-12-02", "", "1.0000", "30.0000", "", ""),
        ("2", "2025-12-01", "", "0", "", "", ""),
    ]
    frames = [frame for file in (orders, hours) for frame in extract.extract(file, Pseudonyms(b"k" * 32, "x"))]
    assert [(name, len(frame)) for name, frame in frames] == [("intervention", 3), ("heure", 5)]
    assert all(extract.recognise(file.read_bytes()[:8192]) for file in (orders, hours))


def test_no_name_title_or_text_leaves_the_database(glpi, folders):
    fetch(*folders, glpi.url())
    said = b"".join(file.read_bytes() for folder in folders for file in folder.iterdir())
    assert said
    assert CANARY.encode() not in said
    assert b"Ondeline" not in said


def test_a_second_fetch_brings_what_has_changed_and_nothing_else(glpi, folders):
    fetch(*folders, glpi.url())
    assert fetch(*folders, glpi.url()) == []
    glpi.glpi("update glpi_tickets set status = 2, date_mod = '2025-12-03 08:00:00' where id = 2")
    assert ids(fetch(*folders, glpi.url())) == ["2"]
    # A task typed on a ticket of long ago, a change that shows late, a cost typed after the ticket was closed.
    glpi.glpi(
        "insert into glpi_tickettasks (tickets_id, date, actiontime, date_mod)"
        " values (3, '2025-12-03 08:00:00', 7200, '2025-12-03 08:10:00')"
    )
    files = fetch(*folders, glpi.url())
    assert ids(files) == ["3"]
    assert [row["heures"] for row in table(files[1])] == ["2.0000"]
    glpi.glpi("update glpi_tickets set urgency = 5, date_mod = '2025-12-03 07:55:00' where id = 1")
    assert ids(fetch(*folders, glpi.url())) == ["1"]
    glpi.glpi("insert into glpi_ticketcosts (tickets_id, cost_material) values (2, 40)")
    files = fetch(*folders, glpi.url())
    assert ids(files) == ["2"]
    assert [row["fournitures_pu"] for row in table(files[1])] == ["40.0000"]
    assert fetch(*folders, glpi.url()) == []


def test_two_changes_within_a_second_are_both_seen(glpi, folders):
    glpi.glpi("update glpi_tickets set urgency = 1, date_mod = now() where id = 2")
    fetch(*folders, glpi.url())
    glpi.glpi("update glpi_tickets set urgency = 5 where id = 2")  # within the second of the change before
    (row,) = table(fetch(*folders, glpi.url())[0])
    assert (row["id"], row["urgence"]) == ("2", "5")


def test_a_deleted_ticket_says_so_and_time_taken_away_is_said_too(glpi, folders):
    fetch(*folders, glpi.url())
    glpi.glpi(
        "update glpi_tickets set is_deleted = 1, date_mod = '2025-12-04 08:00:00' where id = 2",
        "delete from glpi_ticketcosts where tickets_id = 3",
        "update glpi_tickets set date_mod = '2025-12-04 08:00:00' where id = 3",
    )
    orders, hours = fetch(*folders, glpi.url())
    assert {row["id"]: row["statut"] for row in table(orders)} == {"2": "supprimee", "3": "5"}
    assert {row["intervention_id"]: row["heures"] for row in table(hours)} == {"2": "0", "3": "0"}


def test_dates_that_glpi_never_converted_to_moments_stay_as_they_are(glpi, folders):
    glpi.glpi("alter table glpi_tickets modify date datetime, modify solvedate datetime, modify date_mod datetime")
    assert table(fetch(*folders, glpi.url())[0])[0]["date_demande"] == "2025-07-01T08:30:00"


def test_all_of_a_fetch_is_of_one_moment(glpi, folders, monkeypatch):
    """A ticket closed while the fetch runs is closed in the next one, orders and hours together."""
    from orchestration.defs.work_orders import fetch as module

    write = module._write

    def changed_meanwhile(path, columns, rows):
        count = write(path, columns, rows)
        if "interventions" in path.name:
            glpi.glpi(
                "update glpi_tickettasks set actiontime = 36000 where tickets_id = 1",
                "update glpi_tickets set date_mod = '2025-12-05 08:00:00' where id = 1",
            )
        return count

    monkeypatch.setattr(module, "_write", changed_meanwhile)
    hours = table(fetch(*folders, glpi.url())[1])
    assert [row["heures"] for row in hours if row["intervention_id"] == "1"] == ["1.5000", "0.5000", ""]
    monkeypatch.setattr(module, "_write", write)
    orders, hours = fetch(*folders, glpi.url())
    assert ids([orders]) == ["1"]
    assert table(hours)[0]["heures"] == "10.0000"


def test_the_account_cannot_read_titles_nor_write(glpi):
    account = {"user": "beffroi", "password": PASSWORD.encode(), "database": "glpi"}
    with pymysql.connect(unix_socket=glpi.socket, **account) as connection, connection.cursor() as cursor:
        for query in ("select name from glpi_tickets", "select * from glpi_users", "delete from glpi_tickets"):
            with pytest.raises(pymysql.OperationalError, match="denied"):
                cursor.execute(query)


def test_an_account_that_may_write_is_told_and_still_cannot(glpi, folders, caplog, monkeypatch):
    from orchestration.defs.work_orders import fetch as module

    fetch(*folders, glpi.url())
    assert caplog.text == ""
    glpi.run("grant select, insert, delete on glpi.* to 'beffroi'@'%'")
    monkeypatch.setattr(module, "ORDERS", "delete from glpi_tickets")
    with caplog.at_level(logging.WARNING), pytest.raises(NotFetched, match="READ ONLY"):
        fetch(*folders, glpi.url())
    assert "DELETE, INSERT" in caplog.text
    assert PASSWORD not in caplog.text
    assert "PASSWORD" not in caplog.text


@pytest.mark.parametrize("stopped_at", ["rename", "keep"])
def test_a_fetch_that_is_killed_leaves_no_half_file_and_the_next_one_sends_all_again(
    glpi, folders, monkeypatch, stopped_at
):
    from orchestration.defs.work_orders import fetch as module

    class Killed(BaseException):
        pass

    def kill(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        if stopped_at == "rename":  # as by a signal: what tidies up does not run either
            patch.setattr(module.Path, "rename", kill)
            patch.setattr(module.Path, "unlink", lambda *_, **__: None)
        else:
            patch.setattr(module.Mark, "keep", kill)
        with pytest.raises(Killed):
            fetch(*folders, glpi.url())
    left = list(folders[0].iterdir())
    assert len(left) == 2
    assert all(len(table(file)) >= 3 for file in left)
    monkeypatch.setattr(drop_folder, "SETTLE_SECONDS", 0)
    assert len(list(drop_folder._settled(folders[0]))) == (0 if stopped_at == "rename" else 2)
    assert ids(fetch(*folders, glpi.url())) == ["1", "2", "3"]
    assert not [file for file in folders[0].iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://beffroi:{password}@127.0.0.1:{port}/glpi", "1045: Access denied"),
        ("mysql://beffroi:{password}@127.0.0.1:1/glpi", "2003: Can't connect"),
        ("mysql://beffroi:{password}@127.0.0.1:{port}/nowhere", "1045: Access denied"),
        ("mysql://beffroi:{password}@127.0.0.1:{port}/glpi?ssl_ca=/nowhere.pem", "No such file"),
        ("mysql://beffroi:{password}@127.0.0.1:{port}/glpi?sslca=x", "unknown options"),
        ("postgresql://beffroi:{password}@127.0.0.1:{port}/glpi", "not of the form"),
        ("mysql://beffroi:{password}/glpi", "not of the form"),
        ("mysql://beffroi:x@127.0.0.1:{password}/glpi", "not of the form"),
        ("mysql://beffroi:{password}@127.0.0.1:{port}", "not of the form"),
    ],
)
def test_a_failure_says_why_and_never_the_password(glpi, folders, url, said, caplog):
    with pytest.raises(NotFetched) as failure:
        fetch(*folders, url.format(password="S3cret-Canary", port=glpi.port))
    assert said in str(failure.value)
    assert "S3cret-Canary" not in f"{failure.value}{caplog.text}"
    # Nor a traceback of what was tried.
    assert failure.value.__context__ is None or failure.value.__suppress_context__
    assert list(folders[0].iterdir()) == list(folders[1].iterdir()) == []


def test_the_command_reads_the_database_before_it_looks_at_the_drop_folder(glpi, home, monkeypatch):
    said = []
    monkeypatch.setenv("BEFFROI_GLPI_URL", glpi.url())
    assert pipeline._fetch(home, said.append) == []
    assert said == ["read the database of work_orders: 2 new exports"]
    assert len(list((home.landing / "work_orders").glob("glpi_*.csv"))) == 2
    assert oct((home.fetched / "work_orders" / "mark.json").stat().st_mode)[-3:] == "600"
    monkeypatch.setenv("BEFFROI_GLPI_URL", glpi.url(password="S3cret-Canary"))
    assert pipeline._fetch(home, said.append) == ["work_orders"]
    assert "failed" in said[-1]
    assert "S3cret-Canary" not in said[-1]


def test_the_hourly_fetch_is_a_run_that_is_red_when_the_database_is_away(glpi, home, monkeypatch):
    system = all_systems()["work_orders"]
    monkeypatch.setenv("BEFFROI_GLPI_URL", glpi.url())
    schedule = _fetch_schedule(system)
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.job.execute_in_process().success
    assert json.loads((home.fetched / "work_orders" / "mark.json").read_text())["cost"] == 3
    monkeypatch.setenv("BEFFROI_GLPI_URL", glpi.url(password="wrong"))
    result = schedule.job.execute_in_process(raise_on_error=False)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "Access denied" in str(failure.step_failure_data.error)


def test_a_town_without_a_connection_has_no_fetch(monkeypatch):
    monkeypatch.delenv("BEFFROI_GLPI_URL", raising=False)
    assert not [system.name for system in all_systems().values() if system.is_connected]
    assert pipeline._fetch(Home.from_environment(), pytest.fail) == []
