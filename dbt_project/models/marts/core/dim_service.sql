{%- set text = dbt.type_string() -%}
select
    cast(service_id as {{ text }}) as service_id,
    cast(service_label as {{ text }}) as service_label,
    cast(parent_service_id as {{ text }}) as parent_service_id,
    cast(function_m57_code as {{ text }}) as function_m57_code,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from {{ ref('ref_service') }}
