"""Throughput and memory of the DSN reader, next to a bare loop over the lines and to the one public reader of PyPI.

    python -m benchmarks.dsn [--agents 2500] [--rounds 5] [FILE …]

The bare loop splits each line at its value: the least that any reader in Python does. Each measure is a fresh process
with its own peak of memory, the loops alternate, and a ratio is the median over the rounds. Seconds are those of the
processor: all use one core, and a busy machine should not decide. Needs Linux (/proc). Without files, a month of an
invented town is written, then its year, to show that memory grows neither with months nor with agents.

The public reader is dsn-tools 0.1.2 (WTFPL), the only one that PyPI had in November 2026. It makes objects of the whole
file through a grammar, so it gets a hundred agents. It is no dependency of the project; measured when it is there:
``pip install --ignore-requires-python --target DIR dsn-tools lark`` and ``PYTHONPATH=DIR``.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

from benchmarks.readers import KIB, peak_memory

PROJECT = Path(__file__).resolve().parent.parent
SIREN, NIC = "999001001", "00018"
# Blocks of an agent, about 240 lines as in a real file; what the reader passes over is there too.
PERSON = (
    "30 001={nir} 002=NOM{number} 004=PRENOM 005=02 006=1506{born} 007=BEFFROI 008=1.RUE.DU.HOUBLON 009=62999"
    " 010=BEFFROI 014=62 015=FR 018=agent@example.org 019={number:06} 024=03 025=04",
    "40 001=01092015 002=10 003=99 004=523b 005=4401 006=ADJOINT.ADMINISTRATIF 007=50 008=99 009={contract} 011=10"
    " 012=151.67 013=151.67 014=10 016=99 017=9999 018=200 019=99900100100026 020=120 024=99 026=01"
    " 028=SERVICE-{service} 036=01 037=01 039=134 040=134 043=1.50 053=01 055=100.00 056=01 057=0367 058=0366",
    "70 004=1 012=1 013=100",
    "50 001={last} 002={net} 003=1 004={net} 006=3.50 007=01 009=45.10 013={net}",
)
PAY = "51 001={first} 002={last} 010={contract} 011={kind} 013={gross}"
WORK = "53 001=01 002=151.67 003=10"
BONUS = "52 001={kind} 002={amount} 003={first} 004={last} 006={contract}"
BASE = "78 001={base} 002={first} 003={last} 004={gross} 006={contract}"
CEILING = "79 001=01 004={gross}"
DUE = "81 001={due} 002=99979002500012 003={gross} 004={amount} 007=9.88"
OTHERS = (
    "54 001=18 002=21.60 003={first} 004={last} 005={contract}",
    "58 001={first} 002={last} 003=03 004={net}",
    "86 001=07 002=02 003=103 005={contract}",
)
ABSENCE = "60 001=01 002={first} 003={last}"
# Bases of a civil servant and what is due on each.
DUES = {
    "48": ("300", "301"),
    "49": ("311", "312"),
    "03": ("075", "068", "074", "049", "072", "079", "076", "100", "045"),
    "02": ("076", "049"),
    "04": ("072", "079"),
    "57": ("081", "082"),
}
AGENTS_OF_DSN_TOOLS = 100


def block(pattern: str, **values: object) -> Iterator[str]:
    """Yield the lines of a block from its pattern."""
    name, *rubriques = pattern.format(**values).split()
    for rubrique in rubriques:
        number, _, value = rubrique.partition("=")
        yield f"S21.G00.{name}.{number},'{value}'"


def agent(number: int, month: int, draws: random.Random) -> Iterator[str]:
    """Yield the lines of an agent in a month."""
    gross = draws.randint(150_000, 400_000) / 100
    values = {"number": number, "contract": f"C{number:06}", "service": number % 60, "born": 1960 + number % 40}
    values |= {"nir": f"{1 + number % 2}{60 + number % 40}2099{number:06}", "first": f"01{month:02}2026"}
    values |= {"last": f"28{month:02}2026", "gross": f"{gross:.2f}", "net": f"{gross * 0.8:.2f}"}
    patterns = [*PERSON[:2], *([ABSENCE] if number % 7 == 0 else []), *PERSON[2:]]
    for pattern in patterns:
        yield from block(pattern, **values)
    for kind in ("001", "002", "003", "010"):
        yield from block(PAY, kind=kind, **values)
        if kind == "002":
            yield from block(WORK)
    for kind in ("048", "049", "050"):
        yield from block(BONUS, kind=kind, amount=f"{draws.randint(1_000, 60_000) / 100:.2f}", **values)
    for base, dues in DUES.items():
        yield from block(BASE, base=base, **values)
        if base == "03":
            yield from block(CEILING, **values)
        for due in dues:
            yield from block(DUE, due=due, amount=f"{gross * draws.randint(1, 30) / 100:.2f}", **values)
    for pattern in OTHERS:
        yield from block(pattern, **values)


def write_month(path: Path, agents: int, month: int = 3) -> Path:
    """Write the declaration of a month of ``agents`` civil servants, in Windows-1252 as vendors do; return its path."""
    draws = random.Random(month)
    lines = ["S10.G00.00.001,'GRH'", "S10.G00.00.002,'ÉDITEUR'", "S10.G00.00.005,'02'", "S10.G00.00.006,'P26V01'"]
    lines += ["S20.G00.05.001,'01'", "S20.G00.05.002,'01'", "S20.G00.05.003,'11'", "S20.G00.05.004,'1'"]
    lines += [f"S20.G00.05.005,'01{month:02}2026'", f"S20.G00.05.007,'28{month:02}2026'"]
    lines += block("06 001={siren} 002={nic}", siren=SIREN, nic=NIC)
    lines += block("11 001={nic} 002=8411Z 017=02", nic=NIC)
    count = len(lines) + 2
    with path.open("w", encoding="cp1252", newline="") as file:
        file.writelines(f"{line}\r\n" for line in lines)
        for number in range(agents):
            lines = [f"{line}\r\n" for line in agent(number, month, draws)]
            count += len(lines)
            file.writelines(lines)
        file.write(f"S90.G00.90.001,'{count}'\r\nS90.G00.90.002,'1'\r\n")
    return path


def bare(file: Path) -> int:
    """Split every line of ``file`` at its value; return how many there are."""
    count = 0
    with file.open(encoding="cp1252") as lines:
        for line in lines:
            line.split(",'", 1)
            count += 1
    return count


def reader(file: Path) -> int:
    """Read ``file`` into frames; return its rubriques."""
    from orchestration.defs.payroll_dsn.extract import extract
    from orchestration.lib.pseudonyms import Pseudonyms

    declarations = []
    for table, frame in extract(file, Pseudonyms(b"k" * 32, "payroll")):
        if table == "declaration":
            declarations.append(frame)
    return sum(int(frame["lignes_lues"].iloc[-1]) for frame in declarations)


def dsn_tools(file: Path) -> int:
    """Let dsn-tools build its objects; it reads UTF-8 only, of which the ASCII of ``file`` is some."""
    import dsn_tools

    dsn_tools.DSNParser(Path(dsn_tools.__file__).with_name("dsn.lark")).parse_file(file)
    return bare(file)


LOOPS = {"bare": bare, "reader": reader, "dsn_tools": dsn_tools}


def measure(loop: str, files: list[Path]) -> dict[str, float]:
    """Run one loop over ``files`` in this process; return its seconds, lines, and memory before and at peak (KiB)."""
    if loop == "reader":
        from orchestration.defs.payroll_dsn import extract  # noqa: F401 imports count neither as time nor as memory
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak, which a process inherits from its parent
    before = peak_memory()
    start = time.process_time()
    lines = sum(LOOPS[loop](file) for file in files)
    return {"seconds": time.process_time() - start, "lines": lines, "before": before, "peak": peak_memory()}


def run(loop: str, files: list[Path]) -> dict[str, float]:
    """Measure a loop in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.dsn", "--measure", loop, *map(str, files)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout
    print(".", end="", file=sys.stderr, flush=True)
    return json.loads(found)


