"""Cells as people and spreadsheets write them: one meaning each, or an error that quotes nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.lib import cells

DAYS = st.dates(date(1955, 1, 1), date(2049, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        (" 05/03/2024 ", "2024-03-05"),
        ("5.3.2024", "2024-03-05"),
        ("05/03/24", "2024-03-05"),
        ("05/03/87", "1987-03-05"),
        ("2024-03-05 00:00:00", "2024-03-05"),
        ("2024-03-05T23:59:59+01:00", "2024-03-05"),
        ("05/03/2024 12:30", "2024-03-05"),
        ("45356", "2024-03-05"),
        ("45356.0", "2024-03-05"),
        ("29/02/2024", "2024-02-29"),
    ],
)
def test_a_day_is_read_whatever_its_dress(text, day):
    assert cells.day(text) == day


def test_the_order_of_the_column_tells_day_from_month():
    assert cells.day("05/03/2024", cells.MONTH_FIRST) == "2024-05-03"


@pytest.mark.parametrize(
    "text", ["", "31/02/2024", "2023-02-29", "13/13/2024", "20240305", "123", "99999", "DURAND", "5/3"]
)
def test_what_is_no_day_is_an_error_that_quotes_nothing(text):
    with pytest.raises(ValueError, match="not a day") as error:
        cells.day(text)
    assert not text or text not in str(error.value)


@given(DAYS)
def test_every_day_comes_back_from_each_of_its_forms(day):
    serial = str((day - timedelta(days=cells.EXCEL_DAY_ZERO.toordinal())).toordinal())
    for text in (day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}", serial):
        if len(text) != 8 or day.year >= 1950:
            assert cells.day(text) == day.isoformat()


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["01/02/2024", "03/04/2024"], cells.DAY_FIRST),
        (["01/02/2024", "31/04/2024"], cells.DAY_FIRST),
        (["01/02/2024", "04/31/2024"], cells.MONTH_FIRST),
        (["2024-02-01", "2024-02-28"], cells.DAY_FIRST),
        (["2024-02-28", "28/02/2024"], cells.DAY_FIRST),
        (["45356", "45357"], cells.DAY_FIRST),
        (["45366", "28/02/2024"], cells.DAY_FIRST),
        (["inconnue", ""], cells.DAY_FIRST),
    ],
)
def test_the_order_of_a_column_is_proven_or_that_of_france(texts, order):
    assert cells.date_order(texts) == order


@pytest.mark.parametrize(
    "texts",
    [
        ["31/01/2024", "01/31/2024"],
        # A spreadsheet in English took the 5th of March for the 3rd of May, and left what it could not take.
        ["2024-05-03", "31/03/2024"],
        ["2024-05-03 00:00:00", "31/03/2024"],
        ["45415", "31/03/2024"],
        ["2024-02-28", "02/03/2024"],
    ],
)
def test_mixed_orders_that_nothing_proves_are_an_error(texts):
    with pytest.raises(ValueError, match="one column"):
        cells.date_order(texts)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", "2024-03-05T00:00:00"),
        ("2024-03-05 07:05", "2024-03-05T07:05:00"),
        ("2024-03-05T07:05:09.123456+01:00", "2024-03-05T07:05:09"),
        ("05/03/2024 à 7h05", "2024-03-05T07:05:00"),
        ("45356.5", "2024-03-05T12:00:00"),
    ],
)
def test_a_moment_keeps_the_time_of_the_office_s_clock(text, moment):
    assert cells.moment(text) == moment


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,50", "12.50"),
        ("12.50", "12.50"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234\u202f567,89 €", "1234567.89"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1'234.5", "1234.5"),
        ("(12,50)", "-12.50"),
        ("12,50-", "-12.50"),
        ("-12,50", "-12.50"),
        ("\u221212,50", "-12.50"),
        ("+3", "3"),
        (",5", "0.5"),
        ("3.", "3"),
        ("31400.0", "31400.0"),
        ("1e-05", "0.00001"),
        ("50 %", "50"),
    ],
)
def test_a_number_is_read_whatever_its_dress(text, number):
    assert cells.decimal(text) == number


@pytest.mark.parametrize("text", ["", "NA", "-", "12,5,5.5.5", "(-3)", "1e400", "DURAND", "douze", "€"])
def test_what_is_no_number_is_an_error_that_quotes_nothing(text):
    with pytest.raises(ValueError, match=r"^not a number$"):
        cells.decimal(text)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_amount_comes_back_from_its_french_form(amount):
    french = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert Decimal(cells.decimal(f"{french} €")) == amount


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("7:30", "7.5"), ("07:30:00", "7.5"), ("7h30", "7.5"), ("7h", "7"), ("7,5", "7.5"), ("7.25", "7.25"),
        ("7,5 h", "7.5"), ("0:20", "0.3333"), ("100:00", "100"), ("1 day, 2:00:00", "26"), ("00:00", "0"),
    ],
)  # fmt: skip
def test_hours_are_decimal(text, hours):
    assert cells.hours(text) == hours


@pytest.mark.parametrize("text", ["7:75", "7:30:99", "", "sept"])
def test_what_is_no_duration_is_an_error(text):
    with pytest.raises(ValueError, match=r"^not a (duration|number)$"):
        cells.hours(text)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("7:30", "07:30"),
        ("07:30:59", "07:30"),
        ("7h30", "07:30"),
        ("7h", "07:00"),
        ("0.3125", "07:30"),
        ("24:00", "24:00"),
        ("2025-09-01 07:31:00+00:00", "07:31"),
        ("01/09/2025 7:31", "07:31"),
    ],
)
def test_a_time_of_day_is_read_whatever_its_dress(text, clock):
    assert cells.clock(text) == clock


@pytest.mark.parametrize("text", ["25:00", "7:60", "24:01", "", "midi"])
def test_what_is_no_time_of_day_is_an_error(text):
    with pytest.raises(ValueError, match="not a time of day"):
        cells.clock(text)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("31400.0", "31400"), ("31400,00", "31400"), ("0042", "0042"), (" A-12.0 ", "A-12.0"), ("1.5", "1.5")],
)
def test_an_identifier_loses_only_the_decimals_that_a_spreadsheet_gave_it(text, identifier):
    assert cells.identifier(text) == identifier


@pytest.mark.parametrize("text", ["1,23E+13", "2.5e+7"])
def test_a_rounded_identifier_is_an_error(text):
    with pytest.raises(ValueError, match="rounded"):
        cells.identifier(text)


def test_wrongly_read_letters_are_counted():
    assert cells.mojibake_count("Ã‰cole Jean JaurÃ¨s, lâ€™Ã©tÃ©") == 5
    assert cells.mojibake_count("École Jean Jaurès, l’été à Ângers, SÃO PAULO") == 0


@pytest.mark.parametrize(
    ("on", "year"), [("2025-09-01", "2025-2026"), ("2026-08-31", "2025-2026"), ("2025-08-31", "2024-2025")]
)
def test_a_school_year_starts_on_the_first_of_september(on, year):
    assert cells.school_year(on) == year


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2025-2026", "2025-2026"), ("enfants_2025-2026", "2025-2026"), ("2025/26", "2025-2026"),
        ("export 1999-2000 (1)", "1999-2000"), ("2025-2027", None), ("enfants_2025-11-26", None), ("enfants", None),
    ],
)  # fmt: skip
def test_a_school_year_is_two_years_that_follow(text, year):
    assert cells.school_year_said(text) == year
