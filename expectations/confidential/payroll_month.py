"""Pay by component and payroll by month: what the HR marts sum, still of one agent or of a few."""

from expectations.common import rule, suite
from expectations.marts import no_trace_of_a_person

SUITES = {
    "fct_pay_component": suite(
        "confidential.fct_pay_component",
        rule(
            "somme_des_composantes",
            "Les composantes font, au centime, le coût des lignes de paie, par établissement et par mois",
            """select 'établissement ' || employer_siret || ', ' || pay_month as element,
                abs(coalesce(parts.total, 0) - coalesce(lines.total, 0)) as amount_eur
            from (
                select employer_siret, pay_month, sum(amount_eur) as total from batch group by employer_siret, pay_month
            ) as parts
            full join (
                select employer_siret, pay_month, sum(amount_eur) as total from confidential.fct_pay_line
                where line_kind <> 'detail' group by employer_siret, pay_month
            ) as lines using (employer_siret, pay_month)
            where coalesce(parts.total, 0) <> coalesce(lines.total, 0)""",
            "critical",
            "Un détail compté en plus du brut, ou un brut sans composante, fausserait la masse salariale (0,00 €).",
        ),
        no_trace_of_a_person("fct_pay_component"),
    ),
    "fct_payroll_month": suite(
        "confidential.fct_payroll_month",
        rule(
            "blocs_de_la_prevision",
            "Les cinq blocs de la prévision font le coût du mois, au centime",
            """select 'budget ' || scope_id || ', ' || pay_month as element,
                abs(cost_eur - recurring_gross_eur - once_gross_eur - variable_gross_eur - permanent_charges_eur
                    - temporary_cost_eur) as amount_eur
            from batch
            where cost_eur <> recurring_gross_eur + once_gross_eur + variable_gross_eur + permanent_charges_eur
                + temporary_cost_eur""",
            "critical",
            "Un euro hors des blocs ne serait jamais prévu.",
        ),
        no_trace_of_a_person("fct_payroll_month"),
    ),
}
