"""Rates of pay and contributions, dated: the one table by which payslips are computed and from which the seed
`ref_payroll_rate` is written (a test compares them).

Percentages are those of the decrees named in SOURCES; what a town or an establishment sets for itself (mobility, work
accidents, centre de gestion) is invented. A contribution is computed at the rate of the month that the pay is about, as
the Urssaf has wanted since 2018, not at that of the month in which it is paid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

# code, base it stands under when that matters, population, then `from employer agent` in percent; - : not due.
CONTRIBUTIONS = """
300/301 .  cnracl   2006-01-01 27.30 7.85   2011-01-01 27.30 8.12   2012-01-01 27.30 8.39   2012-11-01 27.40 8.49
300/301 .  cnracl   2013-01-01 28.85 8.76   2014-01-01 30.40 9.14   2015-01-01 30.50 9.54   2016-01-01 30.60 9.94
300/301 .  cnracl   2017-01-01 30.65 10.29  2018-01-01 30.65 10.56  2019-01-01 30.65 10.83  2020-01-01 30.65 11.10
300/301 .  cnracl   2024-01-01 31.65 11.10  2025-01-01 34.65 11.10  2026-01-01 37.65 11.10  2027-01-01 40.65 11.10
300/301 .  cnracl   2028-01-01 43.65 11.10
311/312 .  cnracl   2006-01-01 5.00 5.00
060/060 .  general  2006-01-01 3.38 2.25    2011-01-01 3.41 2.28    2012-01-01 3.53 2.35    2013-01-01 3.68 2.45
060/060 .  general  2014-01-01 3.81 2.54    2015-01-01 3.96 2.64    2016-01-01 4.08 2.72    2017-01-01 4.20 2.80
061/061 .  general  2006-01-01 11.55 5.95   2011-01-01 11.60 6.00   2012-01-01 11.70 6.10   2013-01-01 11.83 6.23
061/061 .  general  2014-01-01 11.98 6.38   2015-01-01 12.18 6.58   2016-01-01 12.35 6.75   2017-01-01 12.55 6.95
076/076 02 general  2006-01-01 8.30 6.65    2012-11-01 8.40 6.75    2014-01-01 8.45 6.80    2015-01-01 8.50 6.85
076/076 02 general  2016-01-01 8.55 6.90
076/076 03 general  2006-01-01 1.60 0.10    2014-01-01 1.75 0.25    2015-01-01 1.80 0.30    2016-01-01 1.85 0.35
076/076 03 general  2017-01-01 1.90 0.40    2024-01-01 2.02 0.40
-/075   .  cnracl   2006-01-01 11.50 -      2018-01-01 9.88 -       2024-01-01 8.88 -       2025-01-01 9.88 -
-/075   .  general  2006-01-01 12.80 -      2016-01-01 12.84 -      2017-01-01 12.89 -      2018-01-01 13.00 -
-/074   .  all      2006-01-01 5.40 -       2014-01-01 5.25 -
-/068   .  all      2006-01-01 0.30 -
-/049   .  all      2006-01-01 0.50 -
-/081   .  all      2006-01-01 1.20 -
-/045   .  general  2006-01-01 1.70 -
-/040   .  general  2006-01-01 4.00 -       2017-10-01 4.05 -       2025-05-01 4.00 -
072/-   .  all      2006-01-01 - 7.50       2018-01-01 - 9.20
079/-   .  all      2006-01-01 - 0.50
-/cnfpt .  all      2006-01-01 1.00 -       2012-01-01 0.90 -
-/cdg   .  all      2006-01-01 0.80 -
"""
# Shares on the NBI follow those on the pay.
SAME_RATES = {"304": "300", "305": "301"}
POINT_INDICE = """
2005-11-01 53.7110  2006-07-01 53.9795  2007-02-01 54.4113  2008-03-01 54.6834  2008-10-01 54.8475
2009-07-01 55.1217  2009-10-01 55.2871  2010-07-01 55.5635  2016-07-01 55.8969  2017-02-01 56.2323
2022-07-01 58.2004  2023-07-01 59.0734
"""
# Monthly ceiling of social security, hourly SMIC, and the lowest increased index that is paid, in force from a day on.
CEILING = """
2005-01-01 2516  2006-01-01 2589  2007-01-01 2682  2008-01-01 2773  2009-01-01 2859  2010-01-01 2885  2011-01-01 2946
2012-01-01 3031  2013-01-01 3086  2014-01-01 3129  2015-01-01 3170  2016-01-01 3218  2017-01-01 3269  2018-01-01 3311
2019-01-01 3377  2020-01-01 3428  2023-01-01 3666  2024-01-01 3864  2025-01-01 3925
"""
SMIC = """
2005-07-01 8.03  2006-07-01 8.27  2007-07-01 8.44  2008-05-01 8.63  2008-07-01 8.71  2009-07-01 8.82  2010-01-01 8.86
2011-01-01 9.00  2011-12-01 9.19  2012-01-01 9.22  2012-07-01 9.40  2013-01-01 9.43  2014-01-01 9.53  2015-01-01 9.61
2016-01-01 9.67  2017-01-01 9.76  2018-01-01 9.88  2019-01-01 10.03 2020-01-01 10.15 2021-01-01 10.25 2021-10-01 10.48
2022-01-01 10.57 2022-05-01 10.85 2022-08-01 11.07 2023-01-01 11.27 2023-05-01 11.52 2024-01-01 11.65 2024-11-01 11.88
"""
LOWEST_INDEX = """
2005-01-01 275  2006-11-01 279  2007-07-01 283  2008-07-01 290  2009-07-01 292  2011-01-01 295  2012-01-01 302
2012-07-01 308  2013-01-01 309  2014-01-01 316  2015-01-01 321  2017-01-01 325  2019-01-01 327  2021-01-01 330
2021-04-01 332  2021-10-01 340  2022-01-01 343  2022-05-01 352  2023-01-01 353  2023-05-01 361  2024-01-01 366
"""
SOURCES = {
    "300": "Décret 2010-1749 et textes qui le modifient : retenue CNRACL",
    "301": "Décret 2007-173 art. 5, décrets 2024-49 et 2025-86 : contribution CNRACL",
    "304": "Comme 300, sur la NBI",
    "305": "Comme 301, sur la NBI",
    "311": "Décret 2004-569 art. 3 : RAFP",
    "312": "Décret 2004-569 art. 3 : RAFP",
    "060": "Décret 70-1277 art. 7, arrêtés de taux : IRCANTEC tranche A",
    "061": "Décret 70-1277 art. 7, arrêtés de taux : IRCANTEC tranche B",
    "076": "CSS D.242-4 : assurance vieillesse",
    "075": "CSS D.242-3, D.712-38 et décret 2024-49 : assurance maladie",
    "074": "CSS D.241-3-1 : allocations familiales",
    "068": "CASF L.14-10-4 : contribution solidarité autonomie",
    "049": "CSS L.834-1 puis CCH L.813-5 : FNAL, 50 agents et plus",
    "081": "Ville de démonstration : taux fixé par l'autorité organisatrice (CGCT L.2333-67)",
    "045": "Ville de démonstration : taux notifié à chaque établissement (CSS D.242-6-1)",
    "040": "Règlement d'assurance chômage : contribution de l'employeur",
    "072": "CSS L.136-8 : CSG",
    "079": "Ordonnance 96-50 art. 19 : CRDS",
    "cnfpt": "CGFP L.451-17 : cotisation au CNFPT",
    "cdg": "Ville de démonstration : taux voté par le centre de gestion (CGFP L.452-25)",
    "point_indice": "Décret 85-1148 art. 3 : valeur annuelle d'un point, en euros",
}
SEED_COLUMNS = ("rate_code", "base_code", "population", "payer", "rate_percent", "valid_from", "valid_to", "source")


def dated(text: str) -> list[tuple[date, str]]:
    """`2024-01-01 366  2025-01-01 370` as [(date, "366"), (date, "370")]."""
    listed = text.split()
    return [(date.fromisoformat(day), value) for day, value in zip(listed[::2], listed[1::2], strict=True)]


def histories() -> dict[tuple[str, str, str, str], list[tuple[date, str]]]:
    """(code, base, population, payer) -> rates in percent with the day from which they are in force."""
    found: dict[tuple[str, str, str, str], list[tuple[date, str]]] = {}
    for row in CONTRIBUTIONS.strip().splitlines():
        codes, base, population, *steps = row.split()
        agent_code, employer_code = codes.split("/")
        for start in range(0, len(steps), 3):
            day, employer, agent = steps[start : start + 3]
            for code, payer, rate in ((employer_code, "employer", employer), (agent_code, "agent", agent)):
                if rate != "-":
                    key = (code, base.strip("."), population, payer)
                    found.setdefault(key, []).append((date.fromisoformat(day), rate))
    for code, model in SAME_RATES.items():
        ((key, history),) = [(key, history) for key, history in found.items() if key[0] == model]
        found[(code, *key[1:])] = history
    found["point_indice", "", "all", ""] = dated(POINT_INDICE)
    return found


def seed_rows() -> Iterator[tuple[str, ...]]:
    """Rows of the seed ref_payroll_rate, in its order: a rate, the days between which it holds, and its source."""
    for key, history in sorted(histories().items()):
        merged = history if key[0] in ("060", "061", "076") else without_repeats(history)
        for rank, (day, rate) in enumerate(merged):
            last = merged[rank + 1][0] - timedelta(days=1) if rank + 1 < len(merged) else None
            yield (*key, rate, day.isoformat(), last.isoformat() if last else "", SOURCES[key[0]])


def without_repeats(history: list[tuple[date, str]]) -> list[tuple[date, str]]:
    """The history without the rows that only say again what holds already."""
    return [row for rank, row in enumerate(history) if not rank or row[1] != history[rank - 1][1]]


def half_up(numerator: int, denominator: int) -> int:
    """Quotient rounded half away from zero, without floats; the denominator is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


