{%- set text = dbt.type_string() -%}
{%- set cell = "coalesce(type_code, 'unknown') || '/' || coalesce(service_id, '') || '/' || coalesce(facility_id, '')
        || '/' || coalesce(source_facility_code, '')" -%}
with orders as (

    select
        {{ cell }} as cell_id,
        coalesce(type_code, 'unknown') as type_code,
        service_id,
        facility_id,
        source_facility_code,
        status_code,
        delay_days,
        {{ month_of('requested_date') }} as opened_month,
        {{ month_of('closed_date') }} as closed_month,
        -- The month in which it leaves the backlog: a closing dated before the request leaves with it.
        case
            when status_code = 'cancelled' then {{ month_of('requested_date') }}
            else greatest({{ month_of('closed_date') }}, {{ month_of('requested_date') }})
        end as left_month
    from {{ ref('int_work_orders__order') }}

),

lines as (

    select
        {{ cell }} as cell_id,
        coalesce(type_code, 'unknown') as type_code,
        service_id,
        facility_id,
        source_facility_code,
        {{ month_of('work_date') }} as work_month,
        work_hours,
        parts_eur
    from {{ ref('int_work_orders__line') }}
    where work_date is not null

),

events as (

    select
        cell_id,
        opened_month as month,
        1 as opened_count,
        0 as closed_count,
        0 as left_count,
        0 as delay_sum,
        0 as delay_count,
        cast(0 as decimal(18, 4)) as work_hours,
        cast(0 as decimal(16, 2)) as parts_eur
    from orders

    union all

    select
        cell_id,
        closed_month as month,
        0 as opened_count,
        1 as closed_count,
        0 as left_count,
        coalesce(delay_days, 0) as delay_sum,
        case when delay_days is not null then 1 else 0 end as delay_count,
        cast(0 as decimal(18, 4)) as work_hours,
        cast(0 as decimal(16, 2)) as parts_eur
    from orders
    where closed_month is not null

    union all

    select
        cell_id,
        left_month as month,
        0 as opened_count,
        0 as closed_count,
        1 as left_count,
        0 as delay_sum,
        0 as delay_count,
        cast(0 as decimal(18, 4)) as work_hours,
        cast(0 as decimal(16, 2)) as parts_eur
    from orders
    where closed_month is not null or status_code = 'cancelled'

    union all

    select
        cell_id,
        work_month as month,
        0 as opened_count,
        0 as closed_count,
        0 as left_count,
        0 as delay_sum,
        0 as delay_count,
        work_hours,
        parts_eur
    from lines

),

named as (

    select
        cell_id,
        type_code,
        service_id,
        facility_id,
        source_facility_code
    from orders

    union

    select
        cell_id,
        type_code,
        service_id,
        facility_id,
        source_facility_code
    from lines

),

seen as (

    select
        cell_id,
        min(month) as first_month
    from events
    group by cell_id

),

span as (

    select max(month) as last_month from events

),

cells as (

    select
        named.cell_id,
        named.type_code,
        named.service_id,
        named.facility_id,
        named.source_facility_code,
        seen.first_month,
        span.last_month
    from named
    inner join seen
        on named.cell_id = seen.cell_id
    cross join span

),

monthly as (

    select
        cell_id,
        month,
        sum(opened_count) as opened_count,
        sum(closed_count) as closed_count,
        sum(left_count) as left_count,
        sum(delay_sum) as delay_sum,
        sum(delay_count) as delay_count,
        sum(work_hours) as work_hours,
        sum(parts_eur) as parts_eur
    from events
    group by cell_id, month

),

-- Every month from the first one of a cell to the last one known: a backlog stays when nothing happens.
filled as (

    select
        cells.cell_id,
        cells.type_code,
        cells.service_id,
        cells.facility_id,
        cells.source_facility_code,
        listed.month,
        coalesce(monthly.opened_count, 0) as opened_count,
        coalesce(monthly.closed_count, 0) as closed_count,
        coalesce(monthly.delay_sum, 0) as delay_sum,
        coalesce(monthly.delay_count, 0) as delay_count,
        coalesce(monthly.work_hours, 0) as work_hours,
        coalesce(monthly.parts_eur, 0) as parts_eur,
        sum(coalesce(monthly.opened_count, 0) - coalesce(monthly.left_count, 0)) over (
            partition by cells.cell_id
            order by listed.month asc nulls last
        ) as backlog_count
    from cells
    inner join {{ ref('int_month') }} as listed
        on listed.month between cells.first_month and cells.last_month
    left join monthly
        on
            cells.cell_id = monthly.cell_id
            and listed.month = monthly.month

),

delays as (

    select
        cell_id,
        closed_month,
        delay_days,
        row_number() over (partition by cell_id, closed_month order by delay_days asc nulls last) as place,
        count(*) over (partition by cell_id, closed_month) as delay_count
    from orders
    where delay_days is not null

),

-- The middle delay, or the mean of both middle ones.
medians as (

    select
        cell_id,
        closed_month,
        sum(delay_days) / nullif(count(*), 0) as median_delay_days
    from delays
    where 2 * place between delay_count and delay_count + 2
    group by cell_id, closed_month

)

select
    cast(filled.month as date) as month,
    cast(filled.type_code as {{ text }}) as type_code,
    cast(filled.service_id as {{ text }}) as service_id,
    cast(filled.facility_id as {{ text }}) as facility_id,
    cast(filled.source_facility_code as {{ text }}) as source_facility_code,
    cast(filled.opened_count as integer) as opened_count,
    cast(filled.closed_count as integer) as closed_count,
    cast(filled.backlog_count as integer) as backlog_count,
    cast(filled.delay_sum / nullif(filled.delay_count, 0) as decimal(12, 2)) as mean_delay_days,
    cast(medians.median_delay_days as decimal(12, 2)) as median_delay_days,
    cast(filled.work_hours as decimal(18, 4)) as work_hours,
    cast(filled.parts_eur as decimal(16, 2)) as parts_eur
from filled
left join medians
    on
        filled.cell_id = medians.cell_id
        and filled.month = medians.closed_month
where
    filled.opened_count <> 0
    or filled.closed_count <> 0
    or filled.backlog_count <> 0
    or filled.work_hours <> 0
    or filled.parts_eur <> 0
