{%- set year_end = "cast(cast(exercices.exercice as " ~ dbt.type_string() ~ ") || '-12-31' as date)" -%}
with exercices as (

    select distinct exercice
    from {{ ref('int_cost_direct') }}

),

-- Those below a service in the organisation chart, three levels down.
descendants as (

    select
        first.parent_service_id as service_id,
        first.service_id as user_service_id
    from {{ ref('ref_service') }} as first
    where first.parent_service_id is not null

    union

    select
        first.parent_service_id as service_id,
        second.service_id as user_service_id
    from {{ ref('ref_service') }} as first
    inner join {{ ref('ref_service') }} as second
        on first.service_id = second.parent_service_id
    where first.parent_service_id is not null

    union

    select
        first.parent_service_id as service_id,
        third.service_id as user_service_id
    from {{ ref('ref_service') }} as first
    inner join {{ ref('ref_service') }} as second
        on first.service_id = second.parent_service_id
    inner join {{ ref('ref_service') }} as third
        on second.service_id = third.parent_service_id
    where first.parent_service_id is not null

),

quantities as (

    select
        exercice,
        driver_code,
        cast(null as {{ dbt.type_string() }}) as key_id,
        service_id,
        quantity
    from {{ ref('int_cost_driver') }}

    union all

    select
        exercices.exercice,
        'declared' as driver_code,
        declared.key_id,
        declared.service_id,
        cast(declared.quantity as decimal(18, 0)) as quantity
    from exercices
    inner join {{ ref('key_declared_quantity') }} as declared
        on {{ in_force(year_end, 'declared') }}
    where declared.quantity > 0

),

used as (

    select
        exercices.exercice,
        allocation_keys.service_id,
        allocation_keys.key_id,
        allocation_keys.key_rank,
        allocation_keys.driver_code,
        quantities.service_id as user_service_id,
        quantities.quantity
    from exercices
    inner join {{ ref('key_allocation') }} as allocation_keys
        on {{ in_force(year_end, 'allocation_keys') }}
    inner join {{ ref('ref_service_role') }} as auxiliaries
        on
            allocation_keys.service_id = auxiliaries.service_id
            and auxiliaries.cost_role = 'auxiliary'
    inner join quantities
        on
            exercices.exercice = quantities.exercice
            and allocation_keys.driver_code = quantities.driver_code
            and (allocation_keys.driver_code <> 'declared' or allocation_keys.key_id = quantities.key_id)
            and allocation_keys.service_id <> quantities.service_id
    left join {{ ref('ref_service_role') }} as users
        on quantities.service_id = users.service_id
    left join descendants
        on
            allocation_keys.service_id = descendants.service_id
            and quantities.service_id = descendants.user_service_id
    where
        coalesce(users.cost_role, 'principal') <> 'unassigned'
        and (allocation_keys.target = 'all' or descendants.user_service_id is not null)

)

select
    exercice,
    service_id,
    key_id,
    key_rank,
    driver_code,
    user_service_id,
    quantity,
    sum(quantity) over (partition by exercice, key_id) as whole_quantity,
    key_rank = min(key_rank) over (partition by exercice, service_id) as is_chosen
from used
