"""Contracts, pay, absences of the DSN once numbers are followed and repeats removed. Tolerance: 0.00 euro."""

from expectations.common import rule, suite

LOOP = "Au plus trois changements de numéro sont suivis : au-delà, une personne compterait pour deux."

SUITES = {
    "int_payroll_dsn__agent": suite(
        "conformed.int_payroll_dsn__agent",
        rule(
            "changements_suivis",
            "Un numéro d'agent en vigueur n'en remplace pas un autre",
            """select 'agent' as element from batch as former
            join batch as current on former.agent_id = current.agent_pseudonym
            where current.agent_id <> current.agent_pseudonym""",
            "warning",
            LOOP + " (DSN, bloc S21.G00.31).",
        ),
    ),
    "int_payroll_dsn__contract": suite(
        "conformed.int_payroll_dsn__contract",
        rule(
            "changements_suivis",
            "Un numéro de contrat en vigueur n'en remplace pas un autre",
            """select 'contrat' as element from batch as former
            join batch as current on former.contract_id = current.contract_pseudonym
            where current.contract_id <> current.contract_pseudonym""",
            "warning",
            LOOP + " (DSN, S21.G00.41.014).",
        ),
    ),
    "int_payroll_dsn__contract_month": suite(
        "conformed.int_payroll_dsn__contract_month",
        rule(
            "debut_avant_fin",
            "Un contrat commence avant de finir",
            """select source_export, source_record, 'fin de contrat' as element from batch
            where end_date < start_date""",
            "warning",
            "Une fin avant le début retire l'agent de tous les effectifs (DSN, blocs 40 et 62).",
        ),
        rule(
            "quotite_sous_la_reference",
            "La quotité du contrat ne dépasse pas la quotité de référence",
            """select source_export, source_record, 'quotité' as element from batch
            where quota > reference_quota and reference_quota > 0""",
            "warning",
            "Une quotité au-dessus d'un temps plein est une erreur d'unité (DSN, S21.G00.40.012 et 013).",
        ),
    ),
    "int_payroll_dsn__pay_line": suite(
        "conformed.int_payroll_dsn__pay_line",
        rule(
            "brut_conserve",
            "Le brut est, au centime et par fichier, celui des rémunérations de type 001 qui font foi",
            """select source_export, abs(coalesce(kept.total, 0) - coalesce(said.total, 0)) as amount_eur
            from (
                select source_export, sum(amount_eur) as total from batch
                where line_kind = 'gross' group by source_export
            ) as kept
            full join (
                select source_export, sum(amount_eur) as total from staging.stg_payroll_dsn__remuneration
                where type_code = '001' group by source_export
            ) as said using (source_export)
            where coalesce(kept.total, 0) <> coalesce(said.total, 0)""",
            "critical",
            "Les types 001, 002, 003 et 010 sont quatre vues du même salaire : une seule compte, et tout entière.",
        ),
        rule(
            "part_patronale_connue",
            "Une cotisation déclarée en un seul montant se partage selon un taux connu à sa date",
            """select source_export, source_record, 'taux' as element, abs(amount_eur) as amount_eur from batch
            where warning_share_unknown""",
            "warning",
            "Sans taux daté (seeds/ref_payroll_rate.csv), la part de l'agent compterait comme un coût.",
        ),
        rule(
            "cotisation_connue",
            "Chaque code de cotisation est de ceux qu'une commune doit",
            """select source_export, source_record, 'code ' || contribution_code as element,
                abs(cotisation.amount_eur) as amount_eur
            from staging.stg_payroll_dsn__cotisation as cotisation
            left join seeds.ref_dsn_contribution as known using (contribution_code)
            where coalesce(known.payer, 'unknown') = 'unknown' and cotisation.amount_eur <> 0""",
            "warning",
            "Une cotisation sans payeur connu n'entre pas dans le coût : complétez seeds/ref_dsn_contribution.csv.",
        ),
    ),
    "int_payroll_dsn__absence": suite(
        "conformed.int_payroll_dsn__absence",
        rule(
            "absence_bien_datee",
            "Une absence dure moins de six ans",
            """select source_export, source_record, 'dates' as element from batch
            where end_date - start_date > 6 * 366""",
            "warning",
            "Le plus long congé d'un agent public, la longue durée, est de cinq ans, huit s'il vient du service.",
        ),
    ),
    "int_payroll_dsn__worked_hours": suite(
        "conformed.int_payroll_dsn__worked_hours",
        rule(
            "heures_plausibles",
            "Un contrat compte moins de 400 heures travaillées par ligne",
            "select source_export, source_record, 'heures' as element from batch where quantity > 400",
            "warning",
            "Des jours ou des centièmes lus comme des heures fausseraient les ETP des vacataires.",
        ),
    ),
}
