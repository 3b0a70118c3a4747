"""The true cost of a million ledger lines over 300 services and 2,000 facilities, beside the same in pandas and NumPy.

    python -m benchmarks.allocation [--lines 1000000] [--sensitivity]

``allocation_town.sql`` invents a town in the tables that the costing reads: ledger lines with analytic codes, revenue
and orders, shares of payroll in the place of the lines that they divide, meters, an inventory, counted uses, work
orders; 300 services, 60 of them auxiliary with two keys each. At a tenth, three tenths and all of the lines, each step
a process of its own:

- **models**: dbt runs the project's models from ``int_cost_facility`` to ``mart_full_cost``, ``mart_unit_cost``,
  ``fct_cost_allocation`` and ``mart_cost_reconciliation``, in whole cents, with the equations of all other methods and
  keys solved exactly;
- **by hand** (``plain_allocation.py``): floats, ``numpy.linalg.solve`` for the same equations, the same full and unit
  costs. No edge is kept and nothing is rounded, so no cent is ever left to place.

What dbt takes to start and run the same models without a line is measured first and taken off to tell how time grows.
Ours must hold every euro of the ledger, to the cent; of each service and unit the two must agree but for the cents that
rounding moves: at most one for each part given.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.whole_run import Cost, measure
from orchestration.lib import warehouse
from orchestration.lib.home import DBT_PROJECT, PROJECT, Home
from orchestration.lib.register import Register
from orchestration.lib.system import all_systems

TOWN = PROJECT / "benchmarks" / "allocation_town.sql"
SIZE = {"services": 300, "auxiliaries": 60, "facilities": 2_000}
PARTS_OF_LINES = (0.1, 0.3, 1.0)
MARTS = ("mart_full_cost", "mart_unit_cost", "fct_cost_allocation", "mart_cost_reconciliation")
SENSITIVITY = ("int_cost_variant", "mart_cost_sensitivity")
SLOWEST = 6  # models named


def dbt(home: Path, command: str, *options: str) -> Cost:
    """Measure a command of dbt on the warehouse of ``home``."""
    folders = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT, "--target-path", home / "dbt"]
    environment = f"BEFFROI_WAREHOUSE={home / 'warehouse.duckdb'}"
    program = Path(sys.executable).with_name("dbt")
    return measure(["env", environment, program, command, "--quiet", "--log-path", home, *folders, *options], home)


def allocate(home: Path, name: str) -> Cost:
    """Measure the models of the costing; print them with the slowest."""
    cost = dbt(home, "run", "--select", "int_cost_*", *MARTS, "--exclude", *SENSITIVITY)
    results = json.loads((home / "dbt" / "run_results.json").read_text())["results"]
    seconds = sorted(((one["execution_time"], one["unique_id"].rsplit(".", 1)[-1]) for one in results), reverse=True)
    print(f"{name} models  {cost}; " + ", ".join(f"{model} {spent:.1f} s" for spent, model in seconds[:SLOWEST]))
    return cost


def prepare(home: Path) -> None:
    """Build every table that the costing reads, without a row but those of the seeds."""
    beginning = Home(home)
    beginning.prepare()
    warehouse.refresh_raw(beginning, all_systems().values(), Register(beginning.register_url))
    selected = [f"+{model}" for model in (*MARTS, "mart_cost_sensitivity")]
    dbt(home, "build", "--exclude-resource-type", "test", "unit_test", "--select", *selected)


def fill(home: Path, lines: int) -> None:
    """Invent the town."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for name, value in {**SIZE, "lines": lines}.items():
            connection.execute(f"set variable {name} = {value}")
        connection.execute(TOWN.read_text(encoding="utf-8"))


