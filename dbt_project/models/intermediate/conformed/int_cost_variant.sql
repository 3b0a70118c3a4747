with served as (

    select
        shares.variant_id,
        pools.budget_id,
        pools.exercice,
        pools.cost_month,
        pools.service_id,
        pools.cost_step,
        pools.amount_eur,
        shares.user_service_id,
        shares.weight
    from {{ ref('int_cost_pool') }} as pools
    inner join {{ ref('int_cost_share') }} as shares
        on
            pools.exercice = shares.exercice
            and pools.service_id = shares.service_id
    where pools.direction = 'expense' and shares.variant_id <> 'central'

),

cut_pools as (

    {{ cut('served', ['variant_id', 'budget_id', 'exercice', 'cost_month', 'service_id', 'cost_step'],
        ['user_service_id']) | indent(4) }}

)

select
    exercice,
    variant_id,
    user_service_id as service_id,
    sum(part_eur) as amount_eur
from cut_pools
group by exercice, variant_id, user_service_id

union all

select
    exercice,
    'central' as variant_id,
    to_service_id as service_id,
    sum(case when direction = 'expense' then amount_eur else 0 end) as amount_eur
from {{ ref('int_cost_allocation') }}
group by exercice, to_service_id
