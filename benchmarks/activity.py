"""Ten million uses of public services taken in and counted, beside the same job written by hand; then the next day.

    python -m benchmarks.activity [--events 10000000]

A town of 100,000 children and 200 sites is written as the canonical childcare CSV, a file a month from September to
June, then one file of 30,000 uses of the first day of July. Each step is a process of its own:

- **landing**: the real intake with register and guard. Seconds spent reading and guarding are told apart;
- **models**: dbt builds what the marts are made from, `int_childcare__activity` and `int_childcare__user`;
- **by hand** (``plain_activity.py``): DuckDB's read_csv, an HMAC in Python of each distinct child, the same counts in
  one query. No register, no guard, no check, no history; it must find the same quantities and users.

What an empty installation takes (Python, dbt, the import of Great Expectations, models without rows; the project parsed
before) is measured first and taken off before the next day is compared with the first load:
``(next day - nothing) / (first load - nothing)``.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import duckdb

from benchmarks.whole_run import MB, Cost, measure
from demo_city import school_year, territory
from demo_city.town import Town
from orchestration.lib import guard, intake, landing, warehouse
from orchestration.lib.home import DBT_PROJECT, Home
from orchestration.lib.register import Register
from orchestration.lib.system import all_systems

YEAR = 2025  # in which the school year starts
CHILDREN, SITES, NEXT_DAY = 100_000, 200, 30_000
MODELS = ("int_childcare__activity", "int_childcare__user")
SLOWEST = 6  # models named
# Sites in the order of their numbers: kind, first number, type, unit and what a unit is worth.
KINDS = (
    ("CAN", 0, "cantine", "Unitaire;O;;"),
    ("APS", 120, "APS", "Horaire;N;;"),
    ("ALS", 170, "ALSH", "Unitaire;N;1;"),
    ("MAC", 190, "creche", "Multihoraires;N;;"),
)
USES = """
    with booked as (
        select day, entered, number % {children} as child, hash(number % {children}, day) % 1000 as draw
        from (
            select day, entered, unnest(range(first, first + count)) * 7 as number from days
        )
    ),
    placed as (
        select *, child % {sites} as site, 990 + 30 * (1 + draw % 4) as leaves from booked
    ),
    kinds as (
        select *, case when site < 120 then 'CAN' when site < 170 then 'APS' when site < 190 then 'ALS' else 'MAC' end
            || '-' || printf('%03d', site + 1) as activity,
            case when draw < 16 then 'absenti' when draw < 42 then 'absentj' else 'present' end as etat
        from placed
    )
    select
        printf('ENF-%06d', child) as enfant_id,
        activity as activite_id,
        activity || '-U' as unite_id,
        strftime(day, '%Y-%m-%d') as date,
        case when site >= 190 then '08:00' when site >= 120 and site < 170 then '16:30' end as heure_debut,
        case when site >= 190 then '17:00'
            when site >= 120 and site < 170 then printf('%02d:%02d', leaves // 60, leaves % 60) end as heure_fin,
        etat,
        '1' as quantite,
        case when site >= 190 and etat = 'present' then printf('08:%02d', 3 * (draw % 5)) end as badgeage_debut,
        case when site >= 190 and etat = 'present' then printf('16:%02d', 45 + 3 * (draw % 5)) end as badgeage_fin,
        case when site >= 190 then '9,00' end as heures_contrat,
        case when site >= 190 then if(etat = 'absentj', '0,00', '9,00') end as heures_facturees,
        strftime(entered, '%Y-%m-%d') as date_saisie,
        case when etat <> 'absentj' then printf('PR%s-%06d', strftime(day, '%Y%m'), child) end as prestation_id
    from kinds
    order by activity, child, day
"""


def up_to_july() -> list[date]:
    """Return the days on which schools are open from September to June, and the first one of July."""
    months = [(YEAR + (month > 12), (month - 1) % 12 + 1) for month in range(9, 19)]
    days = [day for year, month in months for day in school_year.school_days(year, month)]
    return [*days, school_year.school_days(YEAR + 1, 7)[0]]


def write_uses(folder: Path, days: list[date], per_day: int) -> int:
    """Write a file of uses a month, ``per_day`` children a day; return the rows written."""
    written = 0
    for month, listed in groupby(days, key=lambda day: f"{day:%Y-%m}"):
        with duckdb.connect() as connection:
            connection.execute("create table days (day date, entered date, first bigint, count bigint)")
            rows = [(day, day - timedelta(11), day.toordinal() * 7_919, per_day) for day in listed]
            connection.executemany("insert into days values (?, ?, ?, ?)", rows)
            target = folder / f"consommations_{month}.csv"
            query = USES.format(children=CHILDREN, sites=SITES)
            (count,) = connection.execute(f"copy ({query}) to '{target}' (header, delimiter ';')").fetchone()
            written += count
    return written


def write_registers(folder: Path, addresses: list[territory.Address]) -> None:
    """Write the children, quotients, activities and units."""
    label = school_year.label(YEAR)
    lines = ["annee_scolaire;enfant_id;famille_id;date_naissance;sexe;adresse;code_postal;ville;ecole_id;classe"]
    for child in range(CHILDREN):
        born = date(YEAR - 11, 1, 1) + timedelta(child * 37 % 3_000)
        home = addresses[child // 2 % len(addresses)]
        street = f"{home.number} {home.suffix} {home.street}".replace("  ", " ").upper()
        ids = f"{label};ENF-{child:06d};FAM-{child // 2:06d}"
        lines.append(f"{ids};{born};{'FM'[child % 2]};{street};{home.postcode};{home.city};;")
    (folder / f"enfants_{label}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    lines = ["annee_scolaire;famille_id;date_debut;date_fin;quotient"]
    for family in range(CHILDREN // 2):
        income = family * 53 % 2_000
        lines.append(f"{label};FAM-{family:06d};{YEAR}-09-01;{YEAR}-12-31;{income},50")
        lines.append(f"{label};FAM-{family:06d};{YEAR + 1}-01-01;{YEAR + 1}-08-31;{income + 60},50")
    (folder / f"quotients_{label}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    activities = ["activite_id;nom;type;site_id;site_nom;places;heures_ouverture;code_comptable;code_analytique"]
    units = ["unite_id;activite_id;nom;type;repas;equiv_journees;equiv_heures"]
    for site in range(SITES):
        prefix, _, kind, unit = next(one for one in reversed(KINDS) if site >= one[1])
        code, places = f"{prefix}-{site + 1:03d}", "60;11,00" if kind == "creche" else ";"
        activities.append(f"{code};Site {site + 1};{kind};S-{site + 1:03d};Site {site + 1};{places};;")
        units.append(f"{code}-U;{code};Unité;{unit}")
    (folder / "activites.csv").write_text("\n".join([*activities, ""]), encoding="utf-8")
    (folder / "unites.csv").write_text("\n".join([*units, ""]), encoding="utf-8")


# Steps, each in a process of its own


def land(home: Home) -> dict[str, float]:
    """Take in what is in the drop folder; return its rows, and the seconds of the whole and of the guard."""
    guard.load_suites("raw", "childcare")  # six seconds of import, paid once by each run that has anything to do
    home.prepare()
    register = Register(home.register_url)
    systems = all_systems()
    spent: Counter[str] = Counter()
    intake.guard.validate = timed(guard.validate, spent, "guarding")
    rows = 0
    for name in ("territory", "childcare"):  # addresses first: the reader of childcare needs them
        if candidates := landing.pending(home.landing, systems[name], register, systems.values()):
            started = time.monotonic()
            done = intake.take_in(home, systems[name], candidates, register)
            if done.refused:
                raise RuntimeError(f"{[export.reason for export in done.refused]} refused")
            if name == "childcare":
                spent["landing"] = time.monotonic() - started
                rows = sum(done.row_counts.values())
            else:
                spent.clear()
    warehouse.refresh_raw(home, systems.values(), register)
    return {"rows": rows, "landing": spent["landing"], "guarding": spent["guarding"]}


def timed(call: Callable, spent: Counter[str], name: str) -> Callable:
    """Return ``call`` adding the seconds that it takes to ``spent``."""

    def counted(*arguments, **named):
        started = time.monotonic()
        try:
            return call(*arguments, **named)
        finally:
            spent[name] += time.monotonic() - started

    return counted


def step(command: list, home: Path) -> Cost:
    """Measure a command with the home of ``home``, and its warehouse for dbt."""
    return measure(["env", f"BEFFROI_WAREHOUSE={home / 'warehouse.duckdb'}", *command], home)


def take_in(home: Path) -> tuple[Cost, dict[str, float]]:
    """Measure the landing of what is in the drop folder; return also what `land` says."""
    cost = step([sys.executable, "-m", "benchmarks.activity", "--land", home], home)
    return cost, json.loads((home / "land.json").read_text())


def build(home: Path) -> tuple[Cost, list[tuple[str, float]]]:
    """Measure dbt; return also its slowest models with their seconds."""
    dbt = [Path(sys.executable).with_name("dbt"), "build", "--quiet", "--exclude-resource-type", "test", "unit_test"]
    folders = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT, "--target-path", home / "dbt"]
    cost = step([*dbt, *folders, "--log-path", home, "--select", *(f"+{model}" for model in MODELS)], home)
    results = json.loads((home / "dbt" / "run_results.json").read_text())["results"]
    seconds = [(one["unique_id"].rsplit(".", 1)[-1], one["execution_time"]) for one in results]
    return cost, sorted(seconds, key=lambda pair: -pair[1])[:SLOWEST]


def load(home: Path, name: str) -> Cost:
    """Land and build what is new; print both and return them as one."""
    landed, said = take_in(home)
    print(f"{name}: landing {landed}", end="")
    if said["rows"]:
        reading = said["landing"] - said["guarding"]
        print(f"; {said['rows'] / said['landing']:,.0f} rows/s in the intake", end="")
        print(f" ({reading:.1f} s reading, writing and registering, {said['guarding']:.1f} s guarding)", end="")
    built, slowest = build(home)
    print(f"\n{name}: models  {built}\n    " + ", ".join(f"{model} {spent:.1f} s" for model, spent in slowest))
    return Cost(landed.wall + built.wall, landed.cpu + built.cpu, max(landed.memory, built.memory))


def found(database: Path, schema: str) -> tuple[list[tuple], int]:
    """Return the quantity of each measure and the number of users."""
    with duckdb.connect(str(database), read_only=True) as connection:
        quantities = connection.execute(
            f"""select measure_code, round(sum(quantity), 2) from {schema}.int_childcare__activity
            where quantity <> 0 group by measure_code order by measure_code"""
        ).fetchall()
        (users,) = connection.execute(
            f"select count(*) from (select distinct user_pseudonym, activity_id from {schema}.int_childcare__user)"
        ).fetchone()
    return [(measure, float(quantity)) for measure, quantity in quantities], users


def compare(folder: Path, events: int) -> None:
    """Write the town, then measure nothing, the first load, the same by hand, and the next day."""
    nothing, town = folder / "nothing", folder / "town"
    *days, following = up_to_july()
    Home(nothing).prepare()
    uses = town / "landing" / "childcare"
    uses.mkdir(parents=True)
    invented = Town(40_000, 1)
    territory.write(invented, [YEAR], town / "landing", [])
    write_registers(uses, territory.Territory(invented).addresses)
    written = write_uses(uses, days, min(CHILDREN, events // len(days)))
    size = sum(path.stat().st_size for path in uses.iterdir())
    print(f"{written:,} uses of {CHILDREN:,} children at {SITES} sites on {len(days)} days, {size / MB:,.0f} MB")
    load(nothing, "parsing   ")
    empty = load(nothing, "nothing   ")
    shutil.copytree(nothing / "dbt", town / "dbt")
    first = load(town, "first load")
    database = folder / "plain.duckdb"
    plain = step([sys.executable, "-m", "benchmarks.plain_activity", town, database], town)
    print(f"by hand   :         {plain}")
    print(f"ratio {first.wall / plain.wall:.2f} wall, {first.cpu / plain.cpu:.2f} CPU")
    totals = found(town / "warehouse.duckdb", "intermediate"), found(database, "main")
    if totals[0] != totals[1]:
        raise RuntimeError(f"the two do not count the same: {totals}")
    write_uses(uses, [following], NEXT_DAY)
    day = load(town, "next day  ")
    for name, part in (("wall", lambda cost: cost.wall), ("CPU", lambda cost: cost.cpu)):
        share = (part(day) - part(empty)) / (part(first) - part(empty))
        print(f"the next day, {NEXT_DAY:,} uses, costs {share:.1%} of the first load ({name}), fixed costs apart")


def main() -> None:
    """Run the comparison, or one of its steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000, help="uses of the first load (default: 10000000)")
    parser.add_argument("--land", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.land:
        (options.land / "land.json").write_text(json.dumps(land(Home(options.land))))
        return
    with tempfile.TemporaryDirectory(prefix="beffroi-activity-") as name:
        compare(Path(name), options.events)


if __name__ == "__main__":
    main()
