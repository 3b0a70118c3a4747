with lines as (

    select
        coded.*,
        row_number() over (
            partition by coded.codes
            order by coded.source_export asc nulls last, coded.source_record asc nulls last
        ) as place
    from {{ ref('int_cost_coded_line') }} as coded

),

codes as (

    select
        lines.codes,
        lines.exercice,
        lines.budget_id,
        lines.direction,
        lines.section,
        lines.is_order,
        lines.is_own_budget,
        lines.nature_code,
        lines.placing_function_code,
        lines.source_service_code,
        lines.source_analytic_code,
        lines.placed_service_id,
        lines.placed_facility_id,
        lines.placed_activity_id,
        lines.named_tiers_id,
        lines.named_contract_id,
        lines.named_operation_code,
        cast(cast(lines.exercice as {{ dbt.type_string() }}) || '-12-31' as date) as placed_on
    from lines
    where lines.place = 1

),

spreads as (

    select distinct allocation_key_id
    from {{ ref('int_cost_spread') }}

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
    codes,
    rule_id,
    destination_from,
    cost_scope,
    service_id,
    case destination_from
        when 'payroll' then placed_facility_id
        when 'analytic' then analytic_facility_id
    end as facility_id,
    case when destination_from = 'payroll' then placed_activity_id end as activity_id,
    allocation_key_id
from ranked
where preference = 1
