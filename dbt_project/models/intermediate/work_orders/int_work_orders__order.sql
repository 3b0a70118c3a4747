with standing as (

    select * from {{ ref('stg_work_orders__intervention') }}
    where is_standing

),

classified as (

    select
        standing.*,
        cast(standing.requested_at as date) as requested_date,
        cast(standing.started_at as date) as started_date,
        cast(standing.done_at as date) as done_date,
        coalesce(statuses.status_code, 'unknown') as status_code,
        coalesce(types.type_code, 'unknown') as type_code
    from standing
    left join {{ ref('map_work_orders__status') }} as statuses
        on standing.source_status_code = statuses.source_code
    left join {{ ref('map_work_orders__nature') }} as types
        on standing.source_type_code = types.source_code

),

-- Places of GLPI are paths: the whole one is looked for first, then the building above it.
placed as (

    select
        *,
        case
            when instr(source_facility_code, ' > ') > 0
                then substr(source_facility_code, 1, instr(source_facility_code, ' > ') - 1)
        end as source_site_code,
        case when status_code = 'closed' then done_date end as closed_date,
        {{ days_between('requested_date', 'done_date') }} as elapsed_days,
        {{ hours_between('requested_at', 'done_at') }} as elapsed_hours,
        coalesce(done_at < requested_at, false) as warning_negative_delay
    from classified
    where status_code <> 'deleted'

),

lines as (

    select
        order_code,
        sum(work_hours) as work_hours,
        sum(parts_eur) as parts_eur,
        sum(declared_eur) as declared_eur
    from {{ ref('stg_work_orders__heure') }}
    where is_standing
    group by order_code

)

select
    placed.source_system,
    placed.source_export,
    placed.source_record,
    placed.order_code,
    placed.requested_at,
    placed.started_at,
    placed.done_at,
    placed.requested_date,
    placed.started_date,
    placed.done_date,
    placed.closed_date,
    placed.status_code,
    placed.source_status_code,
    placed.type_code,
    placed.source_type_code,
    placed.urgency_label,
    activities.activity_id,
    placed.source_activity_code,
    requesters.service_id,
    placed.source_service_code,
    teams.service_id as performing_service_id,
    placed.source_team_code,
    coalesce(facilities.facility_id, sites.facility_id) as facility_id,
    placed.source_facility_code,
    placed.equipment_code,
    placed.warning_negative_delay,
    case
        when placed.status_code = 'closed' and not placed.warning_negative_delay
            then placed.elapsed_days
    end as delay_days,
    -- A date without its time says nothing of hours.
    case
        when
            placed.status_code = 'closed'
            and not placed.warning_negative_delay
            and placed.requested_at <> cast(placed.requested_date as timestamp)
            and placed.done_at <> cast(placed.done_date as timestamp)
            then placed.elapsed_hours
    end as delay_hours,
    cast(coalesce(lines.work_hours, 0) as decimal(18, 4)) as work_hours,
    cast(coalesce(lines.parts_eur, 0) as decimal(16, 2)) as parts_eur,
    cast(coalesce(placed.external_eur, 0) as decimal(16, 2)) as external_eur,
    cast(coalesce(lines.declared_eur, 0) as decimal(16, 2)) as declared_eur,
    placed.vehicle_km
from placed
left join lines
    on placed.order_code = lines.order_code
left join {{ ref('map_work_orders__activity') }} as activities
    on
        placed.source_activity_code = activities.source_code
        and {{ in_force('placed.requested_date', 'activities') }}
left join {{ ref('map_work_orders__service') }} as requesters
    on
        placed.source_service_code = requesters.source_code
        and {{ in_force('placed.requested_date', 'requesters') }}
left join {{ ref('map_work_orders__service') }} as teams
    on
        placed.source_team_code = teams.source_code
        and {{ in_force('placed.requested_date', 'teams') }}
left join {{ ref('map_work_orders__facility') }} as facilities
    on
        placed.source_facility_code = facilities.source_code
        and {{ in_force('placed.requested_date', 'facilities') }}
left join {{ ref('map_work_orders__facility') }} as sites
    on
        placed.source_site_code = sites.source_code
        and {{ in_force('placed.requested_date', 'sites') }}
