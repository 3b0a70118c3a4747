"""The way of a cost as French text for a terminal, and as a CSV file that office software opens."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from orchestration.lib.french import MONTHS, SPACE, decimal, euros, number
from orchestration.lib.trace import Figure, Hop, Leaf, Line, Snapshot

LABELS = {
    "direct": "Coût direct",
    "building": "Bâtiment",
    "support": "Supports",
    "full": "Coût complet",
    "user_revenue": "Recettes des usagers",
    "public_revenue": "CAF, État et autres financeurs",
    "other_revenue": "Autres recettes",
    "net": "Reste à charge",
    "corporate": "Pilotage : élus et direction générale",
    "corporate_revenue": "Pilotage : recettes",
}
COSTS, REVENUES = ("direct", "building", "support"), ("user_revenue", "public_revenue", "other_revenue")
MEASURES = {
    **{f"{step}_cost_eur": step for step in (*COSTS, "full", "net", "corporate")},
    **{f"{step}_eur": step for step in REVENUES},
}
SCOPES = {
    "investment": "hors coût : investissement (compte par l’amortissement)",
    "order": "hors coût : opération d’ordre",
    "transfer": "hors coût : flux entre budgets de la commune",
    "financing": "hors coût : financement de la commune",
    "out_of_budget": "hors coût : compte hors budget",
}
INSIDE_KEYS = {
    "output": "production de chaque équipement",
    "floor_area": "m² de chaque équipement",
    "full_cost": "coût complet de chaque service",
}
WIDTH = 17  # of an amount


@dataclass(frozen=True)
class Source:
    """A ledger line, or what one key placed of it: ``cents`` arrive, of the ``whole`` line."""

    line: Line
    cents: int
    whole: int
    by: tuple[str, ...]  # services that passed it on, from the first


@dataclass(frozen=True)
class Group:
    """What one pool sends to a figure in one step; without ``hop``, the lines of the service itself."""

    hop: Hop | None
    cents: int
    sources: tuple[Source, ...]


def groups(leaves: Iterable[Leaf], wholes: dict[tuple[str, str], int]) -> list[Group]:
    """Return the sources of the leaves of one step, by the pool that they come through, largest first.

    ``wholes``: cents of each ledger line, by its place in the exports.
    """
    pools: dict[tuple[str, str | None] | None, tuple[Hop | None, dict]] = {}
    for leaf in leaves:
        outer = [hop for hop in leaf.hops if hop.stage != "facility"]
        hop = outer[-1] if outer else None
        by = tuple(before.service_id for before in outer[:-1])
        _, sources = pools.setdefault((hop.service_id, hop.key_id) if hop else None, (hop, defaultdict(int)))
        sources[leaf.line.source, leaf.line.rule_id, leaf.line.key_id, by, leaf.line] += leaf.cents
    found = []
    for hop, parts in pools.values():
        merged: dict[tuple, tuple[Line, int]] = {}
        for (*same, line), cents in parts.items():
            kept, before = merged.get(tuple(same), (line, 0))
            merged[tuple(same)] = kept, before + cents
        sources = [
            Source(line, cents, wholes[line.source], by) for (_, _, _, by), (line, cents) in merged.items() if cents
        ]
        sources.sort(key=lambda source: (-abs(source.cents), source.line.source))
        found.append(Group(hop, sum(source.cents for source in sources), tuple(sources)))
    return sorted(
        found, key=lambda group: (group.hop is not None, -abs(group.cents), group.hop and group.hop.service_id)
    )


def figure_lines(snapshot: Snapshot, figure: Figure, leaves: Sequence[Leaf], top: int) -> Iterator[str]:
    """Yield the lines of text that explain ``figure``: the waterfall, then the largest sources of each step.

    What is not among the ``top`` largest is summed in one line, so that what is printed adds up.
    """
    yield from _heading(figure)
    yield ""
    yield from _waterfall(figure)
    wholes = snapshot.wholes(figure.exercice)
    for step in figure.cents:
        of_step = [leaf for leaf in leaves if leaf.step == step]
        if of_step:
            yield ""
            yield f"{LABELS[step]} : {_money(figure.cents[step])}"
            for group in groups(of_step, wholes):
                yield from _group(snapshot, figure, group, top)


def piece_lines(snapshot: Snapshot, lines: Sequence[Line], top: int) -> Iterator[str]:
    """Yield the lines of text that say where each part of a mandat or titre went; they add up to its amount."""
    exercice = lines[0].exercice
    total = sum(line.cents for line in lines)
    first = lines[0]
    yield f"{_piece_name(first)}, {_budget(snapshot, first)}, exercice {exercice} ({_month(first.cost_month)})"
    for label in dict.fromkeys(filter(None, (first.tiers, first.label))):
        yield f"  {label}"
    yield f"  {first.file_name or first.source_export}"
    yield ""
    yield f"{_amount(total)}  montant de la pièce, en {_count(len({line.source for line in lines}), 'ligne')}"
    ends = destinations(snapshot, lines)
    for name, cents, detail in ends[:top]:
        share = Decimal(cents) / total * 100 if total else Decimal(0)
        yield f"{_amount(cents)}  {decimal(share, 2):>6}{SPACE}%  {name}"
        if detail:
            yield f"{'':{WIDTH}}             {detail}"
    yield from _rest([cents for _, cents, _ in ends[top:]], "autre destination", "autres destinations")


def destinations(snapshot: Snapshot, lines: Sequence[Line]) -> list[tuple[str, int, str]]:
    """Return (destination in French, cents, what that is by unit or ""), largest first; they add up to the lines."""
    exercice = lines[0].exercice
    found: dict[tuple, int] = defaultdict(int)
    reached = 0
    for leaf in snapshot.exercice(exercice).destinations([line for line in lines if line.cost_scope == "service"]):
        by = tuple(hop.service_id for hop in leaf.hops if hop.stage != "facility")
        found[leaf.service_id, leaf.facility_id, leaf.activity_id, leaf.step, by] += leaf.cents
        reached += leaf.cents
    named = [
        (_cell(snapshot, *place, step, by), cents, _by_unit(snapshot.unit(exercice, *place), cents))
        for (*place, step, by), cents in found.items()
    ]
    outside: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.cost_scope != "service":
            outside[SCOPES[line.cost_scope]] += line.cents
    named += [(name, cents, "") for name, cents in outside.items()]
    if kept := sum(line.cents for line in lines) - reached - sum(outside.values()):
        named.append(("compensé dans le mois par d’autres lignes du même service, rien n’est réparti", kept, ""))
    return sorted((end for end in named if end[1]), key=lambda end: (-abs(end[1]), end[0]))


def write_csv(path: Path, snapshot: Snapshot, leaves: Iterable[Leaf]) -> None:
    """Write all leaves to ``path``, as French office software reads it: semicolons, decimal commas, marked UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for number, leaf in enumerate(leaves):
            cells = _csv_row(snapshot, leaf)
            if number == 0:
                writer.writerow(cells)
            writer.writerow(map(_cell_text, cells.values()))


