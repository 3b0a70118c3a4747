"""The quality report: the last verdicts of every layer, on one page that the people behind the data can read."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.lib import pages
from orchestration.lib.guard import CRITICAL, TableVerdict

LAYERS = {
    "raw": ("Exports reçus", "Chaque fichier tel que le service l'a déposé, avant toute transformation."),
    "staging": ("Version qui fait foi", "Les mêmes données, typées, en ne gardant que la version en vigueur."),
    "conformed": ("Mise en commun", "Les données des différents systèmes, dans une forme unique."),
    "confidential": (
        "Données individuelles",
        "Une ligne par agent, paie ou absence, sous pseudonyme : contrôlées comme le reste, jamais publiées.",
    ),
    "marts": ("Tables publiées", "Ce que lisent les tableaux de bord, Excel et l'open data."),
}


def record(home: Path, layer: str, verdicts: Iterable[TableVerdict], run_id: str, system: str = "") -> Path:
    """Write the verdicts of a layer (of one ``system`` for raw) to ``quality/<layer>[.<system>].json``; return it."""
    path = home / "quality" / (f"{layer}.{system}.json" if system else f"{layer}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "layer": layer,
        "system": system,
        "run_id": run_id,
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tables": [asdict(verdict) for verdict in verdicts],
    }
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return draft.replace(path)


def render(home: Path, exports: list[dict]) -> Path:
    """Write ``quality/index.html`` from the verdicts on record and the exports of the register; return its path.

    ``exports`` are rows of the register as dictionaries: export_id, system, department, file_name, verdict, reason,
    report (path of the refusal report below ``home``, or None), received_at (ISO 8601), cadence_days, tolerance_days.
    """
    now = datetime.now(UTC)
    exports = [{**export, "received_at": _moment(export["received_at"])} for export in exports]
    layers = _layers(home, {export["export_id"]: export["file_name"] for export in exports})
    failures = [
        {"layer": layer["label"], "table": table["name"], "rule": rule}
        for layer in layers
        for table in layer["tables"]
        for rule in table["rules"]
        if not rule["passed"]
    ]
    total = sum(len(table["rules"]) for layer in layers for table in layer["tables"])
    critical = sum(failure["rule"]["severity"] == CRITICAL for failure in failures)
    # A critical failure on reception refuses an export; only the further layers stop publication.
    is_stopped = any(
        failure["rule"]["severity"] == CRITICAL for failure in failures if failure["layer"] != LAYERS["raw"][0]
    )
    systems = _systems(exports, now)
    return pages.write(
        home / "quality" / "index.html",
        "quality.html.j2",
        now=now,
        total=total,
        passed=total - len(failures),
        critical=critical,
        is_stopped=is_stopped,
        warnings=len(failures) - critical,
        failures=sorted(failures, key=lambda failure: failure["rule"]["severity"] != CRITICAL),
        layers=layers,
        systems=systems,
        late=sum(system["is_late"] for system in systems),
        refused=[_refused(export) for export in reversed(exports) if export["verdict"] == "refused"],
    )


def _layers(home: Path, files: dict[str, str]) -> list[dict]:
    """Return the layers in order of the flow, each with its tables and rules, places naming files rather than ids."""
    layers = []
    for name, (label, explanation) in LAYERS.items():
        documents = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((home / "quality").glob(f"{name}*.json"))
            if path.name.split(".")[0] == name
        ]
        layers.append(
            {
                "name": name,
                "label": label,
                "explanation": explanation,
                "checked_at": max((_moment(document["checked_at"]) for document in documents), default=None),
                "tables": [
                    _table(document["system"], table, files) for document in documents for table in document["tables"]
                ],
            }
        )
    return layers


def _table(system: str, table: dict, files: dict[str, str]) -> dict:
    rules = [{**rule, "places": [_place(place, files) for place in rule["places"]]} for rule in table["rules"]]
    passed = sum(rule["passed"] for rule in rules)
    return {
        "name": f"{system} / {table['table']}" if system else table["table"],
        "rules": rules,
        "passed": passed,
        "all_passed": passed == len(rules),
        "row_count": max((rule["element_count"] for rule in rules), default=0),
    }


def _place(place: str, files: dict[str, str]) -> dict:
    """Split "export record element", each of which may lack; what people know is the name of the file."""
    export, _, rest = place.partition(" ")
    if export not in files:
        export, rest = "", place
    elif rest.startswith(f"{files[export]} "):  # the register's own record of a file is its name
        rest = rest.removeprefix(f"{files[export]} ")
    record, _, element = rest.partition(" ")
    if "[" not in record:
        record, element = "", rest
    return {"file": files.get(export, ""), "record": record, "element": element}


def _systems(exports: list[dict], now: datetime) -> list[dict]:
    """Return the freshness of each system seen, from its last accepted export, its cadence and its tolerance."""
    systems = []
    for name in sorted({export["system"] for export in exports if export["cadence_days"] is not None}):
        of_system = [export for export in exports if export["system"] == name]
        accepted = [export for export in of_system if export["verdict"] == "accepted"]
        last = max(accepted, key=lambda export: export["received_at"], default=None)
        allowed = timedelta(days=of_system[-1]["cadence_days"] + of_system[-1]["tolerance_days"])
        systems.append(
            {
                "name": name,
                "department": of_system[-1]["department"],
                "file_name": last and last["file_name"],
                "received_at": last and last["received_at"],
                "cadence_days": of_system[-1]["cadence_days"],
                "tolerance_days": of_system[-1]["tolerance_days"],
                "is_late": last is None or now > last["received_at"] + allowed,
            }
        )
    return systems


def _refused(export: dict) -> dict:
    """Return a refused export with the link to its report, relative to the page."""
    return {**export, "link": f"../{export['report']}" if export.get("report") else None}


def _moment(text: str) -> datetime:
    """Return an ISO 8601 moment; the register keeps UTC, and SQLite forgets to say so."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
