"""The payroll files beside the mandats: every gap shown. Tolerance: 0.00 euro."""

from expectations.common import rule
from expectations.marts import mart_suite

SUITES = {
    "mart_payroll_reconciliation": mart_suite(
        "mart_payroll_reconciliation",
        rule(
            "ecart_de_paie_explique",
            "Aucun écart entre paie et mandats ne reste à expliquer",
            """select 'budget ' || budget_id || ', ' || pay_month || ', ' || family_label as element,
                abs(gap_eur) as amount_eur
            from batch where explanation = 'Écart à expliquer'""",
            "warning",
            "La paie déclarée et les mandats du chapitre 012 décrivent les mêmes euros : un écart est un fichier ou un "
            "mandat manquant.",
        ),
        rule(
            "cellules_secretes",
            "Aucun montant de paie de moins de cinq agents n'est montré",
            """select 'budget ' || budget_id || ', ' || pay_month || ', ' || family_label as element
            from batch where agent_count between 1 and 4
                or (secrecy_status <> 'V' and (payroll_eur is not null or gap_eur is not null))""",
            "critical",
            "Le montant d'une famille versée à quelques agents dirait la paie de chacun (docs/privacy.md).",
        ),
    ),
}
