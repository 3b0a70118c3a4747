{%- set columns = [
    'budget_id', 'exercice', 'month', 'direction', 'section', 'chapter_code', 'nature_id', 'nature_code', 'function_id',
    'function_code', 'function_m57_code', 'source_service_code', 'source_analytic_code', 'source_product_code', 'tiers_id',
    'contract_id', 'operation_code', 'bordereau_number', 'piece_number', 'line_number', 'line_label', 'vat_amount_eur',
    'is_order', 'is_accrual', 'is_cancellation', 'is_prior_year_cancellation', 'source_system', 'source_export',
    'source_record',
] -%}
with steps as (

    select
        natures.direction,
        natures.nature_code,
        steps.cost_step,
        row_number() over (
            partition by natures.direction, natures.nature_code
            order by length(coalesce(steps.nature_prefix, '')) desc nulls last
        ) as preference
    from (
        select distinct
            direction,
            nature_code
        from {{ ref('int_cost_coded_line') }}
    ) as natures
    inner join {{ ref('ref_cost_step') }} as steps
        on
            natures.direction = steps.direction
            and natures.nature_code like coalesce(steps.nature_prefix, '') || '%'

),

placed as (

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
        rules.allocation_key_id,
        coalesce(lines.placed_service_id, '') || '|' || coalesce(lines.placed_facility_id, '') || '|'
        || coalesce(lines.placed_activity_id, '') as payroll_share,
        -- January of the next year still books the exercice: that is its December.
        case
            when extract(year from lines.month) > lines.exercice
                then cast(cast(lines.exercice as {{ dbt.type_string() }}) || '-12-01' as date)
            else lines.month
        end as cost_month,
        steps.cost_step
    from {{ ref('int_cost_coded_line') }} as lines
    inner join {{ ref('int_cost_rule') }} as rules
        on lines.codes = rules.codes
    left join steps
        on
            lines.direction = steps.direction
            and lines.nature_code = steps.nature_code
            and steps.preference = 1

),

parts as (

    select
        placed.*,
        spreads.service_id as part_service_id,
        spreads.facility_id as part_facility_id,
        spreads.weight
    from placed
    inner join {{ ref('int_cost_spread') }} as spreads
        on placed.allocation_key_id = spreads.allocation_key_id

),

cut_parts as (

    {{ cut('parts', ['source_system', 'source_export', 'source_record', 'payroll_share'],
        ['part_service_id', 'part_facility_id']) | indent(4) }}

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
    {{ 'case when part_place = 1 then vat_amount_eur end as ' if column == 'vat_amount_eur' }}{{ column }},
    {%- endfor %}
    part_eur as amount_eur,
    part_service_id as service_id,
    part_facility_id as facility_id,
    activity_id,
    cost_month,
    rule_id,
    cost_scope,
    cost_step,
    case destination_from when 'floor_area' then 'overhead' else destination_from end as cost_stage,
    allocation_key_id
from cut_parts
-- A line of 0.00 keeps a row, and what it says of VAT.
where part_eur <> 0 or part_place = 1
