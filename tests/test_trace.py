"""Every published figure is the sum of its ledger lines, to the cent, and every ledger line arrives somewhere whole."""

import csv
import re
import shutil
from collections import Counter
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.lib import cost_sheet, publish
from orchestration.lib.home import Home
from orchestration.lib.trace import STEPS, Cells, NotTraceable, Snapshot, folded, spread
from orchestration.lib.trace_text import destinations, figure_lines, groups

AMOUNT = re.compile(r"−?[0-9][0-9\u202f]*,[0-9]{2}(?=\u00a0€)")


@pytest.fixture(scope="module")
def town(demo_town):
    """The warehouse of the demo town."""
    return demo_town.database


@pytest.fixture(scope="module")
def snapshot(town):
    with duckdb.connect(str(town), read_only=True) as connection:
        yield Snapshot(connection)


def cents(text):
    return int(text.replace("\u202f", "").replace(",", "").replace("−", "-"))


def test_the_leaves_of_each_cell_are_the_mart_to_the_cent(snapshot):
    for exercice in snapshot.exercices:
        of_cell = Counter()
        for service in snapshot.exercice(exercice).keeping:
            for leaf in snapshot.exercice(exercice).leaves(Cells(service)):
                line = leaf.line
                cell = line.budget_id, line.cost_month, leaf.service_id, leaf.facility_id, leaf.activity_id
                of_cell[*cell, leaf.step] += leaf.cents
        published = Counter()
        for row in snapshot.rows("from marts.mart_full_cost where exercice = ?", exercice):
            cell = row["budget_id"], row["cost_month"], row["service_id"], row["facility_id"], row["activity_id"]
            for measure, step in STEPS.items():
                published[*cell, step] += int(row[measure] * 100)
        assert +published, "nothing was compared"
        assert {cell: amount for cell, amount in of_cell.items() if amount} == {
            cell: amount for cell, amount in published.items() if amount
        }


def test_every_unit_cost_is_explained(snapshot):
    rows = snapshot.rows("from marts.mart_unit_cost where is_main_unit")
    assert {row["unit_cost_level"] for row in rows} == {"activity", "facility"}
    for row in rows:
        figure = snapshot.unit_cost(row["exercice"], row["activity_id"], row["service_id"], row["facility_id"])
        assert figure.row == row
        leaves = snapshot.leaves(figure)  # raises unless each step adds up
        full = sum(leaf.cents for leaf in leaves if leaf.step in ("direct", "building", "support"))
        assert full == int(row["full_cost_eur"] * 100)


def test_a_figure_that_its_lines_do_not_make_is_never_explained(snapshot):
    figure = snapshot.unit_cost(snapshot.exercices[-1], "school_meal")
    figure.cents["direct"] += 1
    with pytest.raises(RuntimeError, match="school_meal"):
        snapshot.leaves(figure)


def test_every_line_arrives_whole_and_down_the_same_way_that_figures_go_up(snapshot):
    exercice = snapshot.exercice(snapshot.exercices[-1])
    lines = [line for month in exercice.months.values() for own in month.lines.values() for line in own]
    up = exercice.destinations(lines)
    arrived = Counter()
    for leaf in up:
        arrived[leaf.line] += leaf.cents
    given_out = Counter()
    for line in lines:
        given_out[line] += line.cents
    assert arrived == given_out
    down = Counter()
    for service in exercice.keeping:
        down.update(exercice.leaves(Cells(service)))
    assert down == Counter(up)


def test_the_destinations_of_a_piece_add_up_to_it(snapshot):
    pieces = snapshot.rows(
        """select budget_id, exercice, direction, bordereau_number, piece_number, sum(amount_eur) as total
        from marts.fct_cost_line group by all order by hash(total), bordereau_number limit 40"""
    )
    for piece in pieces:
        lines = snapshot.piece(
            piece["budget_id"],
            piece["bordereau_number"],
            piece["piece_number"],
            None,
            piece["exercice"],
            piece["direction"],
        )
        assert sum(amount for _, amount, _ in destinations(snapshot, lines)) == int(piece["total"] * 100)


