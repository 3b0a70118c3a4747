from defects import again, defect, one

INT, DSN = "intermediate.int_", "intermediate.int_payroll_dsn__"
FACTS = "confidential."


def leaver(table, wrong):
    """Return the statement that adds a departure to ``table``: in a town of some hundreds there may be none."""
    return f"""insert into {table} by name
        select agent_id, 'departure' as movement_type, {wrong}, source_system, source_export, source_record
        from {INT}pay_line limit 1"""


DEFECTS = [
    defect(
        f"{DSN}agent",
        "changements_suivis",
        f"insert into {DSN}agent select 'former', agent_pseudonym from {DSN}agent limit 1",
        f"update {DSN}agent set agent_id = 'latest' where agent_pseudonym = agent_id",
    ),
    defect(
        f"{DSN}contract",
        "changements_suivis",
        f"insert into {DSN}contract select 'former', contract_pseudonym from {DSN}contract limit 1",
        f"update {DSN}contract set contract_id = 'latest' where contract_pseudonym = contract_id",
    ),
    defect(
        f"{DSN}contract_month",
        "debut_avant_fin",
        one(f"{DSN}contract_month", "end_date = start_date - 1", "start_date is not null"),
    ),
    defect(
        f"{DSN}contract_month",
        "quotite_sous_la_reference",
        one(f"{DSN}contract_month", "quota = reference_quota + 1", "reference_quota > 0"),
    ),
    defect(
        f"{DSN}pay_line",
        "brut_conserve",
        one(f"{DSN}pay_line", "amount_eur = amount_eur + 0.01", "line_kind = 'gross'"),
    ),
    defect(f"{DSN}pay_line", "part_patronale_connue", one(f"{DSN}pay_line", "warning_share_unknown = true")),
    defect(
        f"{DSN}pay_line",
        "cotisation_connue",
        one("staging.stg_payroll_dsn__cotisation", "contribution_code = 'ZZZ'", "amount_eur <> 0"),
    ),
    defect(f"{DSN}absence", "absence_bien_datee", one(f"{DSN}absence", "end_date = start_date + 4000")),
    defect(f"{DSN}worked_hours", "heures_plausibles", one(f"{DSN}worked_hours", "quantity = 15167")),
    defect(
        f"{INT}payroll_xhl__pay_line",
        "lignes_conservees",
        one(f"{INT}payroll_xhl__pay_line", "amount_eur = amount_eur + 0.01"),
    ),
    defect(
        f"{INT}payroll_xhl__payslip",
        "situation_connue",
        one(f"{INT}payroll_xhl__payslip", "status_code = 'autre', status_label = 'X'"),
    ),
    defect(f"{INT}month", "calendrier_complet", f"delete from {INT}month where month = date '2024-02-01'"),
    defect(f"{INT}reference__net", "categorie_connue", one(f"{INT}reference__net", "category_code = 'D'")),
    defect(
        f"{INT}payroll_source",
        "paie_de_chaque_mois",
        f"delete from {INT}payroll_source where month(pay_month) = 6",
    ),
    defect(
        f"{INT}payroll_matricule",
        "matricule_d_un_agent",
        one(
            f"{DSN}contract_month",
            "agent_id = 'another'",
            f"matricule_pseudonym in (select matricule_pseudonym from {DSN}contract_month"
            " group by matricule_pseudonym having count(*) > 1)",
        ),
    ),
    defect(
        f"{INT}payroll_service",
        "un_rattachement_par_code",
        again(f"{INT}payroll_service", "is_mapped", "'zz' as service_id"),
    ),
    defect(f"{INT}payroll_budget", "budget_trouve", one(f"{INT}payroll_budget", "budget_id = null")),
    defect(f"{INT}agent_month", "situation_connue", one(f"{INT}agent_month", "status_code = 'autre'")),
    defect(
        f"{INT}pay_line",
        "cout_conserve",
        one(f"{INT}pay_line", "amount_eur = amount_eur + 0.01", "line_kind = 'gross'"),
    ),
    defect(
        f"{INT}pay_line",
        "service_connu",
        one(f"{INT}pay_line", "service_id = null", "line_kind = 'gross' and amount_eur <> 0"),
    ),
    defect(
        f"{INT}pay_line", "contrat_precise", one(f"{INT}pay_line", "warning_contract_unknown = true", "amount_eur <> 0")
    ),
    defect(f"{INT}movement", "mouvement_date", leaver(f"{INT}movement", "null as movement_date")),
    defect(
        f"{INT}payroll_tie",
        "paie_et_grand_livre",
        f"update {INT}payroll_tie set payroll_eur = 0.9 * payroll_eur where family = 'gross'",
    ),
    defect(
        f"{INT}payroll_cell",
        "cellules_d_au_moins_cinq_agents",
        f"update {INT}payroll_cell set shown_service_id = service_id, shown_facility_id = facility_id",
    ),
    defect(f"{INT}payroll_share", "cle_complete", one(f"{INT}payroll_share", "weight = weight + 1")),
    defect(
        f"{INT}payroll_ledger",
        "famille_de_chaque_compte",
        f"delete from {INT}payroll_ledger where nature_code = '64111'",
    ),
    defect(
        f"{INT}payroll_cost_lines",
        "parts_egales_a_la_ligne",
        one(f"{INT}payroll_cost_lines", "amount_eur = amount_eur + 0.01"),
    ),
    defect(f"{INT}cost_lines", "grand_livre_entier", one(f"{INT}cost_lines", "amount_eur = amount_eur + 0.01")),
    # confidential
    defect(f"{FACTS}dim_agent", "age_plausible", one(f"{FACTS}dim_agent", "birth_year = 1890")),
    defect(
        f"{FACTS}dim_agent",
        "grade_connu",
        one(f"{FACTS}dim_agent", "category_code = null", "is_permanent and net_code is not null"),
    ),
    defect(f"{FACTS}fct_agent_month", "cout_conserve", one(f"{FACTS}fct_agent_month", "cost_eur = cost_eur + 0.01")),
    defect(
        f"{FACTS}fct_agent_month",
        "rattachement_conserve",
        one(f"{FACTS}fct_agent_month", "cost_attached_eur = cost_attached_eur + 0.01"),
    ),
    defect(f"{FACTS}fct_agent_month", "quotite_plausible", one(f"{FACTS}fct_agent_month", "quota_share = 1.3")),
    defect(
        f"{FACTS}fct_agent_month",
        "variation_du_brut",
        f"insert into {FACTS}fct_agent_month select fct.* replace ('agent-' || n as agent_id, 3000 as gross_eur)"
        f" from (from {FACTS}fct_agent_month limit 1) as fct, range(60) as numbers (n)",
        f"insert into {FACTS}fct_agent_month select * replace (pay_month + interval 1 month as pay_month,"
        f" 9000 as gross_eur) from {FACTS}fct_agent_month where agent_id like 'agent-%'",
        f"update {FACTS}fct_agent_month set pay_month = case gross_eur when 3000 then date '2030-02-01'"
        f" else date '2030-03-01' end where agent_id like 'agent-%'",
    ),
    defect(
        f"{FACTS}fct_pay_line",
        "brut_annuel_positif",
        one(f"{FACTS}fct_pay_line", "amount_eur = -999999", "line_kind = 'gross'"),
    ),
    defect(f"{FACTS}fct_absence", "jours_dans_le_mois", one(f"{FACTS}fct_absence", "calendar_days = 32")),
    defect(f"{FACTS}fct_absence", "motif_connu", one(f"{FACTS}fct_absence", "motive_family = 'autre'")),
    defect(
        f"{FACTS}fct_movement",
        "depart_motive",
        leaver(f"{FACTS}fct_movement", "'autre' as motive_family"),
    ),
    # marts
    defect(
        "marts.mart_payroll_reconciliation",
        "ecart_de_paie_explique",
        one("marts.mart_payroll_reconciliation", "explanation = 'Écart à expliquer'"),
    ),
    defect(
        "marts.mart_payroll_reconciliation",
        "cellules_secretes",
        one("marts.mart_payroll_reconciliation", "agent_count = 4"),
    ),
]
