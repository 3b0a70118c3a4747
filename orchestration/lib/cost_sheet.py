"""The cost sheet of each service, for the council: one self-contained French page per service and exercice.

Made from the published marts only, to the cent, and written into the snapshot beside them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration.lib import pages
from orchestration.lib.french import SPACE, amount, decimal, euros, title, whole_euros
from orchestration.lib.french import number as count
from orchestration.lib.trace import NotTraceable, Snapshot, folded
from orchestration.lib.trace_text import LABELS

FOLDER = "fiches"  # of a snapshot
UNASSIGNED = "A_AFFECTER"
COSTS, REVENUES = ("direct", "building", "support"), ("user_revenue", "public_revenue", "other_revenue")
MEASURES = ("direct_cost", "building_cost", "support_cost", *REVENUES, "corporate_cost", "corporate_revenue")
SHORT = LABELS | {
    "user_revenue": "Usagers",
    "public_revenue": "CAF, État, autres",
    "corporate": "Pilotage",
}
SOURCES_SHOWN, PAYERS_SHOWN = 8, 5
# Charts, in units of their view box.
FALL_WIDTH, FALL_HEIGHT, FALL_TOP, FALL_BOTTOM = 960, 300, 34, 52
YEARS_WIDTH, YEARS_HEIGHT, YEARS_TOP, YEARS_BOTTOM = 460, 230, 26, 26


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: its rectangle in the view box, its class of colour, and what is written at it."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    label: str
    value: str
    value_y: float
    link_y: float  # where the running total leaves it


def write_all(published: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Write ``<exercice>/<service>.html`` and ``index.html`` under ``folder``; return how many sheets there are.

    ``published``: a connection to a snapshot. Without the marts of the true cost nothing is written.
    """
    try:
        town = _Town(Snapshot(published))
    except NotTraceable:
        return 0
    sheets = town.sheets()
    now = datetime.now(UTC)
    for sheet in sheets:
        pages.write(folder / sheet["file"], "cost_sheet.html.j2", now=now, **sheet)
    if sheets:
        exercices = sorted({sheet["exercice"] for sheet in sheets}, reverse=True)
        listed = [(year, [sheet for sheet in sheets if sheet["exercice"] == year]) for year in exercices]
        pages.write(folder / "index.html", "cost_index.html.j2", now=now, town=town.name, exercices=listed)
    return len(sheets)


def write(snapshot_folder: Path) -> Path:
    """Write the sheets of a snapshot into its folder `FOLDER`, from its ``beffroi.duckdb``; return that folder."""
    folder = snapshot_folder / FOLDER
    with duckdb.connect(str(snapshot_folder / "beffroi.duckdb"), read_only=True) as published:
        write_all(published, folder)
    return folder


def file_of(exercice: int, service_id: str) -> str:
    """Return the place of a sheet under the folder of all sheets."""
    return f"{exercice}/{re.sub('[^A-Za-z0-9_-]', '-', service_id)}.html"


def waterfall(amounts: dict[str, Decimal]) -> tuple[list[Bar], float]:
    """Return the bars from direct cost to net cost, and the height of zero; amounts in euros, by step."""
    steps: list[tuple[str, Decimal, Decimal]] = []  # step, from, to
    running = Decimal(0)
    for step in COSTS:
        steps.append((step, running, running + amounts[step]))
        running += amounts[step]
    steps.append(("full", Decimal(0), running))
    for step in REVENUES:
        steps.append((step, running, running - amounts[step]))
        running -= amounts[step]
    steps.append(("net", Decimal(0), running))
    top, bottom = max(max(step[1:]) for step in steps), min(min(step[1:]) for step in steps)
    span = float(top - bottom) or 1.0

    def height_of(value: Decimal) -> float:
        return FALL_TOP + float(top - value) / span * (FALL_HEIGHT - FALL_TOP - FALL_BOTTOM)

    column = FALL_WIDTH / len(steps)
    bars = []
    for place, (step, start, end) in enumerate(steps):
        high, low = height_of(max(start, end)), height_of(min(start, end))
        value = amount(abs(end - start) if step in REVENUES else end - start)
        if value[0] not in "0−":
            value = _sign(step, end - start) + value
        bars.append(
            Bar(
                x=round(place * column + column * 0.14, 1),
                y=round(high, 1),
                width=round(column * 0.72, 1),
                height=round(max(low - high, 1.0), 1),
                colour=step,
                label=SHORT[step],
                value=value,
                value_y=round(high - 8, 1),
                link_y=round(height_of(end), 1),
            )
        )
    return bars, round(height_of(Decimal(0)), 1)


