"""Throughput and memory of the readers of XML, next to a bare ``lxml.etree.iterparse`` loop over the same file.

    python benchmarks/readers.py [--megabytes 20] [--rounds 5] [system=FILE …]

The bare loop takes every end event and clears the element: the least that any reader in Python does. Each measure is a
fresh process with its own peak of memory, the two loops alternate, and the ratio is the median over the rounds. Seconds
are those of the processor: both loops use one core, and a busy machine should not decide. Needs Linux (/proc).
Without files, one export of each system is made by repeating the records of the test samples.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SAMPLES = PROJECT / "tests" / "systems"
# Sample of each system, and the elements of it that a bigger export has more of.
GROWN = {
    "finance_pes": ("mandats_et_titres.xml", ["Piece"]),
    "budget_totem": (
        "CA_2024_principal.xml",
        ["LigneBudget", "CONCOURS", "PERSONNEL", "EMPRUNT", "PATRIMOINE", "APCP", "CONSOLIDATION"],
    ),
    "payroll_xhl": ("etat_complet.xhl", ["PayeIndivMensuel"]),
}
KIB = 1024


def grow(system: str, megabytes: float, folder: Path) -> Path:
    """Write an export of about ``megabytes`` (10**6 bytes): the sample of ``system``, its records repeated in place."""
    name, elements = GROWN[system]
    text = (SAMPLES / system / "exports" / name).read_bytes()
    if system == "finance_pes":  # the sample's foreign domain has pièces too
        text = re.sub(rb"\s*<PES_Facture>.*</PES_Facture>", b"", text, flags=re.DOTALL)
    runs = [re.compile(rb"(?:<%b[ >].*?</%b>\s*)+" % (tag, tag), re.DOTALL) for tag in map(str.encode, elements)]
    repeated = sum(len(run[0]) for pattern in runs for run in pattern.finditer(text))
    times = max(1, round((megabytes * 1e6 - len(text)) / repeated))
    for pattern in runs:
        text = pattern.sub(lambda run: run[0] * times, text)
    export = folder / f"{system}.xml"
    export.write_bytes(text)
    return export


def peak_memory() -> int:
    """Return the peak of this process's memory since it was last reset, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def measure(loop: str, system: str, export: Path) -> dict[str, float]:
    """Run one loop in this process and return its seconds, rows, and memory before and at its peak in KiB."""
    sys.path.insert(0, str(PROJECT))
    from lxml import etree

    from orchestration.lib.pseudonyms import Pseudonyms

    reader = import_module(f"orchestration.defs.{system}.extract")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak, which a process inherits from its parent
    before = peak_memory()
    rows = 0
    start = time.process_time()
    if loop == "bare":
        for _, element in etree.iterparse(str(export), huge_tree=True):
            element.clear()
    else:
        for _, frame in reader.extract(export, Pseudonyms(b"k" * 32, system)):
            rows += len(frame)
    return {"seconds": time.process_time() - start, "rows": rows, "before": before, "peak": peak_memory()}


def alternate(system: str, export: Path, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Measure both loops ``rounds`` times, in turn, each time in a process of its own."""
    found: dict[str, list[dict[str, float]]] = {"bare": [], "reader": []}
    for _ in range(rounds):
        for loop, runs in found.items():
            command = [sys.executable, __file__, "--measure", loop, f"{system}={export}"]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            runs.append(json.loads(output))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def report(system: str, export: Path, found: dict[str, list[dict[str, float]]]) -> None:
    """Print MB/s, rows/s and memory of both loops, and the median ratio of their throughputs."""
    megabytes = export.stat().st_size / 1e6
    print(f"\n{system}: {export.name}, {megabytes:.1f} MB")
    print(f"  {'':8}{'MB/s':>8}{'rows/s':>10}{'memory before':>16}{'added at peak':>16}")
    for loop, runs in found.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        before, peak = (max(run[moment] for run in runs) / KIB for moment in ("before", "peak"))
        speed = f"{runs[0]['rows'] / seconds:.0f}" if runs[0]["rows"] else "-"
        print(f"  {loop:8}{megabytes / seconds:8.1f}{speed:>10}{before:12.0f} MiB{peak - before:12.0f} MiB")
    ratios = [bare["seconds"] / reader["seconds"] for bare, reader in zip(found["bare"], found["reader"], strict=True)]
    print(f"  reader / bare: {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    """Read the command line, make the exports that are not given, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "exports", nargs="*", metavar="system=FILE", help="finance_pes=…, budget_totem=… or payroll_xhl=…"
    )
    parser.add_argument("--megabytes", type=float, default=20, help="size of the exports made when none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", choices=["bare", "reader"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    given = [(system, Path(file)) for system, _, file in (text.partition("=") for text in options.exports)]
    if options.measure:
        print(json.dumps(measure(options.measure, *given[0])))
        return
    with tempfile.TemporaryDirectory() as folder:
        exports = given or [(system, grow(system, options.megabytes, Path(folder))) for system in GROWN]
        for system, export in exports:
            report(system, export, alternate(system, export, options.rounds))


if __name__ == "__main__":
    main()
