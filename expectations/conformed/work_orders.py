"""Work orders that stand, classified with the town's own lists: nothing lost on the way, what has no place counted."""

from expectations.common import rule, suite

# The share of activity beyond which a code without mapping makes the figures of services or buildings wrong.
UNMAPPED_SHARE = "0.005"


def mapped(name: str, what: str, source: str, target: str, seed: str):
    """Return the rule that the codes without mapping weigh next to nothing: hours, and one for each order."""
    weight = "work_hours + 1"
    return rule(
        name,
        f"{what} : les codes sans correspondance pèsent moins de 0,5 % des heures et des interventions",
        f"""select max(source_export) as source_export, '{seed}' as element from batch
        having sum(case when {source} is not null and {target} is null then {weight} else 0 end)
            > {UNMAPPED_SHARE} * sum({weight})""",
        "warning",
        "Ils sont conservés sous leur propre code et comptés, mais n'apparaissent dans aucun regroupement : les "
        f"ajouter à seeds/{seed}.csv.",
    )


ORDER = [
    rule(
        "toutes_les_interventions",
        "Chaque intervention reçue a une ligne, sauf si l'outil la dit supprimée",
        """select received.source_export, received.source_record from staging.stg_work_orders__intervention as received
        left join seeds.map_work_orders__status as statuses on received.source_status_code = statuses.source_code
        anti join batch using (order_code)
        where received.is_standing and statuses.status_code is distinct from 'deleted'""",
        "critical",
        "Une intervention perdue au classement est un délai et des heures de moins, sans erreur visible.",
    ),
    rule(
        "intervention_en_une_ligne",
        "Une intervention n'a qu'une ligne",
        "select max(source_export) as source_export from batch group by order_code having count(*) > 1",
        "critical",
        "Deux correspondances de même date pour un code doubleraient ses interventions.",
    ),
    rule(
        "statut_connu",
        "Chaque statut est dans la table de correspondance",
        "select source_export, source_record, 'statut' as element from batch where status_code = 'unknown'",
        "warning",
        "Une intervention de statut inconnu n'est jamais terminée : l'ajouter à seeds/map_work_orders__status.csv.",
    ),
    rule(
        "delai_positif",
        "Une intervention finit après avoir été demandée",
        "select source_export, source_record, 'date_fin' as element from batch where warning_negative_delay",
        "warning",
        "Une date fausse : l'intervention compte, mais sans délai.",
    ),
    rule(
        "terminee_et_datee",
        "Une intervention terminée a une date de fin",
        """select source_export, source_record, 'date_fin' as element from batch
        where status_code = 'closed' and closed_date is null""",
        "warning",
        "Sans date de fin elle n'est terminée en aucun mois et reste dans le stock.",
    ),
    mapped("lieu_rattache", "Bâtiments", "source_facility_code", "facility_id", "map_work_orders__facility"),
    mapped("service_rattache", "Services demandeurs", "source_service_code", "service_id", "map_work_orders__service"),
    mapped("equipe_rattachee", "Équipes", "source_team_code", "performing_service_id", "map_work_orders__service"),
    mapped("categorie_rattachee", "Catégories", "source_activity_code", "activity_id", "map_work_orders__activity"),
]

LINE = [
    rule(
        "heures_conservees",
        "Les heures qui font foi sont toutes là, sauf celles des interventions supprimées",
        """select received.source_export, received.source_record
        from staging.stg_work_orders__heure as received
        left join (
            select told.order_code from staging.stg_work_orders__intervention as told
            join seeds.map_work_orders__status as statuses on told.source_status_code = statuses.source_code
            where told.is_standing and statuses.status_code = 'deleted'
        ) as deleted using (order_code)
        left join batch using (source_export, source_record)
        where received.is_standing and deleted.order_code is null
            and coalesce(batch.work_hours, -1) <> coalesce(received.work_hours, 0)""",
        "critical",
        "Les heures sont la clé de répartition des services techniques (règle de conservation).",
    ),
    rule(
        "intervention_connue",
        "Chaque ligne d'heures est celle d'une intervention reçue",
        "select source_export, source_record, 'intervention_id' as element from batch where not is_order_known",
        "warning",
        "Ses heures comptent, mais sans bâtiment ni demandeur : déposer aussi le tableau des interventions.",
    ),
    rule(
        "heures_datees",
        "Chaque ligne d'heures a un jour, le sien ou celui de son intervention",
        "select source_export, source_record, 'date' as element from batch where work_date is null and work_hours <> 0",
        "warning",
        "Des heures sans date ne sont dans aucun mois.",
    ),
]

ACTIVITY = [
    rule(
        "activite_conservee",
        "L'activité a autant d'interventions terminées et d'heures que les interventions elles-mêmes",
        """select coalesce(counted.measure_code, known.measure_code) as element
        from (select measure_code, sum(quantity) as quantity from batch group by measure_code) as counted
        full join (
            select 'work_hour' as measure_code, sum(work_hours) as quantity from intermediate.int_work_orders__line
            where work_date is not null and work_hours <> 0
            union all
            select 'intervention', count(*) from intermediate.int_work_orders__order where closed_date is not null
        ) as known using (measure_code)
        where coalesce(counted.quantity, 0) <> coalesce(known.quantity, 0)""",
        "critical",
        "Regrouper par jour et par lieu ne doit rien perdre (règle de conservation).",
    ),
]

SUITES = {
    f"int_work_orders__{table}": suite(f"conformed.int_work_orders__{table}", *rules)
    for table, rules in {"order": ORDER, "line": LINE, "activity": ACTIVITY}.items()
}
