"""The gate before publication: the verdicts of all layers on one state of the warehouse, and if it may be shown."""

import json
from dataclasses import asdict, dataclass

from orchestration.lib import guard, quality, warehouse
from orchestration.lib.guard import TableVerdict
from orchestration.lib.home import Home

# Layer of expectations -> schema of the warehouse, in the order of the flow.
SCHEMAS = {"staging": "staging", "conformed": "intermediate", "confidential": "confidential", "marts": "marts"}


@dataclass(frozen=True)
class Gate:
    """Counts of the last guarding, the state of the warehouse that it judged and what that was built from.

    ``inputs`` are those of `orchestration.lib.build`, ``key_id`` the fingerprint of the key of the pseudonyms.
    """

    warehouse: str
    rules: int
    critical: int
    warnings: int
    inputs: str = ""
    key_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether nothing critical failed."""
        return self.critical == 0


def judge(home: Home, run_id: str) -> list[TableVerdict]:
    """Validate every suite of every layer, record the verdicts for the quality report and set the gate."""
    judged = warehouse.stamp(home)
    verdicts = []
    for layer, schema in SCHEMAS.items():
        found = guard.validate(home.warehouse, schema, guard.load_suites(layer))
        quality.record(home.root, layer, found, run_id)
        verdicts += found
    failed = [rule for verdict in verdicts for rule in verdict.rules if not rule.passed]
    gate = Gate(
        judged,
        sum(len(verdict.rules) for verdict in verdicts),
        sum(rule.severity == "critical" for rule in failed),
        sum(rule.severity == "warning" for rule in failed),
        *warehouse.built_from(home),
    )
    draft = home.quality / ".gate.json"
    draft.write_text(json.dumps(asdict(gate)))
    draft.replace(home.quality / "gate.json")  # whoever reads meanwhile gets the whole of one
    return verdicts


def read(home: Home) -> Gate | None:
    """Return the gate set by the last guarding, None before the first or when the warehouse changed since."""
    file = home.quality / "gate.json"
    if not file.exists():
        return None
    gate = Gate(**json.loads(file.read_text()))
    return gate if gate.warehouse == warehouse.stamp(home) else None
