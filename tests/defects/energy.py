from defects import again, defect, one

RAW, STG, INT = "raw.energy__", "staging.stg_energy__", "intermediate.int_energy__"
CURVE, INDEX, GAS, METERS = (f"{RAW}{table}" for table in ("courbe", "index_releve", "releve_gaz", "compteur"))
ACTIVE = "grandeur_physique in ('PA', 'EA')"

DEFECTS = [
    defect(CURVE, "point_de_livraison_entier", one(CURVE, "prm = '9990000000001'")),
    defect(CURVE, "sens_connu", one(CURVE, "grandeur_metier = 'AUTRE'")),
    defect(CURVE, "unite_de_l_energie", one(CURVE, "unite = 'MW'", ACTIVE)),
    defect(CURVE, "pas_de_la_courbe", one(CURVE, "pas_minutes = '37'")),
    defect(CURVE, "mesure_non_negative", one(CURVE, "valeur = '-1'")),
    defect(CURVE, "valeur_presente", f"update {CURVE} set valeur = null"),
    defect(INDEX, "point_de_livraison_entier", one(INDEX, "prm = '9990000000001'")),
    defect(INDEX, "sens_connu", one(INDEX, "grandeur_metier = 'AUTRE'")),
    defect(INDEX, "unite_de_l_energie", one(INDEX, "unite = 'MWh'", ACTIVE)),
    defect(
        INDEX,
        "une_grille_au_moins_du_distributeur",
        f"update {INDEX} set grille = 'F', libelle_grille = 'Grille fournisseur'",
    ),
    defect(INDEX, "mesure_non_negative", one(INDEX, "valeur = '-1'")),
    defect(GAS, "point_de_livraison_entier", one(GAS, "pce = 'GI1'")),
    defect(GAS, "periode_connue", one(GAS, "date_fin_releve = null", "journee_gaziere is null")),
    defect(GAS, "periode_dans_l_ordre", one(GAS, "date_fin_releve = date_debut_releve")),
    defect(GAS, "etat_du_releve", one(GAS, "status = 'Annulé'")),
    defect(GAS, "energie_egale_volume", one(GAS, "volume_brut_consomme = '999999'")),
    defect(METERS, "point_de_livraison_entier", one(METERS, "point_id = '1'")),
    defect(METERS, "energie_connue", one(METERS, "energie = 'bois'")),
    defect(METERS, "part_de_zero_a_un", one(METERS, "part = '60'")),
    defect(METERS, "parts_completes", one(METERS, "part = '0.9'")),
    defect(
        f"{STG}courbe",
        "une_version_fait_foi",
        again(f"{STG}courbe", "is_standing", "'x' as source_export"),
    ),
    defect(f"{STG}courbe", "energie_calculee", one(f"{STG}courbe", "energy_kwh = null", "is_energy")),
    defect(
        f"{STG}courbe",
        "jour_complet_au_plus",
        f"update {STG}courbe set interval_minutes = interval_minutes * 2",
    ),
    defect(
        f"{STG}index_releve",
        "une_version_fait_foi",
        again(f"{STG}index_releve", "is_standing", "'x' as source_export"),
    ),
    defect(
        f"{STG}releve_gaz",
        "une_version_fait_foi",
        again(f"{STG}releve_gaz", "is_standing", "'x' as source_export"),
    ),
    defect(f"{STG}releve_gaz", "energie_connue", one(f"{STG}releve_gaz", "energy_kwh = null", "is_standing")),
    defect(
        f"{STG}compteur",
        "un_seul_tableau",
        again(f"{STG}compteur", "is_standing", "'x' as source_export"),
    ),
    defect(f"{INT}index_period", "index_croissant", one(f"{INT}index_period", "energy_kwh = null")),
    defect(f"{INT}index_period", "dernier_moins_premier", one(f"{INT}index_period", "energy_kwh = energy_kwh + 0.01")),
    defect(f"{INT}reading_day", "un_releve_par_jour", again(f"{INT}reading_day", "is_kept")),
    defect(
        f"{INT}reading_day",
        "periodes_reparties_sans_perte",
        one(f"{INT}reading_day", "energy_kwh = energy_kwh + 0.01"),
    ),
    defect(
        f"{INT}climate",
        "degres_jours_plausibles",
        f"insert into {INT}climate by name select date '1999-01-01' as month, 4000 as degree_days",
    ),
    defect(f"{INT}use", "equipement_connu", one(f"{INT}use", "facility_id = null", "facility_id is not null")),
    defect(f"{INT}use", "energie_conservee", one(f"{INT}use", "energy_kwh = energy_kwh + 0.01")),
    defect(f"{INT}point_month", "mois_releves", f"update {INT}point_month set is_complete = false"),
    defect(f"{INT}ledger_line", "euros_du_grand_livre", one(f"{INT}ledger_line", "amount_eur = amount_eur + 0.01")),
    defect("marts.fct_energy_use", "kwh_conserves", one("marts.fct_energy_use", "energy_kwh = energy_kwh + 0.01")),
    defect(
        "marts.fct_energy_use",
        "consommation_positive",
        one("marts.fct_energy_use", "energy_kwh = -1", "flow_code = 'consumption'"),
    ),
    defect(
        "marts.mart_energy", "kwh_conserves", one("marts.mart_energy", "energy_kwh = 1e6", "energy_kwh is not null")
    ),
    defect("marts.mart_energy", "euros_du_grand_livre", one("marts.mart_energy", "ledger_eur = ledger_eur + 0.01")),
    defect("marts.mart_energy", "intensite_plausible", one("marts.mart_energy", "intensity_kwh_per_m2 = 151")),
    defect(
        "marts.mart_energy_reconciliation",
        "prix_plausible",
        one("marts.mart_energy_reconciliation", "price_eur_per_kwh = 0.9"),
    ),
    defect(
        "marts.mart_energy_reconciliation",
        "euros_du_grand_livre",
        one("marts.mart_energy_reconciliation", "ledger_eur = ledger_eur + 0.01"),
    ),
    defect(
        "marts.mart_energy_reconciliation",
        "mois_complets",
        one("marts.mart_energy_reconciliation", "missing_month_count = expected_month_count"),
    ),
]
