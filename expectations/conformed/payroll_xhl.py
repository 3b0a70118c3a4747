"""Payslips of the XHL in the conformed shape. Tolerance: 0.00 euro."""

from expectations.common import rule, suite

SUITES = {
    "int_payroll_xhl__pay_line": suite(
        "conformed.int_payroll_xhl__pay_line",
        rule(
            "lignes_conservees",
            "Gains et cotisations patronales sont, au centime et par fichier, ceux des bulletins qui font foi",
            """select source_export, abs(coalesce(kept.total, 0) - coalesce(said.total, 0)) as amount_eur
            from (select source_export, sum(amount_eur) as total from batch group by source_export) as kept
            full join (
                select source_export, sum(amount_eur) as total from staging.stg_payroll_xhl__ligne
                where is_gain or is_employer group by source_export
            ) as said using (source_export)
            where coalesce(kept.total, 0) <> coalesce(said.total, 0)""",
            "critical",
            "Le coût employeur est la somme des gains et des cotisations patronales, sans perte ni doublon.",
        ),
    ),
    "int_payroll_xhl__payslip": suite(
        "conformed.int_payroll_xhl__payslip",
        rule(
            "situation_connue",
            "Le statut de chaque bulletin est de la liste du schéma",
            """select source_export, source_record, 'Statut' as element from batch
            where status_code = 'autre' and upper(status_label) not like 'AUTRE%'""",
            "warning",
            "Un statut inconnu sort l'agent des effectifs par statut (XHL, élément Statut).",
        ),
    ),
}
