with by_profile as (

    select
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
        min(first_date) as first_date,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from {{ ref('int_childcare__user_month') }}
    group by
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

),

-- A user counts once a year, with the profile of the first day: a birthday does not make another user.
ranked as (

    select
        *,
        sum(quantity) over (
            partition by usage_year, user_pseudonym, activity_id, facility_id, source_facility_code
        ) as quantity_of_year,
        row_number() over (
            partition by usage_year, user_pseudonym, activity_id, facility_id, source_facility_code
            order by first_date asc nulls last, first_source asc nulls last
        ) as profile_rank
    from by_profile

)

select
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
    cast(quantity_of_year as decimal(18, 4)) as quantity,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from ranked
where profile_rank = 1
