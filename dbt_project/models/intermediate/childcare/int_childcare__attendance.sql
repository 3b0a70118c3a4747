{%- set of_charges = ['charge_code', 'amount_eur', 'is_standing'] -%}
{%- set of_activities = ['activity_code', 'activity_type', 'site_code'] -%}
{%- set of_children = [
    'child_pseudonym', 'valid_from', 'valid_to', 'family_pseudonym', 'age_band_code', 'sex_code', 'iris_code',
    'quartier_code', 'qpv_code', 'residence_code',
] -%}
{%- set of_quotients = ['family_pseudonym', 'valid_from', 'valid_to', 'quotient_band_code'] -%}
{{ config(
    materialized='by_month',
    month_of='attendance_date',
    inputs={
        'stg_childcare__consommation': {'month': 'use_date'},
        'stg_childcare__prestation': {
            'through': ['stg_childcare__consommation', 'charge_code', 'charge_code'],
            'columns': of_charges,
        },
        'int_childcare__activity_code': {'columns': of_activities},
        'int_childcare__child': {'span': ['valid_from', 'valid_to'], 'columns': of_children},
        'int_childcare__family_quotient': {'span': ['valid_from', 'valid_to'], 'columns': of_quotients},
    },
) }}
with uses as (

    select * from {{ ref('stg_childcare__consommation') }}
    where is_standing

),

units as (

    select
        unit_code,
        activity_code,
        is_meal,
        equivalent_days,
        equivalent_hours
    from (
        select
            *,
            row_number() over (
                partition by unit_code, activity_code
                order by
                    is_standing desc nulls last,
                    received_at desc nulls last,
                    source_export desc nulls last,
                    length(source_record) desc nulls last,
                    source_record desc nulls last
            ) as recency
        from {{ ref('stg_childcare__unite') }}
    ) as ranked
    where recency = 1

),

-- What a row names as billed and costs the family nothing was not billed.
free_charges as (

    select charge_code
    from {{ columns_of(ref('stg_childcare__prestation'), of_charges) }} as charges
    where is_standing
    group by charge_code
    having sum(amount_eur) = 0

),

described as (

    select
        uses.source_system,
        uses.source_export,
        uses.source_record,
        uses.use_date,
        uses.child_pseudonym,
        uses.activity_code,
        uses.state_code,
        uses.state_code in ('reservation', 'present', 'absentj', 'absenti') as is_booked,
        uses.state_code = 'present' as is_attended,
        uses.charge_code is not null and free_charges.charge_code is null as is_billed,
        coalesce(uses.quantity, 1) as quantity,
        coalesce(uses.activity_type, activities.activity_type) as activity_type,
        coalesce(uses.site_code, activities.site_code) as site_code,
        units.is_meal,
        units.equivalent_days,
        units.equivalent_hours,
        {{ clock_hours_between('uses.badge_from', 'uses.badge_to') }} as badge_hours,
        {{ clock_hours_between('uses.time_from', 'uses.time_to') }} as time_hours,
        uses.contract_hours,
        uses.billed_hours,
        coalesce(nullif(uses.age_band_code, 'inconnu'), children.age_band_code, 'inconnu') as age_band_code,
        coalesce(nullif(uses.sex_code, 'inconnu'), children.sex_code, 'inconnu') as sex_code,
        case when uses.residence_code <> 'inconnu' then uses.iris_code else children.iris_code end as iris_code,
        case
            when uses.residence_code <> 'inconnu' then uses.quartier_code else children.quartier_code
        end as quartier_code,
        case when uses.residence_code <> 'inconnu' then uses.qpv_code else children.qpv_code end as qpv_code,
        coalesce(nullif(uses.residence_code, 'inconnu'), children.residence_code, 'inconnu') as residence_code,
        coalesce(
            nullif(uses.quotient_band_code, 'inconnu'), quotients.quotient_band_code, 'inconnu'
        ) as quotient_band_code
    from uses
    left join {{ columns_of(ref('int_childcare__activity_code'), of_activities) }} as activities
        on uses.activity_code = activities.activity_code
    left join units
        on uses.unit_code = units.unit_code and uses.activity_code = units.activity_code
    left join free_charges
        on uses.charge_code = free_charges.charge_code
    left join {{ columns_of(ref('int_childcare__child'), of_children) }} as children
        on
            uses.child_pseudonym = children.child_pseudonym
            and uses.use_date between children.valid_from and children.valid_to
    left join {{ columns_of(ref('int_childcare__family_quotient'), of_quotients) }} as quotients
        on
            children.family_pseudonym = quotients.family_pseudonym
            and uses.use_date between quotients.valid_from and quotients.valid_to

),

mapped as (

    select
        described.*,
        kinds.activity_id,
        kinds.service_id,
        facilities.facility_id,
        coalesce(facilities.canteen_code, described.site_code) as canteen_code,
        coalesce(described.is_meal, kinds.activity_id = 'school_meal', false) as counts_meals
    from described
    left join {{ ref('map_childcare__activity') }} as kinds
        on
            described.activity_type = kinds.source_type
            and described.use_date >= coalesce(kinds.valid_from, described.use_date)
            and described.use_date <= coalesce(kinds.valid_to, described.use_date)
    left join {{ ref('map_childcare__facility') }} as facilities
        on
            upper(described.site_code) = upper(facilities.source_code)
            and facilities.source_type is null
            and described.use_date >= coalesce(facilities.valid_from, described.use_date)
            and described.use_date <= coalesce(facilities.valid_to, described.use_date)

)

select
    use_date as attendance_date,
    {{ school_year('use_date') }} as school_year,
    child_pseudonym as user_pseudonym,
    activity_id,
    service_id,
    facility_id,
    activity_code as source_activity_code,
    site_code as source_facility_code,
    canteen_code,
    age_band_code,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    quotient_band_code,
    state_code,
    is_booked,
    is_attended,
    is_billed,
    coalesce(activity_id = 'school_meal', false) and counts_meals as is_meal,
    -- A meal missed without excuse was cooked all the same, if the family pays for it.
    coalesce(activity_id = 'school_meal', false) and counts_meals
    and (is_attended or (state_code = 'absenti' and is_billed)) as is_meal_served,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(
        case when activity_id = 'leisure_centre' and is_attended then coalesce(equivalent_days, 1) * quantity end
        as decimal(18, 4)
    ) as attended_days,
    cast(
        case
            when activity_id = 'nursery' and is_attended
                then coalesce(badge_hours, time_hours, equivalent_hours * quantity)
            when activity_id = 'after_school' and is_attended then coalesce(time_hours, equivalent_hours * quantity)
        end as decimal(18, 4)
    ) as attended_hours,
    cast(case when activity_id = 'nursery' and is_booked then contract_hours end as decimal(18, 4)) as contract_hours,
    cast(case when activity_id = 'nursery' and is_booked then billed_hours end as decimal(18, 4)) as billed_hours,
    source_system,
    source_export,
    source_record
from mapped
