with inside as (

    select * from {{ ref('int_cost_inside') }}

),

spread as (

    select distinct
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id,
        coalesce(activity_id, '') as activity_part,
        cost_step
    from inside

),

amounts as (

    select
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id,
        cost_role,
        facility_id,
        activity_id,
        cost_step,
        amount_eur
    from {{ ref('int_cost_held') }}
    where cost_role <> 'principal' or facility_id is not null

    union all

    select
        common.budget_id,
        common.exercice,
        common.cost_month,
        common.direction,
        common.service_id,
        common.cost_role,
        common.facility_id,
        common.activity_id,
        common.cost_step,
        common.amount_eur
    from (
        select
            held.*,
            coalesce(held.activity_id, '') as activity_part
        from {{ ref('int_cost_held') }} as held
        where held.cost_role = 'principal' and held.facility_id is null
    ) as common
    left join spread
        on
            common.budget_id = spread.budget_id
            and common.exercice = spread.exercice
            and common.cost_month = spread.cost_month
            and common.direction = spread.direction
            and common.service_id = spread.service_id
            and common.activity_part = spread.activity_part
            and common.cost_step = spread.cost_step
    where spread.budget_id is null

    union all

    select
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id,
        'principal' as cost_role,
        to_facility_id as facility_id,
        activity_id,
        cost_step,
        amount_eur
    from inside

)

select
    budget_id,
    exercice,
    cost_month,
    direction,
    service_id,
    cost_role,
    facility_id,
    activity_id,
    cost_step,
    sum(amount_eur) as amount_eur
from amounts
group by budget_id, exercice, cost_month, direction, service_id, cost_role, facility_id, activity_id, cost_step
