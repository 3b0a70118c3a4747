"""The ledger of mandats and titres: nothing dropped, nothing missing from the series, cancellations matched.

The journée complémentaire lets a commune issue mandats and titres of exercice N until 31 January of N+1 (code général
des collectivités territoriales, L. 1612-11): that is the tolerance on dates. Euros have none: 0.00.
"""

from great_expectations.expectations.expectation import Expectation

from expectations.common import rule, suite

OTHER_SERIES = 10_000


def _without_gap(name: str, regle: str, column: str, what: str, notes: str) -> Expectation:
    """Return the rule that the numbers in ``column`` follow one another, every sending and type taken together.

    ``what`` is the SQL text naming the series. One row at fault per hole, with how many numbers it lacks. A leap of
    more than 10,000 numbers is no hole: vendors keep ranges apart (order operations, roles).
    """
    return rule(
        name,
        regle,
        f"""select source_export, {what} || exercice || ', ' || (following - number - 1)
                || ' numéro(s) absent(s) après le n° ' || number as element
        from (
            select max(source_export) as source_export, direction, exercice,
                try_cast({column} as bigint) as number,
                lead(try_cast({column} as bigint)) over (
                    partition by siret, collectivity_code, budget_code, direction, exercice
                    order by try_cast({column} as bigint)
                ) as following
            from batch group by siret, collectivity_code, budget_code, direction, exercice, {column}
        ) where following - number - 1 between 1 and {OTHER_SERIES}""",
        "warning",
        notes,
    )


BUDGET = [
    rule(
        "nomenclature_trouvee",
        "La nomenclature de chaque budget payé est connue par son document budgétaire",
        """select 'budget ' || budget_id || ', exercice ' || exercice as element from batch
        where norm_source not in ('document', 'document_of_another_year')""",
        "warning",
        "Sans document budgétaire, la nomenclature est supposée (M57 depuis 2024) : le chapitre d'un compte en dépend.",
    ),
]

NATURE = [
    rule(
        "compte_au_plan",
        "Chaque compte utilisé existe au plan de comptes",
        """select distinct 'compte ' || nature_code || ', exercice ' || exercice as element from batch
        where not is_known and section_source <> 'outside_budget'""",
        "warning",
        "Un compte absent du plan de l'année n'a ni libellé ni chapitre : plan non déposé, ou compte supprimé.",
    ),
]

PIECE = [
    rule(
        "toutes_les_pieces",
        "Chaque pièce reçue est dans le grand livre",
        """select source_export, source_record from staging.stg_finance_pes__piece
        anti join batch using (source_export, source_record)""",
        "critical",
        "Une pièce sans bordereau disparaîtrait de tous les totaux (règle de conservation).",
    ),
    rule(
        "date_et_exercice",
        "Le bordereau est émis pendant son exercice, ou en janvier suivant",
        """select source_export, source_record, 'DteBordEm' as element from batch
        where issue_date not between make_date(exercice, 1, 1) and make_date(exercice + 1, 1, 31)""",
        "warning",
        "Seule la journée complémentaire (jusqu'au 31 janvier) permet d'émettre sur l'an passé (CGCT, L. 1612-11).",
    ),
    rule(
        "numero_de_mandat_unique",
        "Un numéro de mandat ne sert qu'une fois par budget et exercice",
        """select source_export, source_record, 'pièce ' || piece_number || ' de ' || exercice as element
        from (
            select *, count(*) over (partition by siret, collectivity_code, budget_code, exercice, piece_number) as uses
            from batch where domain_code = 'D' and standing_status = 'standing' and not is_cancellation
        ) where uses > 1""",
        "warning",
        "Deux mandats du même numéro sont un double envoi ou une erreur de l'éditeur (PES v2, IdPce).",
    ),
    _without_gap(
        "bordereaux_sans_trou",
        "Les numéros de bordereau se suivent, par budget, exercice et sens",
        "bordereau_number",
        "case direction when 'expense' then 'bordereaux de dépense ' else 'bordereaux de recette ' end",
        "Un numéro absent est un fichier qui n'a pas été déposé, ou un bordereau abandonné (PES v2, IdBord). "
        "Un saut de plus de 10 000 numéros est une autre série de l'éditeur.",
    ),
    _without_gap(
        "pieces_sans_trou",
        "Les numéros de mandat et de titre se suivent, par budget, exercice et sens",
        "piece_number",
        "case direction when 'expense' then 'mandats ' else 'titres ' end",
        "Un numéro absent est un fichier qui n'a pas été déposé, ou une pièce abandonnée (PES v2, IdPce). "
        "Un saut de plus de 10 000 numéros est une autre série de l'éditeur.",
    ),
    rule(
        "aucune_piece_rejetee",
        "Aucune pièce n'est rejetée par le comptable",
        """select source_export, source_record, 'pièce ' || piece_number || ' de ' || exercice as element from batch
        where standing_status = 'rejected'""",
        "warning",
        "Une pièce rejetée doit être corrigée et renvoyée ; elle ne compte pas d'ici là (PES_Retour, EtatPce 04).",
    ),
]