def check(ours: Path, plain: Path) -> str:
    """Return what the two agree on, in words. Raises RuntimeError if they do not."""
    with duckdb.connect(str(ours), read_only=True) as connection:
        connection.execute(f"attach '{plain}' as plain (read_only)")
        lines, whole, gap = connection.execute(
            """select (select count(*) from intermediate.int_cost_lines), sum(ledger_eur), max(abs(gap_eur))
            from marts.mart_cost_reconciliation"""
        ).fetchone()
        # What a service has may be a cent away for each part that it was given, or that those who give to it were.
        connection.execute(
            """create temp table allowed as
            select exercice, service_id, 0.01 * (parts + to_auxiliaries) as eur
            from (
                select exercice, service_id, count(*) as parts from (
                    select exercice, to_service_id as service_id from marts.fct_cost_allocation
                    where allocation_stage = 'auxiliary'
                    union all
                    select exercice, service_id from intermediate.int_cost_direct where allocation_key_id is not null
                ) group by all
            ) inner join (
                select exercice, count(*) filter (roles.cost_role = 'auxiliary') as to_auxiliaries
                from intermediate.int_cost_direct left join seeds.ref_service_role as roles using (service_id)
                where allocation_key_id is not null group by exercice
            ) using (exercice)"""
        )
        services, apart, away, service_use = connection.execute(
            """select count(*), max(abs(one.eur - other.eur)), max(abs(one.eur / other.eur - 1)),
                max(abs(coalesce(one.eur, 0) - coalesce(other.eur, 0)) / coalesce(allowed.eur, 0.01))
            from (select exercice, service_id, cast(sum(full_cost_eur) as double) as eur
                from marts.mart_full_cost where service_id <> 'A_AFFECTER' group by all) as one
            full join (select exercice, service_id, sum(full_cost_eur) as eur from plain.full_cost
                where service_id <> 'A_AFFECTER' group by all) as other using (exercice, service_id)
            left join allowed using (exercice, service_id)"""
        ).fetchone()
        (total,) = connection.execute(
            """select abs(theirs / ours - 1)
            from (select cast(sum(full_cost_eur + corporate_cost_eur) as double) as ours from marts.mart_full_cost),
                (select sum(full_cost_eur + corporate) as theirs from plain.full_cost)"""
        ).fetchone()
        # Unit costs are kept to a hundredth of a cent.
        units, unit_away, unit_use = connection.execute(
            """select count(*), max(abs(other.unit_cost_eur - one.unit_cost_eur) / one.unit_cost_eur),
                max(coalesce(abs(other.unit_cost_eur - one.unit_cost_eur) / (0.0001 + allowed.eur / one.quantity), 2))
            from (select * from marts.mart_unit_cost
                where unit_cost_level = 'activity' and is_main_unit and unit_cost_eur > 0) as one
            full join plain.unit_cost as other using (exercice, activity_id)
            left join allowed on one.exercice = allowed.exercice and one.service_id = allowed.service_id"""
        ).fetchone()
    if gap != 0 or total > 1e-12 or service_use > 1 or unit_use > 1:
        raise RuntimeError(f"the two do not agree: {gap}, {total}, {apart}, {service_use}, {unit_away}, {unit_use}")
    return (
        f"{lines:,} lines of cost; {whole:,} € of the ledger, gap {gap} €; NumPy {total:.0e} away in all, at"
        f" most {apart:.2f} € ({away:.0e}) on one of {services} services a year,"
        f" {unit_away:.0e} on one of {units} unit costs"
    )


def compare(folder: Path, lines: int, *, sensitivity: bool) -> None:
    """Measure the models and the plain script at each size; print ratios and how time grows."""
    nothing = folder / "nothing"
    prepare(nothing)
    empty = allocate(nothing, f"{0:>9,} lines")
    took = {}
    for part in PARTS_OF_LINES:
        count, home = int(lines * part), folder / "town"
        shutil.copytree(nothing, home)
        fill(home, count)
        plain = folder / "plain.duckdb"
        plain.unlink(missing_ok=True)
        hand = measure([sys.executable, "-m", "benchmarks.plain_allocation", home / "warehouse.duckdb", plain], home)
        ours = took[count] = allocate(home, f"{count:>9,} lines")
        print(f"                by hand {hand}")
        ratios = ours.wall / hand.wall, ours.cpu / hand.cpu, ours.memory / hand.memory
        print("                ratio {:.1f} wall, {:.1f} CPU, {:.1f} memory; ".format(*ratios), end="")
        print(check(home / "warehouse.duckdb", plain))
        if sensitivity and part == PARTS_OF_LINES[-1]:
            print(f"                sensitivity {dbt(home, 'run', '--select', *SENSITIVITY)}")
        shutil.rmtree(home)
    (few, first), *_, (many, last) = took.items()
    for name, spent in (
        ("wall", [cost.wall - empty.wall for cost in (first, last)]),
        ("CPU", [cost.cpu - empty.cpu for cost in (first, last)]),
    ):
        exponent = math.log(spent[1] / spent[0]) / math.log(many / few)
        print(f"from {few:,} to {many:,} lines {name} time grows as lines to the power {exponent:.2f}, start apart")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the largest size (default: 1000000)")
    parser.add_argument("--sensitivity", action="store_true", help="time all variants of the method too (minutes)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="beffroi-allocation-") as name:
        compare(Path(name), options.lines, sensitivity=options.sensitivity)


if __name__ == "__main__":
    main()
