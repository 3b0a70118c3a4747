"""Columns, lineage and figures of the dbt models in the Dagster UI; the lineage is worked out once per state of SQL.

Parsing all models for their lineage takes minutes, and its result depends on their SQL only: the project ships it
(``make lineage``), and a home whose project has other SQL works it out once and keeps it. Dagster's own view of column
lineage is not part of its open source edition: the description of each column therefore names and links the columns
that it is read from.
"""

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.components.metadata import markdown_table
from orchestration.lib.home import DBT_PROJECT, Home
from orchestration.lib.manifest import sql_digest
from orchestration.lib.system import all_systems

Column = tuple[str, str]  # asset key with slashes, name of the column
SHIPPED = DBT_PROJECT / "lineage.json"


def described(invocation: DbtCliInvocation, home: Home) -> Iterator:
    """Yield the events of a dbt build with the columns, the lineage, the row count and the euros of each table.

    Nothing is yielded while dbt runs, since DuckDB lets one process at a time open the file. Raises what dbt raised,
    after the events of what it did build.
    """
    lineage = _Lineage(home.root / "dbt" / "lineage.json")
    events, failure = [], None
    try:
        stream = invocation.stream()
        for event in stream if lineage.is_known else stream.fetch_column_metadata():
            # dbt tells of each of its tests too: those that fail are in what it raises.
            if not isinstance(event, dg.AssetObservation):
                events.append(event)
    except DagsterDbtCliRuntimeError as error:
        failure = error
    _close(invocation)
    for event in events:
        if isinstance(event, dg.Output):
            lineage.learn(_node(invocation, event)["name"], event)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        for event in events:
            if isinstance(event, dg.Output):
                about = _metadata(connection, _node(invocation, event), lineage)
                event = event.with_metadata({**event.metadata, **about})
            yield event
    if failure is not None:
        raise failure
    lineage.save()
    shutil.rmtree(invocation.target_path, ignore_errors=True)


class _Lineage:
    """What each column of each model is read from, kept in a JSON file that holds for one state of the SQL only."""

    def __init__(self, file: Path):
        self._file = file
        self._digest = sql_digest()
        kept = (json.loads(path.read_text()) for path in (file, SHIPPED) if path.exists())
        content = next((content for content in kept if content["digest"] == self._digest), None)
        self.is_known = content is not None
        self._models: dict[str, dict[str, list[Column]]] = content["models"] if content else {}
        self._origins: dict[Column, set[Column]] = {}

    def learn(self, model: str, event: dg.Output) -> None:
        """Take over the lineage that the event of a dbt node brings."""
        if (lineage := event.metadata.get("dagster/column_lineage")) is not None:
            self._models[model] = {
                column: sorted(("/".join(dep.asset_key.path), dep.column_name) for dep in deps)
                for column, deps in lineage.value.deps_by_column.items()
            }

    def parents(self, model: str, column: str) -> list[Column]:
        """Return the columns that ``column`` of ``model`` is read from, one hop up."""
        return self._models.get(model, {}).get(column, [])

    def origins(self, model: str, column: str) -> set[Column]:
        """Return the columns of exports and seeds where the lineage of ``column`` ends; each is followed once."""
        if (model, column) not in self._origins:
            found = self._origins[model, column] = set()
            for key, name in self.parents(model, column):
                is_end = key.startswith(("raw/", "seeds/"))
                found |= {(key, name)} if is_end else self.origins(key.rpartition("/")[2], name)
        return self._origins[model, column]

    def save(self) -> None:
        """Keep what was learnt."""
        if not self.is_known:
            # One line a model, so that a commit shows what a change of SQL changed.
            models = ",\n".join(
                f"{json.dumps(name)}: {json.dumps(columns, sort_keys=True)}"
                for name, columns in sorted(self._models.items())
            )
            self._file.write_text(f'{{"digest": "{self._digest}", "models": {{\n{models}\n}}}}\n')


def _metadata(connection: duckdb.DuckDBPyConnection, node: dict[str, Any], lineage: _Lineage) -> dict[str, Any]:
    """Return what the UI shows of the table that ``node`` became."""
    relation = f"{node['schema']}.{node['alias']}"
    model = node["name"]
    columns = {name: kind for name, kind, *_ in connection.execute(f"describe {relation}").fetchall()}
    (row_count,) = connection.execute(f"select count(*) from {relation}").fetchone()
    metadata: dict[str, Any] = {
        "dagster/row_count": row_count,
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn(name, kind.lower(), _description(node, name, lineage.parents(model, name)))
                for name, kind in columns.items()
            ]
        ),
    }
    if node["resource_type"] == "model":
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                name: [dg.TableColumnDep(dg.AssetKey(key.split("/")), column) for key, column in parents]
                for name in columns
                if (parents := lineage.parents(model, name))
            }
        )
        metadata["fields of the exports"] = dg.MetadataValue.md(
            "\n".join(f"- `{name}`: {fields}" for name in columns if (fields := _fields(lineage.origins(model, name))))
            or "none"
        )
    if euros := _euros(connection, relation, columns):
        metadata["euros"] = euros
    return metadata


def _description(node: dict[str, Any], column: str, parents: list[Column]) -> str:
    """Return what the column is and, as links to their assets, the columns that it is read from."""
    said = node["columns"].get(column, {}).get("description", "")
    links = ", ".join(f"[{key.rpartition('/')[2]}.{name}](/assets/{key})" for key, name in parents)
    return f"{said} ← {links}" if links else said


def _fields(origins: set[Column]) -> str:
    """Return the elements of the exports that ``origins`` were read from; a seed or the register stands for itself."""
    return ", ".join(
        f"{key.removeprefix('raw/')}.{name}" + (f" (`{path}`)" if (path := _export_paths().get((key, name))) else "")
        for key, name in sorted(origins)
    )


@cache
def _export_paths() -> dict[Column, str]:
    return {
        (f"raw/{system.name}/{table}", field.column): field.path
        for system in all_systems().values()
        for table, fields in system.tables.items()
        for field in fields
    }


def _euros(connection: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str]) -> dg.MetadataValue | None:
    """Return the sums of the amounts by exercice and direction, None for a table that has not these two."""
    amounts = [name for name, kind in columns.items() if name.endswith("_eur") and kind.startswith("DECIMAL")]
    if not amounts or not {"exercice", "direction"} <= columns.keys():
        return None
    sums = ", ".join(f"sum({name})" for name in amounts)
    rows = connection.execute(
        f"select cast(exercice as varchar), direction, {sums} from {relation} group by all order by all"
    ).fetchall()
    return markdown_table(
        ["exercice", "direction", *amounts],
        [[exercice, direction, *(f"{amount or 0:,.2f}" for amount in sums)] for exercice, direction, *sums in rows],
    )


def _node(invocation: DbtCliInvocation, event: dg.Output) -> dict[str, Any]:
    return invocation.manifest["nodes"][event.metadata["unique_id"].text]


def _close(invocation: DbtCliInvocation) -> None:
    """Let go of the warehouse, which dbt's adapter holds in this process once it has looked at the columns."""
    if invocation.adapter is not None:
        connections = invocation.adapter.connections
        connections.cleanup_all()
        if connections._ENV is not None:
            connections._ENV.close()
            connections.close_all_connections()
