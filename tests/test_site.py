"""The static dashboards: figures equal to the marts, no row of another perimeter, and pages that work in a browser."""

import csv
import hashlib
import io
import json
import re
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from published import NAME, contracts, snapshot

from orchestration.lib import french
from orchestration.lib.perimeters import FILE, Perimeters
from orchestration.lib.system import all_systems
from orchestration.site import boards, build
from orchestration.site.boards import BoardError
from orchestration.site.view import View, organisation

CHROMIUM = shutil.which("chromium")
NEEDS_BROWSER = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
TOWN_BUDGET, TOWN = "21000000000010-00", "210000000"
FORMULA = '=HYPERLINK("http://evil.example";"x")'
SCRIPT = "</script><script>document.title='taken'</script>"


def rows():
    """Two years of a town with two directions, EDUC (canteen CANT) and DCS (library MEDI); amounts with cents."""
    services = [("DGS", None, "020"), ("FIN", "DGS", "020"), ("DRH", "DGS", "020"), ("DSI", "DGS", "020")]
    services += [("LOG", "DGS", "028"), ("EDUC", "DGS", "201"), ("CANT", "EDUC", "281"), ("DCS", "DGS", "30")]
    services += [("MEDI", "DCS", "313"), ("SOC", "DGS", "420"), ("CTM", "DGS", "510")]
    facilities = [("CANT01", "Restaurant des Tilleuls", "CANT"), ("MEDI01", "Médiathèque Perrault", "MEDI")]
    execution, lines = [], []
    for exercice, function, service, realised in (
        (2024, "281", "CANT", "1000000.10"),
        (2025, "281", "CANT", "1200000.35"),
        (2024, "313", "MEDI", "500000.20"),
        (2025, "313", "MEDI", "610000.07"),
    ):
        execution.append(
            {
                **{"execution_id": f"{exercice}-{function}", "budget_id": TOWN_BUDGET, "exercice": exercice},
                **{"section": "F", "direction": "expense", "is_real": True, "is_result_or_transfer": False},
                **{"chapter_code": "011", "chapter_label": "Charges à caractère général"},
                **{"function_code": function, "function_m57_code": function, "credits_source": "account"},
                **{"credits_opened_eur": Decimal("1150000.00"), "realised_eur": Decimal(realised)},
                **{"carried_out_eur": Decimal(0), "available_eur": Decimal("1150000.00") - Decimal(realised)},
            }
        )
        for number in range(1, 21):
            lines.append(
                {
                    **{"budget_id": TOWN_BUDGET, "exercice": exercice, "month": date(exercice, 3, 1)},
                    **{"direction": "expense", "section": "F", "chapter_code": "011", "service_id": service},
                    **{"nature_code": "60623", "function_code": function, "is_order": False},
                    **{"piece_number": f"{service}-{number}", "tiers_id": f"siret-{service}"},
                    **{"line_label": FORMULA if number == 1 else SCRIPT if number == 2 else f"Denrées {service}"},
                    **{"amount_eur": Decimal("-12.50") if number == 3 else Decimal("1234.56")},
                }
            )
    staff = [
        {"employer_siren": TOWN, "exercice": 2025, "month": date(2025, 12, 1), "axis": axis}
        | {"value_code": code, "value_label": label, "agent_count": agents, "etpt": etpt, "secrecy_status": status}
        for axis, code, label, agents, etpt, status in (
            ("total", "total", "Ensemble", 120, Decimal("110.25"), "V"),
            ("service", "CANT", "Restauration CANT", 80, Decimal("71.50"), "V"),
            ("service", "MEDI", "Médiathèque MEDI", 40, Decimal("38.75"), "V"),
            ("service", "DSI", "Informatique DSI", None, None, "A"),
        )
    ]
    ratios = [
        {"budget_id": TOWN_BUDGET, "exercice": exercice, "ratio_number": number, "ratio_label": f"Ratio {number}"}
        | {"ratio_unit": "eur_per_inhabitant", "numerator_eur": Decimal(numerator), "computed_value": Decimal(value)}
        for exercice, number, numerator, value in (
            (2024, 1, "1500000.30", "150.00"),
            (2025, 1, "1810000.42", "181.00"),
            (2025, 3, "2000000.99", "200.00"),
            (2025, 5, "900000.00", "90.00"),
        )
    ]
    meals = [
        {"meal_date": date(2025, 12, 18), "exercice": 2025, "school_year": "2025-2026", "facility_id": "CANT01"}
        | {"forecast_meals": Decimal(210), "served_meals": Decimal(200), "surplus_meals": Decimal(10)}
    ]
    works = [
        {"work_order_code": f"WO-{service}-{number}", "requested_date": date(2025, 5, number), "type_code": "incident"}
        | {"closed_date": date(2025, 5, number + 2), "service_id": service, "facility_id": f"{service}01"}
        | {"delay_days": 2, "work_hours": Decimal("1.5")}
        for service in ("CANT", "MEDI")
        for number in (1, 2, 3)
    ]
    work_months = [
        {"month": date(2025, 5, 1), "type_code": "incident", "service_id": service, "facility_id": f"{service}01"}
        | {"opened_count": 3, "closed_count": 3, "backlog_count": 0, "mean_delay_days": Decimal(2)}
        | {"median_delay_days": Decimal(2), "work_hours": Decimal("4.5"), "parts_eur": Decimal(0)}
        for service in ("CANT", "MEDI")
    ]
    exports = [
        {"source_system": system, "file_name": f"{system}.xml", "verdict": "accepted", "is_accepted": True}
        | {"is_last_accepted": True, "received_at": datetime(2026, 2, 27, 8), "period_to": "2025-12"}  # noqa: DTZ001
        | {"late_after": date(2026, 2, 1) if system == "work_orders" else date(2099, 1, 1), "department": "Finances"}
        for system in ("budget_totem", "finance_pes", "payroll_dsn", "childcare", "work_orders", "fixed_assets")
    ]
    return {
        "dim_service": [
            {"service_id": code, "service_label": f"Service {code}", "parent_service_id": parent}
            | {"function_m57_code": function, "current_service_id": code, "valid_from": date(2000, 1, 1)}
            for code, parent, function in services
        ],
        "dim_facility": [
            {"facility_id": code, "facility_label": label, "facility_type": "Lieu", "service_id": service}
            | {"floor_area_m2": Decimal(100), "is_registered": True, "valid_from": date(2000, 1, 1)}
            for code, label, service in facilities
        ],
        "dim_budget": [
            {"budget_id": TOWN_BUDGET, "budget_siret": TOWN_BUDGET[:14], "budget_label": "BUDGET PRINCIPAL"}
            | {"collectivity_name": "VILLE DE L'ESSAI-SUR-LYS", "population_declared": 10000}
        ],
        "dim_employer": [{"employer_siren": TOWN, "employer_label": "VILLE DE L'ESSAI-SUR-LYS"}],
        "dim_tiers": [
            {"tiers_id": f"siret-{service}", "tiers_label": f"Fournisseur de {service}"} for service in ("CANT", "MEDI")
        ],
        "dim_date": [
            {"date_day": date(2025, number, 1), "month_number": number, "month_label": french.MONTHS[number - 1]}
            for number in range(1, 13)
        ],
        "mart_budget_execution": execution,
        "fct_cost_line": lines,
        "mart_headcount": staff,
        "mart_legal_ratio": ratios,
        "mart_meal": meals,
        "fct_work_order": works,
        "mart_work_order": work_months,
        "fct_export": exports,
    }


