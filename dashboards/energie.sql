-- name: totals
with yearly as (
    select
        year(month) as exercice,
        count(distinct month) as month_count,
        sum(energy_kwh) as energy,
        sum(climate_corrected_kwh) as corrected,
        sum(energy_kwh) filter (where floor_area_m2 > 0 and lighting_place.facility_id is null) as with_area_kwh
    from mart_energy
    left join lighting_place using (facility_id)
    where energy_kwh is not null
    group by all
),

area as (
    select exercice, sum(floor_area_m2) as floor_area_m2
    from (
        select distinct year(month) as exercice, facility_id, floor_area_m2
        from mart_energy
        where energy_kwh is not null and floor_area_m2 > 0 and facility_id not in (from lighting_place)
    )
    group by exercice
)

select
    this.energy,
    before.energy as energy_previous,
    this.corrected,
    before.corrected as corrected_previous,
    this.with_area_kwh / nullif(area.floor_area_m2, 0) as intensity,
    before.with_area_kwh / nullif(area_before.floor_area_m2, 0) as intensity_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case when this.month_count < 12 then this.month_count || ' mois de l’année sont connus.' end as provisional
from yearly as this
left join area on this.exercice = area.exercice
left join yearly as before on this.exercice = before.exercice + 1
left join area as area_before on before.exercice = area_before.exercice
order by this.exercice desc
limit 1;

-- name: costs
with yearly as (
    select exercice, sum(ledger_eur) as cost, sum(ledger_eur) / nullif(sum(metered_kwh), 0) as price
    from mart_energy_reconciliation
    group by exercice
)

select
    this.cost,
    before.cost as cost_previous,
    this.price,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: by_month
select year(month) as exercice, month_label, sum(energy_kwh) as energy_kwh
from mart_energy
inner join (select distinct month_number, month_label from dim_date) as name on month(month) = month_number
where energy_kwh is not null
group by year(month), month_number, month_label
order by month_number, exercice;

-- name: by_year
select year(month) as exercice, energy_label as energy, sum(energy_kwh) as energy_kwh
from mart_energy
where energy_kwh is not null
group by all
order by exercice, energy;

-- name: by_type
with yearly as (
    select facility_id, sum(energy_kwh) as energy_kwh, max(floor_area_m2) as floor_area_m2
    from mart_energy
    where year(month) = (select max(year(month)) from mart_energy where energy_kwh is not null)
        and facility_id not in (from lighting_place)
    group by facility_id
    having sum(energy_kwh) > 0 and max(floor_area_m2) > 0
)

select facility_type, sum(energy_kwh) / sum(yearly.floor_area_m2) as intensity
from yearly
inner join facility using (facility_id)
group by facility_type
order by intensity desc;

-- name: facilities
with yearly as (
    select
        facility_id,
        year(month) as exercice,
        sum(energy_kwh) as energy_kwh,
        sum(climate_corrected_kwh) as corrected_kwh,
        max(floor_area_m2) as floor_area_m2,
        sum(ledger_eur) as cost_eur
    from mart_energy
    where facility_id is not null
    group by all
)

select
    facility_label as place,
    facility_type,
    this.energy_kwh,
    before.energy_kwh as before_kwh,
    this.corrected_kwh / nullif(before.corrected_kwh, 0) - 1 as change,
    this.floor_area_m2 as area,
    case
        when lighting_place.facility_id is null then this.energy_kwh / nullif(this.floor_area_m2, 0)
    end as intensity,
    this.cost_eur
from yearly as this
inner join facility using (facility_id)
left join lighting_place on this.facility_id = lighting_place.facility_id
left join yearly as before on this.facility_id = before.facility_id and this.exercice = before.exercice + 1
where this.exercice = (select max(year(month)) from mart_energy where energy_kwh is not null)
    and this.energy_kwh is not null
order by this.energy_kwh desc
limit 30;

-- name: prices
select
    exercice,
    energy_label as energy,
    metered_kwh as kwh,
    ledger_eur as cost_eur,
    price_eur_per_kwh as price,
    missing_month_count as missing
from mart_energy_reconciliation
order by exercice desc, energy_label;
