from defects import again, defect, one

UNION, USERS = "intermediate.int_activity", "intermediate.int_service_user"
FACT, PROFILE = "confidential.fct_activity", "confidential.dim_public_profile"
MEALS, NURSERY = "marts.mart_meal", "marts.mart_nursery"

DEFECTS = [
    defect(UNION, "cles_presentes", one(UNION, "measure_code = null")),
    defect(UNION, "union_entiere", again(UNION)),
    defect(UNION, "mesure_connue", one(UNION, "measure_code = 'smiles'")),
    defect(UNION, "activite_connue", one(UNION, "activity_id = 'smiles'")),
    defect(UNION, "tranches_connues", one(UNION, "age_band_code = '2019-05-07'")),
    defect(USERS, "union_entiere", again(USERS)),
    defect(USERS, "pseudonyme_d_une_annee", again(USERS, changes="'1999-2000' as usage_year")),
    defect(FACT, "activite_conservee", again(FACT)),
    defect(FACT, "profil_decrit", one(FACT, "profile_id = 'somebody'")),
    defect(PROFILE, "libelles_presents", one(PROFILE, "age_band_label = null")),
    defect("marts.mart_activity", "quantites_conservees", again("marts.mart_activity")),
    defect("marts.mart_activity", "libelles_presents", one("marts.mart_activity", "measure_label = null")),
    defect(MEALS, "quantites_conservees", one(MEALS, "served_meals = served_meals + 1", "served_meals is not null")),
    defect(MEALS, "presence_plausible", one(MEALS, "served_meals = 99999", "forecast_meals > 0")),
    defect(NURSERY, "quantites_conservees", again(NURSERY)),
    defect(NURSERY, "occupation_plausible", one(NURSERY, "occupancy_share = 2")),
    defect(NURSERY, "facturation_plausible", one(NURSERY, "billing_rate = 3")),
    defect("marts.mart_unmapped_code", "lieux_complets", again("marts.mart_unmapped_code", "code_kind = 'Lieu'")),
    defect("marts.mart_leisure", "quantites_conservees", again("marts.mart_leisure")),
    defect("marts.dim_activity", "service_connu", one("marts.dim_activity", "service_id = 'NONE'")),
]