def _csv_row(snapshot: Snapshot, leaf: Leaf) -> dict[str, object]:
    line = leaf.line
    return {
        "etape": LABELS[leaf.step],
        "montant": _comma(leaf.cents),
        "service": leaf.service_id,
        "equipement": leaf.facility_id,
        "activite": leaf.activity_id,
        "mois": f"{line.cost_month:%Y-%m}",
        "passe_par": " > ".join(hop.service_id for hop in leaf.hops if hop.stage != "facility"),
        "cles": " > ".join(hop.key_id or "" for hop in leaf.hops),
        "budget": line.budget_id,
        "exercice": line.exercice,
        "bordereau": line.bordereau_number,
        "piece": line.piece_number,
        "ligne": line.line_number,
        "nature": line.nature_code,
        "tiers": line.tiers,
        "libelle": line.label,
        "montant_place": _comma(line.cents),
        "regle": snapshot.rules.get(line.rule_id, line.rule_id),
        "cle_de_placement": line.key_id,
        "fichier": line.file_name,
        "place": line.source_record,
    }


def _heading(figure: Figure) -> Iterator[str]:
    row, cells = figure.row, figure.cells
    parts = [f"{row['service_label']} ({cells.service_id})"]
    if cells.activity_id is not None and row["activity_label"] != row["service_label"]:
        parts.append(row["activity_label"] or cells.activity_id)
    if cells.facility_id is not None:
        parts.append(f"{row['facility_label']} ({cells.facility_id})")
    parts.append(f"exercice {figure.exercice}" if cells.month is None else _month(cells.month))
    yield " · ".join(parts)
    if "quantity" in row:
        if row["unit_cost_eur"] is None:
            yield f"  Coût par {row['unit_label']} inconnu : rien ne compte cette unité en {figure.exercice}."
        else:
            yield (
                f"  Coût complet par {row['unit_label']} : {decimal(row['unit_cost_eur'], 4)}{SPACE}€"
                f" (quantité : {_quantity(row['quantity'])})"
            )
        if row["band_low_eur"] is not None:
            place = {True: "dans", False: "hors de", None: "sans comparaison avec"}[row["is_in_band"]]
            band = f"{euros(row['band_low_eur'])} à {euros(row['band_high_eur'])}"
            yield f"  {place.capitalize()} la fourchette publiée : {band} ({row['band_source']})"
    if row["provisional_reason"]:
        yield f"  Provisoire : {row['provisional_reason']}"