@dataclass(frozen=True, slots=True)
class Scale:
    """Everything in force in a month. Percentages in hundredths of a percent, money in cents but for the point, in ten
    thousandths of a euro a year. Two scales are equal when all pay on an index is computed alike under both.
    """

    point: int
    ceiling: int
    smic: int = field(compare=False)
    lowest_index: int = field(compare=False)
    pension: int
    pension_agent: int
    rafp: int
    ircantec_a: tuple[int, int]
    ircantec_b: tuple[int, int]
    old_age_capped: tuple[int, int]
    old_age: tuple[int, int]
    sickness_cnracl: int
    sickness: int
    family: int
    solidarity: int
    housing: int
    mobility: int
    accident: int
    unemployment: int
    csg: int
    crds: int
    cnfpt: int
    cdg: int
    norm: str


HISTORIES = histories()
MONEY = {"ceiling": dated(CEILING), "smic": dated(SMIC), "index": dated(LOWEST_INDEX)}


def in_force(history: list[tuple[date, str]], day: date) -> str:
    """The value of a history on a day; before the first one, the first."""
    return next((value for start, value in reversed(history) if start <= day), history[0][1])


def norm(year: int) -> str:
    """Version of the NEODeS norm in which the months of a year are declared."""
    return f"P{min(26, max(24, year % 100))}V01"


