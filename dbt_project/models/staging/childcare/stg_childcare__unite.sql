with source as (

    select * from {{ source('childcare', 'unite') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.unite_id), '') as unit_code,
        nullif(trim(source.activite_id), '') as activity_code,
        nullif(trim(source.nom), '') as unit_label,
        nullif(trim(source.type), '') as unit_type,
        case upper(trim(source.repas)) when 'O' then true when 'N' then false end as is_meal,
        try_cast(nullif(trim(source.equiv_journees), '') as decimal(18, 4)) as equivalent_days,
        try_cast(nullif(trim(source.equiv_heures), '') as decimal(18, 4)) as equivalent_hours,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received') }}

)

select
    source_system,
    source_export,
    source_record,
    unit_code,
    activity_code,
    unit_label,
    unit_type,
    is_meal,
    equivalent_days,
    equivalent_hours,
    received_at,
    is_standing
from ordered
