"""Debt, savings, programmes and investment: the annexes agree with the accounts and with the ledger, to the cent."""

from expectations.common import rule
from expectations.marts import mart_suite

YEAR = "'budget ' || budget_id || ', exercice ' || exercice"

DEBT = [
    rule(
        "encours_du_compte",
        "L'encours de dette au 31 décembre est celui des ratios légaux",
        f"""select {YEAR} as element, abs(coalesce(loans.due, 0) - coalesce(measure_eur, 0)) as amount_eur
        from (select * from intermediate.int_budget_totem__legal_measure where measure_code = 'debt_end') as measure
        full join (
            select budget_id, exercice, sum(capital_due_end_eur) as due from batch
            where is_own_debt group by budget_id, exercice
        ) as loans using (budget_id, exercice)
        where coalesce(loans.due, 0) <> coalesce(measure_eur, 0)""",
        "critical",
        "Le même encours sert aux ratios 5 et 11 (CGCT, R. 2313-1) et à la capacité de désendettement.",
    ),
    rule(
        "solde_de_l_emprunt",
        "Le capital du 1er janvier, plus l'encaissé, moins le remboursé, donne celui du 31 décembre",
        "select source_export, source_record, abs(capital_repaid_eur) as amount_eur from batch where warning_balance",
        "warning",
        "Certains logiciels impriment le capital du 31 décembre dans les deux colonnes (vu à Montreuil).",
    ),
    rule(
        "capital_repris_de_l_exercice_precedent",
        "Le capital dû au 31 décembre d'un contrat est celui du 1er janvier suivant",
        """select following.source_export, following.source_record,
            abs(ending.capital_due_end_eur - following.capital_due_start_eur) as amount_eur
        from batch as ending
        join batch as following
            on ending.budget_id = following.budget_id and ending.exercice + 1 = following.exercice
            and ending.loan_kind_code = following.loan_kind_code
            and ending.contract_number = following.contract_number
        where ending.capital_due_end_eur <> following.capital_due_start_eur
            and ending.contract_number in (
                select contract_number from batch group by contract_number, exercice having count(*) = 1
            )""",
        "warning",
        "Deux comptes successifs décrivent le même contrat : un écart est un refinancement ou une annexe à corriger.",
    ),
    rule(
        "charte_gissler",
        "La classe de risque, quand elle est donnée, est de 1A à 6F",
        "select source_export, source_record from batch where gissler_class not similar to '[1-6][A-F]'",
        "warning",
        "Charte de bonne conduite (circulaire IOCB1015077C du 25 juin 2010) : 6F est hors charte.",
    ),
    rule(
        "taux_plausible",
        "Le taux d'un emprunt est entre 0 et 15 %",
        "select source_export, source_record from batch where current_rate_pct < 0 or current_rate_pct > 15",
        "warning",
        "Au-delà, le taux est sans doute saisi dans une autre unité, ou l'emprunt est structuré.",
    ),
]

POSITION = [
    rule(
        "position_de_chaque_compte",
        "Chaque compte administratif ou CFU qui fait foi a sa situation financière",
        """select document.source_export, 'exercice ' || document.exercice as element
        from intermediate.int_budget_totem__document as document
        anti join batch using (budget_id, exercice)
        where document.is_final_account""",
        "critical",
        "Une année sans épargne ni dette manquerait à la rétrospective sans que rien le montre.",
    ),
    rule(
        "capital_de_l_annexe",
        "Le capital remboursé selon l'annexe de la dette est celui des comptes 16",
        f"""select source_export, {YEAR} as element, abs(capital_gap_eur) as amount_eur from batch
        where capital_gap_eur <> 0""",
        "warning",
        "Deux pages du même document décrivent les mêmes remboursements : exact à Montreuil en 2018 et 2022.",
    ),
    rule(
        "interets_de_l_annexe",
        "Les intérêts selon l'annexe de la dette sont ceux des comptes 66111",
        f"""select source_export, {YEAR} as element, abs(interest_gap_eur) as amount_eur from batch
        where interest_gap_eur <> 0""",
        "warning",
        "Intérêts réglés à l'échéance (66111), sans le rattachement des intérêts courus (66112).",
    ),
    rule(
        "epargne_brute_positive",
        "L'épargne brute n'est pas négative",
        f"""select source_export, {YEAR} as element, abs(gross_savings_eur) as amount_eur from batch
        where gross_savings_eur < 0""",
        "warning",
        "Une épargne négative ne rembourse aucune dette ; l'équilibre réel du budget est en cause (CGCT, L. 1612-4).",
    ),
]

