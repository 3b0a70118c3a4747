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

-- A town that costs nothing to anybody else has nowhere to put them: they stay to be assigned.
receivers as (

    select
        exercice,
        service_id,
        facility_id,
        activity_id,
        weight
    from cells
    where weight > 0

    union all

    select
        pools.exercice,
        'A_AFFECTER' as service_id,
        cast(null as {{ dbt.type_string() }}) as facility_id,
        cast(null as {{ dbt.type_string() }}) as activity_id,
        cast(1 as decimal(18, 0)) as weight
    from (select distinct exercice from pools) as pools
    left join (select distinct exercice from cells where weight > 0) as borne
        on pools.exercice = borne.exercice
    where borne.exercice is null

),

weighed as (

    select
        pools.*,
        receivers.service_id as to_service_id,
        receivers.facility_id as to_facility_id,
        receivers.activity_id as to_activity_id,
        receivers.weight
    from pools
    inner join receivers
        on pools.exercice = receivers.exercice
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
