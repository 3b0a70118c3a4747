with codes as (

    select distinct
        codes,
        exercice,
        budget_id,
        direction,
        section,
        is_order,
        is_own_budget,
        nature_code,
        placing_function_code,
        source_service_code,
        source_analytic_code,
        placed_service_id,
        placed_facility_id,
        placed_activity_id,
        named_tiers_id,
        named_contract_id,
        named_operation_code,
        cast(cast(exercice as {{ dbt.type_string() }}) || '-12-31' as date) as placed_on
    from {{ ref('int_cost_coded_line') }}

),

spreads as (

    select distinct allocation_key_id
    from {{ ref('int_cost_spread') }}

),

steps as (

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
        from codes
    ) as natures
    inner join {{ ref('ref_cost_step') }} as steps
        on
            natures.direction = steps.direction
            and natures.nature_code like coalesce(steps.nature_prefix, '') || '%'

),

functions as (

    select
        function_m57_code,
        {{ only_value('service_id') }} as service_id
    from {{ ref('ref_service') }}
    where function_m57_code is not null
    group by function_m57_code

),

-- Every rule whose conditions hold, with where it leads.
candidates as (

    select
        codes.codes,
        codes.direction,
        codes.nature_code,
        codes.placed_facility_id,
        codes.placed_activity_id,
        rules.rule_id,
        rules.rule_rank,
        rules.destination_from,
        rules.cost_scope,
        facilities.facility_id as analytic_facility_id,
        spreads.allocation_key_id,
        case rules.destination_from
            when 'fixed' then rules.service_id
            when 'payroll' then codes.placed_service_id
            when 'analytic' then facilities.service_id
            when 'function' then functions.service_id
            when 'service_code' then services.service_id
        end as service_id
    from codes
    inner join {{ ref('map_ledger__rule') }} as rules
        on
            {{ in_force('codes.placed_on', 'rules') }}
            and (rules.direction is null or codes.direction = rules.direction)
            and (rules.section is null or coalesce(codes.section, 'none') = rules.section)
            and (rules.is_order is null or codes.is_order = rules.is_order)
            and (rules.is_own_budget is null or codes.is_own_budget = rules.is_own_budget)
            and (rules.source_service_code is null or codes.source_service_code = rules.source_service_code)
            -- Not by `like`: the codes of a town may have an underscore.
            {%- for prefix, code in {
                'nature_prefix': 'nature_code',
                'function_prefix': 'placing_function_code',
                'analytic_prefix': 'source_analytic_code',
            }.items() %}
            and (
                rules.{{ prefix }} is null
                or substr(codes.{{ code }}, 1, length(rules.{{ prefix }})) = rules.{{ prefix }}
            )
            {%- endfor %}
            and (rules.tiers_id is null or codes.named_tiers_id = rules.tiers_id)
            and (rules.contract_id is null or codes.named_contract_id = rules.contract_id)
            and (rules.operation_code is null or codes.named_operation_code = rules.operation_code)
    left join {{ ref('int_cost_facility') }} as facilities
        on
            codes.exercice = facilities.exercice
            and codes.source_analytic_code = facilities.analytic_code
    left join functions
        on codes.placing_function_code = functions.function_m57_code
    left join {{ ref('ref_service') }} as services
        on codes.source_service_code = services.service_id
    left join spreads
        on
            case rules.destination_from
                when 'energy' then 'energy-' || rules.nature_prefix || '-' || functions.service_id
                when 'depreciation' then 'depreciation-' || codes.budget_id
                when 'floor_area' then 'floor_area'
            end || '-' || cast(codes.exercice as {{ dbt.type_string() }}) = spreads.allocation_key_id

),

ranked as (

    select
        candidates.*,
        row_number() over (
            partition by candidates.codes
            order by candidates.rule_rank asc nulls last
        ) as preference
    from candidates
    where
        candidates.destination_from = 'scope'
        or candidates.service_id is not null
        or candidates.allocation_key_id is not null

)

select
    ranked.codes,
    ranked.rule_id,
    ranked.destination_from,
    ranked.cost_scope,
    ranked.service_id,
    case ranked.destination_from
        when 'payroll' then ranked.placed_facility_id
        when 'analytic' then ranked.analytic_facility_id
    end as facility_id,
    case when ranked.destination_from = 'payroll' then ranked.placed_activity_id end as activity_id,
    steps.cost_step,
    ranked.allocation_key_id
from ranked
left join steps
    on
        ranked.direction = steps.direction
        and ranked.nature_code = steps.nature_code
        and steps.preference = 1
where ranked.preference = 1
