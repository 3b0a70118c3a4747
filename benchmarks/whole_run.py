"""A whole ``beffroi run`` beside the same job written by hand (``plain.py``), at two sizes, and memory over history.

``python -m benchmarks.whole_run [--inhabitants N] [--times N] [--history-inhabitants N]``. Every command is a process
of its own, measured by the operating system: CPU seconds of it and its children, wall seconds, and the peak memory of
its largest process. Ratios are taken within one run of this program, since machines differ.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.lib.home import DBT_PROJECT, PROJECT

MB = 1_000_000
FINANCE = ("finance_pes", "budget_totem")


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds, seconds, bytes."""

    wall: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        return f"{self.wall:7.1f} s wall {self.cpu:7.1f} s CPU {self.memory / MB:7.0f} MB"


def measure(command: list, home: Path) -> Cost:
    """Run ``command`` with ``home`` as BEFFROI_HOME; raises RuntimeError with its output when it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI", "DAGSTER", "DBT"))}
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=PROJECT,
            env={**clean, "BEFFROI_HOME": str(home), "PYTHONPATH": str(PROJECT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            output.seek(0)
            raise RuntimeError(output.read().decode()[-3000:])
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def beffroi(home: Path, *arguments: object) -> Cost:
    """Measure one call of the command ``beffroi``."""
    return measure([sys.executable, "-m", "orchestration.cli", *arguments], home)


def compile_models(folder: Path) -> Path:
    """Let dbt compile the models for the plain script; return the manifest."""
    environment = {**os.environ, "BEFFROI_WAREHOUSE": str(folder / "warehouse.duckdb")}
    command = [Path(sys.executable).with_name("dbt"), "compile", "--quiet", "--profiles-dir", DBT_PROJECT]
    subprocess.run([*command, "--target-path", folder], cwd=DBT_PROJECT, env=environment, check=True)
    return folder / "manifest.json"


def as_warm(home: Path, warm: Path) -> Path:
    """Return ``home``, new, with what is made once per version of the project: its parse and its data dictionary."""
    for made in ("dbt", "dictionary"):
        shutil.copytree(warm / made, home / made)
    # dbt parses again for a warehouse at another path.
    parse = [Path(sys.executable).with_name("dbt"), "parse", "--quiet", "--profiles-dir", DBT_PROJECT]
    environment = {**os.environ, "BEFFROI_WAREHOUSE": str(home / "warehouse.duckdb")}
    subprocess.run([*parse, "--target-path", home / "dbt"], cwd=DBT_PROJECT, env=environment, check=True)
    return home


def compare(folder: Path, inhabitants: int, years: int, manifest: Path, warm: Path) -> None:
    """Print what both take for a town of ``inhabitants``, and check that they find the same euros."""
    home = as_warm(folder / f"town-{inhabitants}", warm)
    beffroi(home, "demo", "--inhabitants", inhabitants, "--years", years)
    for folder_of_system in (home / "landing").iterdir():  # the plain script reads the finance files only
        if folder_of_system.name not in FINANCE:
            shutil.rmtree(folder_of_system)
    size = sum(path.stat().st_size for path in (home / "landing").rglob("*.xml"))
    print(f"\n{inhabitants} inhabitants, {years} exercices: {size / MB:.0f} MB of finance exports")
    plain_database = home / "plain" / "warehouse.duckdb"
    plain_database.parent.mkdir()
    plain = measure([sys.executable, "benchmarks/plain.py", home / "landing", plain_database, manifest], home)
    print(f"  plain script {plain}")
    ours = beffroi(home, "run")
    print(f"  beffroi run  {ours}")
    print(f"  ratio        {ours.wall / plain.wall:7.2f}   wall {ours.cpu / plain.cpu:7.2f}   CPU")
    again = beffroi(home, "run")
    print(f"  nothing new  {again}")
    cents = "cast(100 * amount_eur as hugeint)"
    sums = f"select count(*), sum(amount_eur), sum({cents} * {cents}) from marts.fct_cost_line"
    totals = [
        duckdb.connect(str(database), read_only=True).execute(sums).fetchone()
        for database in (plain_database, home / "published" / "current" / "beffroi.duckdb")
    ]
    if totals[0] != totals[1]:
        raise RuntimeError(f"the two do not compute the same ledger: {totals}")
    shutil.rmtree(home)


def history(folder: Path, inhabitants: int, warm: Path) -> None:
    """Print the memory of a daily run (one more export) when more and more years are already in the lake."""
    print(f"\nA daily run with more and more history ({inhabitants} inhabitants)")
    for years in (1, 4, 12):
        home = as_warm(folder / f"history-{years}", warm)
        beffroi(home, "demo", "--inhabitants", inhabitants, "--years", years)
        beffroi(home, "run")
        last = max((home / "landing" / "finance_pes").glob("PESALR2*.xml"))
        last.with_name("PESALR2_demain.xml").write_bytes(last.read_bytes() + b"\n")
        print(f"  {years:2} exercices {beffroi(home, 'run')}")
        shutil.rmtree(home)


def main() -> None:
    """Run the comparisons asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inhabitants", type=int, default=40_000, help="size 1 (default: 40000)")
    parser.add_argument("--times", type=int, default=10, help="the larger size, as a multiple (default: 10)")
    parser.add_argument(
        "--history-inhabitants", type=int, default=2_000, help="of the town with more and more years, 0 for none"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="beffroi-benchmark-") as name:
        folder = Path(name)
        manifest = compile_models(folder / "compiled")
        warm = folder / "warm"
        beffroi(warm, "demo", "--inhabitants", 500, "--years", 1)
        print(f"smallest town, first run of this version of the project {beffroi(warm, 'run')}")
        print(f"smallest town, later runs                              {beffroi(warm, 'run', '--rebuild')}")
        for inhabitants in sorted({options.inhabitants, options.inhabitants * options.times}):
            compare(folder, inhabitants, 3, manifest, warm)
        if options.history_inhabitants:
            history(folder, options.history_inhabitants, warm)


if __name__ == "__main__":
    main()
