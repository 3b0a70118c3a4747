{%- set text = dbt.type_string() -%}
with monthly as (

    select
        cast(date_trunc('month', activity_date) as date) as month_start_date,
        activity_id,
        facility_id,
        case when facility_id is null then source_facility_code end as source_facility_code,
        count(distinct case when measure_code in ('day_attended', 'hour_attended') then activity_date end) as open_days,
        sum(case when measure_code = 'booking' then quantity end) as booking,
        sum(case when measure_code = 'day_attended' then quantity end) as day_attended,
        sum(case when measure_code = 'hour_attended' then quantity end) as hour_attended
    from {{ ref('int_activity') }}
    where activity_id in ('after_school', 'leisure_centre')
    group by
        date_trunc('month', activity_date),
        activity_id,
        facility_id,
        case when facility_id is null then source_facility_code end

)

select
    cast(monthly.month_start_date as date) as month_start_date,
    cast(extract(year from monthly.month_start_date) as integer) as exercice,
    cast(monthly.activity_id as {{ text }}) as activity_id,
    cast(activities.activity_label as {{ text }}) as activity_label,
    cast(monthly.facility_id as {{ text }}) as facility_id,
    cast(monthly.source_facility_code as {{ text }}) as source_facility_code,
    cast(monthly.open_days as integer) as open_days,
    cast(monthly.booking as decimal(18, 4)) as bookings,
    cast(monthly.day_attended as decimal(18, 4)) as attended_days,
    cast(monthly.hour_attended as decimal(18, 4)) as attended_hours
from monthly
left join {{ ref('dim_activity') }} as activities
    on monthly.activity_id = activities.activity_id
