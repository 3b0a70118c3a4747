{{ config(
    materialized='by_month',
    month_of='usage_month',
    inputs={'int_childcare__attendance': {'month': 'attendance_date'}},
) }}
with quantities as (

    select
        {{ month_of('attendance_date') }} as usage_month,
        school_year as usage_year,
        user_pseudonym,
        activity_id,
        service_id,
        facility_id,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code,
        attendance_date,
        case
            when is_meal_served then quantity
            else coalesce(attended_days, attended_hours)
        end as quantity,
        source_system,
        source_export || ' ' || source_record as source_row
    from {{ ref('int_childcare__attendance') }}

),

by_profile as (

    select
        usage_month,
        usage_year,
        user_pseudonym,
        activity_id,
        service_id,
        facility_id,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code,
        sum(quantity) as quantity,
        min(attendance_date) as first_date,
        max(source_system) as source_system,
        min(source_row) as first_source
    from quantities
    where quantity > 0
    group by
        usage_month,
        usage_year,
        user_pseudonym,
        activity_id,
        service_id,
        facility_id,
        source_facility_code,
        age_band_code,
        sex_code,
        iris_code,
        quartier_code,
        qpv_code,
        residence_code,
        quotient_band_code

)

select
    usage_month,
    usage_year,
    user_pseudonym,
    activity_id,
    service_id,
    facility_id,
    source_facility_code,
    age_band_code,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    quotient_band_code,
    cast(quantity as decimal(18, 4)) as quantity,
    first_date,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from by_profile
