"""How Beffroi's results read in the Dagster UI: check results and tables as Markdown, counts only, never a value."""

from collections.abc import Iterable

import dagster as dg

from orchestration.lib.guard import RuleVerdict, TableVerdict
from orchestration.lib.register import Export


def verdict_check(verdict: TableVerdict, key: dg.AssetKey) -> dg.AssetCheckResult:
    """Return the verdict of a suite as a check: a critical failure is an ERROR, a warning shows and stops nothing."""
    failed = [rule for rule in verdict.rules if not rule.passed]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="expectations",
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.critical_failed else dg.AssetCheckSeverity.WARN,
        description=f"{len(verdict.rules) - len(failed)} of {len(verdict.rules)} rules hold",
        metadata={
            "rules": len(verdict.rules),
            "failed": len(failed),
            "report": dg.MetadataValue.md(_rules_markdown(failed or verdict.rules)),
        },
    )


def exports_table(exports: Iterable[Export]) -> dg.MetadataValue:
    """Return exports as a Markdown table: file, verdict, reason and where the clerk's report is."""
    rows = [
        f"| {_cell(export.file_name)} | {export.verdict} | {_cell(export.reason)} | {_cell(export.report)} |"
        for export in exports
    ]
    if not rows:
        return dg.MetadataValue.md("none")
    return dg.MetadataValue.md("\n".join(["| export | verdict | reason | report |", "|---|---|---|---|", *rows]))


def _rules_markdown(rules: Iterable[RuleVerdict]) -> str:
    rows = [
        f"| {'✓' if rule.passed else '✗'} | {rule.severity} | {_cell(rule.description)} | {rule.unexpected_count} "
        f"| {_cell(rule.why)} |"
        for rule in rules
    ]
    return "\n".join(["| | severity | rule | rows at fault | why |", "|---|---|---|---|---|", *rows])


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
