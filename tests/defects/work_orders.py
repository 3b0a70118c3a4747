from defects import again, defect, one

RAW, STG, INT = "raw.work_orders__", "staging.stg_work_orders__", "intermediate.int_work_orders__"
ORDERS, LINES = f"{INT}order", f"{INT}line"


def unmapped(rule, column):
    """Return the defect of a code that no seed knows any more, on all its orders."""
    return defect(ORDERS, rule, f"update {ORDERS} set {column} = null")


DEFECTS = [
    defect(f"{RAW}intervention", "identifiant_intact", one(f"{RAW}intervention", "id_repare = 'true'")),
    defect(f"{RAW}intervention", "intervention_unique", again(f"{RAW}intervention", changes="'x' as source_record")),
    defect(f"{RAW}intervention", "date_plausible", one(f"{RAW}intervention", "date_demande = '0202-01-01T00:00:00'")),
    defect(f"{RAW}intervention", "lieu_sans_bureau", one(f"{RAW}intervention", "site_code = 'A > B > Bureau'")),
    defect(f"{RAW}heure", "identifiant_intact", one(f"{RAW}heure", "id_repare = 'true'")),
    defect(f"{RAW}heure", "heures_plausibles", one(f"{RAW}heure", "heures = '-1'")),
    defect(f"{RAW}heure", "ligne_utile", one(f"{RAW}heure", "heures = null, fournitures_pu = null")),
    defect(f"{STG}intervention", "une_ligne_fait_foi", one(f"{STG}intervention", "is_standing = false", "is_standing")),
    defect(f"{STG}heure", "heures_exactes", one(f"{STG}heure", "work_hours = work_hours + 0.25")),
    defect(
        f"{STG}heure",
        "un_export_fait_foi",
        again(f"{STG}heure", "is_standing", "'x' as source_export"),
    ),
    defect(
        f"{STG}heure",
        "heures_en_baisse",
        again(
            f"{STG}heure",
            "is_standing",
            "'x' as source_export, false as is_standing, source_export as superseded_by_export, 999 as work_hours",
        ),
    ),
    defect(ORDERS, "toutes_les_interventions", f"delete from {ORDERS} where order_code like '%1'"),
    defect(ORDERS, "intervention_en_une_ligne", again(ORDERS)),
    defect(ORDERS, "statut_connu", one(ORDERS, "status_code = 'unknown'")),
    defect(ORDERS, "delai_positif", one(ORDERS, "warning_negative_delay = true")),
    defect(ORDERS, "terminee_et_datee", one(ORDERS, "closed_date = null", "status_code = 'closed'")),
    unmapped("lieu_rattache", "facility_id"),
    unmapped("service_rattache", "service_id"),
    unmapped("equipe_rattachee", "performing_service_id"),
    unmapped("categorie_rattachee", "activity_id"),
    defect(LINES, "heures_conservees", one(LINES, "work_hours = work_hours + 0.25")),
    defect(LINES, "intervention_connue", one(LINES, "is_order_known = false")),
    defect(LINES, "heures_datees", one(LINES, "work_date = null", "work_hours <> 0")),
    defect(f"{INT}activity", "activite_conservee", one(f"{INT}activity", "quantity = quantity + 1")),
    defect("marts.fct_work_order", "heures_des_exports", one("marts.fct_work_order", "work_hours = work_hours + 1")),
    defect("marts.fct_work_order", "delai_plausible", one("marts.fct_work_order", "delay_days = 2000")),
    defect(
        "marts.mart_work_order",
        "mois_de_toutes_les_interventions",
        one("marts.mart_work_order", "opened_count = opened_count + 1"),
    ),
    defect("marts.mart_work_order", "stock_positif", one("marts.mart_work_order", "backlog_count = -1")),
    defect(
        "marts.mart_work_order",
        "stock_final",
        one(
            "marts.mart_work_order",
            "backlog_count = backlog_count + 1",
            "month = (select max(month) from marts.mart_work_order)",
        ),
    ),
]
