with source as (

    select * from {{ source('energy', 'courbe') }}

),

received as (

    {{ received_exports('energy') }}

),

typed as (

    select
        source_export,
        source_record,
        origine as reading_origin,
        trim(prm) as point_id,
        {{ energy_quantity('trim(grandeur_physique)') }} as quantity_code,
        {{ energy_flow('trim(grandeur_metier)') }} as flow_code,
        nullif(trim(etape_metier), '') as stage_code,
        upper(trim(unite)) as unit_code,
        nullif(trim(nature), '') as nature_code,
        cast(debut_intervalle as timestamp) as interval_start_at,
        try_cast(pas_minutes as integer) as interval_minutes,
        try_cast(nullif(trim(valeur), '') as decimal(18, 6)) as measured_value
    from source

),

dated as (

    select
        typed.*,
        -- A day in France: a point that ends at midnight began the day before, and the days of a change of hour have
        -- 46 or 50 half hours.
        cast({{ paris_time('typed.interval_start_at') }} as date) as reading_date,
        typed.quantity_code in ('PA', 'EA')
        and typed.flow_code is not null
        and typed.unit_code in ('W', 'KW', 'WH', 'KWH') as is_energy
    from typed

),

ranked as (

    {{ with_last_of_key('dated', 'received', [
        'point_id', 'reading_origin', 'quantity_code', 'flow_code', 'interval_start_at',
    ]) }}

)

select
    'energy' as source_system,
    source_export,
    source_record,
    reading_origin,
    point_id,
    quantity_code,
    flow_code,
    stage_code,
    unit_code,
    nature_code,
    interval_start_at,
    reading_date,
    interval_minutes,
    measured_value,
    cast(
        case
            when not is_energy then null
            when unit_code = 'W' then measured_value * interval_minutes / 60000
            when unit_code = 'KW' then measured_value * interval_minutes / 60
            when unit_code = 'WH' then measured_value / 1000
            when unit_code = 'KWH' then measured_value
        end as decimal(18, 6)
    ) as energy_kwh,
    is_energy,
    is_standing
from ranked
