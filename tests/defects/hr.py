"""Defects of the HR marts, as rows that no mart should hold: a small town may have every cell of a table hidden."""

from defects import defect

MONTH = "date '2020-05-01'"
SIREN = "'999999999'"


def row(table, **values):
    """Return the statement that adds a row of ``values``, SQL expressions by column; shown by default."""
    if table.startswith("marts.") and table != "marts.dim_employer":
        values = {"employer_siren": SIREN, "secrecy_status": "'V'"} | values
    return f"insert into {table} ({', '.join(values)}) values ({', '.join(map(str, values.values()))})"


def shown(table, **values):
    return defect(f"marts.{table}", "secret_sans_chiffre", row(f"marts.{table}", secrecy_status="'A'", **values))


def few(table, **values):
    return defect(f"marts.{table}", "secret_effectif_minimal", row(f"marts.{table}", **values))


def alone(name, table, total, shown_cell, hidden_cell, common):
    """Return the defect of one hidden cell beside a shown one and their shown total."""
    table = f"marts.{table}"
    return defect(
        table,
        name,
        row(table, **common, **total),
        row(table, **common, **shown_cell),
        row(table, **common, **hidden_cell, secrecy_status="'A'"),
    )


def headcount(axis, value, agents=None, group="null", etpt=0):
    values = {"month": MONTH, "axis": f"'{axis}'", "group_code": group, "value_code": f"'{value}'", "etpt": etpt}
    if agents is None:
        return row("marts.mart_headcount", secrecy_status="'A'", **values)
    return row("marts.mart_headcount", agent_count=agents, **values)


COMPONENT = {"pay_month": MONTH, "exercice": 2020}
YEAR = {"exercice": 2020}
FORECAST = {"known_month": "date '2020-04-01'", "month": MONTH, "exercice": 2020}

