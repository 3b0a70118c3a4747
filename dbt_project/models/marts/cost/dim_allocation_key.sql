{%- set text = dbt.type_string() -%}
select
    cast(key_id as {{ text }}) as key_id,
    cast(service_id as {{ text }}) as service_id,
    cast(key_rank as integer) as key_rank,
    cast(key_label as {{ text }}) as key_label,
    cast(driver_code as {{ text }}) as driver_code,
    cast(target as {{ text }}) as target,
    cast(owner as {{ text }}) as owner,
    cast(evidence as {{ text }}) as evidence,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from {{ ref('key_allocation') }}
