"""Files of the territory once typed: nothing lost, and of each kind the last one received."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "territory"

ADRESSE = [
    rule(
        "adresses_conservees",
        "Chaque adresse reçue garde un point, et un seul",
        """select coalesce(kept.source_export, received.source_export) as source_export, 'nombre d''adresses' as element
        from (select source_export, count(*) as addresses from batch group by source_export) as kept
        full join (
            select source_export, count(*) as addresses from (
                select distinct source_export, trim(commune_insee), lower(trim(voie_nom)), cast(numero as integer),
                    nullif(lower(trim(suffixe)), '')
                from raw.territory__adresse
            ) group by source_export
        ) as received using (source_export)
        where kept.addresses is distinct from received.addresses""",
        "critical",
        "Une adresse a autant de lignes que de points (entrée, parcelle…) : la BAL les distingue par leur position.",
    ),
    rule(
        "une_base_fait_foi",
        "Un seul fichier d'adresses fait foi",
        """select max(source_export) as source_export, 'fichier' as element from batch
        where is_standing having count(distinct source_export) > 1""",
        "critical",
        "Une adresse supprimée par la commune ne doit pas revenir d'un fichier plus ancien.",
    ),
]

CONTOUR = [
    carried_over(
        "territory__contour",
        {
            "neighbourhood_kind": "kind",
            "neighbourhood_code": "code",
            "neighbourhood_label": "nom",
            "valid_to": "valid_to",
        },
    ),
    rule(
        "un_fichier_par_decoupage",
        "Un seul fichier de chaque découpage fait foi",
        """select max(source_export) as source_export, neighbourhood_kind as element from batch where is_standing
        group by neighbourhood_kind, valid_from having count(distinct source_export) > 1""",
        "critical",
        "Deux découpages mêlés compteraient une adresse dans deux quartiers.",
    ),
]

POPULATION = [
    carried_over(
        "territory__population",
        {"iris_code": "iris_code", "census_year": "annee", "insee_column": "colonne", "inhabitant_count": "valeur"},
    ),
    rule(
        "un_fichier_par_recensement",
        "Un seul fichier de chaque recensement fait foi",
        """select max(source_export) as source_export, 'recensement ' || census_year as element from batch
        where is_standing group by census_year having count(distinct source_export) > 1""",
        "critical",
        "Deux fichiers du même recensement doubleraient la population.",
    ),
]

JOUR_DE_VACANCES = [
    carried_over(
        "territory__jour_de_vacances",
        {"date_day": "date", "is_holiday_zone_b": "vacances_zone_b", "school_holiday_label": "nom_vacances"},
    ),
    rule(
        "un_jour_fait_foi",
        "Chaque jour n'a qu'une ligne qui fait foi",
        """select max(source_export) as source_export, 'jour' as element from batch
        where is_standing group by date_day having count(*) > 1""",
        "critical",
        "Un jour compté deux fois doublerait les jours d'école.",
    ),
]

DEGRE_JOUR = [
    carried_over("territory__degre_jour", {"month_start_date": "mois", "heating_degree_days": "dju"}),
    rule(
        "un_mois_fait_foi",
        "Chaque mois d'une station n'a qu'une ligne qui fait foi",
        """select max(source_export) as source_export, 'mois' as element from batch
        where is_standing group by weather_station_label, month_start_date having count(*) > 1""",
        "critical",
        "Un mois compté deux fois fausserait la correction du climat.",
    ),
]

SUITES = {
    f"stg_territory__{table}": suite(f"staging.stg_territory__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {
        "adresse": ADRESSE,
        "contour": CONTOUR,
        "population": POPULATION,
        "jour_de_vacances": JOUR_DE_VACANCES,
        "degre_jour": DEGRE_JOUR,
    }.items()
}