DEFECTS = [
    defect(
        "marts.dim_employer",
        "employeur_nomme",
        row("marts.dim_employer", employer_siren=SIREN, employer_label="'Employeur 999999999'"),
    ),
    # Head-count
    shown("mart_headcount", month=MONTH, axis="'sex'", etp=1),
    few("mart_headcount", month=MONTH, axis="'sex'", agent_count=4),
    defect(
        "marts.mart_headcount",
        "secret_par_difference",
        headcount("total", "total", 20),
        headcount("sex", "F", 16),
        headcount("sex", "M"),
    ),
    defect(
        "marts.mart_headcount",
        "secret_detail_entier",
        headcount("service", "A", 20),
        headcount("service_sex", "F", 16, "'A'"),
        headcount("service_sex", "M", None, "'A'"),
    ),
    defect(
        "marts.mart_headcount",
        "secret_detail_par_difference",
        headcount("sex", "F", 20),
        headcount("service_sex", "F", 16, "'A'"),
        headcount("service_sex", "F", None, "'B'"),
        headcount("service_sex", "F", None, "'C'"),
    ),
    defect("marts.mart_headcount", "effectif_conserve", headcount("total", "total", 20)),
    defect(
        "marts.mart_headcount", "axes_au_meme_total", headcount("total", "total", 20), headcount("category", "C", 19)
    ),
    defect(
        "marts.mart_headcount",
        "temps_paye_plausible",
        row("marts.mart_headcount", month=MONTH, axis="'total'", agent_count=10, etp=12.01),
    ),
    # Payroll by component
    shown("mart_payroll_component", **COMPONENT, axis="'total'", component="'total_cost'", amount_eur=1),
    few("mart_payroll_component", **COMPONENT, axis="'total'", component="'total_cost'", agent_count=4),
    *(
        alone(
            f"secret_par_difference_{name}",
            "mart_payroll_component",
            {**total, "amount_eur": 100, "agent_count": 20},
            {**cell, "amount_eur": 90, "agent_count": 16},
            hidden,
            COMPONENT,
        )
        for name, total, cell, hidden in (
            (
                "groupes",
                {"axis": "'total'", "component": "'total_cost'"},
                {"axis": "'group'", "component": "'fixed_pay'"},
                {"axis": "'group'", "component": "'bonus_pay'"},
            ),
            (
                "composantes",
                {"axis": "'group'", "component": "'bonus_pay'", "component_group": "'bonus_pay'"},
                {"axis": "'component'", "component": "'ifse'", "component_group": "'bonus_pay'"},
                {"axis": "'component'", "component": "'cia'", "component_group": "'bonus_pay'"},
            ),
            (
                "services",
                {"axis": "'total'", "component": "'total_cost'"},
                {"axis": "'service'", "component": "'total_cost'", "service_id": "'A'"},
                {"axis": "'service'", "component": "'total_cost'", "service_id": "'B'"},
            ),
        )
    ),
    defect(
        "marts.mart_payroll_component",
        "secret_detail_entier",
        *(
            row(
                "marts.mart_payroll_component",
                **COMPONENT,
                axis="'service_group'",
                service_id="'A'",
                component=f"'{group}'",
                secrecy_status=f"'{status}'",
            )
            for group, status in (("fixed_pay", "V"), ("bonus_pay", "A"))
        ),
    ),
    defect(
        "marts.mart_payroll_component",
        "somme_des_composantes",
        row("marts.mart_payroll_component", **COMPONENT, axis="'total'", component="'total_cost'", amount_eur=100),
        row("marts.mart_payroll_component", **COMPONENT, axis="'group'", component="'fixed_pay'", amount_eur=99.99),
    ),
    defect(
        "marts.mart_payroll_component",
        "cout_conserve",
        row("marts.mart_payroll_component", **COMPONENT, axis="'total'", component="'total_cost'", amount_eur=0.01),
    ),
    # Envelopes
    shown("mart_payroll_envelope", **YEAR, axis="'total'", component="'cia'", amount_eur=1),
    few("mart_payroll_envelope", **YEAR, axis="'total'", component="'cia'", agent_count=4),
    alone(
        "secret_par_difference_services",
        "mart_payroll_envelope",
        {"axis": "'total'", "agent_count": 20},
        {"axis": "'service'", "service_id": "'A'", "agent_count": 16},
        {"axis": "'service'", "service_id": "'B'"},
        {**YEAR, "component": "'cia'"},
    ),
    defect(
        "marts.mart_payroll_envelope",
        "enveloppe_des_mois",
        row("marts.mart_payroll_envelope", **YEAR, axis="'total'", component="'cia'", amount_eur=0.01),
    ),
    # Effects
    shown("mart_payroll_effect", **YEAR, payroll_eur=1),
    defect(
        "marts.mart_payroll_effect",
        "secret_sans_chiffre_movement",
        row("marts.mart_payroll_effect", **YEAR, movement_secrecy_status="'A'", stayer_count=5),
    ),
    few("mart_payroll_effect", **YEAR, entrant_count=4),
    defect(
        "marts.mart_payroll_effect",
        "identite_masse_et_report",
        row(
            "marts.mart_payroll_effect",
            **YEAR,
            mass_effect_share=0.02,
            carry_effect_share=0.01,
            payroll_growth_share=0.030204,
        ),
    ),
    defect(
        "marts.mart_payroll_effect",
        "decembre_a_decembre",
        row(
            "marts.mart_payroll_effect",
            **YEAR,
            december_pay_eur=110,
            previous_december_pay_eur=100,
            stayers_change_eur=5,
            entry_exit_effect_eur=4.99,
        ),
    ),
    defect(
        "marts.mart_payroll_effect",
        "gvt_plausible",
        row("marts.mart_payroll_effect", **YEAR, december_agent_count=50, gvt_positive_share=0.031),
    ),
    # Absences
    shown("mart_absence", **YEAR, axis="'total'", absence_code="'global'", absent_days=1),
    few("mart_absence", **YEAR, axis="'total'", absence_code="'global'", absent_agents=4),
    alone(
        "secret_par_difference_services",
        "mart_absence",
        {"axis": "'total'", "absent_agents": 20},
        {"axis": "'service'", "service_id": "'A'", "absent_agents": 16},
        {"axis": "'service'", "service_id": "'B'"},
        {**YEAR, "absence_code": "'global'"},
    ),
    alone(
        "secret_par_difference_motifs",
        "mart_absence",
        {"axis": "'total'", "absence_code": "'compressible'", "absent_agents": 20},
        {"axis": "'motive'", "absence_code": "'maladie_ordinaire'", "absent_agents": 16},
        {"axis": "'motive'", "absence_code": "'accident_service'"},
        YEAR,
    ),
    defect(
        "marts.mart_absence",
        "taux_emboites",
        row("marts.mart_absence", **YEAR, axis="'total'", absence_code="'compressible'", absent_days=11),
        row("marts.mart_absence", **YEAR, axis="'total'", absence_code="'global'", absent_days=10),
    ),
    defect(
        "marts.mart_absence",
        "taux_plausible",
        row(
            "marts.mart_absence",
            **YEAR,
            axis="'total'",
            absence_code="'global'",
            mean_agents=50,
            month_count=12,
            absence_percent=15.1,
        ),
    ),
    # Movements
    shown("mart_movement", **YEAR, axis="'total'", movement_type="'arrival'", movement_count=1),
    few("mart_movement", **YEAR, axis="'total'", movement_type="'arrival'", movement_count=4),
    alone(
        "secret_par_difference_motifs",
        "mart_movement",
        {"axis": "'total'", "movement_count": 20},
        {"axis": "'motive'", "motive_family": "'retraite'", "movement_count": 16},
        {"axis": "'motive'", "motive_family": "'mutation'"},
        {**YEAR, "population": "'permanent'", "movement_type": "'departure'"},
    ),
    alone(
        "secret_par_difference_services",
        "mart_movement",
        {"axis": "'total'", "movement_type": "'internal'", "movement_count": 20},
        {"axis": "'service'", "movement_type": "'internal_in'", "service_id": "'A'", "movement_count": 16},
        {"axis": "'service'", "movement_type": "'internal_in'", "service_id": "'B'"},
        {**YEAR, "population": "'permanent'"},
    ),
    defect(
        "marts.mart_movement",
        "departs_par_motif",
        row("marts.mart_movement", **YEAR, axis="'total'", movement_type="'departure'", movement_count=20),
        row("marts.mart_movement", **YEAR, axis="'motive'", movement_type="'departure'", movement_count=19),
    ),
    # Equality
    shown("mart_pay_equality", **YEAR, axis="'total'", value_label="'Ensemble'", women_count=5),
    few("mart_pay_equality", **YEAR, axis="'total'", value_label="'Ensemble'", men_count=4),
    *(
        alone(
            f"secret_par_difference_{name}",
            "mart_pay_equality",
            {"axis": "'total'", "women_count": 20, "men_count": 20},
            {"axis": f"'{axis}'", "women_count": 15, "men_count": 15},
            {"axis": f"'{axis}'"},
            YEAR,
        )
        for name, axis in (("categories", "category"), ("filieres", "filiere"))
    ),
    defect(
        "marts.mart_pay_equality",
        "ecart_et_effets",
        row(
            "marts.mart_pay_equality",
            **YEAR,
            axis="'total'",
            value_label="'Ensemble'",
            women_received_pay_eur=90,
            men_received_pay_eur=100,
            received_gap_eur=10,
            working_time_effect_eur=5,
            structure_effect_eur=3,
            inside_category_effect_eur=1.99,
        ),
    ),
    # Forecast
    shown("mart_payroll_forecast", **FORECAST, payroll_eur=1),
    defect(
        "marts.mart_payroll_forecast",
        "prevision_et_facteurs",
        row("marts.mart_payroll_forecast", **FORECAST, is_realised="true", realised_eur=1, payroll_eur=0.99),
    ),
    defect(
        "marts.mart_payroll_forecast",
        "realise_de_la_paie",
        row("marts.mart_payroll_forecast", **FORECAST, is_last_known="true", realised_eur=0.01),
    ),
    defect(
        "marts.mart_payroll_forecast",
        "annee_entiere",
        row(
            "marts.mart_payroll_forecast",
            known_month="date '2099-05-01'",
            month="date '2099-11-01'",
            is_last_known="true",
        ),
    ),
    shown("mart_payroll_forecast_error", **YEAR, error_eur=1),
    defect(
        "marts.mart_payroll_forecast_error",
        "erreur_de_prevision",
        row(
            "marts.mart_payroll_forecast_error",
            **YEAR,
            known_month="date '2020-06-01'",
            realised_eur=1000001,
            error_percent=-2.1,
        ),
    ),
    # Scenarios
    shown("mart_payroll_scenario", **YEAR, scenario_id="'central'", driver="'total'", amount_eur=1),
    defect(
        "marts.mart_payroll_scenario",
        "scenario_et_facteurs",
        *(
            row(
                "marts.mart_payroll_scenario",
                **YEAR,
                scenario_id="'central'",
                year_rank=1,
                driver=f"'{driver}'",
                amount_eur=amount,
            )
            for driver, amount in (("total", 100), ("carried", 99.99))
        ),
    ),
    defect(
        "marts.mart_payroll_scenario",
        "scenario_part_de_l_atterrissage",
        row(
            "marts.mart_payroll_scenario",
            **YEAR,
            scenario_id="'central'",
            year_rank=0,
            driver="'total'",
            amount_eur=0.01,
        ),
    ),
    # Confidential tables that the marts sum
    defect(
        "confidential.fct_pay_component",
        "somme_des_composantes",
        row(
            "confidential.fct_pay_component",
            employer_siret="'99999999900014'",
            pay_month=MONTH,
            component="'ifse'",
            amount_eur=0.01,
        ),
    ),
    defect(
        "confidential.fct_payroll_month",
        "blocs_de_la_prevision",
        row(
            "confidential.fct_payroll_month",
            scope_id="'b'",
            pay_month=MONTH,
            cost_eur=100,
            recurring_gross_eur=50,
            once_gross_eur=10,
            variable_gross_eur=10,
            permanent_charges_eur=20,
            temporary_cost_eur=9.99,
        ),
    ),
]
