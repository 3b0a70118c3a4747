"""Inventories and registers once typed: nothing lost, one export standing for each date or layout."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "fixed_assets"

INVENTAIRE = [
    carried_over(
        "fixed_assets__inventaire",
        {
            "asset_id_inventory": "numero_inventaire",
            "gross_eur": "valeur_brute",
            "accumulated_eur": "cumul_amortissements",
            "charge_eur": "dotation_exercice",
            "net_eur": "valeur_nette",
            "in_service_on": "date_mise_en_service",
            "disposed_on": "date_sortie",
        },
    ),
    rule(
        "un_inventaire_par_date",
        "Un seul inventaire fait foi par budget et date d’arrêté",
        """select max(source_export) as source_export, 'date d’arrêté' as element from batch where is_standing
        group by source_budget_code, inventory_date having count(distinct source_export) > 1""",
        "critical",
        "Deux inventaires de la même date compteraient chaque bien deux fois.",
    ),
]

EQUIPEMENT = [
    carried_over(
        "fixed_assets__equipement",
        {
            "source_facility_code": "id_local",
            "area_m2": "surface",
            "latitude": "lat",
            "opened_on": "date_ouverture",
            "closed_on": "date_fermeture",
        },
    ),
    rule(
        "un_registre_par_modele",
        "Un seul registre fait foi par modèle",
        """select max(source_export) as source_export, layout_code as element from batch where is_standing
        group by layout_code having count(distinct source_export) > 1""",
        "critical",
        "Un registre ancien garderait des équipements fermés ou disparus.",
    ),
]

SUITES = {
    f"stg_fixed_assets__{table}": suite(f"staging.stg_fixed_assets__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {"inventaire": INVENTAIRE, "equipement": EQUIPEMENT}.items()
}
