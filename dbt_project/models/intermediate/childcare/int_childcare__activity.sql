with attendance as (

    select * from {{ ref('int_childcare__attendance') }}

),

measured as (

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
        'meal_forecast' as measure_code,
        quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where is_meal and is_booked
    union all
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
        'meal_served' as measure_code,
        quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where is_meal_served
    union all
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
        'absence_excused' as measure_code,
        quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where is_meal and state_code = 'absentj'
    union all
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
        'absence_unexcused' as measure_code,
        quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where is_meal and state_code = 'absenti'
    union all
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
        'booking' as measure_code,
        quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where is_booked and (activity_id is null or activity_id in ('after_school', 'leisure_centre'))
    union all
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
        'day_attended' as measure_code,
        attended_days as quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where attended_days is not null
    union all
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
        'hour_attended' as measure_code,
        attended_hours as quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where attended_hours is not null
    union all
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
        'hour_contracted' as measure_code,
        contract_hours as quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where contract_hours is not null
    union all
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
        'hour_billed' as measure_code,
        billed_hours as quantity,
        source_system,
        source_export,
        source_record
    from attendance
    where billed_hours is not null

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
    from attendance
    where activity_id = 'nursery' and is_attended

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
        sum(quantity) as quantity,
        count(*) as record_count,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from measured
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
        quotient_band_code,
        measure_code
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
        sum(quantity) as quantity,
        sum(record_count) as record_count,
        max(source_system) as source_system,
        min(first_source) as first_source
    from (
        select
            meal_days.meal_date as attendance_date,
            kinds.activity_id,
            kinds.service_id,
            meal_days.facility_id,
            cast(null as {{ dbt.type_string() }}) as source_activity_code,
            meal_days.canteen_code as source_facility_code,
            'inconnu' as age_band_code,
            'inconnu' as sex_code,
            cast(null as {{ dbt.type_string() }}) as iris_code,
            cast(null as {{ dbt.type_string() }}) as quartier_code,
            cast(null as {{ dbt.type_string() }}) as qpv_code,
            'inconnu' as residence_code,
            'inconnu' as quotient_band_code,
            'meal_forecast' as measure_code,
            meal_days.forecast_quantity as quantity,
            meal_days.record_count,
            meal_days.source_system,
            meal_days.source_export || ' ' || meal_days.source_record as first_source
        from {{ ref('int_childcare__meal_day') }} as meal_days
        left join {{ ref('map_childcare__activity') }} as kinds
            on
                kinds.source_type = 'cantine'
                and meal_days.meal_date >= coalesce(kinds.valid_from, meal_days.meal_date)
                and meal_days.meal_date <= coalesce(kinds.valid_to, meal_days.meal_date)
        where meal_days.feed_code = 'frequentation' and meal_days.is_counted and meal_days.forecast_quantity is not null
        union all
        select
            meal_days.meal_date as attendance_date,
            kinds.activity_id,
            kinds.service_id,
            meal_days.facility_id,
            cast(null as {{ dbt.type_string() }}) as source_activity_code,
            meal_days.canteen_code as source_facility_code,
            'inconnu' as age_band_code,
            'inconnu' as sex_code,
            cast(null as {{ dbt.type_string() }}) as iris_code,
            cast(null as {{ dbt.type_string() }}) as quartier_code,
            cast(null as {{ dbt.type_string() }}) as qpv_code,
            'inconnu' as residence_code,
            'inconnu' as quotient_band_code,
            'meal_served' as measure_code,
            meal_days.served_quantity as quantity,
            meal_days.record_count,
            meal_days.source_system,
            meal_days.source_export || ' ' || meal_days.source_record as first_source
        from {{ ref('int_childcare__meal_day') }} as meal_days
        left join {{ ref('map_childcare__activity') }} as kinds
            on
                kinds.source_type = 'cantine'
                and meal_days.meal_date >= coalesce(kinds.valid_from, meal_days.meal_date)
                and meal_days.meal_date <= coalesce(kinds.valid_to, meal_days.meal_date)
        where meal_days.feed_code = 'frequentation' and meal_days.is_counted and meal_days.served_quantity is not null
    ) as without_persons
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
        quotient_band_code,
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
