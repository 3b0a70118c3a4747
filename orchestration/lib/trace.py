"""Every published cost back to the ledger lines that make it, and every ledger line on to the costs that it is part of.

Reads a published snapshot and nothing else. The marts say what each pool sends along each edge (`fct_cost_allocation`),
not which of its lines: a pool is followed line by line by largest remainder, so that for each line the parts are its
amount and for each edge they are the amount of the edge (docs/costing.md). All amounts are whole cents.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.lib.allocation import cut
from orchestration.lib.publish import current_folder

# Measures of mart_full_cost, in the order of the waterfall, with the step of the edges and lines that make them.
STEPS = {
    "direct_cost_eur": "direct",
    "building_cost_eur": "building",
    "support_cost_eur": "support",
    "user_revenue_eur": "user_revenue",
    "public_revenue_eur": "public_revenue",
    "other_revenue_eur": "other_revenue",
    "corporate_cost_eur": "corporate",
    "corporate_revenue_eur": "corporate_revenue",
}
TABLES = (
    *(
        "dim_activity",
        "dim_allocation_key",
        "dim_budget",
        "dim_facility",
        "dim_ledger_rule",
        "dim_service",
        "dim_tiers",
    ),
    *("fct_cost_line", "fct_cost_allocation", "fct_export", "mart_full_cost", "mart_unit_cost"),
)
PERSON = "personne physique"


class NotTraceable(Exception):
    """What was asked is not in the snapshot: the message says it in French, with what there is."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of `fct_cost_line`: a ledger line, or the part of one that a key placed; ``cents`` is its net amount."""

    budget_id: str
    exercice: int
    cost_month: date
    direction: str
    service_id: str | None
    facility_id: str | None
    activity_id: str | None
    cost_scope: str
    cost_step: str | None
    cost_stage: str
    rule_id: str
    key_id: str | None
    nature_code: str
    bordereau_number: str | None
    piece_number: str | None
    line_number: str | None
    label: str | None
    tiers: str | None
    file_name: str | None
    source_export: str
    source_record: str
    cents: int

    @property
    def source(self) -> tuple[str, str]:
        """The place in the exports, which its parts share."""
        return self.source_export, self.source_record


@dataclass(frozen=True, slots=True)
class Hop:
    """One edge that a part takes: the pool that gives it, by which key, and the share of the pool that takes it."""

    stage: str
    service_id: str
    step: str
    key_id: str | None
    share: Decimal


@dataclass(frozen=True, slots=True)
class Leaf:
    """The part of a ledger line that ends in a cell of `mart_full_cost`, in the measure of ``step``, and its way."""

    line: Line
    cents: int
    step: str
    service_id: str
    facility_id: str | None
    activity_id: str | None
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells of an exercice are asked for; None is any, but ``activity_id`` "" is no activity."""

    service_id: str
    activity_id: str | None = None
    facility_id: str | None = None
    month: date | None = None

    def holds(self, leaf: Leaf) -> bool:
        """Whether ``leaf`` ends in one of them."""
        return self.service_id == leaf.service_id and self.covers(leaf.facility_id, leaf.activity_id)

    def covers(self, facility_id: str | None, activity_id: str | None) -> bool:
        """Whether a facility and activity of the service are among them."""
        return self.facility_id in (None, facility_id) and self.activity_id in (None, activity_id or "")


@dataclass(frozen=True, slots=True)
class Edge:
    """A row of `fct_cost_allocation` without its pool."""

    service_id: str
    facility_id: str | None
    activity_id: str | None
    step: str
    key_id: str | None
    share: Decimal
    cents: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a line on its way."""

    line: Line
    cents: int
    hops: tuple[Hop, ...]


def spread(parts: Sequence[int], edges: Sequence[int]) -> Iterator[list[int]]:
    """Yield, for each of ``parts`` in their order, what of it takes each of ``edges``: a table with both sums exact.

    ``parts`` and ``edges``: whole cents with the same sum, not zero; the edges all have its sign. A part is cut in
    proportion to what the edges still lack, and so never gives them more; parts of the other sign (cancellations)
    come first, for there to be enough to lack. Raises ``ValueError`` when the sums differ.
    """
    if sum(parts) != sum(edges):
        raise ValueError(f"parts of {sum(parts)} cents for edges of {sum(edges)}")
    sign = 1 if sum(edges) > 0 else -1
    lacking = [sign * cents for cents in edges]
    rows: dict[int, list[int]] = {}
    for place in sorted(range(len(parts)), key=lambda place: sign * parts[place] > 0):
        row = cut(sign * parts[place], lacking) if parts[place] else [0] * len(edges)
        lacking = [before - cents for before, cents in zip(lacking, row, strict=True)]
        rows[place] = [sign * cents for cents in row]
    for place in range(len(parts)):
        yield rows[place]


