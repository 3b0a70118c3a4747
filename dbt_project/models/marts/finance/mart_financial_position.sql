{%- set measures = [
    'rrf', 'drf', 'disposals', 'equipment', 'loan_interest', 'loan_repayment', 'new_loans', 'debt_start', 'debt_end',
    'contract_interest', 'annex_capital', 'annex_interest',
] -%}
with measured as (
    select
        budget_id,
        exercice,
        {%- for measure in measures %}
        max(case when measure_code = '{{ measure }}' then measure_eur end) as {{ measure }},
        {%- endfor %}
        max(source_export) as source_export
    from {{ ref('int_budget_totem__legal_measure') }}
    group by budget_id, exercice
)

select
    cast(measured.budget_id as string) as budget_id,
    cast(measured.exercice as integer) as exercice,
    cast(document.population_declared as integer) as population_declared,
    cast(measured.rrf as decimal(16, 2)) as operating_revenue_eur,
    cast(measured.drf as decimal(16, 2)) as operating_expense_eur,
    cast(measured.disposals as decimal(16, 2)) as disposals_eur,
    cast(measured.rrf - measured.drf + measured.loan_interest as decimal(16, 2)) as management_savings_eur,
    cast(measured.loan_interest as decimal(16, 2)) as interest_eur,
    cast(measured.rrf - measured.drf as decimal(16, 2)) as gross_savings_eur,
    cast((measured.rrf - measured.drf) / nullif(measured.rrf, 0) as decimal(18, 6)) as gross_savings_share,
    cast(measured.loan_repayment as decimal(16, 2)) as capital_repaid_eur,
    cast(measured.rrf - measured.drf - measured.loan_repayment as decimal(16, 2)) as net_savings_eur,
    cast(measured.new_loans as decimal(16, 2)) as new_loans_eur,
    cast(measured.equipment as decimal(16, 2)) as equipment_eur,
    cast(measured.debt_start as decimal(16, 2)) as debt_start_eur,
    cast(measured.debt_end as decimal(16, 2)) as debt_end_eur,
    cast(
        case
            when measured.rrf > measured.drf then measured.debt_end / nullif(measured.rrf - measured.drf, 0)
        end as decimal(18, 6)
    ) as debt_payback_years,
    cast(measured.annex_capital as decimal(16, 2)) as annex_capital_eur,
    cast(measured.annex_interest as decimal(16, 2)) as annex_interest_eur,
    cast(measured.annex_capital - measured.loan_repayment as decimal(16, 2)) as capital_gap_eur,
    cast(measured.annex_interest - measured.contract_interest as decimal(16, 2)) as interest_gap_eur,
    cast(document.source_system as string) as source_system,
    cast(measured.source_export as string) as source_export
from measured
inner join {{ ref('int_budget_totem__document') }} as document
    on measured.source_export = document.source_export