@lru_cache(maxsize=512)
def scale(year: int, month: int) -> Scale:
    """The scale of a month."""
    day = date(year, month, 1)

    def rate(code: str, payer: str = "employer", population: str = "", base: str = "") -> int:
        key = next(key for key in HISTORIES if key[0] == code and key[3] == payer and population in ("", key[2]))
        return int(Decimal(in_force(HISTORIES[key if not base else (code, base, "general", payer)], day)) * 100)

    def both(code: str, base: str = "") -> tuple[int, int]:
        return rate(code, "employer", "general", base), rate(code, "agent", "general", base)

    return Scale(
        point=int(Decimal(in_force(HISTORIES["point_indice", "", "all", ""], day)) * 10_000),
        ceiling=int(in_force(MONEY["ceiling"], day)) * 100,
        smic=int(Decimal(in_force(MONEY["smic"], day)) * 100),
        lowest_index=int(in_force(MONEY["index"], day)),
        pension=rate("301"),
        pension_agent=rate("300", "agent"),
        rafp=rate("312"),
        ircantec_a=both("060"),
        ircantec_b=both("061"),
        old_age_capped=both("076", "02"),
        old_age=both("076", "03"),
        sickness_cnracl=rate("075", population="cnracl"),
        sickness=rate("075", population="general"),
        family=rate("074"),
        solidarity=rate("068"),
        housing=rate("049"),
        mobility=rate("081"),
        accident=rate("045"),
        unemployment=rate("040"),
        csg=rate("072", "agent"),
        crds=rate("079", "agent"),
        cnfpt=rate("cnfpt"),
        cdg=rate("cdg"),
        norm=norm(year),
    )
