"""Where one euro of an auxiliary service ends: the simultaneous equations of docs/costing.md, solved exactly."""

from collections import defaultdict

from orchestration.lib.allocation import METHODS, PARTS, CircularKeys, absorption


def variants(keys, method):
    """Yield (variant_id, method, key of each auxiliary): what counts, the other methods, each other key alone."""
    chosen = {service: key for (service, key), (_, is_chosen) in keys.items() if is_chosen}
    yield "central", method, chosen
    for other in METHODS:
        if other != method:
            yield f"method:{other}", other, chosen
    for (service, key), (_, is_chosen) in sorted(keys.items()):
        if not is_chosen:
            yield f"key:{key}", method, chosen | {service: key}


def solved(keys, closing_rank, method):
    """Yield (variant_id, auxiliary, service, kept parts, passed parts) of one exercice."""
    for variant, by, chosen in variants(keys, method):
        quantities = {
            (service, user): quantity
            for service, key in chosen.items()
            for user, quantity in keys[service, key][0].items()
        }
        try:
            found = absorption(quantities, closing_rank, by)
        except CircularKeys:
            # Another key that would turn in circles is no alternative; the ones that count must not.
            if variant == "central":
                raise
            continue
        passed = {pair: round(share * PARTS) for pair, share in found.visits.items() if share}
        for service, user in sorted(found.kept.keys() | passed.keys()):
            yield variant, service, user, found.kept.get((service, user), 0), passed.get((service, user), 0)


def model(dbt, session):
    """Return one row per exercice, variant, auxiliary service and service that it serves in the end."""
    dbt.config(materialized="table")
    ranks = dbt.ref("ref_service_role").filter("cost_role = 'auxiliary'").project("service_id, closing_rank").fetchall()
    columns = "exercice, service_id, key_id, is_chosen, user_service_id, cast(quantity as hugeint)"
    keys = defaultdict(dict)
    for exercice, service, key, is_chosen, user, quantity in dbt.ref("int_cost_key").project(columns).fetchall():
        keys[exercice].setdefault((service, key), ({}, is_chosen))[0][user] = quantity
    session.execute(
        "create or replace temp table absorbed (exercice integer, variant_id varchar, service_id varchar,"
        " user_service_id varchar, kept_parts bigint, passed_parts bigint)"
    )
    rows = [
        (exercice, *row)
        for exercice in sorted(keys)
        for row in solved(keys[exercice], dict(ranks), dbt.config.get("cost_method"))
    ]
    if rows:
        session.executemany("insert into absorbed values (?, ?, ?, ?, ?, ?)", rows)
    return session.table("absorbed")
