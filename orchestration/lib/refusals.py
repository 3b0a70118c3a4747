"""Refusal reports: one self-contained French page per refused export, that the clerk who sent it can act on."""

import re
import unicodedata
from datetime import datetime
from pathlib import Path

from orchestration.lib import pages
from orchestration.lib.errors import RefusedExport
from orchestration.lib.guard import RuleVerdict
from orchestration.lib.register import UNRECOGNISED

NAME_LENGTH = 100
CORRECT_AND_SEND_AGAIN = "Corrigez les données dans le logiciel d'origine, puis exportez de nouveau le fichier."
DROP_AGAIN = "Déposez le nouveau fichier au même endroit : il sera repris de lui-même au prochain passage."


def write(
    home: Path,
    system: str,
    department: str,
    file_name: str,
    sha256: str,
    error: RefusedExport | list[RuleVerdict],
    received_at: datetime,
) -> Path:
    """Write ``refused/<system>/<file name>.<start of the checksum>.html`` under ``home`` and return its path.

    ``error`` is what the reader raised, or the critical rules that failed on the export. The page shows texts, places
    and counts, never a value of the file; its name is made safe whatever the name of the file is.
    """
    raised = isinstance(error, RefusedExport)
    faults = [_raised(error)] if raised else [_failed(verdict) for verdict in error]
    actions = [error.action if raised else CORRECT_AND_SEND_AGAIN]
    if system != UNRECOGNISED:  # which is told to drop the file elsewhere
        actions.append(DROP_AGAIN)
    return pages.write(
        home / "refused" / _safe(system) / f"{_safe(file_name)}.{_safe(sha256[:8])}.html",
        "refusal.html.j2",
        system=system,
        department=department,
        file_name=file_name,
        sha256=sha256,
        received_at=received_at,
        faults=faults,
        actions=[action for action in actions if action],
    )


def _raised(error: RefusedExport) -> dict:
    places = [error.place] if error.place else []
    return {"problem": error.problem, "places": places, "expected": error.expected, "why": "", "count": 0}


def _failed(verdict: RuleVerdict) -> dict:
    return {
        "problem": "Une règle obligatoire n'est pas respectée",
        "places": [place.partition(" ")[2] or place for place in verdict.places],  # one export: its id says nothing
        "expected": verdict.description,
        "why": verdict.why,
        "count": verdict.unexpected_count,
        "total": verdict.element_count,
        "amount_eur": verdict.amount_eur,
    }


def _safe(name: str) -> str:
    """Return ``name`` as a plain file name: ASCII letters, digits, dot, dash and underscore, not hidden, not long."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".")[:NAME_LENGTH] or "_"
