from defects import again, defect, one

DSN, STG = "raw.payroll_dsn__", "staging.stg_payroll_dsn__"
UNKNOWN = "0" * 32

# The columns that hold codes, one for each table that has some.
CODED = {
    "individu": "sexe",
    "contrat": "nature",
    "contrat_chg": "ancienne_nature",
    "arret": "motif",
    "fin": "motif",
    "suspension": "motif",
    "remuneration": "type",
    "activite": "type",
    "prime": "type",
    "autre_revenu": "type",
    "base": "code",
    "composant_base": "type",
    "cotisation": "code",
    "base_erronee": "code",
    "anciennete": "type",
    "paiement": "mode",
    "cotisation_agregee": "qualifiant",
    "cotisation_etablissement": "code",
    "taxe": "code",
}
HASHED = {
    "individu": "agent_pseudonym",
    "individu_chg": "ancien_pseudonym",
    "contrat": "contrat_pseudonym",
    "contrat_chg": "ancien_contrat_pseudonym",
    "contrat_anterieur": "contrat_pseudonym",
    "remuneration": "contrat_pseudonym",
    "prime": "contrat_pseudonym",
    "autre_revenu": "contrat_pseudonym",
    "base": "contrat_pseudonym",
    "base_erronee": "contrat_pseudonym",
    "anciennete": "contrat_pseudonym",
}
NIR = "184027512345639"


def further(table, **values):
    """Return the statement that adds a row with ``values`` to a declaration, to a table that may be empty."""
    columns = ", ".join(f"'{value}' as {column}" for column, value in values.items())
    return (
        f"insert into {DSN}{table} by name"
        f" select source_export, declaration_line, 'X' as source_record, {columns} from {DSN}declaration limit 1"
    )


def paid_at(rate):
    """Return the statements that add a base of 1,000 euros of 2025 and its CNRACL share at ``rate`` percent."""
    return (
        further("base", code="48", montant="1000.00", debut_periode="01032025").replace("'X'", "'S21.G00.78[999999]'"),
        further("cotisation", code="301", montant=f"{rate * 10:.2f}", base_line="999999"),
    )


DEFECTS = [
    *(
        defect(f"{DSN}{table}", "codes_de_la_norme", further(table, **{column: "ZZ"}))
        for table, column in CODED.items()
    ),
    *(
        defect(f"{DSN}{table}", "pseudonymes_seulement", further(table, **{column: NIR}))
        for table, column in HASHED.items()
    ),
    *(
        defect(f"{DSN}{table}", "contrat_declare", further(table, contrat_pseudonym=UNKNOWN, individu_line="0"))
        for table in ("remuneration", "prime", "autre_revenu", "base")
    ),
    *(
        defect(
            f"{DSN}{table}",
            "periode_dans_l_ordre",
            further(table, debut_periode="01032025", fin_periode="28022025"),
        )
        for table in ("remuneration", "prime", "autre_revenu", "base")
    ),
    defect(f"{DSN}declaration", "codes_de_la_norme", one(f"{DSN}declaration", "type = '06'")),
    defect(f"{DSN}declaration", "comptes_de_controle", one(f"{DSN}declaration", "lignes_annoncees = '1'")),
    defect(f"{DSN}declaration", "individus_repris", f"delete from {DSN}individu"),
    defect(f"{DSN}declaration", "mois_principal", one(f"{DSN}declaration", "mois = null", "nature = '01'")),
    defect(f"{DSN}declaration", "etablissement_identifie", one(f"{DSN}declaration", "nic = '18'")),
    defect(f"{DSN}declaration", "fraction_bien_formee", one(f"{DSN}declaration", "fraction = '21'", "nature = '01'")),
    defect(f"{DSN}declaration", "montants_en_euros", one(f"{DSN}declaration", "devise = '02'")),
    defect(f"{DSN}declaration", "norme_connue", one(f"{DSN}declaration", "norme = 'P99V01'")),
    defect(f"{DSN}declaration", "encodage_de_la_norme", one(f"{DSN}declaration", "encodage = 'UTF-8'")),
    defect(f"{DSN}declaration", "caracteres_lisibles", one(f"{DSN}declaration", "caracteres_remplaces = '3'")),
    defect(
        f"{DSN}contrat", "quotite_sous_la_reference", further("contrat", quotite="151.68", quotite_reference="151.67")
    ),
    defect(f"{DSN}contrat", "temps_de_travail_plausible", further("contrat", quotite="80", quotite_reference="35")),
    defect(f"{DSN}contrat", "aucun_nir", further("contrat", affectation_budgetaire=NIR)),
    defect(
        f"{DSN}base",
        "contrat_de_la_base",
        further("contrat", contrat_pseudonym=UNKNOWN, individu_line="0"),
        further("contrat", contrat_pseudonym=UNKNOWN.replace("0", "1"), individu_line="0"),
        further("base", montant="10.00", individu_line="0"),
    ),
    defect(f"{DSN}cotisation", "taux_cnracl", *paid_at(31.65)),
    defect(
        f"{DSN}rubrique_ignoree",
        "rubrique_de_la_norme",
        f"insert into {DSN}rubrique_ignoree (rubrique) values ('S21.G00.40.084')",
    ),
    defect(
        f"{STG}declaration", "une_version_fait_foi", again(f"{STG}declaration", "is_standing", "'x' as source_export")
    ),
    defect(f"{STG}declaration", "fractions_du_mois", one(f"{STG}declaration", "fraction_count = 2", "is_standing")),
    defect(
        f"{STG}declaration",
        "etablissements_du_mois",
        f"delete from {STG}declaration where siret = (select min(siret) from {STG}declaration)"
        f" and pay_month = (select max(pay_month) from {STG}declaration where is_standing)",
    ),
    defect(
        f"{STG}declaration",
        "declaration_de_substitution",
        one(f"{STG}declaration", "standing_status = 'substitute'"),
    ),
    defect(
        f"{STG}remuneration",
        "brut_de_l_annee_positif",
        one(f"{STG}remuneration", "amount_eur = -999999", "type_code = '001'"),
    ),
]
