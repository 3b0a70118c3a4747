with served as (

    select
        pools.*,
        shares.user_service_id,
        shares.weight
    from {{ ref('int_cost_pool') }} as pools
    inner join {{ ref('int_cost_share') }} as shares
        on
            pools.exercice = shares.exercice
            and pools.service_id = shares.service_id
    where shares.variant_id = 'central'

),

cut_pools as (

    {{ cut('served', ['budget_id', 'exercice', 'cost_month', 'direction', 'service_id', 'cost_step'],
        ['user_service_id']) | indent(4) }}

)

select
    cut_pools.budget_id,
    cut_pools.exercice,
    cut_pools.cost_month,
    cut_pools.direction,
    cut_pools.service_id as from_service_id,
    cut_pools.cost_step as from_step,
    cut_pools.user_service_id as to_service_id,
    case when cut_pools.direction = 'expense' then roles.cost_step else cut_pools.cost_step end as to_step,
    cut_pools.weight as share_parts,
    cut_pools.part_eur as amount_eur
from cut_pools
inner join {{ ref('ref_service_role') }} as roles
    on cut_pools.service_id = roles.service_id
where cut_pools.part_eur <> 0
