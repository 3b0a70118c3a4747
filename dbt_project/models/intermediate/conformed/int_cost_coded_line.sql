with rules as (

    select * from {{ ref('map_ledger__rule') }}

),

own_budgets as (

    select distinct substr(budget_id, 1, 9) as siren
    from {{ ref('int_cost_lines') }}

),

looked_at as (

    select
        lines.*,
        coalesce(lines.function_m57_code, lines.function_code) as placing_function_code,
        case when lines.cost_stage = 'payroll' then lines.service_id end as placed_service_id,
        case when lines.cost_stage = 'payroll' then lines.facility_id end as placed_facility_id,
        case when lines.cost_stage = 'payroll' then lines.activity_id end as placed_activity_id,
        tiers.tiers_id as named_tiers_id,
        contracts.contract_id as named_contract_id,
        operations.operation_code as named_operation_code,
        own_budgets.siren is not null as is_own_budget
    from {{ ref('int_cost_lines') }} as lines
    left join own_budgets
        on substr(lines.tiers_id, 1, 6) in ('siret-', 'siren-') and substr(lines.tiers_id, 7, 9) = own_budgets.siren
    left join (select distinct rules.tiers_id from rules where rules.tiers_id is not null) as tiers
        on lines.tiers_id = tiers.tiers_id
    left join (select distinct rules.contract_id from rules where rules.contract_id is not null) as contracts
        on lines.contract_id = contracts.contract_id
    left join (select distinct rules.operation_code from rules where rules.operation_code is not null) as operations
        on lines.operation_code = operations.operation_code

)

select
    looked_at.*,
    {{ cost_codes('looked_at') }} as codes
from looked_at
