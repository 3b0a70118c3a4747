"""The true cost of ``allocation.py`` by hand, in pandas and NumPy floats, to measure what exactness and dbt cost.

``python -m benchmarks.plain_allocation WAREHOUSE DATABASE`` reads the town of WAREHOUSE and writes the tables
full_cost and unit_cost in DATABASE. It knows the rules that the lines of the benchmark need and no other; a line that
surprises it stops it.
"""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

CODES = ["direction", "section", "is_order", "nature_code", "function_code", "source_service_code", "analytic", "own"]
POOL = ["budget_id", "exercice", "cost_month", "direction"]
NAMES = ["service_id", "facility_id", "activity_id"]
CENTRAL = {"65811": "DSI", "6262": "DSI", "6184": "DRH", "6261": "LOG", "6064": "LOG", "6168": "LOG", "627": "FIN"}
FULL_COST = ["direct", "building", "support"]


class Town:
    """What the warehouse says, as frames."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read everything."""

        def frame(query: str) -> pd.DataFrame:
            return connection.execute(query).df()

        self.lines = frame(
            """select budget_id, exercice, if(year(month) > exercice, make_date(exercice, 12, 1), month) as cost_month,
            direction, section, is_order, nature_code, chapter_code, coalesce(function_m57_code, function_code)
            as function_code, source_service_code, source_analytic_code as analytic,
            substr(tiers_id, 7, 9) = substr(budget_id, 1, 9) as own, bordereau_number, piece_number,
            service_id, facility_id, cost_stage, cast(amount_eur as double) as eur
            from (from intermediate.int_finance_pes__cost_lines where chapter_code <> '012'
            union all by name from intermediate.int_payroll_cost_lines)"""
        )
        self.services = frame("from seeds.ref_service left join seeds.ref_service_role using (service_id)")
        self.services["cost_role"] = self.services["cost_role"].fillna("principal")
        self.sites = frame(
            """select facility_id, analytic_code as analytic, service_id, cast(floor_area_m2 as double) as area
            from intermediate.int_fixed_assets__facility"""
        )
        self.energy = frame(
            """select year(month) as exercice, nature_code, facility_id, cast(sum(energy_kwh) as double) as weight
            from intermediate.int_energy__use inner join seeds.map_energy__nature using (energy_type) group by all"""
        )
        self.assets = frame(
            """select exercice, budget_id, facility_id, service_id, cast(sum(depreciation_eur) as double) as weight
            from marts.fct_asset group by all"""
        )
        self.counted = frame(
            """select year(activity_date) as exercice, activity_id, measure_code, service_id, facility_id,
            cast(sum(quantity) as double) as quantity from intermediate.int_activity group by all"""
        )
        self.payslips = frame(
            """select year(pay_month) as exercice, service_id, count(distinct (agent_id, pay_month)) as quantity
            from intermediate.int_pay_line group by all"""
        )
        self.keys = frame("from seeds.key_allocation")
        self.declared = frame("from seeds.key_declared_quantity")
        self.activities = frame("from seeds.ref_activity")
        self.steps = frame("from seeds.ref_cost_step")


