"""The warehouse: the DuckDB file that dbt builds in. Its raw sources are views over exactly what the register lists."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from orchestration.lib import build
from orchestration.lib.fields import Field
from orchestration.lib.home import Home
from orchestration.lib.register import Export, Register
from orchestration.lib.system import System

EXPORT_COLUMNS = """
    export_id varchar, system varchar, department varchar, owner varchar, file_name varchar, sha256 varchar,
    size_bytes bigint, encoding varchar, period_from varchar, period_to varchar, row_count bigint, verdict varchar,
    reason varchar, received_at timestamp, load_id varchar, cadence_days integer, tolerance_days integer
"""


def raw_view_sql(system: str, table: str, fields: Iterable[Field], paths: list[Path], condition: str = "true") -> str:
    """Return the statement that lays one raw table over its Parquet files.

    The view always has the columns of ``fields.csv``, as text: a column that an older load lacks is null, and a
    system without any load yet is an empty table of the right columns, so everything still builds.
    """
    columns = ", ".join(field.column for field in fields)
    nulls = ", ".join(f"cast(null as varchar) as {field.column}" for field in fields)
    empty = f"select {nulls} where false"
    if paths:
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        files = f"select * from read_parquet([{listed}], union_by_name = true)"
        source = f"({files} union all by name {empty})"
    else:
        source = f"({empty})"
    return f"create or replace view raw.{system}__{table} as select {columns} from {source} where {condition}"


def refresh_raw(home: Home, systems: Iterable[System], register: Register) -> None:
    """Make the raw views and the table of exports follow the register; to be called before each dbt build.

    What the build is made from is noted first: should a load be committed meanwhile, another build will follow.
    """
    systems = list(systems)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists raw")
        connection.execute("create or replace table raw.register__build (inputs varchar, key_id varchar)")
        made_from = [build.inputs(register), build.key_id(register)]
        connection.execute("insert into raw.register__build values (?, ?)", made_from)
        for system in systems:
            files = register.files(system.name)
            for table, fields in system.tables.items():
                paths = [home.raw / file.path for file in files if file.table_name == table]
                connection.execute(raw_view_sql(system.name, table, fields, paths))
        connection.execute(f"create or replace table raw.register__export ({EXPORT_COLUMNS})")
        rows = [_export_row(export, systems) for export in register.exports()]
        if rows:
            connection.executemany(f"insert into raw.register__export values ({', '.join('?' * 17)})", rows)


def built_from(home: Home) -> tuple[str, str | None]:
    """Return the inputs of the last build (see `orchestration.lib.build`) and the fingerprint of its key."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute("select inputs, key_id from raw.register__build").fetchone()


def stamp(home: Home) -> str:
    """Return what tells one state of the warehouse file from another; "" when there is none."""
    if not home.warehouse.exists():
        return ""
    stat = home.warehouse.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def _export_row(export: Export, systems: list[System]) -> tuple:
    system = next((system for system in systems if system.name == export.system), None)
    return (
        export.export_id,
        export.system,
        system.department if system else None,
        system.owner if system else None,
        export.file_name,
        export.sha256,
        export.size_bytes,
        export.encoding,
        export.period_from,
        export.period_to,
        export.row_count or 0,
        export.verdict,
        export.reason,
        export.received_at.replace(tzinfo=None),  # UTC; the staging model turns it to Europe/Paris
        export.load_id,
        system.cadence_days if system else None,
        system.tolerance_days if system else None,
    )
