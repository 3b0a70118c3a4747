{%- set columns = [
    'source_system', 'source_export', 'source_record', 'budget_id', 'budget_siret', 'budget_code', 'budget_name',
    'collectivity_siret', 'collectivity_name', 'insee_code', 'nomenclature', 'norm', 'variant', 'decision_code',
    'decision_number', 'exercice', 'is_draft', 'decided_on', 'enforceable_on', 'document_date', 'sealed_at',
    'result_carry_over_code', 'function_vote_code', 'budget_type_code', 'main_budget_siret', 'is_standing',
    'superseded_by',
] -%}
with population as (
    select
        source_export,
        cast(max(printed_value) as integer) as population_declared
    from {{ ref('stg_budget_totem__information') }}
    where information_code = 'PopTot'
    group by source_export
),

described as (
    select
        {%- for column in columns %}
        document.{{ column }},
        {%- endfor %}
        decision.decision_short_label,
        decision.decision_label,
        coalesce(decision.is_vote, false) as is_vote,
        coalesce(decision.is_execution, false) as is_execution,
        population.population_declared
    from {{ ref('stg_budget_totem__document') }} as document
    left join {{ ref('ref_decision') }} as decision
        on document.decision_code = decision.decision_code
    left join population
        on document.source_export = population.source_export
)

select
    *,
    -- The CFU takes the place of the CA: when a budget has both, the CFU is the account of the year.
    is_standing and is_execution and row_number() over (
        partition by budget_id, exercice
        order by
            case when is_standing and is_execution then 0 else 1 end asc nulls last,
            decision_code desc nulls last
    ) = 1 as is_final_account
from described