def asked():
    """The same town with its costs, its absences and an overrun of the library."""
    content = rows()
    cost = {
        **{"budget_id": TOWN_BUDGET, "exercice": 2025, "cost_month": date(2025, 3, 1), "is_provisional": False},
        **{"service_id": "CANT", "service_label": "Restauration", "activity_id": "school_meal"},
        **{"activity_label": "Restauration scolaire", "facility_id": "CANT01", "facility_label": "Tilleuls"},
        **{"direct_cost_eur": Decimal("8000.50"), "building_cost_eur": Decimal("1000.25")},
        **{"support_cost_eur": Decimal("600.00"), "full_cost_eur": Decimal("9600.75")},
        **{"user_revenue_eur": Decimal("2900.20"), "public_revenue_eur": Decimal("100.05")},
        **{"other_revenue_eur": Decimal("0.00"), "net_cost_eur": Decimal("6600.50")},
    }
    content["mart_full_cost"] = [
        cost,
        {**cost, "service_id": "MEDI", "service_label": "Lecture", "facility_id": "MEDI01", "activity_id": "loan"},
    ]
    unit = {"service_id": "CANT", "activity_id": "school_meal", "activity_label": "Restauration scolaire"}
    content["mart_unit_cost"] = [
        {**unit, "exercice": 2025, "unit_cost_level": level, "measure_code": "meal_served", "unit_label": "repas"}
        | {"is_main_unit": True, "quantity": Decimal(200), "unit_cost_eur": Decimal(value)}
        | {"user_revenue_per_unit_eur": Decimal("14.501"), "coverage_share": Decimal("0.3021")}
        for level, value in (("activity", "48.0038"), ("facility", "51.2000"))
    ]
    content["mart_absence"] = [
        {"employer_siren": TOWN, "exercice": 2025, "month_count": 12, "axis": "service", "absence_code": "global"}
        | {"service_id": code, "service_label": label, "absence_percent": rate, "secrecy_status": status}
        for code, label, rate, status in (
            ("CANT", "Restauration", Decimal("7.25"), "V"),
            ("MEDI", "Lecture", Decimal("9.50"), "V"),
            ("DSI", "Informatique", None, "A"),
        )
    ]
    return content


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A snapshot with the site of every perimeter of the project."""
    folder = snapshot(tmp_path_factory.mktemp("published"), rows())
    build.write(folder)
    return folder


@pytest.fixture(scope="module")
def whole_town(tmp_path_factory):
    """A file of perimeters with that of the whole town alone."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    file = tmp_path_factory.mktemp("perimeters") / "perimetres.yml"
    file.write_text(yaml.safe_dump({**content, "perimeters": {"ville": content["perimeters"]["ville"]}}))
    return file


@pytest.fixture(scope="module")
def empty(tmp_path_factory, whole_town):
    """The site of a town that has dropped nothing."""
    folder = snapshot(tmp_path_factory.mktemp("empty"), {"dim_service": rows()["dim_service"]})
    build.write(folder, perimeter_file=whole_town)
    return folder


@pytest.fixture(scope="module")
def nothing(empty):
    """What the whole town sees of marts without a row."""
    return view(empty)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Return a function that opens a page of a site; the test fails on an error of the console or a request outside."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    wrong = []

    def open_page(path):
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda one: wrong.append(one.url) if one.url.split(":")[0] not in ("file", "data") else None)
        page.goto(path.as_uri())
        return page

    open_page.wrong = wrong
    yield open_page
    context.close()
    assert wrong == []


