"""The suites themselves: complete, explained, unable to show a value, silent on clean data, each rule shown failing.

The clean data is a small demo town, built once; each rule is then given one planted defect.
"""

import json
import re
import shutil
from dataclasses import asdict

import duckdb
import pytest
from raw_warehouse import build, load_raw

import demo_city
from orchestration.lib import guard
from orchestration.lib.home import DBT_PROJECT, PROJECT
from orchestration.lib.system import all_systems

SYSTEMS = all_systems()
SCHEMAS = {"staging": "staging", "conformed": "intermediate", "marts": "marts"}
# These expectations report counts and places; those that report a minimum, a most frequent value… do not enter.
SHOWING_NO_VALUE = {
    "unexpected_rows_expectation",
    "expect_table_row_count_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_be_null",
    "expect_compound_columns_to_be_unique",
}
PLACES = {"source_export", "source_record", "element", "amount_eur"}
# True in the demo town, which plants them: refusals and pièces sent back by the comptable, one chapter overspent.
TRUE_FINDINGS = {"rien_de_refuse", "aucune_piece_rejetee", "credits_non_depasses"}
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
    models = (DBT_PROJECT / "models").rglob("*.sql")
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
def town(tmp_path_factory):
    """The warehouse of a small demo town and a plan de comptes; its views are made tables, to plant defects in."""
    folder = tmp_path_factory.mktemp("town")
    demo_city.write(folder / "landing", inhabitants=300, years=2, seed=7)
    exports = [(path.parent.name, path) for path in sorted((folder / "landing").rglob("*.xml"))]
    exports += [("reference", path) for path in sorted((PROJECT / "tests/systems/reference/exports").glob("*.xml"))]
    database = folder / "town.duckdb"
    load_raw(database, exports)
    build(database, "config.materialized:table", "config.materialized:view", "resource_type:seed")
    with duckdb.connect(str(database)) as connection:
        for schema, view in connection.execute(
            "select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall():
            connection.execute(f"create table {schema}.kept as from {schema}.{view}")
            connection.execute(f"drop view {schema}.{view}")
            connection.execute(f"alter table {schema}.kept rename to {view}")
    return database


@pytest.fixture
def copy(town, tmp_path):
    """A copy of the town to plant a defect in."""
    return shutil.copy(town, tmp_path / "town.duckdb")


def verdicts(database, chosen=None):
    """Return (schema, table, rule verdict) for the suites, or for those of ``chosen`` tables."""
    for schema, table, suite in suites():
        if chosen is None or (schema, table) in chosen:
            for verdict in guard.validate(database, schema, {table: suite}):
                yield from ((schema, table, rule) for rule in verdict.rules)


def test_clean_data_raises_no_alarm(town):
    failed = [(table, rule) for _, table, rule in verdicts(town) if not rule.passed]
    assert {rule.name for _, rule in failed} <= TRUE_FINDINGS, failed
    assert not [rule for _, rule in failed if rule.severity == guard.CRITICAL]


def test_a_rule_reads_places_and_euros_only(town):
    with duckdb.connect(str(town), read_only=True) as connection:
        for schema, table, rule in rules():
            query = getattr(rule, "unexpected_rows_query", None)
            if query:
                sql = query.format(batch=f"{schema}.{table}").replace("\\:", ":")
                columns = {row[0] for row in connection.execute(f"describe {sql}").fetchall()}
                assert columns <= PLACES, f"{schema}.{table}: {rule.meta['name']}"


def test_names_and_numbers_planted_in_every_personal_column_stay_inside(copy, capfd):
    labels = ("label", "name", "reference", "identifier", "purpose", "help", "nom", "obj", "lib", "nir", "facture")
    with duckdb.connect(str(copy)) as connection:
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where schema_name in ('raw', 'staging', 'intermediate', 'marts') and data_type = 'VARCHAR'"
        ).fetchall():
            if any(label in column for label in labels) and column not in ("file_name", "nomenclature", "flow_name"):
                connection.execute(f"update {schema}.{table} set {column} = '{NAME} {NIR}'")
    found = list(verdicts(copy))
    assert {"aucune_trace_de_personne", "aucune_personne_nommee"} <= {
        rule.name for *_, rule in found if not rule.passed
    }
    said = json.dumps([asdict(rule) for *_, rule in found]) + "".join(capfd.readouterr())
    assert NAME not in said
    assert NIR not in said