def _sign(step: str, change: Decimal) -> str:
    """What is written before an amount that is not zero nor already negative."""
    if step in REVENUES:
        return "−" if change < 0 else "+"
    return "+" if step in ("building", "support") else ""


def years(rows: Sequence[dict]) -> list[tuple[Bar, Bar]]:
    """Return for each exercice the bar of the full cost, and in front of it what is left for the town to pay."""
    top = max((max(row["full"], row["net"], Decimal(1)) for row in rows), default=Decimal(1))
    column = YEARS_WIDTH / max(len(rows), 3)
    scale = (YEARS_HEIGHT - YEARS_TOP - YEARS_BOTTOM) / float(top)
    pairs = []
    for place, row in enumerate(rows):
        bars = []
        for name in ("full", "net"):
            height = round(max(float(row[name]), 0.0) * scale, 1)
            y = round(YEARS_HEIGHT - YEARS_BOTTOM - height, 1)
            bars.append(
                Bar(
                    x=round(place * column + column * 0.2, 1),
                    y=y,
                    width=round(column * 0.6, 1),
                    height=height,
                    colour=name,
                    label=str(row["exercice"]),
                    value=amount(row[name]),
                    value_y=round(y - 7, 1),
                    link_y=y,
                )
            )
        pairs.append((bars[0], bars[1]))
    return pairs


def percent(part: Decimal, whole: Decimal, places: int = 1) -> str:
    """Return a share: 38,0 %; a dash without a whole."""
    return f"{decimal(part / whole * 100, places)}{SPACE}%" if whole > 0 else "—"


