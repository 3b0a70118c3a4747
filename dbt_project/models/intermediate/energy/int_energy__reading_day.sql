{#- Several sources may say the energy of one point and day. One is kept, they are never added: a day covered from end
    to end before a part of one, then load curve, indexes, customer file; for gas definitive before provisional. -#}
with digit as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}
),

counted as (

    select thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + units.digit as n
    from digit as thousands
    cross join digit as hundreds
    cross join digit as tens
    cross join digit as units

),

curve_days as (

    select
        point_id,
        flow_code,
        quantity_code,
        case reading_origin when 'r63' then 'load_curve' else 'customer_file' end as reading_kind,
        reading_date,
        sum(energy_kwh) as energy_kwh,
        sum(interval_minutes) as covered_minutes,
        count(*) as interval_count,
        min_by(source_export, interval_start_at) as source_export,
        min_by(source_record, interval_start_at) as source_record
    from {{ ref('stg_energy__courbe') }}
    where is_standing and is_energy and energy_kwh is not null
    group by point_id, flow_code, quantity_code, reading_origin, reading_date

),

periods as (

    select
        point_id,
        flow_code,
        calendar_code || '/' || class_code as part_code,
        'index' as reading_kind,
        'definitive' as status_code,
        start_date,
        day_count,
        energy_kwh,
        source_export,
        source_record
    from {{ ref('int_energy__index_period') }}
    where energy_kwh is not null

    union all

    select
        point_id,
        'consumption' as flow_code,
        '-' as part_code,
        'gas_reading' as reading_kind,
        status_code,
        start_date,
        day_count,
        energy_kwh,
        source_export,
        source_record
    from {{ ref('stg_energy__releve_gaz') }}
    where is_standing and energy_kwh is not null and day_count > 0

),

-- Spread evenly over its days: the differences of what its first days take add up to the period, to the last digit.
spread as (

    select
        periods.*,
        cast(periods.start_date + cast(counted.n as integer) as date) as reading_date,
        {{ even_part('periods.energy_kwh', '(counted.n + 1)', 'periods.day_count') }}
        - {{ even_part('periods.energy_kwh', 'counted.n', 'periods.day_count') }} as day_kwh
    from periods
    inner join counted
        on periods.day_count > counted.n

),

-- The classes of one meter add up; two readings of gas that overlap do not.
period_days as (

    select
        point_id,
        flow_code,
        reading_kind,
        status_code,
        case when reading_kind = 'gas_reading' then source_export || source_record else '-' end as reading_key,
        reading_date,
        sum(day_kwh) as energy_kwh,
        max(day_count) as day_count,
        min_by(source_export, part_code) as source_export,
        min_by(source_record, part_code) as source_record
    from spread
    group by
        point_id,
        flow_code,
        reading_kind,
        status_code,
        case when reading_kind = 'gas_reading' then source_export || source_record else '-' end,
        reading_date

),

candidates as (

    select
        point_id,
        'electricity' as energy_type,
        flow_code,
        reading_kind,
        case reading_kind when 'load_curve' then 1 else 3 end as kind_rank,
        case quantity_code when 'EA' then 1 else 2 end as detail_rank,
        quantity_code as detail_code,
        reading_date,
        energy_kwh,
        cast(interval_count as integer) as interval_count,
        covered_minutes >= {{ paris_day_minutes('reading_date') }} as is_whole_day,
        false as is_estimated,
        source_export,
        source_record
    from curve_days

    union all

    select
        point_id,
        case reading_kind when 'gas_reading' then 'gas' else 'electricity' end as energy_type,
        flow_code,
        reading_kind,
        2 as kind_rank,
        case status_code when 'definitive' then 0 else 100000 end + day_count as detail_rank,
        status_code as detail_code,
        reading_date,
        energy_kwh,
        cast(null as integer) as interval_count,
        true as is_whole_day,
        day_count > 1 as is_estimated,
        source_export,
        source_record
    from period_days

)

select
    point_id,
    energy_type,
    flow_code,
    reading_date,
    reading_kind,
    detail_code,
    cast(energy_kwh as decimal(18, 6)) as energy_kwh,
    interval_count,
    is_whole_day,
    is_estimated,
    row_number() over (
        partition by point_id, flow_code, reading_date
        order by
            is_whole_day desc nulls last,
            kind_rank asc nulls last,
            detail_rank asc nulls last,
            source_export desc nulls last,
            source_record desc nulls last
    ) = 1 as is_kept,
    'energy' as source_system,
    source_export,
    source_record
from candidates
