"""The energy files once typed: nothing lost, one version of each reading. Tolerance of energy: 0.001 kWh."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "energy"


def one_version(*key: str, condition: str = "is_standing"):
    """Return the rule that one reading of each ``key`` stands."""
    return rule(
        "une_version_fait_foi",
        "Une seule version de chaque mesure fait foi",
        f"""select max(source_export) as source_export from batch where {condition}
        group by {", ".join(key)} having count(*) > 1""",
        "critical",
        "Une mesure envoyée deux fois compterait deux fois son énergie.",
    )


SUITES = {
    "stg_energy__courbe": suite(
        "staging.stg_energy__courbe",
        carried_over(
            "energy__courbe",
            {"point_id": "prm", "measured_value": "valeur", "interval_start_at": "debut_intervalle"},
        ),
        accepted_only(SYSTEM),
        one_version("point_id", "reading_origin", "quantity_code", "flow_code", "interval_start_at"),
        rule(
            "energie_calculee",
            "Chaque valeur de puissance ou d'énergie active donne une énergie",
            """select source_export, source_record, 'Valeur' as element from batch
            where is_energy and measured_value is not null and energy_kwh is null""",
            "critical",
            "kWh = W × minutes / 60 000 (guide Enedis du flux R63).",
        ),
        rule(
            "jour_complet_au_plus",
            "Aucun jour n'a plus de minutes mesurées qu'il n'en a : 1380, 1440 ou 1500",
            """select source_export, element from (
                select max(source_export) as source_export, 'Horodate' as element
                from batch where is_standing and is_energy
                group by point_id, reading_origin, quantity_code, flow_code, reading_date
                having sum(interval_minutes) > max(date_diff(
                    'minute', timezone('Europe/Paris', reading_date::timestamp),
                    timezone('Europe/Paris', (reading_date + 1)::timestamp)
                ))
            )""",
            "warning",
            "Deux pas mêlés ou un décalage d'heure compteraient une énergie de trop. Les jours de changement d'heure "
            "ont 46 et 50 demi-heures.",
        ),
    ),
    "stg_energy__index_releve": suite(
        "staging.stg_energy__index_releve",
        carried_over("energy__index_releve", {"point_id": "prm", "index_value": "valeur", "reading_at": "instant_utc"}),
        accepted_only(SYSTEM),
        one_version(
            *("point_id", "quantity_code", "flow_code", "grid_code", "calendar_code", "class_code", "reading_at"),
            "reading_reason",
        ),
    ),
    "stg_energy__releve_gaz": suite(
        "staging.stg_energy__releve_gaz",
        carried_over("energy__releve_gaz", {"point_id": "pce"}),
        accepted_only(SYSTEM),
        one_version("point_id", "start_date", "end_date", condition="is_standing and energy_kwh is not null"),
        rule(
            "energie_connue",
            "Chaque relevé publié a une énergie",
            """select source_export, source_record, 'energieConsomme' as element from batch
            where is_standing and energy_kwh is null""",
            "warning",
            "Ses jours sont comptés comme manquants, jamais comme une consommation nulle.",
        ),
    ),
    "stg_energy__compteur": suite(
        "staging.stg_energy__compteur",
        carried_over(
            "energy__compteur",
            {"point_id": "point_id", "facility_share": "part", "valid_from": "date_debut", "valid_to": "date_fin"},
        ),
        accepted_only(SYSTEM),
        rule(
            "un_seul_tableau",
            "Un seul tableau des compteurs fait foi",
            """select max(source_export) as source_export from batch where is_standing
            having count(distinct source_export) > 1""",
            "critical",
            "Le dernier tableau reçu remplace les précédents en entier.",
        ),
    ),
}
