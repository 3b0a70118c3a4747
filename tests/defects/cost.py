from defects import again, defect, one

STEPS = "intermediate.int_cost"
CENT = "amount_eur = amount_eur + 0.01"

DEFECTS = [
    defect(f"{STEPS}_coded_line", "lignes_toutes_presentes", again(f"{STEPS}_coded_line", "amount_eur <> 0")),
    defect(f"{STEPS}_coded_line", "combinaison_presente", one(f"{STEPS}_coded_line", "codes = null")),
    defect(
        f"{STEPS}_rule",
        "combinaison_placee",
        f"delete from {STEPS}_rule where codes = (select min(codes) from {STEPS}_rule)",
    ),
    defect(f"{STEPS}_rule", "regle_connue", one(f"{STEPS}_rule", "cost_scope = 'order'", "cost_scope = 'investment'")),
    defect(
        f"{STEPS}_rule",
        "destination_coherente",
        one(f"{STEPS}_rule", "allocation_key_id = 'floor_area-2024'", "service_id is not null"),
    ),
    defect(
        f"{STEPS}_direct",
        "parts_egales_a_la_ligne",
        one(f"{STEPS}_direct", CENT, "allocation_key_id like 'floor_area-%'"),
    ),
    # A rule that was withdrawn before the exercice must not place its lines any more.
    defect(
        f"{STEPS}_direct",
        "regle_en_vigueur",
        "update seeds.map_ledger__rule set valid_to = date '2024-12-30' where rule_id = 'equipement'",
    ),
    defect(
        f"{STEPS}_direct",
        "perimetre_et_composante",
        one(f"{STEPS}_direct", "cost_step = 'user_revenue'", "cost_scope = 'service' and direction = 'expense'"),
    ),
    defect(
        f"{STEPS}_direct",
        "mois_de_l_exercice",
        one(f"{STEPS}_direct", "cost_month = make_date(exercice + 1, 1, 1)"),
    ),
    defect(
        f"{STEPS}_facility",
        "surface_des_couts",
        f"""update {STEPS}_facility set area_weight = null where facility_id = (
            select min(facility_id) from {STEPS}_cell where cost_role = 'principal' and direction = 'expense')""",
    ),
    defect(f"{STEPS}_driver", "quantite_positive", one(f"{STEPS}_driver", "quantity = -1")),
    # Two keys of the same rank: which one counts would be chance.
    defect(
        f"{STEPS}_key",
        "une_seule_cle_retenue",
        f"""update {STEPS}_key set key_rank = 1, is_chosen = true
        where service_id = 'FIN' and exercice = (select min(exercice) from {STEPS}_key)""",
    ),
    defect(f"{STEPS}_key", "cle_somme_a_un", one(f"{STEPS}_key", "quantity = quantity + 1")),
    defect(
        f"{STEPS}_absorption",
        "parts_gardees_entieres",
        one(f"{STEPS}_absorption", "kept_parts = kept_parts - 1", "kept_parts > 0"),
    ),
    defect(
        f"{STEPS}_absorption",
        "parts_gardees_hors_auxiliaires",
        one(f"{STEPS}_absorption", "user_service_id = 'DRH'", "service_id = 'FIN' and kept_parts > 0"),
    ),
    defect(
        f"{STEPS}_absorption",
        "passage_coherent",
        one(f"{STEPS}_absorption", "passed_parts = 1", "service_id = user_service_id"),
    ),
    defect(f"{STEPS}_pool", "fonds_des_auxiliaires", one(f"{STEPS}_pool", CENT)),
    defect(f"{STEPS}_share", "parts_entieres", one(f"{STEPS}_share", "weight = weight - 1")),
    defect(
        f"{STEPS}_variant",
        "fonds_reparti_en_entier",
        one(f"{STEPS}_variant", CENT, "variant_id = 'method:step_down'"),
    ),
    defect(f"{STEPS}_variant", "aucun_reste_sur_un_auxiliaire", one(f"{STEPS}_variant", "service_id = 'DRH'")),
    defect(f"{STEPS}_allocation", "fonds_reparti_en_entier", one(f"{STEPS}_allocation", CENT)),
    defect(
        f"{STEPS}_allocation",
        "aucun_reste_sur_un_auxiliaire",
        one(f"{STEPS}_allocation", "to_service_id = 'DRH'", "from_service_id = 'FIN'"),
    ),
    defect(f"{STEPS}_held", "euros_des_services", one(f"{STEPS}_held", CENT)),
    defect(f"{STEPS}_held", "aucun_reste_sur_un_auxiliaire", one(f"{STEPS}_held", "service_id = 'DRH'")),
    defect(f"{STEPS}_inside", "parts_egales_au_tout", one(f"{STEPS}_inside", CENT)),
    defect(f"{STEPS}_inside", "part_de_la_cle", one(f"{STEPS}_inside", "share_weight = share_whole + 1")),
    defect(f"{STEPS}_cell", "euros_des_equipements", one(f"{STEPS}_cell", CENT)),
    defect(f"{STEPS}_cell", "aucun_reste_sur_un_auxiliaire", one(f"{STEPS}_cell", "service_id = 'DRH'")),
    defect(f"{STEPS}_spread", "poids_et_service", one(f"{STEPS}_spread", "weight = 0")),
    defect(f"{STEPS}_corporate", "pilotage_entier", one(f"{STEPS}_corporate", CENT)),
    defect(f"{STEPS}_corporate", "vers_un_service_rendu", one(f"{STEPS}_corporate", "to_service_id = 'DRH'")),
    defect(
        f"{STEPS}_completeness",
        "chaque_mois_juge",
        f"delete from {STEPS}_completeness where cost_month = (select max(cost_month) from {STEPS}_completeness)",
    ),
    defect(f"{STEPS}_completeness", "motif_dit", one(f"{STEPS}_completeness", "provisional_reason = ' '")),
    defect(
        "marts.fct_cost_allocation",
        "aretes_egales_au_fonds",
        one("marts.fct_cost_allocation", CENT, "allocation_stage = 'corporate'"),
    ),
    defect(
        "marts.fct_cost_allocation",
        "aucun_retour_sur_un_auxiliaire",
        one("marts.fct_cost_allocation", "to_service_id = 'DRH'", "from_service_id = 'FIN'"),
    ),
    defect(
        "marts.fct_cost_allocation",
        "parts_de_zero_a_un",
        one("marts.fct_cost_allocation", "allocated_share = allocated_share + 0.5", "allocated_share > 0.5"),
    ),
    defect(
        "marts.mart_full_cost",
        "grand_livre_retrouve",
        one("marts.mart_full_cost", "full_cost_eur = full_cost_eur + 0.01"),
    ),
    defect("marts.mart_full_cost", "services_rendus_seulement", one("marts.mart_full_cost", "service_id = 'DGS'")),
    defect(
        "marts.mart_full_cost",
        "composantes_additionnees",
        one("marts.mart_full_cost", "support_cost_eur = support_cost_eur - 0.01"),
    ),
    defect(
        "marts.mart_full_cost",
        "provisoire_motive",
        one("marts.mart_full_cost", "is_provisional = true, provisional_reason = null"),
    ),
    defect(
        "marts.mart_unit_cost",
        "cout_complet_retrouve",
        one("marts.mart_unit_cost", "full_cost_eur = full_cost_eur - 0.01", "unit_cost_level = 'activity'"),
    ),
    defect("marts.mart_unit_cost", "unites_non_negatives", one("marts.mart_unit_cost", "quantity = -1")),
    # Nothing was counted, and a cost of nought is told.
    defect(
        "marts.mart_unit_cost",
        "cout_unitaire_sans_unite",
        one("marts.mart_unit_cost", "quantity = 0", "unit_cost_eur is not null"),
    ),
    defect(
        "marts.mart_unit_cost",
        "cout_unitaire_negatif",
        one("marts.mart_unit_cost", "unit_cost_eur = -1", "is_main_unit"),
    ),
    defect(
        "marts.mart_unit_cost",
        "provisoire_motive",
        one("marts.mart_unit_cost", "is_provisional = false, provisional_reason = 'paie du mois non reçue'"),
    ),
    # The loss of method T7: 8 800 euros sent back to an auxiliary that no longer distributes.
    defect(
        "marts.mart_cost_reconciliation",
        "ecart_nul",
        one(
            "marts.mart_cost_reconciliation",
            "service_eur = service_eur - 8800, gap_eur = gap_eur + 8800",
            "direction = 'expense'",
        ),
    ),
    defect(
        "marts.mart_cost_reconciliation",
        "grand_livre_entier",
        "delete from marts.mart_cost_reconciliation where direction = 'revenue'",
    ),
    defect(
        "marts.mart_cost_reconciliation",
        "part_a_affecter",
        one("marts.mart_cost_reconciliation", "unassigned_eur = 0.02 * service_eur", "direction = 'expense'"),
    ),
    defect(
        "marts.mart_cost_gap",
        "a_affecter_explique",
        again(
            "marts.mart_cost_gap",
            changes="'unassigned' as gap_code, 12.34 as amount_eur",
        ),
    ),
    defect("marts.mart_cost_gap", "cle_mesuree", one("marts.mart_cost_gap", "gap_code = 'no_key'")),
    defect(
        "marts.mart_cost_sensitivity",
        "part_du_chiffre_retenu",
        one("marts.mart_cost_sensitivity", "full_cost_eur = full_cost_eur + 1", "variant_id = 'central'"),
    ),
    defect(
        "marts.mart_cost_sensitivity",
        "retenu_dans_la_fourchette",
        one("marts.mart_cost_sensitivity", "highest_unit_cost_eur = unit_cost_eur - 1", "unit_cost_eur > 0"),
    ),
    defect("marts.mart_recharge", "refacturation_entiere", one("marts.mart_recharge", CENT)),
    defect("marts.mart_recharge", "unites_entieres", one("marts.mart_recharge", "quantity = quantity + 1")),
    defect(
        "marts.mart_price_sheet",
        "factures_familles_retrouvees",
        one(
            "marts.mart_price_sheet",
            "billed_eur = billed_eur + 0.01",
            "quotient_band_code = 'ensemble' and secrecy_status = 'V'",
        ),
    ),
    defect(
        "marts.mart_price_sheet",
        "secret_respecte",
        one("marts.mart_price_sheet", "billed_eur = 12.00", "secrecy_status <> 'V'"),
    ),
    defect(
        "marts.mart_price_sheet",
        "tranche_cachee_jamais_seule",
        """update marts.mart_price_sheet set secrecy_status = case quotient_band_code when 'QF1' then 'A' else 'V' end
        where activity_id = 'school_meal'""",
    ),
    defect(
        "marts.mart_price_sheet",
        "sous_le_plafond_legal",
        one("marts.mart_price_sheet", "is_above_ceiling = true", "scenario_id = 'current'"),
    ),
]
