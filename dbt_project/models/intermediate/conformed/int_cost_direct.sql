{%- set columns = [
    'budget_id', 'exercice', 'month', 'direction', 'section', 'chapter_code', 'nature_id', 'nature_code', 'function_id',
    'function_code', 'function_m57_code', 'source_service_code', 'source_analytic_code', 'source_product_code', 'tiers_id',
    'contract_id', 'operation_code', 'bordereau_number', 'piece_number', 'line_number', 'line_label', 'vat_amount_eur',
    'is_order', 'is_accrual', 'is_cancellation', 'is_prior_year_cancellation', 'source_system', 'source_export',
    'source_record',
] -%}
with placed as (

    select
        {%- for column in columns %}
        lines.{{ column }},
        {%- endfor %}
        lines.amount_eur,
        lines.cost_stage,
        lines.allocation_key_id as payroll_key_id,
        rules.rule_id,
        rules.destination_from,
        rules.cost_scope,
        rules.service_id,
        rules.facility_id,
        rules.activity_id,
        rules.cost_step,
        rules.allocation_key_id,
        -- January of the next year still books the exercice: that is its December.
        case
            when extract(year from lines.month) > lines.exercice
                then cast(cast(lines.exercice as {{ dbt.type_string() }}) || '-12-01' as date)
            else lines.month
        end as cost_month
    from {{ ref('int_cost_coded_line') }} as lines
    inner join {{ ref('int_cost_rule') }} as rules
        on lines.codes = rules.codes

),

-- Lines of one amount and one key are cut alike: once for all of them.
parts as (

    select
        amounts.allocation_key_id,
        amounts.amount_eur,
        spreads.service_id,
        spreads.facility_id,
        spreads.weight
    from (
        select distinct
            allocation_key_id,
            amount_eur
        from placed
        where allocation_key_id is not null
    ) as amounts
    inner join {{ ref('int_cost_spread') }} as spreads
        on amounts.allocation_key_id = spreads.allocation_key_id

),

cut_parts as (

    {{ cut('parts', ['allocation_key_id', 'amount_eur'], ['service_id', 'facility_id']) | indent(4) }}

)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    amount_eur,
    service_id,
    facility_id,
    activity_id,
    cost_month,
    rule_id,
    cost_scope,
    case when cost_scope = 'service' then cost_step end as cost_step,
    cost_stage,
    payroll_key_id as allocation_key_id
from placed
where allocation_key_id is null

union all

select
    {%- for column in columns %}
    {%- if column == 'vat_amount_eur' %}
    case when cut_parts.part_place = 1 then placed.vat_amount_eur end as vat_amount_eur,
    {%- else %}
    placed.{{ column }},
    {%- endif %}
    {%- endfor %}
    cut_parts.part_eur as amount_eur,
    cut_parts.service_id,
    cut_parts.facility_id,
    placed.activity_id,
    placed.cost_month,
    placed.rule_id,
    placed.cost_scope,
    placed.cost_step,
    case placed.destination_from when 'floor_area' then 'overhead' else placed.destination_from end as cost_stage,
    placed.allocation_key_id
from placed
inner join cut_parts
    on
        placed.allocation_key_id = cut_parts.allocation_key_id
        and placed.amount_eur = cut_parts.amount_eur
-- A line of 0.00 keeps a row, and what it says of VAT.
where cut_parts.part_eur <> 0 or cut_parts.part_place = 1
