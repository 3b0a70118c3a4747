"""The code location: everything under ``defs/``, found by its folder."""

import dagster as dg

from orchestration.lib.home import PROJECT, Home

Home.from_environment().prepare()


@dg.definitions
def defs() -> dg.Definitions:
    """Return all definitions; steps run in one process, since importing dbt and GX again costs more than the steps."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=PROJECT), dg.Definitions(executor=dg.in_process_executor)
    )
