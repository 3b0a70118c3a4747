-- name: totals
with yearly as (
    select
        exercice,
        max(month_count) as month_count,
        max(absence_percent) filter (where absence_code = 'global') as global_rate,
        max(absence_percent) filter (where absence_code = 'compressible') as compressible_rate,
        max(days_per_stop) filter (where absence_code = 'global') as days_per_stop,
        max(stops_per_100_agents) filter (where absence_code = 'global') as stops,
        max(absence_cost_eur) filter (where absence_code = 'global') as cost
    from mart_absence
    inner join town_employer using (employer_siren)
    where axis = 'total'
    group by exercice
)

select
    this.global_rate,
    before.global_rate as global_rate_previous,
    this.compressible_rate,
    before.compressible_rate as compressible_rate_previous,
    this.days_per_stop,
    before.days_per_stop as days_per_stop_previous,
    this.stops,
    this.cost,
    before.cost as cost_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case when this.month_count < 12 then this.month_count || ' mois de l’année sont connus.' end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: by_year
select exercice, left(absence_label, strpos(absence_label, ' : ') - 1) as kind, absence_percent as rate
from mart_absence
inner join town_employer using (employer_siren)
where axis = 'total'
order by exercice, case absence_code when 'compressible' then 1 when 'medical' then 2 else 3 end;

-- name: by_reason
select absence_label as reason, absent_days as days
from mart_absence
inner join town_employer using (employer_siren)
inner join staff_year using (exercice)
where axis = 'motive' and absent_days is not null
order by absent_days desc;

-- name: by_service
select service_label as service, absence_percent as rate
from mart_absence
inner join town_employer using (employer_siren)
inner join staff_year using (exercice)
where axis = 'service' and absence_code = 'global' and absence_percent is not null
order by absence_percent desc, service_label;

-- name: services
select
    this.service_label as service,
    split_part(dim_employer.employer_label, ' ', 1) as employer,
    this.mean_agents as agents,
    this.absence_percent as rate,
    before.absence_percent as before,
    this.absent_days as days,
    this.stops_per_100_agents as stops,
    this.absence_cost_eur as cost_eur,
    this.secrecy_status
from mart_absence as this
inner join staff_year on this.exercice = staff_year.exercice
inner join dim_employer on this.employer_siren = dim_employer.employer_siren
left join mart_absence as before
    on this.employer_siren = before.employer_siren and this.service_id = before.service_id
    and this.exercice = before.exercice + 1 and before.axis = 'service' and before.absence_code = 'global'
where this.axis = 'service' and this.absence_code = 'global'
order by this.absence_percent desc nulls last, this.service_label;
