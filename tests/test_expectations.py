"""The suites themselves: complete, explained, unable to show a value, silent on clean data, each rule shown failing.

The clean data is a small demo town, built once; each rule is then given one planted defect.
"""

import json
import re
import shutil
from dataclasses import asdict
from decimal import Decimal

import duckdb
import pytest
from defects import all_defects
from raw_warehouse import build

from orchestration.lib import guard
from orchestration.lib.home import DBT_PROJECT
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
DEFECTS = all_defects()
SCHEMAS = {"staging": "staging", "conformed": "intermediate", "confidential": "confidential", "marts": "marts"}
# These expectations report counts and places; those that report a minimum, a most frequent value… do not enter.
SHOWING_NO_VALUE = {
    "no_row_at_fault",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_be_null",
    "expect_compound_columns_to_be_unique",
}
PLACES = {"source_export", "source_record", "element", "amount_eur"}
# True in the demo town, which plants them: refusals and pièces sent back by the comptable, one chapter overspent, a
# CCAS that spends more than it receives, a DSN sent twice, an envoi that the platform refused, gross pay that leaves
# out the refund of a transport pass; a canteen, a meter and places of work that no map knows. A town of 600 has no hour
# of nursery at the cost of larger ones.
TRUE_FINDINGS = {
    *("rien_de_refuse", "aucune_piece_rejetee", "credits_non_depasses", "epargne_brute_positive"),
    *("declaration_envoyee_deux_fois", "accepte_par_la_plateforme", "brut_annonce"),
    *("rattachement_suffisant", "lieu_rattache", "cantine_rattachee", "compteur_au_tableau"),
    "dans_la_fourchette_publiee",
}
NIR, NAME = "184027512345639", "DURAND-PLANTED"


def suites():
    """Yield (schema, table in the database, suite) of every suite."""
    for system in SYSTEMS:
        for table, suite in guard.load_suites("raw", system).items():
            yield "raw", f"{system}__{table}", suite
    for layer, schema in SCHEMAS.items():
        for table, suite in guard.load_suites(layer).items():
            yield schema, table, suite


def rules():
    """Yield (schema, table, expectation) of every rule."""
    for schema, table, suite in suites():
        for expectation in suite.expectations:
            yield schema, table, expectation


def test_every_raw_table_and_every_model_has_a_suite():
    models = [path for path in (DBT_PROJECT / "models").rglob("*") if path.suffix in (".sql", ".py")]
    wanted = {(path.relative_to(DBT_PROJECT / "models").parts[0], path.stem) for path in models}
    wanted |= {("raw", f"{name}__{table}") for name, system in SYSTEMS.items() for table in system.tables}
    found = {(schema, table): suite for schema, table, suite in suites()}
    assert wanted == found.keys()
    assert all(suite.expectations for suite in found.values())


def test_every_rule_says_what_it_is_why_and_how_grave():
    for schema, table, rule in rules():
        where = f"{schema}.{table}: {rule.meta}"
        assert rule.severity.value in ("critical", "warning"), where
        assert isinstance(rule.notes, str), where
        assert len(rule.notes) > 15, where
        assert rule.meta["regle"], where
        assert re.fullmatch(r"[a-z][a-z0-9_]+", rule.meta["name"]), where


def test_names_of_rules_are_unique_in_a_suite():
    for _, table, suite in suites():
        names = [rule.meta["name"] for rule in suite.expectations]
        assert len(names) == len(set(names)), table


def test_no_rule_may_show_a_value():
    assert {rule.expectation_type for _, _, rule in rules()} <= SHOWING_NO_VALUE


def test_an_unknown_table_in_a_raw_module_is_an_error():
    from expectations.common import raw_suites

    with pytest.raises(KeyError, match="nowhere"):
        raw_suites("reference", {"nowhere": []})


@pytest.fixture(scope="module")
def town(demo_town, tmp_path_factory):
    """The warehouse of the demo town, in plain tables that any defect can be planted in."""
    database = shutil.copy(demo_town.database, tmp_path_factory.mktemp("town"))
    with duckdb.connect(str(database)) as connection:
        for schema, name, kind in connection.execute(
            """select table_schema, table_name, if(table_type = 'VIEW', 'view', 'table') from information_schema.tables
            where table_type = 'VIEW' or table_schema in ('marts', 'confidential')"""
        ).fetchall():
            connection.execute(f"create table {schema}.kept as from {schema}.{name}")
            connection.execute(f"drop {kind} {schema}.{name}")
            connection.execute(f"alter table {schema}.kept rename to {name}")
    return database


@pytest.fixture
def copy(town, tmp_path):
    """A copy of the town to plant a defect in."""
    return shutil.copy(town, tmp_path / "warehouse.duckdb")


def verdicts(database):
    """Return (schema, table, rule verdict) of every rule."""
    by_schema = {}
    for schema, table, suite in suites():
        by_schema.setdefault(schema, {})[table] = suite
    return [
        (schema, verdict.table, rule)
        for schema, tables in by_schema.items()
        for verdict in guard.validate(database, schema, tables)
        for rule in verdict.rules
    ]


