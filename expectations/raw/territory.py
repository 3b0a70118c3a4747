"""What the files of the territory must be, as received: addresses on the ground, contours, counts that add up."""

from expectations.common import known_codes, raw_suites, rule

ADRESSE = [
    rule(
        "adresse_situee",
        "Chaque adresse a des coordonnées, en degrés ou en Lambert-93",
        """select source_export, source_record, 'long, lat' as element from batch
        where (coalesce(long, '') = '' or coalesce(lat, '') = '') and (coalesce(x, '') = '' or coalesce(y, '') = '')""",
        "warning",
        "Une adresse sans coordonnées n'a pas de quartier : ses habitants compteraient comme inconnus (BAL v1.4).",
    ),
    rule(
        "longitude_et_latitude",
        "Longitude et latitude sont celles d'un point de France, outre-mer compris, sans être échangées",
        """select source_export, source_record, 'long, lat' as element from batch
        where try_cast(long as double) not between -178.5 and 172 or try_cast(lat as double) not between -51 and 51.2
            or (try_cast(long as double) between 41 and 51.2 and try_cast(lat as double) between -5.2 and 9.7)""",
        "warning",
        "Des coordonnées échangées ou en mètres mettraient toutes les adresses hors des quartiers.",
    ),
    rule(
        "code_insee_de_la_commune",
        "Le code de la commune a cinq caractères",
        """select source_export, source_record, 'commune_insee' as element from batch
        where not regexp_matches(trim(commune_insee), '^[0-9][0-9AB][0-9]{3}$')""",
        "warning",
        "Un tableur enlève le 0 de tête : 01004 deviendrait 1004 et ne rencontrerait aucun IRIS.",
    ),
    rule(
        "une_seule_commune",
        "Le fichier ne contient que les adresses d'une commune",
        """select source_export, 'commune_insee' as element from batch
        group by source_export having count(distinct trim(commune_insee)) > 1""",
        "warning",
        "La commune qui a le plus d'adresses est prise pour la ville : déposer la BAL de la commune seule.",
    ),
]

CONTOUR = [
    known_codes(
        "decoupage_connu",
        "Un contour est celui d'un IRIS, d'un quartier ou d'un QPV",
        "kind",
        ["iris", "quartier", "qpv"],
        "Chaque sorte de contour a sa colonne dans les tables publiées.",
        severity="critical",
    ),
    known_codes(
        "type_d_iris_connu",
        "Le type d'un IRIS est H, A, D ou Z",
        "upper(typ_iris)",
        ["H", "A", "D", "Z"],
        "Nomenclature de l'IGN et de l'INSEE (CONTOURS-IRIS) : habitat, activité, divers, commune non découpée.",
    ),
    rule(
        "contour_en_polygone",
        "Chaque contour est un polygone",
        """select source_export, source_record, 'geometry' as element from batch
        where not regexp_matches(geometrie, '^(MULTI)?POLYGON ?[(]')""",
        "critical",
        "Un contour sans surface ne contiendrait aucune adresse.",
    ),
    rule(
        "qpv_en_vigueur",
        "Chaque QPV a le premier jour de sa validité",
        """select source_export, source_record, 'valid_from' as element from batch
        where kind = 'qpv' and coalesce(valid_from, '') = ''""",
        "critical",
        "Les quartiers prioritaires de 2015 (QP) valent jusqu'au 31 décembre 2023, ceux de 2024 (QN) ensuite (décrets "
        "n° 2014-1750 et n° 2023-1314).",
    ),
]

