-- name: landing
with yearly as (
    select
        exercice,
        sum(payroll_eur) as landing,
        count(*) filter (where not is_realised) as forecast_months,
        bool_and(secrecy_status = 'V') as is_shown
    from mart_payroll_forecast
    inner join town_budget using (budget_id)
    where is_last_known
    group by exercice
)

select
    case when this.is_shown then this.landing end as landing,
    case when before.is_shown then before.landing end as landing_previous,
    case
        when this.forecast_months = 0 then 'douze mois payés'
        else 'dont ' || this.forecast_months || ' mois de prévision'
    end as text,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    case when this.forecast_months > 0
        then 'L’exercice ' || this.exercice || ' compte ' || this.forecast_months || ' mois de prévision.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: next_year
select
    this.amount_eur as next_year,
    before.amount_eur as next_year_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Une prévision : elle repose sur les règles connues à la date de publication.' as provisional
from mart_payroll_scenario as this
inner join town_budget using (budget_id)
inner join mart_payroll_scenario as before
    on this.budget_id = before.budget_id and this.scenario_id = before.scenario_id
    and this.driver = before.driver and this.year_rank = before.year_rank + 1
where this.scenario_id = 'central' and this.driver = 'total' and this.year_rank = 1;

-- name: errors
select
    error_percent as september_error,
    prolonged_error_percent as prolonged,
    'Exercice ' || exercice as period
from mart_payroll_forecast_error
inner join town_budget using (budget_id)
where month(known_month) = 9
order by exercice desc
limit 1;

-- name: next_year_steps
with central as (
    select * from mart_payroll_scenario inner join town_budget using (budget_id) where scenario_id = 'central'
),

known as (
    select exercice, amount_eur from central where driver = 'total' and year_rank = 0
),

next as (
    select exercice, driver, driver_label, driver_order, amount_eur from central where year_rank = 1
),

recurring as (
    select sum(amount_eur) as amount_eur from next where driver in ('carried', 'variable', 'temporary')
)

select 'Exercice ' || exercice as step, amount_eur, true as is_total, 0 as place
from known
union all
select 'Année pleine de ce qui est déjà là' as step, recurring.amount_eur - known.amount_eur, false, 1
from recurring, known
union all
select driver_label, amount_eur, false, 10 + driver_order
from next
where driver not in ('total', 'carried', 'variable', 'temporary') and amount_eur <> 0
union all
select 'Exercice ' || exercice, amount_eur, true, 99
from next
where driver = 'total'
order by place;

-- name: scenarios
select exercice, scenario_label as scenario, amount_eur
from mart_payroll_scenario
inner join town_budget using (budget_id)
where driver = 'total'
order by exercice, scenario_order;

-- name: scenarios_table
select
    scenario_label as scenario,
    max(case year_rank when 0 then amount_eur end) as year_0,
    max(case year_rank when 1 then amount_eur end) as year_1,
    max(case year_rank when 2 then amount_eur end) as year_2,
    max(case year_rank when 3 then amount_eur end) as year_3,
    max(case year_rank when 3 then amount_eur end)
    / nullif(max(case year_rank when 0 then amount_eur end), 0) - 1 as change
from mart_payroll_scenario
inner join town_budget using (budget_id)
where driver = 'total'
group by scenario_label, scenario_order
order by scenario_order;

-- name: errors_table
select
    coalesce(budget_label, budget_id) as budget,
    exercice,
    known_month,
    forecast_eur,
    realised_eur,
    error_percent as error,
    prolonged_error_percent as prolonged_error,
    secrecy_status
from mart_payroll_forecast_error
left join dim_budget using (budget_id)
order by budget, exercice desc, known_month desc;
