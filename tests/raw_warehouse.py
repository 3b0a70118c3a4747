"""A warehouse for the tests of the dbt models: exports read into raw tables and built, without register or Dagster."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.system import all_systems
from orchestration.lib.warehouse import EXPORT_COLUMNS


def load_raw(database: Path, exports: Iterable[tuple[str, Path]]) -> None:
    """Fill the raw tables of ``database`` with what the readers say of each (system, file); every table exists after.

    The same bytes are taken once, as the register does. A refused export raises.
    """
    systems = all_systems()
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
            for table, frame in system.reader.extract(path, Pseudonyms(b"k" * 32, system.purpose)):
                frame.insert(0, "source_export", sha256[:16])
                rows_of.setdefault((system_name, table), []).append(frame)
                rows += len(frame)
            connection.execute(
                """insert into raw.register__export by name select ? as export_id, ? as system, ? as file_name,
                ? as sha256, ? as size_bytes, ? as row_count, 'accepted' as verdict, now()::timestamp as received_at,
                'load' as load_id, 7 as cadence_days, 3 as tolerance_days""",
                [sha256[:16], system_name, path.name, sha256, path.stat().st_size, rows],
            )
        for (system_name, table), frames in rows_of.items():
            connection.register("frame", pd.concat(frames, ignore_index=True))
            connection.execute(f"insert into raw.{system_name}__{table} by name select * from frame")
            connection.unregister("frame")


def build(database: Path, *select: str) -> None:
    """Run the seeds, models and data tests of the project in ``database``; fail with dbt's own report.

    ``select`` narrows it to a selection in dbt's syntax; data tests that need what is left out are left out too.
    """
    environment = {
        **os.environ,
        "BEFFROI_WAREHOUSE": str(database),
        "DBT_TARGET_PATH": str(database.with_suffix(".target")),
        "DBT_LOG_PATH": str(database.with_suffix(".logs")),
    }
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--profiles-dir", "."]
    command += ["--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
    if select:
        command += ["--select", *select]
    done = subprocess.run(command, cwd=DBT_PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
