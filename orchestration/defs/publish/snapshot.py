"""Publication: the marts that passed every critical rule become the snapshot that BI reads."""

from pathlib import Path

import dagster as dg

from orchestration.components.metadata import markdown_table
from orchestration.defs.transform.dbt import dbt_models
from orchestration.lib import build, cost_sheet, dictionary, files, gate, manifest, publish, quality
from orchestration.lib.home import Home
from orchestration.lib.register import Register
from orchestration.site.build import first_page
from orchestration.site.build import write as build_site


def write_pages(snapshot: Path) -> None:
    """Write cost sheets, dashboards and files of each perimeter into the folder of a snapshot, from its own tables."""
    cost_sheet.write(snapshot)
    build_site(snapshot)  # which leads to the sheets
    files.write(snapshot, manifest.marts())


@dg.definitions
def defs() -> dg.Definitions:
    """Return the asset ``published/snapshot``, downstream of all marts and so of their blocking checks."""

    @dg.asset(
        key=["published", "snapshot"],
        deps=[key for key in dbt_models.keys if key.path[0] == "marts"],
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=["team:data"],
        description="One consistent copy of all marts, as `beffroi.duckdb` and as Parquet, switched to at once. BI "
        "reads only this; the confidential tables are not in it. With it come the dashboards, a folder of static pages "
        "per perimeter, files for Excel and others, and a cost sheet per service. The quality report says in French "
        "what the guards found.",
    )
    def snapshot() -> dg.MaterializeResult:
        home = Home.from_environment()
        register = Register(home.register_url)
        judged = gate.read(home)
        if judged is None:
            raise dg.Failure(
                "The warehouse changed since it was last guarded; run the checks first.", allow_retries=False
            )
        if not judged.is_open:
            raise dg.Failure(
                f"{judged.critical} critical rules failed: nothing is published.",
                metadata={"quality report": dg.MetadataValue.path(home.quality / "index.html")},
                allow_retries=False,
            )
        published = publish.publish(
            home, judged.inputs, manifest.labels(), judged.key_id, judged.rules, judged.warnings, add=write_pages
        )
        quality.render(home.root, build.exports_for_report(register))
        dictionary.write(home)
        return dg.MaterializeResult(
            metadata={
                "snapshot": published.snapshot,
                "folder": dg.MetadataValue.path(publish.current_folder(home.published)),
                "dashboards": dg.MetadataValue.path(first_page(publish.current_folder(home.published))),
                "quality report": dg.MetadataValue.path(home.quality / "index.html"),
                "tables": markdown_table(["table", "rows"], published.tables.items()),
                "rules": judged.rules,
                "warnings": judged.warnings,
            }
        )

    return dg.Definitions(assets=[snapshot])
