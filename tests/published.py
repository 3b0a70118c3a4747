"""A published snapshot for the tests of what reads one: every mart as its contract has it, with given rows."""

import json
from functools import cache
from pathlib import Path

import duckdb
import yaml

from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.manifest import Mart, MartColumn

NAME = "20260301T060000000000"


@cache
def marts() -> dict[str, Mart]:
    """Return what `orchestration.lib.manifest.marts` does, without the seconds that dbt takes to parse the project."""
    found = {}
    for path, model in _models():
        columns = {
            column["name"]: MartColumn(
                column["config"]["meta"]["label_fr"],
                " ".join(column["description"].split()),
                {"type": "not_null"} in column.get("constraints", []),
            )
            for column in model["columns"]
        }
        found[model["name"]] = Mart(path.parent.name, " ".join(model["description"].split()), columns)
    return found


@cache
def contracts() -> dict[str, dict[str, str]]:
    """Return mart -> column -> type, in the order of the contract."""
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]} for _, model in _models()
    }


@cache
def _models() -> list[tuple[Path, dict]]:
    return [
        (path, model)
        for path in sorted((DBT_PROJECT / "models" / "marts").rglob("*.yml"))
        for model in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["models"]
    ]


def snapshot(folder: Path, rows: dict[str, list[dict]] | None = None) -> Path:
    """Write a snapshot below ``folder`` with ``rows`` (mart -> rows, columns left out are NULL); return its folder."""
    published = folder / NAME
    published.mkdir(parents=True)
    with duckdb.connect(str(published / "beffroi.duckdb")) as connection:
        connection.execute("create schema marts")
        for table, columns in contracts().items():
            listed = ", ".join(f"{name} {'varchar' if kind == 'string' else kind}" for name, kind in columns.items())
            connection.execute(f"create table marts.{table} ({listed})")
        for table, of_table in (rows or {}).items():
            for row in of_table:
                names, places = ", ".join(row), ", ".join("?" for _ in row)
                connection.execute(f"insert into marts.{table} ({names}) values ({places})", list(row.values()))
    manifest = {"snapshot": NAME, "published_at": "2026-03-01T06:00:00+00:00", "inputs": "", "tables": {}}
    (published / "snapshot.json").write_text(json.dumps({**manifest, "rules": 1234, "warnings": 2}))
    return published
