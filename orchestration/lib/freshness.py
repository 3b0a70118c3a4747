"""What the register says of each departmental system: its last accepted export, and whether the next one is late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestration.lib.register import ACCEPTED, REFUSED, Export
from orchestration.lib.system import System


@dataclass(frozen=True)
class Freshness:
    """The exports of one system; ``last`` is None as long as none is in use."""

    system: System
    in_use: int
    last: Export | None
    refused: tuple[Export, ...]

    @property
    def received_at(self) -> datetime | None:
        """When the last accepted export came, in UTC: SQLite forgets to say so."""
        return self.last and self.last.received_at.replace(tzinfo=UTC)

    def is_late(self, now: datetime) -> bool:
        """Tell whether the next export should have come before ``now``; never of a system that has sent none."""
        allowed = timedelta(days=self.system.cadence_days + self.system.tolerance_days)
        return self.last is not None and now > self.received_at + allowed


def of_systems(systems: Mapping[str, System], exports: Iterable[Export]) -> list[Freshness]:
    """Return the freshness of each of ``systems``; ``exports`` are those of the register, in order of arrival."""
    exports = list(exports)
    return [_of(system, [export for export in exports if export.system == system.name]) for system in systems.values()]


def _of(system: System, exports: list[Export]) -> Freshness:
    accepted = [export for export in exports if export.verdict == ACCEPTED]
    refused = tuple(export for export in exports if export.verdict == REFUSED)
    return Freshness(system, len(accepted), accepted[-1] if accepted else None, refused)
