"""Suppliers and grants: every euro of the ledger and of the annex, delays within the law, and no person by name."""

from expectations.common import rule
from expectations.marts import mart_suite

YEAR = "'budget ' || budget_id || ', exercice ' || exercice"

SUPPLIER = [
    rule(
        "achats_du_grand_livre",
        "Les achats de chaque exercice y sont tous, au centime",
        f"""select {YEAR} as element, abs(coalesce(mine, 0) - coalesce(stated, 0)) as amount_eur
        from (
            select budget_id, exercice, sum(amount_eur) as mine from batch group by budget_id, exercice
        ) as suppliers
        full join (
            select budget_id, exercice, sum(amount_eur) as stated from intermediate.int_finance_pes__ledger_line
            where standing_status = 'standing' and direction = 'expense' and not is_order and not is_ormc
                and left(nature_code, 2) in ('60', '61', '62', '20', '21', '23')
                and left(nature_code, 3) not in ('204', '621')
            group by budget_id, exercice
        ) as ledger using (budget_id, exercice)
        where coalesce(mine, 0) <> coalesce(stated, 0)""",
        "critical",
        "Fournisseurs nommés, autres, particuliers et tiers non précisés font le total (règle de conservation).",
    ),
    rule(
        "particuliers_ensemble",
        "Aucun particulier n'a de ligne à lui",
        "select source_export from batch where supplier_group_id like 'person-%'",
        "critical",
        "Un particulier payé par la commune n'est pas à publier, même sous pseudonyme (docs/privacy.md).",
    ),
    rule(
        "delai_global_legal",
        "Le délai moyen connu ne dépasse pas 30 jours dans l'exercice",
        f"""select {YEAR} as element from batch group by budget_id, exercice
        having sum(global_days_sum) > 30 * sum(global_dated_count)""",
        "warning",
        "Délai maximal de 30 jours, dont 10 pour le comptable (décret n° 2013-269 du 29 mars 2013, art. 1er et 12). "
        "Le délai connu s'arrête à la prise en charge : le vrai est plus long.",
    ),
    rule(
        "date_de_reception_connue",
        "La date de réception de la demande de paiement est connue pour au moins la moitié des mandats d'un exercice",
        f"""select {YEAR} as element from batch group by budget_id, exercice
        having 2 * sum(ordonnateur_dated_count) < sum(piece_count)""",
        "warning",
        "Sans le bloc DGP du flux PES, le délai de l'ordonnateur ne porte que sur une partie des factures.",
    ),
]

GRANT = [
    rule(
        "concours_de_l_annexe",
        "Les concours du compte y sont tous, en argent et en nature",
        f"""select {YEAR} as element, abs(coalesce(mine, 0) - coalesce(stated, 0)) as amount_eur
        from (
            select budget_id, exercice, sum(coalesce(granted_eur, 0) + coalesce(in_kind_eur, 0)) as mine from batch
            group by budget_id, exercice
        ) as grants
        full join (
            select budget_id, exercice, sum(grant_eur) as stated from intermediate.int_budget_totem__grant
            where is_final_account group by budget_id, exercice
        ) as annex using (budget_id, exercice)
        where coalesce(mine, 0) <> coalesce(stated, 0)""",
        "critical",
        "Organismes, particuliers et bénéficiaires non précisés font ensemble le total (règle de conservation).",
    ),
    rule(
        "particuliers_sans_nom",
        "Les particuliers ne sont qu'un total",
        """select source_export from batch
        where beneficiary_kind <> 'organisation'
            and (beneficiary_siren <> '' or beneficiary_id <> beneficiary_kind
                or beneficiary_name not in ('Personnes physiques', 'Bénéficiaires non précisés'))""",
        "critical",
        "Le nom de qui reçoit une aide ne sort pas de la commune (RGPD, article 5, § 1, c ; CRPA, L. 312-1-2).",
    ),
    rule(
        "attribue_et_mandate",
        "La subvention attribuée à un organisme est celle qui lui est mandatée",
        f"""select source_export, {YEAR} as element, abs(granted_eur - paid_eur) as amount_eur from batch
        where beneficiary_kind = 'organisation' and granted_eur <> paid_eur and granted_eur > 0""",
        "warning",
        "L'annexe compte parfois des concours que les comptes nomment autrement : l'écart est montré, non corrigé.",
    ),
]

SUITES = {
    "mart_supplier_payment": mart_suite("mart_supplier_payment", *SUPPLIER),
    "mart_grant": mart_suite("mart_grant", *GRANT),
}
