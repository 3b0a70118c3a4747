"""The loans in the conformed shape."""

from expectations.common import rule, suite

SUITES = {
    "int_tool_library__activity": suite(
        "conformed.int_tool_library__activity",
        rule(
            "prets_conserves",
            "Tous les prêts qui font foi comptent",
            """select 'prêts' as element from (select sum(quantity) as total from batch) as lines
            cross join (
                select sum(loan_count) as total from staging.stg_tool_library__pret where is_standing
            ) as known where lines.total is distinct from known.total""",
            "critical",
            "Un prêt perdu fausserait le coût d'un prêt.",
        ),
    )
}
