{%- set text = dbt.type_string() -%}
{%- set amounts = [
    'direct_cost_eur', 'building_cost_eur', 'support_cost_eur', 'full_cost_eur', 'user_revenue_eur', 'public_revenue_eur',
    'other_revenue_eur', 'net_cost_eur', 'corporate_cost_eur',
] -%}
with costs as (

    select
        exercice,
        service_id,
        activity_id,
        facility_id,
        'facility' as unit_cost_level,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        max(provisional_reason) as provisional_reason
    from {{ ref('mart_full_cost') }}
    where activity_id is not null and facility_id is not null
    group by exercice, service_id, activity_id, facility_id

    union all

    select
        exercice,
        service_id,
        activity_id,
        cast(null as {{ text }}) as facility_id,
        'activity' as unit_cost_level,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        max(provisional_reason) as provisional_reason
    from {{ ref('mart_full_cost') }}
    where activity_id is not null
    group by exercice, service_id, activity_id

),

populations as (

    select
        exercice,
        max(population_declared) as population
    from {{ ref('int_budget_totem__document') }}
    where is_standing
    group by exercice

),

counted as (

    select
        cast(extract(year from activity_date) as integer) as exercice,
        activity_id,
        facility_id,
        measure_code,
        sum(quantity) as quantity
    from {{ ref('int_activity') }}
    where activity_id is not null
    group by extract(year from activity_date), activity_id, facility_id, measure_code

),

quantities as (

    select
        exercice,
        activity_id,
        facility_id,
        'facility' as unit_cost_level,
        measure_code,
        quantity
    from counted
    where facility_id is not null

    union all

    select
        exercice,
        activity_id,
        cast(null as {{ text }}) as facility_id,
        'activity' as unit_cost_level,
        measure_code,
        sum(quantity) as quantity
    from counted
    group by exercice, activity_id, measure_code

    union all

    select
        areas.exercice,
        activities.activity_id,
        areas.facility_id,
        'facility' as unit_cost_level,
        'floor_area' as measure_code,
        sum(areas.area_weight) * cast(0.01 as decimal(3, 2)) as quantity
    from {{ ref('int_cost_facility') }} as areas
    inner join {{ ref('ref_activity') }} as activities
        on areas.service_id = activities.service_id
    where areas.area_weight > 0
    group by areas.exercice, activities.activity_id, areas.facility_id

    union all

    select
        areas.exercice,
        activities.activity_id,
        cast(null as {{ text }}) as facility_id,
        'activity' as unit_cost_level,
        'floor_area' as measure_code,
        sum(areas.area_weight) * cast(0.01 as decimal(3, 2)) as quantity
    from {{ ref('int_cost_facility') }} as areas
    inner join {{ ref('ref_activity') }} as activities
        on areas.service_id = activities.service_id
    where areas.area_weight > 0
    group by areas.exercice, activities.activity_id

    union all

    select
        populations.exercice,
        activities.activity_id,
        cast(null as {{ text }}) as facility_id,
        'activity' as unit_cost_level,
        'inhabitant' as measure_code,
        populations.population as quantity
    from populations
    cross join {{ ref('ref_activity') }} as activities
    where populations.population > 0

),

-- An activity whose unit nothing counts keeps its row, with the cost and without a unit cost.
units as (

    select
        activities.activity_id,
        units.measure_code,
        units.unit_rank,
        units.band_low_eur,
        units.band_high_eur,
        units.band_source
    from {{ ref('ref_activity') }} as activities
    inner join {{ ref('ref_unit_cost') }} as units
        on activities.activity_id = units.activity_id or units.activity_id is null

),

rows_of as (

    select
        costs.*,
        units.measure_code,
        units.unit_rank,
        units.band_low_eur,
        units.band_high_eur,
        units.band_source,
        cast(quantities.quantity as decimal(18, 4)) as quantity
    from costs
    inner join units
        on costs.activity_id = units.activity_id
    left join quantities
        on
            costs.exercice = quantities.exercice
            and costs.activity_id = quantities.activity_id
            and costs.unit_cost_level = quantities.unit_cost_level
            and coalesce(costs.facility_id, '') = coalesce(quantities.facility_id, '')
            and units.measure_code = quantities.measure_code
    where units.measure_code <> 'inhabitant' or costs.unit_cost_level = 'activity'

),

priced as (

    select
        rows_of.*,
        {%- for amount in amounts %}
        {%- set per_unit = amount | replace('_eur', '_per_unit_eur') %}
        {{ exact_ratio('rows_of.' ~ amount, 'rows_of.quantity', 4) }} as {{ per_unit }},
        {%- endfor %}
        {{ exact_ratio('rows_of.user_revenue_eur', 'greatest(rows_of.full_cost_eur, 0)', 4) }} as coverage_share,
        {{ exact_ratio('rows_of.full_cost_eur', 'populations.population', 4) }} as full_cost_per_inhabitant_eur
    from rows_of
    left join populations
        on rows_of.exercice = populations.exercice

),

facilities as (

    select
        facility_id,
        max(facility_label) as facility_label
    from {{ ref('dim_facility') }}
    group by facility_id

)

select
    cast(priced.exercice as integer) as exercice,
    cast(priced.unit_cost_level as {{ text }}) as unit_cost_level,
    cast(priced.service_id as {{ text }}) as service_id,
    cast(services.service_label as {{ text }}) as service_label,
    cast(priced.activity_id as {{ text }}) as activity_id,
    cast(activities.activity_label as {{ text }}) as activity_label,
    cast(priced.facility_id as {{ text }}) as facility_id,
    cast(facilities.facility_label as {{ text }}) as facility_label,
    cast(priced.measure_code as {{ text }}) as measure_code,
    cast(measures.unit_label as {{ text }}) as unit_label,
    cast(priced.unit_rank = 1 as boolean) as is_main_unit,
    cast(priced.quantity as decimal(18, 4)) as quantity,
    {%- for amount in amounts %}
    cast(priced.{{ amount }} as decimal(16, 2)) as {{ amount }},
    {%- endfor %}
    cast(priced.full_cost_per_unit_eur as decimal(18, 4)) as unit_cost_eur,
    {%- for amount in amounts if amount != 'full_cost_eur' %}
    {%- set per_unit = amount | replace('_eur', '_per_unit_eur') %}
    cast(priced.{{ per_unit }} as decimal(18, 4)) as {{ per_unit }},
    {%- endfor %}
    cast(priced.coverage_share as decimal(18, 4)) as coverage_share,
    cast(priced.full_cost_per_inhabitant_eur as decimal(18, 4)) as full_cost_per_inhabitant_eur,
    cast(priced.band_low_eur as decimal(16, 2)) as band_low_eur,
    cast(priced.band_high_eur as decimal(16, 2)) as band_high_eur,
    cast(priced.band_source as {{ text }}) as band_source,
    cast(
        priced.full_cost_per_unit_eur between priced.band_low_eur and priced.band_high_eur as boolean
    ) as is_in_band,
    cast(priced.provisional_reason is not null as boolean) as is_provisional,
    cast(priced.provisional_reason as {{ text }}) as provisional_reason
from priced
left join {{ ref('dim_service') }} as services
    on priced.service_id = services.service_id
left join {{ ref('dim_activity') }} as activities
    on priced.activity_id = activities.activity_id
left join {{ ref('ref_measure') }} as measures
    on priced.measure_code = measures.measure_code
left join facilities
    on priced.facility_id = facilities.facility_id