def _waterfall(figure: Figure) -> Iterator[str]:
    cents = dict(figure.cents)
    cents["full"] = sum(cents[step] for step in COSTS)
    cents["net"] = cents["full"] - sum(cents[step] for step in REVENUES)
    quantity = figure.row.get("quantity")
    unit = f"par {figure.row['unit_label']}" if quantity else ""
    yield f"  {'':40}{'Montant':>{WIDTH}}{unit:>{WIDTH}}".rstrip()
    signs = dict.fromkeys(("building", "support"), "+") | dict.fromkeys(REVENUES, "−") | {"full": "=", "net": "="}
    for step in (*COSTS, "full", *REVENUES, "net", "corporate", "corporate_revenue"):
        if step in cents:
            by_unit = f"{decimal(Decimal(cents[step]) / 100 / quantity, 4)}{SPACE}€" if quantity else ""
            label = f"{signs.get(step, ' ')} {LABELS[step]}"
            yield f"  {label:40}{_money(cents[step]):>{WIDTH}}{by_unit:>{WIDTH}}".rstrip()
    if figure.cents.get("corporate"):
        yield "  Le pilotage est montré à part : il n’est jamais dans le coût complet."


def _group(snapshot: Snapshot, figure: Figure, group: Group, top: int) -> Iterator[str]:
    indent = "      "
    name = _pool(snapshot, figure, group.hop) if group.hop else "le service lui-même"
    yield f"  {_amount(group.cents)}  {name}"
    for source in group.sources[:top]:
        line = source.line
        shown = [_piece_name(line), *filter(None, (line.tiers, line.label and f"« {line.label} »"))]
        if source.cents != source.whole:
            shown.append(f"sur {_money(source.whole)}")
        yield f"{indent}{_amount(source.cents)}  {' · '.join(shown)}"
        yield f"{indent}{'':{WIDTH}}  {' · '.join(_evidence(snapshot, source))}"
    for rest in _rest([source.cents for source in group.sources[top:]], "autre source", "autres sources"):
        yield indent + rest


def _pool(snapshot: Snapshot, figure: Figure, hop: Hop) -> str:
    name = f"{snapshot.services.get(hop.service_id, hop.service_id)} ({hop.service_id})"
    if hop.stage == "corporate":
        return f"{name}, selon le coût complet de chaque cellule des services"
    if hop.key_id is None:
        return f"{name}, sans clé"
    key = snapshot.key(hop.key_id, figure.exercice)
    if key is None:
        return f"{name}, clé {hop.key_id}"
    until = f" au {key['valid_to']:%d/%m/%Y}" if key["valid_to"] else ""
    return (
        f"{name}, part {decimal(hop.share * 100, 2)}{SPACE}% ; clé « {key['key_label']} » ({hop.key_id}), "
        f"responsable : {key['owner']}, justificatif : {key['evidence']}, "
        f"{'du' if until else 'depuis le'} {key['valid_from']:%d/%m/%Y}{until}"
    )


def _evidence(snapshot: Snapshot, source: Source) -> Iterator[str]:
    line = source.line
    if source.by:
        yield "par " + ", ".join(snapshot.services.get(service, service) for service in source.by)
    yield f"{snapshot.rules.get(line.rule_id, line.rule_id)} [{line.rule_id}]"
    if line.key_id:
        yield f"clé {line.key_id}"
    yield _budget(snapshot, line)
    yield line.file_name or line.source_export
    yield line.source_record


def _piece_name(line: Line) -> str:
    kind = "mandat" if line.direction == "expense" else "titre"
    number = f" ligne {line.line_number}" if line.line_number else ""
    return f"{kind} {line.piece_number or '?'} (bordereau {line.bordereau_number or '?'}){number}, {line.nature_code}"


def _budget(snapshot: Snapshot, line: Line) -> str:
    return snapshot.budgets.get(line.budget_id) or line.budget_id


def _cell(
    snapshot: Snapshot,
    service: str,
    facility: str | None,
    activity: str | None,
    step: str,
    by: tuple[str, ...],
) -> str:
    label = snapshot.services.get(service, service)
    parts = [f"{label} ({service})"]
    if activity and snapshot.activities.get(activity) != label:
        parts.append(snapshot.activities.get(activity, activity))
    if facility:
        parts.append(f"{snapshot.facilities.get(facility, facility)} ({facility})")
    way = f", par {', '.join(by)}" if by else ""
    return f"{' · '.join(parts)} : {LABELS[step].lower()}{way}"


def _by_unit(unit: tuple[str, Decimal] | None, cents: int) -> str:
    if unit is None:
        return ""
    label, quantity = unit
    return f"{decimal(Decimal(cents) / 100 / quantity, 4)}{SPACE}€ par {label} (quantité : {_quantity(quantity)})"


def _rest(cents: Sequence[int], one: str, many: str) -> Iterator[str]:
    if cents:
        yield f"{_amount(sum(cents))}  {_count(len(cents), one, many)}"


def _count(count: int, one: str, many: str | None = None) -> str:
    return f"{number(count)}{SPACE}{one if count < 2 else many or one + 's'}"


def _month(month: date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"


def _money(cents: int) -> str:
    return euros(Decimal(cents).scaleb(-2))


def _amount(cents: int) -> str:
    return f"{_money(cents):>{WIDTH}}"


def _comma(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2)).replace(".", ",")


def _quantity(value: Decimal) -> str:
    return decimal(value, 0 if value == value.to_integral_value() else 2)


def _cell_text(value: object) -> str:
    """Return what a cell of the file holds; a text that office software would take for a formula is kept a text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "@", "\t"} else text
