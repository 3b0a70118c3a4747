{#- Cells of fewer than five agents are joined with others until they hold five, so that no cost of a published cell is
    that of a few persons. A cell is too small when it is so in one month of the exercice; what it brings to a group is
    what it holds in every month. -#}
{%- set k = var('k_agents') -%}
{%- set exercice = 'cast(extract(year from pay_month) as integer)' -%}
with lines as (

    select
        budget_id,
        {{ exercice }} as exercice,
        pay_month,
        service_id,
        facility_id,
        agent_id
    from {{ ref('int_pay_line') }}
    where line_kind <> 'detail' and amount_eur <> 0

),

months as (

    select
        budget_id,
        exercice,
        count(distinct pay_month) as month_count
    from lines
    group by budget_id, exercice

),

facility_months as (

    select
        budget_id,
        exercice,
        pay_month,
        service_id,
        facility_id,
        count(distinct agent_id) as agent_count
    from lines
    group by budget_id, exercice, pay_month, service_id, facility_id

),

service_months as (

    select
        budget_id,
        exercice,
        pay_month,
        service_id,
        count(distinct agent_id) as agent_count
    from lines
    group by budget_id, exercice, pay_month, service_id

),

facilities as (

    select
        cells.budget_id,
        cells.exercice,
        cells.service_id,
        cells.facility_id,
        min(cells.agent_count) as agent_count,
        case when count(*) = max(months.month_count) then min(cells.agent_count) else 0 end as lasting_count
    from facility_months as cells
    inner join months
        on
            cells.budget_id = months.budget_id
            and cells.exercice = months.exercice
    group by cells.budget_id, cells.exercice, cells.service_id, cells.facility_id

),

services as (

    select
        cells.budget_id,
        cells.exercice,
        cells.service_id,
        min(cells.agent_count) as agent_count,
        case when count(*) = max(months.month_count) then min(cells.agent_count) else 0 end as lasting_count
    from service_months as cells
    inner join months
        on
            cells.budget_id = months.budget_id
            and cells.exercice = months.exercice
    group by cells.budget_id, cells.exercice, cells.service_id

),

-- Smallest first: a cell joins the group when it is too small, or while the group before it is.
ranked_facilities as (

    select
        *,
        min(case when facility_id is null then 0 else agent_count end) over (
            partition by budget_id, exercice, service_id
        ) < {{ k }} as has_small,
        coalesce(sum(lasting_count) over (
            partition by budget_id, exercice, service_id
            order by
                case when facility_id is null then 0 else 1 end asc nulls last,
                case when agent_count < {{ k }} then 0 else 1 end asc nulls last,
                lasting_count asc nulls last,
                facility_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ), 0) as grouped_before
    from facilities

),

ranked_services as (

    select
        *,
        min(case when service_id is null then 0 else agent_count end) over (
            partition by budget_id, exercice
        ) < {{ k }} as has_small,
        coalesce(sum(lasting_count) over (
            partition by budget_id, exercice
            order by
                case when service_id is null then 0 else 1 end asc nulls last,
                case when agent_count < {{ k }} then 0 else 1 end asc nulls last,
                lasting_count asc nulls last,
                service_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ), 0) as grouped_before
    from services

),

shown as (

    select
        ranked_facilities.budget_id,
        ranked_facilities.exercice,
        ranked_facilities.service_id,
        ranked_facilities.facility_id,
        ranked_services.service_id is not null
        and not (
            ranked_services.has_small
            and (ranked_services.agent_count < {{ k }} or ranked_services.grouped_before < {{ k }})
        ) as is_service_shown,
        ranked_facilities.facility_id is not null
        and not (
            ranked_facilities.has_small
            and (ranked_facilities.agent_count < {{ k }} or ranked_facilities.grouped_before < {{ k }})
        ) as is_facility_alone
    from ranked_facilities
    inner join ranked_services
        on
            ranked_facilities.budget_id = ranked_services.budget_id
            and ranked_facilities.exercice = ranked_services.exercice
            and coalesce(ranked_facilities.service_id, '') = coalesce(ranked_services.service_id, '')

)

select
    budget_id,
    exercice,
    service_id,
    facility_id,
    case when is_service_shown then service_id end as shown_service_id,
    case when is_service_shown and is_facility_alone then facility_id end as shown_facility_id,
    not is_service_shown and service_id is not null as is_service_grouped
from shown
