{#- What a meter counted between two readings, class by class. Of the two grids, which say the same energy, that of the
    distributor counts, and that of the supplier only at a point that has no other. -#}
with readings as (

    select
        *,
        max(case when grid_code = 'distributor' then 1 else 0 end) over (
            partition by point_id, flow_code
        ) as has_distributor
    from {{ ref('stg_energy__index_releve') }}
    where is_standing and is_energy and index_kwh is not null

),

-- A new meter starts again at its own index: nothing is counted from the last index of the former one.
by_meter as (

    select
        readings.*,
        sum(case when readings.is_installation then 1 else 0 end) over (
            partition by readings.point_id, readings.flow_code, readings.calendar_code, readings.class_code
            order by
                readings.reading_at asc nulls last,
                readings.is_installation asc nulls last,
                readings.reading_reason asc nulls last
            rows between unbounded preceding and current row
        ) as meter_rank
    from readings
    where readings.grid_code = 'distributor' or readings.has_distributor = 0

),

followed as (

    select
        *,
        lag(reading_date) over (
            partition by point_id, flow_code, calendar_code, class_code, meter_rank
            order by reading_at asc nulls last, reading_reason asc nulls last
        ) as start_date,
        lag(index_kwh) over (
            partition by point_id, flow_code, calendar_code, class_code, meter_rank
            order by reading_at asc nulls last, reading_reason asc nulls last
        ) as start_index_kwh
    from by_meter

)

select
    source_system,
    source_export,
    source_record,
    point_id,
    flow_code,
    calendar_code,
    class_code,
    cast(meter_rank as integer) as meter_rank,
    start_date,
    reading_date as end_date,
    greatest({{ days_between('start_date', 'reading_date') }}, 1) as day_count,
    start_index_kwh,
    index_kwh as end_index_kwh,
    -- An index that falls without a change of meter tells nothing of what was used.
    case when index_kwh >= start_index_kwh then cast(index_kwh - start_index_kwh as decimal(18, 6)) end as energy_kwh
from followed
where start_date is not null
