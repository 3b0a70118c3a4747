"""Work orders: one test for each trap of the tables that a tool exports, and the demo town against its truth."""

import csv
from collections import Counter
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from raw_warehouse import build, load_raw

from demo_city import work_orders
from demo_city.town import Town
from demo_city.workforce import JOBS, SERVICES
from orchestration.defs.work_orders.extract import extract
from orchestration.lib.errors import RefusedExport
from orchestration.lib.home import PROJECT
from orchestration.lib.pseudonyms import Pseudonyms

ORDERS = "id;date_demande;date_debut;date_fin;statut;nature;categorie;demandeur_service;site_code;equipe"
HOURS = "intervention_id;date;equipe;heures;cout_heure;fournitures_qte;fournitures_pu"
CANARY = "CHIMEREAU"


@pytest.fixture
def drop(tmp_path):
    """Write a table, header first, and return its path."""

    def write(name, *lines, encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join(lines), encoding=encoding)
        return path

    return write


def read(path):
    rows = []
    for _, frame in extract(path, Pseudonyms(b"k" * 32, "work_orders")):
        rows += frame.to_dict("records")
    return rows


def built(folder, *exports):
    """Return a connection to the models built from ``exports``."""
    folder.mkdir()
    database = folder / "warehouse.duckdb"
    load_raw(database, [("work_orders", export) for export in exports])
    build(database, "+fct_work_order", "+mart_work_order", "+int_work_orders__activity")
    return duckdb.connect(str(database), read_only=True)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("01/03/2025", "2025-03-01T00:00:00"),
        ("01/03/2025 8:05", "2025-03-01T08:05:00"),
        ("2025-03-01 08:05:09", "2025-03-01T08:05:09"),
        ("01/03/25", "2025-03-01T00:00:00"),
        ("45717", "2025-03-01T00:00:00"),
    ],
)
def test_dates_as_offices_write_them(drop, written, kept):
    (row,) = read(drop("a.csv", "id;date_demande;statut", f"1;{written};Terminée"))
    assert row["date_demande"] == kept


def test_the_whole_column_says_which_comes_first_the_day_or_the_month(drop):
    rows = read(drop("a.csv", "id;date_demande;statut", "1;03/01/2025;x", "2;03/25/2025;x"))
    assert [row["date_demande"][:10] for row in rows] == ["2025-03-01", "2025-03-25"]
    with pytest.raises(RefusedExport, match="plusieurs façons"):
        read(drop("b.csv", "id;date_demande;statut", "1;31/01/2025;x", "2;03/25/2025;x"))


@pytest.mark.parametrize(
    ("written", "kept"), [("1,5", "1.5"), ("1:30", "1.5"), ("1h30", "1.5"), ("1 234,25", "1234.25"), ("-2", "-2")]
)
def test_hours_and_decimals_as_offices_write_them(drop, written, kept):
    (row,) = read(drop("a.csv", "intervention_id;heures", f"1;{written}"))
    assert row["heures"] == kept


def test_a_number_damaged_by_a_spreadsheet_is_repaired_and_told_or_refused(drop):
    rows = read(drop("a.csv", "intervention_id;heures", "31400.0;1", "00314;1"))
    assert [(row["intervention_id"], row["id_repare"]) for row in rows] == [("31400", "true"), ("00314", "false")]
    with pytest.raises(RefusedExport) as refusal:
        read(drop("b.csv", "intervention_id;heures", "1,23E+13;1"))
    assert refusal.value.place == "Ligne 2, colonne intervention_id"


def test_a_workbook_is_read_like_a_text(tmp_path):
    book = openpyxl.Workbook()
    for line in (["Numéro", "Date demande", "État"], [12, "2025-03-01", "Terminée"]):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    (row,) = read(tmp_path / "a.xlsx")
    assert (row["id"], row["date_demande"], row["statut"]) == ("12", "2025-03-01T00:00:00", "Terminée")


def test_no_name_and_no_free_text_lands(drop):
    orders = drop(
        "a.csv",
        "id;date_demande;statut;titre;description;demandeur_nom;technicien;agent;site_code;equipement;equipe",
        f"1;2025-03-01;x;{CANARY};{CANARY};{CANARY};{CANARY};{CANARY};A > B > Bureau {CANARY};Lit {CANARY};Atelier",
    )
    hours = drop(
        "b.csv",
        "intervention_id;heures;agent;fournitures_code;fournitures_libelle;commentaire",
        f"1;2;{CANARY};Pour {CANARY};{CANARY};{CANARY}",
    )
    (order,), (line,) = read(orders), read(hours)
    assert CANARY not in f"{order}{line}"
    assert (order["site_code"], order["equipement"], line["fournitures_code"]) == ("A > B", None, None)


