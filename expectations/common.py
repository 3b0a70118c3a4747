"""Makers of expectations shared by all suites.

A rule is an SQL query that returns the rows at fault, over the table under test (``batch``) and any other table of the
same database. It may return only ``source_export``, ``source_record``, ``element`` (a French text saying what in the
record is meant) and ``amount_eur`` (the euros at stake, summed by the guard): never a value that could name a person.
One query per kind of rule and table costs a fifth of one column expectation per column (1.5 million rows of PES lines:
0.9 s against 5.2 s), which is why the library's own column expectations are the exception here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from orchestration.lib.fields import Field, read_fields
from orchestration.lib.home import SYSTEMS
from orchestration.lib.xml import source_name

# Type of fields.csv -> (what the text must match, further condition on it, the rule in French).
# The same spellings as the readers accept; a date must also be a day of the calendar.
READABLE = {
    "integer": ("^[+-]?[0-9]+$", "", "Les nombres entiers se lisent comme tels"),
    "decimal": ("^[+-]?[0-9]+([.][0-9]*)?$", "", "Les nombres décimaux se lisent comme tels (point décimal)"),
    "amount": (
        "^[+-]?[0-9]{1,14}([.][0-9]{0,6})?$",
        "",
        "Les montants se lisent en euros (point décimal)",
    ),
    "date": (
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "try_cast(substr({column}, 1, 10) as date) is not null",
        "Les dates sont des jours du calendrier écrits AAAA-MM-JJ",
    ),
    # Day, month and year without a separator, as the DSN writes them.
    "jjmmaaaa": (
        "^[0-9]{8}$",
        "try_cast(substr({column}, 5, 4) || '-' || substr({column}, 3, 2) || '-' || substr({column}, 1, 2) as date)"
        " is not null",
        "Les dates sont des jours du calendrier écrits JJMMAAAA",
    ),
    "timestamp": (
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "try_cast(substr({column}, 1, 10) as date) is not null",
        "Les dates et heures commencent par un jour du calendrier écrit AAAA-MM-JJ",
    ),
    "year": ("^(19|20)[0-9]{2}$", "", "Les années ont quatre chiffres, entre 1900 et 2099"),
    "boolean": ("^(true|false|0|1)$", "", "Les indicateurs valent oui ou non (true, false, 1 ou 0)"),
    "siret": ("^[0-9]{14}$", "", "Les SIRET ont 14 chiffres"),
}
WHY_READABLE = (
    "Une valeur illisible serait perdue au typage et le total serait faux sans que rien le montre "
    "(fields.csv, colonne type)."
)


class NoRowAtFault(gxe.UnexpectedRowsExpectation):
    """An SQL query that returns no row. Its rows are counted and never fetched, as none may be shown.

    The class it comes from runs the query once more to fetch them: half of the time of the guards.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict, *_: Any, **__: Any) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"observed_value": count}}


def rule(name: str, regle: str, sql: str, severity: str, notes: str) -> Expectation:
    """Return the expectation that ``sql`` finds no row.

    ``name`` identifies the rule in its suite, ``regle`` states it in one French line, ``notes`` says in French why it
    stands and from which text. ``sql`` reads the table under test as ``batch``.
    """
    # {batch} comes out of Great Expectations with or without an alias, depending on the query: hence the wrapping.
    # Braces are its placeholders and ":name" a parameter of SQLAlchemy, so both are escaped.
    escaped = re.sub(r":(?=\w)", r"\:", " ".join(sql.split()).replace("{", "{{").replace("}", "}}"))
    return NoRowAtFault(
        unexpected_rows_query=f"with batch as not materialized (select * from {{batch}}) {escaped}",
        severity=severity,
        notes=notes,
        meta={"name": name, "regle": regle},
    )


def suite(table: str, *expectations: Expectation) -> gx.ExpectationSuite:
    """Return the suite of ``table``."""
    return gx.ExpectationSuite(name=table, expectations=list(expectations))


def raw_suites(system: str, further: dict[str, list[Expectation]]) -> dict[str, gx.ExpectationSuite]:
    """Return one suite per raw table of ``system``: the rules that follow from its fields.csv, then ``further`` ones.

    Raises KeyError when ``further`` names a table that the system does not have.
    """
    tables = read_fields(SYSTEMS / system)
    if unknown := further.keys() - tables.keys():
        raise KeyError(f"expectations/raw/{system}: no table {', '.join(sorted(unknown))}")
    return {
        table: suite(f"raw.{system}.{table}", *typed(fields), *further.get(table, []))
        for table, fields in tables.items()
    }


