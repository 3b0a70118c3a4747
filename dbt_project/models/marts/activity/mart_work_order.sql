{%- set text = dbt.type_string() -%}
{%- set keys = ['type_code', 'service_id', 'facility_id', 'source_facility_code'] -%}
{#- What each row has of the measures below; the others are 0. -#}
{%- set measures = ['opened_count', 'closed_count', 'left_count', 'work_hours', 'parts_eur', 'delay_sum', 'delay_count'] -%}
{#- What happens: its month, where it is read, what it adds to the measures, on which rows. -#}
{%- set happenings = [
    ('opened_month', 'orders', {'opened_count': 1}, '1 = 1'),
    (
        'closed_month', 'orders',
        {
            'closed_count': 1,
            'delay_sum': 'coalesce(delay_days, 0)',
            'delay_count': 'case when delay_days is not null then 1 else 0 end',
        },
        'closed_month is not null',
    ),
    ('left_month', 'orders', {'left_count': 1}, "closed_month is not null or status_code = 'cancelled'"),
    ('work_month', 'lines', {'work_hours': 'work_hours', 'parts_eur': 'parts_eur'}, '1 = 1'),
] -%}
with orders as (

    select
        type_code,
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
    {% for month, relation, added, condition in happenings %}
    select
        {{ month }} as month,
        {{ keys | join(',\n        ') }},
        {%- for measure in measures %}
        cast({{ added.get(measure, 0) }} as decimal(18, 4)) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

cells as (

    select
        {{ keys | join(',\n        ') }},
        min(month) as first_month
    from events
    group by {{ keys | join(', ') }}

),

span as (

    select max(month) as last_month from events

),

-- Every month from the first one of a cell to the last one known: a backlog stays when nothing happens.
filled as (

    select
        listed.month,
        {%- for key in keys %}
        cells.{{ key }},
        {%- endfor %}
        {%- for measure in measures %}
        cast(coalesce(sum(events.{{ measure }}), 0) as decimal(18, 4)) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from cells
    cross join span
    inner join {{ ref('int_month') }} as listed
        on listed.month between cells.first_month and span.last_month
    left join events
        on
            listed.month = events.month
            {%- for key in keys %}
            and coalesce(cells.{{ key }}, '') = coalesce(events.{{ key }}, '')
            {%- endfor %}
    group by
        listed.month,
        {%- for key in keys %}
        cells.{{ key }}{{ ',' if not loop.last }}
        {%- endfor %}

),

cumulated as (

    select
        *,
        sum(opened_count - left_count) over (
            partition by {{ keys | join(', ') }} order by month rows unbounded preceding
        ) as backlog_count
    from filled

),

delays as (

    select
        closed_month,
        {{ keys | join(',\n        ') }},
        delay_days,
        row_number() over (partition by closed_month, {{ keys | join(', ') }} order by delay_days) as place,
        count(*) over (partition by closed_month, {{ keys | join(', ') }}) as delay_count
    from orders
    where delay_days is not null

),

-- The middle delay, or the mean of both middle ones.
medians as (

    select
        closed_month,
        {{ keys | join(',\n        ') }},
        cast(sum(delay_days) / nullif(count(*), 0) as decimal(12, 2)) as median_delay_days
    from delays
    where 2 * place between delay_count and delay_count + 2
    group by closed_month, {{ keys | join(', ') }}

)

select
    cast(cumulated.month as date) as month,
    cast(cumulated.type_code as {{ text }}) as type_code,
    cast(cumulated.service_id as {{ text }}) as service_id,
    cast(cumulated.facility_id as {{ text }}) as facility_id,
    cast(cumulated.source_facility_code as {{ text }}) as source_facility_code,
    cast(cumulated.opened_count as integer) as opened_count,
    cast(cumulated.closed_count as integer) as closed_count,
    cast(cumulated.backlog_count as integer) as backlog_count,
    cast(cumulated.delay_sum / nullif(cumulated.delay_count, 0) as decimal(12, 2)) as mean_delay_days,
    cast(medians.median_delay_days as decimal(12, 2)) as median_delay_days,
    cast(cumulated.work_hours as decimal(18, 4)) as work_hours,
    cast(cumulated.parts_eur as decimal(16, 2)) as parts_eur
from cumulated
left join medians
    on
        cumulated.month = medians.closed_month
        {%- for key in keys %}
        and coalesce(cumulated.{{ key }}, '') = coalesce(medians.{{ key }}, '')
        {%- endfor %}
where
    cumulated.opened_count <> 0
    or cumulated.closed_count <> 0
    or cumulated.backlog_count <> 0
    or cumulated.work_hours <> 0
    or cumulated.parts_eur <> 0
