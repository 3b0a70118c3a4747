"""Dagster's event log, kept in SQLite as by default, with one engine per file where Dagster makes one per connection.

A build writes some two thousand events, in one transaction or more each, and reads as many back. A new engine compiles
each statement anew, and each close of the only connection to a file copies SQLite's journal back into it: more than
half of what the bookkeeping of a build costs. `dagster.yaml` names this class.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage

# The index and the runs looked at last; one file more costs nothing, a thousand would.
ENGINES_KEPT = 8
BUSY_SECONDS = 60


class EventLog(SqliteEventLogStorage):
    """Events of the runs, one SQLite file per run and an index of them all (dagster's own layout)."""

    def __init__(self, base_dir: str, inst_data: Any = None):
        """Open the event log in the folder ``base_dir``."""
        self._engines: OrderedDict[str, sqlalchemy.Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: dict[str, str]) -> Self:
        """Return the event log that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    def wipe(self) -> None:
        """Delete all events; no file may be open meanwhile."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        self._close()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._engines:
            address = self.conn_string_for_shard(shard)
            engine = sqlalchemy.create_engine(address, connect_args={"timeout": BUSY_SECONDS})
            # With its journal ahead of it, a file survives a loss of power whole, less its last moments.
            sqlalchemy.event.listen(engine, "connect", lambda new, _: new.execute("pragma synchronous = normal"))
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > ENGINES_KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
