"""Column schema and column lineage of the dbt models in the Dagster UI, worked out once per state of the project.

Parsing all models for their lineage takes three times as long as building them, and its result depends on their SQL
only: it is kept under the home until the project changes.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.lib.home import Home
from orchestration.lib.manifest import project_digest


def described(invocation: DbtCliInvocation, home: Home) -> Iterator:
    """Yield the events of a dbt build with the columns, the lineage and the row count of each table.

    Nothing is yielded while dbt runs, since DuckDB lets one process at a time open the file. Raises what dbt raised,
    after the events of what it did build.
    """
    known = _Known(home.root / "dbt" / "columns.json")
    events, failure = [], None
    try:
        stream = invocation.stream()
        for event in stream if known.is_current else stream.fetch_column_metadata():
            events.append(event)
    except DagsterDbtCliRuntimeError as error:
        failure = error
    _close(invocation)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        for event in events:
            if isinstance(event, dg.Output):
                unique_id = event.metadata["unique_id"].text
                known.learn(unique_id, event)
                event = event.with_metadata(
                    {**event.metadata, **known.metadata(unique_id), **_row_count(connection, invocation, unique_id)}
                )
            yield event
    if failure is not None:
        raise failure
    known.save()
    shutil.rmtree(invocation.target_path, ignore_errors=True)


class _Known:
    """Columns and lineage by dbt node, in a JSON file that is worth something for one state of the project only."""

    def __init__(self, file: Path):
        self._file = file
        self._digest = project_digest()
        content = json.loads(file.read_text()) if file.exists() else {}
        self.is_current = content.get("digest") == self._digest
        self._nodes: dict[str, dict] = content["nodes"] if self.is_current else {}

    def learn(self, unique_id: str, event: dg.Output) -> None:
        """Take over what the event says of its columns."""
        schema = event.metadata.get("dagster/column_schema")
        lineage = event.metadata.get("dagster/column_lineage")
        if schema is not None and not self.is_current:
            self._nodes[unique_id] = {
                "columns": [[column.name, column.type, column.description] for column in schema.value.columns],
                "lineage": {
                    column: [[dep.asset_key.path, dep.column_name] for dep in deps]
                    for column, deps in (lineage.value.deps_by_column if lineage else {}).items()
                },
            }

    def metadata(self, unique_id: str) -> dict:
        """Return the metadata of one node, empty when nothing is known of it."""
        node = self._nodes.get(unique_id)
        if node is None:
            return {}
        return {
            "dagster/column_schema": dg.TableSchema([dg.TableColumn(*column) for column in node["columns"]]),
            "dagster/column_lineage": dg.TableColumnLineage(
                {
                    column: [dg.TableColumnDep(asset_key=dg.AssetKey(key), column_name=name) for key, name in deps]
                    for column, deps in node["lineage"].items()
                }
            ),
        }

    def save(self) -> None:
        """Keep what was learnt."""
        if not self.is_current:
            self._file.write_text(json.dumps({"digest": self._digest, "nodes": self._nodes}))


def _row_count(connection: duckdb.DuckDBPyConnection, invocation: DbtCliInvocation, unique_id: str) -> dict:
    node = invocation.manifest["nodes"][unique_id]
    (count,) = connection.execute(f"select count(*) from {node['schema']}.{node['alias']}").fetchone()
    return {"dagster/row_count": count}


def _close(invocation: DbtCliInvocation) -> None:
    """Let go of the warehouse, which dbt's adapter holds in this process once it has looked at the columns."""
    if invocation.adapter is not None:
        connections = invocation.adapter.connections
        connections.cleanup_all()
        if connections._ENV is not None:
            connections._ENV.close()
            connections.close_all_connections()
