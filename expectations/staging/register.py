"""The register of arrivals, read as a source like any other."""

from expectations.common import rule, suite

EXPORT = [
    rule(
        "export_accepte_charge",
        "Chaque export accepté est dans un chargement",
        """select source_export, file_name as element from batch
        where verdict = 'accepted' and row_count > 0 and load_id is null""",
        "critical",
        "Un export accepté mais jamais chargé serait tenu pour compté alors qu'il ne l'est pas.",
    ),
    rule(
        "export_accepte_non_vide",
        "Un export accepté contient des lignes",
        "select source_export, file_name as element from batch where verdict = 'accepted' and row_count = 0",
        "warning",
        "Un fichier bien formé mais vide montre souvent un mauvais réglage de l'export.",
    ),
    rule(
        "refus_motive",
        "Chaque refus dit sa raison",
        """select source_export, file_name as element from batch
        where verdict = 'refused' and coalesce(reason, '') = ''""",
        "critical",
        "Le service doit savoir quoi corriger.",
    ),
]

SUITES = {"stg_register__export": suite("staging.stg_register__export", *EXPORT)}
