"""One test for all readers: every sample export gives exactly the expected tables, every bad one the expected refusal.

A system brings its samples in ``tests/systems/<system>/exports`` and what they must give in ``…/expected/<export>``,
one CSV per table with rows; ``exports/refused`` holds what must be refused and ``expected/refused`` the French text.
"""

import csv
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from raw_warehouse import territory_tables

from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import extracted_columns, read_fields
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.system import all_systems

SYSTEMS = Path(__file__).parent / "systems"
DEFS = Path(__file__).parent.parent / "orchestration" / "defs"
EXPORTS = sorted(path for path in SYSTEMS.glob("*/exports/**/*") if path.is_file())
ACCEPTED = [path for path in EXPORTS if "refused" not in path.parts]
REFUSED = [path for path in EXPORTS if "refused" in path.parts]


def system_of(export: Path) -> str:
    return export.relative_to(SYSTEMS).parts[0]


def expectation(export: Path) -> Path:
    """Return where the expectation of ``export`` is, without a suffix."""
    folder = SYSTEMS / system_of(export)
    return folder / "expected" / export.relative_to(folder / "exports").with_suffix("")


@cache
def neighbourhoods() -> Neighbourhoods:
    """Return the addresses and contours of the samples of the system ``territory``."""
    return Neighbourhoods(territory_tables(path for path in ACCEPTED if system_of(path) == "territory"))


def read(export: Path) -> dict[str, list[dict[str, str | None]]]:
    """Return table -> rows of ``export``, as its system's reader gives them."""
    system = system_of(export)
    tables: dict[str, list[dict[str, str | None]]] = {}
    pseudonyms = Pseudonyms(b"k" * 32, system)
    for table, frame in all_systems()[system].extract(export, pseudonyms, neighbourhoods()):
        assert list(frame.columns) == extracted_columns(DEFS / system, table)
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def name(export: Path) -> str:
    return export.relative_to(SYSTEMS).as_posix()


@pytest.mark.parametrize("export", ACCEPTED, ids=name)
def test_export_gives_the_expected_tables(export: Path):
    expected = {file.stem: file for file in expectation(export).glob("*.csv")}
    tables = read(export)
    assert sorted(tables) == sorted(expected)
    for table, rows in tables.items():
        with expected[table].open(newline="", encoding="utf-8") as file:
            wanted = [{column: value or None for column, value in row.items()} for row in csv.DictReader(file)]
        assert rows == wanted, table


@pytest.mark.parametrize("export", ACCEPTED, ids=name)
def test_every_place_is_unique(export: Path):
    for table, rows in read(export).items():
        places = [row["source_record"] for row in rows]
        assert len(set(places)) == len(places), table


@pytest.mark.parametrize("export", REFUSED, ids=name)
def test_bad_export_is_refused_in_french(export: Path):
    with pytest.raises(RefusedExport) as refusal:
        read(export)
    assert f"{refusal.value}\n" == expectation(export).with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("export", ACCEPTED, ids=name)
def test_export_is_recognised_by_its_own_reader_only(export: Path):
    head = export.read_bytes()[:8192]
    systems = sorted(folder.name for folder in SYSTEMS.iterdir() if (folder / "exports").is_dir())
    readers = {system: import_module(f"orchestration.defs.{system}.extract") for system in systems}
    assert [system for system in systems if readers[system].recognise(head)] == [system_of(export)]


@pytest.mark.parametrize("system", sorted(folder.name for folder in SYSTEMS.iterdir() if folder.is_dir()))
def test_samples_fill_every_column(system: str):
    """A column that no sample fills is a column whose reading nothing proves."""
    filled = set()
    for export in ACCEPTED:
        if system_of(export) == system:
            for table, rows in read(export).items():
                filled |= {(table, column) for row in rows for column, value in row.items() if value is not None}
    wanted = {
        (table, column) for table in read_fields(DEFS / system) for column in extracted_columns(DEFS / system, table)
    }
    assert sorted(wanted - filled) == []
