{#- Quantities are whole numbers, so that shares are exact: cents, hundredths of m², ten-thousandths of an hour. -#}
with direct as (

    select * from {{ ref('int_cost_direct') }}
    where cost_scope = 'service' and service_id is not null

),

quantities as (

    select
        exercice,
        'mandat' as driver_code,
        service_id,
        cast(count(distinct budget_id || '|' || bordereau_number || '|' || piece_number) as decimal(18, 0)) as quantity
    from direct
    where direction = 'expense'
    group by exercice, service_id

    union all

    select
        exercice,
        'staff_cost' as driver_code,
        service_id,
        cast(sum(amount_eur) * 100 as decimal(18, 0)) as quantity
    from direct
    where direction = 'expense' and chapter_code = '012'
    group by exercice, service_id

    union all

    select
        exercice,
        'direct_cost' as driver_code,
        service_id,
        cast(sum(amount_eur) * 100 as decimal(18, 0)) as quantity
    from direct
    where direction = 'expense'
    group by exercice, service_id

    union all

    select
        exercice,
        'floor_area' as driver_code,
        service_id,
        cast(sum(area_weight) as decimal(18, 0)) as quantity
    from {{ ref('int_cost_facility') }}
    where area_weight > 0
    group by exercice, service_id

    union all

    select
        cast(extract(year from activity_date) as integer) as exercice,
        'work_hour' as driver_code,
        service_id,
        cast(sum(quantity) * 10000 as decimal(18, 0)) as quantity
    from {{ ref('int_activity') }}
    where measure_code = 'work_hour'
    group by extract(year from activity_date), service_id

    union all

    select
        slips.exercice,
        'payslip' as driver_code,
        slips.service_id,
        cast(count(*) as decimal(18, 0)) as quantity
    from (
        select
            cells.exercice,
            cells.shown_service_id as service_id,
            lines.agent_id,
            lines.pay_month
        from {{ ref('int_pay_line') }} as lines
        inner join {{ ref('int_payroll_cell') }} as cells
            on
                lines.budget_id = cells.budget_id
                and cast(extract(year from lines.pay_month) as integer) = cells.exercice
                and coalesce(lines.service_id, '') = coalesce(cells.service_id, '')
                and coalesce(lines.facility_id, '') = coalesce(cells.facility_id, '')
        where lines.line_kind <> 'detail'
        group by cells.exercice, cells.shown_service_id, lines.agent_id, lines.pay_month
        having sum(lines.amount_eur) <> 0
    ) as slips
    group by slips.exercice, slips.service_id

)

select
    exercice,
    driver_code,
    service_id,
    quantity
from quantities
where service_id is not null and quantity > 0
