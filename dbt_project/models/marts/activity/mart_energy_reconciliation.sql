{%- set text = dbt.type_string() -%}
{#- The ledger says the euros, to the cent; the meters only say where they go. -#}
with metered as (

    select
        extract(year from month) as exercice,
        energy_type,
        sum(energy_kwh) as metered_kwh,
        sum(case when facility_id is null then energy_kwh else 0 end) as unassigned_kwh,
        count(distinct point_id) as point_count,
        count(distinct case when source_facility_code is null then point_id end) as unknown_point_count
    from {{ ref('int_energy__use') }}
    where flow_code = 'consumption'
    group by extract(year from month), energy_type

),

booked as (

    select
        exercice,
        energy_type,
        sum(amount_eur) as ledger_eur,
        sum(case when facility_id is null then amount_eur else 0 end) as ledger_without_facility_eur
    from {{ ref('int_energy__ledger_line') }}
    group by exercice, energy_type

),

exercices as (

    select
        exercice,
        energy_type
    from metered

    union

    select
        exercice,
        energy_type
    from booked

),

months as (

    select
        exercice,
        energy_type,
        count(*) as expected_month_count,
        sum(case when is_complete then 0 else 1 end) as missing_month_count
    from {{ ref('int_energy__point_month') }}
    group by exercice, energy_type

),

energies as (

    select
        energy_type,
        max(energy_label) as energy_label
    from {{ ref('map_energy__nature') }}
    group by energy_type

)

select
    cast(exercices.exercice as integer) as exercice,
    cast(exercices.energy_type as {{ text }}) as energy_type,
    cast(energies.energy_label as {{ text }}) as energy_label,
    cast(coalesce(metered.metered_kwh, 0) as decimal(18, 6)) as metered_kwh,
    cast(coalesce(metered.unassigned_kwh, 0) as decimal(18, 6)) as unassigned_kwh,
    cast(metered.unassigned_kwh / nullif(metered.metered_kwh, 0) as decimal(9, 6)) as unassigned_share,
    cast(coalesce(metered.point_count, 0) as integer) as point_count,
    cast(coalesce(metered.unknown_point_count, 0) as integer) as unknown_point_count,
    cast(coalesce(months.expected_month_count, 0) as integer) as expected_month_count,
    cast(coalesce(months.missing_month_count, 0) as integer) as missing_month_count,
    cast(coalesce(booked.ledger_eur, 0) as decimal(16, 2)) as ledger_eur,
    cast(coalesce(booked.ledger_without_facility_eur, 0) as decimal(16, 2)) as ledger_without_facility_eur,
    cast(booked.ledger_eur / nullif(metered.metered_kwh, 0) as decimal(12, 4)) as price_eur_per_kwh
from exercices
left join metered
    on
        exercices.exercice = metered.exercice
        and exercices.energy_type = metered.energy_type
left join booked
    on
        exercices.exercice = booked.exercice
        and exercices.energy_type = booked.energy_type
left join months
    on
        exercices.exercice = months.exercice
        and exercices.energy_type = months.energy_type
left join energies
    on exercices.energy_type = energies.energy_type
