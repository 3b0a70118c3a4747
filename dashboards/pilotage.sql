-- name: execution
with yearly as (
    select
        exercice,
        sum(realised_eur) / nullif(sum(credits_opened_eur), 0) as execution,
        sum(available_eur) as available
    from mart_budget_execution
    inner join town_budget using (budget_id)
    where is_real and not is_result_or_transfer and section = 'F' and direction = 'expense'
    group by exercice
)

select
    this.execution,
    before.execution as execution_previous,
    this.available,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
inner join account_year on this.exercice = account_year.exercice
left join yearly as before on this.exercice = before.exercice + 1;

-- name: saving
with yearly as (
    select
        exercice,
        max(case ratio_number when 3 then numerator_eur end) as revenue,
        max(case ratio_number when 3 then numerator_eur end)
        - max(case ratio_number when 1 then numerator_eur end) as saving,
        max(case ratio_number when 5 then numerator_eur end) as debt
    from mart_legal_ratio
    inner join town_budget using (budget_id)
    group by exercice
)

select
    this.saving as gross_saving,
    before.saving as gross_saving_previous,
    this.saving / nullif(this.revenue, 0) as saving_rate,
    case when this.saving > 0 then this.debt / this.saving end as payback_years,
    case when before.saving > 0 then before.debt / before.saving end as payback_years_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: payroll
with yearly as (
    select
        exercice,
        sum(payroll_eur) as payroll,
        count(*) filter (where not is_realised) as forecast_months,
        bool_and(secrecy_status = 'V') as is_shown
    from mart_payroll_forecast
    inner join town_budget using (budget_id)
    where is_last_known
    group by exercice
)

select
    case when this.is_shown then this.payroll end as payroll,
    case when before.is_shown then before.payroll end as payroll_previous,
    case
        when this.forecast_months = 0 then 'douze mois payés'
        else 'dont ' || this.forecast_months || ' mois de prévision'
    end as text,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    case when this.forecast_months > 0
        then 'La masse salariale de ' || this.exercice || ' compte ' || this.forecast_months || ' mois de prévision.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: staff
select
    this.etpt,
    before.etpt as etpt_previous,
    this.agent_count as agents,
    'Au ' || strftime(last_day(this.month), '%d/%m/%Y') as period,
    'un an avant' as previous_period
from staff_total as this
inner join staff_month using (month)
left join staff_total as before on this.month = before.month + interval 1 year;

-- name: absence
select
    this.absence_percent as absence,
    before.absence_percent as absence_previous,
    this.absence_cost_eur as cost,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when this.month_count < 12 then this.month_count || ' mois de l’année sont connus pour les absences.'
    end as provisional
from mart_absence as this
inner join staff_year on this.exercice = staff_year.exercice
inner join town_employer on this.employer_siren = town_employer.employer_siren
left join mart_absence as before
    on this.employer_siren = before.employer_siren and this.exercice = before.exercice + 1
    and before.axis = 'total' and before.absence_code = 'global'
where this.axis = 'total' and this.absence_code = 'global';

-- name: meals
with yearly as (
    select
        exercice,
        max(meal_date) as last_day,
        sum(surplus_meals) as surplus,
        sum(surplus_meals) / nullif(sum(forecast_meals), 0) as meals_surplus
    from mart_meal
    group by exercice
)

select
    this.meals_surplus,
    before.meals_surplus as meals_surplus_previous,
    this.surplus,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case when month(this.last_day) < 12
        then 'L’année en cours s’arrête au ' || strftime(this.last_day, '%d/%m/%Y') || ' pour les repas.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: nurseries
with yearly as (
    select
        exercice,
        sum(attended_hours) / nullif(sum(capacity_hours), 0) as occupancy,
        sum(billed_hours) / nullif(sum(attended_hours), 0) as billing,
        count(distinct month_start_date) as month_count
    from mart_nursery
    where capacity_hours is not null
    group by exercice
)

select
    this.occupancy,
    before.occupancy as occupancy_previous,
    this.billing,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when this.month_count < 12 then this.month_count || ' mois de l’année sont connus pour les crèches.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: energy
with yearly as (
    select exercice, sum(ledger_eur) as cost, sum(ledger_eur) / nullif(sum(metered_kwh), 0) as price
    from mart_energy_reconciliation
    group by exercice
)

select
    this.cost as energy_cost,
    before.cost as energy_cost_previous,
    this.price,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: work_orders
with monthly as (
    select month, sum(backlog_count) as backlog from mart_work_order group by month
),

last_month as (
    select max(month) as month from monthly
)

select
    this.backlog,
    before.backlog as backlog_previous,
    (
        select sum(mean_delay_days * closed_count) / nullif(sum(closed_count) filter (where mean_delay_days is not null), 0)
        from mart_work_order
        where month > this.month - interval 1 year
    ) as delay,
    'Au ' || strftime(last_day(this.month), '%d/%m/%Y') as period,
    'un an avant' as previous_period
from monthly as this
inner join last_month using (month)
left join monthly as before on this.month = before.month + interval 1 year;

-- name: over_budget
select function, service, credits_eur, realised_eur, over_eur, rate
from over_budget
order by over_eur desc;

-- name: absent_services
select
    this.service_label as service,
    this.mean_agents as agents,
    this.absence_percent as rate,
    before.absence_percent as before,
    this.absence_cost_eur as cost_eur
from mart_absence as this
inner join staff_year on this.exercice = staff_year.exercice
left join mart_absence as before
    on this.employer_siren = before.employer_siren and this.service_id = before.service_id
    and this.exercice = before.exercice + 1 and before.axis = 'service' and before.absence_code = 'global'
where this.axis = 'service' and this.absence_code = 'global' and this.absence_percent is not null
order by this.absence_percent desc, this.service_label
limit 6;

-- name: late
select department, system_label as system, last_file, received, late_after
from late_system
order by late_after, system;
