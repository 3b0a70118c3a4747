"""Generates dbt's source files from fields.csv: ``python -m orchestration.lib.sources`` (a test says when)."""

from pathlib import Path

import yaml

from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.system import System, all_systems

HEADER = "# Generated from fields.csv by `python -m orchestration.lib.sources`: change it there.\n"


def source_file(system: System) -> Path:
    """Return where the sources of ``system`` are declared to dbt."""
    return DBT_PROJECT / "models" / "staging" / system.name / f"_{system.name}__sources.yml"


def source_yaml(system: System) -> str:
    """Return the dbt declaration of the raw tables of ``system``, keyed so that Dagster links them to its assets."""
    tables = [
        {
            "name": table,
            "identifier": f"{system.name}__{table}",
            "description": f"One row per {system.one_row_per[table]}, as the exports state it; every column is text.",
            "config": {"meta": {"dagster": {"asset_key": ["raw", system.name, table]}}},
            "columns": [
                {"name": field.column, "description": f"{field.description} (`{field.path}`)"} for field in fields
            ],
        }
        for table, fields in system.tables.items()
    ]
    document = {
        "version": 2,
        "sources": [{"name": system.name, "schema": "raw", "description": system.description, "tables": tables}],
    }
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    for system in all_systems().values():
        source_file(system).write_text(source_yaml(system), encoding="utf-8")
