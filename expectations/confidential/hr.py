"""Agents, pay, absences and movements, one by one: every euro of the payroll files, and nobody named."""

from expectations.common import rule, suite
from expectations.marts import no_trace_of_a_person

COST = "line_kind <> 'detail'"

SUITES = {
    "dim_agent": suite(
        "confidential.dim_agent",
        rule(
            "age_plausible",
            "Chaque agent a entre 14 et 100 ans",
            """select source_export, source_record, 'année de naissance' as element from batch
            where extract(year from last_month) - birth_year not between 14 and 100""",
            "warning",
            "Une année de naissance fausse déplace l'agent dans la pyramide des âges.",
        ),
        rule(
            "grade_connu",
            "Chaque agent permanent a un grade de la table NET déposée, s'il y en a une",
            """select source_export, source_record, 'grade ' || net_code as element from batch
            where is_permanent and net_code is not null and category_code is null
                and (select count(*) from intermediate.int_reference__net) > 0""",
            "warning",
            "Sans la table NET (nomenclature des emplois territoriaux), ni catégorie ni filière : déposez celle de "
            "l'année.",
        ),
        no_trace_of_a_person("dim_agent"),
    ),
    "fct_agent_month": suite(
        "confidential.fct_agent_month",
        rule(
            "cout_conserve",
            "Le coût des agents est, au centime, celui des lignes de paie, par employeur et par mois",
            f"""select 'employeur ' || employer_siret || ', ' || pay_month as element,
                abs(coalesce(months.total, 0) - coalesce(lines.total, 0)) as amount_eur
            from (
                select employer_siret, pay_month, sum(cost_eur) as total from batch
                group by employer_siret, pay_month
            ) as months
            full join (
                select employer_siret, pay_month, sum(amount_eur) as total from confidential.fct_pay_line
                where {COST} group by employer_siret, pay_month
            ) as lines using (employer_siret, pay_month)
            where coalesce(months.total, 0) <> coalesce(lines.total, 0)""",
            "critical",
            "Un mois d'agent perdu ou doublé fausserait effectifs et masse salariale (règle de conservation, 0,00 €).",
        ),
        rule(
            "rattachement_conserve",
            "Ce qui est rattaché à un mois est, au total, ce qui a été payé",
            """select 'employeur ' || employer_siret as element,
                abs(sum(cost_eur) - sum(cost_attached_eur)) as amount_eur
            from batch group by employer_siret having sum(cost_eur) <> sum(cost_attached_eur)""",
            "critical",
            "Un rappel change de mois, jamais de montant.",
        ),
        rule(
            "quotite_plausible",
            "La quotité d'un contrat est entre 0 et 1,2",
            """select source_export, source_record, 'quotité' as element from batch
            where quota_share < 0 or quota_share > 1.2""",
            "warning",
            "Au-delà, la quotité de référence est fausse (DSN, S21.G00.40.012 et 013).",
        ),
        rule(
            "variation_du_brut",
            "D'un mois à l'autre, le brut d'un employeur d'au moins 50 agents varie de moins de 15 %, primes de fin "
            "d'année à part",
            """select 'employeur ' || employer_siret || ', ' || pay_month as element, abs(gross - before) as amount_eur
            from (
                select employer_siret, pay_month, sum(gross_eur) as gross, count(distinct agent_id) as agents,
                    lag(sum(gross_eur)) over (partition by employer_siret order by pay_month) as before
                from batch where gross_eur <> 0 group by employer_siret, pay_month
            ) where agents >= 50 and month(pay_month) not in (7, 8, 9, 11, 12, 1)
                and abs(gross - before) > 0.15 * before""",
            "warning",
            "Un saut signale un fichier de paie manquant, doublé ou d'un autre employeur. Été et fin d'année ont leurs "
            "saisonniers et leurs primes.",
        ),
        no_trace_of_a_person("fct_agent_month"),
    ),
    "fct_pay_line": suite(
        "confidential.fct_pay_line",
        rule(
            "brut_annuel_positif",
            "Le brut d'un contrat n'est pas négatif sur une année",
            """select max(source_export) as source_export, max(source_record) as source_record,
                'brut de l’année' as element, abs(sum(amount_eur)) as amount_eur
            from batch where line_kind = 'gross'
            group by employer_siret, contract_id, agent_id, year(pay_month) having sum(amount_eur) < 0""",
            "warning",
            "Une régularisation négative suit un trop-payé : au-delà d'une année, le fichier d'origine manque.",
        ),
        no_trace_of_a_person("fct_pay_line"),
    ),
    "fct_absence": suite(
        "confidential.fct_absence",
        rule(
            "jours_dans_le_mois",
            "Une absence a, dans un mois, de 1 à autant de jours que le mois",
            """select source_export, source_record, 'jours' as element from batch
            where calendar_days not between 1 and extract(day from last_day(absence_month))""",
            "critical",
            "Un jour compté deux fois fausserait les taux d'absence.",
        ),
        rule(
            "motif_connu",
            "Chaque motif d'absence ou de suspension est connu",
            """select source_export, source_record, 'bloc ' || block || ', motif ' || motive_code as element from batch
            where motive_family = 'autre'""",
            "warning",
            "Un motif inconnu n'entre dans aucun taux : complétez seeds/ref_dsn_absence.csv.",
        ),
        no_trace_of_a_person("fct_absence"),
    ),
    "fct_movement": suite(
        "confidential.fct_movement",
        rule(
            "depart_motive",
            "Chaque départ a un motif connu",
            """select source_export, source_record, 'motif ' || coalesce(motive_code, 'absent') as element from batch
            where movement_type = 'departure' and motive_family = 'autre'""",
            "warning",
            "Sans motif, un départ ne se classe ni en retraite ni en mutation (DSN, S21.G00.62.002).",
        ),
        no_trace_of_a_person("fct_movement"),
    ),
}
