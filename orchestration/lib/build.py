"""What a build of the marts is made from: the loads in use, the verdicts and the project itself."""

import hashlib

from orchestration.lib.manifest import dashboards_digest, project_digest
from orchestration.lib.register import Export, Register
from orchestration.lib.system import all_systems


def inputs(register: Register) -> str:
    """Return what identifies the inputs of a build: the published snapshot is up to date when it was made from them.

    Merging loads changes no row, so exports count rather than loads; a new key changes every pseudonym. A changed right
    or board must show too, though the marts are the same.
    """
    verdicts = "".join(sorted(f"{export.system}{export.sha256}{export.verdict}" for export in register.exports()))
    projects = project_digest() + dashboards_digest()
    return hashlib.sha256((verdicts + (key_id(register) or "") + projects).encode()).hexdigest()


def key_id(register: Register) -> str | None:
    """Return the fingerprint of the key of the loads in use, None when none of them has pseudonyms."""
    return next((load.key_id for load in register.loads() if load.key_id), None)


def exports_for_report(register: Register) -> list[dict]:
    """Return the exports as the quality report shows them."""
    systems = all_systems()
    return [_for_report(export, systems) for export in register.exports()]


def _for_report(export: Export, systems: dict) -> dict:
    system = systems.get(export.system)
    return {
        "export_id": export.export_id,
        "system": export.system,
        "department": system.department if system else "",
        "file_name": export.file_name,
        "verdict": export.verdict,
        "reason": export.reason,
        "report": export.report,
        "received_at": export.received_at.isoformat(),
        "row_count": export.row_count,
        "cadence_days": system.cadence_days if system else None,
        "tolerance_days": system.tolerance_days if system else None,
    }