class _Town:
    """What all sheets are made from, read once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.cells = snapshot.rows(_CELLS)
        self.units = snapshot.rows("from marts.mart_unit_cost order by activity_id, is_main_unit desc, measure_code")
        self.sources = _by_place(snapshot.rows(_SOURCES))
        self.supports = _by_place(snapshot.rows(_SUPPORTS))
        self.payers = _by_place(snapshot.rows(_PAYERS))
        self.rules = _by_place(snapshot.rows(_RULES))
        self.gaps = _by_place(snapshot.rows(_SPLITS))
        self.population = dict(
            snapshot.connection.execute(
                "select exercice, max(quantity) from marts.mart_unit_cost where measure_code = 'inhabitant' group by 1"
            ).fetchall()
        )
        names = snapshot.connection.execute(_TOWN_NAME).fetchall()
        self.name = title(names[0][0]) if names else None

    def sheets(self) -> list[dict]:
        """Return the values of each sheet, in order of exercice and service label."""
        of_place = _by_place(self.cells)
        totals = {place: _amounts(cells) for place, cells in of_place.items() if place[1] != UNASSIGNED}
        history: dict[str, list[dict]] = defaultdict(list)
        for (exercice, service), amounts in sorted(totals.items()):
            history[service].append({"exercice": exercice, **amounts, "unit": self._main_unit(exercice, service)})
        return sorted(
            (
                self._sheet(exercice, service, amounts, of_place[exercice, service], history[service])
                for (exercice, service), amounts in totals.items()
            ),
            key=lambda sheet: (sheet["exercice"], folded(sheet["service_label"]), sheet["service_id"]),
        )

    def _sheet(
        self, exercice: int, service: str, amounts: dict[str, Decimal], cells: list[dict], history: list[dict]
    ) -> dict:
        place = exercice, service
        bars, zero = waterfall(amounts)
        full, net = amounts["full"], amounts["net"]
        population = self.population.get(exercice)
        reasons = sorted({cell["provisional_reason"] for cell in cells if cell["provisional_reason"]})
        return {
            "file": file_of(exercice, service),
            "town": self.name,
            "exercice": exercice,
            "service_id": service,
            "service_label": self.snapshot.services.get(service, service),
            "amounts": amounts,
            "full_text": whole_euros(full),
            "net_text": whole_euros(net),
            "per_inhabitant": euros(full / population) if population else None,
            "population": decimal(population, 0) if population else None,
            "coverage": percent(amounts["user_revenue"], full),
            "units": [_unit(row, full) for row in self._units(exercice, service, main=True)],
            "other_units": [
                unit for row in self._units(exercice, service, main=False) if (unit := _unit(row, full))["cost"] != "—"
            ],
            "reasons": reasons,
            "bars": bars,
            "zero": zero,
            "fall": (FALL_WIDTH, FALL_HEIGHT),
            "steps": [
                (step, LABELS[step], euros(amounts[step]), percent(amounts[step], full))
                for step in (*COSTS, "full", *REVENUES, "net")
            ],
            "corporate": euros(amounts["corporate"]),
            "corporate_share": percent(amounts["corporate"], full),
            "paid": _paid(amounts),
            "payers": _payers(self.payers.get(place, []), amounts),
            "sources": _sources(self.sources.get(place, []), self.supports.get(place, []), full),
            "supports": [self._support(row, exercice, full) for row in self.supports.get(place, [])],
            "rules": [
                (row["rule_label"], euros(row["amount_eur"]), count(row["lines"])) for row in self.rules.get(place, [])
            ],
            "years": years(history),
            "is_over_paid": any(row["net"] < 0 for row in history),
            "years_size": (YEARS_WIDTH, YEARS_HEIGHT, YEARS_HEIGHT - YEARS_BOTTOM),
            "history": _history(history, service),
            "facilities": self._facilities(exercice, service, cells),
            "splits": [row["key_label"] for row in self.gaps.get(place, [])],
        }

    def _units(self, exercice: int, service: str, main: bool) -> list[dict]:
        return [
            row
            for row in self.units
            if row["exercice"] == exercice
            and row["service_id"] == service
            and row["facility_id"] is None
            and row["is_main_unit"] == main
        ]

    def _main_unit(self, exercice: int, service: str) -> dict | None:
        rows = self._units(exercice, service, main=True)
        return rows[0] if len(rows) == 1 and rows[0]["unit_cost_eur"] is not None else None

    def _support(self, row: dict, exercice: int, full: Decimal) -> dict:
        key = self.snapshot.key(row["allocation_key_id"] or "", exercice) or {}
        since: date | None = key.get("valid_from")
        until: date | None = key.get("valid_to")
        validity = ""
        if since:
            validity = f"du {since:%d/%m/%Y} au {until:%d/%m/%Y}" if until else f"depuis le {since:%d/%m/%Y}"
        return {
            "label": row["from_label"],
            "step": ", ".join(LABELS[step].lower() for step in row["steps"]),
            "key": key.get("key_label", "sans clé"),
            "owner": key.get("owner", "—"),
            "evidence": key.get("evidence", "—"),
            "validity": validity,
            "share": f"{decimal(row['share'] * 100, 2)}{SPACE}%",
            "amount": euros(row["amount_eur"]),
            "of_full": percent(row["amount_eur"], full),
        }

    def _facilities(self, exercice: int, service: str, cells: list[dict]) -> list[dict]:
        of_facility: dict[str | None, list[dict]] = defaultdict(list)
        for cell in cells:
            of_facility[cell["facility_id"]].append(cell)
        mains = {
            row["facility_id"]: row
            for row in self.units
            if row["exercice"] == exercice
            and row["service_id"] == service
            and row["is_main_unit"]
            and row["facility_id"]
        }
        is_of_one_activity = len({cell["activity_id"] for cell in cells}) == 1
        shared = Counter(rows[0]["facility_label"] for rows in of_facility.values())
        found = []
        for facility, rows in of_facility.items():
            amounts = _amounts(rows)
            label = rows[0]["facility_label"] or facility or "Sans équipement"
            unit = mains.get(facility) if is_of_one_activity else None
            found.append(
                {
                    "label": f"{label} ({facility})" if facility and shared[label] > 1 else label,
                    "order": (facility is None, -amounts["full"]),
                    "full": whole_euros(amounts["full"]),
                    "coverage": percent(amounts["user_revenue"], amounts["full"]),
                    "net": whole_euros(amounts["net"]),
                    "quantity": _quantity(unit["quantity"]) if unit and unit["quantity"] else "—",
                    "unit_cost": euros(unit["unit_cost_eur"]) if unit and unit["unit_cost_eur"] else "—",
                    "unit": unit["unit_label"] if unit else None,
                }
            )
        return sorted(found, key=lambda row: row["order"])


def _by_place(rows: Iterable[dict]) -> dict[tuple[int, str], list[dict]]:
    found: dict[tuple[int, str], list[dict]] = defaultdict(list)
    for row in rows:
        found[row["exercice"], row["service_id"]].append(row)
    return found


def _amounts(cells: Iterable[dict]) -> dict[str, Decimal]:
    """Sum cells of `mart_full_cost` by step, with full and net cost."""
    total = {measure.removesuffix("_cost"): Decimal(0) for measure in MEASURES}
    for cell in cells:
        for measure in MEASURES:
            total[measure.removesuffix("_cost")] += cell[f"{measure}_eur"]
    total["full"] = sum((total[step] for step in COSTS), Decimal(0))
    total["net"] = total["full"] - sum((total[step] for step in REVENUES), Decimal(0))
    return total


def _unit(row: dict, full: Decimal) -> dict:
    band, verdict = None, None
    if row["band_low_eur"] is not None:
        band = f"{euros(row['band_low_eur'])} à {euros(row['band_high_eur'])}"
        if row["unit_cost_eur"] is not None:
            is_above = row["unit_cost_eur"] > row["band_high_eur"]
            verdict = "Dans" if row["is_in_band"] else ("Au-dessus de" if is_above else "Au-dessous de")
    return {
        "activity": row["activity_label"] or row["activity_id"],
        "label": row["unit_label"],
        "cost": "—" if row["unit_cost_eur"] is None else euros(row["unit_cost_eur"]),
        "net": None if row["net_cost_per_unit_eur"] is None else euros(row["net_cost_per_unit_eur"]),
        "part": None if row["full_cost_eur"] == full else euros(row["full_cost_eur"]),
        "quantity": None if row["quantity"] is None else _quantity(row["quantity"]),
        "band": band,
        "band_source": row["band_source"],
        "verdict": verdict,
    }


def _quantity(value: Decimal) -> str:
    return decimal(value, 0 if value == value.to_integral_value() else 2)


def _paid(amounts: dict[str, Decimal]) -> list[dict]:
    """Who pays the full cost: shares for a bar, as long as nobody's part is negative."""
    parts = {step: amounts[step] for step in (*REVENUES, "net")}
    full = amounts["full"]
    is_drawn = full > 0 and min(parts.values()) >= 0
    labels = LABELS | {"net": "La commune (reste à charge)"}
    return [
        {
            "step": step,
            "label": labels[step],
            "amount": euros(part),
            "share": percent(part, full),
            "width": round(float(part / full) * 100, 3) if is_drawn else None,
        }
        for step, part in parts.items()
    ]


