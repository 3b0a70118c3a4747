"""Perimeters: which rows of the published tables a reader may see, as SQL conditions that any engine understands.

`dashboards/perimetres.yml` is the only place where rights are written. The static site, files and database roles all
ask `Perimeters.condition`; none of them decides by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.lib import declarations
from orchestration.lib.home import PROJECT

FILE = PROJECT / "dashboards" / "perimetres.yml"
DOMAINS = ("finance", "activity", "buildings", "staff")
WAYS = ("open", "whole_town", "among", "service", "facility", "activity", "function")
STAFF = "staff"
PAY = "pay"  # raw lines that say what the staff of a service is paid: who has the detail of both
EVERYTHING = "true"


class PerimeterError(ValueError):
    """The file of perimeters says something that cannot be followed."""


@dataclass(frozen=True)
class Scope:
    """Services whose rows are seen; ``is_whole`` also sees rows that no service bears."""

    services: frozenset[str] = frozenset()
    is_whole: bool = False

    def __or__(self, other: "Scope") -> "Scope":
        return WHOLE if self.is_whole or other.is_whole else Scope(self.services | other.services)

    def __and__(self, other: "Scope") -> "Scope":
        if self.is_whole:
            return other
        return self if other.is_whole else Scope(self.services & other.services)


NOTHING, WHOLE = Scope(), Scope(is_whole=True)


@dataclass(frozen=True)
class Perimeter:
    """What one group of readers sees: for each domain the scope of its figures and that of its detail.

    Detail is raw lines, or for staff what payroll says service by service. Union and intersection work right by right:
    lines seen in one perimeter and pay seen in another never become the pay of the first.
    """

    name: str
    label: str
    figures: Mapping[str, Scope]
    detail: Mapping[str, Scope]

    def scope(self, domain: str, is_detail: bool) -> Scope:
        """Return the services whose figures, or detail, are seen in ``domain``."""
        return (self.detail if is_detail else self.figures).get(domain, NOTHING)

    @property
    def is_whole_town(self) -> bool:
        """Tell whether everything is seen, tables included that no rule speaks of."""
        return all(self.scope(domain, is_detail).is_whole for domain in DOMAINS for is_detail in (False, True))

    def union(self, other: "Perimeter", name: str, label: str) -> "Perimeter":
        """Return who sees what one or the other sees."""
        return Perimeter(name, label, *(_combine(Scope.__or__, *pair) for pair in self._pairs(other)))

    def intersection(self, other: "Perimeter", name: str, label: str) -> "Perimeter":
        """Return who sees only what both have the right to see."""
        return Perimeter(name, label, *(_combine(Scope.__and__, *pair) for pair in self._pairs(other)))

    def _pairs(self, other: "Perimeter") -> tuple:
        return (self.figures, other.figures), (self.detail, other.detail)


@dataclass(frozen=True)
class Rule:
    """How a table is restricted: ``by`` a column (an SQL expression) of services, facilities, activities or functions.

    ``by`` may also be ``open`` (everybody), ``whole_town`` (who has the whole domain) or ``among`` (rows whose
    ``column`` is in the rows seen of the table ``among``). ``pay`` is the condition of those rows that say what staff
    is paid, seen only by who also has the detail of the staff of that service.
    """

    by: str
    column: str = ""
    domain: str = ""
    is_detail: bool = False
    among: str = ""
    pay: str = ""


@dataclass(frozen=True)
class Organisation:
    """The services of a town, and the one service of each facility, activity and function that has one.

    ``parents`` maps each service to the one above (or None), ``successors`` to the one that took its place, itself
    mostly. A function that several services share belongs to none.
    """

    parents: Mapping[str, str | None]
    successors: Mapping[str, str] = field(default_factory=dict)
    facilities: Mapping[str, str] = field(default_factory=dict)
    activities: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, schema: str) -> "Organisation":
        """Read it from the dimensions in ``schema``; a facility belongs to the service of its last description."""

        def mapping(sql: str) -> dict:
            return dict(connection.execute(sql).fetchall())

        return cls(
            parents=mapping(f"select service_id, max(parent_service_id) from {schema}.dim_service group by service_id"),
            successors=mapping(
                f"select service_id, max(current_service_id) from {schema}.dim_service group by service_id"
            ),
            facilities=mapping(
                f"""select facility_id, arg_max(service_id, valid_from) from {schema}.dim_facility
                where service_id is not null group by facility_id"""
            ),
            activities=mapping(
                f"select activity_id, service_id from {schema}.dim_activity where service_id is not null"
            ),
            functions=mapping(
                f"""select function_m57_code, min(service_id) from {schema}.dim_service
                where function_m57_code is not null group by function_m57_code having count(distinct service_id) = 1"""
            ),
        )

    def below(self, services: Iterable[str]) -> frozenset[str]:
        """Return ``services``, all that depend on them and those whose place one of these took."""
        found = set(services)
        while more := {
            service
            for service, parent in self.parents.items()
            if service not in found and (parent in found or self.successors.get(service) in found)
        }:
            found |= more
        return frozenset(found)

    def of(self, by: str, services: frozenset[str]) -> frozenset[str]:
        """Return the codes of a column of kind ``by`` (service, facility, activity, function) that ``services`` own."""
        if by == "service":
            return services
        owners = {"facility": self.facilities, "activity": self.activities, "function": self.functions}[by]
        return frozenset(code for code, service in owners.items() if service in services)


@dataclass(frozen=True)
class Perimeters:
    """The perimeters of a town by name, and the rule of each table."""

    organisation: Organisation
    perimeters: Mapping[str, Perimeter]
    rules: Mapping[str, Rule]

    @classmethod
    def read(cls, organisation: Organisation, file: Path = FILE) -> "Perimeters":
        """Read ``file``. Raises PerimeterError when it names a service or a way to restrict that does not exist."""
        content = declarations.read(file)
        perimeters: dict[str, Perimeter] = {}
        for name, said in content["perimeters"].items():
            perimeters[name] = _perimeter(name, said, organisation, perimeters)
        rules = {table: _rule(table, said) for table, said in content["tables"].items()}
        for table, rule in rules.items():
            if rule.among and rule.among not in rules:
                raise PerimeterError(f"{table}: no rule for {rule.among}, among whose rows it is to be seen")
        return cls(organisation, perimeters, rules)

    def condition(self, perimeter: Perimeter, table: str) -> str | None:
        """Return the SQL condition on the rows of ``table`` that ``perimeter`` sees, None when it sees no row of it.

        A table without a rule is for the whole town only. The condition names columns of the table without qualifying
        them and has no sub-query but that of ``among``: it can be a WHERE, a row-level policy or a filter of a file.
        """
        rule = self.rules.get(table)
        if rule is None:
            return EVERYTHING if perimeter.is_whole_town else None
        if rule.by == "open":
            return EVERYTHING
        if rule.by == "among":
            inside = self.condition(perimeter, rule.among)
            if inside is None or inside == EVERYTHING:
                return inside
            return f"{rule.column} in (select {rule.column} from {rule.among} where {inside})"
        inside = self._within(rule, perimeter.scope(rule.domain, rule.is_detail))
        if not rule.pay or inside is None:
            return inside
        paid = self._within(rule, perimeter.scope(PAY, is_detail=True))
        if paid == EVERYTHING:
            return inside
        others = f"({rule.pay}) is not true"
        allowed = others if paid is None else f"({others} or {paid})"
        return allowed if inside == EVERYTHING else f"{inside} and {allowed}"

    def _within(self, rule: Rule, scope: Scope) -> str | None:
        """Return the condition of the rows that belong to ``scope``, None for no row."""
        if scope.is_whole:
            return EVERYTHING
        codes = () if rule.by == "whole_town" else self.organisation.of(rule.by, scope.services)
        if not codes:
            return None
        listed = ", ".join("'" + code.replace("'", "''") + "'" for code in sorted(codes))
        return f"{rule.column} in ({listed})"


def _perimeter(name: str, said: dict, organisation: Organisation, before: Mapping[str, Perimeter]) -> Perimeter:
    """Return the perimeter that the file says, which may combine those written above it."""
    for operation in ("union", "intersection"):
        if operation in said:
            if missing := [other for other in said[operation] if other not in before]:
                raise PerimeterError(f"{name}: {missing[0]} is not written above it")
            first, *others = (before[other] for other in said[operation])
            for other in others:
                first = getattr(first, operation)(other, name, said["label"])
            return Perimeter(name, said["label"], first.figures, first.detail)
    if unknown := said.keys() - {"label", "services", "raw_lines", "hr_detail", *DOMAINS}:
        raise PerimeterError(f"{name}: {', '.join(sorted(unknown))} means nothing here")
    figures = {domain: _scope(name, said.get(domain, said["services"]), organisation) for domain in DOMAINS}
    opened = {domain: said.get("hr_detail" if domain == STAFF else "raw_lines", False) for domain in DOMAINS}
    detail = {domain: figures[domain] if opened[domain] else NOTHING for domain in DOMAINS}
    return Perimeter(name, said["label"], figures, {**detail, PAY: detail["finance"] & detail[STAFF]})


def _scope(name: str, services: str | list[str], organisation: Organisation) -> Scope:
    if services == "all":
        return WHOLE
    if unknown := set(services) - organisation.parents.keys():
        raise PerimeterError(f"{name}: no service {', '.join(sorted(unknown))} in ref_service")
    return Scope(organisation.below(services))


def _rule(table: str, said: dict) -> Rule:
    ways = [
        way for way in ("open", "whole_town", "among", "service", "facility", "activity", "function") if way in said
    ]
    if len(ways) != 1:
        raise PerimeterError(f"{table}: exactly one way to restrict it is to be said, not {ways}")
    (by,) = ways
    if by not in ("open", "among") and said.get("domain") not in DOMAINS:
        raise PerimeterError(f"{table}: domain is one of {', '.join(DOMAINS)}")
    column = said["column"] if by == "among" else said[by] if by not in ("open", "whole_town") else ""
    among = said["among"] if by == "among" else ""
    return Rule(by, column, said.get("domain", ""), said.get("detail", False), among, said.get("pay", ""))


def _combine(operation, one: Mapping[str, Scope], other: Mapping[str, Scope]) -> dict[str, Scope]:
    return {right: operation(one.get(right, NOTHING), other.get(right, NOTHING)) for right in (*DOMAINS, PAY)}
