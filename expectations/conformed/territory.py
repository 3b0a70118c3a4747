"""Neighbourhoods, their inhabitants, school days and degree days in the conformed shape."""

from expectations.common import rule, suite

NEIGHBOURHOOD = [
    rule(
        "secteur_unique",
        "Un code ne désigne qu'un secteur de son découpage",
        """select max(source_export) as source_export, neighbourhood_kind as element from batch
        group by neighbourhood_kind, neighbourhood_code having count(*) > 1""",
        "critical",
        "Un secteur en double compterait deux fois ses habitants.",
    ),
    rule(
        "secteurs_conserves",
        "Tout secteur d'un fichier qui fait foi est là",
        """select distinct contour.source_export, contour.neighbourhood_kind as element
        from staging.stg_territory__contour as contour
        anti join batch using (neighbourhood_kind, neighbourhood_code)
        where contour.is_standing""",
        "critical",
        "Les habitants d'un secteur absent n'auraient pas de nom de quartier.",
    ),
]

POPULATION = [
    rule(
        "population_conservee",
        "Les tranches d'âge font la population de la commune, à 1 habitant près par recensement",
        """select 'recensement ' || census_year as element
        from (
            select census_year, commune_insee_code, sum(inhabitant_count) as inhabitants from batch
            group by census_year, commune_insee_code
        ) as kept
        left join (
            select census_year, commune_insee_code, sum(inhabitant_count) as inhabitants
            from staging.stg_territory__population where is_standing and insee_column = 'POP'
            group by census_year, commune_insee_code
        ) as said using (census_year, commune_insee_code)
        where said.inhabitants is null or abs(kept.inhabitants - said.inhabitants) > 1""",
        "critical",
        "Les taux par habitant se rapportent à cette population. La tolérance est celle des arrondis de l'INSEE.",
    ),
    rule(
        "iris_avec_contour",
        "Chaque IRIS habité a un contour, quand des contours ont été déposés",
        """select distinct batch.source_export, 'IRIS ' || batch.iris_code as element from batch
        anti join intermediate.int_territory__neighbourhood as known
            on known.neighbourhood_kind = 'iris' and known.neighbourhood_code = batch.iris_code
        where batch.inhabitant_count > 0 and exists (
            select 1 from intermediate.int_territory__neighbourhood where neighbourhood_kind = 'iris'
        )""",
        "warning",
        "Les IRIS changent : contours et population doivent être du même millésime, sinon des habitants n'ont pas de "
        "quartier.",
    ),
]

SCHOOL_HOLIDAY = [
    rule(
        "jour_unique",
        "Chaque jour n'est qu'une fois dans le calendrier",
        """select max(source_export) as source_export, 'jour' as element from batch
        group by date_day having count(*) > 1""",
        "critical",
        "Un jour en double doublerait les lignes du calendrier.",
    ),
]

SCHOOL_DAY = [
    rule(
        "calendrier_conserve",
        "Chaque jour du calendrier scolaire est classé",
        """select 'jour' as element from intermediate.int_territory__school_holiday
        anti join batch using (date_day)""",
        "critical",
        "Un jour non classé ne compterait ni comme école ni comme vacances.",
    ),
    rule(
        "jours_d_ecole_plausibles",
        "Une année civile complète compte de 120 à 160 jours d'école",
        """select 'année ' || year(date_day) as element from batch
        group by year(date_day)
        having count(*) >= 365 and count(*) filter (where is_school_day) not between 120 and 160""",
        "warning",
        "Trente-six semaines de quatre jours font 144 jours (code de l'éducation, article L. 521-1) : un autre nombre "
        "montre un calendrier incomplet ou d'une autre zone.",
    ),
]

DEGREE_DAY = [
    rule(
        "mois_unique",
        "Chaque mois d'une station n'est qu'une fois",
        """select max(source_export) as source_export, 'mois' as element from batch
        group by weather_station_label, month_start_date having count(*) > 1""",
        "critical",
        "Un mois en double doublerait les degrés-jours.",
    ),
]

SUITES = {
    f"int_territory__{table}": suite(f"conformed.int_territory__{table}", *rules)
    for table, rules in {
        "neighbourhood": NEIGHBOURHOOD,
        "population": POPULATION,
        "school_holiday": SCHOOL_HOLIDAY,
        "school_day": SCHOOL_DAY,
        "degree_day": DEGREE_DAY,
    }.items()
}
