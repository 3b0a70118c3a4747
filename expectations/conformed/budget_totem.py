"""The budget lines that stand, classified: nothing dropped, doubts counted."""

from expectations.common import rule, suite, valid_siret

DOCUMENT = [
    valid_siret("budget_siret", "Le SIRET du budget a une clé juste"),
    rule(
        "population_declaree",
        "Le document dit la population de la commune",
        """select source_export, source_record, 'InformationsGenerales' as element from batch
        where is_standing and is_final_account and budget_type_code = 'P' and coalesce(population_declared, 0) <= 0""",
        "warning",
        "Les montants par habitant et les ratios légaux en dépendent (CGCT, R. 2313-1).",
    ),
]

LINE = [
    rule(
        "lignes_qui_font_foi",
        "Chaque ligne de détail d'un document qui fait foi est reprise une fois, pour son montant réalisé",
        """select coalesce(batch.source_export, received.source_export) as source_export,
            coalesce(batch.source_record, received.source_record) as source_record
        from (
            select line.source_export, line.source_record, line.realised_eur, document.decision_code
            from staging.stg_budget_totem__ligne as line
            join staging.stg_budget_totem__document as document using (source_export)
            where document.is_standing and not line.is_calculated
        ) as received
        full join batch
            on received.source_export = batch.source_export and received.source_record = batch.source_record
        where batch.source_record is null or received.source_record is null
            or (received.decision_code in ('09', '10')
                and batch.realised_eur is distinct from received.realised_eur)""",
        "critical",
        "Ni ligne perdue, ni total compté comme une ligne, ni document remplacé (règle de conservation).",
    ),
    rule(
        "nature_connue",
        "Chaque compte existe au plan de comptes",
        """select source_export, source_record, 'Nature' as element,
            abs(coalesce(nullif(realised_eur, 0), voted_eur, 0)) as amount_eur
        from batch where warning_nature_unknown""",
        "warning",
        "Un compte absent du plan de l'année : plan non déposé, ou compte supprimé ; la section est trouvée autrement.",
    ),
    rule(
        "fonction_connue",
        "Chaque fonction existe dans la nomenclature",
        """select source_export, source_record, 'Fonction' as element,
            abs(coalesce(nullif(realised_eur, 0), voted_eur, 0)) as amount_eur
        from batch where warning_function_unknown""",
        "warning",
        "Par exemple une fonction M57 saisie dans un budget M14 : elle n'est rattachée à aucune politique publique.",
    ),
    rule(
        "section_de_l_editeur",
        "La section trouvée est celle que dit l'éditeur, quand il la dit",
        "select source_export, source_record, 'CaracSup Section' as element from batch where warning_section_differs",
        "warning",
        "Les deux voies concordaient sur tous les documents examinés : une différence est à comprendre.",
    ),
]

LEGAL_MEASURE = [
    rule(
        "mesures_de_chaque_compte",
        "Chaque compte administratif ou CFU qui fait foi donne ses agrégats légaux",
        """select document.source_export, 'exercice ' || document.exercice as element
        from intermediate.int_budget_totem__document as document
        anti join batch using (budget_id, exercice)
        where document.is_standing and document.is_final_account""",
        "critical",
        "Les ratios légaux s'en déduisent (CGCT, L. 2313-1).",
    ),
]

PRINTED_RATIO = [
    rule(
        "ratio_lisible",
        "Chaque ratio imprimé se lit comme un nombre",
        """select source_export, source_record, 'ratio ' || ratio_number as element from batch
        where printed_value is null and coalesce(trim(printed_text), '') <> ''""",
        "warning",
        "Un ratio illisible ne peut être comparé au nôtre.",
    ),
]

