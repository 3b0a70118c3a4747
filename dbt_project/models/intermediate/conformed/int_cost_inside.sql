with outputs as (

    select
        cast(extract(year from counted.activity_date) as integer) as exercice,
        activities.service_id,
        activities.activity_id,
        counted.facility_id,
        cast(sum(counted.quantity) * 10000 as decimal(18, 0)) as weight
    from {{ ref('int_activity') }} as counted
    inner join {{ ref('ref_activity') }} as activities
        on
            counted.activity_id = activities.activity_id
            and counted.measure_code = activities.output_measure_code
    where counted.facility_id is not null
    group by
        extract(year from counted.activity_date),
        activities.service_id,
        activities.activity_id,
        counted.facility_id

),

areas as (

    select
        exercice,
        service_id,
        facility_id,
        cast(area_weight as decimal(18, 0)) as weight
    from {{ ref('int_cost_facility') }}
    where area_weight > 0

),

measured as (

    select distinct
        exercice,
        service_id,
        activity_id
    from outputs
    where weight > 0

),

common as (

    select
        held.*,
        coalesce(held.activity_id, '') as activity_part,
        measured.activity_id is not null as is_measured
    from {{ ref('int_cost_held') }} as held
    left join measured
        on
            held.exercice = measured.exercice
            and held.service_id = measured.service_id
            and held.activity_id = measured.activity_id
    where held.cost_role = 'principal' and held.facility_id is null and held.amount_eur <> 0

),

weighed as (

    select
        common.*,
        'output' as allocation_key_id,
        outputs.facility_id as to_facility_id,
        outputs.weight
    from common
    inner join outputs
        on
            common.exercice = outputs.exercice
            and common.service_id = outputs.service_id
            and common.activity_id = outputs.activity_id
    where outputs.weight > 0

    union all

    select
        common.*,
        'floor_area' as allocation_key_id,
        areas.facility_id as to_facility_id,
        areas.weight
    from common
    inner join areas
        on
            common.exercice = areas.exercice
            and common.service_id = areas.service_id
    where not common.is_measured

),

cut_amounts as (

    {{ cut('weighed', ['budget_id', 'exercice', 'cost_month', 'direction', 'service_id', 'activity_part', 'cost_step'],
        ['to_facility_id']) | indent(4) }}

)

select
    budget_id,
    exercice,
    cost_month,
    direction,
    service_id,
    activity_id,
    cost_step,
    to_facility_id,
    allocation_key_id,
    cast(part_weight as decimal(18, 0)) as share_weight,
    cast(part_whole as decimal(18, 0)) as share_whole,
    part_eur as amount_eur
from cut_amounts
where part_eur <> 0
