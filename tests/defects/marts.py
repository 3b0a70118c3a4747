from defects import defect, one

NIR = "184027512345639"

DEFECTS = [
    defect("marts.dim_budget", "libelle_budget_label", one("marts.dim_budget", "budget_label = ' '")),
    defect("marts.dim_budget", "budget_avec_document", one("marts.dim_budget", "source_system = 'finance_pes'")),
    defect("marts.dim_service", "libelle_service_label", one("marts.dim_service", "service_label = ' '")),
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
]
