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
        held.budget_id,
        held.exercice,
        held.cost_month,
        held.direction,
        held.service_id,
        held.cost_role,
        held.facility_id,
        held.activity_id,
        held.cost_step,
        held.amount_eur
    from {{ ref('int_cost_held') }} as held
    left join spread
        on
            held.cost_role = 'principal'
            and held.facility_id is null
            and held.budget_id = spread.budget_id
            and held.exercice = spread.exercice
            and held.cost_month = spread.cost_month
            and held.direction = spread.direction
            and held.service_id = spread.service_id
            and coalesce(held.activity_id, '') = spread.activity_part
            and held.cost_step = spread.cost_step
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
