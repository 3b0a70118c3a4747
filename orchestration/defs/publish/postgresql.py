"""Serving: the published snapshot copied to the PostgreSQL of the town, where it has one."""

import logging

import dagster as dg

from orchestration.lib import serving
from orchestration.lib.errors import NotServed
from orchestration.lib.home import Home

LOG = logging.getLogger("beffroi.serving")


@dg.definitions
def defs() -> dg.Definitions:
    """Return the asset ``published/postgresql``, downstream of the snapshot; none where no PostgreSQL is set."""

    @dg.asset(
        key=["published", "postgresql"],
        deps=[dg.AssetKey(["published", "snapshot"])],
        group_name="published",
        kinds={"postgres"},
        owners=["team:data"],
        description="The snapshot in PostgreSQL, schema `marts`, where each reader sees the rows of his perimeters. "
        "When it cannot be written, PostgreSQL goes on with the former snapshot.",
    )
    def postgresql() -> dg.MaterializeResult:
        try:
            served = serving.serve_current(Home.from_environment())
        except NotServed as error:
            LOG.error("PostgreSQL stays at the snapshot that it served: %s", error)
            raise dg.Failure(f"PostgreSQL stays at the snapshot that it served: {error}", allow_retries=False) from None
        LOG.info("PostgreSQL serves snapshot %s", served.snapshot)
        return dg.MaterializeResult(
            metadata={"snapshot": served.snapshot, "tables": served.tables, "rows": served.rows}
        )

    return dg.Definitions(assets=[postgresql] if Home.from_environment().postgres_url else [])