def compare(file: Path, loops: list[str], rounds: int) -> None:
    """Print lines/s and memory of the loops over ``file``, and how they compare with the first one."""
    found: dict[str, list[dict[str, float]]] = {loop: [] for loop in loops}
    for _ in range(rounds):
        for loop, runs in found.items():
            runs.append(run(loop, [file]))
    print(f"\n{file.name}: {found[loops[0]][0]['lines']:,} lines, {file.stat().st_size / 1e6:.1f} MB")
    for loop, runs in found.items():
        speed = statistics.median(one["lines"] / one["seconds"] for one in runs)
        added = max(one["peak"] - one["before"] for one in runs) / KIB
        pairs = zip(found[loops[0]], runs, strict=True)
        ratios = [first["seconds"] / one["seconds"] for first, one in pairs]
        spread = f"{statistics.median(ratios):.3f} of {loops[0]} (from {min(ratios):.3f} to {max(ratios):.3f})"
        print(f"  {loop:10}{speed:12,.0f} lines/s{added:6.0f} MiB added at peak   {spread}")


def growth(folder: Path, agents: int) -> None:
    """Print the memory of the reader over more and more months, and over a larger town."""
    year = [write_month(folder / f"{month:02}.dsn", agents, month) for month in range(1, 13)]
    cases = {f"{months} months of {agents} agents": list(islice(cycle(year), months)) for months in (1, 12, 36)}
    cases[f"1 month of {4 * agents} agents"] = [write_month(folder / "large.dsn", 4 * agents)]
    print("\nMemory of the reader (36 months are the same twelve, three times)")
    for name, files in cases.items():
        found = run("reader", files)
        speed, added = found["lines"] / found["seconds"], (found["peak"] - found["before"]) / KIB
        print(f"  {name:28}{found['lines']:12,} lines{speed:12,.0f} lines/s{added:6.0f} MiB added at peak")


def main() -> None:
    """Read the command line, write the files that are not given, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--agents", type=int, default=2500, help="agents of the invented town")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", choices=LOOPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.files)))
        return
    with tempfile.TemporaryDirectory(prefix="beffroi-dsn-") as name:
        folder = Path(name)
        for file in options.files or [write_month(folder / "month.dsn", options.agents)]:
            compare(file.resolve(), ["bare", "reader"], options.rounds)
        if find_spec("dsn_tools"):
            file = write_month(folder / "hundred_agents.dsn", AGENTS_OF_DSN_TOOLS)
            file.write_bytes(file.read_bytes().replace("É".encode("cp1252"), b"E"))
            compare(file, ["dsn_tools", "reader"], options.rounds)
        if not options.files:
            growth(folder, options.agents)


if __name__ == "__main__":
    main()
