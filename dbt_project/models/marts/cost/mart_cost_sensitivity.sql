{%- set text = dbt.type_string() -%}
with activities as (

    select
        service_id,
        {{ only_value('activity_id') }} as activity_id
    from {{ ref('ref_activity') }}
    group by service_id

),

own as (

    select
        exercice,
        service_id,
        activity_id,
        sum(direct_cost_eur + building_cost_eur + support_cost_eur) as full_cost_eur
    from {{ ref('mart_full_cost') }}
    where activity_id is not null
    group by exercice, service_id, activity_id

),

received as (

    select
        given.exercice,
        given.variant_id,
        given.service_id,
        activities.activity_id,
        given.amount_eur
    from {{ ref('int_cost_variant') }} as given
    inner join activities
        on given.service_id = activities.service_id
    where activities.activity_id is not null

),

variants as (

    select distinct
        exercice,
        variant_id
    from {{ ref('int_cost_variant') }}

),

-- What counts, with the part of the auxiliary services replaced by that of the variant.
costs as (

    select
        own.exercice,
        own.service_id,
        own.activity_id,
        variants.variant_id,
        own.full_cost_eur - coalesce(central.amount_eur, 0) + coalesce(received.amount_eur, 0) as full_cost_eur
    from own
    inner join variants
        on own.exercice = variants.exercice
    left join received as central
        on
            own.exercice = central.exercice
            and own.service_id = central.service_id
            and own.activity_id = central.activity_id
            and central.variant_id = 'central'
    left join received
        on
            own.exercice = received.exercice
            and own.service_id = received.service_id
            and own.activity_id = received.activity_id
            and variants.variant_id = received.variant_id

),

units as (

    select
        exercice,
        activity_id,
        measure_code,
        unit_label,
        quantity,
        unit_cost_eur
    from {{ ref('mart_unit_cost') }}
    where
        unit_cost_level = 'activity'
        and quantity > 0
        and (is_main_unit or measure_code = 'inhabitant')

),

priced as (

    select
        costs.*,
        units.measure_code,
        units.unit_label,
        units.quantity,
        units.unit_cost_eur as central_unit_cost_eur,
        {{ exact_ratio('costs.full_cost_eur', 'units.quantity', 4) }} as unit_cost_eur
    from costs
    inner join units
        on
            costs.exercice = units.exercice
            and costs.activity_id = units.activity_id

),

ranged as (

    select
        priced.*,
        min(priced.unit_cost_eur) over (
            partition by priced.exercice, priced.activity_id, priced.measure_code
        ) as lowest_unit_cost_eur,
        max(priced.unit_cost_eur) over (
            partition by priced.exercice, priced.activity_id, priced.measure_code
        ) as highest_unit_cost_eur,
        row_number() over (
            partition by priced.exercice, priced.activity_id, priced.measure_code
            order by
                abs(priced.unit_cost_eur - priced.central_unit_cost_eur) desc nulls last,
                case when priced.variant_id like 'key:%' then 0 else 1 end asc nulls last,
                priced.variant_id asc nulls last
        ) as influence_rank
    from priced

),

key_labels as (

    select
        key_id,
        max(service_id) as service_id,
        max(key_label) as key_label
    from {{ ref('key_allocation') }}
    group by key_id

)

select
    cast(ranged.exercice as integer) as exercice,
    cast(ranged.service_id as {{ text }}) as service_id,
    cast(ranged.activity_id as {{ text }}) as activity_id,
    cast(activity_labels.activity_label as {{ text }}) as activity_label,
    cast(ranged.measure_code as {{ text }}) as measure_code,
    cast(ranged.unit_label as {{ text }}) as unit_label,
    cast(ranged.variant_id as {{ text }}) as variant_id,
    cast(
        case
            when ranged.variant_id = 'central' then 'Méthode et clés retenues'
            when ranged.variant_id = 'method:reciprocal' then 'Méthode des prestations réciproques'
            when ranged.variant_id = 'method:step_down' then 'Méthode en cascade'
            when ranged.variant_id = 'method:direct' then 'Méthode directe'
            else services.service_label || ' : ' || key_labels.key_label
        end as {{ text }}
    ) as variant_label,
    cast(ranged.quantity as decimal(18, 4)) as quantity,
    cast(ranged.full_cost_eur as decimal(16, 2)) as full_cost_eur,
    cast(ranged.unit_cost_eur as decimal(18, 4)) as unit_cost_eur,
    cast(ranged.central_unit_cost_eur as decimal(18, 4)) as central_unit_cost_eur,
    cast(ranged.unit_cost_eur - ranged.central_unit_cost_eur as decimal(18, 4)) as gap_per_unit_eur,
    cast(ranged.lowest_unit_cost_eur as decimal(18, 4)) as lowest_unit_cost_eur,
    cast(ranged.highest_unit_cost_eur as decimal(18, 4)) as highest_unit_cost_eur,
    cast(
        ranged.influence_rank = 1 and ranged.unit_cost_eur <> ranged.central_unit_cost_eur as boolean
    ) as is_most_influential
from ranged
left join {{ ref('dim_activity') }} as activity_labels
    on ranged.activity_id = activity_labels.activity_id
left join key_labels
    on ranged.variant_id = 'key:' || key_labels.key_id
left join {{ ref('dim_service') }} as services
    on key_labels.service_id = services.service_id
