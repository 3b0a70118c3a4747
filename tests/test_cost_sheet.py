"""What the charts of a cost sheet draw, and how its numbers read."""

from decimal import Decimal

import duckdb
import pytest

from orchestration.lib import cost_sheet

CANTEEN = {
    "direct": Decimal("600"),
    "building": Decimal("100"),
    "support": Decimal("300"),
    "user_revenue": Decimal("400"),
    "public_revenue": Decimal("50"),
    "other_revenue": Decimal("0"),
}


def test_the_waterfall_goes_up_by_costs_and_down_by_revenue():
    bars, zero = cost_sheet.waterfall(CANTEEN)
    of = {bar.colour: bar for bar in bars}
    assert list(of) == [
        *("direct", "building", "support", "full"),
        *("user_revenue", "public_revenue", "other_revenue", "net"),
    ]
    per_euro = of["full"].height / 1000
    for name, euros in (("direct", 600), ("building", 100), ("support", 300), ("user_revenue", 400), ("net", 550)):
        assert of[name].height == pytest.approx(euros * per_euro, abs=0.2), name
    for name in ("direct", "full", "net"):
        assert of[name].y + of[name].height == pytest.approx(zero, abs=0.2), name
    assert of["building"].y + of["building"].height == pytest.approx(of["direct"].y, abs=0.2)
    assert of["support"].y == pytest.approx(of["full"].y, abs=0.2)
    assert of["public_revenue"].y == pytest.approx(of["user_revenue"].y + of["user_revenue"].height, abs=0.2)
    assert of["net"].y == pytest.approx(of["public_revenue"].y + of["public_revenue"].height, abs=0.2)
    assert all(bar.y > 0 and bar.y + bar.height < cost_sheet.FALL_HEIGHT for bar in bars)
    assert (of["user_revenue"].value, of["building"].value, of["net"].value) == (
        "−400\u00a0€",
        "+100\u00a0€",
        "550\u00a0€",
    )


def test_revenue_beyond_the_cost_goes_below_zero():
    bars, zero = cost_sheet.waterfall(CANTEEN | {"public_revenue": Decimal(900)})
    net = bars[-1]
    assert net.y == pytest.approx(zero, abs=0.2)
    assert (net.value, bars[6].value) == ("−300\u00a0€", "0\u00a0€")
    assert net.y + net.height < cost_sheet.FALL_HEIGHT


def test_a_service_without_a_cent_still_has_a_chart():
    bars, _ = cost_sheet.waterfall(dict.fromkeys(CANTEEN, Decimal(0)))
    assert {bar.height for bar in bars} == {1.0}


def test_the_bar_of_a_year_holds_what_is_left_to_pay():
    rows = [
        {"exercice": 2024, "full": Decimal(100), "net": Decimal(40)},
        {"exercice": 2025, "full": Decimal(50), "net": Decimal(-5)},
    ]
    (full, net), (later_full, later_net) = cost_sheet.years(rows)
    assert net.height == pytest.approx(full.height * 0.4, abs=0.1)
    assert later_full.height == pytest.approx(full.height / 2, abs=0.1)
    assert later_net.height == 0
    assert (full.label, later_full.label) == ("2024", "2025")


def test_a_share_reads_as_in_french():
    assert cost_sheet.percent(Decimal(1), Decimal(3)) == "33,3\u00a0%"
    assert cost_sheet.percent(Decimal(1), Decimal(0)) == "—"


def test_a_code_of_a_service_never_leads_out_of_the_folder():
    assert cost_sheet.file_of(2025, "../CANT") == "2025/---CANT.html"


def test_without_costs_there_are_no_sheets(tmp_path):
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        assert cost_sheet.write_all(connection, tmp_path / "fiches") == 0
    assert not (tmp_path / "fiches").exists()
