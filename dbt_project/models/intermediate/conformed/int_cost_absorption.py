"""Where one euro of an auxiliary service ends: the simultaneous equations of docs/costing.md, solved exactly."""

from collections import defaultdict
from contextlib import suppress

import pandas as pd

from orchestration.lib.allocation import METHODS, PARTS, CircularKeys, Equations

COLUMNS = {
    "exercice": "int32",
    "variant_id": "string",
    "service_id": "string",
    "user_service_id": "string",
    "kept_parts": "int64",
    "passed_parts": "int64",
}


def solved(keys, closing_rank, method):
    """Yield (variant_id, auxiliary, service, kept parts, passed parts) of one exercice.

    Variants: the one that counts, with what passes; the other methods; each other key alone.
    """
    chosen = {
        (service, user): quantity
        for (service, _), (quantities, is_chosen) in keys.items()
        if is_chosen
        for user, quantity in quantities.items()
    }
    equations = Equations(chosen, closing_rank, method)
    found = equations.absorption()
    passed = {pair: round(share * PARTS) for pair, share in found.visits.items()}
    for service, user in sorted(found.kept.keys() | passed.keys()):
        yield "central", service, user, found.kept.get((service, user), 0), passed.get((service, user), 0)
    for variant, kept in others(keys, chosen, closing_rank, method, equations):
        for service, user in sorted(kept):
            yield variant, service, user, kept[service, user], 0


def others(keys, chosen, closing_rank, method, equations):
    """Yield (variant_id, (auxiliary, service) -> kept parts); what would turn in circles is no alternative."""
    for other in METHODS:
        if other != method:
            with suppress(CircularKeys):
                yield f"method:{other}", Equations(chosen, closing_rank, other).absorption().kept
    for (service, key), (quantities, is_chosen) in sorted(keys.items(), key=lambda item: item[0]):
        if not is_chosen:
            with suppress(CircularKeys):
                yield f"key:{key}", equations.kept_with(service, quantities)


def model(dbt, session):  # noqa: ARG001 (how dbt calls it)
    """Return one row per exercice, variant, auxiliary service and service that it serves in the end."""
    dbt.config(materialized="table")
    ranks = dbt.ref("ref_service_role").filter("cost_role = 'auxiliary'").project("service_id, closing_rank").fetchall()
    columns = "exercice, service_id, key_id, is_chosen, user_service_id, cast(quantity as hugeint)"
    keys = defaultdict(dict)
    for exercice, service, key, is_chosen, user, quantity in dbt.ref("int_cost_key").project(columns).fetchall():
        keys[exercice].setdefault((service, key), ({}, is_chosen))[0][user] = quantity
    rows = [
        (exercice, *row)
        for exercice in sorted(keys)
        for row in solved(keys[exercice], dict(ranks), dbt.config.get("cost_method"))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