class _Month:
    """The lines and edges of one budget, exercice, month and direction: no cost leaves it on its way."""

    def __init__(self, only_activity: dict[str, str | None]) -> None:
        self.only_activity = only_activity
        self.lines: dict[str, list[Line]] = defaultdict(list)  # of scope service, by service
        self.auxiliary: dict[tuple[str, str], list[Edge]] = defaultdict(list)  # by service and step
        self.inside: dict[tuple[str, str | None, str], list[Edge]] = defaultdict(list)  # by service, activity, step
        self.corporate: dict[str, list[Edge]] = defaultdict(list)  # by service
        self._sent: dict[tuple[str, str], dict[str, list[_Part]]] = {}
        self._steered: dict[str, tuple[list[_Part], list[list[int]]]] = {}

    def _through_pool(self, service: str, step: str) -> dict[str, list[_Part]]:
        """What each service that an auxiliary serves gets of its lines of one step."""
        if (service, step) not in self._sent:
            edges = self.auxiliary[service, step]
            own = [_Part(line, line.cents, ()) for line in self.lines[service] if line.cost_step == step]
            sent: dict[str, list[_Part]] = {edge.service_id: [] for edge in edges}
            for edge, part in _follow("auxiliary", service, step, own, edges, _spread_parts(own, edges)):
                sent[edge.service_id].append(part)
            self._sent[service, step] = sent
        return self._sent[service, step]

    def held(self, service: str) -> Iterator[tuple[str, str | None, str | None, _Part]]:
        """Yield (step, facility, activity, part) of what a service that keeps holds: its lines, then what it gets."""
        only = self.only_activity.get(service)
        for line in self.lines[service]:
            yield line.cost_step or "", line.facility_id, line.activity_id or only, _Part(line, line.cents, ())
        for (auxiliary, step), edges in sorted(self.auxiliary.items()):
            for to_step in {edge.step for edge in edges if edge.service_id == service}:
                for part in self._through_pool(auxiliary, step)[service]:
                    yield to_step, None, only, part

    def leaves(self, service: str, wanted: Cells | None = None) -> Iterator[Leaf]:
        """Yield what ends in the cells of a service that keeps (principal, or A_AFFECTER), without corporate costs."""
        common: dict[tuple[str | None, str], list[_Part]] = defaultdict(list)
        for step, facility, activity, part in self.held(service):
            if facility is None and (service, activity, step) in self.inside:
                common[activity, step].append(part)
            elif wanted is None or wanted.covers(facility, activity):
                yield Leaf(part.line, part.cents, step, service, facility, activity, part.hops)
        for (activity, step), parts in common.items():
            edges = self.inside[service, activity, step]
            for edge, part in _follow("facility", service, step, parts, edges, _spread_parts(parts, edges)):
                if wanted is None or wanted.covers(edge.facility_id, activity):
                    yield Leaf(part.line, part.cents, step, service, edge.facility_id, activity, part.hops)

    def corporate_leaves(self, wanted: Callable[[Edge], bool] = bool) -> Iterator[Leaf]:
        """Yield what cells get of élus and direction générale, for the edges that are ``wanted``."""
        for service, edges in sorted(self.corporate.items()):
            if not any(map(wanted, edges)):
                continue
            if service not in self._steered:
                parts = [part for _, _, _, part in self.held(service)]
                self._steered[service] = parts, list(_spread_parts(parts, edges))
            parts, rows = self._steered[service]
            for edge, part in _follow("corporate", service, "all", parts, edges, rows, wanted):
                place = edge.service_id, edge.facility_id, edge.activity_id
                yield Leaf(part.line, part.cents, edge.step, *place, part.hops)


def _spread_parts(parts: Sequence[_Part], edges: Sequence[Edge]) -> Iterator[list[int]]:
    return spread([part.cents for part in parts], [edge.cents for edge in edges])


