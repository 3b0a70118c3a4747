"""The loans once typed."""

from expectations.common import accepted_only, carried_over, suite

SUITES = {
    "stg_tool_library__pret": suite(
        "staging.stg_tool_library__pret",
        accepted_only("tool_library"),
        carried_over("tool_library__pret", {"loan_date": "date", "loan_count": "prets"}),
    )
}