POPULATION = [
    known_codes(
        "colonne_connue",
        "Les colonnes sont la population, celle de chaque sexe et celle des dix tranches d'âge",
        "colonne",
        [
            *("POP", "POPH", "POPF", "POP0002", "POP0305", "POP0610", "POP1117", "POP1824", "POP2539", "POP4054"),
            *("POP5564", "POP6579", "POP80P"),
        ],
        "Colonnes de la table base-ic-evol-struct-pop de l'INSEE.",
        severity="critical",
    ),
    rule(
        "ages_complets",
        "La somme des tranches d'âge est la population de l'IRIS, à 0,1 habitant près",
        """select source_export, min(source_record) as source_record, 'somme des âges' as element from batch
        group by source_export, iris_code, annee
        having abs(
            sum(case when colonne = 'POP' then try_cast(valeur as double) else 0 end)
            - sum(case when colonne in ('POP', 'POPH', 'POPF') then 0 else try_cast(valeur as double) end)
        ) > 0.1""",
        "warning",
        "Une tranche manquante fausserait les taux de fréquentation par âge. La tolérance est celle des arrondis : "
        "dix tranches à deux décimales.",
    ),
    rule(
        "sexes_complets",
        "Hommes et femmes font la population de l'IRIS, à 0,1 habitant près",
        """select source_export, min(source_record) as source_record, 'somme des sexes' as element from batch
        group by source_export, iris_code, annee
        having abs(
            sum(case when colonne = 'POP' then try_cast(valeur as double) else 0 end)
            - sum(case when colonne in ('POPH', 'POPF') then try_cast(valeur as double) else 0 end)
        ) > 0.1""",
        "warning",
        "Un total différent de ses parties montre un fichier retouché.",
    ),
    rule(
        "population_positive",
        "Aucun nombre d'habitants n'est négatif",
        """select source_export, source_record, 'valeur' as element from batch
        where try_cast(valeur as double) < 0""",
        "critical",
        "Une population est un dénombrement.",
    ),
]

JOUR_DE_VACANCES = [
    rule(
        "un_jour_une_fois",
        "Chaque jour n'est qu'une fois dans le calendrier",
        """select source_export, min(source_record) as source_record, 'date' as element from batch
        group by source_export, date having count(*) > 1""",
        "warning",
        "De deux lignes du même jour, la dernière est retenue.",
    ),
    rule(
        "aucun_jour_ne_manque",
        "Le calendrier a tous les jours, de son premier à son dernier",
        """select source_export, 'jours manquants' as element from batch
        group by source_export
        having max(try_cast(date as date)) - min(try_cast(date as date)) + 1 > count(distinct date)""",
        "warning",
        "Un jour absent n'est pas un jour d'école : il reste inconnu. Le fichier a une ligne par jour, vacances ou "
        "non.",
    ),
    rule(
        "vacances_nommees",
        "Chaque jour de vacances dit lesquelles",
        """select source_export, source_record, 'nom_vacances' as element from batch
        where 'true' in (vacances_zone_a, vacances_zone_b, vacances_zone_c) and coalesce(nom_vacances, '') = ''""",
        "warning",
        "Les fréquentations se comparent d'une année à l'autre par le nom des vacances.",
    ),
]

DEGRE_JOUR = [
    rule(
        "un_mois_une_fois",
        "Chaque mois d'une station n'est qu'une fois dans le tableau",
        """select source_export, min(source_record) as source_record, 'mois' as element from batch
        group by source_export, station, mois having count(*) > 1""",
        "warning",
        "De deux lignes du même mois, la dernière est retenue.",
    ),
    rule(
        "dju_plausible",
        "Un mois compte de 0 à 1 000 degrés-jours",
        """select source_export, source_record, 'dju' as element from batch
        where try_cast(dju as double) not between 0 and 1000""",
        "warning",
        "En base 18 °C, un mois à -15 °C de moyenne fait environ 1 000 degrés-jours : au-delà, l'unité est fausse.",
    ),
    rule(
        "une_seule_station",
        "Le tableau est celui d'une seule station",
        """select source_export, 'station' as element from batch
        group by source_export having count(distinct station) > 1""",
        "warning",
        "La correction du climat se fait avec une station, la plus proche de la commune.",
    ),
]

SUITES = raw_suites(
    "territory",
    {
        "adresse": ADRESSE,
        "contour": CONTOUR,
        "population": POPULATION,
        "jour_de_vacances": JOUR_DE_VACANCES,
        "degre_jour": DEGRE_JOUR,
    },
)
