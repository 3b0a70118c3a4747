"""The whole way on a small demo town, as its users run it: files in, published snapshot out, in separate processes."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from orchestration.lib.home import PROJECT

pytestmark = pytest.mark.slow

BEFFROI = [sys.executable, "-m", "orchestration.cli"]
INHABITANTS, YEARS = 600, 1
BAD_EXPORTS = ["coupe.xml", "inconnu.bin"]
# Differ from one run to the next without any figure being different.
TIMED_COLUMNS = {"received_at", "load_id"}


KEY, NEXT_KEY = "ab" * 32, "cd" * 32
PERSON = re.compile(r"\bperson-([0-9a-f]{32})\b")  # a natural person of the ledger, by pseudonym


def environment(home, **more):
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI", "DAGSTER", "DBT"))},
        "BEFFROI_HOME": str(home),
        "BEFFROI_SETTLE_SECONDS": "0",
        "BEFFROI_PSEUDONYM_KEY": KEY,  # two homes with one key give the same pseudonyms, so marts compare
        **more,
    }


def beffroi(home, *arguments, expect=0, **more):
    done = subprocess.run(
        [*BEFFROI, *arguments], cwd=PROJECT, env=environment(home, **more), capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


def marts(home):
    """Return table -> sorted rows of the published snapshot, as text."""
    with duckdb.connect(str(home / "published" / "current" / "beffroi.duckdb"), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        content = {}
        for (table,) in tables:
            columns = [row[0] for row in connection.execute(f"describe marts.{table}").fetchall()]
            kept = ", ".join(column for column in columns if column not in TIMED_COLUMNS)
            content[table] = connection.execute(f"select {kept} from marts.{table} order by all").fetchall()
    return content


def inside(home, sql):
    """Return the rows of a query on the warehouse, which holds what is not published too."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def query(home, sql):
    with duckdb.connect(str(home / "published" / "current" / "beffroi.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A home where runs on the demo town's exports and on two bad ones were killed, then one was left to finish.

    What the other tests find in it is thus what is left of an unlucky night. Each kill lands in another phase.
    """
    home = tmp_path_factory.mktemp("town")
    beffroi(home, "demo", "--inhabitants", str(INHABITANTS), "--years", str(YEARS))
    cut_off, unknown = BAD_EXPORTS
    (home / "landing" / "finance_pes" / cut_off).write_text(
        "<n:PES_Aller xmlns:n='http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller'><Env"
    )
    (home / "landing" / unknown).write_bytes(b"\x00\x01")
    os.utime(home / "landing" / "finance_pes" / cut_off, (0, 0))  # a young one would be taken for still being written
    said = beffroi(home, "status")
    assert "published: nothing yet" in said
    assert "finance_pes: no export yet" in said
    killed = [
        kill_when(home, "taking in finance_pes", after=1.5),  # Dagster and readers start
        kill_when(home, "exports read", after=0.2),  # Parquet written, the guard starts: nothing is in the register
        kill_when(home, "building", dbt="runs", after=12.0),  # committed; dbt writes the warehouse
        kill_when(home, "building", dbt="has run", after=5.0),  # guards or publication
    ]
    assert all(killed), "a run was over before it could be killed"
    said = beffroi(home, "run", "--rebuild", "--retry-refused", expect=3)
    assert "refused: finance_pes/coupe.xml" in said
    assert "refused: unrecognised/inconnu.bin" in said
    return home


def kill_when(home, says, after, dbt=None):
    """Start a run and kill it ``after`` seconds past the line with ``says``, or past the start or end of dbt."""
    process = subprocess.Popen(
        [*BEFFROI, "run"],
        cwd=PROJECT,
        env={**environment(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if says in line:
            break
    if dbt:
        _wait_for(lambda: _runs_dbt(process))
    if dbt == "has run":
        _wait_for(lambda: not _runs_dbt(process))
    time.sleep(after)
    is_running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    return is_running


def _runs_dbt(process):
    return not subprocess.run(
        ["pgrep", "--parent", str(process.pid), "--full", "dbt build"], stdout=subprocess.DEVNULL, check=False
    ).returncode


def _wait_for(is_true, seconds=600):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"nothing came in {seconds} s"
        time.sleep(0.2)


def test_every_mart_is_published_as_duckdb_and_parquet(town):
    content = marts(town)
    assert {"fct_cost_line", "fct_budget_line", "mart_legal_ratio", "mart_ledger_reconciliation"} <= content.keys()
    for table, rows in content.items():
        parquet = town / "published" / "current" / "parquet" / f"{table}.parquet"
        assert duckdb.sql(f"select count(*) from read_parquet('{parquet}')").fetchone() == (len(rows),)


def test_the_ledger_equals_the_town_s_true_totals_to_the_cent(town):
    truth = json.loads(next(town.rglob("demo_truth.json")).read_text())
    expected = {}
    for total in truth["totals"]:
        key = (total["siret"], total["exercice"], total["direction"])
        expected[key] = expected.get(key, 0) + total["amount_cents"]
    found = {
        (budget_id.split("-")[0], exercice, direction): cents
        for budget_id, exercice, direction, cents in query(
            town,
            """select budget_id, exercice, direction, cast(sum(amount_eur) * 100 as bigint)
            from marts.fct_cost_line group by all""",
        )
    }
    assert found == expected


def test_no_euro_between_ledger_and_accounts_is_unexplained(town):
    assert query(town, "select coalesce(sum(abs(unexplained_eur)), 0) from marts.mart_ledger_reconciliation") == [(0,)]
    assert query(town, "select count(*) > 0 from marts.mart_ledger_reconciliation where ledger_net_eur <> 0") == [
        (True,)
    ]


def test_payroll_is_that_of_the_town_and_ties_to_chapter_012_each_month(town):
    """Replaced months, a late fraction and old recalls are in the files; the truth is what the town did."""
    truth = json.loads((town / "demo_truth.json").read_text())["payroll"]
    paid = Counter()
    for cost in truth["costs"]:
        family = {"transport": "other_social"}.get(cost["family"], cost["family"])
        paid[cost["budget_id"], cost["exercice"], cost["month"], family] += cost["amount_cents"]
    tie = """select budget_id, exercice, month(pay_month), family,
        cast(100 * sum({what}) as bigint) from intermediate.int_payroll_tie group by all having sum({what}) <> 0"""
    assert inside(town, tie.format(what="ledger_eur - payroll_eur - allocated_eur - not_payroll_eur")) == []
    # No line of a DSN tells the contribution to the CNFPT and the CDG: it is allocated.
    staff = "payroll_eur + if(family = 'cnfpt_cdg', allocated_eur, 0)"
    assert {tuple(key): cents for *key, cents in inside(town, tie.format(what=staff))} == paid


def test_staff_stands_in_the_services_where_the_town_put_it(town):
    truth = json.loads((town / "demo_truth.json").read_text())["payroll"]
    costs, heads = Counter(), Counter()
    for service in truth["services"]:
        for kind in ("gross", "employer"):
            cents = service.get(f"{kind}_cents", 0) + service.get(f"elected_{kind}_cents", 0)
            costs[service["budget_id"], service["exercice"], service["service"], kind] += cents
    for group in truth["headcount"]:
        if not group["suspended"]:
            key = tuple(group[name] for name in ("budget_id", "exercice", "service", "category", "sex"))
            heads[key] += group["agents"]
    found = inside(
        town,
        """select budget_id, year(pay_month), service_id, line_kind, cast(100 * sum(amount_eur) as bigint)
        from confidential.fct_pay_line where line_kind = 'gross' or (line_kind = 'employer' and family <> 'cnfpt_cdg')
        group by all""",
    )
    found = {tuple(key): cents for *key, cents in found if cents}
    assert found == {key: cents for key, cents in costs.items() if cents}
    found = inside(
        town,
        """select budget_id, exercice, service_id, category_code, if(sex = 'M', '01', '02'), count(distinct agent_id)
        from confidential.fct_agent_month where is_present_at_month_end and month(pay_month) = 12 group by all""",
    )
    assert {tuple(key): agents for *key, agents in found} == heads


def test_activity_is_that_of_the_town(town):
    """A month sent again, a site that no map knows and orders that were deleted are in the files."""
    truth = json.loads((town / "demo_truth.json").read_text())["activity"]
    children = Counter()
    for count in truth["childcare"]["quantities"]:
        place = count["facility_id"] or count["source_site"]
        key = (count["year"], count["month"], count["activity_id"], place, count["measure_code"])
        children[key] += count["quantity_hundredths"]
    found = query(
        town,
        """select exercice, month(month_start_date), activity_id, coalesce(facility_id, source_facility_code),
            measure_code, cast(100 * sum(quantity) as bigint)
        from marts.mart_activity where source_system = 'childcare' group by all""",
    )
    assert {tuple(key): hundredths for *key, hundredths in found} == {key: n for key, n in children.items() if n}
    metered = query(
        town,
        """select strftime(month, '%Y-%m') || '/' || energy_type || '/' || coalesce(facility_id, ''),
            cast(sum(energy_kwh) as double)
        from marts.fct_energy_use where flow_code = 'consumption' group by all""",
    )
    assert dict(metered) == pytest.approx(truth["energy"]["kwh"], abs=0.001)
    found = query(
        town,
        """select exercice, budget_id, depreciation_nature_code, coalesce(facility_id, ''),
            cast(100 * sum(depreciation_eur) as bigint)
        from marts.fct_asset group by all having sum(depreciation_eur) <> 0""",
    )
    charges = truth["fixed_assets"]["charges"]
    assert sorted(found) == sorted(
        (one["exercice"], one["budget_id"], one["account"], one["facility"], one["cents"]) for one in charges
    )


def test_users_are_those_of_the_town_and_each_shown_cell_is_true(town):
    truth = json.loads((town / "demo_truth.json").read_text())["activity"]["childcare"]["users"]
    true = {(one["school_year"], one["activity_id"]): one["users"] for one in truth if one["dimension"] == "all"}
    counted = inside(town, "select usage_year, activity_id, count(*) from intermediate.int_activity_user group by all")
    assert {tuple(key): users for *key, users in counted} == true
    shown = query(
        town,
        """select usage_year, activity_id, user_count from marts.mart_public_reach
        where breakdown = 'total' and source_system is null and secrecy_status = 'V'""",
    )
    assert shown
    assert all(users >= 5 and true[year, activity] == users for year, activity, users in shown)


def test_no_identity_of_the_town_is_anywhere_but_in_the_drop_folder(town, tmp_path):
    truth_file = next(town.rglob("demo_truth.json"))
    canaries = [canary for canary in json.loads(truth_file.read_text())["canaries"] if len(canary) > 5]
    assert len(canaries) > 20
    (tmp_path / "canaries").write_text("\n".join(canaries))
    lake = town / "lake" / "raw" / "*" / "*" / "*.parquet"  # compressed, so looked at as text too
    duckdb.sql(f"copy (from read_parquet('{lake}', union_by_name = true)) to '{tmp_path / 'lake.csv'}'")
    assert (tmp_path / "lake.csv").stat().st_size > 1_000_000
    assert not files_with(tmp_path / "canaries", tmp_path / "lake.csv")
    found = {path.relative_to(town) for path in files_with(tmp_path / "canaries", town)}
    dropped = {path for path in found if path.parts[0] == "landing"}
    assert found - dropped == {truth_file.relative_to(town)}
    for system in ("finance_pes", "childcare", "work_orders"):
        assert any(path.parts[1] == system for path in dropped), f"no canary is in the exports of {system}"


def files_with(texts, below):
    """Return the files that hold one of the lines of the file ``texts``, as bytes."""
    grep = ["grep", "--recursive", "--text", "--files-with-matches", "--fixed-strings", f"--file={texts}", below]
    done = subprocess.run(grep, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode in (0, 1)
    return [Path(path) for path in done.stdout.splitlines()]


def test_no_agent_is_in_the_published_tables(town):
    """Every pseudonym of the confidential tables is looked for in every text of the snapshot."""
    with duckdb.connect(str(town / "warehouse.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            """select schema_name, table_name, column_name from duckdb_columns() where schema_name = 'confidential'
            and (column_name in ('agent_id', 'contract_id') or column_name like '%pseudonym')"""
        ).fetchall()
        agents = {
            value
            for schema, table, column in columns
            for (value,) in connection.execute(f"select distinct {column} from {schema}.{table}").fetchall()
            if value is not None
        }
    assert agents or not (PROJECT / "dbt_project" / "models" / "confidential").is_dir()
    published = "\n".join(str(row) for rows in marts(town).values() for row in rows)
    assert not [value for value in agents if value in published]


def test_others_than_the_owner_read_pages_and_snapshots_only(town):
    readable = {
        path.relative_to(town).parts[0]
        for path in town.rglob("*")
        if not path.is_symlink() and path.is_file() and path.name not in BAD_EXPORTS and path.stat().st_mode & 0o077
    }
    # The dictionary holds names, descriptions and SQL, and no row.
    assert readable <= {"dictionary", "published", "quality", "refused"}
    assert (town / "published" / "current" / "beffroi.duckdb").stat().st_mode & 0o044 == 0o044


def test_bad_exports_are_refused_alone_with_a_report(town):
    (report,) = (town / "refused" / "finance_pes").glob("coupe*.html")
    assert "coupe.xml" in report.read_text()
    refused = query(town, "select file_name from marts.fct_export where verdict = 'refused' order by all")
    assert [name for (name,) in refused] == BAD_EXPORTS


def test_killed_runs_leave_no_draft_and_no_file_that_the_register_does_not_know(town):
    assert not [path for path in (town / "published").iterdir() if path.name.startswith(".")]
    with sqlite3.connect(town / "register.db") as connection:
        listed = {path for (path,) in connection.execute("select path from load_file")}
    on_disk = {
        path.relative_to(town / "lake" / "raw").as_posix() for path in (town / "lake" / "raw").rglob("*.parquet")
    }
    assert on_disk == listed


def test_running_again_changes_nothing_and_says_so(town):
    before = (town / "published" / "current").readlink()
    assert "nothing new" in beffroi(town, "run")
    assert (town / "published" / "current").readlink() == before


def test_the_status_names_the_snapshot_and_each_system(town):
    said = beffroi(town, "status")
    assert "published: snapshot" in said
    assert re.search(r"finance_pes: \d+ exports in use, last \S+ on \d{4}-\d\d-\d\d, on time", said)
    assert re.search(r"reference: 1 exports? in use", said)


@pytest.mark.parametrize(
    ("mart_column", "raw_column"),
    [
        ("marts/fct_cost_line.amount_eur", "raw/finance_pes/ligne.mt_ht"),
        ("marts/fct_budget_line.realised_eur", "raw/budget_totem/ligne.mt_real"),
    ],
)
def test_a_mart_column_leads_back_to_the_export_field(town, monkeypatch, mart_column, raw_column):
    """Walks the column lineage of the Dagster event log, as its UI does, hop by hop."""
    import dagster as dg

    monkeypatch.setenv("DAGSTER_HOME", str(town / "dagster"))
    seen, waiting = set(), [mart_column]
    with dg.DagsterInstance.get() as instance:
        while waiting:
            asset, column = waiting.pop().rsplit(".", 1)
            event = instance.get_latest_materialization_event(dg.AssetKey(asset.split("/")))
            lineage = event.asset_materialization.metadata.get("dagster/column_lineage") if event else None
            for dep in lineage.value.deps_by_column.get(column, []) if lineage else []:
                found = f"{dep.asset_key.to_user_string()}.{dep.column_name}"
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
    assert raw_column in seen


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_one_address_leads_to_all_that_is_published_and_to_dagster_without_a_word_outside(town):
    from playwright.sync_api import sync_playwright

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [*BEFFROI, "ui", "--port", str(port)],
        cwd=PROJECT,
        env=environment(town),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: _answers(address))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page()
            hosts, sockets, wrong = set(), [], []
            page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
            page.on("websocket", lambda socket: sockets.append(socket.url))
            page.on(
                "console", lambda one: wrong.append((one.location["url"], one.text)) if one.type == "error" else None
            )
            page.on("pageerror", lambda error: wrong.append((page.url, str(error))))
            for door, text in [
                ("Tableaux de bord", "Toute la ville"),
                ("Toute la ville", "Toute la ville"),
                ("Rapport de qualité", "Fraîcheur des exports"),
                ("Fiches de coût", "Coût complet"),
                ("Dictionnaire des données", "Projects"),
                ("Ce qui ne va pas", "Ce qu'il faut faire"),
                ("Traitements", "Lineage"),
            ]:
                page.goto(address)
                page.get_by_role("link", name=door, exact=True).first.click()
                page.get_by_text(text).first.wait_for(timeout=30_000)
            for path, text in [
                ("/dictionary/index.html#!/model/model.beffroi.mart_unit_cost", "One row per exercice, activity, unit"),
                ("/dagster/asset-groups", "finance_pes"),
                ("/dagster/assets/raw/finance_pes/ligne", "LigneDePiece/BlocLignePiece/InfoLignePce/MtHT"),
                ("/dagster/assets/marts/fct_cost_line?view=checks", "expectations"),
                ("/dagster/automation", "nightly_build"),
            ]:
                page.goto(address + path)
                page.get_by_text(text).first.wait_for(timeout=30_000)
            browser.close()
        assert {host for host in hosts if host} == {f"127.0.0.1:{port}"}
        assert set(sockets) == {f"ws://127.0.0.1:{port}/dagster/graphql"}
        # The page of dbt asks for what its own templates name, before they are filled in.
        assert [(url, text) for url, text in wrong if "/dictionary/" not in url or "404" not in text] == []
    finally:
        server.terminate()
        server.wait()


def _answers(address):
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except OSError:
        return False
    return True


def test_the_dashboards_are_published_with_the_snapshot_and_say_what_its_marts_say(town):
    site = town / "published" / "current" / "site"
    said = beffroi(town, "run")
    assert f"dashboards: {(site / 'ville' / 'index.html').as_uri()}" in said
    shown = {
        "execution-budgetaire": (
            "operating_expense",
            """select sum(realised_eur) from marts.mart_budget_execution
            where budget_id = '21620999900012-00' and section = 'F' and direction = 'expense' and is_real
            and not is_result_or_transfer and exercice = (select max(exercice) from marts.mart_legal_ratio)""",
        ),
        "enfance": (
            "meals",
            """select sum(served_meals) from marts.mart_meal
            where exercice = (select max(exercice) from marts.mart_meal)""",
        ),
        "masse-salariale": (
            "total",
            """select sum(amount_eur) from marts.mart_payroll_component
            where budget_id = '21620999900012-00' and axis = 'total' and component = 'total_cost'
            and exercice = (select max(exercice) from marts.mart_payroll_component)""",
        ),
        "interventions": (
            "closed",
            """select sum(closed_count) from marts.mart_work_order
            where year(month) = (select max(year(month)) from marts.mart_work_order)""",
        ),
    }
    for board, (figure, sql) in shown.items():
        page = (site / "ville" / f"{board}.html").read_text()
        found = re.search(rf'id="{figure}">.*?<data value="([^"]*)"', page, re.DOTALL)
        assert Decimal(found[1]) == query(town, sql)[0][0], board


def test_the_folder_of_a_direction_has_its_work_orders_and_no_other(town):
    site = town / "published" / "current" / "site"
    codes = {
        perimeter: {
            row[0]
            for path in (site / perimeter / "lignes").rglob("interventions-*.js")
            for row in json.loads(path.read_text().partition(",")[2].rpartition(")")[0])
        }
        for perimeter in ("education", "culture-sports")
    }
    for perimeter, root in (("education", "EDUC"), ("culture-sports", "DCS")):
        below = f"""with recursive below as (
            select service_id from marts.dim_service where service_id = '{root}'
            union select dim_service.service_id from marts.dim_service inner join below
            on parent_service_id = below.service_id) select service_id from below"""
        mine = query(town, f"select work_order_code from marts.fct_work_order where service_id in ({below})")
        assert codes[perimeter]
        assert codes[perimeter] <= {code for (code,) in mine}


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_every_dashboard_of_the_town_is_drawn_without_an_error_or_a_word_outside(town):
    from playwright.sync_api import sync_playwright

    folder = town / "published" / "current" / "site" / "ville"
    pages = [path for path in sorted(folder.glob("*.html")) if not path.stem.startswith("equipement-")]
    pages += sorted(folder.glob("equipement-cant*.html"))[:2]
    assert len(pages) > 14
    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda one: wrong.append(one.url) if one.url.split(":")[0] not in ("file", "data") else None)
        for path in pages:
            page.goto(path.as_uri())
            assert page.locator(".drawing svg").count() == page.locator(".drawing").count(), path
            assert page.locator(".missing").count() == 0, path
        browser.close()
    assert wrong == []


def test_a_rotation_of_the_key_reads_and_builds_the_same_marts_with_other_pseudonyms(town):
    """Nothing disturbs it: what the killed runs of the town had lost or doubled would be a difference.

    The last test of the town, which it leaves with another key.
    """
    before = marts(town)
    said = beffroi(town, "rotate-key", BEFFROI_NEXT_PSEUDONYM_KEY=NEXT_KEY)
    assert "put BEFFROI_NEXT_PSEUDONYM_KEY in BEFFROI_PSEUDONYM_KEY" in said
    assert "nothing is taken in" in beffroi(town, "run", expect=1)
    assert "nothing new" in beffroi(town, "run", BEFFROI_PSEUDONYM_KEY=NEXT_KEY)
    after = marts(town)
    assert without_pseudonyms(after) == without_pseudonyms(before)
    assert len(pseudonyms(before)) == len(pseudonyms(after)) > 5
    assert not pseudonyms(before) & pseudonyms(after)
    assert len([path for path in (town / "published").iterdir() if not path.is_symlink()]) == 1
    lake = town / "lake" / "raw" / "*" / "*" / "*.parquet"
    kept = duckdb.sql(f"select * from read_parquet('{lake}', union_by_name = true)").fetchall()
    assert pseudonyms(after) <= {value for row in kept for value in row}
    assert not pseudonyms(before) & {value for row in kept for value in row}


def without_pseudonyms(content):
    """Return table -> rows as text, sorted, with every person written alike."""
    return {table: sorted(PERSON.sub("person", str(row)) for row in rows) for table, rows in content.items()}


def pseudonyms(content):
    return {found for rows in content.values() for row in rows for found in PERSON.findall(str(row))}