def test_no_leaf_names_a_person(snapshot):
    persons = snapshot.rows("from marts.dim_tiers where tiers_kind = 'person'")
    assert persons, "the town pays no person: nothing is shown"
    exercice = snapshot.exercices[-1]
    written = set()
    for service in snapshot.exercice(exercice).keeping:
        for leaf in snapshot.exercice(exercice).leaves(Cells(service)):
            if leaf.line.tiers == "personne physique":
                assert leaf.line.label is None
            written.update(map(str, (leaf.line, leaf.hops)))
    assert any("personne physique" in text for text in written)
    everything = "\n".join(written)
    assert not [person["tiers_id"] for person in persons if person["tiers_id"] in everything]
    assert not re.search(r"\b[0-9a-f]{32}\b", everything)


def test_what_is_printed_adds_up(snapshot):
    """Whatever is left out as too small is summed: under each step the amounts of one depth are the step's."""
    figure = snapshot.unit_cost(snapshot.exercices[-1], "school_meal")
    leaves = snapshot.leaves(figure)
    text = list(figure_lines(snapshot, figure, leaves, top=3))
    for step in ("direct", "building", "support", "corporate"):
        start = next(i for i, line in enumerate(text) if i > 5 and line.endswith(f"{euros_of(figure.cents[step])}"))
        pools, sources = [], []
        for line in text[start + 1 :]:
            if not line:
                break
            if amount := re.match(r" *(−?[0-9][0-9\u202f]*,[0-9]{2})\u00a0€ ", line):
                (pools if amount.end() < 24 else sources).append(cents(amount[1]))
        assert sum(pools) == figure.cents[step]
        assert sum(sources) == figure.cents[step]
        assert sources != pools


def euros_of(amount):
    from orchestration.lib.french import euros

    return euros(Decimal(amount).scaleb(-2))


def test_sources_come_largest_first_and_are_the_pool(snapshot):
    figure = snapshot.full_cost(snapshot.exercices[-1], "CANT")
    leaves = [leaf for leaf in snapshot.leaves(figure) if leaf.step == "support"]
    found = groups(leaves, snapshot.wholes(figure.exercice))
    assert [group.hop.service_id for group in found if group.hop]
    assert [abs(group.cents) for group in found] == sorted((abs(group.cents) for group in found), reverse=True)
    for group in found:
        amounts = [abs(source.cents) for source in group.sources]
        assert amounts == sorted(amounts, reverse=True)
        assert sum(source.cents for source in group.sources) == group.cents
        key = snapshot.key(group.hop.key_id, figure.exercice)
        assert key["service_id"] == group.hop.service_id
        assert key["owner"]
        assert key["evidence"]


amounts = st.integers(-(10**9), 10**9)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=st.lists(amounts, min_size=1, max_size=12), cuts=st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_a_pool_is_followed_with_both_sums_exact(parts, cuts):
    from orchestration.lib.allocation import cut

    whole = sum(parts)
    if not whole or not sum(cuts):
        return
    edges = cut(whole, cuts)
    rows = list(spread(parts, edges))
    assert [sum(row) for row in rows] == parts
    assert [sum(column) for column in zip(*rows, strict=True)] == edges
    for part, row in zip(parts, rows, strict=True):
        assert all(cents * part >= 0 for cents in row), "a part of the other sign"


def test_a_pool_that_is_not_its_edges_is_refused():
    with pytest.raises(ValueError, match="101"):
        list(spread([50, 50], [101]))


@pytest.mark.parametrize(
    "name", ["school_meal", "Restauration scolaire", "RESTAURATION  scolaire", "cantine", "scolaire"]
)
def test_an_activity_goes_by_code_and_by_french_name(snapshot, name):
    figure = snapshot.unit_cost(2025, name, service="CANT")
    assert figure.cells == Cells("CANT", "school_meal")


