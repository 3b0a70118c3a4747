from defects import defect, one

DEFECTS = [
    defect("intermediate.int_cost_lines", "cles_presentes", one("intermediate.int_cost_lines", "budget_id = null")),
    defect(
        "intermediate.int_cost_lines",
        "euros_du_grand_livre",
        one("intermediate.int_cost_lines", "source_system = 'payroll_dsn'", "cost_stage = 'direct'"),
    ),
    defect(
        "intermediate.int_cost_lines",
        "mois_et_exercice",
        one("intermediate.int_cost_lines", "month = make_date(exercice + 1, 2, 1)"),
    ),
    defect("intermediate.int_cost_lines", "montant_non_nul", one("intermediate.int_cost_lines", "amount_eur = 0")),
]
