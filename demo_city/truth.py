"""What the demo town knows to be true, for tests: totals to the cent, counts, mishaps, and the identities that must
never leak.
"""

import json
from collections import Counter
from pathlib import Path

from demo_city import town as places
from demo_city.activity import Activity
from demo_city.budget import BudgetYear
from demo_city.cost_destinations import DIRECTIONS
from demo_city.costing import Costs
from demo_city.ledger import Piece
from demo_city.payroll import Payroll
from demo_city.sending import Sending
from demo_city.totem import ACCOUNT, Document
from demo_city.town import Town


def place(year: BudgetYear) -> dict[str, object]:
    """The columns that say which budget and exercice a row is about."""
    budget = year.book.budget
    return {"budget_id": budget.budget_id, "siret": budget.siret, "exercice": year.book.exercice}


class Truth:
    """Collects, exercice after exercice, what the written files must add up to."""

    def __init__(self, town: Town, years: list[int]) -> None:
        """Start with the town and the exercices that will be written."""
        self.town = town
        self.years = years
        self.totals: list[dict[str, object]] = []
        self.counts: list[dict[str, object]] = []
        self.roles: list[dict[str, object]] = []
        self.documents: list[dict[str, object]] = []
        self.mishaps: dict[str, list[dict[str, object]]] = {
            "refused_bordereaux": [], "refused_flows": [], "rejected_pieces": [], "duplicate_files": [],
        }  # fmt: skip
        self.files = Counter[str]()

    def budget_year(self, year: BudgetYear, pieces: list[Piece]) -> None:
        """Net totals and counts of pieces of one budget and exercice."""
        where = place(year)
        for key, cents in sorted(
            year.summary.net.items(),
            key=lambda item: (item[0].direction, item[0].nature, item[0].function, item[0].order),
        ):
            self.totals.append(
                where
                | {
                    "direction": DIRECTIONS[key.direction],
                    "section": key.section,
                    "chapter": key.chapter,
                    "nature": key.nature,
                    "function": key.function,
                    "is_order": bool(key.order),
                    "amount_cents": cents,
                }
            )
        roles = [piece for piece in pieces if piece.stream == "role"]
        if roles:
            total = sum(line.cents for piece in roles for line in piece.lines)
            self.roles.append(where | {"pieces": len(roles), "amount_cents": total})
        for direction, name in DIRECTIONS.items():
            mine = [piece for piece in pieces if piece.direction == direction]
            self.counts.append(
                where
                | {
                    "direction": name,
                    "pieces": len(mine),
                    "lines": sum(len(piece.lines) for piece in mine),
                    "bordereaux": 0,
                    "cancelling_pieces": sum(piece.typ_bord == "02" for piece in mine),
                    "rejected_pieces": sum(piece.rejected for piece in mine),
                    "order_pieces": sum(bool(piece.order) for piece in mine),
                    "accrual_pieces": sum(piece.stream == "accrual" for piece in mine),
                    "role_pieces": sum(piece.stream == "role" for piece in mine),
                }
            )
            for piece in mine:
                if piece.rejected:
                    self.mishaps["rejected_pieces"].append(where | {"direction": name, "id_pce": str(piece.number)})

    def sending(self, year: BudgetYear, sending: Sending, file_name: str) -> None:
        """One file sent: bordereaux that stand, those refused."""
        where = place(year)
        self.files["finance_pes_aller"] += 1
        if sending.wrong_codique:
            self.mishaps["refused_flows"].append(where | {"file": file_name})
        for bordereau in sending.bordereaux:
            named = where | {"direction": DIRECTIONS[bordereau.direction]}
            if sending.stands(bordereau):
                next(row for row in reversed(self.counts) if row.items() >= named.items())["bordereaux"] += 1  # type: ignore[operator]
            elif not sending.wrong_codique:
                row = named | {"typ_bord": bordereau.typ_bord, "id_bord": str(bordereau.number), "file": file_name}
                self.mishaps["refused_bordereaux"].append(row)

    def document(self, year: BudgetYear, document: Document, file_name: str) -> None:
        """One budget document, with the totals that it votes and realises."""
        self.files["budget_totem"] += 1
        sums: Counter[str] = Counter()
        for key, line in year.lines.items():
            part = f"{DIRECTIONS[key.direction]}_{key.section}"
            sums[f"opened_{part}_cents"] += line.opened
            sums[f"realised_{part}_cents"] += line.real
            if not key.order and key.nature not in ("001", "002"):
                sums[f"realised_real_{part}_cents"] += line.real
        self.documents.append(
            {
                "file": file_name,
                **place(year),
                "nat_dec": document.kind,
                "num_dec": document.number or None,
                "superseded": document.slip,
                **(dict(sorted(sums.items())) if document.kind == ACCOUNT else {}),
            }
        )

    def write(self, path: Path, payroll: Payroll, activity: Activity, costs: Costs) -> Path:
        """Writes the truth as JSON (amounts as whole cents) and returns its path."""
        town = self.town
        people = town.persons()
        identities = {
            value
            for person in people
            for value in (person.name, person.id_code, person.account, person.street, person.reference)
            if value
        }
        content = {
            "commune": {"name": places.NAME, "insee": places.INSEE, "siret": town.siret, "ccas_siret": town.ccas_siret},
            "parameters": {"inhabitants": town.inhabitants, "years": self.years, "seed": town.seed},
            "population": {str(year): town.population(year) for year in self.years},
            "budgets": [
                {
                    "budget_id": one.budget_id,
                    "siret": one.siret,
                    "cod_bud": one.code,
                    "label": one.label,
                    "kind": one.kind,
                }
                for one in town.budgets.values()
            ],
            "files": dict(sorted((self.files + payroll.truth.files + activity.files).items())),
            "counts": self.counts,
            "roles": self.roles,
            "mishaps": self.mishaps,
            "documents": self.documents,
            "totals": self.totals,
            "payroll": payroll.truth.content(payroll.establishments),
            "activity": {system: written.truth for system, written in activity.written.items()},
            "costing": costs.content(),
            "canaries": sorted(identities | payroll.truth.identities | activity.identities),
        }
        path.write_text(written(content), encoding="utf-8")
        return path


def written(content: dict[str, object]) -> str:
    """JSON with a row a line: as readable as an indented one, and ten times faster to write."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f"{json.dumps(key)}: [\n{rows}\n]")
        elif isinstance(value, dict) and any(isinstance(part, list) for part in value.values()):
            parts.append(f"{json.dumps(key)}: {written(value).strip()}")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