def test_a_refusal_quotes_no_value(drop):
    with pytest.raises(RefusedExport) as refusal:
        read(drop("a.csv", "id;date_demande;statut", f"1;{CANARY};x"))
    assert CANARY not in str(refusal.value)


SCENES = {
    "interventions_2025-03.csv": [
        ORDERS,
        "1;2025-03-01;;2025-03-05;Terminée;;;;reopened;",
        "2;2025-03-01;;;1;;;;reopened;",
        "3;2025-03-01;;2025-03-05;Terminée;;;;deleted;",
        "4;2025-03-10;;2025-03-01;Terminée;;;;negative;",
        "5;2025-03-10;;2025-03-14;Terminée;;;;negative;",
        "6;2025-03-01;;;1;;;;again;",
        "7;2025-03-01;;;1;;;;again;",
        "8;2025-03-01;;2025-03-05;Terminée;Autre;Drones;Groupe X;unknown;Équipe X",
    ],
    "interventions_2025-04.csv": [
        ORDERS,
        "1;2025-03-01;;;En cours;;;;reopened;",
        "3;2025-03-01;;;Supprimée;;;;deleted;",
    ],
    "heures_1.csv": [
        HOURS,
        "3;2025-03-05;;3;;;",
        "6;2025-03-02;;3;30;;",
        "7;2025-03-02;;1,5;30;2;10,255",
        "77;2025-03-05;;4;;;",
    ],
    "heures_2.csv": [HOURS, "6;2025-03-02;;3;30;;", "6;2025-03-03;;4;30;;"],
}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """The models built from a few orders that a tool told several times; the place of each says its story."""
    folder = tmp_path_factory.mktemp("scenes")
    for name, lines in SCENES.items():
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    with built(folder / "build", *(folder / name for name in SCENES)) as connection:
        yield connection


def orders(connection, place, *columns):
    query = f"select {', '.join(columns)} from marts.fct_work_order where source_facility_code = '{place}'"
    return connection.execute(f"{query} order by work_order_code").fetchall()


def month(connection, place, *columns):
    query = f"select {', '.join(columns)} from marts.mart_work_order where source_facility_code = '{place}'"
    return connection.execute(query).fetchall()


def test_an_order_in_two_exports_counts_once_and_reopened_it_is_open(scenes):
    told = orders(scenes, "reopened", "work_order_code", "status_code", "closed_date")
    assert told == [("1", "open", None), ("2", "open", None)]
    assert month(scenes, "reopened", "opened_count", "closed_count", "backlog_count") == [(2, 0, 2)]


def test_a_deleted_order_and_its_hours_stop_counting(scenes):
    assert orders(scenes, "deleted", "work_order_code") == month(scenes, "deleted", "month") == []
    counted = "select count(*) from intermediate.int_work_orders__line where order_code = '3'"
    assert scenes.execute(counted).fetchone() == (0,)
    activity = "select count(*) from intermediate.int_work_orders__activity where source_facility_code = 'deleted'"
    assert scenes.execute(activity).fetchone() == (0,)


def test_a_closing_before_the_request_is_flagged_and_enters_no_delay(scenes):
    assert orders(scenes, "negative", "warning_negative_delay", "delay_days") == [(True, None), (False, 4)]
    measures = ("closed_count", "backlog_count", "mean_delay_days", "median_delay_days")
    assert month(scenes, "negative", *measures) == [(2, 0, 4, 4)]


def test_hours_sent_again_replace_those_of_their_order_alone(scenes):
    assert orders(scenes, "again", "work_hours", "parts_eur", "declared_eur") == [
        (Decimal("7"), Decimal("0"), Decimal("210")),
        (Decimal("1.5"), Decimal("20.51"), Decimal("45")),
    ]


def test_an_unknown_group_place_or_category_is_kept_under_its_own_code(scenes):
    ours = ("type_code", "activity_id", "service_id", "performing_service_id", "facility_id")
    theirs = ("source_activity_code", "source_service_code", "source_facility_code")
    assert orders(scenes, "unknown", *ours) == [("unknown", None, None, None, None)]
    assert orders(scenes, "unknown", *theirs) == [("Drones", "Groupe X", "unknown")]
    assert month(scenes, "unknown", "closed_count") == [(1,)]


