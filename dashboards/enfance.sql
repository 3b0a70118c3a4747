-- name: meals_total
with yearly as (
    select
        exercice,
        max(meal_date) as last_day,
        sum(served_meals) as meals,
        sum(surplus_meals) as surplus,
        sum(surplus_meals) / nullif(sum(forecast_meals), 0) as surplus_share
    from mart_meal
    group by exercice
)

select
    this.meals,
    before.meals as meals_previous,
    this.surplus,
    this.surplus_share,
    before.surplus_share as surplus_share_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case when month(this.last_day) < 12
        then 'Les repas de ' || this.exercice || ' sont connus jusqu’au ' || strftime(this.last_day, '%d/%m/%Y') || '.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: nurseries_total
with yearly as (
    select
        exercice,
        sum(attended_hours) as nursery_hours,
        sum(attended_hours) / nullif(sum(capacity_hours), 0) as occupancy,
        sum(billed_hours) / nullif(sum(attended_hours), 0) as billing,
        count(distinct month_start_date) as month_count
    from mart_nursery
    group by exercice
)

select
    this.nursery_hours,
    before.nursery_hours as nursery_hours_previous,
    this.occupancy,
    before.occupancy as occupancy_previous,
    this.billing,
    before.billing as billing_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when this.month_count < 12 then this.month_count || ' mois de l’année sont connus pour les crèches.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: leisure_total
with yearly as (
    select
        exercice,
        sum(attended_days) filter (where activity_id = 'leisure_centre') as leisure_days,
        sum(attended_hours) filter (where activity_id = 'after_school') as after_school_hours
    from mart_leisure
    group by exercice
)

select
    this.leisure_days,
    before.leisure_days as leisure_days_previous,
    this.after_school_hours,
    before.after_school_hours as after_school_hours_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: meals_by_month
select exercice, month_label, sum(served_meals) as meals
from mart_meal
inner join (select distinct month_number, month_label from dim_date) as name on month(meal_date) = month_number
group by exercice, month_number, month_label
order by (month_number + 3) % 12, exercice;

-- name: occupancy_by_month
select
    month_start_date as month,
    sum(attended_hours) / nullif(sum(capacity_hours), 0) as occupancy,
    sum(billed_hours) / nullif(sum(capacity_hours), 0) as billed
from mart_nursery
where capacity_hours is not null
group by month_start_date
order by month_start_date;

-- name: canteens
with yearly as (
    select
        exercice,
        coalesce(facility_id, source_facility_code) as place_code,
        sum(served_meals) as meals,
        sum(forecast_meals) as forecast,
        sum(served_meals) / nullif(sum(forecast_meals), 0) as attendance,
        sum(unexcused_absences) as unexcused
    from mart_meal
    group by all
)

select
    coalesce(facility_label, 'Code inconnu ' || this.place_code) as place,
    this.meals,
    this.forecast,
    this.attendance,
    this.unexcused,
    before.meals as before
from yearly as this
left join yearly as before on this.place_code = before.place_code and this.exercice = before.exercice + 1
left join facility on this.place_code = facility_id
where this.exercice = (select max(exercice) from yearly)
order by this.meals desc, place;

-- name: nurseries
select
    coalesce(facility_label, 'Code inconnu ' || source_facility_code) as place,
    sum(capacity_hours) as capacity,
    sum(attended_hours) as attended,
    sum(attended_hours) / nullif(sum(capacity_hours), 0) as occupancy,
    sum(billed_hours) / nullif(sum(capacity_hours), 0) as billed_occupancy,
    sum(billed_hours) / nullif(sum(attended_hours), 0) as billing
from mart_nursery
left join facility using (facility_id)
where exercice = (select max(exercice) from mart_nursery)
group by facility_id, facility_label, source_facility_code
order by place;

-- name: leisure
select
    activity_label as activity,
    coalesce(facility_label, 'Code inconnu ' || source_facility_code) as place,
    sum(open_days) as open_days,
    sum(attended_days) as days,
    sum(attended_hours) as hours
from mart_leisure
left join facility using (facility_id)
where exercice = (select max(exercice) from mart_leisure)
group by activity_label, facility_id, facility_label, source_facility_code
order by activity, place;
