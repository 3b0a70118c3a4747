{#- What the rules of map_ledger__rule look at in a line, as one text: lines with the same text go to the same place. Only the
    third parties, contracts and operations that a rule names are told apart. `line` has the columns of int_cost_lines and
    is_own_budget; the other arguments are those of the rules. -#}
{% macro cost_codes(line) -%}
    {{ line }}.budget_id
    {%- for column in [
        'exercice', 'direction', 'section', 'is_order', 'is_own_budget', 'nature_code', 'placing_function_code',
        'source_service_code', 'source_analytic_code', 'placed_service_id', 'placed_facility_id', 'placed_activity_id',
        'named_tiers_id', 'named_contract_id', 'named_operation_code',
    ] %}
    || '|' || coalesce(cast({{ line }}.{{ column }} as {{ dbt.type_string() }}), '')
    {%- endfor %}
{%- endmacro %}
