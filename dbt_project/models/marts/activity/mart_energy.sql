{%- set text = dbt.type_string() -%}
{#- Kilowatt-hours are of the month in which they were used, euros of the month in which the bill was booked. -#}
with metered as (

    select
        month,
        energy_type,
        facility_id,
        case when facility_id is null then source_facility_code end as source_facility_code,
        sum(case when flow_code = 'consumption' then energy_kwh else 0 end) as energy_kwh,
        sum(case when flow_code = 'production' then energy_kwh else 0 end) as produced_kwh,
        sum(climate_corrected_kwh) as climate_corrected_kwh,
        sum(case when flow_code = 'consumption' then energy_kwh * estimated_day_count / nullif(day_count, 0) end)
            as estimated_kwh,
        count(distinct point_id) as point_count,
        count(distinct case when not is_complete then point_id end) as incomplete_point_count
    from {{ ref('int_energy__use') }}
    group by month, energy_type, facility_id, case when facility_id is null then source_facility_code end

),

booked as (

    select
        month,
        energy_type,
        facility_id,
        case when facility_id is null then source_analytic_code end as source_facility_code,
        sum(amount_eur) as ledger_eur
    from {{ ref('int_energy__ledger_line') }}
    group by month, energy_type, facility_id, case when facility_id is null then source_analytic_code end

),

together as (

    select
        month,
        energy_type,
        facility_id,
        source_facility_code,
        sum(energy_kwh) as energy_kwh,
        sum(produced_kwh) as produced_kwh,
        sum(climate_corrected_kwh) as climate_corrected_kwh,
        sum(estimated_kwh) as estimated_kwh,
        sum(point_count) as point_count,
        sum(incomplete_point_count) as incomplete_point_count,
        sum(ledger_eur) as ledger_eur
    from (
        select
            month,
            energy_type,
            facility_id,
            source_facility_code,
            energy_kwh,
            produced_kwh,
            climate_corrected_kwh,
            estimated_kwh,
            point_count,
            incomplete_point_count,
            cast(0 as decimal(16, 2)) as ledger_eur
        from metered

        union all

        select
            month,
            energy_type,
            facility_id,
            source_facility_code,
            null as energy_kwh,
            null as produced_kwh,
            null as climate_corrected_kwh,
            null as estimated_kwh,
            0 as point_count,
            0 as incomplete_point_count,
            ledger_eur
        from booked
    ) as sides
    group by month, energy_type, facility_id, source_facility_code

),

energies as (

    select
        energy_type,
        max(energy_label) as energy_label
    from {{ ref('map_energy__nature') }}
    group by energy_type

)

select
    cast(together.month as date) as month,
    cast(together.energy_type as {{ text }}) as energy_type,
    cast(energies.energy_label as {{ text }}) as energy_label,
    cast(together.facility_id as {{ text }}) as facility_id,
    cast(facilities.facility_label as {{ text }}) as facility_label,
    cast(facilities.service_id as {{ text }}) as service_id,
    cast(together.source_facility_code as {{ text }}) as source_facility_code,
    cast(together.energy_kwh as decimal(18, 6)) as energy_kwh,
    cast(together.produced_kwh as decimal(18, 6)) as produced_kwh,
    cast(together.climate_corrected_kwh as decimal(18, 6)) as climate_corrected_kwh,
    cast(climate.degree_days as decimal(9, 2)) as degree_days,
    cast(climate.reference_degree_days as decimal(9, 2)) as reference_degree_days,
    cast(facilities.floor_area_m2 as decimal(12, 2)) as floor_area_m2,
    cast(together.energy_kwh / nullif(facilities.floor_area_m2, 0) as decimal(12, 4)) as intensity_kwh_per_m2,
    cast(together.estimated_kwh / nullif(together.energy_kwh, 0) as decimal(9, 6)) as estimated_share,
    cast(together.point_count as integer) as point_count,
    cast(together.incomplete_point_count as integer) as incomplete_point_count,
    cast(together.ledger_eur as decimal(16, 2)) as ledger_eur
from together
left join energies
    on together.energy_type = energies.energy_type
left join {{ ref('int_energy__climate') }} as climate
    on together.month = climate.month
left join {{ ref('int_fixed_assets__facility') }} as facilities
    on
        together.facility_id = facilities.facility_id
        and together.month >= facilities.valid_from
        and together.month <= coalesce(facilities.valid_to, together.month)
