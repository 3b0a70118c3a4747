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
from operator import index, mul, sub

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


class Equations:
    """F = B + A·F (docs/costing.md, section 2) for the keys of one exercice, solved; whatever the order they come in.

    ``quantities``: (auxiliary, service that uses it) → positive whole quantity of the auxiliary's key, in the key's
    own unit. What an auxiliary does for itself is left out: it changes no one's part. ``closing_rank``: each auxiliary
    → its place in a step-down (the lowest is closed first; equal ranks in order of service). ``method``: one of
    ``METHODS``.

    Raises ``CircularKeys`` where euros would go round for ever; ``ValueError`` or ``TypeError`` for an unknown method,
    a quantity that is not a positive whole number, or one of a service that is not an auxiliary.
    """

    def __init__(
        self, quantities: Mapping[tuple[str, str], int], closing_rank: Mapping[str, int], method: str = "reciprocal"
    ) -> None:
        """Check the keys and solve the equations."""
        self._quantities, self._closing_rank, self._method = quantities, closing_rank, method
        self._users = _users(quantities, closing_rank, method)
        self._unplaced = tuple(sorted(set(closing_rank) - set(self._users)))
        for services in self._users.values():
            self._leave_out_unplaced(services)
        _refuse_circles(self._users)
        self._names = sorted(self._users)
        self._totals = [sum(self._users[name].values()) for name in self._names]
        self._paths, self._scale = _adjugate([self._equation(name, self._users[name]) for name in self._names])
        self._ends = sorted({service for services in self._users.values() for service in services} - set(self._names))
        given = [[self._users[name].get(end, 0) for name in self._names] for end in self._ends]
        # The part of each auxiliary (row) that ends in each service (column), times the determinant.
        self._weights = [[sum(map(mul, row, column)) for column in given] for row in self._paths]

    def absorption(self) -> Absorption:
        """Return where one euro of each auxiliary ends and where it passes."""
        visits = {
            (name, other): Fraction(path * total, self._scale)
            for name, row in zip(self._names, self._paths, strict=True)
            for other, path, total in zip(self._names, row, self._totals, strict=True)
            if path
        }
        return Absorption(self._kept(self._ends, self._weights), visits, self._unplaced)

    def kept_with(self, auxiliary: str, quantities: Mapping[str, int]) -> dict[tuple[str, str], int]:
        """Return ``Absorption.kept`` if the key of ``auxiliary`` had these quantities (service → quantity).

        One equation changes and the rest is solved: a correction of rank one instead of all again (J. Sherman,
        W. J. Morrison, Adjustment of an Inverse Matrix, Annals of Mathematical Statistics 21, 1950). Raises what
        `Equations` does.
        """
        changed = {(auxiliary, service): quantity for service, quantity in quantities.items()}
        users = _users(changed, self._closing_rank, self._method).get(auxiliary)
        if auxiliary not in self._users or not users:
            others = {pair: quantity for pair, quantity in self._quantities.items() if pair[0] != auxiliary}
            return Equations(others | changed, self._closing_rank, self._method).absorption().kept
        self._leave_out_unplaced(users)
        _refuse_circles(self._users | {auxiliary: users})
        ends = sorted({*self._ends, *(users.keys() - set(self._names))})
        place, before = self._names.index(auxiliary), self._users[auxiliary]
        change = list(map(sub, self._equation(auxiliary, users), self._equation(auxiliary, before)))
        reached = [row[place] for row in self._paths]
        scale = self._scale + sum(map(mul, change, reached))
        known = [dict(zip(self._ends, row, strict=True)) for row in self._weights]
        given = [
            self._scale * (users.get(end, 0) - before.get(end, 0)) - sum(map(mul, change, column))
            for end, column in ((end, [row.get(end, 0) for row in known]) for end in ends)
        ]
        # Weights of one auxiliary are proportions: those of the new equations, times both determinants.
        weights = [
            [scale * row.get(end, 0) + path * weight for end, weight in zip(ends, given, strict=True)]
            for row, path in zip(known, reached, strict=True)
        ]
        return self._kept(ends, weights)

    def _kept(self, ends: list[str], weights: list[list[int]]) -> dict[tuple[str, str], int]:
        return {
            (name, end): part
            for name, row in zip(self._names, weights, strict=True)
            for end, part in zip(ends, cut(PARTS, row), strict=True)
            if part
        }

    def _equation(self, auxiliary: str, users: dict[str, int]) -> list[int]:
        """The line of the matrix: what the auxiliary gives, less what it gives to each auxiliary."""
        return [sum(users.values()) if name == auxiliary else -users.get(name, 0) for name in self._names]

    def _leave_out_unplaced(self, services: dict[str, int]) -> None:
        for service in services.keys() & set(self._unplaced):
            services[UNASSIGNED] = services.get(UNASSIGNED, 0) + services.pop(service)


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
