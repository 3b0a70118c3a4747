-- name: units
with yearly as (
    select
        exercice,
        max(unit_cost_eur) filter (where measure_code = 'meal_served') as meal,
        max(user_revenue_per_unit_eur) filter (where measure_code = 'meal_served') as meal_users,
        max(coverage_share) filter (where measure_code = 'meal_served') as meal_share,
        max(unit_cost_eur) filter (where activity_id = 'nursery' and measure_code = 'hour_attended') as nursery,
        max(unit_cost_eur) filter (where measure_code = 'hour_billed') as nursery_billed,
        max(unit_cost_eur) filter (where measure_code = 'day_attended') as leisure,
        max(unit_cost_eur) filter (where activity_id = 'after_school' and measure_code = 'hour_attended') as after_school,
        max(provisional_reason) as reason
    from mart_unit_cost
    where unit_cost_level = 'activity'
    group by exercice
)

select
    this.meal,
    before.meal as meal_previous,
    this.meal_users,
    this.meal_share,
    before.meal_share as meal_share_previous,
    this.nursery,
    before.nursery as nursery_previous,
    this.nursery_billed,
    this.leisure,
    before.leisure as leisure_previous,
    this.after_school,
    before.after_school as after_school_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period,
    'Coûts de ' || this.exercice || ' : ' || this.reason || '.' as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
where this.exercice = (select exercice from cost_year);

-- name: meal_parts
with total as (
    select
        direct_cost_per_unit_eur as direct,
        building_cost_per_unit_eur as building,
        support_cost_per_unit_eur as support,
        unit_cost_eur as full_cost,
        user_revenue_per_unit_eur as users,
        public_revenue_per_unit_eur as public,
        other_revenue_per_unit_eur as other,
        net_cost_per_unit_eur as net_cost
    from mart_unit_cost
    where unit_cost_level = 'activity' and measure_code = 'meal_served' and exercice = (select exercice from cost_year)
)

select label, sign * amount as amount, is_total
from total
unpivot include nulls (amount for step_id in (direct, building, support, full_cost, users, public, other, net_cost))
inner join cost_step using (step_id)
order by step_rank;

-- name: prices
select quotient_band_label as band, price_per_unit_eur as price
from mart_price_sheet
where activity_id = 'school_meal'
    and scenario_id = 'current'
    and quotient_band_code not in ('ensemble', 'inconnu')
    and exercice = (select exercice from cost_year)
order by quotient_band_code;

-- name: units_table
select
    activity_label as activity,
    unit_label || case measure_code
        when 'hour_billed' then ' facturée' when 'hour_attended' then ' réalisée' else ''
    end as unit,
    quantity,
    unit_cost_eur as unit_cost,
    user_revenue_per_unit_eur as users,
    coverage_share as coverage,
    net_cost_per_unit_eur as net,
    case
        when band_low_eur is not null
            then replace(printf('%.2f à %.2f €', band_low_eur, band_high_eur), '.', ',')
    end as band,
    case when is_in_band then 'oui' when not is_in_band then 'non' end as in_band,
    sheet_file
from mart_unit_cost
left join sheet using (exercice, service_id)
where unit_cost_level = 'activity'
    and quantity > 0
    and measure_code not in ('inhabitant', 'floor_area')
    and exercice = (select exercice from cost_year)
order by activity_label, is_main_unit desc;

-- name: bands
select
    activity_label as activity,
    quotient_band_label as band,
    quantity,
    price_per_unit_eur as price,
    unit_cost_eur as unit_cost,
    coverage_share as coverage,
    ceiling_per_unit_eur as ceiling,
    secrecy_status,
    quotient_band_code = 'ensemble' as is_total
from mart_price_sheet
where scenario_id = 'current' and exercice = (select exercice from cost_year)
order by activity_label, quotient_band_code = 'ensemble', quotient_band_code;

-- name: scenarios
select
    activity_label as activity,
    scenario_label as scenario,
    simulated_eur as billed,
    simulated_eur - billed_eur as change,
    coverage_share as coverage,
    secrecy_status
from mart_price_sheet
where quotient_band_code = 'ensemble' and exercice = (select exercice from cost_year)
order by activity_label, scenario_id <> 'current', scenario_label;

-- name: ranges
select
    activity_label as activity,
    any_value(unit_label) as unit,
    any_value(lowest_unit_cost_eur) as lowest,
    any_value(central_unit_cost_eur) as central,
    any_value(highest_unit_cost_eur) as highest,
    max(variant_label) filter (where is_most_influential) as influential
from mart_cost_sensitivity
where exercice = (select exercice from cost_year) and measure_code <> 'inhabitant'
group by activity_label, measure_code
order by activity_label;
