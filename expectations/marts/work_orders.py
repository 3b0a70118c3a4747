"""Work orders published: all of them, and their months add up."""

from expectations.common import rule
from expectations.marts import mart_suite

SUITES = {
    "fct_work_order": mart_suite(
        "fct_work_order",
        rule(
            "heures_des_exports",
            "Les heures publiées sont celles des exports qui font foi, à l'heure près",
            """select 'heures' as element
            from (select coalesce(sum(work_hours), 0) as hours from batch) as published
            cross join (
                select coalesce(sum(cast(nullif(heure.heures, '') as decimal(18, 4))), 0) as hours
                from raw.work_orders__heure as heure
                join staging.stg_work_orders__heure as typed using (source_export, source_record)
                join intermediate.int_work_orders__order as orders on typed.order_code = orders.order_code
                where typed.is_standing
            ) as received
            where published.hours <> received.hours""",
            "critical",
            "Recalculé depuis les fichiers reçus : les heures répartissent le coût des services techniques.",
        ),
        rule(
            "delai_plausible",
            "Aucun délai ne dépasse trois ans",
            "select source_export, source_record, 'délai' as element from batch where delay_days > 1096",
            "warning",
            "Une intervention oubliée puis fermée, ou une année fausse, tire la moyenne ; le délai médian y résiste.",
        ),
    ),
    "mart_work_order": mart_suite(
        "mart_work_order",
        rule(
            "mois_de_toutes_les_interventions",
            "Les mois ont ensemble autant de demandes et d'interventions terminées que la liste des interventions",
            """select 'demandes' as element
            from (select coalesce(sum(opened_count), 0) as opened, coalesce(sum(closed_count), 0) as closed from batch)
                as monthly
            cross join (select count(*) as opened, count(closed_date) as closed from marts.fct_work_order) as listed
            where monthly.opened <> listed.opened or monthly.closed <> listed.closed""",
            "critical",
            "Un mois sans ligne serait une intervention perdue (règle de conservation).",
        ),
        rule(
            "stock_positif",
            "Le stock d'un mois n'est jamais négatif",
            "select cast(month as varchar) as element from batch where backlog_count < 0",
            "critical",
            "Une intervention ne peut sortir du stock avant d'y être entrée.",
        ),
        rule(
            "stock_final",
            "Le stock du dernier mois est le nombre d'interventions ni terminées ni annulées",
            """select 'stock' as element
            from (
                select coalesce(sum(backlog_count), 0) as left_to_do from batch
                where month = (select max(month) from batch)
            ) as monthly
            cross join (
                select count(*) as left_to_do from marts.fct_work_order
                where closed_date is null and status_code <> 'cancelled'
            ) as listed
            where monthly.left_to_do <> listed.left_to_do""",
            "critical",
            "Le stock est cumulé de mois en mois : une erreur s'y propagerait jusqu'au dernier.",
        ),
    ),
}
