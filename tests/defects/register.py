from defects import defect, one

DEFECTS = [
    defect(
        "staging.stg_register__export", "export_accepte_charge", one("staging.stg_register__export", "load_id = null")
    ),
    defect(
        "staging.stg_register__export", "export_accepte_non_vide", one("staging.stg_register__export", "row_count = 0")
    ),
    defect("staging.stg_register__export", "refus_motive", one("staging.stg_register__export", "verdict = 'refused'")),
    defect(
        "marts.fct_export",
        "systeme_a_jour",
        one("marts.fct_export", "late_after = cast('2020-01-01' as date)", "is_last_accepted"),
    ),
    defect(
        "marts.fct_export",
        "aucun_refus_en_attente",
        one("marts.fct_export", "is_accepted = false, received_at = cast('2100-01-01' as timestamp)"),
    ),
]
