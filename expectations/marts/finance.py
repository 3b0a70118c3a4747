"""Budgets, ratios and reconciliation: the controls of the budget documents. Tolerance: 0.00 euro unless it is said."""

from expectations.common import rule
from expectations.marts import mart_suite

YEAR = "'budget ' || budget_id || ', exercice ' || exercice"

BUDGET_LINE = [
    rule(
        "section_de_chaque_ligne",
        "Chaque ligne de budget est classée en section",
        """select source_export, source_record, 'Nature' as element,
            abs(coalesce(nullif(realised_eur, 0), voted_eur, 0)) as amount_eur
        from batch where section is null""",
        "critical",
        "Une ligne sans section sortirait de l'équilibre du budget. L'algorithme classe toutes les lignes des "
        "documents réels examinés.",
    ),
    rule(
        "ordre_equilibre",
        "Les opérations d'ordre s'équilibrent : dépenses = recettes, par document",
        f"""select source_export, {YEAR} as element, abs(balance) as amount_eur
        from (
            select source_export, budget_id, exercice, sum(
                case direction when 'expense' then 1 else -1 end
                * case when is_final_account then coalesce(realised_eur, 0) else coalesce(voted_eur, 0) end
            ) as balance
            from batch where not is_real group by source_export, budget_id, exercice
        ) where balance <> 0""",
        "warning",
        "Une opération d'ordre s'écrit toujours deux fois, sans décaissement (CGCT, R. 2311-5 et instruction M57).",
    ),
    rule(
        "realise_et_consolidation",
        "Le réalisé de fonctionnement en dépense est celui de la présentation consolidée (avec ou sans le report 002)",
        f"""select source_export, {YEAR} as element, abs(with_result - stated) as amount_eur
        from (
            select source_export, budget_id, exercice, sum(coalesce(realised_eur, 0)) as with_result,
                sum(case when is_result_or_transfer then 0 else coalesce(realised_eur, 0) end) as without_result
            from batch where is_final_account and section = 'F' and direction = 'expense'
            group by source_export, budget_id, exercice
        ) as lines
        join (
            select consolidation.source_export, sum(consolidation.realised_eur) as stated
            from staging.stg_budget_totem__consolidation as consolidation
            join staging.stg_budget_totem__document as document using (source_export)
            where consolidation.section = 'F' and consolidation.direction = 'expense'
                and consolidation.aggregate_kind_code = '01'
                and coalesce(consolidation.budget_siret, document.budget_siret) = document.budget_siret
            group by consolidation.source_export
        ) as consolidation using (source_export)
        where stated not in (with_result, without_result)""",
        "warning",
        "Deux pages du même document doivent dire le même total (annexe CONSOLIDATION, MtRealMandatTitre). Un écart "
        "réel existe (Montreuil 2023) : il est montré, non corrigé.",
    ),
    rule(
        "restes_a_realiser_repris",
        "Les restes à réaliser en dépense au 31 décembre sont ceux que reprend l'exercice suivant",
        """select following.source_export, 'budget ' || following.budget_id || ', ' || ending.exercice || ' vers '
                || following.exercice as element,
            abs(ending.carried_out - following.carried_in) as amount_eur
        from (
            select budget_id, exercice, sum(carried_out_eur) as carried_out from batch
            where is_final_account and direction = 'expense' group by budget_id, exercice
        ) as ending
        join (
            select budget_id, exercice, max(source_export) as source_export, sum(carried_in_eur) as carried_in
            from batch where is_final_account and direction = 'expense' group by budget_id, exercice
        ) as following on ending.budget_id = following.budget_id and ending.exercice + 1 = following.exercice
        where ending.carried_out <> following.carried_in""",
        "warning",
        "MtRAR3112 de l'année N = MtRARPrec de l'année N+1 : vérifié au centime sur sept années réelles.",
    ),
    rule(
        "fonction_avec_correspondance",
        "Chaque fonction M14 servie a une correspondance M57",
        """select source_export, source_record, 'Fonction' as element, abs(coalesce(realised_eur, 0)) as amount_eur
        from batch where warning_function_not_bridged""",
        "warning",
        "Sans correspondance, ces euros manquent aux séries par politique à travers les deux nomenclatures.",
    ),
]

EXECUTION = [
    rule(
        "credits_non_depasses",
        "Aucun chapitre de dépense ne dépasse ses crédits ouverts",
        f"""select {YEAR} || ', section ' || coalesce(section, '?') || ', chapitre ' || coalesce(chapter_code, '?')
                as element,
            sum(realised_eur) - sum(credits_opened_eur) as amount_eur
        from batch
        where direction = 'expense' and is_real and not is_result_or_transfer
        group by budget_id, exercice, section, chapter_code
        having sum(realised_eur) > sum(credits_opened_eur)""",
        "warning",
        "Les crédits ouverts sont limitatifs, chapitre par chapitre (CGCT, L. 2311-1 et L. 2312-2).",
    ),
    rule(
        "taux_plausible",
        "Le taux d'exécution d'une section est entre 0 et 110 %",
        f"""select {YEAR} || ', section ' || section
                || case direction when 'expense' then ', dépense' else ', recette' end as element
        from batch where is_real and not is_result_or_transfer and section is not null
        group by budget_id, exercice, section, direction
        having sum(realised_eur) <> 0
            and (sum(realised_eur) < 0 or sum(realised_eur) > 1.1 * sum(credits_opened_eur))""",
        "warning",
        "Au-delà, des décisions budgétaires manquent (BS ou DM non déposés) ou le compte est d'un autre budget. "
        "10 % est la marge choisie pour les recettes, qui ne sont pas limitatives.",
    ),
]

LEGAL_RATIO = [
    rule(
        "ratio_retrouve",
        "Chaque ratio légal imprimé dans le document est retrouvé, à son arrondi près",
        f"""select source_export, source_record, {YEAR} || ', ratio ' || ratio_number as element from batch
        where is_reproduced is false""",
        "warning",
        "Onze ratios obligatoires (CGCT, L. 2313-1 et R. 2313-1). Un écart vient d'une annexe absente ou d'une autre "
        "lecture de la règle par l'éditeur : il est expliqué dans la table.",
    ),
]

RECONCILIATION = [
    rule(
        "ecart_inexplique_nul",
        "Aucun écart inexpliqué entre mandats et titres d'une part, compte administratif ou CFU d'autre part",
        f"""select document_export as source_export,
            {YEAR} || ', nature ' || nature_code || coalesce(', fonction ' || function_code, '') as element,
            abs(unexplained_eur) as amount_eur
        from batch where unexplained_eur <> 0""",
        "warning",
        "L'ordonnateur et le document budgétaire décrivent les mêmes euros : un écart inexpliqué est un flux manquant "
        "ou un document à vérifier.",
    ),
]

SUITES = {
    "fct_budget_line": mart_suite("fct_budget_line", *BUDGET_LINE),
    "mart_budget_execution": mart_suite("mart_budget_execution", *EXECUTION),
    "mart_legal_ratio": mart_suite("mart_legal_ratio", *LEGAL_RATIO),
    "mart_ledger_reconciliation": mart_suite("mart_ledger_reconciliation", *RECONCILIATION),
}
