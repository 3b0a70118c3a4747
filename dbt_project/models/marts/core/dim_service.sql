{#- Of a service that was merged or renamed, the one that has its tasks today: at most four changes are followed. -#}
{%- set text = dbt.type_string() -%}
with service as (
    select * from {{ ref('ref_service') }}
),

current as (
    select
        service.service_id,
        coalesce(
            third.successor_service_id,
            second.successor_service_id,
            first.successor_service_id,
            service.successor_service_id,
            service.service_id
        ) as current_service_id
    from service
    left join service as first on service.successor_service_id = first.service_id
    left join service as second on first.successor_service_id = second.service_id
    left join service as third on second.successor_service_id = third.service_id
)

select
    cast(service.service_id as {{ text }}) as service_id,
    cast(service.service_label as {{ text }}) as service_label,
    cast(service.parent_service_id as {{ text }}) as parent_service_id,
    cast(service.function_m57_code as {{ text }}) as function_m57_code,
    cast(current.current_service_id as {{ text }}) as current_service_id,
    cast(service.valid_from as date) as valid_from,
    cast(service.valid_to as date) as valid_to
from service
inner join current
    on service.service_id = current.service_id
