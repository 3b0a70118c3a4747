"""The DSN once typed: the declaration of each establishment, month and fraction that stands, and its content."""

from great_expectations.expectations.expectation import Expectation

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "payroll_dsn"
STANDING = """(source_export, declaration_line) in (
    select source_export, cast(declaration_line as varchar) from staging.stg_payroll_dsn__declaration where is_standing
)"""


def kept(table: str, columns: dict[str, str]) -> Expectation:
    """Return the rule that a model keeps all of a raw table that declarations which stand contain."""
    return carried_over(f"payroll_dsn__{table}", columns, STANDING)


AMOUNT = {"amount_eur": "montant"}
PERIOD = {"period_start": "debut_periode", "period_end": "fin_periode"}
CHANGED = {
    "effect_date": "date_effet",
    "former_quota": "ancienne_quotite",
    "former_contract_pseudonym": "ancien_contrat_pseudonym",
    "former_net_code": "ancien_net",
    "former_increased_index": "ancien_indice_majore",
}

# Each model, and what it must carry over from its raw table.
CARRIED = {
    "individu": {"agent_pseudonym": "agent_pseudonym", "birth_year": "annee_naissance", "sex_code": "sexe"},
    "individu_chg": {"effect_date": "date_effet", "former_pseudonym": "ancien_pseudonym"},
    "contrat": {
        "contract_pseudonym": "contrat_pseudonym",
        "start_date": "debut",
        "planned_end_date": "fin_previsionnelle",
        "quota": "quotite",
        "reference_quota": "quotite_reference",
        "increased_index": "indice_majore",
    },
    "contrat_chg": CHANGED,
    "contrat_anterieur": {"former_siret": "siret", "former_contract_pseudonym": "contrat_pseudonym"},
    "arret": {"motive_code": "motif", "last_day_worked": "dernier_jour_travaille", "return_date": "reprise"},
    "temps_partiel_therapeutique": {"start_date": "debut", "end_date": "fin"},
    "fin": {"end_date": "date_fin", "motive_code": "motif"},
    "suspension": {"motive_code": "motif", "start_date": "debut", "end_date": "fin", "working_days": "jours_ouvres"},
    "versement": {"payment_date": "date_versement"},
    "remuneration": {**AMOUNT, **PERIOD, "hours": "heures", "contract_pseudonym": "contrat_pseudonym"},
    "activite": {"quantity": "mesure", "type_code": "type"},
    "prime": {**AMOUNT, **PERIOD},
    "autre_revenu": {**AMOUNT, **PERIOD},
    "base": {**AMOUNT, **PERIOD, "base_code": "code"},
    "composant_base": {**AMOUNT, "component_code": "type"},
    "cotisation": {**AMOUNT, "base_amount_eur": "assiette", "contribution_code": "code", "rate": "taux"},
    "base_erronee": {**AMOUNT, **PERIOD},
    "anciennete": {"seniority": "valeur"},
    "paiement": {**AMOUNT, **PERIOD},
    "bordereau": {**AMOUNT, **PERIOD},
    "cotisation_agregee": {**AMOUNT, "base_amount_eur": "assiette", "ctp_code": "ctp", "rate": "taux"},
    "cotisation_etablissement": {"amount_eur": "valeur", **PERIOD},
    "taxe": {**AMOUNT, "tax_year": "millesime"},
    "lieu": {"workplace_code": "lieu"},
}

DECLARATION = [
    carried_over(
        "payroll_dsn__declaration",
        {
            "pay_month": "mois",
            "built_on": "constituee_le",
            "order_number": "ordre",
            "individual_count": "individus",
            "rubrique_count": "lignes_lues",
        },
    ),
    accepted_only(SYSTEM),
    rule(
        "une_version_fait_foi",
        "Une seule déclaration de chaque établissement, mois et fraction fait foi, dans un seul découpage du mois",
        """select max(source_export) as source_export, 'mois ' || cast(pay_month as varchar) as element
        from batch where is_standing
        group by siret, pay_month
        having count(*) > count(distinct fraction_rank) or min(fraction_count) < max(fraction_count)""",
        "critical",
        "Compter une déclaration et celle qui la remplace doublerait la paie du mois (norme NEODeS, type 03).",
    ),
    rule(
        "declaration_envoyee_deux_fois",
        "Deux déclarations du même mois et de la même fraction ne sont pas toutes deux de type normal (01 ou 02)",
        "select source_export, source_record, 'S20.G00.05.002' as element from batch where warning_sent_twice",
        "warning",
        "La dernière constituée est retenue ; un renvoi devrait annuler et remplacer la première (type 03).",
    ),
    rule(
        "fractions_du_mois",
        "Toutes les fractions d'un mois commencé sont arrivées",
        """select max(source_export) as source_export, 'mois ' || cast(pay_month as varchar) as element
        from batch where is_standing or standing_reason = 'fractions_awaited'
        group by siret, pay_month, fraction_count having count(distinct fraction_rank) < fraction_count""",
        "warning",
        "Le mois n'est complet qu'avec toutes ses fractions : il manque des agents d'ici là.",
    ),
    rule(
        "etablissements_du_mois",
        "Chaque établissement déclaré un mois l'est encore le mois suivant, s'il a commencé à arriver",
        """select max(before.source_export) as source_export,
            'mois ' || cast(cast(before.pay_month + interval 1 month as date) as varchar) as element
        from batch as before
        left join batch as after
            on before.siret = after.siret and after.is_standing
            and after.pay_month = cast(before.pay_month + interval 1 month as date)
        where before.is_standing and after.siret is null
            and cast(before.pay_month + interval 1 month as date) in (select pay_month from batch where is_standing)
        group by before.siret, before.pay_month""",
        "warning",
        "Le mois n'est complet qu'avec tous ses établissements : un fichier est oublié, ou un établissement fermé.",
    ),
    rule(
        "declaration_de_substitution",
        "Aucune déclaration n'a été faite d'office par un organisme (nature 09)",
        """select source_export, source_record, 'S20.G00.05.001' as element from batch
        where standing_status = 'substitute'""",
        "warning",
        "Elle montre une déclaration que l'employeur n'a pas faite ; son contenu n'est pas repris.",
    ),
]

FURTHER = {
    "remuneration": [
        rule(
            "brut_de_l_annee_positif",
            "Le brut (type 001) d'un contrat sur une année de paie n'est pas négatif",
            """select max(source_export) as source_export, 'année ' || extract(year from pay_month) as element,
                abs(sum(amount_eur)) as amount_eur
            from batch where type_code = '001'
            group by siren, contract_pseudonym, extract(year from pay_month) having sum(amount_eur) < 0""",
            "warning",
            "Un rappel négatif est normal une fois ; sur l'année, le mois qu'il corrige manque sans doute.",
        ),
    ],
}

SUITES = {
    "stg_payroll_dsn__declaration": suite("staging.stg_payroll_dsn__declaration", *DECLARATION),
    "stg_payroll_dsn__rubrique_ignoree": suite(
        "staging.stg_payroll_dsn__rubrique_ignoree",
        carried_over("payroll_dsn__rubrique_ignoree", {"occurrence_count": "occurrences"}),
        accepted_only(SYSTEM),
    ),
    **{
        f"stg_payroll_dsn__{table}": suite(
            f"staging.stg_payroll_dsn__{table}", kept(table, columns), *FURTHER.get(table, [])
        )
        for table, columns in CARRIED.items()
    },
}
