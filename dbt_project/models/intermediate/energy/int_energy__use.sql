with kept as (

    select
        reading_day.*,
        {{ month_of('reading_day.reading_date') }} as month
    from {{ ref('int_energy__reading_day') }} as reading_day
    where reading_day.is_kept

),

point_months as (

    select
        point_id,
        flow_code,
        month,
        sum(case when is_whole_day then 1 else 0 end) as whole_day_count
    from kept
    group by point_id, flow_code, month

),

meters as (

    select * from {{ ref('stg_energy__compteur') }}
    where is_standing and facility_share > 0

),

shared as (

    select
        kept.*,
        meters.building_code,
        facilities.facility_id,
        meters.source_facility_code,
        meters.usage_code,
        sum(meters.facility_share) over (
            partition by kept.point_id, kept.flow_code, kept.reading_date
            order by meters.source_facility_code asc nulls last, meters.source_record asc nulls last
            rows between unbounded preceding and current row
        ) as share_up_to,
        sum(meters.facility_share) over (
            partition by kept.point_id, kept.flow_code, kept.reading_date
        ) as whole_share,
        meters.facility_share
    from kept
    inner join meters
        on
            kept.point_id = meters.point_id
            and kept.reading_date >= meters.valid_from
            and kept.reading_date <= coalesce(meters.valid_to, kept.reading_date)
    left join {{ ref('map_energy__facility') }} as facilities
        on
            meters.source_facility_code = facilities.source_code
            and facilities.source_system = 'energy'
            and kept.reading_date >= facilities.valid_from
            and kept.reading_date <= coalesce(facilities.valid_to, kept.reading_date)

),

-- Shares that add up to 1 but for their rounding, or to more, share the whole; what shares under 1 leave has no
-- facility.
portions as (

    select
        *,
        case when whole_share >= 0.999 then whole_share else 1 end as divisor
    from shared

),

assigned as (

    select
        point_id,
        energy_type,
        flow_code,
        month,
        reading_date,
        is_estimated,
        source_export,
        source_record,
        building_code,
        facility_id,
        source_facility_code,
        usage_code,
        {{ even_part('energy_kwh', 'share_up_to', 'divisor') }}
        - {{ even_part('energy_kwh', '(share_up_to - facility_share)', 'divisor') }} as energy_kwh
    from portions

),

given as (

    select
        point_id,
        flow_code,
        reading_date,
        sum(energy_kwh) as energy_kwh
    from assigned
    group by point_id, flow_code, reading_date

),

complete_shares as (

    select distinct
        point_id,
        flow_code,
        reading_date
    from portions
    where whole_share >= 0.999

),

left_over as (

    select
        kept.point_id,
        kept.energy_type,
        kept.flow_code,
        kept.month,
        kept.reading_date,
        kept.is_estimated,
        kept.source_export,
        kept.source_record,
        cast(null as {{ dbt.type_string() }}) as building_code,
        cast(null as {{ dbt.type_string() }}) as facility_id,
        cast(null as {{ dbt.type_string() }}) as source_facility_code,
        cast(null as {{ dbt.type_string() }}) as usage_code,
        kept.energy_kwh - coalesce(given.energy_kwh, 0) as energy_kwh
    from kept
    left join given
        on
            kept.point_id = given.point_id
            and kept.flow_code = given.flow_code
            and kept.reading_date = given.reading_date
    left join complete_shares
        on
            kept.point_id = complete_shares.point_id
            and kept.flow_code = complete_shares.flow_code
            and kept.reading_date = complete_shares.reading_date
    where complete_shares.point_id is null

),

days as (

    select * from assigned

    union all

    select * from left_over

),

monthly as (

    select
        point_id,
        energy_type,
        flow_code,
        month,
        building_code,
        facility_id,
        source_facility_code,
        usage_code,
        sum(energy_kwh) as energy_kwh,
        count(distinct reading_date) as day_count,
        count(distinct case when is_estimated then reading_date end) as estimated_day_count,
        min_by(source_export, reading_date) as source_export,
        min_by(source_record, reading_date) as source_record
    from days
    group by
        point_id, energy_type, flow_code, month, building_code, facility_id, source_facility_code, usage_code

)

select
    monthly.point_id,
    monthly.energy_type,
    monthly.flow_code,
    monthly.month,
    monthly.building_code,
    monthly.facility_id,
    monthly.source_facility_code,
    monthly.usage_code,
    coalesce(own_use.heating_share, usual.heating_share, 0) as heating_share,
    cast(monthly.energy_kwh as decimal(18, 6)) as energy_kwh,
    cast(
        case
            when climate.month is null or monthly.flow_code = 'production' then null
            when not climate.is_heating_month then monthly.energy_kwh
            else
                monthly.energy_kwh
                + monthly.energy_kwh
                * coalesce(own_use.heating_share, usual.heating_share, 0)
                * (climate.reference_degree_days / nullif(climate.degree_days, 0) - 1)
        end as decimal(18, 6)
    ) as climate_corrected_kwh,
    cast(monthly.day_count as integer) as day_count,
    cast(monthly.estimated_day_count as integer) as estimated_day_count,
    months.days_in_month,
    point_months.whole_day_count = months.days_in_month as is_complete,
    'energy' as source_system,
    monthly.source_export,
    monthly.source_record
from monthly
inner join point_months
    on
        monthly.point_id = point_months.point_id
        and monthly.flow_code = point_months.flow_code
        and monthly.month = point_months.month
inner join {{ ref('int_month') }} as months
    on monthly.month = months.month
left join {{ ref('ref_energy_heating') }} as own_use
    on
        monthly.energy_type = own_use.energy_type
        and monthly.usage_code = own_use.usage_code
left join {{ ref('ref_energy_heating') }} as usual
    on
        monthly.energy_type = usual.energy_type
        and usual.usage_code = 'tous_usages'
left join {{ ref('int_energy__climate') }} as climate
    on monthly.month = climate.month
