"""The counts of ``activity.py`` written by hand, to measure what the platform costs: DuckDB, and a loop over children.

``python -m benchmarks.plain_activity HOME DATABASE`` reads the childcare CSV of the drop folder of HOME. Neighbourhoods
and bands are those of the library, as anybody would use one. A file that surprises it stops it.
"""

import hashlib
import hmac
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.lib.home import Home
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.public import age_band, quotient_band
from orchestration.lib.register import Register

KEY = b"k" * 32
TABLES = ("enfants", "quotients", "activites", "unites", "consommations")
DESCRIBED = """
    create table described as
    select
        cast(uses.date as date) as day, known.pseudonym, known.school_year, sites.type, uses.activite_id, sites.site_id,
        aged.age_band, known.sex, known.iris, known.quartier, known.qpv, known.residence,
        coalesce(incomes.band, 'inconnu') as income, uses.etat,
        uses.etat in ('reservation', 'present', 'absentj', 'absenti') as booked,
        uses.etat = 'present' as present,
        uses.etat = 'present' or (uses.etat = 'absenti' and uses.prestation_id is not null) as served,
        cast(replace(units.equiv_journees, ',', '.') as decimal(18, 4)) as days,
        date_diff('minute', cast(uses.heure_debut as time), cast(uses.heure_fin as time)) / 60 as hours,
        date_diff('minute', cast(uses.badgeage_debut as time), cast(uses.badgeage_fin as time)) / 60 as badge,
        cast(replace(uses.heures_contrat, ',', '.') as decimal(18, 4)) as contract,
        cast(replace(uses.heures_facturees, ',', '.') as decimal(18, 4)) as billed,
        cast(sites.places as integer) * cast(replace(sites.heures_ouverture, ',', '.') as decimal(18, 4)) as capacity
    from consommations as uses
    inner join activites as sites on uses.activite_id = sites.activite_id
    inner join unites as units on uses.unite_id = units.unite_id
    inner join known on uses.enfant_id = known.child
    inner join aged on known.born = aged.born and substr(uses.date, 1, 7) = aged.month
    left join incomes on known.family = incomes.family and uses.date between incomes.first and incomes.last
"""
PROFILE = "day, type, activite_id, site_id, age_band, sex, iris, quartier, qpv, residence, income"
ACTIVITY = f"""
    create table int_childcare__activity as
    with wide as (
        select
            {PROFILE},
            sum(case when type = 'cantine' and booked then 1 end) as meal_forecast,
            sum(case when type = 'cantine' and served then 1 end) as meal_served,
            sum(case when type = 'cantine' and etat = 'absentj' then 1 end) as absence_excused,
            sum(case when type = 'cantine' and etat = 'absenti' then 1 end) as absence_unexcused,
            sum(case when type in ('APS', 'ALSH') and booked then 1 end) as booking,
            sum(case when type = 'ALSH' and present then days end) as day_attended,
            sum(case when type = 'APS' and present then hours when type = 'creche' and present then badge end)
                as hour_attended,
            sum(case when type = 'creche' then contract end) as hour_contracted,
            sum(case when type = 'creche' then billed end) as hour_billed
        from described
        group by all
    )
    unpivot (select {PROFILE}, cast(columns(* exclude ({PROFILE})) as decimal(18, 4)) from wide)
    on * exclude ({PROFILE}) into name measure_code value quantity
    union all by name
    select distinct day, type, activite_id, site_id, 'hour_capacity' as measure_code,
        cast(capacity as decimal(18, 4)) as quantity
    from described where type = 'creche' and present
"""
USERS = """
    create table int_childcare__user as
    select school_year, pseudonym as user_pseudonym, type as activity_id, site_id, arg_min(age_band, day) as age_band,
        arg_min(income, day) as income, any_value(sex) as sex, any_value(iris) as iris,
        any_value(quartier) as quartier, any_value(qpv) as qpv, any_value(residence) as residence,
        sum(case type when 'cantine' then 1 when 'ALSH' then days when 'APS' then hours else badge end) as quantity
    from described where if(type = 'cantine', served, present) group by all
"""


def count(folder: Path, database: Path, neighbourhoods: Neighbourhoods) -> None:
    """Read the tables of ``folder`` and lay the counts in ``database``."""
    with duckdb.connect(str(database)) as connection:
        for table in TABLES:
            rows = f"read_csv('{folder}/{table}*.csv', delim = ';', header = true, all_varchar = true)"
            connection.execute(f"create table {table} as select * from {rows}")
        children = connection.execute("select * from enfants").df()
        known = children.rename(columns={"enfant_id": "child", "famille_id": "family", "date_naissance": "born"})
        known["pseudonym"] = [
            hmac.new(KEY, f"{year} {child}".encode(), hashlib.sha256).hexdigest()[:32]
            for year, child in zip(known["annee_scolaire"], known["child"], strict=True)
        ]
        known = known.rename(columns={"annee_scolaire": "school_year", "sexe": "sex"})
        first = date(int(known["school_year"][0][:4]), 9, 1)
        places = [
            neighbourhoods.locate(*address, first)
            for address in zip(known["adresse"], known["code_postal"], known["ville"], strict=True)
        ]
        for column in ("iris_code", "quartier_code", "qpv_code", "residence_code"):
            known[column.removesuffix("_code")] = [getattr(place, column) for place in places]
        months = [date(first.year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(9, 21)]
        aged = pd.DataFrame(  # noqa: F841 DuckDB finds the frames by their names
            [
                (born, f"{month:%Y-%m}", age_band(date.fromisoformat(born), month))
                for born in known["born"].unique()
                for month in months
            ],
            columns=["born", "month", "age_band"],
        )
        said = connection.execute("select famille_id, date_debut, date_fin, quotient from quotients").fetchall()
        incomes = pd.DataFrame(  # noqa: F841
            [
                (family, start, end, quotient_band(Decimal(text.replace(",", ".")), date.fromisoformat(start)))
                for family, start, end, text in said
            ],
            columns=["family", "first", "last", "band"],
        )
        for statement in (DESCRIBED, ACTIVITY, USERS):
            connection.execute(statement)


if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    count(home.landing / "childcare", Path(sys.argv[2]), Neighbourhoods.of(home, Register(home.register_url)))