def test_hours_of_an_order_that_no_table_tells_of_still_count(scenes):
    nowhere = "where source_facility_code is null"
    hours = f"select measure_code, quantity from intermediate.int_work_orders__activity {nowhere}"
    assert scenes.execute(hours).fetchall() == [("work_hour", 4)]
    assert scenes.execute(f"select type_code, work_hours from marts.mart_work_order {nowhere}").fetchall() == [
        ("unknown", 4)
    ]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The work orders of a town of 3,000 inhabitants, the models built from them, and what is true of them."""
    folder = tmp_path_factory.mktemp("town")
    written = work_orders.write(Town(3_000, 7), [2024, 2025], folder, [])
    exports = sorted((folder / "work_orders").iterdir())
    assert len(exports) == written.files
    with built(folder / "build", *exports) as connection:
        yield connection, written


def test_months_are_those_of_the_town(town):
    connection, written = town
    found = Counter()
    for month, kind, opened, closed, hours in connection.execute(
        "select strftime(month, '%Y-%m'), type_code, sum(opened_count), sum(closed_count), sum(work_hours)"
        " from marts.mart_work_order group by 1, 2"
    ).fetchall():
        found |= {(month, kind, "opened"): opened, (month, kind, "closed"): closed}
        found[month, kind, "quarter_hours"] = 4 * hours
    true = {(row["month"], row["type"], row["measure"]): row["quantity"] for row in written.truth["months"]}
    assert {key: value for key, value in found.items() if value} == true


def test_services_and_buildings_are_those_of_the_town(town):
    connection, written = town
    measured = {
        "opened": ("requested_date", "1", "marts.fct_work_order"),
        "closed": ("closed_date", "1", "marts.fct_work_order"),
        "quarter_hours": ("work_date", "4 * work_hours", "intermediate.int_work_orders__line"),
    }
    found = {}
    for measure, (day, quantity, table) in measured.items():
        for *key, value in connection.execute(
            f"""select extract(year from {day}), type_code, service_id, coalesce(facility_id, ''), sum({quantity})
            from {table} where {day} is not null group by 1, 2, 3, 4"""
        ).fetchall():
            found[(*key, measure)] = value
    true = {
        (row["year"], row["type"], row["service_id"], row["facility_id"], row["measure"]): row["quantity"]
        for row in written.truth["places"]
    }
    assert found == true


def test_what_is_left_deleted_or_without_place_is_what_the_town_says(town):
    connection, written = town
    (left,) = connection.execute("select count(*) from marts.fct_work_order where closed_date is null").fetchone()
    (lost,) = connection.execute(
        "select count(*) from marts.fct_work_order where source_facility_code is not null and facility_id is null"
    ).fetchone()
    assert (left, lost) == (written.truth["backlog"], written.truth["unknown_places"])
    assert written.truth["deleted"] > 0 < lost
    (repeated,) = connection.execute(
        "select count(*) from staging.stg_work_orders__intervention where not is_standing"
    ).fetchone()
    assert repeated > 0


def test_who_asked_is_in_the_tables_and_nowhere_after(town):
    connection, written = town
    assert len(written.identities) > 1
    names = {identity.rpartition(" ")[2] for identity in written.identities}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
        " and schema_name in ('raw', 'staging', 'intermediate', 'marts') and table_name like '%work_order%'"
    ).fetchall():
        for (text,) in connection.execute(f"select distinct {column} from {schema}.{table}").fetchall():
            assert not text or not any(name in text for name in names), f"{schema}.{table}.{column}"


def test_hours_are_less_than_those_of_the_agents(tmp_path):
    """Work orders take a part of the time of the agents who do that work: more would divide their cost wrongly."""
    town = Town(40_000, 7)
    hours = Counter()
    for order in work_orders._year(town, 2025):
        hours[order.trade.service] += sum(line.quarters for line in order.lines) / 4
    weights = sum(one.euros.get("main", 0) for one in SERVICES.values())
    for service, total in hours.items():
        agents = SERVICES[service].euros["main"] / weights * 780 * 40_000 / 42_000
        workers = agents * sum(job.share for job in JOBS["main"][service] if job.family in ("TEC", "MAI")) / 100
        assert 0.05 < total / (workers * 1_607) < 0.8, service
    assert 8_500 < sum(1 for _ in work_orders._year(town, 2025)) < 9_500


def test_same_arguments_give_the_same_bytes_and_a_year_does_not_depend_on_the_others(tmp_path):
    def files(name, years):
        folder = tmp_path / name
        work_orders.write(Town(600, 3), years, folder, [])
        return {path.name: path.read_bytes() for path in (folder / "work_orders").iterdir()}

    assert files("a", [2025]) == files("b", [2025])
    both = files("c", [2024, 2025])
    assert {name: content for name, content in both.items() if "2025" in name} == files("d", [2025])


def test_seeds_are_those_of_the_town():
    written = {
        "service": (work_orders.SERVICE_COLUMNS, work_orders.service_rows()),
        "facility": (work_orders.FACILITY_COLUMNS, work_orders.facility_rows()),
        "activity": (work_orders.ACTIVITY_COLUMNS, work_orders.activity_rows()),
    }
    for name, (columns, rows) in written.items():
        with (PROJECT / "seeds" / f"map_work_orders__{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [list(columns), *map(list, rows)], name