def files(folder):
    return {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in (".html", ".js")}


def view(folder, perimeter="ville", known=None):
    database = folder / "beffroi.duckdb"
    perimeters = Perimeters.read(organisation(database))
    seen = perimeters.perimeters[perimeter]
    queries = [query for board in boards.load() for query in board.queries.values()]
    systems = boards.typeset(yaml.safe_load((boards.FOLDER / build.SYSTEMS_FILE).read_text(encoding="utf-8")))
    own = build.own_tables(date(2026, 3, 1), systems, [])
    return View(database, seen, perimeters, queries, boards.views(), own, known)


# ------------------------------------------------------------------------------------------------- boards as written


@pytest.mark.parametrize("board", boards.load(), ids=lambda board: board.slug)
def test_every_query_of_a_board_fits_the_marts_as_their_contracts_say(board, nothing):
    assert board.tables_used <= contracts().keys() | {"edition", "system", "sheet"}
    for name, query in board.queries.items():
        names = nothing.answer(query, lambda columns, _: columns)
        for element in board.elements:
            if element.query == name:
                assert wanted(element) <= set(names), element.id
        assert not board.each or "key" in names, name


def wanted(element):
    """Return the columns that ``element`` cannot be shown without."""
    if isinstance(element, boards.Figure):
        return {element.id, "period", *re.findall(r"\{(\w+)", element.context)} - {"period"}
    if isinstance(element, boards.Chart):
        totals = {"is_total"} if element.type == "waterfall" else set()
        return {element.x, *element.values, *filter(None, [element.series])} | totals
    return {*element.columns, *filter(None, [element.key])}


def test_no_query_is_written_for_nothing():
    for board in boards.load():
        used = {element.query for element in board.elements} | {board.each}
        used |= {table.lines.query for table in board.tables if table.lines}
        assert board.queries.keys() <= used, board.slug


def test_every_system_that_a_board_needs_has_a_text_that_says_what_to_drop():
    texts = yaml.safe_load((boards.FOLDER / build.SYSTEMS_FILE).read_text(encoding="utf-8"))
    used = {name for board in boards.load() for name in board.systems_used}
    assert used <= texts.keys() <= all_systems().keys()


def test_links_between_boards_lead_somewhere():
    slugs = {board.slug for board in boards.load()}
    links = {figure.link for board in boards.load() for figure in board.figures if figure.link}
    assert links
    assert links <= slugs
    places = {board.slug: {element.id for element in board.elements} for board in boards.load()}
    for figure in (figure for board in boards.load() for figure in board.figures if figure.place):
        assert figure.place in places[figure.link], figure.id


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda board: board["figures"][0].update(query="nothing"), "no query nothing"),
        (lambda board: board["figures"][0].update(format="francs"), "no format francs"),
        (lambda board: board["figures"][0].update(colour="red"), "colour"),
        (lambda board: board["charts"][0].update(type="pie"), "no type pie"),
        (lambda board: board["charts"][0].update(id=board["figures"][0]["id"]), "used twice"),
        (lambda board: board["tables"][0].pop("key"), "lines need"),
    ],
)
def test_a_board_that_could_not_be_shown_is_refused(tmp_path, change, said):
    for name in ("execution-budgetaire.yml", "execution-budgetaire.sql", boards.SHARED):
        shutil.copy(boards.FOLDER / name, tmp_path)
    path = tmp_path / "execution-budgetaire.yml"
    board = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(board)
    path.write_text(yaml.safe_dump(board), encoding="utf-8")
    with pytest.raises(BoardError, match=said):
        boards.load(tmp_path)


def test_the_tables_of_a_query_are_those_that_it_reads_by_whatever_name(tmp_path):
    (tmp_path / boards.SHARED).write_text(
        "-- name: seen\nselect * from mart_meal where 1 in (select 1 from dim_date)\n"
    )
    sql = "-- name: one\nwith a as (select * from seen) select * from a join main.fct_asset as b on true\n"
    (tmp_path / "b.sql").write_text(sql)
    (tmp_path / "b.yml").write_text("{title: B, question: Q, theme: T, order: 1}")
    (board,) = boards.load(tmp_path)
    assert board.queries["one"].tables == {"mart_meal", "dim_date", "main.fct_asset"}


def test_a_query_may_not_read_what_cannot_be_named(tmp_path):
    (tmp_path / "b.yml").write_text("{title: B, question: Q, theme: T, order: 1}")
    for sql in ("from query_table('fct_cost_line')", "select * from read_csv('x.csv')", "from query('from dim_date')"):
        (tmp_path / "b.sql").write_text(f"-- name: one\nselect * from ({sql}), unnest([1]) as t (a)\n")
        with pytest.raises(BoardError):
            boards.load(tmp_path)
    (tmp_path / "b.sql").write_text("-- name: one\nselect a from unnest([1]) as t (a)\n")
    assert boards.load(tmp_path)[0].queries["one"].tables == frozenset()


# ------------------------------------------------------------------------------------------------- rows and rights


