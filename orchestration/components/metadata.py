"""How Beffroi's results read in the Dagster UI: check results and tables as Markdown, counts only, never a value."""

from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from orchestration.lib.guard import RuleVerdict, TableVerdict
from orchestration.lib.register import Export

ROWS_SHOWN = 50  # a longer table hides the page; the register and the quality report have everything
PLACES_SHOWN = 3


def verdict_check(verdict: TableVerdict, key: dg.AssetKey) -> dg.AssetCheckResult:
    """Return the verdict of a suite as a check: a critical failure is an ERROR, a warning shows and stops nothing.

    Rules that failed stand in the description, which the UI shows at once; the report lists all of them.
    """
    failed = sorted((rule for rule in verdict.rules if not rule.passed), key=lambda rule: rule.severity)
    said = f"{len(verdict.rules) - len(failed)} of {len(verdict.rules)} rules hold"
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="expectations",
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.critical_failed else dg.AssetCheckSeverity.WARN,
        description="\n".join([said, "", *(f"- **{rule.severity}**: {rule.description}" for rule in failed)]).strip(),
        metadata={
            "rules": len(verdict.rules),
            "failed": len(failed),
            "report": markdown_table(
                ["", "severity", "rule", "rows at fault", "of", "euros", "places", "why"],
                [
                    *(_rule_row(rule) for rule in failed),
                    *(_rule_row(rule) for rule in verdict.rules if rule.passed),
                ],
            ),
        },
    )


def exports_table(exports: Iterable[Export], home: Path) -> dg.MetadataValue:
    """Return exports as a Markdown table: file, what is wrong with it, and the report to send to the department."""
    return markdown_table(
        ["export", "reason", "report"],
        [[export.file_name, export.reason, home / export.report if export.report else ""] for export in exports],
    )


def markdown_table(headers: list[str], rows: Iterable[Iterable[object]]) -> dg.MetadataValue:
    """Return ``rows`` as a Markdown table, cut after 50 and said so; "none" when there are none."""
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    if not lines:
        return dg.MetadataValue.md("none")
    cut = [f"\n… and {len(lines) - ROWS_SHOWN} more."] if len(lines) > ROWS_SHOWN else []
    return dg.MetadataValue.md(
        "\n".join([f"| {' | '.join(headers)} |", "|---" * len(headers) + "|", *lines[:ROWS_SHOWN], *cut])
    )


def _rule_row(rule: RuleVerdict) -> list[object]:
    return [
        "✓" if rule.passed else "✗",
        rule.severity,
        rule.description,
        rule.unexpected_count,
        rule.element_count,
        rule.amount_eur,
        "; ".join(rule.places[:PLACES_SHOWN]),
        rule.why,
    ]


def _cell(content: object) -> str:
    """Return ``content`` as a cell; counts and amounts are grouped by thousands."""
    if isinstance(content, int):
        return f"{content:,}"
    return str(content or "").replace("|", "\\|").replace("\n", " ")
