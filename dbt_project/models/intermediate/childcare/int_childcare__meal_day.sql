{{ config(
    materialized='by_month',
    month_of='meal_date',
    inputs={
        'stg_childcare__frequentation': {'month': 'meal_date'},
        'int_childcare__attendance': {'month': 'attendance_date'},
    },
) }}
-- An open list may say a canteen under several spellings, the forecast under one and the meals under another: the rows
-- of one canteen, type and day complete one another. They are never summed, and the order of the file decides nothing
-- unless two of them say the same thing differently.
with frequentations as (

    select * from {{ ref('stg_childcare__frequentation') }}
    where is_standing

),

mapped as (

    select
        *,
        row_number() over (
            partition by source_export, source_record
            -- A mapping of the type goes before one of all types.
            order by source_type asc nulls last
        ) as preference
    from (
        select
            frequentations.*,
            facilities.source_type,
            facilities.facility_id,
            facilities.canteen_code,
            facilities.source_code is not null as is_mapped
        from frequentations
        left join {{ ref('map_childcare__facility') }} as facilities
            on
                upper(frequentations.site_code) = upper(facilities.source_code)
                and coalesce(facilities.source_type, frequentations.site_type_code, '')
                = coalesce(frequentations.site_type_code, '')
                and frequentations.meal_date >= coalesce(facilities.valid_from, frequentations.meal_date)
                and frequentations.meal_date <= coalesce(facilities.valid_to, frequentations.meal_date)
    ) as candidates

),

keyed as (

    select
        source_system,
        source_export,
        source_record,
        meal_date,
        coalesce(canteen_code, site_code) as canteen_code,
        site_type_code,
        facility_id,
        site_code,
        forecast_quantity,
        served_quantity,
        is_mapped and canteen_code is not null as is_mapped
    from mapped
    where preference = 1

),

ordered as (

    select
        *,
        row_number() over (
            partition by meal_date, canteen_code, site_type_code
            order by
                case when forecast_quantity is null then 1 else 0 end asc nulls last,
                source_export asc nulls last,
                length(source_record) asc nulls last,
                source_record asc nulls last
        ) as forecast_rank,
        row_number() over (
            partition by meal_date, canteen_code, site_type_code
            order by
                case when served_quantity is null then 1 else 0 end asc nulls last,
                source_export asc nulls last,
                length(source_record) asc nulls last,
                source_record asc nulls last
        ) as served_rank
    from keyed

),

coalesced as (

    select
        'frequentation' as feed_code,
        meal_date,
        canteen_code,
        site_type_code,
        max(facility_id) as facility_id,
        max(case when forecast_rank = 1 then forecast_quantity end) as forecast_quantity,
        max(case when served_rank = 1 then served_quantity end) as served_quantity,
        count(*) as record_count,
        count(distinct site_code) as spelling_count,
        count(distinct forecast_quantity) > 1 or count(distinct served_quantity) > 1 as has_conflict,
        min(case when is_mapped then 1 else 0 end) = 1 as is_mapped,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from ordered
    group by meal_date, canteen_code, site_type_code

),

of_persons as (

    select
        'consommation' as feed_code,
        attendance_date as meal_date,
        canteen_code,
        cast(null as {{ dbt.type_string() }}) as site_type_code,
        max(facility_id) as facility_id,
        sum(case when is_booked then quantity else 0 end) as forecast_quantity,
        sum(case when is_meal_served then quantity else 0 end) as served_quantity,
        count(*) as record_count,
        count(distinct source_facility_code) as spelling_count,
        false as has_conflict,
        max(facility_id) is not null as is_mapped,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from {{ ref('int_childcare__attendance') }}
    where is_meal and (is_booked or is_meal_served)
    group by attendance_date, canteen_code

),

-- A town that sends the children of a canteen and month does not need its totals for that month.
person_months as (

    select distinct
        canteen_code,
        {{ month_of('meal_date') }} as meal_month
    from of_persons

),

both_feeds as (

    select
        coalesced.*,
        person_months.canteen_code is null as is_counted
    from coalesced
    left join person_months
        on
            coalesced.canteen_code = person_months.canteen_code
            and {{ month_of('coalesced.meal_date') }} = person_months.meal_month
    union all
    select
        of_persons.*,
        true as is_counted
    from of_persons

)

select
    meal_date,
    canteen_code,
    site_type_code,
    facility_id,
    feed_code,
    cast(forecast_quantity as decimal(18, 4)) as forecast_quantity,
    cast(served_quantity as decimal(18, 4)) as served_quantity,
    cast(record_count as integer) as record_count,
    cast(spelling_count as integer) as spelling_count,
    has_conflict,
    is_mapped,
    is_counted,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from both_feeds
