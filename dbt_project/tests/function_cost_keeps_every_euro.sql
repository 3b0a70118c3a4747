-- Cost by function adds up to the real lines it comes from, per budget and exercice, to the cent: those of the ledger
-- where there are some, else those of the account.
with by_function as (
    select
        budget_id,
        exercice,
        cost_source,
        sum(operating_expense_eur + investment_expense_eur) as expense_eur,
        sum(operating_revenue_eur + investment_revenue_eur) as revenue_eur
    from {{ ref('mart_function_cost') }}
    group by budget_id, exercice, cost_source
),

ledger as (
    select
        budget_id,
        exercice,
        'ledger' as cost_source,
        sum(case when direction = 'expense' then amount_eur else 0 end) as expense_eur,
        sum(case when direction = 'revenue' then amount_eur else 0 end) as revenue_eur
    from {{ ref('fct_cost_line') }}
    where not is_order and section is not null
    group by budget_id, exercice
),

document as (
    select
        budget_id,
        exercice,
        'budget_document' as cost_source,
        sum(case when direction = 'expense' then realised_eur else 0 end) as expense_eur,
        sum(case when direction = 'revenue' then realised_eur else 0 end) as revenue_eur
    from {{ ref('fct_budget_line') }}
    where is_final_account and is_real and not is_result_or_transfer and coalesce(realised_eur, 0) <> 0
    group by budget_id, exercice
),

expected as (
    select * from ledger
    union all
    select document.*
    from document
    left join ledger
        on document.budget_id = ledger.budget_id and document.exercice = ledger.exercice
    where ledger.budget_id is null
)

select
    coalesce(by_function.budget_id, expected.budget_id) as budget_id,
    coalesce(by_function.exercice, expected.exercice) as exercice,
    by_function.expense_eur,
    expected.expense_eur as expected_expense_eur,
    by_function.revenue_eur,
    expected.revenue_eur as expected_revenue_eur
from by_function
full outer join expected
    on
        by_function.budget_id = expected.budget_id
        and by_function.exercice = expected.exercice
        and by_function.cost_source = expected.cost_source
where
    by_function.expense_eur is distinct from expected.expense_eur
    or by_function.revenue_eur is distinct from expected.revenue_eur
