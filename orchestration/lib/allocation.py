"""The true cost in whole numbers: which part of an auxiliary service's euros ends in each service that keeps them.

The method is that of docs/costing.md, section 2. Nothing here is a float: the equations are solved in integers, and a
part is written in 10^15ths by largest remainder, so that the parts of a service are always its whole.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd
from operator import index, mul

from orchestration.lib.french import euros

METHODS = ("reciprocal", "step_down", "direct")
PARTS = 10**15
# The destination of what nothing places (seeds/ref_service_role.csv).
UNASSIGNED = "A_AFFECTER"

Users = dict[str, dict[str, int]]


@dataclass
class CircularKeys(Exception):
    """Auxiliaries that only serve one another, for a finance director to read.

    ``groups``: each closed group, its services in order. A service outside that serves nobody but such a group is not
    named: it is the group that has to be opened.
    """

    groups: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        named = ", de même que ".join(f"{', '.join(group[:-1])} et {group[-1]}" for group in self.groups)
        return (
            f"Répartition impossible : les services auxiliaires {named} ne servent que les uns les autres. "
            "Leurs euros n’arriveraient jamais à un service rendu au public. — Donnez à l’un des services de chaque "
            "groupe une clé qui compte un service hors du groupe (seeds/key_allocation.csv, "
            "seeds/key_declared_quantity.csv), ou un autre rôle (seeds/ref_service_role.csv)."
        )


@dataclass
class NotConserved(Exception):
    """An allocation that loses or makes euros, for a finance director to read.

    ``residue``: service → cents that it keeps and should not; below zero, what it gives beyond what it has.
    """

    residue: dict[str, int]

    def __str__(self) -> str:
        gaps = ", ".join(f"{service} {euros(Decimal(cents).scaleb(-2))}" for service, cents in self.residue.items())
        return f"Répartition refusée : des euros se perdent ou se créent. Reste sur les services à répartir : {gaps}."


@dataclass(frozen=True)
class Absorption:
    """Where one euro of each auxiliary ends, and where it passes.

    ``kept``: (auxiliary, service that keeps) → whole parts of 10^15, above zero; those of an auxiliary add up to 10^15.
    ``visits``: (auxiliary, auxiliary) → euros that pass through the second for one euro of the first's own cost,
    without unit, exact; a pair that is not there is zero. The gross cost of *i* is Σ over *j* of own(j) × visits[j, i].
    ``unplaced``: auxiliaries without a user, which are in neither; their euros, and those that others would have sent
    them, go to `A_AFFECTER`.
    """

    kept: dict[tuple[str, str], int]
    visits: dict[tuple[str, str], Fraction]
    unplaced: tuple[str, ...]


def absorption(
    quantities: Mapping[tuple[str, str], int], closing_rank: Mapping[str, int], method: str = "reciprocal"
) -> Absorption:
    """Solve F = B + A·F (docs/costing.md, section 2) for the keys of one exercice, whatever the order they come in.

    ``quantities``: (auxiliary, service that uses it) → positive whole quantity of the auxiliary's key, in the key's
    own unit. What an auxiliary does for itself is left out: it changes no one's part. ``closing_rank``: each auxiliary
    → its place in a step-down (the lowest is closed first; equal ranks in order of service). ``method``: one of
    ``METHODS``.

    Raises ``CircularKeys`` where euros would go round for ever; ``ValueError`` or ``TypeError`` for an unknown method,
    a quantity that is not a positive whole number, or one of a service that is not an auxiliary.
    """
    users = _users(quantities, closing_rank, method)
    unplaced = tuple(sorted(set(closing_rank) - set(users)))
    for services in users.values():
        for service in services.keys() & set(unplaced):
            services[UNASSIGNED] = services.get(UNASSIGNED, 0) + services.pop(service)
    _refuse_circles(users)

    names = sorted(users)
    totals = [sum(users[name].values()) for name in names]
    equations = [[-users[name].get(other, 0) for other in names] for name in names]
    for place, total in enumerate(totals):
        equations[place][place] = total
    paths, scale = _adjugate(equations)
    ends = sorted({service for services in users.values() for service in services} - set(names))
    given = [[users[name].get(end, 0) for name in names] for end in ends]
    kept, visits = {}, {}
    for name, row in zip(names, paths, strict=True):
        parts = cut(PARTS, [sum(map(mul, row, column)) for column in given])
        kept |= {(name, end): part for end, part in zip(ends, parts, strict=True) if part}
        visits |= {
            (name, other): Fraction(path * total, scale)
            for other, path, total in zip(names, row, totals, strict=True)
            if path
        }
    return Absorption(kept, visits, unplaced)


def cut(cents: int, weights: Sequence[int]) -> list[int]:
    """Cut an amount by whole weights: the largest remainder of docs/costing.md; its parts add up to it exactly.

    ``cents``: whole, of any sign. ``weights``: whole, none below zero; the parts come in their order, which also
    decides between equal fractions. Raises ``ValueError`` if no weight is above zero or one is below, ``TypeError`` for
    what is not whole.
    """
    weights = [index(weight) for weight in weights]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be zero or more, and one of them more")
    amount = abs(index(cents))
    shares = [divmod(amount * weight, whole) for weight in weights]
    parts = [whole_cents for whole_cents, _ in shares]
    fractions_first = sorted(range(len(shares)), key=lambda place: -shares[place][1])
    for place in fractions_first[: amount - sum(parts)]:
        parts[place] += 1
    return parts if cents >= 0 else [-part for part in parts]


def conserved(own: Mapping[str, int], moved: Mapping[tuple[str, str], int]) -> None:
    """Refuse an allocation that leaves a cent on a service that distributes, or takes one that it does not have.

    ``own``: service that distributes → cents of its own cost. ``moved``: (from, to) → cents, either from each pool to
    the services that keep them, or step by step through other pools. What each has and gets must be what it gives.
    Raises ``NotConserved``.
    """
    left = Counter(own)
    for (origin, service), cents in moved.items():
        left[origin] -= cents
        if service in own:
            left[service] += cents
    if residue := {service: cents for service, cents in left.items() if cents}:
        raise NotConserved(dict(sorted(residue.items())))


def _users(quantities: Mapping[tuple[str, str], int], closing_rank: Mapping[str, int], method: str) -> Users:
    """Who uses each auxiliary, once the method has removed some; an auxiliary without a user is not there."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method}")
    users: Users = defaultdict(dict)
    for (auxiliary, service), quantity in quantities.items():
        if auxiliary not in closing_rank:
            raise ValueError(f"{auxiliary} is no auxiliary and distributes nothing")
        if index(quantity) <= 0:
            raise ValueError(f"the quantity of {auxiliary} for {service} must be positive, not {quantity}")
        if service == auxiliary:
            continue
        if service in closing_rank and (
            method == "direct"
            or (method == "step_down" and (closing_rank[service], service) < (closing_rank[auxiliary], auxiliary))
        ):
            continue
        users[auxiliary][service] = index(quantity)
    # The same proportions in the smallest numbers keep the equations short.
    return {
        auxiliary: {service: quantity // gcd(*services.values()) for service, quantity in services.items()}
        for auxiliary, services in users.items()
    }


def _refuse_circles(users: Users) -> None:
    """Raise ``CircularKeys`` if from some auxiliary no chain of users leads to a service that keeps."""
    trapped = set(users)
    while freed := {name for name in trapped if any(service not in trapped for service in users[name])}:
        trapped -= freed
    reached = {name: _reached(users, name) for name in trapped}
    if groups := {
        frozenset(ahead) for name, ahead in reached.items() if all(name in reached[other] for other in ahead)
    }:
        raise CircularKeys(tuple(sorted(tuple(sorted(group)) for group in groups)))


def _reached(users: Users, start: str) -> set[str]:
    """All services that a euro of ``start`` may come to."""
    reached, to_do = set(), [start]
    while to_do:
        fresh = users[to_do.pop()].keys() - reached
        reached |= fresh
        to_do += fresh
    return reached


def _adjugate(matrix: list[list[int]]) -> tuple[list[list[int]], int]:
    """The inverse of a square matrix as (whole numbers, the determinant by which they are to be divided).

    Fraction-free elimination: each division is exact (E. H. Bareiss, Sylvester's Identity and Multistep
    Integer-Preserving Gaussian Elimination, Mathematics of Computation 22, 1968). No pivot is zero: every auxiliary
    leads to a service that keeps, so all leading minors are positive.
    """
    size = len(matrix)
    rows = [[*row, *(int(place == other) for other in range(size))] for place, row in enumerate(matrix)]
    before = 1
    for step, pivot_row in enumerate(rows):
        pivot, known = pivot_row[step], pivot_row[step:]
        for row in rows[step + 1 :]:
            factor = row[step]
            row[step:] = [
                (pivot * cell - factor * other) // before for cell, other in zip(row[step:], known, strict=True)
            ]
        before = pivot
    inverse: list[list[int]] = [[]] * size
    for place in reversed(range(size)):
        row, solved = rows[place], inverse[place + 1 :]
        inverse[place] = [
            (before * row[size + other] - sum(map(mul, row[place + 1 : size], [line[other] for line in solved])))
            // row[place]
            for other in range(size)
        ]
    return inverse, before
