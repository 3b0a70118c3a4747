{#- An auxiliary whose keys have no quantity goes to A_AFFECTER. -#}
with roles as (

    select
        services.service_id,
        coalesce(roles.cost_role, 'principal') as cost_role,
        roles.cost_step
    from {{ ref('ref_service') }} as services
    left join {{ ref('ref_service_role') }} as roles
        on services.service_id = roles.service_id

),

pools as (

    select
        direct.budget_id,
        direct.exercice,
        direct.cost_month,
        direct.direction,
        direct.service_id,
        direct.cost_step,
        sum(direct.amount_eur) as amount_eur
    from {{ ref('int_cost_direct') }} as direct
    inner join roles
        on direct.service_id = roles.service_id
    where direct.cost_scope = 'service' and roles.cost_role = 'auxiliary'
    group by
        direct.budget_id, direct.exercice, direct.cost_month, direct.direction, direct.service_id, direct.cost_step

),

variants as (

    select distinct
        exercice,
        variant_id
    from {{ ref('int_cost_absorption') }}

    union

    select distinct
        exercice,
        'central' as variant_id
    from pools

),

solved as (

    select distinct
        exercice,
        variant_id,
        service_id
    from {{ ref('int_cost_absorption') }}
    where kept_parts > 0

),

absorbed as (

    select
        exercice,
        variant_id,
        service_id,
        user_service_id,
        cast(kept_parts as decimal(18, 0)) as weight
    from {{ ref('int_cost_absorption') }}
    where kept_parts > 0

    union all

    select
        variants.exercice,
        variants.variant_id,
        roles.service_id,
        'A_AFFECTER' as user_service_id,
        cast(1000000000000000 as decimal(18, 0)) as weight
    from variants
    cross join roles
    left join solved
        on
            variants.exercice = solved.exercice
            and variants.variant_id = solved.variant_id
            and roles.service_id = solved.service_id
    where roles.cost_role = 'auxiliary' and solved.service_id is null

),

served as (

    select
        pools.*,
        absorbed.variant_id,
        absorbed.user_service_id,
        absorbed.weight
    from pools
    inner join absorbed
        on
            pools.exercice = absorbed.exercice
            and pools.service_id = absorbed.service_id
    where pools.amount_eur <> 0

),

cut_pools as (

    {{ cut('served', ['variant_id', 'budget_id', 'exercice', 'cost_month', 'direction', 'service_id', 'cost_step'],
        ['user_service_id']) | indent(4) }}

)

select
    cut_pools.variant_id,
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
inner join roles
    on cut_pools.service_id = roles.service_id
where cut_pools.part_eur <> 0
