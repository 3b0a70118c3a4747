from defects import again, defect, one

PES, STG_PES, INT_PES = "raw.finance_pes__", "staging.stg_finance_pes__", "intermediate.int_finance_pes__"
STANDING = "standing_status = 'standing'"

NIR = "184027512345639"

DEFECTS = [
    defect(f"{PES}bordereau", "total_du_bordereau", one(f"{PES}bordereau", "mt_bord_ht = '0.01'")),
    defect(f"{PES}bordereau", "nombre_de_pieces", one(f"{PES}bordereau", "nbr_pce = '999'")),
    defect(f"{PES}bordereau", "total_du_bordereau_positif", one(f"{PES}bordereau", "mt_bord_ht = '-1'")),
    defect(f"{PES}bordereau", "type_de_bordereau_connu", one(f"{PES}bordereau", "typ_bord = '06'", "domain = 'D'")),
    defect(f"{PES}bordereau", "domaine_connu", one(f"{PES}bordereau", "domain = 'X'")),
    defect(f"{PES}bordereau", "une_ligne_par_element", again(f"{PES}bordereau")),
    defect(f"{PES}bordereau", "champs_obligatoires", one(f"{PES}bordereau", "exer = null")),
    defect(f"{PES}bordereau", "lisible_siret", one(f"{PES}bordereau", "id_coll = '2162099990001'")),
    defect(f"{PES}piece", "type_de_piece_connu", one(f"{PES}piece", "typ_pce = '99'")),
    defect(f"{PES}piece", "nature_de_piece_connue", one(f"{PES}piece", "nat_pce = '17'")),
    defect(f"{PES}piece", "annulation_bien_formee", f"update {PES}piece set nat_pce = '01'"),
    defect(f"{PES}piece", "piece_avec_lignes", again(f"{PES}piece", changes="'99999' as piece_rank")),
    defect(f"{PES}piece", "objet_sans_personne", f"update {PES}piece set obj = 'cantine'"),
    defect(f"{PES}ligne", "montant_positif", one(f"{PES}ligne", "mt_ht = '-3.00'")),
    defect(f"{PES}ligne", "particulier_reconnu", one(f"{PES}ligne", "is_person = 'false'", "cat_tiers = '01'")),
    defect(f"{PES}ligne", "aucune_personne_nommee", one(f"{PES}ligne", "nom = 'X'", "is_person = 'true'")),
    defect(f"{PES}ligne", "aucun_nir", one(f"{PES}ligne", f"id_tiers = '{NIR}'")),
    defect(f"{PES}ligne", "mode_de_reglement_connu", one(f"{PES}ligne", "mod_regl = '12'")),
    defect(f"{PES}ligne", "nature_d_identifiant_connue", one(f"{PES}ligne", "nat_id_tiers = '10'")),
    defect(f"{PES}ligne", "categorie_de_tiers_connue", one(f"{PES}ligne", "cat_tiers = '99'")),
    defect(f"{PES}ligne", "nature_juridique_connue", one(f"{PES}ligne", "nat_jur = '12'")),
    defect(f"{PES}ligne", "debiteur_principal", one(f"{PES}ligne", "typ_tiers = '03'")),
    defect(f"{PES}ligne", "annulation_rattachee", f"update {PES}ligne set id_pce_orig = null"),
    defect(f"{PES}acquit", "etat_d_acquit_connu", one(f"{PES}acquit", "etat_ack = '2'")),
    defect(f"{PES}acquit", "domaine_d_acquit_connu", one(f"{PES}acquit", "domaine_ack = '12'")),
    defect(f"{PES}retour", "etat_de_piece_connu", one(f"{PES}retour", "etat_pce = '06'")),
    defect(
        f"{STG_PES}bordereau",
        "une_version_fait_foi",
        again(f"{STG_PES}bordereau", "standing_status = 'standing'", "'x' as source_export"),
    ),
    defect(f"{STG_PES}bordereau", "acquittement_recu", one(f"{STG_PES}bordereau", "acquit_status = 'none'", STANDING)),
    defect(
        f"{STG_PES}bordereau",
        "refus_suivi_d_un_renvoi",
        one(f"{STG_PES}bordereau", "standing_status = 'refused', superseded_by_export = null"),
    ),
    defect(f"{STG_PES}bordereau", "exports_acceptes_seulement", one(f"{STG_PES}bordereau", "source_export = 'x'")),
    defect(f"{STG_PES}ligne", "rien_de_perdu", one(f"{STG_PES}ligne", "amount_eur = amount_eur + 0.01")),
    defect(
        f"{STG_PES}acquit",
        "acquittement_rattache",
        f"update {STG_PES}acquit set flow_name = 'unknown', source_export = 'x'",
    ),
    defect(f"{STG_PES}retour", "retour_rattache", one(f"{STG_PES}retour", "bordereau_number = '999999'")),
    defect(f"{INT_PES}budget", "nomenclature_trouvee", one(f"{INT_PES}budget", "norm_source = 'law'")),
    defect(f"{INT_PES}nature", "compte_au_plan", one(f"{INT_PES}nature", "is_known = false, section_source = 'plan'")),
    defect(f"{INT_PES}piece", "toutes_les_pieces", f"delete from {INT_PES}piece where piece_rank = 1"),
    defect(
        f"{INT_PES}piece",
        "date_et_exercice",
        one(f"{INT_PES}piece", "issue_date = make_date(exercice + 1, 2, 1)"),
    ),
    defect(
        f"{INT_PES}piece",
        "numero_de_mandat_unique",
        again(f"{INT_PES}piece", "domain_code = 'D' and not is_cancellation and standing_status = 'standing'"),
    ),
    defect(
        f"{INT_PES}piece",
        "bordereaux_sans_trou",
        f"update {INT_PES}piece set bordereau_number = '9999' where bordereau_number = '2'",
    ),
    defect(
        f"{INT_PES}piece",
        "pieces_sans_trou",
        f"update {INT_PES}piece set piece_number = '99999' where piece_number = '2'",
    ),
    defect(f"{INT_PES}ledger_line", "toutes_les_lignes", again(f"{INT_PES}ledger_line", changes="0 as amount_eur")),
    defect(
        f"{INT_PES}ledger_line",
        "annulation_et_origine",
        one(f"{INT_PES}ledger_line", "is_original_found = false", "is_cancellation and standing_status = 'standing'"),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "section_trouvee",
        one(f"{INT_PES}ledger_line", "section = null", "nature_code like '6%'"),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "fonction_connue",
        one(f"{INT_PES}ledger_line", "function_code = 'ZZ', function_id = null", STANDING),
    ),
    defect(
        f"{INT_PES}ledger_line",
        "renvoi_de_meme_montant",
        again(
            f"{INT_PES}ledger_line",
            STANDING,
            "'superseded' as standing_status, 'x' as source_export, cast(0.01 as decimal(16, 2)) as amount_eur",
        ),
    ),
    defect(f"{INT_PES}cost_lines", "grand_livre_sans_reste", one(f"{INT_PES}cost_lines", "amount_eur = 12345.67")),
]