def shared(frame: pd.DataFrame, weights: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Each amount of ``frame`` over the rows of ``weights`` with the same ``on``."""
    weights = weights[weights["weight"] > 0]
    part = weights["weight"] / weights.groupby(on)["weight"].transform("sum")
    joined = frame.merge(weights.assign(part=part), on=on)
    joined["eur"] *= joined["part"]
    return joined


def placed(town: Town) -> pd.DataFrame:
    """Stage 1: one row per line, or part of one, of scope service."""
    codes = town.lines[[*CODES, "cost_stage"]].drop_duplicates().reset_index(drop=True)
    functions = town.services.dropna(subset=["function_m57_code"])
    functions = functions.drop_duplicates("function_m57_code", keep=False)
    by_function = codes["function_code"].map(functions.set_index("function_m57_code")["service_id"])
    sites = town.sites.set_index("analytic")
    nature, is_020 = codes["nature_code"], codes["function_code"].eq("020")
    central = nature.map(CENTRAL).where(is_020)
    ways = [
        (codes["section"].eq("I"), "outside"),
        (nature.eq("6811"), "depreciation"),
        (codes["own"].fillna(value=False).astype(bool) & nature.eq("657363"), "outside"),
        (nature.str[:2].isin(["66", "73"]) | nature.str[:3].isin(["741", "748"]), "outside"),
        (codes["function_code"].eq("01"), "outside"),
        (codes["cost_stage"].eq("payroll"), "payroll"),
        (nature.eq("6161") & is_020, "floor_area"),
        (central.notna(), "central"),
        (codes["analytic"].notna(), "analytic"),
        (nature.isin(["60612", "60621"]) & by_function.isin(town.sites["service_id"]), "energy"),
        (is_020, "general"),
        (by_function.notna(), "function"),
        (codes["source_service_code"].notna(), "service"),
    ]
    codes["way"] = np.select([when for when, _ in ways], [way for _, way in ways], "nowhere")
    choices = {
        "central": central,
        "analytic": codes["analytic"].map(sites["service_id"]),
        "energy": by_function,
        "general": "DGS",
        "function": by_function,
        "service": codes["source_service_code"],
        "nowhere": "A_AFFECTER",
    }
    codes["to_service"] = np.select([codes["way"].eq(way) for way in choices], list(choices.values()), None)
    codes["to_facility"] = codes["analytic"].map(sites["facility_id"]).where(codes["way"].eq("analytic"))
    codes["step"] = steps_of(codes, town.steps)
    lines = town.lines.merge(codes, on=[*CODES, "cost_stage"])
    lines = lines[lines["way"].ne("outside")]
    paid = lines["way"].eq("payroll")
    lines["service_id"] = lines["service_id"].where(paid, lines["to_service"])
    lines["facility_id"] = lines["facility_id"].where(paid, lines["to_facility"])
    lines = lines.drop(columns=["to_service", "to_facility", *CODES[1:3], *CODES[4:]])
    cut = lines["way"].isin(["energy", "depreciation", "floor_area"])
    owners = town.sites[["facility_id", "service_id"]]
    energy = town.energy.merge(owners, on="facility_id")
    assets = town.assets.merge(owners, on="facility_id", how="left", suffixes=("", "_of"))
    assets["service_id"] = assets["service_id"].fillna(assets["service_id_of"])
    areas = town.sites.rename(columns={"area": "weight"}).drop(columns="analytic")
    without = lines[cut].drop(columns="facility_id")
    served = without["way"].eq("energy")
    nobody = without[~served].drop(columns="service_id")
    parts = [
        lines[~cut],
        shared(without[served], energy, ["exercice", "nature_code", "service_id"]),
        shared(nobody[nobody["way"].eq("depreciation")], assets, ["exercice", "budget_id"]),
        shared(nobody[nobody["way"].eq("floor_area")].assign(all=0), areas.assign(all=0), ["all"]),
    ]
    kept = [*POOL, "step", "chapter_code", "bordereau_number", "piece_number", "service_id", "facility_id", "eur"]
    return pd.concat([part[kept] for part in parts], ignore_index=True)


def steps_of(codes: pd.DataFrame, steps: pd.DataFrame) -> pd.Series:
    """What a line is made of, by the longest prefix of its nature."""
    found = pd.Series(index=codes.index, dtype=object)
    for direction, prefix, step in sorted(steps.fillna("").to_numpy().tolist(), key=lambda row: len(row[1])):
        found[codes["direction"].eq(direction) & codes["nature_code"].str.startswith(prefix)] = step
    return found


def quantities(town: Town, direct: pd.DataFrame) -> pd.DataFrame:
    """Drivers: exercice, driver_code, service_id, quantity above zero."""
    by, expense = ["exercice", "service_id"], direct[direct["direction"].eq("expense")]
    mandats = expense.drop_duplicates([*by, "budget_id", "bordereau_number", "piece_number"])
    areas = town.sites.groupby("service_id")["area"].sum().reset_index(name="quantity")
    years = pd.DataFrame({"exercice": sorted(direct["exercice"].unique())})
    hours = town.counted[town.counted["measure_code"].eq("work_hour")]
    found = {
        "mandat": mandats.groupby(by).size().reset_index(name="quantity"),
        "staff_cost": expense[expense["chapter_code"].eq("012")].groupby(by)["eur"].sum().reset_index(name="quantity"),
        "direct_cost": expense.groupby(by)["eur"].sum().reset_index(name="quantity"),
        "floor_area": years.merge(areas, how="cross"),
        "work_hour": hours.groupby(by)["quantity"].sum().reset_index(),
        "payslip": town.payslips,
    }
    whole = pd.concat([frame.assign(driver_code=name) for name, frame in found.items()], ignore_index=True)
    return whole[whole["quantity"] > 0]


def solved(town: Town, drivers: pd.DataFrame, exercice: int) -> dict[str, np.ndarray]:
    """Variant -> F: rows are auxiliaries, columns the other services, in order."""
    services = town.services
    auxiliary = services[services["cost_role"].eq("auxiliary")].sort_values("service_id")
    names, others = list(auxiliary["service_id"]), others_of(services)
    place = {name: index for index, name in enumerate([*names, *others])}
    parent = services.set_index("service_id")["parent_service_id"].to_dict()

    def above(service: str) -> set[str]:
        found = set()
        while service := parent.get(service):
            found.add(service)
        return found

    chains = {service: above(service) for service in place}
    rows: dict[str, dict[str, np.ndarray]] = {}
    now = drivers[drivers["exercice"].eq(exercice)]
    for key in town.keys.sort_values("key_rank").itertuples():
        known = now[now["driver_code"].eq(key.driver_code)]
        if key.driver_code == "declared":
            known = town.declared[town.declared["key_id"].eq(key.key_id)]
        row = np.zeros(len(place))
        for service, quantity in zip(known["service_id"], known["quantity"], strict=True):
            if (
                service in place
                and service not in (key.service_id, "A_AFFECTER")
                and (key.target == "all" or key.service_id in chains[service])
            ):
                row[place[service]] = quantity
        if row.any():
            rows.setdefault(key.service_id, {})[key.key_id] = row
    chosen = np.stack([next(iter(rows[name].values())) for name in names])
    turns = sorted(range(len(names)), key=lambda at: (auxiliary["closing_rank"].iloc[at], names[at]))
    turn = np.argsort(turns)
    size = len(names)

    def ends(matrix: np.ndarray) -> np.ndarray:
        share = matrix / matrix.sum(axis=1, keepdims=True)
        return np.linalg.solve(np.eye(size) - share[:, :size], share[:, size:])

    found = {"central": ends(chosen)}
    later = turn[None, :] > turn[:, None]
    found["method:step_down"] = ends(np.hstack([chosen[:, :size] * later, chosen[:, size:]]))
    found["method:direct"] = ends(np.hstack([np.zeros((size, size)), chosen[:, size:]]))
    for index, name in enumerate(names):
        for key, row in list(rows[name].items())[1:]:
            other = chosen.copy()
            other[index] = row
            found[f"key:{key}"] = ends(other)
    return found


def others_of(services: pd.DataFrame) -> list[str]:
    """The services that keep what they hold."""
    return sorted(services.loc[~services["cost_role"].eq("auxiliary"), "service_id"])


def distributed(town: Town, direct: pd.DataFrame) -> pd.DataFrame:
    """Stage 2: what the other services hold."""
    drivers = quantities(town, direct)
    services = town.services.set_index("service_id")
    role = direct["service_id"].map(services["cost_role"])
    pools = direct[role.eq("auxiliary")].groupby([*POOL, "service_id", "step"])["eur"].sum().reset_index()
    held = [direct[~role.eq("auxiliary")]]
    names, others = sorted(services.index[services["cost_role"].eq("auxiliary")]), others_of(town.services)
    for exercice in sorted(direct["exercice"].unique()):
        part = solved(town, drivers, exercice)["central"]
        mine = pools[pools["exercice"].eq(exercice)].reset_index(drop=True)
        support = mine["service_id"].map(services["cost_step"])
        mine["step"] = support.where(mine["direction"].eq("expense"), mine["step"])
        given = mine["eur"].to_numpy()[:, None] * part[[names.index(one) for one in mine["service_id"]]]
        wide = pd.DataFrame(given, columns=others).assign(**{column: mine[column] for column in [*POOL, "step"]})
        wide = wide.groupby([*POOL, "step"])[others].sum()
        held.append(wide.reset_index().melt([*POOL, "step"], var_name="service_id", value_name="eur"))
    return pd.concat(held, ignore_index=True)[[*POOL, "step", "service_id", "facility_id", "eur"]]


def inside(town: Town, held: pd.DataFrame) -> pd.DataFrame:
    """Stage 3: cells of principal services."""
    activities = town.activities.drop_duplicates("service_id", keep=False)
    held = held.merge(activities[["service_id", "activity_id"]], on="service_id", how="left")
    by = [*POOL, "step", *NAMES]
    held = held.groupby(by, dropna=False)["eur"].sum().reset_index()
    output = town.counted.merge(town.activities, on="activity_id", suffixes=("_user", ""))
    output = output[output["measure_code"].eq(output["output_measure_code"])]
    output = output.groupby(["exercice", *NAMES])["quantity"].sum().reset_index(name="weight")
    areas = town.sites[["service_id", "facility_id", "area"]].rename(columns={"area": "weight"})
    loose = held["facility_id"].isna()
    common = held[loose].drop(columns="facility_id")
    measured = common.set_index(["exercice", "service_id", "activity_id"]).index.isin(
        output.set_index(["exercice", "service_id", "activity_id"]).index
    )
    known = common["service_id"].isin(areas["service_id"])
    cells = [
        held[~loose],
        shared(common[measured], output, ["exercice", "service_id", "activity_id"]),
        shared(common[~measured & known], areas, ["service_id"]),
        common[~measured & ~known],
    ]
    return pd.concat(cells, ignore_index=True).groupby(by, dropna=False)["eur"].sum().reset_index()


def allocate(town: Town) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return full costs by cell and month with what stage 4 adds, and unit costs by activity."""
    held = distributed(town, placed(town))
    role = held["service_id"].map(town.services.set_index("service_id")["cost_role"])
    cells = inside(town, held[role.eq("principal")])
    unassigned, corporate = held[role.eq("unassigned")], held[role.eq("corporate")]
    expense = cells[cells["direction"].eq("expense")]
    receivers = expense.groupby(["exercice", *NAMES], dropna=False)["eur"].sum().reset_index(name="weight")
    pools = corporate.groupby(POOL)["eur"].sum().reset_index()
    apart = shared(pools, receivers, ["exercice"])
    apart["step"] = np.where(apart["direction"].eq("expense"), "corporate", "corporate_revenue")
    whole = pd.concat([cells, unassigned, apart], ignore_index=True)
    cell = ["budget_id", "exercice", "cost_month", *NAMES]
    summed = whole.groupby([*cell, "step"], dropna=False)["eur"].sum().reset_index()
    full = pd.concat([summed[cell], pd.get_dummies(summed["step"]).mul(summed["eur"], axis=0)], axis=1)
    full = full.groupby(cell, dropna=False).sum().reset_index()
    full["full_cost_eur"] = full[FULL_COST].sum(axis=1)
    costs = full.groupby(["exercice", "activity_id"])["full_cost_eur"].sum().reset_index()
    counted = town.counted.merge(town.activities, on="activity_id")
    counted = counted[counted["measure_code"].eq(counted["output_measure_code"])]
    counted = counted.groupby(["exercice", "activity_id"])["quantity"].sum().reset_index()
    units = costs.merge(counted, on=["exercice", "activity_id"])
    units["unit_cost_eur"] = units["full_cost_eur"] / units["quantity"]
    return full, units


def main(source: Path, target: Path) -> None:
    """Do the whole job; prints nothing."""
    with duckdb.connect(str(source), read_only=True) as connection:
        full, units = allocate(Town(connection))
    with duckdb.connect(str(target)) as connection:
        connection.register("full_frame", full)
        connection.register("units_frame", units)
        connection.execute("create table full_cost as from full_frame")
        connection.execute("create table unit_cost as from units_frame")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
