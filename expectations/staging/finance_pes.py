"""The PES flows once typed, and the sending of each bordereau that stands."""

from expectations.common import accepted_only, carried_over, rule, suite

SYSTEM = "finance_pes"

BORDEREAU = [
    carried_over(
        "finance_pes__bordereau",
        {
            "stated_total_eur": "mt_bord_ht",
            "stated_vat_eur": "mt_bord_tva",
            "flow_date": "dte_str",
            "issue_date": "dte_bord_em",
            "exercice": "exer",
            "bordereau_number": "id_bord",
            "stated_piece_count": "nbr_pce",
        },
    ),
    accepted_only(SYSTEM),
    rule(
        "une_version_fait_foi",
        "Un seul envoi de chaque bordereau fait foi",
        """select max(source_export) as source_export,
            'bordereau ' || bordereau_number || ' de ' || exercice as element,
            sum(stated_total_eur) as amount_eur
        from batch where standing_status = 'standing'
        group by siret, collectivity_code, budget_code, domain_code, exercice, bordereau_type_code, bordereau_number
        having count(*) > 1""",
        "critical",
        "Un bordereau refusé est renvoyé avec le même numéro : compter deux envois doublerait ses euros (PES v2, 1.7).",
    ),
    rule(
        "acquittement_recu",
        "L'acquittement de chaque bordereau qui fait foi a été reçu",
        """select source_export, source_record, 'bordereau ' || bordereau_number || ' de ' || exercice as element,
            stated_total_eur as amount_eur
        from batch where standing_status = 'standing' and acquit_status = 'none'
            and exists (select 1 from staging.stg_finance_pes__acquit)""",
        "warning",
        "Sans acquittement, le dernier envoi est supposé accepté. Rien n'est signalé tant que le service ne dépose "
        "aucun acquittement.",
    ),
    rule(
        "refus_suivi_d_un_renvoi",
        "Chaque bordereau refusé par le comptable a été renvoyé",
        """select source_export, source_record, 'bordereau ' || bordereau_number || ' de ' || exercice as element,
            stated_total_eur as amount_eur
        from batch where standing_status = 'refused' and superseded_by_export is null""",
        "warning",
        "Un bordereau refusé et non renvoyé est une dépense ou une recette qui manque au grand livre (PES_ACQUIT).",
    ),
]

PIECE = [
    carried_over(
        "finance_pes__piece",
        {"piece_number": "id_pce", "due_date": "dte_ech", "billed_from": "deb_fact", "payment_delay_days": "duree_dgp"},
    ),
    accepted_only(SYSTEM),
]

LIGNE = [
    carried_over(
        "finance_pes__ligne",
        {
            "amount_eur": "mt_ht",
            "vat_amount_eur": "mt_tva",
            "invoice_amount_eur": "mt_fact_ht",
            "original_exercice": "exer_rat",
            "original_piece_number": "id_pce_orig",
            "line_number": "id_ligne",
            "nature_code": "nature",
            "function_code": "fonction",
        },
    ),
    accepted_only(SYSTEM),
]

ACQUIT = [
    carried_over(
        "finance_pes__acquit",
        {"acquit_date": "dte_str", "exercice": "exercice_bord", "bordereau_number": "num_bord"},
    ),
    accepted_only(SYSTEM),
    rule(
        "acquittement_rattache",
        "Chaque acquittement correspond à un flux reçu",
        """select source_export, source_record, 'NomFic' as element from batch
        anti join (select distinct flow_name from staging.stg_finance_pes__bordereau) using (flow_name)
        where judges_bordereau and flow_name is not null
            and source_export not in (
                select acquit_export from staging.stg_finance_pes__bordereau where acquit_export is not null
            )""",
        "warning",
        "Un acquittement sans son flux montre un export qui manque : demander les fichiers PES_Aller de cette date.",
    ),
]

RETOUR = [
    carried_over(
        "finance_pes__retour",
        {"amount_eur": "mt_ht", "retour_date": "dte_str", "taken_in_charge_date": "dte_pce_pec", "exercice": "exer"},
    ),
    accepted_only(SYSTEM),
    rule(
        "retour_rattache",
        "Chaque pièce d'un fichier retour correspond à un bordereau reçu",
        """select source_export, source_record, 'pièce ' || piece_number || ' de ' || exercice as element, amount_eur
        from batch
        anti join staging.stg_finance_pes__bordereau
            using (siret, budget_code, domain_code, exercice, bordereau_number)
        where exercice in (select exercice from staging.stg_finance_pes__bordereau)""",
        "warning",
        "Une pièce prise en charge dont le bordereau est inconnu montre un export qui manque. Les exercices dont aucun "
        "flux n'a été déposé ne sont pas signalés.",
    ),
]

SUITES = {
    f"stg_finance_pes__{table}": suite(f"staging.stg_finance_pes__{table}", *rules)
    for table, rules in {
        "bordereau": BORDEREAU,
        "piece": PIECE,
        "ligne": LIGNE,
        "acquit": ACQUIT,
        "retour": RETOUR,
    }.items()
}
