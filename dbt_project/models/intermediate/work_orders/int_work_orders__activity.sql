{%- set text = dbt.type_string() -%}
with measured as (

    select
        closed_date as activity_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        'intervention' as measure_code,
        cast(1 as decimal(18, 4)) as quantity,
        source_export,
        source_record
    from {{ ref('int_work_orders__order') }}
    where closed_date is not null

    union all

    select
        work_date as activity_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        'work_hour' as measure_code,
        work_hours as quantity,
        source_export,
        source_record
    from {{ ref('int_work_orders__line') }}
    where work_hours <> 0 and work_date is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by
                activity_date,
                activity_id,
                service_id,
                facility_id,
                source_activity_code,
                source_facility_code,
                measure_code
            order by source_export asc nulls last, length(source_record) asc nulls last, source_record asc nulls last
        ) as place
    from measured

)

select
    activity_date,
    'day' as period,
    activity_id,
    service_id,
    facility_id,
    source_activity_code,
    source_facility_code,
    'inconnu' as age_band_code,
    'inconnu' as sex_code,
    cast(null as {{ text }}) as iris_code,
    cast(null as {{ text }}) as quartier_code,
    cast(null as {{ text }}) as qpv_code,
    'inconnu' as residence_code,
    'inconnu' as quotient_band_code,
    measure_code,
    cast(sum(quantity) as decimal(18, 4)) as quantity,
    cast(count(*) as integer) as record_count,
    'work_orders' as source_system,
    max(case when place = 1 then source_export end) as source_export,
    max(case when place = 1 then source_record end) as source_record
from ranked
group by
    activity_date,
    activity_id,
    service_id,
    facility_id,
    source_activity_code,
    source_facility_code,
    measure_code
