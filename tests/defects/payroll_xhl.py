from defects import again, defect, one

XHL, STG_XHL = "raw.payroll_xhl__", "staging.stg_payroll_xhl__"
NIR = "184027512345639"
A_CONTRIBUTION = "element = 'Cotisation'"


def further(table, **values):
    """Return the statement that adds one row to ``table``, of the export of some état."""
    listed = ", ".join(f"{value} as {column}" for column, value in values.items())
    return f"insert into {table} by name select source_export, 'x' as source_record, {listed} from {XHL}etat limit 1"


DEFECTS = [
    defect(f"{XHL}etat", "un_etat_par_fichier", again(f"{XHL}etat", changes="'x' as source_record")),
    defect(f"{XHL}etat", "mois_connu", one(f"{XHL}etat", "mois = '13'")),
    defect(f"{XHL}etat", "annee_plausible", one(f"{XHL}etat", "annee = '1999'")),
    defect(f"{XHL}etat", "bulletins_comptes", one(f"{XHL}etat", "bulletins = '99999'")),
    defect(f"{XHL}etat", "encodage_annonce", one(f"{XHL}etat", "octets_mal_annonces = '3'")),
    defect(
        f"{XHL}etat",
        "nomenclature_des_rubriques",
        f"update {XHL}rubrique set nature_employeur = null, nature_salarie = null",
    ),
    defect(f"{XHL}etat", "total_par_nature", one(f"{XHL}repartition_nature", "mt = '0.01'")),
    defect(
        f"{XHL}etablissement",
        "siret_de_l_etablissement",
        further(f"{XHL}etablissement", donnees_rank="'1'", siret="'99900101900010'"),
    ),
    defect(f"{XHL}bulletin", "bulletin_equilibre", one(f"{XHL}bulletin", "ecart_net = '0.01'")),
    defect(f"{XHL}bulletin", "statut_connu", one(f"{XHL}bulletin", "statut = 'AUTRE'")),
    defect(f"{XHL}bulletin", "periode_du_mois", one(f"{XHL}bulletin", "debut_periode = '1999-01-01'")),
    defect(f"{XHL}bulletin", "agent_designe", one(f"{XHL}bulletin", "matricule_pseudonym = null")),
    defect(f"{XHL}bulletin", "nir_de_forme_connue", one(f"{XHL}bulletin", "agent_pseudonym = null")),
    defect(f"{XHL}bulletin", "bulletin_avec_lignes", f"delete from {XHL}ligne where bulletin_rank = '1'"),
    defect(f"{XHL}bulletin", "quotite_en_pourcent", one(f"{XHL}bulletin", "quotite = '0.8'")),
    defect(f"{XHL}bulletin", "identites_hachees", one(f"{XHL}bulletin", f"agent_pseudonym = '{NIR}'")),
    defect(f"{XHL}ligne", "genre_de_ligne_connu", one(f"{XHL}ligne", "element = 'Retenue'")),
    defect(f"{XHL}ligne", "ligne_d_un_bulletin", one(f"{XHL}ligne", "bulletin_rank = '99999'")),
    defect(f"{XHL}ligne", "aucun_nir", one(f"{XHL}ligne", f"libelle = 'Agent {NIR}'")),
    defect(f"{XHL}ligne", "aucune_saisie", one(f"{XHL}ligne", "libelle = 'Saisie sur salaire'")),
    defect(f"{XHL}ligne", "rubrique_a_la_nomenclature", one(f"{XHL}ligne", "code = 'ZZZ'", A_CONTRIBUTION)),
    defect(
        f"{XHL}ligne",
        "base_et_unites",
        one(f"{XHL}ligne", "base = '00', nb_unite = '1000', taux = '5', mt = '50.00'", A_CONTRIBUTION),
    ),
    defect(
        f"{XHL}ligne",
        "taux_en_pourcent",
        one(f"{XHL}ligne", "base = '1000', taux = '0.05', mt = '50.00'", A_CONTRIBUTION),
    ),
    defect(f"{XHL}ligne", "periode_de_reference", one(f"{XHL}ligne", "debut_reference = '2099-01-01'")),
    defect(
        f"{XHL}repartition_budget",
        "parts_completes",
        further(f"{XHL}repartition_budget", bulletin_rank="'99999'", code_budget="'00'", taux="'0.4'"),
    ),
    defect(
        f"{XHL}repartition_budget",
        "part_ou_montant",
        further(f"{XHL}repartition_budget", bulletin_rank="'99999'", code_budget="'00'"),
    ),
    defect(
        f"{XHL}rubrique",
        "compte_unique",
        again(f"{XHL}rubrique", "nature_employeur <> ''", "'x' as source_record, '6999' as nature_employeur"),
    ),
    defect(f"{XHL}rubrique", "compte_lisible", one(f"{XHL}rubrique", "nature_employeur = 'CNRA'")),
    defect(f"{XHL}repartition_nature", "compte_lisible", one(f"{XHL}repartition_nature", "code = 'BRUT'")),
    defect(
        f"{STG_XHL}etat",
        "une_version_fait_foi",
        again(f"{STG_XHL}etat", "is_standing", "'x' as source_export"),
    ),
    defect(
        f"{STG_XHL}etat",
        "meme_mois_memes_agents",
        one(f"{STG_XHL}etat", "is_standing = false, superseded_by_export = 'x'"),
    ),
    defect(f"{STG_XHL}bulletin", "age_plausible", one(f"{STG_XHL}bulletin", "birth_year = 1800")),
    defect(f"{STG_XHL}ligne", "un_seul_sens", one(f"{STG_XHL}ligne", "is_deduction = true", "is_gain")),
    defect(f"{STG_XHL}ligne", "ligne_imputee", one(f"{STG_XHL}ligne", "account_code = null", "is_gain")),
    defect(f"{STG_XHL}ligne", "rappel_recent", one(f"{STG_XHL}ligne", "attachment_month = date '1999-01-01'")),
    defect(
        f"{STG_XHL}repartition_budget",
        "part_de_zero_a_un",
        further(f"{STG_XHL}repartition_budget", charged_share="2"),
    ),
    defect(
        f"{STG_XHL}repartition_nature",
        "total_par_compte",
        one(f"{STG_XHL}repartition_nature", "amount_eur = amount_eur + 0.01", "not is_journal"),
    ),
]
