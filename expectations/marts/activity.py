"""What the town does: as much as the systems say, in plausible proportions."""

from great_expectations.expectations.expectation import Expectation

from expectations.common import rule
from expectations.marts import mart_suite

WHY_CONSERVED = "Un repas ou une heure perdus en route fausseraient fréquentation et coût unitaire."


def _conserved(measures: dict[str, str], condition: str) -> Expectation:
    """Return the rule that each column of the mart adds up to its measure in the union, under ``condition``."""
    cases = " union all ".join(
        f"""select 'mesure {measure}' as element from (select sum({column}) as total from batch) as shown
        cross join (
            select sum(quantity) as total from intermediate.int_activity
            where measure_code = '{measure}' and {condition}
        ) as known where shown.total is distinct from known.total"""
        for column, measure in measures.items()
    )
    return rule(
        "quantites_conservees",
        "Les quantités sont, à l'unité près, celles de l'activité : " + ", ".join(measures),
        f"select element from ({cases})",
        "critical",
        WHY_CONSERVED,
    )


SUITES = {
    "mart_activity": mart_suite(
        "mart_activity",
        rule(
            "quantites_conservees",
            "Les quantités sont, à l'unité près, celles de l'activité, par exercice et par mesure",
            """select 'exercice ' || coalesce(shown.exercice, known.exercice) || ', mesure '
                || coalesce(shown.measure_code, known.measure_code) as element
            from (select exercice, measure_code, sum(quantity) as total from batch group by all) as shown
            full join (
                select year(activity_date) as exercice, measure_code, sum(quantity) as total
                from intermediate.int_activity group by all
            ) as known using (exercice, measure_code)
            where shown.total is distinct from known.total""",
            "critical",
            WHY_CONSERVED,
        ),
        rule(
            "libelles_presents",
            "Chaque service, activité et mesure a un libellé",
            """select measure_code as element from batch
            where measure_label is null or activity_label is null
                or (service_id is not null and service_label is null)""",
            "warning",
            "Un code sans libellé ne dit rien à qui lit le tableau.",
        ),
    ),
    "mart_meal": mart_suite(
        "mart_meal",
        _conserved(
            {"forecast_meals": "meal_forecast", "served_meals": "meal_served"},
            "activity_id = 'school_meal' and period = 'day'",
        ),
        rule(
            "presence_plausible",
            "On ne sert pas plus d'une fois et demie les repas prévus d'un jour",
            """select 'cantine ' || coalesce(facility_id, source_facility_code) || ', ' || meal_date as element
            from batch where served_meals > 1.5 * forecast_meals""",
            "warning",
            "Au-delà, prévision et repas servis ne parlent sans doute pas du même lieu (deux orthographes d'un nom).",
        ),
    ),
    "mart_nursery": mart_suite(
        "mart_nursery",
        _conserved(
            {
                "capacity_hours": "hour_capacity",
                "contracted_hours": "hour_contracted",
                "billed_hours": "hour_billed",
                "attended_hours": "hour_attended",
            },
            "activity_id = 'nursery'",
        ),
        rule(
            "occupation_plausible",
            "Une crèche n'est pas occupée à plus de 115 % de sa capacité théorique",
            """select 'crèche ' || coalesce(facility_id, source_facility_code) || ', ' || month_start_date as element
            from batch where occupancy_share > 1.15""",
            "warning",
            "La capacité théorique (places × heures d'ouverture) est alors fausse ; l'accueil en surnombre est limité "
            "à 115 % (code de la santé publique, R. 2324-27).",
        ),
        rule(
            "facturation_plausible",
            "Les heures facturées d'un mois sont entre 90 % et 150 % des heures réalisées",
            """select 'crèche ' || coalesce(facility_id, source_facility_code) || ', ' || month_start_date as element
            from batch where billing_rate not between 0.9 and 1.5""",
            "warning",
            "La CAF réduit son aide au-delà de 117 % ; en deçà de 100 % des heures ne sont pas facturées.",
        ),
    ),
    "mart_leisure": mart_suite(
        "mart_leisure",
        _conserved(
            {"bookings": "booking", "attended_days": "day_attended", "attended_hours": "hour_attended"},
            "activity_id in ('after_school', 'leisure_centre')",
        ),
    ),
    "dim_activity": mart_suite(
        "dim_activity",
        rule(
            "service_connu",
            "Chaque activité est d'un service de la commune",
            """select 'activité ' || activity_id as element from batch
            where service_id not in (select service_id from marts.dim_service)""",
            "critical",
            "Une activité sans service n'a pas de coût.",
        ),
    ),
}