COMMITMENT = [
    rule(
        "paye_dans_l_autorisation",
        "Aucun programme n'a payé plus que son autorisation",
        """select source_export, source_record, 'programme ' || programme_code as element,
            paid_cumulated_eur - authorised_eur as amount_eur
        from batch where paid_cumulated_eur > authorised_eur""",
        "warning",
        "L'autorisation de programme est la limite supérieure des dépenses à engager (CGCT, L. 2311-3).",
    ),
    rule(
        "paye_dans_les_credits",
        "Aucun programme n'a mandaté plus que ses crédits de paiement de l'exercice",
        """select source_export, source_record, 'programme ' || programme_code as element,
            realised_eur - credits_opened_eur as amount_eur
        from batch where realised_eur > credits_opened_eur""",
        "warning",
        "Les crédits de paiement sont la limite des dépenses mandatées dans l'année (CGCT, L. 2311-3).",
    ),
    rule(
        "programme_et_mandats",
        "Le mandaté d'un programme est celui de l'opération de même numéro",
        """select source_export, source_record, 'programme ' || programme_code as element,
            abs(ledger_gap_eur) as amount_eur
        from batch where ledger_gap_eur <> 0""",
        "warning",
        "L'annexe et les flux PES décrivent les mêmes mandats, quand la commune numérote pareil.",
    ),
    rule(
        "reste_imprime",
        "Le reste à financer imprimé est l'autorisation moins les crédits payés",
        """select source_export, source_record, 'programme ' || programme_code as element,
            abs(left_to_finance_printed_eur - left_to_finance_eur) as amount_eur
        from batch where left_to_finance_printed_eur <> left_to_finance_eur""",
        "warning",
        "Un écart dit que le document compte les crédits ouverts et non ceux qui ont été payés.",
    ),
]

INVESTMENT = [
    rule(
        "investissement_du_compte",
        "Le réalisé d'investissement est celui de l'exécution budgétaire, par sens",
        f"""select {YEAR} || ', ' || direction as element, abs(coalesce(mine, 0) - coalesce(stated, 0)) as amount_eur
        from (
            select budget_id, exercice, direction, sum(realised_eur) as mine from batch
            group by budget_id, exercice, direction
        ) as investment
        full join (
            select budget_id, exercice, direction, sum(realised_eur) as stated from marts.mart_budget_execution
            where section = 'I' and is_real and not is_result_or_transfer group by budget_id, exercice, direction
        ) as execution using (budget_id, exercice, direction)
        where coalesce(mine, 0) <> coalesce(stated, 0)""",
        "critical",
        "Les deux tables lisent les mêmes lignes (règle de conservation).",
    ),
    rule(
        "investissement_du_grand_livre",
        "Les mandats et titres d'investissement y sont tous, par sens",
        f"""select {YEAR} || ', ' || direction as element, abs(coalesce(mine, 0) - coalesce(stated, 0)) as amount_eur
        from (
            select budget_id, exercice, direction, sum(ledger_net_eur) as mine from batch
            group by budget_id, exercice, direction
        ) as investment
        full join (
            select budget_id, exercice, direction, sum(amount_eur) as stated
            from intermediate.int_finance_pes__ledger_line
            where standing_status = 'standing' and section = 'I' and not is_order and not is_ormc
            group by budget_id, exercice, direction
        ) as ledger using (budget_id, exercice, direction)
        where coalesce(mine, 0) <> coalesce(stated, 0)""",
        "critical",
        "Aucune opération ne se perd entre les flux et le tableau (règle de conservation).",
    ),
]

SUITES = {
    "mart_debt": mart_suite("mart_debt", *DEBT),
    "mart_financial_position": mart_suite("mart_financial_position", *POSITION),
    "mart_commitment": mart_suite("mart_commitment", *COMMITMENT),
    "mart_investment": mart_suite("mart_investment", *INVESTMENT),
}
