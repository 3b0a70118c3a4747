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

SUITES = {
    f"int_budget_totem__{table}": suite(f"conformed.int_budget_totem__{table}", *rules)
    for table, rules in {
        "document": DOCUMENT,
        "line": LINE,
        "legal_measure": LEGAL_MEASURE,
        "printed_ratio": PRINTED_RATIO,
    }.items()
}
