-- name: town
select population_declared as population from town_budget;

-- name: ratios
with yearly as (
    select
        exercice,
        max(case ratio_number when 1 then computed_value end) as expense,
        max(case ratio_number when 4 then computed_value end) as equipment,
        max(case ratio_number when 5 then computed_value end) as debt
    from mart_legal_ratio
    inner join town_budget using (budget_id)
    group by exercice
)

select
    this.expense as expense_per_inhabitant,
    before.expense as expense_per_inhabitant_previous,
    this.equipment as equipment_per_inhabitant,
    before.equipment as equipment_per_inhabitant_previous,
    this.debt as debt_per_inhabitant,
    before.debt as debt_per_inhabitant_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: staff
select
    this.agent_count as agents,
    before.agent_count as agents_previous,
    this.etpt,
    'Au ' || strftime(last_day(this.month), '%d/%m/%Y') as period,
    'un an avant' as previous_period
from staff_total as this
inner join staff_month using (month)
left join staff_total as before on this.month = before.month + interval 1 year;

-- name: meals
with yearly as (
    select
        exercice,
        max(meal_date) as last_day,
        sum(served_meals) as meals,
        sum(served_meals) / nullif(sum(forecast_meals), 0) as attendance
    from mart_meal
    group by exercice
)

select
    this.meals,
    before.meals as meals_previous,
    this.attendance,
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
        count(distinct facility_id) as nurseries,
        count(distinct month_start_date) as month_count
    from mart_nursery
    where capacity_hours is not null
    group by exercice
)

select
    this.occupancy,
    before.occupancy as occupancy_previous,
    this.nurseries || case when this.nurseries > 1 then ' crèches' else ' crèche' end as nurseries,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when this.month_count < 12 then this.month_count || ' mois de l’année sont connus pour les crèches.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: users
with yearly as (
    select usage_year, left(usage_year, 4)::int as first_year, user_count as users
    from mart_public_reach
    where activity_id = 'ensemble' and breakdown = 'total' and length(usage_year) = 9
)

select
    this.users,
    before.users as users_previous,
    'Année scolaire ' || this.usage_year as period,
    before.usage_year as previous_period,
    case when this.first_year = (select max(exercice) from mart_activity)
        then 'L’année scolaire ' || this.usage_year || ' n’est pas finie.'
    end as provisional
from yearly as this
left join yearly as before on this.first_year = before.first_year + 1
where this.users is not null
-- La dernière année scolaire finie, tant qu'il y en a une.
order by this.first_year = (select max(exercice) from mart_activity), this.first_year desc
limit 1;

-- name: energy
with yearly as (
    select year(month) as exercice, sum(energy_kwh) as energy, count(distinct month) as month_count
    from mart_energy
    where energy_kwh is not null
    group by all
),

cost as (
    select exercice, sum(ledger_eur) as cost from mart_energy_reconciliation group by exercice
)

select
    this.energy,
    before.energy as energy_previous,
    cost.cost,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when this.month_count < 12 then this.month_count || ' mois de l’année sont connus pour l’énergie.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
left join cost on this.exercice = cost.exercice
order by this.exercice desc
limit 1;

-- name: work_orders
with yearly as (
    select year(month) as exercice, max(month) as last_month, sum(closed_count) as closed
    from mart_work_order
    group by all
)

select
    this.closed as work_orders,
    before.closed as work_orders_previous,
    (select sum(backlog_count) from mart_work_order where month = this.last_month) as backlog,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when month(this.last_month) < 12
            then month(this.last_month) || ' mois de l’année sont connus pour les interventions.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: meal_cost
with yearly as (
    select
        exercice,
        max(unit_cost_eur) as meal_cost,
        max(user_revenue_per_unit_eur) as meal_users,
        max(coverage_share) as families_share,
        max(provisional_reason) as reason
    from mart_unit_cost
    where unit_cost_level = 'activity' and measure_code = 'meal_served'
    group by exercice
)

select
    this.meal_cost,
    before.meal_cost as meal_cost_previous,
    this.families_share,
    before.families_share as families_share_previous,
    this.meal_users,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Coûts de ' || this.exercice || ' : ' || this.reason || '.' as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
where this.exercice = (select exercice from cost_year);

-- name: most_over
select
    coalesce(arg_max(coalesce(nullif(service, ''), function), over_eur), 'Aucun') as over_budget,
    max(over_eur) as over_eur,
    arg_max(rate, over_eur) as rate,
    (select arg_max(coalesce(nullif(service, ''), function), rate) from function_budget) as nearest,
    (select max(rate) from function_budget) as nearest_rate,
    'Exercice ' || (select exercice from account_year) as period
from over_budget
having (select exercice from account_year) is not null;

-- name: most_absent
select
    coalesce(arg_max(service_label, absence_percent), 'Aucun service d’au moins cinq agents') as absence,
    max(absence_percent) as rate,
    'Année ' || max(exercice) as period,
    case
        when max(staff_year.month_count) < 12
            then max(staff_year.month_count) || ' mois de l’année sont connus pour les absences.'
    end as provisional
from mart_absence
inner join staff_year using (exercice)
where axis = 'service' and absence_code = 'global'
having count(*) > 0;

-- name: late
select
    case
        when (select count(*) from fct_export) = 0 then null
        when count(*) = 0 then 'Aucun'
        when count(*) = 1 then max(system_label)
        else count(*) || ' systèmes'
    end as late,
    case when count(*) > 1 then string_agg(system_label, ', ' order by late_after, system_label) end as which,
    (select min(late_after) from fct_export where is_last_accepted) as first_late,
    'À la date de publication' as period
from late_system;
