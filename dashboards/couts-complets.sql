-- name: total
with yearly as (
    select
        exercice,
        sum(full_cost) as full_cost,
        sum(users) as users,
        sum(public) as public,
        sum(net_cost) as net_cost,
        sum(corporate) as corporate,
        max(reason) as reason
    from yearly_cost
    group by exercice
)

select
    this.full_cost,
    before.full_cost as full_cost_previous,
    this.full_cost / nullif(population, 0) as per_inhabitant,
    this.users,
    this.users / nullif(this.full_cost, 0) as users_share,
    before.users / nullif(before.full_cost, 0) as users_share_previous,
    this.public,
    this.public / nullif(this.full_cost, 0) as public_share,
    before.public / nullif(before.full_cost, 0) as public_share_previous,
    this.net_cost,
    before.net_cost as net_cost_previous,
    this.net_cost / nullif(population, 0) as net_per_inhabitant,
    this.corporate,
    before.corporate as corporate_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Coûts de ' || this.exercice || ' : ' || this.reason || '.' as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
left join cost_population on this.exercice = cost_population.exercice
where this.exercice = (select exercice from cost_year);

-- name: unassigned
select
    sum(unassigned_eur) as unassigned,
    sum(unassigned_eur) / nullif(sum(ledger_eur), 0) as share,
    'Exercice ' || exercice as period
from mart_cost_reconciliation
where direction = 'expense' and exercice = (select exercice from cost_year)
group by exercice;

-- name: waterfall
with total as (
    select
        sum(direct) as direct,
        sum(building) as building,
        sum(support) as support,
        sum(full_cost) as full_cost,
        sum(users) as users,
        sum(public) as public,
        sum(other) as other,
        sum(net_cost) as net_cost
    from yearly_cost
    where exercice = (select exercice from cost_year)
)

select label, sign * amount as amount, is_total
from total
unpivot include nulls (amount for step_id in (direct, building, support, full_cost, users, public, other, net_cost))
inner join cost_step using (step_id)
order by step_rank;

-- name: services
select service, full_cost / nullif(population, 0) as per_inhabitant
from yearly_cost
inner join cost_population using (exercice)
where exercice = (select exercice from cost_year) and full_cost > 0
order by full_cost desc;

-- name: by_service
select
    service_id,
    service,
    direct,
    building,
    support,
    full_cost,
    users / nullif(full_cost, 0) as users_share,
    net_cost,
    sheet_file
from yearly_cost
left join sheet using (exercice, service_id)
where exercice = (select exercice from cost_year)
order by net_cost desc;

-- name: service_lines
with placed as (
    select *, row_number() over (partition by service_id order by abs(amount_eur) desc, piece_number) as place
    from fct_cost_line
    where cost_scope = 'service' and cost_stage <> 'payroll' and exercice = (select exercice from cost_year)
)

select
    service_id as key,
    cost_month as month,
    bordereau_number || '-' || piece_number as piece,
    nature_code as nature,
    tiers_label as tiers,
    line_label as label,
    rule_id as rule,
    case when direction = 'revenue' then -amount_eur else amount_eur end as amount
from placed
left join dim_tiers using (tiers_id)
where place <= 500
order by service_id, place;

-- name: recharge
select
    any_value(service_label) as service,
    any_value(gross_cost_eur) as gross,
    any_value(key_label) as key_label,
    any_value(whole_quantity) as quantity,
    any_value(unit_cost_eur) as unit_cost,
    any_value(key_owner) as owner,
    any_value(key_evidence) as evidence
from mart_recharge
where exercice = (select exercice from cost_year)
group by service_id
order by gross desc;

-- name: gaps
select gap_label, coalesce(service_label, '') as service, sum(amount_eur) as amount, any_value(action_label) as action
from mart_cost_gap
where exercice = (select exercice from cost_year)
group by gap_label, service_label
order by amount desc;

-- name: balance
select
    case direction when 'expense' then 'Dépenses' else 'Recettes' end as direction,
    sum(ledger_eur) as ledger,
    sum(service_eur) as services,
    sum(corporate_eur) as corporate,
    sum(unassigned_eur) as unassigned,
    sum(investment_eur + order_eur + transfer_eur + financing_eur + out_of_budget_eur) as outside,
    sum(gap_eur) as gap
from mart_cost_reconciliation
where exercice = (select exercice from cost_year)
group by direction
order by direction;
