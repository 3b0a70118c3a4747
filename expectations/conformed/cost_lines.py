"""The union of the cost lines of every system: the same columns, and euros from the ledger only."""

from expectations.common import rule, suite

COST_LINES = [
    rule(
        "cles_presentes",
        "Chaque ligne de coût a son budget, son exercice, son mois, son sens, son montant et son origine",
        """select source_export, source_record from batch
        where budget_id is null or exercice is null or month is null or direction is null or amount_eur is null
            or source_system is null or source_export is null or source_record is null""",
        "critical",
        "Sans ces clés une ligne n'entre dans aucun tableau, ou ne peut être remontée à son fichier.",
    ),
    rule(
        "euros_du_grand_livre",
        "Les euros directs viennent du grand livre (mandats et titres) et de lui seul",
        """select source_export, source_record, abs(amount_eur) as amount_eur from batch
        where cost_stage = 'direct' and source_system <> 'finance_pes'""",
        "critical",
        "La paie, les compteurs ou les bons de travaux disent où vont les euros, jamais combien : sinon ils "
        "compteraient deux fois.",
    ),
    rule(
        "grand_livre_entier",
        "Le total est, au centime, celui du grand livre, par budget, exercice et sens",
        """select 'budget ' || budget_id || ', exercice ' || exercice as element,
            abs(coalesce(lines.total, 0) - coalesce(ledger.total, 0)) as amount_eur
        from (
            select budget_id, exercice, direction, sum(amount_eur) as total from batch
            group by budget_id, exercice, direction
        ) as lines
        full join (
            select budget_id, exercice, direction, sum(amount_eur) as total
            from intermediate.int_finance_pes__cost_lines group by budget_id, exercice, direction
        ) as ledger using (budget_id, exercice, direction)
        where lines.total is distinct from ledger.total""",
        "critical",
        "Répartir une ligne entre services ne crée ni ne perd un euro (principe du coût vrai).",
    ),
    rule(
        "mois_et_exercice",
        "Le mois d'une ligne est de son exercice, ou le mois de janvier suivant",
        """select source_export, source_record, abs(amount_eur) as amount_eur from batch
        where month not between make_date(exercice, 1, 1) and make_date(exercice + 1, 1, 1)""",
        "warning",
        "Seule la journée complémentaire (jusqu'au 31 janvier) permet d'émettre sur l'an passé (CGCT, L. 1612-11).",
    ),
    rule(
        "montant_non_nul",
        "Aucune ligne n'est à zéro",
        "select source_export, source_record, 'MtHT' as element from batch where amount_eur = 0",
        "warning",
        "Une ligne à zéro ne coûte rien ; en nombre, elle montre un mauvais champ lu par l'éditeur.",
    ),
]

SUITES = {"int_cost_lines": suite("conformed.int_cost_lines", *COST_LINES)}
