from defects import again, defect, one

RAW, STG, INT = "raw.childcare__", "staging.stg_childcare__", "intermediate.int_childcare__"
TABLES = ("enfant", "quotient", "activite", "unite", "inscription", "consommation", "prestation", "facture")


def raw(table, name, assignment, condition="true"):
    """Return a defect of one row of a raw table."""
    return defect(f"{RAW}{table}", name, one(f"{RAW}{table}", assignment, condition))


def lost(model, name, condition="true"):
    """Return the defect that a row of a conformed model stands twice."""
    return defect(f"{INT}{model}", name, again(f"{INT}{model}", condition))


def conformed(model, name, assignment, condition="true"):
    """Return a defect of one row of a conformed model."""
    return defect(f"{INT}{model}", name, one(f"{INT}{model}", assignment, condition))


DEFECTS = [
    defect(f"{RAW}tableau", "un_tableau_par_fichier", again(f"{RAW}tableau", changes="'x' as source_record")),
    raw("tableau", "nature_connue", "nature = 'menu'"),
    raw("tableau", "lignes_comptees", "lignes = '999999'"),
    raw("tableau", "colonnes_connues", "colonnes_ignorees = 'surnom'"),
    raw("tableau", "identifiants_intacts", "identifiants_repares = '2'"),
    raw("tableau", "caracteres_intacts", "caracteres_abimes = '2'"),
    raw("tableau_periode", "periode_plausible", "periode = '1925-09'"),
    *(
        raw(table, "identites_hachees", f"{who}_pseudonym = 'ENF-000034'")
        for table, who in {
            "enfant": "enfant",
            "quotient": "famille",
            "inscription": "enfant",
            "consommation": "enfant",
            "prestation": "famille",
        }.items()
    ),
    raw("enfant", "sexe_connu", "sexe = 'X'"),
    defect(f"{RAW}enfant", "age_connu", f"update {RAW}enfant set tranche_age = 'inconnu'"),
    *(
        raw(table, "periode_dans_l_ordre", "date_debut = '2025-12-01', date_fin = '2025-11-01'")
        for table in ("quotient", "inscription", "facture")
    ),
    raw("activite", "type_connu", "type = 'yoga'"),
    raw("activite", "jamais_negatif", "places = '-1'"),
    raw("unite", "repas_connu", "repas = 'peut-être'"),
    raw("unite", "jamais_negatif", "equiv_heures = '-1'"),
    raw("inscription", "statut_connu", "statut = 'archive'"),
    raw("consommation", "etat_connu", "etat = 'parti'"),
    raw("consommation", "type_connu", "activite_type = 'yoga'"),
    raw("consommation", "jamais_negatif", "quantite = '-1'"),
    raw("consommation", "un_jour_au_plus", "heures_contrat = '510'"),
    raw("facture", "solde_juste", "solde = '-999.99', etat = null"),
    raw("frequentation", "jamais_negatif", "served = '-1'"),
    raw("frequentation", "servis_au_plus_une_fois_et_demie", "forecast = '10', served = '16'"),
    *(
        defect(f"{RAW}{table}", "rien_en_double", again(f"{RAW}{table}", changes="'x' as source_record"))
        for table in ("activite", "unite", "consommation", "prestation", "facture", "frequentation")
    ),
    *(
        defect(
            f"{STG}{table}",
            "une_version_fait_foi",
            again(f"{STG}{table}", "is_standing", "'x' as source_export"),
        )
        for table in (*TABLES, "frequentation")
    ),
    conformed("activity_code", "lieu_connu", "site_code = null", "is_current"),
    conformed("child", "periode_dans_l_annee", "valid_to = valid_from - 1"),
    defect(
        f"{INT}family_quotient",
        "un_quotient_par_jour",
        again(f"{INT}family_quotient", "valid_to > valid_from", "valid_from + 1 as valid_from"),
    ),
    lost("attendance", "rien_de_perdu"),
    conformed("attendance", "activite_rattachee", "activity_id = null"),
    conformed("attendance", "profil_connu", "age_band_code = 'inconnu'"),
    conformed("attendance", "presence_d_un_jour", "attended_hours = 30"),
    lost("meal_day", "rien_de_perdu", "feed_code = 'frequentation'"),
    conformed("meal_day", "ecritures_d_accord", "has_conflict = true"),
    lost("activity", "repas_conserves", "measure_code = 'meal_served' and quantity > 0"),
    conformed("activity", "jamais_negatif", "quantity = -1"),
    lost("user_month", "usages_conserves"),
    lost("user", "usages_conserves"),
    lost("registration", "rien_de_perdu"),
    lost("billing", "euros_conserves", "billed_eur <> 0"),
    lost("charge", "euros_conserves", "amount_eur <> 0"),
    lost("tariff", "euros_conserves", "billed_eur <> 0"),
]