def test_clean_data_raises_no_alarm(town):
    failed = [(table, rule) for _, table, rule in verdicts(town) if not rule.passed]
    assert {rule.name for _, rule in failed} <= TRUE_FINDINGS, failed
    assert not [rule for _, rule in failed if rule.severity == guard.CRITICAL]


def test_a_rule_reads_places_and_euros_only(town):
    with duckdb.connect(str(town), read_only=True) as connection:
        for schema, table, rule in rules():
            if hasattr(rule, "unexpected_rows_query"):
                sql = sql_of(rule, f"{schema}.{table}")
                columns = {row[0] for row in connection.execute(f"describe {sql}").fetchall()}
                assert columns <= PLACES, f"{schema}.{table}: {rule.meta['name']}"


def test_names_and_numbers_planted_in_every_personal_column_stay_inside(copy, capfd):
    labels = ("label", "name", "reference", "identifier", "purpose", "help", "nom", "obj", "lib", "nir", "facture")
    with duckdb.connect(str(copy)) as connection:
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and schema_name in ('raw', 'staging', 'intermediate', 'confidential', 'marts')"
        ).fetchall():
            if any(label in column for label in labels) and column not in ("file_name", "nomenclature", "flow_name"):
                connection.execute(f"update {schema}.{table} set {column} = '{NAME} {NIR}'")
    found = verdicts(copy)
    assert {"aucune_trace_de_personne", "aucune_personne_nommee"} <= {
        rule.name for *_, rule in found if not rule.passed
    }
    said = json.dumps([asdict(rule) for *_, rule in found]) + "".join(capfd.readouterr())
    assert NAME not in said
    assert NIR not in said


def test_euros_sent_back_to_a_closed_auxiliary_stop_the_publication(copy):
    """A published solution of a step-down sends 8,800 back to a centre that gives nothing any more, and loses it."""
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            """update intermediate.int_cost_absorption set user_service_id = 'DRH'
            where variant_id = 'central' and service_id = 'FIN' and user_service_id = 'EMAT' and kept_parts > 0"""
        )
    build(copy, "int_cost_share+")
    failed = {
        rule.name: rule
        for schema, layer in (("intermediate", "conformed"), ("marts", "marts"))
        for verdict in guard.validate(copy, schema, guard.load_suites(layer, "cost"))
        for rule in verdict.critical_failures
    }
    with duckdb.connect(str(copy), read_only=True) as connection:
        (lost,) = connection.execute(
            "select sum(amount_eur) from marts.fct_cost_allocation where to_service_id = 'DRH'"
        ).fetchone()
    assert lost > 0
    assert Decimal(failed["ecart_nul"].amount_eur) == lost
    assert failed.keys() == {
        *("parts_gardees_hors_auxiliaires", "aucun_reste_sur_un_auxiliaire", "euros_des_services"),
        *("aucun_retour_sur_un_auxiliaire", "grand_livre_retrouve", "ecart_nul"),
    }


@pytest.fixture(scope="module")
def planted(town, tmp_path_factory):
    with duckdb.connect(str(shutil.copy(town, tmp_path_factory.mktemp("planted")))) as connection:
        yield connection


@pytest.fixture
def planting(planted):
    """A town to plant a defect in, taken out again afterwards."""
    planted.execute("begin")
    yield planted
    planted.execute("rollback")


@pytest.mark.parametrize(("where", "name", "statements"), DEFECTS)
def test_a_planted_defect_is_caught(planting, where, name, statements):
    schema, table = where.split(".")
    (expectations,) = [suite.expectations for *place, suite in suites() if place == [schema, table]]
    (rule,) = [expectation for expectation in expectations if expectation.meta["name"] == name]
    # The query of the rule alone: that the guard runs it is shown above, and in tests/test_guard.py.
    query = f"select count(*) from ({sql_of(rule, where)})"
    (before,) = planting.execute(query).fetchone()
    for statement in statements:
        planting.execute(statement)
    (after,) = planting.execute(query).fetchone()
    assert before == 0
    assert after > 0


def sql_of(rule, table):
    """Return the query of a rule as the guard runs it on ``table``."""
    return rule.unexpected_rows_query.format(batch=table).replace("\\:", ":")


def test_every_rule_is_shown_failing_once():
    by_type = {"exports_acceptes_seulement", "rien_de_perdu", "champs_obligatoires", "une_ligne_par_element"}
    shown = {tuple(param.values[:2]) for param in DEFECTS} | {
        (f"{schema}.{table}", rule.meta["name"])
        for schema, table, rule in rules()
        if rule.meta["name"] in by_type | TRUE_FINDINGS | {"aucune_trace_de_personne", "table_non_vide"}
        or rule.meta["name"].startswith(("lisible_", "cle_"))
    }
    missing = {(f"{schema}.{table}", rule.meta["name"]) for schema, table, rule in rules()} - shown
    assert not missing
