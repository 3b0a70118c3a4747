{#- One line per system that has costs. The list is explicit: that a department now counts in the town's costs is a
    decision that a reviewer sees here. The shares of a ledger line that a key distributes stand in its place. -#}
{%- set systems = [
    ref('int_finance_pes__cost_lines'),
    ref('int_payroll_cost_lines'),
] -%}
{%- set record = ['source_system', 'source_export', 'source_record'] -%}
{#- Two unions, not one CTE read twice: DuckDB would keep all columns of all lines whenever the view is read. -#}
with lines as (

    {{ union_of_systems(systems, [
        'budget_id', 'exercice', 'month', 'direction', 'nature_id', 'nature_code', 'function_id', 'function_code',
        'function_m57_code', 'section', 'chapter_code', 'service_id', 'facility_id', 'activity_id',
        'source_service_code', 'source_analytic_code', 'source_product_code', 'tiers_id', 'contract_id',
        'operation_code', 'bordereau_number', 'piece_number', 'line_number', 'line_label', 'cost_stage',
        'allocation_key_id', 'amount_eur', 'vat_amount_eur', 'is_order', 'is_accrual', 'is_cancellation',
        'is_prior_year_cancellation', 'source_system', 'source_export', 'source_record',
    ]) }}

),

stages as (

    {{ union_of_systems(systems, record + ['cost_stage']) }}

),

distributed as (

    select distinct {{ record | join(', ') }}
    from stages
    where cost_stage <> 'direct'

)

select lines.*
from lines
left join distributed
    on
        lines.source_system = distributed.source_system
        and lines.source_export = distributed.source_export
        and lines.source_record = distributed.source_record
where lines.cost_stage <> 'direct' or distributed.source_record is null
