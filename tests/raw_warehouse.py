"""A warehouse for the tests of the dbt models: exports read into raw tables and built, without register or Dagster."""

import functools
import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from orchestration.lib import manifest
from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.system import all_systems
from orchestration.lib.warehouse import EXPORT_COLUMNS


def load_raw(database: Path, exports: Iterable[tuple[str, Path]]) -> None:
    """Fill the raw tables of ``database`` with what the readers say of each (system, file); every table exists after.

    The same bytes are taken once, as the register does. A refused export raises.
    """
    systems = all_systems()
    exports = list(exports)
    neighbourhoods = Neighbourhoods(territory_tables(path for system, path in exports if system == "territory"))
    received_at = datetime.now(UTC).replace(tzinfo=None)  # one intake: the later of two exports is told by its name
    seen = set()
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists raw")
        connection.execute(f"create table raw.register__export ({EXPORT_COLUMNS})")
        for system in systems.values():
            for table, fields in system.tables.items():
                columns = ", ".join(f"{field.column} varchar" for field in fields)
                connection.execute(f"create table raw.{system.name}__{table} ({columns})")
        # One insert per table: a frame per export and table would cost more than everything else.
        rows_of: dict[tuple[str, str], list[pd.DataFrame]] = {}
        for system_name, path in exports:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            if sha256 in seen:
                continue
            seen.add(sha256)
            system, rows = systems[system_name], 0
            for table, frame in system.extract(path, Pseudonyms(b"k" * 32, system.purpose), neighbourhoods):
                frame.insert(0, "source_export", sha256[:16])
                rows_of.setdefault((system_name, table), []).append(frame)
                rows += len(frame)
            connection.execute(
                """insert into raw.register__export by name select ? as export_id, ? as system, ? as file_name,
                ? as sha256, ? as size_bytes, ? as row_count, 'accepted' as verdict, ?::timestamp as received_at,
                'load' as load_id, 7 as cadence_days, 3 as tolerance_days""",
                [sha256[:16], system_name, path.name, sha256, path.stat().st_size, rows, received_at],
            )
        for (system_name, table), frames in rows_of.items():
            connection.register("frame", pd.concat(frames, ignore_index=True))
            connection.execute(f"insert into raw.{system_name}__{table} by name select * from frame")
            connection.unregister("frame")


def territory_tables(exports: Iterable[Path]) -> dict[str, pd.DataFrame]:
    """Return the raw tables of the system ``territory``, as its reader makes them of ``exports``."""
    rows_of: dict[str, list[pd.DataFrame]] = {}
    for path in exports:
        for table, frame in all_systems()["territory"].extract(path, Pseudonyms(b"k" * 32, "territory"), None):
            rows_of.setdefault(table, []).append(frame)
    return {table: pd.concat(frames, ignore_index=True) for table, frames in rows_of.items()}


def build(
    database: Path, *select: str, data_tests: bool = False, unit_tests: bool = False, **variables: object
) -> Counter[str]:
    """Run the seeds and models of the project in ``database``, and its tests if asked; fail with what dbt finds wrong.

    Return how many nodes of each kind were run.

    ``select`` narrows it to a selection in dbt's syntax; data tests that need what is left out are left out too.
    ``variables`` replace those of dbt_project.yml. The file must be named warehouse.duckdb: DuckDB gives its name to
    the database, which the parsed project holds.
    """
    assert database.stem == "warehouse"
    arguments = ["build", "--indirect-selection", "buildable", "--no-write-json", "--log-level-file", "none"]
    arguments += [] if data_tests else ["--exclude-resource-type", "test"]
    arguments += [] if unit_tests else ["--exclude-resource-type", "unit_test"]
    arguments += ["--select", *select] if select else []
    arguments += ["--vars", json.dumps(variables)] if variables else []
    done = _dbt(
        database, arguments, _project(json.dumps({name: variables[name] for name in variables.keys() & _parsed()}))
    )
    wrong = [f"{node.node.name}: {node.message}" for node in done.result or () if node.status in ("error", "fail")]
    assert done.success, "\n\n".join(wrong) or done.exception
    return Counter(str(node.node.resource_type) for node in done.result)


@functools.cache
def _parsed() -> frozenset[str]:
    """Return the variables that are read when the project is parsed; the others when a model is built."""
    texts = [path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.yml")]
    return frozenset(re.findall(r"\bvar\('(\w+)'", "".join(texts)))


@functools.cache
def _project(variables: str) -> Manifest:
    """Return the dbt project, parsed once for all the tests of this process: most of the time of a small build."""
    if variables == "{}":
        project = Manifest.from_msgpack((manifest.path().parent / "partial_parse.msgpack").read_bytes())
        project.build_flat_graph()
        return project
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["parse", "--no-write-json", "--vars", variables]
        parsed = _dbt(Path(folder) / "warehouse.duckdb", arguments, None)
    if not parsed.success:
        raise RuntimeError(parsed.exception)
    return parsed.result


def _dbt(database: Path, arguments: list[str], project: Manifest | None) -> dbtRunnerResult:
    folders = ["--profiles-dir", str(DBT_PROJECT), "--target-path", str(database.parent / "target")]
    folders += ["--project-dir", str(DBT_PROJECT), "--log-path", str(database.parent / "logs")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEFFROI_WAREHOUSE", str(database))
        patch.chdir(DBT_PROJECT)
        done = dbtRunner(manifest=project).invoke([*arguments, *folders, "--quiet"])
    # dbt keeps the file open for its next command, and the tests open it another way.
    DuckDBConnectionManager.close_all_connections()
    return done
