{#- In an exercice where no principal service has a cost yet, nothing places it. -#}
with cells as (

    select
        exercice,
        service_id,
        facility_id,
        activity_id,
        cast(sum(amount_eur) * 100 as decimal(18, 0)) as weight
    from {{ ref('int_cost_cell') }}
    where cost_role = 'principal' and direction = 'expense'
    group by exercice, service_id, facility_id, activity_id

),

pools as (

    select
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id as from_service_id,
        sum(amount_eur) as amount_eur
    from {{ ref('int_cost_cell') }}
    where cost_role = 'corporate'
    group by budget_id, exercice, cost_month, direction, service_id

),

weighed as (

    select
        pools.*,
        coalesce(cells.service_id, 'A_AFFECTER') as to_service_id,
        cells.facility_id as to_facility_id,
        cells.activity_id as to_activity_id,
        coalesce(cells.weight, 1) as weight
    from pools
    left join cells
        on
            pools.exercice = cells.exercice
            and cells.weight > 0
    where pools.amount_eur <> 0

),

cut_pools as (

    {{ cut('weighed', ['budget_id', 'exercice', 'cost_month', 'direction', 'from_service_id'],
        ['to_service_id', 'to_facility_id', 'to_activity_id']) | indent(4) }}

)

select
    budget_id,
    exercice,
    cost_month,
    direction,
    from_service_id,
    to_service_id,
    to_facility_id,
    to_activity_id,
    case when direction = 'expense' then 'corporate' else 'corporate_revenue' end as to_step,
    cast(part_weight as decimal(18, 0)) as share_weight,
    cast(part_whole as decimal(18, 0)) as share_whole,
    part_eur as amount_eur
from cut_pools
where part_eur <> 0