def test_accents_and_punctuation_do_not_matter():
    assert folded("Écoles élémentaires — l’été") == "ecoles elementaires lete"


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda s: s.unit_cost(1999, "school_meal"), "Exercices publiés : 2024, 2025"),
        (lambda s: s.unit_cost(2025, "patinoire"), "Rien ne s’appelle « patinoire »"),
        (lambda s: s.unit_cost(2025, "écoles"), "nursery_school .* primary_school"),
        (lambda s: s.unit_cost(2025), "Précisez --activity"),
        (lambda s: s.unit_cost(2025, "school_meal", facility="CANT99"), "CANT01"),
        (lambda s: s.unit_cost(2025, "school_meal", unit="litre"), r"meal_served \(repas\)"),
        (lambda s: s.full_cost(2025, "Patinoire"), r"CANT \(Restauration scolaire\)"),
        (lambda s: s.full_cost(2025, "CANT", month=date(2031, 1, 1)), "Mois publiés : 2025-01"),
        (lambda s: s.piece("principal", "1", "99999", None, None, "expense"), "Pas de mandat 99999"),
        (lambda s: s.piece("principal", "1", "1", None, None, "expense"), "Précisez --exercice"),
        (lambda s: s.piece("patinoire", "1", "1", None, None, "expense"), "BUDGET PRINCIPAL"),
    ],
)
def test_what_is_not_there_is_said_with_what_there_is(snapshot, ask, answer):
    with pytest.raises(NotTraceable) as refusal:
        ask(snapshot)
    assert re.search(answer, str(refusal.value)), refusal.value


@pytest.fixture(scope="module")
def publication(town, tmp_path_factory):
    """The folder of the snapshot that is published from the town."""
    home = Home(tmp_path_factory.mktemp("published"))
    home.published.mkdir()
    shutil.copy(town, home.warehouse)
    publish.publish(home, "inputs", {}, add=cost_sheet.write)
    return home.published / "current"


@pytest.fixture
def published(home, publication):
    (home.published / "current").symlink_to(publication)
    return home


def invoke(*arguments):
    return CliRunner().invoke(app, ["trace", *map(str, arguments)])


def test_the_command_explains_a_meal_from_the_snapshot(published, tmp_path):
    file = tmp_path / "repas.csv"
    done = invoke("mart_unit_cost", "--exercice", 2025, "--activity", "cantine", "--top", 2, "--csv", file)
    assert done.exit_code == 0, done.output
    for said in (
        "Restauration scolaire (CANT) · exercice 2025",
        "Coût complet par repas : ",
        "= Reste à charge",
        "par repas",
    ):
        assert said in done.output
    assert re.search(
        r"Finances \(FIN\), part .* ; clé « Mandats émis » \(fin-mandat\), responsable : Finances", done.output
    )
    assert re.search(r"mandat [0-9]+ \(bordereau [0-9]+\) ligne", done.output)
    assert "PES_DepenseAller/Bordereau[1]" in done.output
    with duckdb.connect(str(published.published / "current" / "beffroi.duckdb"), read_only=True) as connection:
        (full,) = connection.execute(
            """select full_cost_eur from marts.mart_unit_cost where exercice = 2025 and activity_id = 'school_meal'
            and facility_id is null and is_main_unit"""
        ).fetchone()
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=";"))
    costs = [row for row in rows if row["etape"] in ("Coût direct", "Bâtiment", "Supports")]
    assert sum(Decimal(row["montant"].replace(",", ".")) for row in costs) == full


def test_the_command_explains_a_month_and_a_facility(published):
    month = invoke("mart_full_cost", "--exercice", 2025, "--service", "CANT", "--month", "2025-03")
    assert month.exit_code == 0, month.output
    assert "Restauration scolaire (CANT) · mars 2025" in month.output
    facility = invoke("mart_unit_cost", "--exercice", 2025, "--activity", "school_meal", "--facility", "CANT01")
    assert "(CANT01)" in facility.output.splitlines()[0]