def test_a_direction_s_folder_has_its_rows_and_none_of_another(published):
    site = published / "site"
    mine, others = "\n".join(files(site / "education").values()), "\n".join(files(site / "culture-sports").values())
    for text, own, foreign in ((mine, "CANT", "MEDI"), (others, "MEDI", "CANT")):
        for mark in (f"Denrées {own}", f"Fournisseur de {own}", f"WO-{own}-1", f"{own}-20"):
            assert mark in text, mark
        for mark in (f"Denrées {foreign}", f"Fournisseur de {foreign}", f"WO-{foreign}-", f"{foreign}-20"):
            assert mark not in text, mark
    assert "1234,56" not in mine  # amounts are shown, never stored twice
    assert "Restaurant des Tilleuls" in mine
    assert "Restaurant des Tilleuls" not in others
    assert french.whole_euros(Decimal("1200000.35")) in mine
    assert french.whole_euros(Decimal("1200000.35")) not in others


def test_every_raw_line_in_a_folder_is_of_its_perimeter(published):
    with duckdb.connect(str(published / "beffroi.duckdb"), read_only=True) as connection:
        count = "select count(*) from marts.fct_cost_line where exercice = 2025"
        expected = {
            "ville": connection.execute(count).fetchone()[0],
            "education": connection.execute(f"{count} and service_id = 'CANT'").fetchone()[0],
        }
    for perimeter, lines in expected.items():
        found = [
            row
            for path, text in files(published / "site" / perimeter / "lignes").items()
            if "execution" in path.name
            for row in json.loads(text.partition(",")[2].rpartition(")")[0])
        ]
        assert len(found) == lines == (40 if perimeter == "ville" else 20)


def test_raw_lines_and_pay_are_only_where_the_perimeter_has_a_right_to_them(published):
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))["perimeters"]
    for name, said in content.items():
        folder = published / "site" / name
        assert said.get("raw_lines") or not (folder / "lignes").exists(), name
        assert said.get("hr_detail") or not (folder / "masse-salariale.html").exists(), name


def test_lines_of_staff_are_not_drilled_where_pay_by_service_is_closed(tmp_path):
    content = rows()
    paid = {"chapter_code": "012", "line_label": "Rémunération CANT", "piece_number": "PAIE-1"}
    content["fct_cost_line"].append({**content["fct_cost_line"][20], **paid})
    content["mart_budget_execution"] += [
        {**one, "chapter_code": "012", "chapter_label": "Charges de personnel"}
        for one in content["mart_budget_execution"][:2]
    ]
    folder = snapshot(tmp_path, content)
    build.write(folder)
    for perimeter, is_open in (("ville", True), ("ressources", True), ("education", False), ("technique", False)):
        lines = "".join(files(folder / "site" / perimeter / "lignes").values())
        assert ("Rémunération CANT" in lines) == is_open, perimeter
    assert "012 Charges de personnel" in (folder / "site/education/execution-budgetaire.html").read_text()


def test_cost_sheets_are_where_every_line_is_seen_and_linked_when_they_are_there(tmp_path):
    folder = snapshot(tmp_path, asked())
    sheet = folder / "fiches" / "2025" / "CANT.html"
    sheet.parent.mkdir(parents=True)
    sheet.write_text("<title>Fiche</title>")
    build.write(folder)
    for board in ("couts-complets", "couts-unitaires", "cout-service-cant"):
        page = (folder / "site" / "ville" / f"{board}.html").read_text(encoding="utf-8")
        assert re.findall('href="(fiches/[^"]*)"', page) == ["fiches/2025/CANT.html"], board
    assert "fiches/" not in (folder / "site/ville/cout-service-medi.html").read_text()
    assert (folder / "site/ville/fiches/2025/CANT.html").read_text() == sheet.read_text()
    assert (folder / "site/education/couts-complets.html").is_file()
    for path, text in files(folder / "site" / "education").items():
        assert "fiches/" not in text, path
    assert not (folder / "site/education/fiches").exists()


def test_an_equipment_shows_its_cost_and_what_is_left_to_pay(tmp_path, whole_town):
    folder = snapshot(tmp_path, asked())
    build.write(folder, perimeter_file=whole_town)
    page = (folder / "site" / "ville" / "equipement-cant01.html").read_text(encoding="utf-8")
    assert figures(page)["full_cost"] == "9600.75"
    assert figures(page)["net_cost"] == "6600.50"
    assert french.euros(Decimal("96.0075")) + " par m²" in page
    (parts,) = re.findall(r'id="cost_parts".*?<script type="application/json">(.*?)</script>', page, re.DOTALL)
    (steps,) = json.loads(parts)["series"]
    assert steps["values"] == [8000.5, 1000.25, 600.0, 9600.75, -2900.2, -100.05, 0.0, 6600.5]
    assert steps["texts"][-2] == french.whole_euros(0)


