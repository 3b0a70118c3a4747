with lines as (

    select * from {{ ref('stg_work_orders__heure') }}
    where is_standing

),

deleted as (

    select standing.order_code
    from {{ ref('stg_work_orders__intervention') }} as standing
    inner join {{ ref('map_work_orders__status') }} as statuses
        on standing.source_status_code = statuses.source_code
    where standing.is_standing and statuses.status_code = 'deleted'

)

select
    lines.source_system,
    lines.source_export,
    lines.source_record,
    lines.order_code,
    coalesce(lines.work_date, orders.done_date, orders.requested_date) as work_date,
    orders.order_code is not null as is_order_known,
    orders.type_code,
    orders.activity_id,
    orders.source_activity_code,
    orders.service_id,
    orders.facility_id,
    orders.source_facility_code,
    cast(coalesce(lines.work_hours, 0) as decimal(18, 4)) as work_hours,
    cast(coalesce(lines.parts_eur, 0) as decimal(16, 2)) as parts_eur,
    cast(coalesce(lines.declared_eur, 0) as decimal(16, 2)) as declared_eur
from lines
left join {{ ref('int_work_orders__order') }} as orders
    on lines.order_code = orders.order_code
left join deleted
    on lines.order_code = deleted.order_code
where deleted.order_code is null
