{#- Where each kind of code is met: kind -> (relation, code, condition that no map knows it, day, quantity, unit). What
    has no code at all (an order in the street, an asset of the whole town) waits for no map. -#}
{%- set text = dbt.type_string() -%}
{%- set kinds = [
    ('Lieu', ref('int_activity'), 'source_facility_code', 'facility_id is null', 'activity_date', 'quantity',
     'measure_code'),
    ('Activité', ref('int_activity'), 'source_activity_code', 'activity_id is null', 'activity_date', 'quantity',
     'measure_code'),
    ('Point de livraison', ref('int_energy__use'), 'point_id', 'facility_id is null', 'month', 'energy_kwh', "'kwh'"),
    ('Site d’une immobilisation', ref('int_fixed_assets__asset'), 'source_facility_code', 'facility_id is null',
     'inventory_date', 'gross_eur', "'eur'"),
    ('Service demandeur', ref('int_work_orders__order'), 'source_service_code', 'service_id is null', 'requested_date',
     'work_hours', "'hour'"),
] -%}
with met as (
    {% for kind, relation, code, condition, day, quantity, unit in kinds %}
    select
        source_system,
        '{{ kind }}' as code_kind,
        {{ code }} as source_code,
        {{ unit }} as unit_code,
        {{ condition }} as is_unmapped,
        {{ day }} as met_on,
        cast({{ quantity }} as decimal(24, 6)) as quantity
    from {{ relation }}
    where {{ code }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (

    select
        source_system,
        code_kind,
        source_code,
        unit_code,
        is_unmapped,
        count(*) as row_count,
        sum(quantity) as quantity,
        min(met_on) as first_date,
        max(met_on) as last_date
    from met
    group by source_system, code_kind, source_code, unit_code, is_unmapped

),

shared as (

    select
        *,
        sum(abs(quantity)) over (partition by source_system, code_kind, unit_code) as whole_quantity
    from counted

)

select
    cast(shared.source_system as {{ text }}) as source_system,
    cast(shared.code_kind as {{ text }}) as code_kind,
    cast(shared.source_code as {{ text }}) as source_code,
    cast(shared.unit_code as {{ text }}) as unit_code,
    cast(coalesce(measures.measure_label, shared.unit_code) as {{ text }}) as unit_label,
    cast(shared.row_count as integer) as row_count,
    cast(shared.quantity as decimal(18, 4)) as quantity,
    cast(abs(shared.quantity) / nullif(shared.whole_quantity, 0) as decimal(9, 4)) as quantity_share,
    cast(shared.first_date as date) as first_date,
    cast(shared.last_date as date) as last_date
from shared
left join {{ ref('ref_measure') }} as measures
    on shared.unit_code = measures.measure_code
where shared.is_unmapped
