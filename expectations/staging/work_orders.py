"""Work orders once typed: the last word on each of them, and the lines that count."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "work_orders"

INTERVENTION = [
    carried_over(
        "work_orders__intervention",
        {
            "order_code": "id",
            "requested_at": "date_demande",
            "started_at": "date_debut",
            "done_at": "date_fin",
            "source_facility_code": "site_code",
            "external_eur": "prestation_externe",
            "vehicle_km": "vehicule_km",
        },
    ),
    rule(
        "une_ligne_fait_foi",
        "Une ligne, et une seule, fait foi pour chaque intervention reçue",
        """select max(source_export) as source_export, 'intervention' as element from batch
        group by order_code having count(*) filter (where is_standing) <> 1""",
        "critical",
        "Une intervention envoyée deux fois compterait deux fois ; une intervention perdue, jamais.",
    ),
]

HEURE = [
    carried_over(
        "work_orders__heure",
        {
            "order_code": "intervention_id",
            "work_date": "date",
            "work_hours": "heures",
            "supply_quantity": "fournitures_qte",
        },
    ),
    rule(
        "heures_exactes",
        "Le typage ne change aucune heure",
        """select source_export, 'heures' as element
        from (select source_export, sum(work_hours) as total from batch group by source_export) as typed
        full join (
            select source_export, sum(cast(nullif(heures, '') as decimal(18, 4))) as total
            from raw.work_orders__heure group by source_export
        ) as received using (source_export)
        where typed.total is distinct from received.total""",
        "critical",
        "Les heures sont la clé de répartition des services techniques : elles se conservent (règle de conservation).",
    ),
    rule(
        "un_export_fait_foi",
        "Les lignes d'une intervention qui font foi viennent d'un seul export",
        """select max(source_export) as source_export, 'intervention' as element from batch where is_standing
        group by order_code having count(distinct source_export) > 1""",
        "critical",
        "Des heures envoyées deux fois compteraient deux fois.",
    ),
    rule(
        "heures_en_baisse",
        "Une intervention renvoyée n'a pas moins d'heures qu'avant",
        """select before.source_export, 'intervention' as element
        from (
            select order_code, source_export, superseded_by_export, sum(work_hours) as total from batch
            where not is_standing group by order_code, source_export, superseded_by_export
        ) as before
        join (
            select order_code, source_export, sum(work_hours) as total from batch
            where is_standing group by order_code, source_export
        ) as after
            on before.order_code = after.order_code and before.superseded_by_export = after.source_export
        where coalesce(after.total, 0) < before.total""",
        "warning",
        "Un export d'heures remplace toutes celles des interventions qu'il nomme : un export du seul mois perdrait les "
        "heures des mois précédents. Sinon, c'est une correction.",
    ),
]

SUITES = {
    f"stg_work_orders__{table}": suite(f"staging.stg_work_orders__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {"intervention": INTERVENTION, "heure": HEURE}.items()
}
