-- name: totals
with yearly as (
    select exercice, sum(amount_eur) as total, count(distinct pay_month) as month_count
    from mart_payroll_component
    inner join town_budget using (budget_id)
    where axis = 'total' and component = 'total_cost'
    group by exercice
    having count(*) = count(amount_eur)
)

select
    this.total,
    before.total as total_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    case when this.month_count < 12 then this.month_count || ' mois de l’exercice sont payés.' end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: effects
select
    this.payroll_growth_share as growth,
    before.payroll_growth_share as growth_previous,
    this.gvt_balance_share as gvt,
    before.gvt_balance_share as gvt_previous,
    this.noria_effect_eur as noria,
    before.noria_effect_eur as noria_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from mart_payroll_effect as this
inner join town_employer on this.employer_siren = town_employer.employer_siren
left join mart_payroll_effect as before
    on this.employer_siren = before.employer_siren and this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: envelopes_total
select
    amount_eur as overtime,
    previous_amount_eur as overtime_previous,
    'Exercice ' || exercice as period,
    exercice - 1 as previous_period
from mart_payroll_envelope
inner join town_budget using (budget_id)
where axis = 'total' and component = 'overtime'
order by exercice desc
limit 1;

-- name: by_component
-- Quand le secret cache des mois d'une composante, leur somme serait trop basse : c'est le total de l'année, s'il est publié.
with whole_year as (
    select component, amount_eur
    from mart_payroll_envelope
    inner join town_budget using (budget_id)
    where axis = 'total' and exercice = (select max(exercice) from mart_payroll_component)
),

monthly as (
    select
        component,
        component_label,
        case when count(*) = count(amount_eur) then sum(amount_eur) end as amount_eur
    from mart_payroll_component
    inner join town_budget using (budget_id)
    where axis = 'component' and exercice = (select max(exercice) from mart_payroll_component)
    group by component, component_label
)

select component_label as component, coalesce(monthly.amount_eur, whole_year.amount_eur) as amount_eur
from monthly
left join whole_year using (component)
where coalesce(monthly.amount_eur, whole_year.amount_eur) > 0
order by amount_eur desc;

-- name: by_month
select exercice, month_label, amount_eur
from mart_payroll_component
inner join town_budget using (budget_id)
inner join (select distinct month_number, month_label from dim_date) as name on month(pay_month) = month_number
where axis = 'total' and component = 'total_cost'
order by month_number, exercice;

-- name: by_service
select service_label as service, sum(amount_eur) as amount_eur
from mart_payroll_component
where axis = 'service' and component = 'total_cost'
    and exercice = (select max(exercice) from mart_payroll_component)
group by service_label
having count(*) = count(amount_eur)
order by amount_eur desc;

-- name: effects_table
select
    exercice,
    payroll_eur,
    payroll_growth_share as growth,
    level_effect_share as level,
    mass_effect_share as mass,
    carry_effect_share as carry,
    gvt_balance_share as gvt,
    stayers_growth_share as stayers,
    noria_effect_eur as noria_eur
from mart_payroll_effect
inner join town_employer using (employer_siren)
order by exercice desc;

-- name: envelopes
select
    split_part(employer_label, ' ', 1) as employer,
    component_label as component,
    amount_eur,
    previous_amount_eur as before_eur,
    change_share as change,
    agent_count as agents,
    secrecy_status
from mart_payroll_envelope
inner join dim_employer using (employer_siren)
where axis = 'total' and exercice = (select max(exercice) from mart_payroll_envelope)
order by employer_label desc, component_label;

-- name: equality
select
    case when axis = 'filiere' then 'Filière ' || lower(value_label) else value_label end as group,
    women_count as women,
    men_count as men,
    women_full_time_pay_eur as women_eur,
    men_full_time_pay_eur as men_eur,
    full_time_gap_percent as gap,
    secrecy_status,
    axis = 'total' as is_total
from mart_pay_equality
inner join town_employer using (employer_siren)
where exercice = (select max(exercice) from mart_pay_equality)
order by axis = 'total', axis, value_label;

-- name: tie
select
    family_label as family,
    sum(ledger_eur) as ledger_eur,
    sum(payroll_eur) as payroll_eur,
    sum(allocated_eur) as allocated_eur,
    sum(not_payroll_eur) as not_payroll_eur,
    sum(gap_eur) as gap_eur,
    case when count(*) = count(gap_eur) then 'V' else 'A' end as secrecy_status
from mart_payroll_reconciliation
inner join town_budget using (budget_id)
where exercice = (select max(exercice) from mart_payroll_reconciliation) and not is_elected
group by family_label
order by ledger_eur desc;
