"""The tables of childcare once typed: nothing lost, and one export of each period that stands."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "childcare"
# Table -> typed column: raw column whose values must all be there.
CARRIED = {
    "enfant": {"child_pseudonym": "enfant_pseudonym", "age_band_code": "tranche_age", "band_from": "tranche_depuis"},
    "quotient": {"valid_from": "date_debut", "valid_to": "date_fin", "quotient_band_code": "tranche_quotient"},
    "activite": {"activity_code": "activite_id", "place_count": "places", "opening_hours": "heures_ouverture"},
    "unite": {"unit_code": "unite_id", "equivalent_days": "equiv_journees", "equivalent_hours": "equiv_heures"},
    "inscription": {"child_pseudonym": "enfant_pseudonym", "status_code": "statut", "valid_from": "date_debut"},
    "consommation": {
        "child_pseudonym": "enfant_pseudonym",
        "use_date": "date",
        "state_code": "etat",
        "quantity": "quantite",
        "contract_hours": "heures_contrat",
        "billed_hours": "heures_facturees",
        "entered_at": "date_saisie",
        "charge_code": "prestation_id",
    },
    "prestation": {
        "charge_date": "date",
        "initial_amount_eur": "montant_initial",
        "amount_eur": "montant",
        "quantity": "quantite",
    },
    "facture": {"issue_date": "date_edition", "total_eur": "total", "paid_eur": "regle", "due_eur": "solde"},
    "frequentation": {"meal_date": "date", "forecast_quantity": "forecast", "served_quantity": "served"},
}
# Table -> what an export replaces as a whole.
SCOPES = {
    "enfant": "school_year",
    "quotient": "school_year",
    "activite": "true",
    "unite": "true",
    "inscription": "school_year",
    "consommation": "use_month, activity_code",
    "prestation": "charge_month",
    "facture": "issue_month",
    "frequentation": "meal_month, site_code",
}


def one_stands(scope: str):
    """Return the rule that the rows of a scope that stand come from one export."""
    return rule(
        "une_version_fait_foi",
        "Un seul export de chaque période fait foi",
        f"""select max(source_export) as source_export from batch where is_standing
        group by {scope} having count(distinct source_export) > 1""",
        "critical",
        "Un mois ou une liste envoyés deux fois compteraient deux fois.",
    )


SUITES = {
    f"stg_childcare__{table}": suite(
        f"staging.stg_childcare__{table}",
        accepted_only(SYSTEM),
        carried_over(f"childcare__{table}", columns),
        one_stands(SCOPES[table]),
    )
    for table, columns in CARRIED.items()
}
