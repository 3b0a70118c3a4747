{%- set text = dbt.type_string() -%}
with daily as (

    select
        activity_date,
        facility_id,
        case when facility_id is null then source_facility_code end as source_facility_code,
        sum(case when measure_code = 'meal_forecast' then quantity end) as meal_forecast,
        sum(case when measure_code = 'meal_served' then quantity end) as meal_served,
        sum(case when measure_code = 'absence_excused' then quantity end) as absence_excused,
        sum(case when measure_code = 'absence_unexcused' then quantity end) as absence_unexcused
    from {{ ref('int_activity') }}
    where activity_id = 'school_meal' and period = 'day'
    group by activity_date, facility_id, case when facility_id is null then source_facility_code end

)

select
    cast(daily.activity_date as date) as meal_date,
    cast(extract(year from daily.activity_date) as integer) as exercice,
    cast({{ school_year('daily.activity_date') }} as {{ text }}) as school_year,
    cast(daily.facility_id as {{ text }}) as facility_id,
    cast(daily.source_facility_code as {{ text }}) as source_facility_code,
    cast(daily.meal_forecast as decimal(18, 4)) as forecast_meals,
    cast(daily.meal_served as decimal(18, 4)) as served_meals,
    cast(daily.absence_excused as decimal(18, 4)) as excused_absences,
    cast(daily.absence_unexcused as decimal(18, 4)) as unexcused_absences,
    -- Nothing is said of a day of which only one side is known.
    cast(daily.meal_served / nullif(daily.meal_forecast, 0) as decimal(9, 4)) as attendance_share,
    cast(daily.meal_served - daily.meal_forecast as decimal(18, 4)) as forecast_gap_meals,
    cast(
        case
            when daily.meal_served > daily.meal_forecast then 0
            else daily.meal_forecast - daily.meal_served
        end as decimal(18, 4)
    ) as surplus_meals
from daily
