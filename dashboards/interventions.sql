-- name: totals
with yearly as (
    select
        year(month) as exercice,
        max(month) as last_month,
        sum(opened_count) as opened,
        sum(closed_count) as closed,
        sum(work_hours) as hours
    from mart_work_order
    group by all
),

monthly as (
    select month, sum(backlog_count) as backlog from mart_work_order group by month
)

select
    this.opened,
    before.opened as opened_previous,
    this.closed,
    before.closed as closed_previous,
    this.hours,
    before.hours as hours_previous,
    at_end.backlog,
    at_end_before.backlog as backlog_previous,
    'Année ' || this.exercice as period,
    before.exercice as previous_period,
    case
        when month(this.last_month) < 12 then month(this.last_month) || ' mois de l’année sont connus.'
    end as provisional
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
left join monthly as at_end on this.last_month = at_end.month
left join monthly as at_end_before on before.last_month = at_end_before.month
order by this.exercice desc
limit 1;

-- name: by_month
select month, sum(opened_count) as opened, sum(closed_count) as closed
from mart_work_order
where month > (select max(month) from mart_work_order) - interval 36 month
group by month
order by month;

-- name: backlog_by_month
select month, sum(backlog_count) as backlog
from mart_work_order
where month > (select max(month) from mart_work_order) - interval 36 month
group by month
order by month;

-- name: by_service
select service_label as service, sum(work_hours) as hours
from mart_work_order
inner join dim_service using (service_id)
where year(month) = (select max(year(month)) from mart_work_order) and valid_to is null
group by service_label
having sum(work_hours) > 0
order by hours desc
limit 12;

-- name: services
select
    service_id,
    coalesce(max(service_label), 'Sans service') as service,
    sum(opened_count) as opened,
    sum(closed_count) as closed,
    sum(backlog_count) filter (where month = (select max(month) from mart_work_order)) as backlog,
    sum(mean_delay_days * closed_count)
    / nullif(sum(closed_count) filter (where mean_delay_days is not null), 0) as delay,
    sum(work_hours) as hours,
    sum(parts_eur) as parts_eur
from mart_work_order
left join dim_service using (service_id)
where year(month) = (select max(year(month)) from mart_work_order)
group by service_id
order by opened desc, service;

-- name: service_lines
select
    fct_work_order.service_id as key,
    work_order_code as code,
    requested_date as requested,
    closed_date as closed,
    case type_code
        when 'incident' then 'Panne' when 'preventive' then 'Entretien préventif' when 'request' then 'Demande'
        else 'Autre'
    end as kind,
    coalesce(facility_label, source_facility_code, '') as place,
    delay_days as delay,
    work_hours as hours
from fct_work_order
left join facility using (facility_id)
where coalesce(closed_date, requested_date) >= make_date((select max(year(month)) from mart_work_order), 1, 1)
    and fct_work_order.service_id is not null
order by requested desc, code;

-- name: types
select
    case type_code
        when 'incident' then 'Panne' when 'preventive' then 'Entretien préventif' when 'request' then 'Demande'
        else 'Autre'
    end as kind,
    sum(opened_count) as opened,
    sum(closed_count) as closed,
    sum(mean_delay_days * closed_count)
    / nullif(sum(closed_count) filter (where mean_delay_days is not null), 0) as delay,
    sum(work_hours) as hours
from mart_work_order
where year(month) = (select max(year(month)) from mart_work_order)
group by type_code
order by opened desc;