def typed(fields: Iterable[Field]) -> list[Expectation]:
    """Return the rules that fields.csv itself states for a raw table: presence, uniqueness, types and privacy."""
    fields = list(fields)
    by_type = defaultdict(list)
    for field in fields:
        if field.type in READABLE:
            by_type[field.type].append(field)
    return [
        present([field for field in fields if field.required]),
        one_row_per_record(),
        *(readable(kind, columns) for kind, columns in by_type.items()),
        *no_person(fields),
    ]


def present(fields: list[Field]) -> Expectation:
    """Return the rule that no required field is missing or blank."""
    return rule(
        "champs_obligatoires",
        "Aucune donnée obligatoire ne manque : " + _listed(fields),
        _first_fault((element(field), f"trim(coalesce({field.column}, '')) = ''") for field in fields),
        "critical",
        "Sans ces données une ligne ne peut être ni rattachée à son budget ni comptée (fields.csv, colonne required).",
    )


def readable(kind: str, fields: list[Field]) -> Expectation:
    """Return the rule that every value of the columns ``fields`` reads as its type ``kind``; empty is not judged."""
    pattern, condition, regle = READABLE[kind]

    def fault(column: str) -> str:
        holds = f"regexp_matches({column}, '{pattern}')"
        if condition:
            holds += f" and {condition.format(column=column)}"
        return f"{column} <> '' and not ({holds})"

    return rule(
        f"lisible_{kind}",
        f"{regle} : {_listed(fields) or fields[0].column}",
        _first_fault((element(field), fault(field.column)) for field in fields),
        "critical",
        WHY_READABLE,
    )


def one_row_per_record() -> Expectation:
    """Return the rule that no record of an export was read twice."""
    return rule(
        "une_ligne_par_element",
        "Chaque élément de l'export n'est lu qu'une fois",
        "select source_export, source_record from batch group by source_export, source_record having count(*) > 1",
        "critical",
        "Un élément lu deux fois compterait deux fois ses euros (clé d'une ligne : export et place dans l'export).",
    )


def no_person(fields: Iterable[Field]) -> list[Expectation]:
    """Return the rule that nothing naming a natural person was kept, for a table that tells who is one."""
    fields = list(fields)
    personal = [field for field in fields if field.personal_data in ("drop_if_person", "blank_if_person")]
    if not personal or all(field.column != "is_person" for field in fields):
        return []
    kept = " or ".join(f"{field.column} <> ''" for field in personal)
    return [
        rule(
            "aucune_personne_nommee",
            "Rien de ce qui nomme un particulier n'est conservé",
            f"select source_export, source_record from batch where is_person = 'true' and ({kept})",
            "critical",
            "Minimisation des données : le nom, les références et les libellés d'un particulier sont écartés avant "
            "tout stockage (RGPD, article 5, § 1, c).",
        )
    ]