def _payers(rows: list[dict], amounts: dict[str, Decimal]) -> list[tuple[str, str, str]]:
    """The largest payers by name, natural persons together; the others in one row, so that all revenue is there."""
    total = sum((amounts[step] for step in REVENUES), Decimal(0))
    shown = rows[:PAYERS_SHOWN]
    found = [(row["payer"], LABELS[row["cost_step"]], euros(row["amount_eur"])) for row in shown]
    if rest := total - sum((row["amount_eur"] for row in shown), Decimal(0)):
        found.append(("Autres", "", euros(rest)))
    return found


def _sources(own: list[dict], supports: list[dict], full: Decimal) -> list[dict]:
    """The largest charges of the service itself, the others in one row, then what comes from other services."""
    shown, rest = own[:SOURCES_SHOWN], own[SOURCES_SHOWN:]
    found = [(row["what"], LABELS[row["cost_step"]], row["supplier"], row["amount_eur"]) for row in shown]
    if rest:
        others = sum((row["amount_eur"] for row in rest), Decimal(0))
        name = f"{len(rest)} autres natures de charges" if len(rest) > 1 else "Une autre nature de charges"
        found.append((name, "", None, others))
    if supports:
        passed = sum((row["amount_eur"] for row in supports), Decimal(0))
        found.append(("Services techniques et supports (détail ci-dessous)", "", None, passed))
    scale = max((abs(amount) for *_, amount in found), default=Decimal(0)) or Decimal(1)
    return [
        {
            "what": what,
            "step": step,
            "supplier": supplier,
            "amount": euros(amount),
            "share": percent(amount, full),
            "width": round(max(float(amount / scale), 0.0) * 100, 1),
        }
        for what, step, supplier, amount in found
    ]


def _history(history: list[dict], service: str) -> list[dict]:
    found = []
    for before, row in zip([None, *history], history, strict=False):
        unit = row["unit"]
        change = ""
        if before and before["full"] > 0:
            change = percent(row["full"] - before["full"], before["full"])
            change = change if change.startswith("−") else f"+{change}"
        found.append(
            {
                "exercice": row["exercice"],
                "file": f"../{file_of(row['exercice'], service)}",
                "full": whole_euros(row["full"]),
                "change": change,
                "unit": euros(unit["unit_cost_eur"]) if unit else "—",
                "unit_label": unit["unit_label"] if unit else None,
                "coverage": percent(row["user_revenue"], row["full"]),
                "net": whole_euros(row["net"]),
            }
        )
    return found


