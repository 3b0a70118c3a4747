{#- Places that no map knows stay, under their own code: what is not placed is shown, not lost. -#}
{%- set text = dbt.type_string() -%}
with monthly as (

    select
        cast(extract(year from activity_date) as integer) as exercice,
        cast(date_trunc('month', activity_date) as date) as month_start_date,
        service_id,
        activity_id,
        facility_id,
        case when activity_id is null then source_activity_code end as source_activity_code,
        case when facility_id is null then source_facility_code end as source_facility_code,
        measure_code,
        source_system,
        sum(quantity) as quantity,
        count(distinct activity_date) as day_count
    from {{ ref('int_activity') }}
    group by
        extract(year from activity_date),
        date_trunc('month', activity_date),
        service_id,
        activity_id,
        facility_id,
        case when activity_id is null then source_activity_code end,
        case when facility_id is null then source_facility_code end,
        measure_code,
        source_system

)

select
    cast(monthly.exercice as integer) as exercice,
    cast(monthly.month_start_date as date) as month_start_date,
    cast(monthly.service_id as {{ text }}) as service_id,
    cast(services.service_label as {{ text }}) as service_label,
    cast(services.current_service_id as {{ text }}) as current_service_id,
    cast(monthly.activity_id as {{ text }}) as activity_id,
    cast(
        coalesce(
            activities.activity_label,
            'Activité non rattachée : ' || monthly.source_activity_code,
            'Activité non rattachée'
        ) as {{ text }}
    ) as activity_label,
    cast(monthly.facility_id as {{ text }}) as facility_id,
    cast(monthly.source_facility_code as {{ text }}) as source_facility_code,
    cast(monthly.measure_code as {{ text }}) as measure_code,
    cast(measures.measure_label as {{ text }}) as measure_label,
    cast(measures.unit_label as {{ text }}) as unit_label,
    cast(coalesce(monthly.measure_code = activities.output_measure_code, false) as boolean) as is_output,
    cast(monthly.quantity as decimal(18, 4)) as quantity,
    cast(monthly.day_count as integer) as day_count,
    cast(monthly.source_system as {{ text }}) as source_system
from monthly
left join {{ ref('dim_service') }} as services
    on monthly.service_id = services.service_id
left join {{ ref('dim_activity') }} as activities
    on monthly.activity_id = activities.activity_id
left join {{ ref('ref_measure') }} as measures
    on monthly.measure_code = measures.measure_code
