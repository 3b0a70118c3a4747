{#- Rates of the CAF (prestation de service unique): billing beyond 107 % or 117 % of the presence lowers its aid. -#}
{%- set text = dbt.type_string() -%}
with monthly as (

    select
        cast(date_trunc('month', activity_date) as date) as month_start_date,
        facility_id,
        case when facility_id is null then source_facility_code end as source_facility_code,
        sum(case when measure_code = 'hour_capacity' then quantity end) as hour_capacity,
        sum(case when measure_code = 'hour_contracted' then quantity end) as hour_contracted,
        sum(case when measure_code = 'hour_billed' then quantity end) as hour_billed,
        sum(case when measure_code = 'hour_attended' then quantity end) as hour_attended
    from {{ ref('int_activity') }}
    where activity_id = 'nursery'
    group by
        date_trunc('month', activity_date),
        facility_id,
        case when facility_id is null then source_facility_code end

)

select
    cast(month_start_date as date) as month_start_date,
    cast(extract(year from month_start_date) as integer) as exercice,
    cast(facility_id as {{ text }}) as facility_id,
    cast(source_facility_code as {{ text }}) as source_facility_code,
    cast(hour_capacity as decimal(18, 4)) as capacity_hours,
    cast(hour_contracted as decimal(18, 4)) as contracted_hours,
    cast(hour_billed as decimal(18, 4)) as billed_hours,
    cast(hour_attended as decimal(18, 4)) as attended_hours,
    cast(hour_attended / nullif(hour_capacity, 0) as decimal(9, 4)) as occupancy_share,
    cast(hour_billed / nullif(hour_capacity, 0) as decimal(9, 4)) as billed_occupancy_share,
    cast(hour_billed / nullif(hour_attended, 0) as decimal(9, 4)) as billing_rate,
    cast(
        case
            when hour_billed is null or coalesce(hour_attended, 0) = 0 then null
            when hour_billed <= hour_attended * 1.07 then 'jusqu’à 107 %'
            when hour_billed <= hour_attended * 1.17 then 'de 107 à 117 %'
            else 'au-delà de 117 %'
        end as {{ text }}
    ) as billing_rate_band
from monthly
