"""Costs: every euro of the exports that stand, once, and nothing else. Tolerance: 0.00 euro."""

from expectations.common import rule
from expectations.marts import mart_suite

SUITES = {
    "fct_cost_line": mart_suite(
        "fct_cost_line",
        rule(
            "conservation_au_centime",
            "Le total publié est, au centime, celui des lignes reçues qui font foi, par budget, exercice et sens",
            """select 'budget ' || budget_id || ', exercice ' || exercice
                || case direction when 'expense' then ', dépense' else ', recette' end as element,
                abs(coalesce(published.total, 0) - coalesce(received.total, 0)) as amount_eur
            from (
                select budget_id, exercice, direction, sum(amount_eur) as total
                from batch where source_system = 'finance_pes' group by budget_id, exercice, direction
            ) as published
            full join (
                select piece.budget_id, piece.exercice, piece.direction, sum(
                    case when bordereau.typ_bord = '02' then -1 else 1 end * cast(ligne.mt_ht as decimal(16, 2))
                ) as total
                from raw.finance_pes__ligne as ligne
                join raw.finance_pes__bordereau as bordereau using (source_export, bordereau_rank)
                join intermediate.int_finance_pes__piece as piece
                    on ligne.source_export = piece.source_export
                    and try_cast(ligne.piece_rank as integer) = piece.piece_rank
                where piece.standing_status = 'standing' and not piece.is_ormc
                group by piece.budget_id, piece.exercice, piece.direction
            ) as received using (budget_id, exercice, direction)
            where published.total is distinct from received.total""",
            "critical",
            "Recalculé depuis les fichiers reçus, sans passer par les étapes intermédiaires : rien n'est perdu, doublé "
            "ni inversé en chemin.",
        ),
        rule(
            "fonction_servie",
            "Chaque dépense réelle de fonctionnement porte une fonction",
            """select source_export, source_record, 'Fonction' as element, abs(amount_eur) as amount_eur from batch
            where section = 'F' and direction = 'expense' and not is_order and function_code is null
                and budget_id in (select budget_id from batch where function_code is not null)""",
            "warning",
            "Sans fonction, un coût n'est rattaché à aucune politique. Les budgets sans aucune fonction ne sont pas "
            "signalés.",
        ),
        rule(
            "tiers_identifie",
            "Chaque dépense réelle porte un tiers",
            """select source_export, source_record, 'Tiers' as element, abs(amount_eur) as amount_eur from batch
            where direction = 'expense' and not is_order and tiers_id is null""",
            "warning",
            "Sans tiers, la dépense n'est rattachée à aucun fournisseur.",
        ),
    ),
    "mart_function_cost": mart_suite(
        "mart_function_cost",
        rule(
            "cout_non_negatif",
            "Aucune fonction n'a de dépenses de fonctionnement négatives",
            """select 'exercice ' || exercice || ', fonction ' || coalesce(function_code, 'absente') as element,
                abs(operating_expense_eur) as amount_eur
            from batch where operating_expense_eur < 0""",
            "warning",
            "Plus d'annulations que de dépenses : un rattachement contre-passé sans facture, ou un fichier manquant.",
        ),
        rule(
            "couverture_du_grand_livre",
            "Les mandats et titres reçus couvrent le compte à 1 % près",
            """select distinct 'budget ' || budget_id || ', exercice ' || exercice || ' : '
                || cast(cast(100 * ledger_coverage_share as decimal(9, 1)) as varchar) || ' %' as element
            from batch where ledger_coverage_share not between 0.99 and 1.01""",
            "warning",
            "Sous 99 %, des flux manquent et les coûts par fonction sont incomplets ; l'écart exact est dans le "
            "rapprochement. 1 % est le seuil d'alerte choisi.",
        ),
        rule(
            "population_connue",
            "La population est connue, pour les coûts par habitant",
            """select distinct 'budget ' || budget_id || ', exercice ' || exercice as element from batch
            where population_declared is null""",
            "warning",
            "Sans document budgétaire de l'exercice, pas de coût par habitant.",
        ),
    ),
}
