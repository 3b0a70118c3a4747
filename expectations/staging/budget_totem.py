"""The budget documents once typed, and the version of each decision that stands."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "budget_totem"
AMOUNTS = {
    "previous_budget_eur": "mt_budg_prec",
    "carried_in_eur": "mt_rar_prec",
    "new_proposal_eur": "mt_prop_nouv",
    "forecast_eur": "mt_prev",
    "credits_opened_eur": "cred_ouv",
    "realised_eur": "mt_real",
    "carried_out_eur": "mt_rar3112",
    "credits_cancelled_eur": "cred_annules",
    "issued_eur": "mt_mdt_titre_emis",
    "accrued_eur": "mt_sup_prod_cha_rat",
}

DOCUMENT = [
    carried_over(
        "budget_totem__document",
        {
            "exercice": "exer",
            "decision_code": "nat_dec",
            "sealed_at": "scellement_date",
            "decided_on": "dte_dec",
            "nomenclature": "nomenclature",
        },
    ),
    rule(
        "une_version_fait_foi",
        "Un seul document de chaque décision (budget, exercice, BP, DM n°, CA…) fait foi",
        """select max(source_export) as source_export, 'exercice ' || exercice as element
        from batch where is_standing
        group by budget_id, exercice, decision_code, decision_number having count(*) > 1""",
        "critical",
        "Un document redéposé (corrigé, scellé) remplace le précédent : en compter deux doublerait le budget.",
    ),
    rule(
        "document_scelle",
        "Le document qui fait foi est scellé par TotEM",
        """select source_export, source_record, 'Scellement' as element from batch
        where is_standing and sealed_at is null""",
        "warning",
        "Le scellement atteste le document transmis à la préfecture ; sans lui, la date de la décision départage les "
        "versions.",
    ),
]

LIGNE = [carried_over("budget_totem__ligne", {**AMOUNTS, "nature_code": "nature", "function_as_voted": "fonction"})]

INFORMATION = [
    carried_over("budget_totem__information", {"information_code": "code", "printed_text": "value"}),
    rule(
        "information_dite_une_fois",
        "Chaque information générale n'est donnée qu'une fois par document",
        """select source_export, min(source_record) as source_record from batch
        group by source_export, information_code having count(distinct printed_text) > 1""",
        "warning",
        "Deux valeurs d'une même information (population, ratio) ne permettent pas de savoir laquelle est juste.",
    ),
]

CONCOURS = [carried_over("budget_totem__concours", {"grant_eur": "mt_subv", "nature_code": "cod_article"})]

PERSONNEL = [
    carried_over("budget_totem__personnel", {"posts_budgeted": "effectif_bud", "posts_filled": "effectif_pourvu"}),
    rule(
        "effectif_pourvu_budgete",
        "Aucun grade n'a plus de postes pourvus que de postes budgétés",
        "select source_export, source_record from batch where posts_budgeted > 0 and posts_filled > posts_budgeted",
        "warning",
        "Un emploi est créé par l'assemblée avant d'être pourvu (code général de la fonction publique, L. 313-1).",
    ),
]

EMPRUNT = [
    carried_over(
        "budget_totem__emprunt",
        {
            "original_amount_eur": "mt_empr_orig",
            "interest_paid_eur": "mt_int_exer",
            "capital_repaid_eur": "mt_capital_exer",
            "capital_due_start_eur": "mt_capital_rest_du_0101",
            "capital_due_end_eur": "mt_capital_rest_du_3112",
        },
    ),
]

PATRIMOINE = [
    carried_over(
        "budget_totem__patrimoine",
        {
            "purchase_value_eur": "mt_val_acqui_bien",
            "cumulated_depreciation_eur": "mt_cumul_amort_bien",
            "depreciation_eur": "mt_amort_exer",
            "acquired_on": "dt_acqui_bien",
        },
    ),
    rule(
        "amortissement_borne",
        "Aucun bien n'est amorti au-delà de sa valeur d'acquisition",
        """select source_export, source_record, cumulated_depreciation_eur - purchase_value_eur as amount_eur
        from batch where cumulated_depreciation_eur > purchase_value_eur and purchase_value_eur > 0""",
        "warning",
        "Le cumul des amortissements ne peut dépasser la valeur du bien (M57, tome 1).",
    ),
]

APCP = [
    carried_over(
        "budget_totem__apcp",
        {
            "authorised_before_eur": "mt_autori_prec",
            "authorised_eur": "mt_autori_vote",
            "credits_opened_eur": "mt_cp_ouv",
            "realised_eur": "mt_cp_real",
        },
    ),
]

CONSOLIDATION = [
    carried_over(
        "budget_totem__consolidation",
        {"credits_opened_eur": "mt_cred_ouv", "realised_eur": "mt_real_mandat_titre", "carried_out_eur": "rar"},
    ),
]

SUITES = {
    f"stg_budget_totem__{table}": suite(f"staging.stg_budget_totem__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {
        "document": DOCUMENT,
        "ligne": LIGNE,
        "information": INFORMATION,
        "concours": CONCOURS,
        "personnel": PERSONNEL,
        "emprunt": EMPRUNT,
        "patrimoine": PATRIMOINE,
        "apcp": APCP,
        "consolidation": CONSOLIDATION,
    }.items()
}
