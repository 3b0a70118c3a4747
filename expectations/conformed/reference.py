"""Chapters, natures and functions: the town's plans first, the built-in ones for a town that drops none."""

from expectations.common import not_empty, rule, suite

WHY = "Aucune ligne ne pourrait être classée."

CHAPTER = [not_empty("Il y a des chapitres", WHY)]

FUNCTION = [
    not_empty("Il y a des fonctions", WHY),
    rule(
        "deux_nomenclatures",
        "Les fonctions M14 et M57 sont toutes deux là",
        """select norm as element from (values ('M14'), ('M57')) as expected (norm) anti join batch using (norm)""",
        "critical",
        "Un même code désigne des politiques différentes en M14 et en M57 : 251 est la cantine en M14.",
    ),
]

NATURE = [
    not_empty("Il y a des comptes", WHY),
    rule(
        "chapitre_connu",
        "Le chapitre réel d'un compte est un chapitre de sa nomenclature",
        """select source_export, source_record, 'chapitre ' || used.chapter_code as element
        from (
            select source_export, source_record, norm, unnest([chapter_expense_real, chapter_revenue_real])
                as chapter_code
            from batch
        ) as used
        anti join intermediate.int_reference__chapter using (norm, chapter_code)
        where used.chapter_code is not null""",
        "warning",
        "La section d'une ligne vient de ce chapitre ; sans lui elle est déduite de la classe du compte.",
    ),
]

SUITES = {
    f"int_reference__{table}": suite(f"conformed.int_reference__{table}", *rules)
    for table, rules in {"chapter": CHAPTER, "function": FUNCTION, "nature": NATURE}.items()
}