def _follow(
    stage: str,
    service: str,
    step: str,
    parts: Sequence[_Part],
    edges: Sequence[Edge],
    rows: Iterable[list[int]],
    wanted: Callable[[Edge], bool] = bool,
) -> Iterator[tuple[Edge, _Part]]:
    """Yield each part of a line that takes a ``wanted`` edge of the pool; ``rows`` is what `spread` says of them."""
    taken = [
        (place, edge, Hop(stage, service, step, edge.key_id, edge.share))
        for place, edge in enumerate(edges)
        if wanted(edge)
    ]
    for part, row in zip(parts, rows, strict=True):
        for place, edge, hop in taken:
            if row[place]:
                yield edge, _Part(part.line, row[place], (*part.hops, hop))


@dataclass
class Snapshot:
    """The published costs, opened to be followed. Raises ``NotTraceable`` when there are none."""

    connection: duckdb.DuckDBPyConnection
    _exercices: dict[int, "Exercice"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = {
            name
            for (name,) in self.connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
        if missing := [table for table in TABLES if table not in found]:
            raise NotTraceable(
                f"Les coûts ne sont pas dans la publication en cours : il y manque {', '.join(missing)}. "
                "Relancez « beffroi run --rebuild » avec cette version de Beffroi."
            )

    @classmethod
    def open(cls, published: Path) -> "Snapshot":
        """Open the ``beffroi.duckdb`` of the current snapshot, to read only."""
        file = current_folder(published) / "beffroi.duckdb"
        if not file.exists():
            raise NotTraceable("Rien n’est encore publié : lancez « beffroi run ».")
        return cls(duckdb.connect(str(file), read_only=True))

    def rows(self, query: str, *values: object) -> list[dict]:
        """Return the rows of a query as dictionaries."""
        found = self.connection.execute(query, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @cached_property
    def services(self) -> dict[str, str]:
        """Label of each service."""
        return self._labels("service_id", "service_label", "dim_service")

    @cached_property
    def activities(self) -> dict[str, str]:
        """Label of each activity."""
        return self._labels("activity_id", "activity_label", "dim_activity")

    @cached_property
    def facilities(self) -> dict[str, str]:
        """Label of each facility."""
        return self._labels("facility_id", "facility_label", "dim_facility")

    @cached_property
    def budgets(self) -> dict[str, str]:
        """Label of each budget."""
        return self._labels("budget_id", "budget_label", "dim_budget")

    @cached_property
    def rules(self) -> dict[str, str]:
        """Label of each rule that places ledger lines."""
        return self._labels("rule_id", "rule_label", "dim_ledger_rule")

    def key(self, key_id: str, exercice: int) -> dict | None:
        """Return the key of a support service as it stood at the end of ``exercice``: key_label, owner, evidence…"""
        end = date(exercice, 12, 31)
        return next(
            (
                key
                for key in self._keys
                if key["key_id"] == key_id and key["valid_from"] <= end <= (key["valid_to"] or date.max)
            ),
            None,
        )

    @cached_property
    def _keys(self) -> list[dict]:
        return self.rows("from marts.dim_allocation_key")

    def wholes(self, exercice: int) -> dict[tuple[str, str], int]:
        """Return the cents of each ledger line of scope service, by its place in the exports."""
        whole: dict[tuple[str, str], int] = defaultdict(int)
        for month in self.exercice(exercice).months.values():
            for lines in month.lines.values():
                for line in lines:
                    whole[line.source] += line.cents
        return whole

    def unit(
        self, exercice: int, service: str, facility: str | None, activity: str | None
    ) -> tuple[str, Decimal] | None:
        """Return (unit in French, quantity) of the main unit of a cell, None where nothing counts it."""
        return self._units.get((exercice, service, facility, activity))

    @cached_property
    def _units(self) -> dict[tuple, tuple[str, Decimal]]:
        rows = self.rows("from marts.mart_unit_cost where is_main_unit and quantity > 0")
        return {
            (row["exercice"], row["service_id"], row["facility_id"], row["activity_id"]): (
                row["unit_label"],
                row["quantity"],
            )
            for row in rows
        }

    def _labels(self, code: str, label: str, table: str) -> dict[str, str]:
        query = f"select {code}, max({label}) from marts.{table} where {code} is not null group by all order by 1"
        return dict(self.connection.execute(query).fetchall())

    @cached_property
    def exercices(self) -> list[int]:
        """The exercices with costs, in order."""
        found = self.connection.execute("select distinct exercice from marts.mart_full_cost order by 1").fetchall()
        return [exercice for (exercice,) in found]

    def exercice(self, exercice: int) -> "Exercice":
        """Return the costs of one exercice; raises ``NotTraceable`` when there are none."""
        if exercice not in self.exercices:
            there = ", ".join(map(str, self.exercices)) or "aucun"
            raise NotTraceable(f"Pas de coûts publiés pour l’exercice {exercice}. Exercices publiés : {there}.")
        if exercice not in self._exercices:
            self._exercices[exercice] = Exercice(self.connection, exercice)
        return self._exercices[exercice]

    def unit_cost(
        self,
        exercice: int,
        activity: str | None = None,
        service: str | None = None,
        facility: str | None = None,
        unit: str | None = None,
    ) -> "Figure":
        """Return the row of `mart_unit_cost` that is meant, by code or French name; of its main unit unless said.

        Raises ``NotTraceable`` when none is, or several are.
        """
        self.exercice(exercice)
        rows = self.rows("from marts.mart_unit_cost where exercice = ?", exercice)
        for column, kind, wanted in (("service", "service", service), ("activity", "activité", activity)):
            if wanted is not None:
                chosen = _chosen(kind, wanted, rows, f"{column}_id", f"{column}_label", "service_id")
                rows = [row for row in rows if row[f"{column}_id"] == chosen]
        pairs = sorted({(row["activity_id"], row["service_id"]) for row in rows})
        if len(pairs) != 1:
            raise NotTraceable(
                "Précisez --activity (et --service) : "
                + ", ".join(f"{activity} ({service})" for activity, service in pairs)
            )
        of_facilities = [row for row in rows if row["facility_id"] is not None]
        if facility is None:
            rows = [row for row in rows if row["facility_id"] is None]
        else:
            chosen = _chosen("équipement", facility, of_facilities, "facility_id", "facility_label")
            rows = [row for row in of_facilities if row["facility_id"] == chosen]
        if unit is not None:
            chosen = _chosen("unité", unit, rows, "measure_code", "unit_label")
            row = next(row for row in rows if row["measure_code"] == chosen)
        else:
            row = next((row for row in rows if row["is_main_unit"]), rows[0])
        cells = Cells(row["service_id"], row["activity_id"], row["facility_id"])
        return Figure("mart_unit_cost", exercice, cells, _cents(row), row)

    def full_cost(
        self,
        exercice: int,
        service: str,
        activity: str | None = None,
        facility: str | None = None,
        month: date | None = None,
    ) -> "Figure":
        """Return the sum of the rows of `mart_full_cost` that are meant, by code or French name.

        Raises ``NotTraceable`` when none is.
        """
        self.exercice(exercice)
        rows = self.rows("from marts.mart_full_cost where exercice = ?", exercice)
        chosen: dict[str, str | None] = {}
        for column, kind, wanted in (
            ("service", "service", service),
            ("activity", "activité", activity),
            ("facility", "équipement", facility),
        ):
            if wanted is not None:
                chosen[column] = _chosen(kind, wanted, rows, f"{column}_id", f"{column}_label", "service_id")
                rows = [row for row in rows if row[f"{column}_id"] == chosen[column]]
        if month is not None:
            months = sorted({row["cost_month"] for row in rows})
            rows = [row for row in rows if row["cost_month"] == month]
            if not rows:
                there = ", ".join(f"{other:%Y-%m}" for other in months)
                raise NotTraceable(f"Rien en {month:%Y-%m} pour cette demande. Mois publiés : {there}.")
        cells = Cells(chosen["service"] or "", chosen.get("activity"), chosen.get("facility"), month)
        total = {measure: sum(row[measure] for row in rows) for measure in STEPS}
        reasons = sorted({row["provisional_reason"] for row in rows if row["provisional_reason"]})
        described = {
            "service_label": rows[0]["service_label"],
            "activity_label": rows[0]["activity_label"] if activity else None,
            "facility_label": rows[0]["facility_label"] if facility else None,
            "provisional_reason": " ; ".join(reasons) or None,
        }
        return Figure("mart_full_cost", exercice, cells, _cents(total), described)

    def leaves(self, figure: "Figure") -> list[Leaf]:
        """Return the parts of ledger lines that make ``figure``; ``RuntimeError`` if they do not, to the cent."""
        leaves = [leaf for leaf in self.exercice(figure.exercice).leaves(figure.cells) if leaf.step in figure.cents]
        sums = dict.fromkeys(figure.cents, 0)
        for leaf in leaves:
            sums[leaf.step] += leaf.cents
        if sums != figure.cents:
            raise RuntimeError(f"the ledger lines of {figure.cells} make {sums}, {figure.table} says {figure.cents}")
        return leaves

    def piece(
        self, budget: str, bordereau: str, piece: str, line: str | None, exercice: int | None, direction: str
    ) -> list[Line]:
        """Return the lines, in parts, of a mandat (``direction`` expense) or titre (revenue).

        ``budget``: its id, or a name that only it has. Raises ``NotTraceable`` when there is none, or it takes the
        exercice to tell which.
        """
        budget_id = _chosen("budget", budget, self.rows("from marts.dim_budget"), "budget_id", "budget_label")
        conditions = ["lines.budget_id = ?", "lines.direction = ?", "bordereau_number = ?", "piece_number = ?"]
        values: list[object] = [budget_id, direction, bordereau, piece]
        for column, value in (("line_number", line), ("exercice", exercice)):
            if value is not None:
                conditions.append(f"lines.{column} = ?")
                values.append(value)
        found = _lines(self.connection, " and ".join(conditions), values)
        exercices = sorted({one.exercice for one in found})
        if len(exercices) == 1:
            return found
        name = f"{'mandat' if direction == 'expense' else 'titre'} {piece} du bordereau {bordereau}"
        name += f", ligne {line}" if line is not None else ""
        if exercices:
            raise NotTraceable(f"Précisez --exercice : {name} existe en {', '.join(map(str, exercices))}.")
        raise NotTraceable(
            f"Pas de {name} au budget {self.budgets[budget_id]}" + (f" en {exercice}." if exercice is not None else ".")
        )


@dataclass(frozen=True)
class Figure:
    """A published cost: its cells, its cents by step, and what the mart says beside (labels, unit, band)."""

    table: str
    exercice: int
    cells: Cells
    cents: dict[str, int]
    row: dict


def _cents(row: dict) -> dict[str, int]:
    return {step: int(row[measure] * 100) for measure, step in STEPS.items() if measure in row}


def folded(text: str) -> str:
    """Return ``text`` in small letters, without accents or punctuation: what one types is what is written."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def _chosen(kind: str, wanted: str, rows: list[dict], code: str, label: str, abbreviation: str | None = None) -> str:
    """Return the one code that ``wanted`` means: the code itself, the label, words of it, or a word that it shortens.

    ``abbreviation``: the column with a code that may be the beginning of the word meant (CANT, cantine).
    """
    there = {row[code]: row for row in rows if row[code] is not None}
    asked = folded(wanted)
    readings = (
        lambda row: folded(row[code]) == asked,
        lambda row: folded(row[label] or "") == asked,
        lambda row: asked in folded(row[label] or ""),
        lambda row: (
            abbreviation is not None and asked.startswith(folded(row[abbreviation])) and len(row[abbreviation]) > 2
        ),
    )
    found: list[str] = []
    for reads in readings:
        found = found or sorted(value for value, row in there.items() if asked and reads(row))
    if len(found) == 1:
        return found[0]
    listed = ", ".join(
        f"{value} ({there[value][label]})" if there[value][label] else value for value in found or sorted(there)
    )
    if found:
        raise NotTraceable(f"« {wanted} » peut désigner plusieurs choses ({kind}) : {listed}.")
    raise NotTraceable(f"Rien ne s’appelle « {wanted} » ({kind}). Il y a : {listed or 'rien'}.")


class Exercice:
    """The lines of scope service and the edges of one exercice, by budget, month and direction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, exercice: int) -> None:
        """Read them from the marts that ``connection`` has open."""
        only: dict[str, str | None] = {}
        activities = connection.execute(
            "select service_id, activity_id from marts.dim_activity where service_id is not null"
        ).fetchall()
        for service, activity in activities:
            only[service] = activity if service not in only else None
        self.number = exercice
        self.months: dict[tuple[str, date, str], _Month] = defaultdict(lambda: _Month(only))
        for line in _lines(connection, "exercice = ? and cost_scope = 'service'", [exercice]):
            self.months[line.budget_id, line.cost_month, line.direction].lines[line.service_id or ""].append(line)
        for row in connection.execute(_EDGES, [exercice]).fetchall():
            budget, month, direction, stage, from_service, from_step, *rest = row
            edge = Edge(*rest)
            place = self.months[budget, month, direction]
            if stage == "auxiliary":
                place.auxiliary[from_service, from_step].append(edge)
            elif stage == "facility":
                place.inside[from_service, edge.activity_id, from_step].append(edge)
            else:
                place.corporate[from_service].append(edge)

    @cached_property
    def keeping(self) -> frozenset[str]:
        """The services that hold cells: those that get something, or have lines and give nothing to others."""
        months = self.months.values()
        giving = {service for month in months for service, _ in month.auxiliary} | {
            service for month in months for service in month.corporate
        }
        having = {service for month in months for service in month.lines}
        getting = {edge.service_id for month in months for edges in month.auxiliary.values() for edge in edges}
        return frozenset((having | getting) - giving)

    def leaves(self, cells: Cells) -> list[Leaf]:
        """Return the part of each ledger line that ends in ``cells``, each measure of `mart_full_cost` to the cent."""
        found: list[Leaf] = []

        def is_wanted(edge: Edge) -> bool:
            return edge.service_id == cells.service_id and cells.covers(edge.facility_id, edge.activity_id)

        for (_, month, _), flow in sorted(self.months.items()):
            if cells.month in (None, month):
                found += flow.leaves(cells.service_id, cells)
                found += flow.corporate_leaves(is_wanted)
        return found

    def destinations(self, lines: Iterable[Line]) -> list[Leaf]:
        """Return where each part of ``lines`` ends; of a line, they add up to its amount.

        A line whose pool cancels out in the month ends nowhere: it stays with the service that has it, without hops.
        """
        wanted = {(line.source, line.service_id, line.facility_id, line.activity_id, line.key_id) for line in lines}
        months = {(line.budget_id, line.cost_month, line.direction) for line in lines}
        found = []
        for place in sorted(months):
            month = self.months[place]
            ends = [leaf for service in sorted(self.keeping) for leaf in month.leaves(service)]
            for leaf in [*ends, *month.corporate_leaves()]:
                line = leaf.line
                if (line.source, line.service_id, line.facility_id, line.activity_id, line.key_id) in wanted:
                    found.append(leaf)
        return found


def _lines(connection: duckdb.DuckDBPyConnection, condition: str, values: list[object]) -> list[Line]:
    return [Line(*row) for row in connection.execute(_LINES.format(condition=condition), values).fetchall()]


# A natural person has no name in the marts; even the pseudonym stays there.
_LINES = f"""
select
    lines.budget_id, lines.exercice, lines.cost_month, lines.direction, lines.service_id, lines.facility_id,
    lines.activity_id, lines.cost_scope, lines.cost_step, lines.cost_stage, lines.rule_id, lines.allocation_key_id,
    lines.nature_code, lines.bordereau_number, lines.piece_number, lines.line_number,
    case when tiers.tiers_kind is distinct from 'person' then lines.line_label end,
    case when tiers.tiers_kind = 'person' then '{PERSON}' else tiers.tiers_label end,
    exports.file_name, lines.source_export, lines.source_record, cast(lines.amount_eur * 100 as bigint)
from marts.fct_cost_line as lines
left join marts.dim_tiers as tiers on lines.tiers_id = tiers.tiers_id
left join (
    select source_system, source_export, max(file_name) as file_name from marts.fct_export group by all
) as exports
    on lines.source_system = exports.source_system and lines.source_export = exports.source_export
where {{condition}}
order by
    lines.source_system, lines.source_export, lines.source_record, lines.service_id nulls last,
    lines.facility_id nulls last, lines.activity_id nulls last, lines.allocation_key_id nulls last, lines.amount_eur
"""
_EDGES = """
select
    budget_id, cost_month, direction, allocation_stage, from_service_id, from_step,
    to_service_id, to_facility_id, to_activity_id, to_step, allocation_key_id, allocated_share,
    cast(amount_eur * 100 as bigint)
from marts.fct_cost_allocation
where exercice = ?
order by all
"""
