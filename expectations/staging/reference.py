"""The official lists once typed: the file of each plan de comptes that stands, and the grades of the last NET table."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "reference"

PLAN = [
    carried_over("reference__plan", {"exercice": "plan_exer", "norm": "plan_norme", "variant": "plan_declinaison"}),
    rule(
        "une_version_fait_foi",
        "Un seul fichier de chaque plan (année, norme, déclinaison) fait foi",
        """select max(source_export) as source_export, plan_id as element from batch where is_standing
        group by plan_id having count(*) > 1""",
        "critical",
        "Deux fichiers du même plan donneraient deux chapitres à un compte.",
    ),
]

CHAPITRE = [carried_over("reference__chapitre", {"chapter_code": "code", "section": "section"})]

COMPTE = [
    carried_over(
        "reference__compte",
        {"account_code": "code", "account_level": "level", "chapter_expense_real": "dr", "chapter_revenue_real": "rr"},
    ),
    rule(
        "chapitre_du_plan",
        "Le chapitre d'un compte existe dans le même plan",
        """select source_export, source_record, 'DR/RR' as element from batch
        where account_list = 'nature' and exists (
            select 1 from (values (chapter_expense_real), (chapter_revenue_real)) as used (chapter_code)
            where used.chapter_code is not null and (batch.source_export, used.chapter_code) not in (
                select source_export, chapter_code from staging.stg_reference__chapitre where chapter_list = 'nature'
            )
        )""",
        "warning",
        "La section d'une ligne de budget vient du chapitre de son compte.",
    ),
]

REF_FONC = [carried_over("reference__ref_fonc", {"function_code": "code", "function_level": "level"})]

NET = [
    rule(
        "grades_conserves",
        "Chaque code reçu garde une ligne, et une seule",
        """select coalesce(batch.net_code, received.net_code) as element
        from (select net_code, count(*) as found from batch group by net_code) as batch
        full join (select distinct upper(trim(code)) as net_code from raw.reference__net) as received using (net_code)
        where coalesce(batch.found, 0) <> 1 or received.net_code is null""",
        "critical",
        "Un grade perdu laisserait ses agents sans catégorie ; un grade en double les compterait deux fois.",
    ),
    rule(
        "grade_classe",
        "Chaque grade d'une filière a une catégorie et un cadre d'emplois",
        """select source_export, source_record, 'categorie' as element from batch
        where filiere is not null and (category_code is null or cadre_emplois is null)""",
        "warning",
        "Un grade incomplet sort ses agents des effectifs par catégorie ou par cadre d'emplois ; les élus et les "
        "emplois hors filière n'ont ni l'une ni l'autre.",
    ),
]

SUITES = {
    f"stg_reference__{table}": suite(f"staging.stg_reference__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {"plan": PLAN, "chapitre": CHAPITRE, "compte": COMPTE, "ref_fonc": REF_FONC, "net": NET}.items()
}