EXECUTION_LINE = [
    rule(
        "comptes_repris_entiers",
        "Chaque ligne du compte de l'exercice est reprise une fois, pour son montant réalisé",
        """select coalesce(batch.source_export, line.source_export) as source_export,
            coalesce(batch.source_record, line.source_record) as source_record
        from (select * from intermediate.int_budget_totem__line where is_final_account) as line
        full join (select * from batch where is_final_account) as batch
            on line.source_export = batch.source_export and line.source_record = batch.source_record
        where batch.source_record is null or line.source_record is null
            or batch.realised_eur is distinct from line.realised_eur""",
        "critical",
        "L'exécution et l'investissement se lisent sur ces lignes : aucune ne se perd (règle de conservation).",
    ),
]

LOAN = [
    rule(
        "emprunts_repris_entiers",
        "Chaque emprunt de l'annexe du compte est repris une fois, pour son capital restant dû",
        """select coalesce(batch.source_export, received.source_export) as source_export,
            coalesce(batch.source_record, received.source_record) as source_record
        from (
            select loan.source_export, loan.source_record, coalesce(loan.capital_due_end_eur, 0) as due
            from staging.stg_budget_totem__emprunt as loan
            join intermediate.int_budget_totem__document as document using (source_export)
            where document.is_final_account and not loan.is_calculated and loan.loan_kind_code <> '10'
        ) as received
        full join batch
            on received.source_export = batch.source_export and received.source_record = batch.source_record
        where batch.source_record is null or received.source_record is null
            or batch.capital_due_end_eur <> received.due""",
        "critical",
        "L'état de la dette est une annexe obligatoire (CGCT, R. 2313-3) : ni emprunt perdu, ni total compté.",
    ),
]

PROGRAMME = [
    rule(
        "programmes_repris_entiers",
        "Les crédits de paiement des programmes sont ceux de l'annexe, lignes de ratios exceptées",
        """select batch.source_export, 'exercice ' || batch.exercice as element,
            abs(batch.credits - received.credits) as amount_eur
        from (
            select source_export, exercice, sum(credits_opened_eur) as credits from batch group by 1, 2
        ) as batch
        join (
            select source_export, sum(coalesce(credits_opened_eur, 0)) as credits from staging.stg_budget_totem__apcp
            where coalesce(row_kind_code, 'S') <> 'R' group by 1
        ) as received using (source_export)
        where batch.credits <> received.credits""",
        "critical",
        "Les autorisations de programme et leurs crédits de paiement sont votés (CGCT, L. 2311-3).",
    ),
]

GRANT = [
    rule(
        "subventions_reprises_entieres",
        "Chaque concours du compte est repris une fois, pour son montant",
        """select coalesce(batch.source_export, received.source_export) as source_export,
            coalesce(batch.source_record, received.source_record) as source_record
        from (
            select grants.source_export, grants.source_record, grants.grant_eur
            from staging.stg_budget_totem__concours as grants
            join intermediate.int_budget_totem__document as document using (source_export)
            where document.is_final_account
        ) as received
        full join (select * from batch where is_final_account) as batch
            on received.source_export = batch.source_export and received.source_record = batch.source_record
        where batch.source_record is null or received.source_record is null
            or batch.grant_eur <> received.grant_eur""",
        "critical",
        "La liste des concours attribués à des tiers est une annexe obligatoire (CGCT, L. 2313-1).",
    ),
    rule(
        "beneficiaire_sans_personne",
        "Aucun bénéficiaire n'est nommé s'il n'est pas dit que c'est un organisme",
        """select source_export, source_record from batch
        where beneficiary_kind <> 'organisation' and (beneficiary_name <> '' or beneficiary_siren <> '')""",
        "critical",
        "Le nom d'un particulier ne sort pas du fichier (RGPD, article 5, § 1, c).",
    ),
]

SUITES = {
    f"int_budget_totem__{table}": suite(f"conformed.int_budget_totem__{table}", *rules)
    for table, rules in {
        "document": DOCUMENT,
        "execution_line": EXECUTION_LINE,
        "loan": LOAN,
        "programme": PROGRAMME,
        "grant": GRANT,
        "line": LINE,
        "legal_measure": LEGAL_MEASURE,
        "printed_ratio": PRINTED_RATIO,
    }.items()
}
