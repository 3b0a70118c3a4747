{#- An auxiliary whose keys have no quantity goes to A_AFFECTER. -#}
with solved as (

    select distinct
        exercice,
        variant_id,
        service_id
    from {{ ref('int_cost_absorption') }}
    where kept_parts > 0

),

variants as (

    select
        exercice,
        variant_id
    from {{ ref('int_cost_absorption') }}

    union

    select
        exercice,
        'central' as variant_id
    from {{ ref('int_cost_pool') }}

)

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
cross join {{ ref('ref_service_role') }} as roles
left join solved
    on
        variants.exercice = solved.exercice
        and variants.variant_id = solved.variant_id
        and roles.service_id = solved.service_id
where roles.cost_role = 'auxiliary' and solved.service_id is null
