-- name: facilities
select facility_id as key, facility_label as label, facility_type as group
from facility
where facility_id in (select facility_id from dim_facility where is_registered)
    and facility_id in (
        select facility_id from mart_energy
        union
        select facility_id from mart_work_order
        union
        select facility_id from mart_activity
        union
        select facility_id from mart_asset
    )
order by label;

-- name: identity
select facility_id as key, floor_area_m2 as area, facility_type as period
from facility;

-- name: use
with yearly as (
    select
        facility_id,
        exercice,
        activity_label || ', ' || lower(measure_label) as what,
        sum(quantity) as output
    from mart_activity
    where is_output and facility_id is not null and activity_id not in ('public_space', 'building_maintenance')
    group by all
),

ranked as (
    select *, row_number() over (partition by facility_id order by exercice desc, output desc) as place from yearly
)

select
    this.facility_id as key,
    this.output,
    before.output as output_previous,
    this.what,
    'Année ' || this.exercice as period,
    before.exercice as previous_period
from ranked as this
left join yearly as before
    on this.facility_id = before.facility_id and this.what = before.what and this.exercice = before.exercice + 1
where this.place = 1;

-- name: energy
with yearly as (
    select
        facility_id,
        year(month) as exercice,
        sum(energy_kwh) as energy,
        sum(energy_kwh) filter (where lighting_place.facility_id is null) / nullif(max(floor_area_m2), 0) as intensity
    from mart_energy
    left join lighting_place using (facility_id)
    where energy_kwh is not null and facility_id is not null
    group by all
)

select
    this.facility_id as key,
    this.energy,
    before.energy as energy_previous,
    this.intensity,
    'Année ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.facility_id = before.facility_id and this.exercice = before.exercice + 1
where this.exercice = (select max(exercice) from yearly);

-- name: cost
with yearly as (
    select
        facility_id,
        exercice,
        sum(full_cost_eur) as full_cost,
        sum(user_revenue_eur) as users,
        sum(net_cost_eur) as net_cost,
        max(provisional_reason) as reason
    from mart_full_cost
    where facility_id is not null
    group by facility_id, exercice
)

select
    this.facility_id as key,
    this.full_cost,
    before.full_cost as full_cost_previous,
    this.full_cost / nullif(floor_area_m2, 0) as per_m2,
    this.net_cost,
    before.net_cost as net_cost_previous,
    this.users / nullif(this.full_cost, 0) as users_share,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Coûts de ' || this.exercice || ' : ' || this.reason || '.' as provisional
from yearly as this
left join facility using (facility_id)
left join yearly as before on this.facility_id = before.facility_id and this.exercice = before.exercice + 1
where this.exercice = (select exercice from cost_year);

-- name: cost_parts
with total as (
    select
        facility_id,
        sum(direct_cost_eur) as direct,
        sum(building_cost_eur) as building,
        sum(support_cost_eur) as support,
        sum(full_cost_eur) as full_cost,
        sum(user_revenue_eur) as users,
        sum(public_revenue_eur) as public,
        sum(other_revenue_eur) as other,
        sum(net_cost_eur) as net_cost
    from mart_full_cost
    where facility_id is not null and exercice = (select exercice from cost_year)
    group by facility_id
)

select facility_id as key, label, sign * amount as amount, is_total
from total
unpivot include nulls (amount for step_id in (direct, building, support, full_cost, users, public, other, net_cost))
inner join cost_step using (step_id)
order by key, step_rank;

-- name: costs
select
    mart_full_cost.facility_id as key,
    cast(exercice as varchar) || case when bool_or(is_provisional) then ' (provisoire)' else '' end as exercice,
    sum(direct_cost_eur) as direct,
    sum(building_cost_eur) as building,
    sum(support_cost_eur) as support,
    sum(full_cost_eur) as full_cost,
    sum(user_revenue_eur) as users,
    sum(public_revenue_eur) + sum(other_revenue_eur) as others,
    sum(net_cost_eur) as net_cost,
    sum(full_cost_eur) / nullif(any_value(floor_area_m2), 0) as per_m2
from mart_full_cost
left join facility using (facility_id)
where mart_full_cost.facility_id is not null
group by mart_full_cost.facility_id, mart_full_cost.exercice
order by mart_full_cost.exercice desc;

-- name: orders
with yearly as (
    select facility_id, year(month) as exercice, sum(closed_count) as orders, sum(work_hours) as hours
    from mart_work_order
    where facility_id is not null
    group by all
)

select
    this.facility_id as key,
    this.orders,
    before.orders as orders_previous,
    this.hours,
    'Année ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.facility_id = before.facility_id and this.exercice = before.exercice + 1
where this.exercice = (select max(exercice) from yearly);

-- name: assets
with yearly as (
    select
        facility_id,
        exercice,
        sum(net_eur) as net_value,
        sum(accumulated_eur) / nullif(sum(gross_eur), 0) as wear
    from mart_asset
    where facility_id is not null
    group by all
)

select
    this.facility_id as key,
    this.net_value,
    before.net_value as net_value_previous,
    this.wear,
    'Au 31/12/' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.facility_id = before.facility_id and this.exercice = before.exercice + 1
where this.exercice = (select max(exercice) from yearly);

-- name: use_by_month
select facility_id as key, month_start_date as month, measure_label as measure, sum(quantity) as quantity
from mart_activity
where is_output and facility_id is not null and activity_id not in ('public_space', 'building_maintenance')
group by all
order by month, measure;

-- name: energy_by_month
select facility_id as key, month, energy_label as energy, sum(energy_kwh) as energy_kwh
from mart_energy
where facility_id is not null and energy_kwh is not null
group by all
order by month, energy;

-- name: mixing
select
    facility_code as key,
    usage_year,
    activity_label as activity,
    case dimension
        when 'sex' then 'Sexe' when 'age_band' then 'Âge' when 'quartier' then 'Quartier'
        when 'quotient_band' then 'Quotient familial' else dimension
    end as dimension,
    user_count as users,
    simpson_diversity_share as diversity,
    dissimilarity_share as dissimilarity,
    secrecy_status
from mart_mixing
where usage_year in (select max(usage_year) from mart_mixing group by length(usage_year))
    and dimension in ('sex', 'age_band', 'quartier', 'quotient_band')
order by activity_label, dimension;

-- name: assets_table
select
    facility_id as key,
    nature_group_code || ' ' || coalesce(nature_group_label, '') as nature,
    asset_count as count,
    gross_eur,
    depreciation_eur,
    net_eur
from mart_asset
where facility_id is not null and exercice = (select max(exercice) from mart_asset)
order by gross_eur desc;
