-- name: totals
with yearly as (
    select
        exercice,
        sum(case when section = 'F' and direction = 'expense' then realised_eur end) as operating_expense,
        sum(case when section = 'F' and direction = 'expense' then credits_opened_eur end) as operating_credits,
        sum(case when section = 'F' and direction = 'revenue' then realised_eur end) as operating_revenue,
        sum(case when section = 'F' and direction = 'revenue' then credits_opened_eur end) as revenue_credits,
        sum(case when section = 'I' and direction = 'expense' then realised_eur end) as investment_expense,
        sum(case when section = 'I' and direction = 'expense' then credits_opened_eur end) as investment_credits,
        sum(case when direction = 'expense' then carried_out_eur end) as carried_out
    from mart_budget_execution
    inner join town_budget using (budget_id)
    where is_real and not is_result_or_transfer
    group by exercice
)

select
    this.operating_expense,
    before.operating_expense as operating_expense_previous,
    this.operating_expense / nullif(this.operating_credits, 0) as operating_rate,
    this.operating_revenue,
    before.operating_revenue as operating_revenue_previous,
    this.operating_revenue / nullif(this.revenue_credits, 0) as operating_revenue_rate,
    this.investment_expense,
    before.investment_expense as investment_expense_previous,
    this.investment_expense / nullif(this.investment_credits, 0) as investment_rate,
    this.carried_out,
    before.carried_out as carried_out_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
inner join account_year on this.exercice = account_year.exercice
left join yearly as before on this.exercice = before.exercice + 1;

-- name: by_year
select
    exercice,
    credits_source = 'votes' as is_provisional,
    sum(case when direction = 'expense' then realised_eur end) as expense_eur,
    sum(case when direction = 'revenue' then realised_eur end) as revenue_eur
from mart_budget_execution
inner join town_budget using (budget_id)
where is_real and not is_result_or_transfer and section = 'F' and credits_source = 'account'
group by exercice, credits_source
order by exercice;

-- name: by_chapter
select
    chapter_code || ' ' || coalesce(max(chapter_label), '') as chapter,
    sum(realised_eur) as realised_eur
from mart_budget_execution
inner join town_budget using (budget_id)
inner join account_year using (exercice)
where is_real and not is_result_or_transfer and section = 'F' and direction = 'expense'
group by chapter_code
having sum(realised_eur) <> 0
order by realised_eur desc
limit 8;

-- name: by_month
with monthly as (
    select
        exercice,
        case when year(month) > exercice then 12 else month(month) end as month_number,
        sum(amount_eur) as amount_eur
    from fct_cost_line
    inner join town_budget using (budget_id)
    where section = 'F' and direction = 'expense' and not is_order
    group by all
)

select
    monthly.exercice,
    month_label,
    sum(amount_eur) over (partition by monthly.exercice order by month_number) as cumulated_eur
from monthly
inner join (
    select distinct month_number, month_label from dim_date
) as name using (month_number)
order by month_number, monthly.exercice;

-- name: chapters
select
    case section when 'F' then 'Fonctionnement' else 'Investissement' end as section,
    chapter_code || ' ' || coalesce(max(chapter_label), '') as chapter,
    section || chapter_code as key,
    sum(credits_opened_eur) as credits_eur,
    sum(realised_eur) as realised_eur,
    sum(carried_out_eur) as carried_eur,
    sum(available_eur) as available_eur,
    sum(realised_eur) / nullif(sum(credits_opened_eur), 0) as rate
from mart_budget_execution
inner join town_budget using (budget_id)
inner join account_year using (exercice)
where is_real and not is_result_or_transfer and direction = 'expense'
group by mart_budget_execution.section, chapter_code
having sum(credits_opened_eur) <> 0 or sum(realised_eur) <> 0
order by mart_budget_execution.section, chapter_code;

-- name: chapter_lines
select
    line.section || line.chapter_code as key,
    line.month,
    line.piece_number as piece,
    line.nature_code || ' ' || coalesce(dim_nature.nature_label, '') as nature,
    coalesce(dim_function.function_label, line.function_code) as function,
    coalesce(dim_tiers.tiers_label, '') as tiers,
    coalesce(line.line_label, '') as label,
    line.amount_eur as amount
from fct_cost_line as line
inner join town_budget on line.budget_id = town_budget.budget_id
inner join account_year on line.exercice = account_year.exercice
left join dim_nature on line.nature_id = dim_nature.nature_id
left join dim_function on line.function_id = dim_function.function_id
left join dim_tiers on line.tiers_id = dim_tiers.tiers_id
where line.direction = 'expense' and not line.is_order
order by line.month desc, line.amount_eur desc;

-- name: functions
select function, service, credits_eur, realised_eur, available_eur, rate
from function_budget
where credits_eur <> 0
order by rate desc, function_m57_code;

-- name: budgets
select
    budget_label as budget,
    sum(case when section = 'F' and direction = 'expense' then realised_eur end) as operating_expense_eur,
    sum(case when section = 'F' and direction = 'revenue' then realised_eur end) as operating_revenue_eur,
    sum(case when section = 'I' and direction = 'expense' then realised_eur end) as investment_expense_eur,
    sum(case when section = 'I' and direction = 'revenue' then realised_eur end) as investment_revenue_eur
from mart_budget_execution
inner join account_year using (exercice)
inner join dim_budget using (budget_id)
where is_real and not is_result_or_transfer
group by budget_id, budget_label
order by operating_expense_eur desc;

-- name: running
select
    exercice,
    case section when 'F' then 'Fonctionnement' else 'Investissement' end as section,
    chapter_code || ' ' || coalesce(max(chapter_label), '') as chapter,
    sum(credits_opened_eur) as credits_eur
from mart_budget_execution
inner join town_budget using (budget_id)
where is_real and not is_result_or_transfer and direction = 'expense'
    and exercice > (select max(exercice) from account_year)
group by exercice, mart_budget_execution.section, chapter_code
order by exercice, mart_budget_execution.section, chapter_code;