def test_a_board_cannot_read_beyond_the_perimeter_however_its_sql_is_written(published):
    seen = view(published, "education")
    assert {row["service_id"] for row in seen.rows(boards.Query("select * from fct_cost_line", frozenset()))} == {
        "CANT"
    }
    assert seen.rows(boards.Query("select * from mart_payroll_effect", frozenset())) == []
    assert not seen.can_answer(boards.Query("", frozenset({"mart_payroll_effect"})))
    beyond = published / "beffroi.duckdb"
    for sql in (
        "select * from snapshot.marts.fct_cost_line",
        f"select * from read_csv('{beyond.with_name('snapshot.json')}')",
        f"attach '{beyond}' as again (read_only)",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            seen.rows(boards.Query(sql, frozenset()))


def test_what_perimeters_see_alike_is_what_each_would_have_asked_alone(published):
    queries = [query for board in boards.load() for query in board.queries.values()]
    known = {}
    for perimeter in ("ville", "education", "culture-sports", "ressources", "rh"):
        alone, together = view(published, perimeter), view(published, perimeter, known)
        for query in queries:
            if alone.can_answer(query):
                assert together.rows(query) == alone.rows(query), (perimeter, query)


def test_a_perimeter_of_a_part_of_the_town_has_no_empty_board(published):
    names = {path.stem for path in (published / "site" / "culture-sports").glob("*.html")}
    assert "enfance" not in names
    assert {"index", "execution-budgetaire", "interventions", "effectifs"} <= names


def test_staff_of_a_direction_is_that_of_its_services(published):
    page = (published / "site" / "education" / "effectifs.html").read_text(encoding="utf-8")
    assert figures(page)["agents"] == "80"
    assert "Médiathèque MEDI" not in page


# ------------------------------------------------------------------------------------------------- what is written


def figures(page):
    """Return id -> value of the indicators of a page."""
    found = re.findall(r'<li class="indicator" id="(\w+)">.*?</li>', page, re.DOTALL)
    items = re.findall(r'(<li class="indicator".*?</li>)', page, re.DOTALL)
    values = [re.search(r'<data value="([^"]*)">([^<]*)</data>', item) for item in items]
    return {name: value[1] for name, value in zip(found, values, strict=True) if value}


def test_figures_equal_the_marts_to_the_cent(published):
    page = (published / "site" / "ville" / "execution-budgetaire.html").read_text(encoding="utf-8")
    with duckdb.connect(str(published / "beffroi.duckdb"), read_only=True) as connection:
        realised = connection.execute(
            "select sum(realised_eur) from marts.mart_budget_execution where exercice = 2025"
        ).fetchone()[0]
    assert realised == Decimal("1810000.42")
    assert Decimal(figures(page)["operating_expense"]) == realised
    assert french.euros(realised) in page
    assert french.amount(realised) == "1,81\u00a0M€"
    ratios = (published / "site" / "ville" / "ratios-legaux.html").read_text(encoding="utf-8")
    assert Decimal(figures(ratios)["gross_saving"]) == Decimal("2000000.99") - Decimal("1810000.42")


def test_a_page_says_when_it_was_published_from_what_and_how_it_was_checked(published):
    page = (published / "site" / "ville" / "execution-budgetaire.html").read_text(encoding="utf-8")
    assert f"1{french.NARROW_SPACE}232 contrôles réussis sur 1{french.NARROW_SPACE}234" in page
    assert "1er\u00a0mars\u00a02026" in page
    assert "budget_totem.xml" in page
    assert "décembre\u00a02025" in page
    assert "Somme du réalisé, section de fonctionnement" in page
    assert NAME in page


def test_a_hidden_cell_says_so_and_an_over_run_is_marked(published):
    page = (published / "site" / "ville" / "effectifs.html").read_text(encoding="utf-8")
    assert page.count('<abbr title="Caché par le secret statistique">secret</abbr>') == 3
    page = (published / "site" / "ville" / "execution-budgetaire.html").read_text(encoding="utf-8")
    assert 'class="number over"' in page  # 1 200 000,35 € of 1 150 000 €


def test_a_figure_of_a_year_that_is_not_over_is_marked_as_provisional(tmp_path, whole_town):
    content = rows()
    content["mart_meal"][0]["meal_date"] = date(2025, 4, 4)
    folder = snapshot(tmp_path, content)
    build.write(folder, perimeter_file=whole_town)
    page = (folder / "site" / "ville" / "enfance.html").read_text(encoding="utf-8")
    assert "connus jusqu’au 04/04/2025" in page
    assert page.count('<span class="badge">provisoire</span>') == 3  # the head of the page and two indicators


def ask(folder, board, query):
    """Return the rows that the whole town gets from a query of a board."""
    (found,) = (one.queries[query] for one in boards.load() if one.slug == board)
    return view(folder).rows(found)


def test_months_that_secrecy_hides_are_not_left_out_of_a_year_of_pay(tmp_path):
    content = rows()
    paid = {"employer_siren": TOWN, "budget_id": TOWN_BUDGET, "exercice": 2025}
    content["mart_payroll_component"] = [
        {**paid, "axis": "component", "component": component, "component_label": component}
        | {"pay_month": date(2025, month, 1), "amount_eur": None if month in hidden else Decimal(100)}
        for component, hidden in (("base", ()), ("overtime", (8, 9)), ("rare", (3,)))
        for month in range(1, 13)
    ]
    content["mart_payroll_envelope"] = [
        {**paid, "axis": "total", "component": "overtime", "component_label": "overtime", "amount_eur": Decimal(1150)}
    ]
    found = ask(snapshot(tmp_path, content), "masse-salariale", "by_component")
    assert {row["component"]: row["amount_eur"] for row in found} == {"base": 1200, "overtime": 1150}


def test_suppliers_past_the_thirtieth_come_last_and_january_pieces_of_a_year_are_of_december(tmp_path):
    content = rows()
    content["mart_supplier_payment"] = [
        {"budget_id": TOWN_BUDGET, "exercice": 2025, "month": date(2026, 1, 1) if rank == 1 else date(2025, 12, 1)}
        | {"supplier_label": label, "supplier_rank": rank, "piece_count": 1, "amount_with_vat_eur": Decimal(amount)}
        for rank, label, amount in ((1, "A", 30), (30, "B", 20), (31, "C", 10), (None, "Autres fournisseurs", 500))
    ]
    folder = snapshot(tmp_path, content)
    found = [(row["supplier"], row["amount"]) for row in ask(folder, "fournisseurs", "suppliers")]
    assert found == [("A", 30), ("B", 20), ("Autres fournisseurs", 510)]
    assert ask(folder, "fournisseurs", "amounts") == [{"month": date(2025, 12, 1), "amount": 560}]


def test_the_last_of_files_received_together_is_that_of_the_last_period(tmp_path):
    content = rows()
    (energy,) = [{**one, "source_system": "energy"} for one in content["fct_export"][:1]]
    content["fct_export"] += [
        {**energy, "file_name": f"releve_{period}.csv", "period_to": period, "is_last_accepted": period == "2023"}
        for period in ("2023", "2025", "2024")
    ]
    folder = snapshot(tmp_path, content)
    (shown,) = (row for row in ask(folder, "qualite", "freshness") if "nergie" in row["system"])
    assert (shown["last_file"], shown["until"]) == ("releve_2025.csv", "2025")
    assert view(folder).exports["energy"]["last_file"] == "releve_2025.csv"


def test_street_lighting_does_not_count_in_the_energy_of_a_square_metre(tmp_path):
    content = rows()
    content["mart_energy"] = [
        {"month": date(2025, 1, 1), "energy_type": "electricity", "facility_id": facility, "energy_kwh": Decimal(kwh)}
        | {"floor_area_m2": Decimal(100)}
        for facility, kwh in (("CANT01", 1000), ("MEDI01", 900_000))
    ]
    content["fct_energy_use"] = [
        {"facility_id": facility, "usage_code": usage, "month": date(2025, 1, 1)}
        for facility, usage in (("CANT01", "tous_usages"), ("MEDI01", "eclairage_public"))
    ]
    folder = snapshot(tmp_path, content)
    (totals,) = ask(folder, "energie", "totals")
    assert (totals["energy"], totals["intensity"]) == (901_000, 10)
    assert [row["intensity"] for row in ask(folder, "energie", "by_type")] == [10]
    assert {row["energy_kwh"]: row["intensity"] for row in ask(folder, "energie", "facilities")} == {
        1000: 10,
        900_000: None,
    }
    assert {row["key"]: row["intensity"] for row in ask(folder, "equipement", "energy")} == {
        "CANT01": 10,
        "MEDI01": None,
    }


def test_the_first_page_says_what_is_nearest_when_nothing_is_over_or_late(tmp_path, whole_town):
    content = rows()
    for line in content["mart_budget_execution"]:
        line["realised_eur"] = Decimal("1035000.00") if line["function_m57_code"] == "281" else Decimal("500000.00")
    for one in content["fct_export"]:
        one["late_after"] = date(2099, 1, 1)
    folder = snapshot(tmp_path, content)
    build.write(folder, perimeter_file=whole_town)
    home = (folder / "site" / "ville" / "index.html").read_text(encoding="utf-8")
    assert home.count(">Aucun</data>") == 2
    assert "au plus près, Service CANT, 90,0\u00a0% des crédits" in home
    assert "le premier le serait après le 01/01/2099" in home


def test_a_board_whose_system_has_sent_nothing_says_what_to_drop_and_shows_no_zero(empty):
    for board in boards.load():
        if board.systems:
            page = (empty / "site" / "ville" / f"{board.slug}.html").read_text(encoding="utf-8")
            assert f"landing/{board.systems[0]}/" in page
            assert "<data " not in page
    home = (empty / "site" / "ville" / "index.html").read_text(encoding="utf-8")
    assert home.count("landing/") == 16  # one for each system of each figure
    assert "<data " not in home


def test_charts_are_drawn_by_the_vendored_library_and_its_licence_is_with_it(published):
    static = published / "site" / "ville" / "static"
    digest = hashlib.sha256((static / "echarts.min.js").read_bytes()).hexdigest()
    assert digest == "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"  # of echarts 6.1.0 on npm
    assert "Apache License" in (static / "echarts-licence" / "LICENSE").read_text()
    assert "Apache ECharts" in (static / "echarts-licence" / "NOTICE").read_text()


def test_pages_name_no_host_and_every_link_leads_to_a_file_of_the_folder(published):
    for path, text in files(published / "site").items():
        if path.suffix == ".html":
            assert not re.findall(r'(?:src|href)="(?:https?:)?//', text), path
            for link in re.findall(r'(?:src|href)="([^"#]+)"', text):
                assert link.startswith("data:") or (path.parent / link).is_file(), (path, link)


def test_colours_of_text_have_the_contrast_that_the_rgaa_asks():
    style = (build.STATIC / "style.css").read_text()
    themes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\n\s*\}", style, re.S)
    ]
    assert len(themes) >= 2
    for theme in themes[:2]:
        for ink in ("ink", "soft", "link", "good", "warn", "bad"):
            for ground in ("paper", "sheet"):
                assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        assert contrast(theme["warn"], theme["warn-wash"]) >= 4.5
        assert contrast(theme["c1"], theme["paper"]) >= 3


