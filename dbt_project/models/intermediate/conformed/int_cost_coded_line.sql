{%- set columns = [
    'budget_id', 'exercice', 'month', 'direction', 'nature_id', 'nature_code', 'function_id', 'function_code',
    'function_m57_code', 'section', 'chapter_code', 'service_id', 'facility_id', 'activity_id', 'source_service_code',
    'source_analytic_code', 'source_product_code', 'tiers_id', 'contract_id', 'operation_code', 'bordereau_number',
    'piece_number', 'line_number', 'line_label', 'cost_stage', 'allocation_key_id', 'amount_eur', 'vat_amount_eur',
    'is_order', 'is_accrual', 'is_cancellation', 'is_prior_year_cancellation', 'source_system', 'source_export',
    'source_record',
] -%}
{%- set named = ['tiers_id', 'contract_id', 'operation_code'] -%}
{%- set placed = ['service_id', 'facility_id', 'activity_id'] -%}
with own_budgets as (

    select distinct substr(budget_id, 1, 9) as siren
    from {{ ref('int_cost_lines') }}

),

{% for column in named %}
named_{{ column }} as (

    select distinct {{ column }}
    from {{ ref('map_ledger__rule') }}
    where {{ column }} is not null

),

{% endfor %}
looked_at as (

    select
        {%- for column in columns %}
        lines.{{ column }},
        {%- endfor %}
        {%- for column in placed %}
        case when lines.cost_stage = 'payroll' then lines.{{ column }} end as placed_{{ column }},
        {%- endfor %}
        {%- for column in named %}
        named_{{ column }}.{{ column }} as named_{{ column }},
        {%- endfor %}
        coalesce(lines.function_m57_code, lines.function_code) as placing_function_code,
        own_budgets.siren is not null as is_own_budget
    from {{ ref('int_cost_lines') }} as lines
    left join own_budgets
        on substr(lines.tiers_id, 1, 6) in ('siret-', 'siren-') and substr(lines.tiers_id, 7, 9) = own_budgets.siren
    {%- for column in named %}
    left join named_{{ column }}
        on lines.{{ column }} = named_{{ column }}.{{ column }}
    {%- endfor %}

)

select
    {%- for column in columns %}
    looked_at.{{ column }},
    {%- endfor %}
    {%- for column in placed %}
    looked_at.placed_{{ column }},
    {%- endfor %}
    {%- for column in named %}
    looked_at.named_{{ column }},
    {%- endfor %}
    looked_at.placing_function_code,
    looked_at.is_own_budget,
    {{ cost_codes('looked_at') }} as codes
from looked_at
