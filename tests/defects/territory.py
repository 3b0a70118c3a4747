from defects import again, defect, one

RAW, STG, INT = "raw.territory__", "staging.stg_territory__", "intermediate.int_territory__"
OTHER_FILE = "'x' as source_export"
OTHER_PLACE = "'x' as source_record"

DEFECTS = [
    defect(f"{RAW}adresse", "adresse_situee", one(f"{RAW}adresse", "long = null, x = ''")),
    defect(f"{RAW}adresse", "longitude_et_latitude", one(f"{RAW}adresse", "long = lat, lat = long")),
    defect(f"{RAW}adresse", "code_insee_de_la_commune", one(f"{RAW}adresse", "commune_insee = '1004'")),
    defect(f"{RAW}adresse", "une_seule_commune", one(f"{RAW}adresse", "commune_insee = '62998'")),
    defect(f"{RAW}contour", "decoupage_connu", one(f"{RAW}contour", "kind = 'canton'")),
    defect(f"{RAW}contour", "type_d_iris_connu", one(f"{RAW}contour", "typ_iris = 'X'")),
    defect(f"{RAW}contour", "contour_en_polygone", one(f"{RAW}contour", "geometrie = 'POINT (2 50)'")),
    defect(f"{RAW}contour", "qpv_en_vigueur", one(f"{RAW}contour", "valid_from = null", "kind = 'qpv'")),
    defect(f"{RAW}population", "colonne_connue", one(f"{RAW}population", "colonne = 'POP0001'")),
    defect(f"{RAW}population", "ages_complets", one(f"{RAW}population", "valeur = '0'", "colonne = 'POP0610'")),
    defect(f"{RAW}population", "sexes_complets", one(f"{RAW}population", "valeur = '0'", "colonne = 'POPF'")),
    defect(f"{RAW}population", "population_positive", one(f"{RAW}population", "valeur = '-1'")),
    defect(f"{RAW}jour_de_vacances", "un_jour_une_fois", again(f"{RAW}jour_de_vacances", changes=OTHER_PLACE)),
    defect(
        f"{RAW}jour_de_vacances",
        "aucun_jour_ne_manque",
        f"delete from {RAW}jour_de_vacances where date = '2025-01-15'",
    ),
    defect(
        f"{RAW}jour_de_vacances",
        "vacances_nommees",
        one(f"{RAW}jour_de_vacances", "nom_vacances = null", "vacances_zone_b = 'true'"),
    ),
    defect(f"{RAW}degre_jour", "un_mois_une_fois", again(f"{RAW}degre_jour", changes=OTHER_PLACE)),
    defect(f"{RAW}degre_jour", "dju_plausible", one(f"{RAW}degre_jour", "dju = '4320'")),
    defect(f"{RAW}degre_jour", "une_seule_station", one(f"{RAW}degre_jour", "station = 'AILLEURS'")),
    defect(f"{STG}adresse", "adresses_conservees", again(f"{STG}adresse", changes=OTHER_PLACE)),
    defect(f"{STG}adresse", "une_base_fait_foi", one(f"{STG}adresse", "source_export = 'x'")),
    defect(f"{STG}contour", "un_fichier_par_decoupage", one(f"{STG}contour", "source_export = 'x'")),
    defect(f"{STG}population", "un_fichier_par_recensement", one(f"{STG}population", "source_export = 'x'")),
    defect(f"{STG}jour_de_vacances", "un_jour_fait_foi", again(f"{STG}jour_de_vacances", changes=OTHER_FILE)),
    defect(f"{STG}degre_jour", "un_mois_fait_foi", again(f"{STG}degre_jour", changes=OTHER_FILE)),
    defect(f"{INT}neighbourhood", "secteur_unique", again(f"{INT}neighbourhood")),
    defect(
        f"{INT}neighbourhood", "secteurs_conserves", f"delete from {INT}neighbourhood where neighbourhood_kind = 'qpv'"
    ),
    defect(
        f"{INT}population",
        "population_conservee",
        one(f"{INT}population", "inhabitant_count = inhabitant_count + 2"),
    ),
    defect(f"{INT}population", "iris_avec_contour", one(f"{INT}population", "iris_code = '629990999'")),
    defect(f"{INT}school_holiday", "jour_unique", again(f"{INT}school_holiday")),
    defect(f"{INT}school_day", "calendrier_conserve", one(f"{INT}school_day", "date_day = date '1999-01-01'")),
    defect(f"{INT}school_day", "jours_d_ecole_plausibles", f"update {INT}school_day set is_school_day = false"),
    defect(f"{INT}degree_day", "mois_unique", again(f"{INT}degree_day")),
    defect("marts.dim_date", "feries_connus", "update marts.dim_date set is_public_holiday = false"),
    defect(
        "marts.dim_neighbourhood",
        "libelle_neighbourhood_label",
        one("marts.dim_neighbourhood", "neighbourhood_label = ' '"),
    ),
    defect(
        "marts.dim_neighbourhood",
        "validite_ordonnee",
        one("marts.dim_neighbourhood", "valid_to = date '2014-12-31'", "neighbourhood_kind = 'qpv'"),
    ),
]
