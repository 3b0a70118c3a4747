{#- The sums that the legal ratios are made of, from the final account of each budget and year; real operations only,
    but for works by the town's own staff (72), which are order operations by nature. -#}
{%- set real_expense = "is_real and direction = 'expense'" -%}
{%- set real_revenue = "is_real and direction = 'revenue'" -%}
{%- set operating = "(nature_code like '6%' or nature_code like '7%')" -%}
{#- Loans alone: not deposits (165), refinancing (166) or a revolving option (16449), which no saving pays. -#}
{%- set loan_account =
    " and nature_code like '16%' and nature_code not like '165%' and nature_code not like '166%'"
    ~ " and nature_code not like '16449%'" -%}
{%- set line_measures = {
    'drf': real_expense ~ " and " ~ operating,
    'rrf_with_disposals': real_revenue ~ " and " ~ operating,
    'disposals': real_revenue ~ " and nature_code like '775%'",
    'own_works': "not is_real and direction = 'revenue' and nature_code like '72%'",
    'direct_taxes':
        real_revenue ~ " and (nature_code like '7311%' or (norm = 'M14' and nature_code like '7318%'))",
    'dgf': real_revenue ~ " and nature_code like '741%'",
    'dgf_flat_rate':
        real_revenue ~ " and nature_code like case norm when 'M14' then '7411%' else '74111%' end",
    'staff': real_expense ~ " and chapter_code = '012'",
    'equipment':
        real_expense ~ " and (nature_code like '20%' or nature_code like '21%' or nature_code like '23%'"
        ~ " or nature_code like '454%') and nature_code not like '204%'",
    'equipment_grants': real_expense ~ " and nature_code like '204%'",
    'account_16': real_expense ~ " and nature_code like '16%'",
    'loan_repayment': real_expense ~ loan_account,
    'new_loans': real_revenue ~ loan_account,
    'loan_interest': real_expense ~ " and nature_code like '661%'",
    'contract_interest': real_expense ~ " and nature_code like '66111%'",
} -%}
{%- set measures = {
    'drf': 'drf',
    'drf_without_own_works': 'drf - own_works',
    'rrf': 'rrf_with_disposals - disposals',
    'rrf_with_disposals': 'rrf_with_disposals',
    'direct_taxes': 'direct_taxes',
    'dgf': 'dgf',
    'dgf_flat_rate': 'dgf_flat_rate',
    'staff': 'staff',
    'equipment': 'equipment',
    'equipment_with_own_works': 'equipment + own_works',
    'equipment_with_grants_and_own_works': 'equipment + equipment_grants + own_works',
    'debt_start': 'debt_start',
    'debt_end': 'debt_end',
    'drf_and_capital': 'drf + capital',
    'drf_without_own_works_and_capital': 'drf - own_works + capital',
    'drf_and_account_16': 'drf + account_16',
    'disposals': 'disposals',
    'loan_repayment': 'loan_repayment',
    'new_loans': 'new_loans',
    'loan_interest': 'loan_interest',
    'contract_interest': 'contract_interest',
    'annex_capital': 'capital',
    'annex_interest': 'interest',
} -%}
with line as (
    select
        {%- for measure, condition in line_measures.items() %}
        sum(case when {{ condition }} then coalesce(realised_eur, 0) else 0 end) as {{ measure }},
        {%- endfor %}
        source_export
    from {{ ref('int_budget_totem__line') }}
    where is_final_account
    group by source_export
),

-- Kind 01 is what the town owes itself; 09 is what it guarantees for others, and 10 is not a loan but a line of ratios.
loan as (
    select
        source_export,
        sum(coalesce(capital_due_start_eur, 0)) as debt_start,
        sum(coalesce(capital_due_end_eur, 0)) as debt_end,
        sum(coalesce(capital_repaid_eur, 0)) as capital,
        sum(coalesce(interest_paid_eur, 0)) as interest
    from {{ ref('stg_budget_totem__emprunt') }}
    where loan_kind_code = '01'
    group by source_export
),

summed as (
    select
        document.source_export,
        document.budget_id,
        document.exercice,
        {%- for measure in line_measures %}
        line.{{ measure }},
        {%- endfor %}
        loan.debt_start,
        loan.debt_end,
        loan.capital,
        loan.interest
    from {{ ref('int_budget_totem__document') }} as document
    inner join line
        on document.source_export = line.source_export
    left join loan
        on document.source_export = loan.source_export
    where document.is_final_account
)

{% for measure, formula in measures.items() -%}
select
    budget_id,
    exercice,
    '{{ measure }}' as measure_code,
    cast({{ formula }} as decimal(16, 2)) as measure_eur,
    source_export
from summed
{{ 'union all' if not loop.last }}
{% endfor %}
