{{ config(
    materialized='by_month',
    month_of='activity_date',
    inputs={
        'int_childcare__attendance': {'month': 'attendance_date'},
        'int_childcare__meal_day': {'month': 'meal_date'},
    },
) }}
-- What each measure adds up, and of which rows. All are counted in one reading, a column each: a reading of years of
-- children's days per measure would cost nine times as much.
{%- set measures = [
    ('meal_forecast', 'quantity', 'is_meal and is_booked'),
    ('meal_served', 'quantity', 'is_meal_served'),
    ('absence_excused', 'quantity', "is_meal and state_code = 'absentj'"),
    ('absence_unexcused', 'quantity', "is_meal and state_code = 'absenti'"),
    ('booking', 'quantity', "is_booked and (activity_id is null or activity_id in ('after_school', 'leisure_centre'))"),
    ('day_attended', 'attended_days', 'attended_days is not null'),
    ('hour_attended', 'attended_hours', 'attended_hours is not null'),
    ('hour_contracted', 'contract_hours', 'contract_hours is not null'),
    ('hour_billed', 'billed_hours', 'billed_hours is not null'),
] %}
with attendance as (

    select
        *,
        source_export || ' ' || source_record as source_row
    from {{ ref('int_childcare__attendance') }}

),

counted as (

    select
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code,
        {%- for measure, quantity, condition in measures %}
        sum({{ quantity }}) filter (where {{ condition }}) as {{ measure }},
        count(*) filter (where {{ condition }}) as {{ measure }}_records,
        min(source_row) filter (where {{ condition }}) as {{ measure }}_source,
        {%- endfor %}
        count(*) filter (where is_attended) as attended_records,
        max(source_system) as source_system
    from attendance
    group by
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code

),

measures as (

    {% for measure, _, _ in measures -%}
    select '{{ measure }}' as measure_code
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

of_children as (

    select
        counted.attendance_date,
        counted.activity_id,
        counted.service_id,
        counted.facility_id,
        counted.source_activity_code,
        counted.source_facility_code,
        counted.age_band_code,
        counted.sex_code,
        counted.iris_code,
        counted.quartier_code,
        counted.qpv_code,
        counted.residence_code,
        counted.quotient_band_code,
        measures.measure_code,
        case measures.measure_code
            {%- for measure, _, _ in measures %}
            when '{{ measure }}' then counted.{{ measure }}
            {%- endfor %}
        end as quantity,
        case measures.measure_code
            {%- for measure, _, _ in measures %}
            when '{{ measure }}' then counted.{{ measure }}_records
            {%- endfor %}
        end as record_count,
        counted.source_system,
        case measures.measure_code
            {%- for measure, _, _ in measures %}
            when '{{ measure }}' then counted.{{ measure }}_source
            {%- endfor %}
        end as first_source
    from counted
    cross join measures

),

-- A crèche was open on the days on which a child came.
open_days as (

    select distinct
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code
    from counted
    where activity_id = 'nursery' and attended_records > 0

),

of_lists as (

    select
        meal_days.meal_date as attendance_date,
        kinds.activity_id,
        kinds.service_id,
        meal_days.facility_id,
        meal_days.canteen_code as source_facility_code,
        measures.measure_code,
        case measures.measure_code
            when 'meal_forecast' then meal_days.forecast_quantity
            when 'meal_served' then meal_days.served_quantity
        end as quantity,
        meal_days.record_count,
        meal_days.source_system,
        meal_days.source_export || ' ' || meal_days.source_record as first_source
    from {{ ref('int_childcare__meal_day') }} as meal_days
    left join {{ ref('map_childcare__activity') }} as kinds
        on
            kinds.source_type = 'cantine'
            and meal_days.meal_date >= coalesce(kinds.valid_from, meal_days.meal_date)
            and meal_days.meal_date <= coalesce(kinds.valid_to, meal_days.meal_date)
    cross join measures
    where meal_days.feed_code = 'frequentation' and meal_days.is_counted

),

grouped as (

    select
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code,
        measure_code,
        quantity,
        record_count,
        source_system,
        first_source
    from of_children
    where record_count > 0
    union all
    select
        open_days.attendance_date,
        open_days.activity_id,
        open_days.service_id,
        open_days.facility_id,
        open_days.source_activity_code,
        open_days.source_facility_code,
        'inconnu' as age_band_code,
        'inconnu' as sex_code,
        cast(null as {{ dbt.type_string() }}) as iris_code,
        cast(null as {{ dbt.type_string() }}) as quartier_code,
        cast(null as {{ dbt.type_string() }}) as qpv_code,
        'inconnu' as residence_code,
        'inconnu' as quotient_band_code,
        'hour_capacity' as measure_code,
        activities.place_count * activities.opening_hours as quantity,
        1 as record_count,
        activities.source_system,
        activities.source_export || ' ' || activities.source_record as first_source
    from open_days
    inner join {{ ref('int_childcare__activity_code') }} as activities
        on open_days.source_activity_code = activities.activity_code
    where activities.place_count is not null and activities.opening_hours is not null
    union all
    select
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        cast(null as {{ dbt.type_string() }}) as source_activity_code,
        source_facility_code,
        'inconnu' as age_band_code,
        'inconnu' as sex_code,
        cast(null as {{ dbt.type_string() }}) as iris_code,
        cast(null as {{ dbt.type_string() }}) as quartier_code,
        cast(null as {{ dbt.type_string() }}) as qpv_code,
        'inconnu' as residence_code,
        'inconnu' as quotient_band_code,
        measure_code,
        sum(quantity) as quantity,
        sum(record_count) as record_count,
        max(source_system) as source_system,
        min(first_source) as first_source
    from of_lists
    where quantity is not null
    group by
        attendance_date,
        activity_id,
        service_id,
        facility_id,
        source_facility_code,
        measure_code

)

select
    attendance_date as activity_date,
    'day' as period,
    activity_id,
    service_id,
    facility_id,
    source_activity_code,
    source_facility_code,
    age_band_code,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    quotient_band_code,
    measure_code,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(record_count as integer) as record_count,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from grouped
