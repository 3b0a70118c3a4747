{#- The full cost of a shared service and the units of those that use it (CGCT D.5211-16). -#}
{%- set text = dbt.type_string() -%}
with own as (

    select
        exercice,
        service_id,
        sum(amount_eur) as own_cost_eur,
        sum(case when chapter_code = '012' then amount_eur else 0 end) as staff_cost_eur,
        sum(case when cost_stage = 'depreciation' then amount_eur else 0 end) as depreciation_eur
    from {{ ref('int_cost_direct') }}
    where cost_scope = 'service' and direction = 'expense'
    group by exercice, service_id

),

-- What passes through the service: its own cost, and what the other auxiliaries give it.
passed as (

    select
        absorbed.exercice,
        absorbed.user_service_id as service_id,
        cast(
            {{ whole_quotient(
                'sum(cast(own.own_cost_eur * 100 as decimal(38, 0)) * cast(absorbed.passed_parts as decimal(38, 0)))',
                'cast(1000000000000000 as decimal(38, 0))'
            ) }} as bigint
        ) * cast(0.01 as decimal(3, 2)) as gross_cost_eur
    from {{ ref('int_cost_absorption') }} as absorbed
    inner join own
        on
            absorbed.exercice = own.exercice
            and absorbed.service_id = own.service_id
    where absorbed.variant_id = 'central' and absorbed.passed_parts > 0
    group by absorbed.exercice, absorbed.user_service_id

),

used as (

    select
        allocation_keys.exercice,
        allocation_keys.service_id,
        allocation_keys.key_id,
        allocation_keys.driver_code,
        allocation_keys.user_service_id,
        allocation_keys.quantity as weight,
        allocation_keys.whole_quantity,
        passed.gross_cost_eur as amount_eur
    from {{ ref('int_cost_key') }} as allocation_keys
    inner join passed
        on
            allocation_keys.exercice = passed.exercice
            and allocation_keys.service_id = passed.service_id
    where allocation_keys.is_chosen

),

recharged as (

    {{ cut('used', ['exercice', 'service_id'], ['user_service_id']) | indent(4) }}

),

labels as (

    select
        key_id,
        max(key_label) as key_label,
        max(owner) as owner,
        max(evidence) as evidence
    from {{ ref('key_allocation') }}
    group by key_id

)

select
    cast(recharged.exercice as integer) as exercice,
    cast(recharged.service_id as {{ text }}) as service_id,
    cast(services.service_label as {{ text }}) as service_label,
    cast(recharged.key_id as {{ text }}) as allocation_key_id,
    cast(labels.key_label as {{ text }}) as key_label,
    cast(labels.owner as {{ text }}) as key_owner,
    cast(labels.evidence as {{ text }}) as key_evidence,
    cast(drivers.unit_label as {{ text }}) as unit_label,
    cast(own.staff_cost_eur as decimal(16, 2)) as staff_cost_eur,
    cast(own.depreciation_eur as decimal(16, 2)) as depreciation_eur,
    cast(
        own.own_cost_eur - own.staff_cost_eur - own.depreciation_eur as decimal(16, 2)
    ) as supplies_and_contracts_eur,
    cast(recharged.amount_eur - own.own_cost_eur as decimal(16, 2)) as received_cost_eur,
    cast(recharged.amount_eur as decimal(16, 2)) as gross_cost_eur,
    cast(
        {{ exact_ratio('recharged.whole_quantity', 'drivers.quantity_scale', 4) }} as decimal(18, 4)
    ) as whole_quantity,
    cast({{ exact_ratio(
        'recharged.amount_eur',
        exact_ratio('recharged.whole_quantity', 'drivers.quantity_scale', 4), 4
    ) }} as decimal(18, 4)) as unit_cost_eur,
    cast(recharged.user_service_id as {{ text }}) as user_service_id,
    cast(user_services.service_label as {{ text }}) as user_service_label,
    cast({{ exact_ratio('recharged.weight', 'drivers.quantity_scale', 4) }} as decimal(18, 4)) as quantity,
    cast(recharged.part_eur as decimal(16, 2)) as amount_eur
from recharged
left join own
    on
        recharged.exercice = own.exercice
        and recharged.service_id = own.service_id
left join labels
    on recharged.key_id = labels.key_id
left join {{ ref('ref_cost_driver') }} as drivers
    on recharged.driver_code = drivers.driver_code
left join {{ ref('dim_service') }} as services
    on recharged.service_id = services.service_id
left join {{ ref('dim_service') }} as user_services
    on recharged.user_service_id = user_services.service_id
