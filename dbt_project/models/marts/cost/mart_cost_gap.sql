{%- set text = dbt.type_string() -%}
with direct as (

    select * from {{ ref('int_cost_direct') }}
    where direction = 'expense' and cost_scope = 'service'

),

ledger_years as (

    select distinct
        budget_id,
        exercice
    from {{ ref('int_finance_pes__cost_lines') }}

),

-- The account of a year of which no mandat was sent.
accounts as (

    select
        lines.budget_id,
        lines.exercice,
        lines.section,
        lines.chapter_code,
        lines.nature_code,
        coalesce(lines.function_m57_code, lines.function_code) as function_code,
        lines.is_real,
        coalesce(lines.realised_eur, 0) as amount_eur
    from {{ ref('int_budget_totem__line') }} as lines
    left join ledger_years
        on
            lines.budget_id = ledger_years.budget_id
            and lines.exercice = ledger_years.exercice
    where
        lines.is_final_account
        and lines.direction = 'expense'
        and not lines.is_result_or_transfer
        and ledger_years.budget_id is null

),

shared_functions as (

    select distinct services.function_m57_code
    from {{ ref('ref_service') }} as services
    inner join {{ ref('ref_service_role') }} as roles
        on services.service_id = roles.service_id
    where roles.cost_role in ('auxiliary', 'corporate') and services.function_m57_code is not null

),

staff_months as (

    select
        budget_id,
        exercice,
        cost_month,
        sum(case when chapter_code = '012' and cost_stage <> 'payroll' then amount_eur else 0 end) as amount_eur,
        max(case when cost_stage = 'payroll' then 1 else 0 end) as has_payroll
    from direct
    group by budget_id, exercice, cost_month

),

outputs as (

    select distinct
        cast(extract(year from counted.activity_date) as integer) as exercice,
        counted.activity_id
    from {{ ref('int_activity') }} as counted
    inner join {{ ref('ref_activity') }} as activities
        on
            counted.activity_id = activities.activity_id
            and counted.measure_code = activities.output_measure_code
    where counted.quantity > 0

),

gaps as (

    select
        budget_id,
        exercice,
        'unassigned' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from direct
    where service_id = 'A_AFFECTER' and rule_id not in ('amortissement', 'amortissement-a-affecter')
    group by budget_id, exercice

    union all

    select
        budget_id,
        exercice,
        'asset_nowhere' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from direct
    where service_id = 'A_AFFECTER' and rule_id = 'amortissement'
    group by budget_id, exercice

    union all

    select
        budget_id,
        exercice,
        'no_inventory' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from direct
    where rule_id = 'amortissement-a-affecter'
    group by budget_id, exercice

    union all

    select
        allocation.budget_id,
        allocation.exercice,
        'no_key' as gap_code,
        allocation.from_service_id as detail_code,
        sum(allocation.amount_eur) as amount_eur
    from {{ ref('int_cost_allocation') }} as allocation
    where
        allocation.direction = 'expense'
        and allocation.to_service_id = 'A_AFFECTER'
    group by allocation.budget_id, allocation.exercice, allocation.from_service_id

    union all

    select
        budget_id,
        exercice,
        'no_payroll' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from staff_months
    where has_payroll = 0
    group by budget_id, exercice

    union all

    select
        budget_id,
        exercice,
        'no_meter' as gap_code,
        service_id as detail_code,
        sum(amount_eur) as amount_eur
    from direct
    where
        facility_id is null
        and nature_code in (select natures.nature_code from {{ ref('map_energy__nature') }} as natures)
    group by budget_id, exercice, service_id

    union all

    select
        budget_id,
        exercice,
        'no_facility' as gap_code,
        service_id as detail_code,
        sum(amount_eur) as amount_eur
    from {{ ref('int_cost_cell') }}
    where cost_role = 'principal' and direction = 'expense' and facility_id is null
    group by budget_id, exercice, service_id

    union all

    select
        cells.budget_id,
        cells.exercice,
        'no_activity' as gap_code,
        cells.service_id as detail_code,
        sum(cells.amount_eur) as amount_eur
    from {{ ref('int_cost_cell') }} as cells
    inner join {{ ref('ref_activity') }} as activities
        on cells.activity_id = activities.activity_id
    left join outputs
        on
            cells.exercice = outputs.exercice
            and cells.activity_id = outputs.activity_id
    where
        cells.cost_role = 'principal'
        and cells.direction = 'expense'
        and activities.output_measure_code is not null
        and outputs.activity_id is null
    group by cells.budget_id, cells.exercice, cells.service_id

    union all

    select
        budget_id,
        exercice,
        'no_ledger' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from accounts
    where is_real and section = 'F'
    group by budget_id, exercice

    union all

    select
        budget_id,
        exercice,
        'account_staff' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from accounts
    where is_real and chapter_code = '012'
    group by budget_id, exercice

    union all

    select
        accounts.budget_id,
        accounts.exercice,
        'account_shared' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(accounts.amount_eur) as amount_eur
    from accounts
    inner join shared_functions
        on accounts.function_code = shared_functions.function_m57_code
    where accounts.is_real and accounts.section = 'F'
    group by accounts.budget_id, accounts.exercice

    union all

    select
        budget_id,
        exercice,
        'account_depreciation' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from accounts
    where not is_real and section = 'F' and nature_code like '6811%'
    group by budget_id, exercice

    union all

    select
        budget_id,
        exercice,
        'account_not_by_function' as gap_code,
        cast(null as {{ text }}) as detail_code,
        sum(amount_eur) as amount_eur
    from accounts
    where is_real and section = 'F' and (function_code is null or function_code like '01%')
    group by budget_id, exercice

)

select
    cast(gaps.budget_id as {{ text }}) as budget_id,
    cast(gaps.exercice as integer) as exercice,
    cast(gaps.gap_code as {{ text }}) as gap_code,
    cast(labels.gap_label as {{ text }}) as gap_label,
    cast(gaps.detail_code as {{ text }}) as service_id,
    cast(services.service_label as {{ text }}) as service_label,
    cast(gaps.amount_eur as decimal(16, 2)) as amount_eur,
    cast(labels.action_label as {{ text }}) as action_label
from gaps
inner join {{ ref('ref_cost_gap') }} as labels
    on gaps.gap_code = labels.gap_code
left join {{ ref('dim_service') }} as services
    on gaps.detail_code = services.service_id
where gaps.amount_eur <> 0
