with registrations as (

    select
        *,
        -- The day on which the profile is looked at: the first one of the registration within the school year.
        least(
            greatest(coalesce(valid_from, year_from), year_from), year_to
        ) as profile_date
    from (
        select
            *,
            cast(substr(school_year, 1, 4) || '-09-01' as date) as year_from,
            cast(substr(school_year, 6, 4) || '-08-31' as date) as year_to
        from {{ ref('stg_childcare__inscription') }}
        where is_standing
    ) as standing

),

described as (

    select
        registrations.source_system,
        registrations.source_export,
        registrations.source_record,
        registrations.school_year,
        registrations.status_code,
        registrations.child_pseudonym,
        kinds.activity_id,
        kinds.service_id,
        facilities.facility_id,
        registrations.activity_code as source_activity_code,
        activities.site_code as source_facility_code,
        coalesce(children.age_band_code, 'inconnu') as age_band_code,
        coalesce(children.sex_code, 'inconnu') as sex_code,
        children.iris_code,
        children.quartier_code,
        children.qpv_code,
        coalesce(children.residence_code, 'inconnu') as residence_code,
        coalesce(quotients.quotient_band_code, 'inconnu') as quotient_band_code
    from registrations
    left join {{ ref('int_childcare__activity_code') }} as activities
        on registrations.activity_code = activities.activity_code
    left join {{ ref('map_childcare__activity') }} as kinds
        on
            activities.activity_type = kinds.source_type
            and registrations.profile_date >= coalesce(kinds.valid_from, registrations.profile_date)
            and registrations.profile_date <= coalesce(kinds.valid_to, registrations.profile_date)
    left join {{ ref('map_childcare__facility') }} as facilities
        on
            upper(activities.site_code) = upper(facilities.source_code)
            and facilities.source_type is null
            and registrations.profile_date >= coalesce(facilities.valid_from, registrations.profile_date)
            and registrations.profile_date <= coalesce(facilities.valid_to, registrations.profile_date)
    left join {{ ref('int_childcare__child') }} as children
        on
            registrations.child_pseudonym = children.child_pseudonym
            and registrations.profile_date between children.valid_from and children.valid_to
    left join {{ ref('int_childcare__family_quotient') }} as quotients
        on
            children.family_pseudonym = quotients.family_pseudonym
            and registrations.profile_date between quotients.valid_from and quotients.valid_to

),

grouped as (

    select
        school_year,
        status_code,
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
        count(*) as registration_count,
        count(distinct child_pseudonym) as child_count,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from described
    group by
        school_year,
        status_code,
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

)

select
    school_year,
    status_code,
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
    cast(registration_count as integer) as registration_count,
    cast(child_count as integer) as child_count,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from grouped
