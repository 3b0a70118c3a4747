from defects import again, defect, one

RAW = "raw.fixed_assets__"
STAGING = "staging.stg_fixed_assets__"
CONFORMED = "intermediate.int_fixed_assets__"
MARTS = "marts."

DEFECTS = [
    defect(f"{RAW}inventaire", "tableur_sans_degat", one(f"{RAW}inventaire", "champs_repares = 'compte'")),
    defect(f"{RAW}inventaire", "compte_d_immobilisation", one(f"{RAW}inventaire", "compte = '6811'")),
    defect(f"{RAW}inventaire", "methode_connue", one(f"{RAW}inventaire", "methode = 'Dégressif'")),
    defect(f"{RAW}inventaire", "valeur_nette_exacte", one(f"{RAW}inventaire", "valeur_nette = '0.01'")),
    defect(
        f"{RAW}inventaire", "amorti_au_plus_en_entier", one(f"{RAW}inventaire", "cumul_amortissements = '99999999'")
    ),
    defect(f"{RAW}inventaire", "numero_unique", again(f"{RAW}inventaire", changes="'row[x]' as source_record")),
    defect(f"{RAW}inventaire", "dates_dans_l_ordre", one(f"{RAW}inventaire", "date_mise_en_service = '1900-01-01'")),
    defect(f"{RAW}equipement", "tableur_sans_degat", one(f"{RAW}equipement", "champs_repares = 'prm'")),
    defect(f"{RAW}equipement", "modele_connu", one(f"{RAW}equipement", "modele = 'autre'")),
    defect(f"{RAW}equipement", "identifiant_unique", again(f"{RAW}equipement", changes="'row[x]' as source_record")),
    defect(f"{RAW}equipement", "surface_presente", one(f"{RAW}equipement", "surface = ''", "modele = 'registre'")),
    defect(f"{RAW}equipement", "identifiants_bien_formes", one(f"{RAW}equipement", "prm = '123|12345678901234'")),
    defect(
        f"{RAW}equipement",
        "fermeture_apres_ouverture",
        one(f"{RAW}equipement", "date_ouverture = '2020-01-01', date_fermeture = '2019-01-01'"),
    ),
    defect(
        f"{STAGING}inventaire",
        "un_inventaire_par_date",
        again(f"{STAGING}inventaire", "is_standing", "'x' as source_export"),
    ),
    defect(
        f"{STAGING}equipement",
        "un_registre_par_modele",
        again(f"{STAGING}equipement", "is_standing", "'x' as source_export"),
    ),
    defect(f"{CONFORMED}facility", "equipement_rattache", one(f"{CONFORMED}facility", "facility_id = null")),
    defect(
        f"{CONFORMED}facility",
        "service_connu",
        one(f"{CONFORMED}facility", "service_id = null", "layout_code = 'registre'"),
    ),
    defect(
        f"{CONFORMED}facility",
        "une_description_par_jour",
        again(f"{CONFORMED}facility", "valid_to is null", "valid_from + 1 as valid_from"),
    ),
    defect(
        f"{CONFORMED}meter_of_facility",
        "aucun_compteur_oublie",
        one(f"{STAGING}equipement", "prm_list = repeat('12345678901234|', 31)", "is_standing"),
    ),
    defect(f"{CONFORMED}asset", "site_rattache", one(f"{CONFORMED}asset", "facility_id = null", "facility_id <> ''")),
    defect(
        f"{CONFORMED}asset",
        "compte_d_amortissement",
        one(f"{CONFORMED}asset", "depreciation_nature_code = null", "charge_eur <> 0"),
    ),
    defect(f"{CONFORMED}asset", "bien_conserve", again(f"{CONFORMED}asset")),
    defect(
        f"{CONFORMED}depreciation", "dotation_recalculee", one(f"{CONFORMED}depreciation", "charge_gap_eur = -1.01")
    ),
    defect(
        "intermediate.int_budget_totem__asset",
        "numero_present",
        one("intermediate.int_budget_totem__asset", "asset_id_inventory = null"),
    ),
    defect(f"{MARTS}dim_facility", "equipement_inscrit", one(f"{MARTS}dim_facility", "is_registered = false")),
    defect(f"{MARTS}dim_facility", "surface_connue", one(f"{MARTS}dim_facility", "floor_area_m2 = null")),
    defect(f"{MARTS}fct_asset", "conservation_au_centime", again(f"{MARTS}fct_asset", "depreciation_eur <> 0")),
    defect(f"{MARTS}fct_asset", "budget_connu", one(f"{MARTS}fct_asset", "budget_id = null")),
    defect(f"{MARTS}mart_asset", "biens_conserves", one(f"{MARTS}mart_asset", "asset_count = asset_count + 1")),
    defect(
        f"{MARTS}mart_asset",
        "biens_rattaches",
        f"update {MARTS}mart_asset set has_facility = false",
    ),
    defect(f"{MARTS}mart_asset", "vetuste_plausible", one(f"{MARTS}mart_asset", "wear_share = 1.2")),
    defect(
        f"{MARTS}mart_asset_reconciliation",
        "dotations_du_grand_livre",
        one(f"{MARTS}mart_asset_reconciliation", "ledger_gap_eur = 0.01", "asset_count > 0"),
    ),
    defect(
        f"{MARTS}mart_asset_reconciliation",
        "dotation_equilibree",
        f"delete from {MARTS}fct_cost_line where is_order and nature_code like '6811%'",
    ),
    defect(
        f"{MARTS}mart_asset_reconciliation",
        "entrees_de_l_annexe",
        again(f"{MARTS}mart_asset_reconciliation", "asset_count > 0", "null as nature_code"),
    ),
]