_TOWN_NAME = """
select collectivity_name
from marts.dim_budget
where main_budget_siret is null and collectivity_name is not null
order by budget_siret
"""
_CELLS = """
select
    exercice, service_id, facility_id, activity_id,
    max(facility_label) as facility_label, max(provisional_reason) as provisional_reason,
    sum(direct_cost_eur) as direct_cost_eur, sum(building_cost_eur) as building_cost_eur,
    sum(support_cost_eur) as support_cost_eur, sum(user_revenue_eur) as user_revenue_eur,
    sum(public_revenue_eur) as public_revenue_eur, sum(other_revenue_eur) as other_revenue_eur,
    sum(corporate_cost_eur) as corporate_cost_eur, sum(corporate_revenue_eur) as corporate_revenue_eur
from marts.mart_full_cost
group by all
order by all
"""
# What a service spends itself, by nature; pay in one row, whatever its accounts.
_SOURCES = """
select
    exercice, service_id, what, cost_step, sum(amount_eur) as amount_eur,
    arg_max(supplier, amount_eur) as supplier
from (
    select
        lines.exercice, lines.service_id, lines.cost_step,
        case
            when lines.chapter_code = '012' then 'Personnel' else coalesce(natures.nature_label, lines.nature_code)
        end as what,
        case
            when
                coalesce(lines.chapter_code, '') <> '012' and lines.cost_stage <> 'depreciation'
                and tiers.tiers_kind is distinct from 'person'
                then tiers.tiers_label
        end as supplier,
        sum(lines.amount_eur) as amount_eur
    from marts.fct_cost_line as lines
    left join marts.dim_nature as natures on lines.nature_id = natures.nature_id
    left join marts.dim_tiers as tiers on lines.tiers_id = tiers.tiers_id
    where lines.cost_scope = 'service' and lines.direction = 'expense'
    group by all
) as by_supplier
group by exercice, service_id, what, cost_step
having sum(amount_eur) <> 0
order by exercice, service_id, sum(amount_eur) desc, what, cost_step
"""
_SUPPORTS = """
select
    edges.exercice, edges.to_service_id as service_id, edges.from_service_id, edges.allocation_key_id,
    services.service_label as from_label, list_sort(list(distinct edges.to_step)) as steps,
    max(edges.allocated_share) as share, sum(edges.amount_eur) as amount_eur
from marts.fct_cost_allocation as edges
left join (
    select service_id, max(service_label) as service_label from marts.dim_service group by all
) as services on edges.from_service_id = services.service_id
where edges.allocation_stage = 'auxiliary' and edges.direction = 'expense'
group by all
order by exercice, service_id, amount_eur desc, from_service_id
"""
_PAYERS = """
select
    lines.exercice, lines.service_id, lines.cost_step,
    case when tiers.tiers_kind = 'person' then 'Particuliers' else coalesce(tiers.tiers_label, 'Sans tiers') end
        as payer,
    sum(lines.amount_eur) as amount_eur
from marts.fct_cost_line as lines
left join marts.dim_tiers as tiers on lines.tiers_id = tiers.tiers_id
where lines.cost_scope = 'service' and lines.direction = 'revenue'
group by all
having sum(lines.amount_eur) <> 0
order by exercice, service_id, amount_eur desc, payer, cost_step
"""
_RULES = """
select
    lines.exercice, lines.service_id, rules.rule_label, sum(lines.amount_eur) as amount_eur,
    count(distinct lines.source_export || lines.source_record) as lines
from marts.fct_cost_line as lines
left join marts.dim_ledger_rule as rules on lines.rule_id = rules.rule_id
where lines.cost_scope = 'service' and lines.direction = 'expense'
group by all
order by exercice, service_id, amount_eur desc, rule_label
"""
_SPLITS = """
select distinct
    edges.exercice, edges.to_service_id as service_id,
    case edges.allocation_key_id
        when 'output' then coalesce('la production : ' || lower(activities.output_measure_label), 'la production')
        else 'les m²'
    end as key_label
from marts.fct_cost_allocation as edges
left join marts.dim_activity as activities on edges.to_activity_id = activities.activity_id
where edges.allocation_stage = 'facility'
order by all
"""
