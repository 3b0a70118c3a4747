{%- set text = dbt.type_string() -%}
with chosen as (

    select distinct
        exercice,
        service_id,
        key_id
    from {{ ref('int_cost_key') }}
    where is_chosen

),

edges as (

    select
        'auxiliary' as allocation_stage,
        allocation.budget_id,
        allocation.exercice,
        allocation.cost_month,
        allocation.direction,
        allocation.from_service_id,
        allocation.from_step,
        allocation.to_service_id,
        cast(null as {{ text }}) as to_facility_id,
        cast(null as {{ text }}) as to_activity_id,
        allocation.to_step,
        chosen.key_id as allocation_key_id,
        allocation.share_parts as share_weight,
        cast(1000000000000000 as decimal(18, 0)) as share_whole,
        allocation.amount_eur
    from {{ ref('int_cost_allocation') }} as allocation
    left join chosen
        on
            allocation.exercice = chosen.exercice
            and allocation.from_service_id = chosen.service_id

    union all

    select
        'facility' as allocation_stage,
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id as from_service_id,
        cost_step as from_step,
        service_id as to_service_id,
        to_facility_id,
        activity_id as to_activity_id,
        cost_step as to_step,
        allocation_key_id,
        share_weight,
        share_whole,
        amount_eur
    from {{ ref('int_cost_inside') }}

    union all

    select
        'corporate' as allocation_stage,
        budget_id,
        exercice,
        cost_month,
        direction,
        from_service_id,
        'all' as from_step,
        to_service_id,
        to_facility_id,
        to_activity_id,
        to_step,
        'full_cost' as allocation_key_id,
        share_weight,
        share_whole,
        amount_eur
    from {{ ref('int_cost_corporate') }}

),

-- The same shares come back month after month: each is worked out once.
fractions as (

    select distinct
        share_weight,
        share_whole
    from edges

),

shares as (

    select
        share_weight,
        share_whole,
        {{ exact_ratio('share_weight', 'share_whole', 9) }} as allocated_share
    from fractions

)

select
    cast(edges.allocation_stage as {{ text }}) as allocation_stage,
    cast(edges.budget_id as {{ text }}) as budget_id,
    cast(edges.exercice as integer) as exercice,
    cast(edges.cost_month as date) as cost_month,
    cast(edges.direction as {{ text }}) as direction,
    cast(edges.from_service_id as {{ text }}) as from_service_id,
    cast(edges.from_step as {{ text }}) as from_step,
    cast(edges.to_service_id as {{ text }}) as to_service_id,
    cast(edges.to_facility_id as {{ text }}) as to_facility_id,
    cast(edges.to_activity_id as {{ text }}) as to_activity_id,
    cast(edges.to_step as {{ text }}) as to_step,
    cast(edges.allocation_key_id as {{ text }}) as allocation_key_id,
    cast(shares.allocated_share as decimal(18, 9)) as allocated_share,
    cast(edges.amount_eur as decimal(16, 2)) as amount_eur
from edges
inner join shares
    on
        edges.share_weight = shares.share_weight
        and edges.share_whole = shares.share_whole