def known_codes(
    name: str, regle: str, column: str, codes: Iterable[str], notes: str, severity: str = "warning"
) -> Expectation:
    """Return the rule that ``column``, when filled, holds one of ``codes``."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return rule(
        name,
        regle,
        f"select source_export, source_record from batch where {column} <> '' and {column} not in ({listed})",
        severity,
        notes,
    )


def carried_over(raw_table: str, columns: dict[str, str], kept: str = "true") -> Expectation:
    """Return the rule that a staging model loses nothing of ``raw_table`` (``<system>__<table>``), export by export.

    ``kept`` is the condition on the raw rows that the model keeps, all of them by default.

    ``columns`` maps each typed column to the raw one: euros (``_eur``) must add up to the cent, the others keep as
    many filled values. The number of rows is compared too.
    """

    def measures(pairs: Iterable[tuple[str, str]]) -> str:
        return ", ".join(f"{measure} as measure_{index}" for index, (_, measure) in enumerate(pairs))

    typed_side = [("nombre de lignes", "count(*)")]
    raw_side = [("nombre de lignes", "count(*)")]
    for typed_column, raw_column in columns.items():
        is_amount = typed_column.endswith("_eur")
        typed_side.append((raw_column, f"sum({typed_column})" if is_amount else f"count({typed_column})"))
        raw_side.append(
            (
                raw_column,
                f"sum(cast(nullif({raw_column}, '') as decimal(16, 2)))"
                if is_amount
                else f"count(nullif(trim({raw_column}), ''))",
            )
        )
    cases = " ".join(
        f"when typed.measure_{index} is distinct from received.measure_{index} then {_quoted(label)}"
        for index, (label, _) in enumerate(typed_side)
    )
    return rule(
        "rien_de_perdu",
        "Le typage ne perd rien : autant de lignes et de valeurs que dans l'export, les mêmes euros au centime",
        f"""select source_export, element from (
            select source_export, case {cases} end as element
            from (select source_export, {measures(typed_side)} from batch group by source_export) as typed
            full join (
                select source_export, {measures(raw_side)} from raw.{raw_table} where {kept} group by source_export
            ) as received using (source_export)
        ) where element is not null""",
        "critical",
        "Une valeur perdue au typage serait un euro ou une clé de moins, sans erreur visible (règle de conservation).",
    )


def accepted_only(system: str) -> Expectation:
    """Return the rule that every row comes from an export of ``system`` that the register accepted."""
    return rule(
        "exports_acceptes_seulement",
        "Chaque ligne vient d'un export accepté au registre d'arrivée",
        f"""select distinct source_export from batch
        anti join (
            select export_id as source_export from raw.register__export
            where system = {_quoted(system)} and verdict = 'accepted'
        ) using (source_export)""",
        "critical",
        "Un export refusé ne doit pas compter, et tout chiffre doit pouvoir être remonté à son fichier.",
    )


def not_empty(regle: str, notes: str) -> Expectation:
    """Return the rule that the table has rows."""
    sql = "select 'table' as element where not exists (select 1 from batch)"
    return rule("table_non_vide", regle, sql, "critical", notes)


# How an element says the groups that sums of euros are compared by; other columns stand as they are.
GROUPS = {
    "budget_id": "'budget ' || budget_id",
    "exercice": "'exercice ' || exercice",
    "cost_month": "'mois ' || substr(cast(cost_month as varchar), 1, 7)",
    "direction": "case direction when 'expense' then 'dépense' else 'recette' end",
    "service_id": "'service ' || service_id",
}


def same_euros(before: str, after: str, groups: Iterable[str]) -> str:
    """Return the query of the groups whose euros differ between two queries, to the cent, with the difference.

    Both queries have the columns ``groups``, never NULL, and ``amount_eur``. A group that one of them does not have is
    at fault unless its euros are 0.00.
    """
    groups = list(groups)
    by = ", ".join(groups)
    place = " || ', ' || ".join(GROUPS.get(group, group) for group in groups)
    return f"""select {place} as element, abs(coalesce(after.total, 0) - coalesce(before.total, 0)) as amount_eur
        from (select {by}, sum(amount_eur) as total from ({before}) group by {by}) as before
        full join (select {by}, sum(amount_eur) as total from ({after}) group by {by}) as after using ({by})
        where coalesce(after.total, 0) <> coalesce(before.total, 0)"""


def valid_siret(column: str, regle: str) -> Expectation:
    """Return the rule that the check digit of the SIRET in ``column`` is right."""
    # Luhn: every second digit from the right is doubled, and 9 taken off what then has two digits.
    digits = " + ".join(
        f"case when substr({column}, {place}, 1) in ('0', '1', '2', '3', '4') "
        f"then 2 * try_cast(substr({column}, {place}, 1) as integer) "
        f"else 2 * try_cast(substr({column}, {place}, 1) as integer) - 9 end"
        if place % 2
        else f"try_cast(substr({column}, {place}, 1) as integer)"
        for place in range(1, 15)
    )
    return rule(
        f"cle_{column}",
        regle,
        f"select source_export, 'SIRET' as element from batch where {column} <> '' and ({digits}) % 10 <> 0",
        "warning",
        "La clé d'un SIRET se vérifie (Insee, algorithme de Luhn) : une clé fausse est une faute de frappe.",
    )


def element(field: Field) -> str:
    """Return the name of the element that ``field`` is read from, the column's own when the reader makes it."""
    return field.column if field.path.startswith("(") else source_name(field).partition(" ")[2]


def _first_fault(faults: Iterable[tuple[str, str]]) -> str:
    """Return the query of the rows with a fault, with the name of the first element that has one."""
    cases = " ".join(f"when {fault} then {_quoted(element)}" for element, fault in faults)
    return f"""select source_export, source_record, element from (
        select source_export, source_record, case {cases} end as element from batch
    ) where element is not null"""


def _listed(fields: Iterable[Field]) -> str:
    """Return the elements of the export behind ``fields``, without what the reader itself adds."""
    return ", ".join(dict.fromkeys(element(field) for field in fields if not field.path.startswith("(")))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
