with cells as (

    select
        lines.budget_id,
        lines.pay_month,
        lines.family,
        lines.booked_function_code,
        cells.shown_service_id as service_id,
        cells.shown_facility_id as facility_id,
        case when cells.shown_service_id is not null then lines.activity_id end as activity_id,
        greatest(cast(sum(lines.amount_eur) * 100 as bigint), 0) as weight
    from {{ ref('int_pay_line') }} as lines
    inner join {{ ref('int_payroll_cell') }} as cells
        on
            lines.budget_id = cells.budget_id
            and cast(extract(year from lines.pay_month) as integer) = cells.exercice
            and coalesce(lines.service_id, '') = coalesce(cells.service_id, '')
            and coalesce(lines.facility_id, '') = coalesce(cells.facility_id, '')
    where lines.line_kind <> 'detail' and lines.budget_id is not null
    group by
        lines.budget_id,
        lines.pay_month,
        lines.family,
        lines.booked_function_code,
        cells.shown_service_id,
        cells.shown_facility_id,
        case when cells.shown_service_id is not null then lines.activity_id end

),

-- One key per function on which the staff is booked, and one over all of them for a cost that is booked in one place.
keys as (

    select
        budget_id,
        pay_month,
        family,
        coalesce(booked_function_code, 'unknown') as key_function,
        service_id,
        facility_id,
        activity_id,
        weight
    from cells
    where weight > 0

    union all

    select
        budget_id,
        pay_month,
        family,
        'all' as key_function,
        service_id,
        facility_id,
        activity_id,
        sum(weight) as weight
    from cells
    where weight > 0
    group by budget_id, pay_month, family, service_id, facility_id, activity_id

)

select
    budget_id,
    pay_month,
    family,
    key_function,
    service_id,
    facility_id,
    activity_id,
    weight,
    sum(weight) over (partition by budget_id, pay_month, family, key_function) as whole_weight
from keys