def defect(where, name, *statements):
    return pytest.param(where, name, statements, id=f"{where}-{name}")


def one(table, assignment, condition="true"):
    """Return the statement that changes one row of ``table``."""
    return (
        f"update {table} set {assignment}"
        f" where rowid = (select min(rowid) from {table} as {table.split('.')[1]} where {condition})"
    )


def again(table, condition="true", changes=""):
    """Return the statement that adds one row of ``table`` a second time, with ``changes``."""
    replaced = f"replace ({changes})" if changes else ""
    return f"insert into {table} select * {replaced} from {table} where {condition} limit 1"


PES, TOTEM, PLAN = "raw.finance_pes__", "raw.budget_totem__", "raw.reference__"
STG_PES, STG_TOTEM = "staging.stg_finance_pes__", "staging.stg_budget_totem__"
INT_PES, INT_TOTEM = "intermediate.int_finance_pes__", "intermediate.int_budget_totem__"
REJECTED = "standing_status = 'standing'"

DEFECTS = [
    # raw, finance_pes
    defect(f"{PES}bordereau", "total_du_bordereau", one(f"{PES}bordereau", "mt_bord_ht = '0.01'")),
    defect(f"{PES}bordereau", "nombre_de_pieces", one(f"{PES}bordereau", "nbr_pce = '999'")),
    defect(f"{PES}bordereau", "total_du_bordereau_positif", one(f"{PES}bordereau", "mt_bord_ht = '-1'")),
    defect(f"{PES}bordereau", "type_de_bordereau_connu", one(f"{PES}bordereau", "typ_bord = '06'", "domain = 'D'")),
    defect(f"{PES}bordereau", "domaine_connu", one(f"{PES}bordereau", "domain = 'X'")),
    defect(f"{PES}bordereau", "une_ligne_par_element", again(f"{PES}bordereau")),
    defect(f"{PES}bordereau", "champs_obligatoires", one(f"{PES}bordereau", "exer = null")),
    defect(f"{PES}bordereau", "lisible_siret", one(f"{PES}bordereau", "id_coll = '2162099990001'")),
    defect(f"{PES}piece", "type_de_piece_connu", one(f"{PES}piece", "typ_pce = '99'")),
    defect(f"{PES}piece", "nature_de_piece_connue", one(f"{PES}piece", "nat_pce = '17'")),
    defect(f"{PES}piece", "annulation_bien_formee", f"update {PES}piece set nat_pce = '01'"),
    defect(f"{PES}piece", "piece_avec_lignes", again(f"{PES}piece", changes="'99999' as piece_rank")),
    defect(f"{PES}piece", "objet_sans_personne", f"update {PES}piece set obj = 'cantine'"),
    defect(f"{PES}ligne", "montant_positif", one(f"{PES}ligne", "mt_ht = '-3.00'")),
    defect(f"{PES}ligne", "particulier_reconnu", one(f"{PES}ligne", "is_person = 'false'", "cat_tiers = '01'")),
    defect(f"{PES}ligne", "aucune_personne_nommee", one(f"{PES}ligne", "nom = 'X'", "is_person = 'true'")),
    defect(f"{PES}ligne", "aucun_nir", one(f"{PES}ligne", f"id_tiers = '{NIR}'")),
    defect(f"{PES}ligne", "mode_de_reglement_connu", one(f"{PES}ligne", "mod_regl = '12'")),
    defect(f"{PES}ligne", "nature_d_identifiant_connue", one(f"{PES}ligne", "nat_id_tiers = '10'")),
    defect(f"{PES}ligne", "categorie_de_tiers_connue", one(f"{PES}ligne", "cat_tiers = '99'")),
    defect(f"{PES}ligne", "nature_juridique_connue", one(f"{PES}ligne", "nat_jur = '12'")),
    defect(f"{PES}ligne", "debiteur_principal", one(f"{PES}ligne", "typ_tiers = '03'")),
    defect(f"{PES}ligne", "annulation_rattachee", f"update {PES}ligne set id_pce_orig = null"),
    defect(f"{PES}acquit", "etat_d_acquit_connu", one(f"{PES}acquit", "etat_ack = '2'")),
    defect(f"{PES}acquit", "domaine_d_acquit_connu", one(f"{PES}acquit", "domaine_ack = '12'")),
    defect(f"{PES}retour", "etat_de_piece_connu", one(f"{PES}retour", "etat_pce = '06'")),
    # raw, budget_totem and reference
    defect(f"{TOTEM}document", "nature_de_decision_connue", one(f"{TOTEM}document", "nat_dec = '08'")),
    defect(f"{TOTEM}document", "exercice_plausible", one(f"{TOTEM}document", "exer = '1999'")),
    defect(f"{TOTEM}document", "nomenclature_connue", one(f"{TOTEM}document", "nomenclature = 'M99-M99_X'")),
    defect(f"{TOTEM}document", "document_avec_lignes", f"delete from {TOTEM}ligne"),
    defect(f"{TOTEM}document", "un_document_par_export", again(f"{TOTEM}document", changes="'B[2]' as source_record")),
    defect(f"{TOTEM}document", "budget_identifie", one(f"{TOTEM}document", "id_etab = null, id_coll = null")),
    defect(f"{TOTEM}document", "code_de_budget", one(f"{TOTEM}document", "cod_bud = null")),
    defect(f"{TOTEM}document", "mode_de_vote_connu", one(f"{TOTEM}document", "nat_fonc = '4'")),
    defect(f"{TOTEM}document", "type_de_budget_connu", one(f"{TOTEM}document", "cod_typ_bud = 'Z'")),
    defect(f"{TOTEM}ligne", "sens_connu", one(f"{TOTEM}ligne", "cod_rd = 'X'")),
    defect(f"{TOTEM}ligne", "reel_ou_ordre", one(f"{TOTEM}ligne", "op_budg = 'T'")),
    defect(f"{TOTEM}ligne", "type_d_ordre_connu", one(f"{TOTEM}ligne", "typ_op_budg = '3'")),
    defect(
        f"{TOTEM}ligne",
        "ligne_imputee",
        one(f"{TOTEM}ligne", "nature = null, operation = null, cont_nat = null, fonction = null"),
    ),
    defect(
        f"{TOTEM}concours",
        "beneficiaire_sans_personne",
        one(f"{TOTEM}concours", "cod_nat_jur_benef_ca = null, lib_orga_benef = 'X'"),
    ),
    defect(f"{TOTEM}concours", "nature_juridique_connue", one(f"{TOTEM}concours", "cod_nat_jur_benef_ca = 'Q1'")),
    defect(f"{TOTEM}consolidation", "section_connue", one(f"{TOTEM}consolidation", "cod_inv_fonc = 'X'")),
    defect(f"{PLAN}plan", "plan_avec_comptes", f"delete from {PLAN}compte"),
    defect(f"{PLAN}plan", "plan_avec_chapitres", f"delete from {PLAN}chapitre"),
    defect(f"{PLAN}plan", "dossier_et_fichier_d_accord", one(f"{PLAN}plan", "exer = '1997'")),
    defect(f"{PLAN}chapitre", "section_connue", one(f"{PLAN}chapitre", "section = 'X'")),
    defect(f"{PLAN}compte", "compte_unique", again(f"{PLAN}compte", changes="'x' as source_record")),
    # staging
    defect(
        f"{STG_PES}bordereau",
        "une_version_fait_foi",
        again(f"{STG_PES}bordereau", "standing_status = 'standing'", "'x' as source_export"),
    ),
    defect(f"{STG_PES}bordereau", "acquittement_recu", one(f"{STG_PES}bordereau", "acquit_status = 'none'", REJECTED)),
    defect(
        f"{STG_PES}bordereau",
        "refus_suivi_d_un_renvoi",
        one(f"{STG_PES}bordereau", "standing_status = 'refused', superseded_by_export = null"),
    ),
    defect(f"{STG_PES}bordereau", "exports_acceptes_seulement", one(f"{STG_PES}bordereau", "source_export = 'x'")),
    defect(f"{STG_PES}ligne", "rien_de_perdu", one(f"{STG_PES}ligne", "amount_eur = amount_eur + 0.01")),
    defect(
        f"{STG_PES}acquit",
        "acquittement_rattache",
        f"update {STG_PES}acquit set flow_name = 'unknown', source_export = 'x'",
    ),
    defect(f"{STG_PES}retour", "retour_rattache", one(f"{STG_PES}retour", "bordereau_number = '999999'")),
    defect(
        f"{STG_TOTEM}document",
        "une_version_fait_foi",
        again(f"{STG_TOTEM}document", "is_standing", "'x' as source_export"),
    ),
    defect(f"{STG_TOTEM}document", "document_scelle", one(f"{STG_TOTEM}document", "sealed_at = null", "is_standing")),
    defect(
        f"{STG_TOTEM}information",
        "information_dite_une_fois",
        again(f"{STG_TOTEM}information", changes="'0' as printed_text"),
    ),
    defect(
        f"{STG_TOTEM}personnel",
        "effectif_pourvu_budgete",
        one(f"{STG_TOTEM}personnel", "posts_budgeted = 1, posts_filled = 2"),
    ),
    defect(
        f"{STG_TOTEM}patrimoine",
        "amortissement_borne",
        one(f"{STG_TOTEM}patrimoine", "purchase_value_eur = 1, cumulated_depreciation_eur = 1.01"),
    ),
    defect(
        "staging.stg_reference__plan",
        "une_version_fait_foi",
        again("staging.stg_reference__plan", "is_standing", "'x' as source_export"),
    ),
    defect(
        "staging.stg_reference__compte",
        "chapitre_du_plan",
        one("staging.stg_reference__compte", "chapter_expense_real = 'ZZ'", "account_list = 'nature'"),
    ),
    defect(
        "staging.stg_register__export", "export_accepte_charge", one("staging.stg_register__export", "load_id = null")
    ),
    defect(
        "staging.stg_register__export", "export_accepte_non_vide", one("staging.stg_register__export", "row_count = 0")
    ),
    defect("staging.stg_register__export", "refus_motive", one("staging.stg_register__export", "verdict = 'refused'")),
    # conformed
    defect(f"{INT_PES}budget", "nomenclature_trouvee", one(f"{INT_PES}budget", "norm_source = 'law'")),
    defect(f"{INT_PES}nature", "compte_au_plan", one(f"{INT_PES}nature", "is_known = false, section_source = 'plan'")),
    defect(f"{INT_PES}piece", "toutes_les_pieces", f"delete from {INT_PES}piece where piece_rank = 1"),
    defect(
        f"{INT_PES}piece",
        "date_et_exercice",
        one(f"{INT_PES}piece", "issue_date = make_date(exercice + 1, 2, 1)"),
    ),
    defect(
        f"{INT_PES}piece",
        "numero_de_mandat_unique",
        again(f"{INT_PES}piece", "domain_code = 'D' and not is_cancellation and standing_status = 'standing'"),
    ),
    defect(
        f"{INT_PES}piece",
        "bordereaux_sans_trou",
        f"update {INT_PES}piece set bordereau_number = '9999' where bordereau_number = '2'",
    ),
    defect(
        f"{INT_PES}piece",
        "pieces_sans_trou",
        f"update {INT_PES}piece set piece_number = '99999' where piece_number = '2'",
    ),
    defect(f"{INT_PES}ledger_line", "toutes_les_lignes", again(f"{INT_PES}ledger_line", changes="0 as amount_eur")),
    defect(
        f"{INT_PES}ledger_line",
        "annulation_et_origine",
        one(f"{INT_PES}ledger_line", "is_original_found = false", "is_cancellation and standing_status = 'standing'"),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "section_trouvee",
        one(f"{INT_PES}ledger_line", "section = null", "nature_code like '6%'"),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "fonction_connue",
        one(f"{INT_PES}ledger_line", "function_code = 'ZZ', function_id = null", REJECTED),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "renvoi_de_meme_montant",
        again(
            f"{INT_PES}ledger_line",
            REJECTED,
            "'superseded' as standing_status, 'x' as source_export, cast(0.01 as decimal(16, 2)) as amount_eur",
        ),
    ),
    defect(f"{INT_PES}cost_lines", "grand_livre_sans_reste", one(f"{INT_PES}cost_lines", "amount_eur = 12345.67")),
    defect("intermediate.int_cost_lines", "cles_presentes", one("intermediate.int_cost_lines", "budget_id = null")),
    defect(
        "intermediate.int_cost_lines",
        "euros_du_grand_livre",
        one("intermediate.int_cost_lines", "source_system = 'payroll_dsn'"),
    ),
    defect(
        "intermediate.int_cost_lines",
        "mois_et_exercice",
        one("intermediate.int_cost_lines", "month = make_date(exercice + 1, 2, 1)"),
    ),
    defect("intermediate.int_cost_lines", "montant_non_nul", one("intermediate.int_cost_lines", "amount_eur = 0")),
    defect(f"{INT_TOTEM}document", "cle_budget_siret", one(f"{INT_TOTEM}document", "budget_siret = '21620999900013'")),
    defect(
        f"{INT_TOTEM}document",
        "population_declaree",
        one(
            f"{INT_TOTEM}document",
            "population_declared = 0",
            "is_standing and is_final_account and budget_type_code = 'P'",
        ),
    ),
    defect(f"{INT_TOTEM}line", "lignes_qui_font_foi", again(f"{INT_TOTEM}line", changes="'x' as source_record")),
    defect(f"{INT_TOTEM}line", "nature_connue", one(f"{INT_TOTEM}line", "warning_nature_unknown = true")),
    defect(f"{INT_TOTEM}line", "fonction_connue", one(f"{INT_TOTEM}line", "warning_function_unknown = true")),
    defect(f"{INT_TOTEM}line", "section_de_l_editeur", one(f"{INT_TOTEM}line", "warning_section_differs = true")),
    defect(f"{INT_TOTEM}legal_measure", "mesures_de_chaque_compte", f"delete from {INT_TOTEM}legal_measure"),
    defect(
        f"{INT_TOTEM}printed_ratio",
        "ratio_lisible",
        one(f"{INT_TOTEM}printed_ratio", "printed_value = null, printed_text = 'n.c.'"),
    ),
    defect("intermediate.int_reference__chapter", "table_non_vide", "delete from intermediate.int_reference__chapter"),
    defect(
        "intermediate.int_reference__function",
        "deux_nomenclatures",
        "delete from intermediate.int_reference__function where norm = 'M14'",
    ),
    defect(
        "intermediate.int_reference__nature",
        "chapitre_connu",
        one("intermediate.int_reference__nature", "chapter_expense_real = 'ZZ'"),
    ),
    # marts
    defect("marts.dim_budget", "libelle_budget_label", one("marts.dim_budget", "budget_label = ' '")),
    defect("marts.dim_budget", "budget_avec_document", one("marts.dim_budget", "source_system = 'finance_pes'")),
    defect("marts.dim_nature", "libelle_nature_label", one("marts.dim_nature", "nature_label = null")),
    defect("marts.dim_function", "libelle_function_label", one("marts.dim_function", "function_label = null")),
    defect("marts.dim_date", "calendrier_complet", "delete from marts.dim_date where month_number = 3"),
    defect(
        "marts.dim_tiers",
        "particuliers_sans_nom",
        one("marts.dim_tiers", "tiers_label = 'X'", "tiers_kind = 'person'"),
    ),
    defect(
        "marts.dim_tiers",
        "tiers_nomme",
        one("marts.dim_tiers", "tiers_label = 'Tiers sans nom'", "tiers_kind = 'organisation'"),
    ),
    defect(
        "marts.fct_cost_line", "conservation_au_centime", one("marts.fct_cost_line", "amount_eur = amount_eur + 0.01")
    ),
    defect(
        "marts.fct_cost_line",
        "fonction_servie",
        one("marts.fct_cost_line", "function_code = null", "section = 'F' and direction = 'expense' and not is_order"),
    ),
    defect(
        "marts.fct_cost_line",
        "tiers_identifie",
        one("marts.fct_cost_line", "tiers_id = null", "direction = 'expense' and not is_order"),
    ),
    defect(
        "marts.fct_cost_line",
        "aucune_trace_de_personne",
        one("marts.fct_cost_line", f"line_label = 'famille {NIR}'"),
    ),
    defect(
        "marts.mart_function_cost", "cout_non_negatif", one("marts.mart_function_cost", "operating_expense_eur = -1")
    ),
    defect(
        "marts.mart_function_cost",
        "couverture_du_grand_livre",
        one("marts.mart_function_cost", "ledger_coverage_share = 0.98"),
    ),
    defect(
        "marts.mart_function_cost", "population_connue", one("marts.mart_function_cost", "population_declared = null")
    ),
    defect("marts.fct_budget_line", "section_de_chaque_ligne", one("marts.fct_budget_line", "section = null")),
    defect(
        "marts.fct_budget_line",
        "ordre_equilibre",
        one("marts.fct_budget_line", "realised_eur = realised_eur + 0.01", "is_final_account and not is_real"),
    ),
    defect(
        "marts.fct_budget_line",
        "realise_et_consolidation",
        one(
            "marts.fct_budget_line",
            "realised_eur = realised_eur + 0.01",
            "is_final_account and section = 'F' and direction = 'expense' and not is_result_or_transfer"
            " and realised_eur <> 0 and source_export in"  # only the main budget carries the annexe
            " (select source_export from staging.stg_budget_totem__consolidation)",
        ),
    ),
    defect(
        "marts.fct_budget_line",
        "restes_a_realiser_repris",
        one(
            "marts.fct_budget_line",
            "carried_in_eur = coalesce(carried_in_eur, 0) + 0.01",
            "is_final_account and direction = 'expense' and carried_in_eur <> 0"
            " and exercice = (select max(exercice) from marts.fct_budget_line where is_final_account)",
        ),
    ),
    defect(
        "marts.fct_budget_line",
        "fonction_avec_correspondance",
        one("marts.fct_budget_line", "warning_function_not_bridged = true"),
    ),
    defect(
        "marts.mart_budget_execution",
        "taux_plausible",
        "update marts.mart_budget_execution set realised_eur = 2 * credits_opened_eur",
    ),
    defect("marts.mart_legal_ratio", "ratio_retrouve", one("marts.mart_legal_ratio", "is_reproduced = false")),
    defect(
        "marts.mart_ledger_reconciliation",
        "ecart_inexplique_nul",
        one("marts.mart_ledger_reconciliation", "unexplained_eur = -0.01"),
    ),
    defect(
        "marts.fct_export",
        "systeme_a_jour",
        one("marts.fct_export", "late_after = cast('2020-01-01' as date)", "is_last_accepted"),
    ),
    defect(
        "marts.fct_export",
        "aucun_refus_en_attente",
        one("marts.fct_export", "is_accepted = false, received_at = cast('2100-01-01' as timestamp)"),
    ),
]


@pytest.mark.parametrize(("where", "name", "statements"), DEFECTS)
def test_a_planted_defect_is_caught(town, copy, where, name, statements):
    schema, table = where.split(".")
    (suite,) = [found for *place, found in suites() if place == [schema, table]]
    suite = type(suite)(name="one", expectations=[rule for rule in suite.expectations if rule.meta["name"] == name])
    (before,) = guard.validate(town, schema, {table: suite})[0].rules
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    (after,) = guard.validate(copy, schema, {table: suite})[0].rules
    assert before.passed
    assert not after.passed
    assert after.unexpected_count > 0


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
