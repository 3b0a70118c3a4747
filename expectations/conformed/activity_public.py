"""Users of the town's activities, one row per user, activity and year, before anything is counted."""

from expectations.common import rule, suite

SUITES = {
    "int_activity_user": suite(
        "conformed.int_activity_user",
        rule(
            "un_usager_une_ligne",
            "Un usager n'a qu'une ligne par activité et par année",
            """select 'activité ' || activity_id || ', année ' || usage_year as element from batch
            group by usage_year, activity_id, user_pseudonym having count(*) > 1""",
            "critical",
            "Compté deux fois, il ferait passer une case au-dessus du minimum du secret statistique.",
        ),
        rule(
            "usages_conserves",
            "Aucun usage n'est perdu en rangeant chacun dans ses catégories",
            """select 'activité ' || activity_id || ', année ' || usage_year as element from (
                select usage_year, activity_id, sum(quantity) as quantity, count(*) as users from batch group by all
            ) as kept
            full join (
                select usage_year, coalesce(activity_id, 'inconnu') as activity_id, sum(quantity) as used,
                    count(distinct user_pseudonym) as known
                from intermediate.int_service_user where quantity > 0 group by all
            ) as uses using (usage_year, activity_id)
            where quantity is distinct from used or users is distinct from known""",
            "critical",
            "La somme des quantités et le nombre d'usagers sont ceux des logiciels.",
        ),
        rule(
            "pseudonyme_d_une_annee",
            "Un pseudonyme ne sert qu'une année : personne n'est suivi d'une année à l'autre",
            """select 'activité ' || min(activity_id) as element from batch
            group by user_pseudonym having count(distinct usage_year) > 1""",
            "critical",
            "Un usage suivi d'année en année deviendrait un fichier de population (CNIL ; docs/privacy.md).",
        ),
    )
}