LEDGER_LINE = [
    rule(
        "toutes_les_lignes",
        "Chaque ligne reçue est dans le grand livre, pour son montant",
        """select source_export, source_record, received.amount_eur
        from staging.stg_finance_pes__ligne as received
        left join batch using (source_export, source_record)
        where abs(batch.amount_eur) is distinct from received.amount_eur""",
        "critical",
        "Une ligne sans pièce, ou doublée par un rapprochement, fausserait tous les totaux (règle de conservation).",
    ),
    rule(
        "annulation_et_origine",
        "Chaque ligne d'annulation retrouve la pièce qu'elle annule",
        """select source_export, source_record, 'pièce d''origine' as element, abs(amount_eur) as amount_eur
        from batch where is_cancellation and standing_status = 'standing' and is_original_found is not true""",
        "warning",
        "Une annulation sans pièce d'origine montre un fichier manquant, ou une référence d'un exercice non déposé.",
    ),
    rule(
        "section_trouvee",
        "Chaque ligne sur un compte des classes 1, 2, 3, 6 ou 7 est classée en section",
        """select source_export, source_record, 'Nature' as element, abs(amount_eur) as amount_eur from batch
        where section is null and substr(nature_code, 1, 1) in ('1', '2', '3', '6', '7')""",
        "critical",
        "Une ligne sans section sortirait des coûts de fonctionnement comme d'investissement.",
    ),
    rule(
        "fonction_connue",
        "La fonction d'une ligne, quand elle est servie, existe dans la nomenclature du budget",
        """select source_export, source_record, 'Fonction' as element, abs(amount_eur) as amount_eur from batch
        where function_code is not null and function_id is null and standing_status = 'standing'""",
        "warning",
        "Une fonction inconnue ne peut être rattachée à aucune politique publique.",
    ),
    rule(
        "renvoi_de_meme_montant",
        "Une pièce renvoyée garde son montant",
        """select standing.source_export, 'pièce ' || piece_number || ' de ' || exercice as element,
            abs(standing.amount_eur - superseded.amount_eur) as amount_eur
        from (
            select budget_id, exercice, direction, bordereau_type_code, bordereau_number, piece_number,
                max(source_export) as source_export, sum(amount_eur) as amount_eur
            from batch where standing_status = 'standing'
            group by budget_id, exercice, direction, bordereau_type_code, bordereau_number, piece_number
        ) as standing
        join (
            select budget_id, exercice, direction, bordereau_type_code, bordereau_number, piece_number,
                max(superseded_by_export) as source_export, sum(amount_eur) as amount_eur, count(distinct source_export)
            from batch where standing_status = 'superseded'
            group by budget_id, exercice, direction, bordereau_type_code, bordereau_number, piece_number
            having count(distinct source_export) = 1
        ) as superseded using (budget_id, exercice, direction, bordereau_type_code, bordereau_number, piece_number)
        where standing.amount_eur <> superseded.amount_eur""",
        "warning",
        "Un même numéro avec un autre montant est une correction, ou une erreur de numérotation (PES v2, 1.7).",
    ),
]

COST_LINES = [
    rule(
        "grand_livre_sans_reste",
        "Les lignes de coût sont exactement les lignes du grand livre qui font foi, hors rôles (ORMC)",
        """select source_export, source_record, abs(coalesce(ledger.amount_eur, batch.amount_eur)) as amount_eur
        from (
            select source_export, source_record, amount_eur from intermediate.int_finance_pes__ledger_line
            where standing_status = 'standing' and not is_ormc
        ) as ledger
        full join batch using (source_export, source_record)
        where ledger.amount_eur is distinct from batch.amount_eur""",
        "critical",
        "Le grand livre est la seule source d'euros : ni plus, ni moins. Les factures de rôle sont dans leur titre "
        "récapitulatif.",
    ),
]

SUITES = {
    f"int_finance_pes__{table}": suite(f"conformed.int_finance_pes__{table}", *rules)
    for table, rules in {
        "budget": BUDGET,
        "nature": NATURE,
        "piece": PIECE,
        "ledger_line": LEDGER_LINE,
        "cost_lines": COST_LINES,
    }.items()
}
