-- name: services
select
    yearly_cost.service_id as key,
    service as label,
    coalesce(parent.service_label, service) as group
from yearly_cost
left join service_name using (service_id)
left join service_name as parent on service_name.parent_id = parent.service_id
where exercice = (select exercice from cost_year) and full_cost > 0
order by label;

-- name: total
select
    this.service_id as key,
    this.full_cost,
    before.full_cost as full_cost_previous,
    this.full_cost / nullif(population, 0) as per_inhabitant,
    this.users,
    this.users / nullif(this.full_cost, 0) as users_share,
    before.users / nullif(before.full_cost, 0) as users_share_previous,
    this.public,
    before.public as public_previous,
    this.net_cost,
    before.net_cost as net_cost_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Coûts de ' || this.exercice || ' : ' || this.reason || '.' as provisional
from yearly_cost as this
left join yearly_cost as before on this.service_id = before.service_id and this.exercice = before.exercice + 1
left join cost_population on this.exercice = cost_population.exercice
where this.exercice = (select exercice from cost_year);

-- name: unit
select
    this.service_id as key,
    this.unit_cost_eur as unit_cost,
    before.unit_cost_eur as unit_cost_previous,
    this.unit_label,
    this.quantity,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from mart_unit_cost as this
left join mart_unit_cost as before
    on this.activity_id = before.activity_id
    and this.measure_code = before.measure_code
    and before.unit_cost_level = 'activity'
    and this.exercice = before.exercice + 1
where this.unit_cost_level = 'activity' and this.is_main_unit and this.exercice = (select exercice from cost_year);

-- name: waterfall
with total as (
    select * from yearly_cost
    where exercice = (select exercice from cost_year)
)

select service_id as key, label, sign * amount as amount, is_total
from total
unpivot include nulls (amount for step_id in (direct, building, support, full_cost, users, public, other, net_cost))
inner join cost_step using (step_id)
order by key, step_rank;

-- name: years
select service_id as key, cast(exercice as varchar) as exercice, direct, building, support
from yearly_cost
order by exercice;

-- name: facilities
with yearly as (
    select
        service_id,
        facility_id,
        any_value(facility_label) as label,
        sum(direct_cost_eur) as direct,
        sum(building_cost_eur) as building,
        sum(support_cost_eur) as support,
        sum(full_cost_eur) as full_cost
    from mart_full_cost
    where exercice = (select exercice from cost_year)
    group by service_id, facility_id
),

units as (
    select service_id, facility_id, quantity, unit_cost_eur
    from mart_unit_cost
    where unit_cost_level = 'facility' and is_main_unit and exercice = (select exercice from cost_year)
)

select
    yearly.service_id as key,
    coalesce(facility_label, yearly.label, 'Commun au service') as facility,
    direct,
    building,
    support,
    full_cost,
    quantity,
    unit_cost_eur as unit_cost
from yearly
left join facility on yearly.facility_id = facility.facility_id
left join units on yearly.service_id = units.service_id and yearly.facility_id = units.facility_id
order by full_cost desc;

-- name: supports
with received as (
    select to_service_id, from_service_id, allocation_key_id, sum(amount_eur) as amount
    from fct_cost_allocation
    where allocation_stage = 'auxiliary' and direction = 'expense' and exercice = (select exercice from cost_year)
    group by to_service_id, from_service_id, allocation_key_id
),

keys as (
    select allocation_key_id, any_value(key_label) as key_label, any_value(key_owner) as owner
    from mart_recharge
    where exercice = (select exercice from cost_year)
    group by allocation_key_id
)

select to_service_id as key, service_label as support, amount, key_label, owner
from received
left join service_name on received.from_service_id = service_name.service_id
left join keys using (allocation_key_id)
order by amount desc;

-- name: natures
with spent as (
    select service_id, nature_id, nature_code, sum(amount_eur) as amount
    from fct_cost_line
    where cost_scope = 'service' and direction = 'expense' and exercice = (select exercice from cost_year)
    group by service_id, nature_id, nature_code
),

ranked as (
    select *, row_number() over (partition by service_id order by amount desc) as place from spent
)

select service_id as key, ranked.nature_code || coalesce(' ' || nature_label, '') as nature, amount
from ranked
left join dim_nature using (nature_id)
where place <= 12
order by service_id, amount desc;

-- name: sheets
select service_id as key, 'Fiche de coût ' || exercice as label, full_cost, net_cost, sheet_file as file
from sheet
inner join yearly_cost using (exercice, service_id)
order by exercice desc;
