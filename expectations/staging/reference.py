"""The plans de comptes once typed, and the file of each plan that stands."""

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

SUITES = {
    f"stg_reference__{table}": suite(f"staging.stg_reference__{table}", accepted_only(SYSTEM), *rules)
    for table, rules in {"plan": PLAN, "chapitre": CHAPITRE, "compte": COMPTE, "ref_fonc": REF_FONC}.items()
}