def contrast(one, other):
    """Return the ratio of WCAG 2 between two colours."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (french.decimal(Decimal("-1234567.891"), 2), "−1 234 567,89"),
        (french.decimal(-0.001, 1), "0,0"),
        (french.amount(Decimal("57054223.71")), "57,05 M€"),
        (french.amount(-812_345), "−812 k€"),
        (french.amount(950), "950 €"),
        (french.energy(14_107_215), "14,1 GWh"),
        (french.percent(Decimal("0.9799")), "98,0 %"),
        (french.show(None, "euros"), "—"),
        (french.plain(Decimal("-1234.50")), "-1234,50"),
        (french.month(date(2025, 12, 1)), "décembre 2025"),
        (french.period("2025-12-31T17:00:00"), "31/12/2025"),
        (french.period("2025-12"), "décembre 2025"),
        (french.period("2024-2025"), "2024-2025"),
        (french.title("CCAS DE L'ESSAI-SUR-LYS"), "CCAS de l'Essai-sur-Lys"),
        (french.title("VILLE DE BEFFROI-SUR-LYS"), "Ville de Beffroi-sur-Lys"),
        (french.title("Ville déjà bien écrite"), "Ville déjà bien écrite"),
        (french.typeset("Où va l'argent ?"), "Où va l’argent ?"),
        (french.show(Decimal("-1.96"), "decimal1", "ans"), "−2,0 an"),
        (french.show(Decimal("2.0"), "decimal1", "ans"), "2,0 ans"),
        (french.show(0, "number", "kWh/m²"), "0 kWh/m²"),
        ("/".join(sorted(("Voirie", "Éclairage", "zoo", "Eau"), key=french.sort_key)), "Eau/Éclairage/Voirie/zoo"),
    ],
)
def test_values_are_written_as_french_readers_expect(shown, text):
    assert shown.replace(french.NARROW_SPACE, " ").replace(french.SPACE, " ") == text


# ------------------------------------------------------------------------------------------------- in a browser


@NEEDS_BROWSER
@pytest.mark.parametrize("state", ["published", "empty"])
def test_every_page_opens_from_the_disk_without_an_error_or_a_request_outside(state, request, visit):
    site = request.getfixturevalue(state) / "site"
    paths = [
        site / "index.html",
        *sorted((site / "ville").glob("*.html")),
        *sorted((site / "education").glob("*.html")),
    ]
    page = visit(paths[0])
    for path in paths:
        page.goto(path.as_uri())
        charts = page.locator(".drawing")
        assert page.locator(".drawing svg").count() == charts.count(), path
        assert page.locator("h1").count() == 1


@NEEDS_BROWSER
def test_what_a_chart_shows_is_in_a_table_that_the_keyboard_opens(published, visit):
    page = visit(published / "site" / "ville" / "execution-budgetaire.html")
    chart = page.locator("figure#by_year")
    drawn = json.loads(chart.locator("script").text_content())
    assert drawn["series"][0]["values"] == [1500000.30, 1810000.42]
    assert drawn["categories"] == ["2024", "2025"]
    chart.locator("summary").focus()
    page.keyboard.press("Enter")
    cells = chart.locator("tbody td").all_inner_texts()
    assert cells[0] == french.amount(Decimal("1500000.30"))
    assert [cell.get_attribute("data-plain") for cell in chart.locator("tbody td.number").all()][2] == "1810000,42"


@NEEDS_BROWSER
def test_raw_lines_are_shown_searched_and_saved_for_french_excel(published, visit):
    page = visit(published / "site" / "ville" / "execution-budgetaire.html")
    page.get_by_role("button", name="40 lignes").click()
    place = page.locator("#chapters .drilled")
    place.locator("table").wait_for()
    assert place.locator("tbody tr").count() == 15
    assert page.title() != "taken"
    place.get_by_role("button", name="Suivantes").click()
    assert "page 2 sur 3" in place.inner_text()
    place.get_by_role("searchbox").fill("denrées medi")
    assert "18 lignes" in place.inner_text()
    place.get_by_role("searchbox").fill("CANT")
    with page.expect_download() as download:
        place.get_by_role("button", name="Télécharger").click()
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert table[0] == ["Mois", "Mandat", "Nature", "Fonction", "Tiers", "Objet", "Montant (€)"]
    assert len(table) == 21
    amounts = [Decimal(row[-1].replace(",", ".")) for row in table[1:]]
    assert sum(amounts) == 19 * Decimal("1234.56") - Decimal("12.50")
    objects = {row[5] for row in table[1:]}
    assert f"'{FORMULA}" in objects
    assert SCRIPT in objects
    place.get_by_role("button", name="Fermer").click()
    assert place.inner_text() == ""


@NEEDS_BROWSER
def test_a_table_is_saved_as_it_is_shown_with_numbers_as_numbers(published, visit):
    page = visit(published / "site" / "ville" / "execution-budgetaire.html")
    with page.expect_download() as download:
        page.locator("#functions").get_by_role("button", name="Télécharger").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    table = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert table[0][:3] == ["Fonction", "Service", "Crédits ouverts"]
    assert table[1][1:4] == ["Service CANT", "1150000,00", "1200000,35"]
    assert table[1][4] == "-50000,35"


@NEEDS_BROWSER
def test_lines_of_a_snapshot_that_is_gone_ask_to_reload(published, visit, tmp_path):
    shutil.copytree(published / "site" / "ville", tmp_path / "ville")
    shutil.rmtree(tmp_path / "ville" / "lignes")
    page = visit(tmp_path / "ville" / "execution-budgetaire.html")
    page.get_by_role("button", name="40 lignes").click()
    page.get_by_text("rechargez la page").wait_for()
    assert visit.wrong == ["Failed to load resource: net::ERR_FILE_NOT_FOUND"]
    visit.wrong.clear()


@NEEDS_BROWSER
def test_an_export_that_became_late_since_is_shown_as_late(published, visit):
    page = visit(published / "site" / "ville" / "qualite.html")
    late = page.locator("#freshness tr", has_text="Interventions techniques")
    assert "en retard" in late.inner_text()
    assert "en retard" not in page.locator("#freshness tr", has_text="Documents budgétaires").inner_text()


@NEEDS_BROWSER
def test_a_page_prints_on_a4_without_menu_or_buttons(published, visit):
    page = visit(published / "site" / "ville" / "execution-budgetaire.html")
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator("#functions button.csv").is_hidden()
    assert page.locator("figure#by_year svg").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@NEEDS_BROWSER
def test_a_long_table_is_folded_on_screen_and_paper_and_saved_whole(tmp_path, whole_town, visit):
    content = rows()
    content["mart_grant"] = [
        {"budget_id": TOWN_BUDGET, "exercice": 2025, "beneficiary_name": f"Club n° {number}"}
        | {"paid_eur": Decimal(100 - number), "requires_agreement": False}
        for number in range(41)
    ]
    folder = snapshot(tmp_path, content)
    build.write(folder, perimeter_file=whole_town)
    page = visit(folder / "site" / "ville" / "subventions.html")
    table = page.locator("#beneficiaries")
    assert table.locator("tbody tr:visible").count() == 25
    with page.expect_download() as download:
        table.get_by_role("button", name="Télécharger").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()) == 42
    page.emulate_media(media="print")
    assert table.get_by_text("Les 25 premières lignes sur 41").is_visible()
    page.emulate_media(media="screen")
    table.get_by_role("button", name="Afficher les 41 lignes").click()
    assert table.locator("tbody tr:visible").count() == 41


@NEEDS_BROWSER
def test_no_page_is_wider_than_a_phone(published, visit):
    page = visit(published / "site" / "ville" / "execution-budgetaire.html")
    assert page.locator("button.lines").count() > 0  # what only a screen reader sees of them took room
    # A phone that is turned has the drawings of its wider side until they are drawn again: here they never are.
    page.evaluate("addEventListener('resize', (event) => event.stopImmediatePropagation(), { capture: true })")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.reload()
    assert page.locator(".drawing svg").first.bounding_box()["width"] < 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@NEEDS_BROWSER
def test_an_equipment_is_found_by_its_name_and_has_a_page(published, visit):
    page = visit(published / "site" / "ville" / "equipement.html")
    page.get_by_label("Chercher").fill("perrault")
    assert page.locator(".choices a:visible").all_inner_texts() == ["Médiathèque Perrault"]
    page.get_by_role("link", name="Médiathèque Perrault").click()
    assert page.locator("h1").inner_text() == "Médiathèque Perrault"
    assert page.locator("#orders data").get_attribute("value") == "3"


@NEEDS_BROWSER
def test_the_first_page_leads_to_what_a_stranger_asks_first(tmp_path, whole_town, visit):
    """What a meal cost, the share of families, who is over budget, where absence is highest, which export is late."""
    folder = snapshot(tmp_path, asked())
    build.write(folder, perimeter_file=whole_town)
    with duckdb.connect(str(folder / "beffroi.duckdb"), read_only=True) as connection:

        def mart(sql):
            return connection.execute(sql).fetchone()

        meal, share = mart(
            """select unit_cost_eur, coverage_share from marts.mart_unit_cost
            where exercice = 2025 and unit_cost_level = 'activity' and measure_code = 'meal_served'"""
        )
        service, over = mart(
            """select service_id, sum(realised_eur) - sum(credits_opened_eur) from marts.mart_budget_execution
            inner join marts.dim_service using (function_m57_code)
            where exercice = 2025 group by service_id order by 2 desc limit 1"""
        )
        absent, rate = mart(
            "select service_label, absence_percent from marts.mart_absence order by absence_percent desc nulls last"
        )
        late = mart("select source_system from marts.fct_export where late_after < date '2026-03-01'")
    assert late == ("work_orders",)

    home = visit(folder / "site" / "ville" / "index.html")
    answers = {}
    for question in home.locator(".asked .indicator").all():
        link = question.get_by_role("link")
        answers[link.inner_text()] = (question.locator("data").get_attribute("value"), link.get_attribute("href"))
    assert len(answers) == 5

    def follow(question):
        value, link = answers[question]
        page = visit(folder / "site" / "ville" / link.partition("#")[0])
        return value, page.locator("#" + link.partition("#")[2])

    value, place = follow("Que coûte un repas de cantine\u00a0?")
    assert Decimal(value) == Decimal(place.locator("data").get_attribute("value")) == meal == Decimal("48.0038")
    assert place.locator("data").inner_text() == french.euros(meal)
    value, place = follow("Quelle part les familles en paient-elles\u00a0?")
    assert Decimal(value) == Decimal(place.locator("data").get_attribute("value")) == share
    value, place = follow("Quel service dépasse le plus ses crédits\u00a0?")
    first = place.locator("tbody tr").first
    assert value == first.locator("td").first.inner_text() == f"Service {service}"
    assert french.whole_euros(over) in first.inner_text()
    value, place = follow("Où l’absence est-elle la plus forte\u00a0?")
    first = place.locator("tbody tr").first
    assert value == first.locator("th").inner_text() == absent == "Lecture"
    assert french.points(rate) in first.inner_text()
    value, place = follow("Quel export est en retard\u00a0?")
    assert value == "Interventions techniques"
    assert "en retard" in place.locator("tr", has_text="Interventions techniques").inner_text()
    assert place.locator("tr", has_text="en retard").count() == 1 + 1  # its own, and the head that says after when
