{%- set text = dbt.type_string() -%}
select
    cast(rule_id as {{ text }}) as rule_id,
    cast(rule_rank as integer) as rule_rank,
    cast(rule_label as {{ text }}) as rule_label,
    cast(destination_from as {{ text }}) as destination_from,
    cast(cost_scope as {{ text }}) as cost_scope,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from {{ ref('map_ledger__rule') }}