def test_the_command_follows_a_mandat(published):
    with duckdb.connect(str(published.published / "current" / "beffroi.duckdb"), read_only=True) as connection:
        bordereau, piece, total = connection.execute(
            """select bordereau_number, piece_number, sum(amount_eur) from marts.fct_cost_line
            where exercice = 2025 and budget_id like '21%-00' and service_id = 'FIN' and direction = 'expense'
            group by all order by 3 desc limit 1"""
        ).fetchone()
    done = invoke("line", "--budget", "principal", "--bordereau", bordereau, "--piece", piece, "--exercice", 2025)
    assert done.exit_code == 0, done.output
    whole, *parts = [
        cents(re.match(r" *(\S+)\u00a0€", line)[1])
        for line in done.output.splitlines()
        if re.match(r" *\S+\u00a0€  ", line)
    ]
    assert sum(parts) == whole
    assert Decimal(whole).scaleb(-2) >= total
    assert "par FIN" in done.output
    assert re.search(r"€ par repas", done.output)


def test_without_costs_the_command_says_so(home):
    done = invoke("mart_full_cost", "--exercice", 2025, "--service", "CANT")
    assert done.exit_code == 1
    assert "Rien n’est encore publié" in done.output
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_service as select 'CANT' as service_id")
    publish.publish(home, "inputs", {})
    done = invoke("mart_full_cost", "--exercice", 2025, "--service", "CANT")
    assert done.exit_code == 1
    assert "il y manque dim_activity" in done.output


def euro_cells(page):
    """Every amount to the cent of a page, in cents."""
    return [cents(found) for found in AMOUNT.findall(page)]


def table_after(page, heading):
    return page.split(f"<h2>{heading}</h2>", 1)[1].split("</table>", 1)[0]


def test_the_cost_sheets_are_published_and_say_what_the_marts_say(published):
    folder = published.published / "current" / "fiches"
    with duckdb.connect(str(published.published / "current" / "beffroi.duckdb"), read_only=True) as connection:
        costs = connection.execute(
            """select exercice, service_id, sum(full_cost_eur), sum(net_cost_eur),
                sum(user_revenue_eur + public_revenue_eur + other_revenue_eur)
            from marts.mart_full_cost where service_id <> 'A_AFFECTER' group by all"""
        ).fetchall()
    assert len(costs) > 50
    assert len(list(folder.glob("*/*.html"))) == len(costs)
    index = (folder / "index.html").read_text(encoding="utf-8")
    for exercice, service, full, net, revenue in costs:
        assert f'href="{exercice}/{service}.html"' in index
        page = (folder / str(exercice) / f"{service}.html").read_text(encoding="utf-8")
        calculated = euro_cells(table_after(page, "Le calcul"))
        assert calculated[3] == sum(calculated[:3]) == int(full * 100)
        assert calculated[7] == calculated[3] - sum(calculated[4:7]) == int(net * 100)
        *sources, total = euro_cells(table_after(page, "De quoi est fait le coût complet"))
        assert sum(sources) == total == int(full * 100)
        if "Principaux payeurs" in page:
            payers = page.split("Principaux payeurs", 1)[1].split("</table>", 1)[0]
            assert sum(euro_cells(payers)) == int(revenue * 100)


def test_a_cost_sheet_is_complete_in_itself_and_names_nobody(published):
    folder = published.published / "current" / "fiches"
    with duckdb.connect(str(published.published / "current" / "beffroi.duckdb"), read_only=True) as connection:
        persons = connection.execute("select tiers_id from marts.dim_tiers where tiers_kind = 'person'").fetchall()
    for path in folder.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|https?://|src=|url\(|@import", page), path
        assert not re.search(r"\b[0-9a-f]{32}\b", page), path
        assert not [tiers for (tiers,) in persons if tiers in page], path
        for link in re.findall(r'href="([^"]+)"', page):
            assert (path.parent / link).resolve().is_file(), (path, link)
    assert "Particuliers" in (folder / "2025" / "CANT.html").read_text(encoding="utf-8")
