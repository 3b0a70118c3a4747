"""The dashboards of a town that has dropped one real budget document and nothing else."""

import re
from decimal import Decimal

import duckdb
import pytest
from published import contracts, snapshot
from raw_warehouse import build, load_raw

from orchestration.site import boards
from orchestration.site.build import write

MARTS = ("dim_budget", "dim_nature", "dim_function", "dim_date", "dim_service", "fct_budget_line", "fct_export")
MARTS += ("mart_budget_execution", "mart_legal_ratio")


@pytest.fixture(scope="module")
def site(real_files, tmp_path_factory):
    """The site of Montreuil's account of 2022; marts that its other systems would fill are empty."""
    folder = tmp_path_factory.mktemp("montreuil")
    database = folder / "warehouse.duckdb"
    load_raw(database, [("budget_totem", real_files / "totem" / "montreuil" / "CA_2022.xml")])
    build(database, *(f"+{mart}" for mart in MARTS))
    published = snapshot(folder)
    with duckdb.connect(str(published / "beffroi.duckdb")) as connection:
        connection.execute(f"attach '{database}' as built (read_only)")
        for mart in MARTS:
            names = ", ".join(contracts()[mart])
            connection.execute(f"insert into marts.{mart} ({names}) select {names} from built.marts.{mart}")
    return write(published) / "ville"


def page(site, slug):
    return (site / f"{slug}.html").read_text(encoding="utf-8")


def value(text, figure):
    return Decimal(re.search(rf'id="{figure}">.*?<data value="([^"]*)"', text, re.DOTALL)[1])


def test_the_boards_of_finance_show_the_figures_that_the_document_prints(site):
    ratios = page(site, "ratios-legaux")
    assert "Montreuil" in ratios
    printed = re.search(r"<th scope=row[^>]*>1</th>.*?</tr>", ratios, re.DOTALL)[0]
    computed, as_printed = re.findall(r'data-plain="(\d+,\d+)"', printed)[:2]
    assert abs(Decimal(computed.replace(",", ".")) - Decimal(as_printed.replace(",", "."))) < Decimal("0.5")
    assert value(page(site, "execution-budgetaire"), "operating_expense") > 100_000_000


def test_the_others_say_what_is_missing(site):
    for board in boards.load():
        if board.systems and board.systems != ("budget_totem",):
            assert f"landing/{board.systems[0]}/" in page(site, board.slug), board.slug
            assert "<data " not in page(site, board.slug), board.slug
