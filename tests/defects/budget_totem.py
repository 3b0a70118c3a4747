from defects import again, defect, one

TOTEM, STG_TOTEM, INT_TOTEM = (
    "raw.budget_totem__",
    "staging.stg_budget_totem__",
    "intermediate.int_budget_totem__",
)

DEFECTS = [
    defect(f"{TOTEM}document", "nature_de_decision_connue", one(f"{TOTEM}document", "nat_dec = '08'")),
    defect(f"{TOTEM}document", "exercice_plausible", one(f"{TOTEM}document", "exer = '1999'")),
    defect(f"{TOTEM}document", "nomenclature_connue", one(f"{TOTEM}document", "nomenclature = 'M99-M99_X'")),
    defect(f"{TOTEM}document", "document_avec_lignes", f"delete from {TOTEM}ligne"),
    defect(f"{TOTEM}document", "un_document_par_export", again(f"{TOTEM}document", changes="'B[2]' as source_record")),
    defect(f"{TOTEM}document", "budget_identifie", one(f"{TOTEM}document", "id_etab = null, id_coll = null")),
    defect(f"{TOTEM}document", "code_de_budget", one(f"{TOTEM}document", "cod_bud = null")),
    defect(f"{TOTEM}document", "mode_de_vote_connu", one(f"{TOTEM}document", "nat_fonc = '4'")),
    defect(f"{TOTEM}document", "type_de_budget_connu", one(f"{TOTEM}document", "cod_typ_bud = 'Z'")),
    defect(f"{TOTEM}ligne", "sens_connu", one(f"{TOTEM}ligne", "cod_rd = 'X'")),
    defect(f"{TOTEM}ligne", "reel_ou_ordre", one(f"{TOTEM}ligne", "op_budg = 'T'")),
    defect(f"{TOTEM}ligne", "type_d_ordre_connu", one(f"{TOTEM}ligne", "typ_op_budg = '3'")),
    defect(
        f"{TOTEM}ligne",
        "ligne_imputee",
        one(f"{TOTEM}ligne", "nature = null, operation = null, cont_nat = null, fonction = null"),
    ),
    defect(
        f"{TOTEM}concours",
        "beneficiaire_sans_personne",
        one(f"{TOTEM}concours", "cod_nat_jur_benef_ca = null, lib_orga_benef = 'X'"),
    ),
    defect(f"{TOTEM}concours", "nature_juridique_connue", one(f"{TOTEM}concours", "cod_nat_jur_benef_ca = 'Q1'")),
    defect(f"{TOTEM}consolidation", "section_connue", one(f"{TOTEM}consolidation", "cod_inv_fonc = 'X'")),
    defect(
        f"{STG_TOTEM}document",
        "une_version_fait_foi",
        again(f"{STG_TOTEM}document", "is_standing", "'x' as source_export"),
    ),
    defect(f"{STG_TOTEM}document", "document_scelle", one(f"{STG_TOTEM}document", "sealed_at = null", "is_standing")),
    defect(
        f"{STG_TOTEM}information",
        "information_dite_une_fois",
        again(f"{STG_TOTEM}information", changes="'0' as printed_text"),
    ),
    defect(
        f"{STG_TOTEM}personnel",
        "effectif_pourvu_budgete",
        one(f"{STG_TOTEM}personnel", "posts_budgeted = 1, posts_filled = 2"),
    ),
    defect(
        f"{STG_TOTEM}patrimoine",
        "amortissement_borne",
        one(f"{STG_TOTEM}patrimoine", "purchase_value_eur = 1, cumulated_depreciation_eur = 1.01"),
    ),
    defect(f"{INT_TOTEM}document", "cle_budget_siret", one(f"{INT_TOTEM}document", "budget_siret = '21620999900013'")),
    defect(
        f"{INT_TOTEM}document",
        "population_declaree",
        one(
            f"{INT_TOTEM}document",
            "population_declared = 0",
            "is_standing and is_final_account and budget_type_code = 'P'",
        ),
    ),
    defect(f"{INT_TOTEM}line", "lignes_qui_font_foi", again(f"{INT_TOTEM}line", changes="'x' as source_record")),
    defect(f"{INT_TOTEM}line", "nature_connue", one(f"{INT_TOTEM}line", "warning_nature_unknown = true")),
    defect(f"{INT_TOTEM}line", "fonction_connue", one(f"{INT_TOTEM}line", "warning_function_unknown = true")),
    defect(f"{INT_TOTEM}line", "section_de_l_editeur", one(f"{INT_TOTEM}line", "warning_section_differs = true")),
    defect(f"{INT_TOTEM}legal_measure", "mesures_de_chaque_compte", f"delete from {INT_TOTEM}legal_measure"),
    defect(
        f"{INT_TOTEM}printed_ratio",
        "ratio_lisible",
        one(f"{INT_TOTEM}printed_ratio", "printed_value = null, printed_text = 'n.c.'"),
    ),
]
