with source as (

    select * from {{ source('childcare', 'activite') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.activite_id), '') as activity_code,
        nullif(trim(source.nom), '') as activity_label,
        nullif(trim(source.type), '') as activity_type,
        nullif(trim(source.site_id), '') as site_code,
        nullif(trim(source.site_nom), '') as site_label,
        try_cast(nullif(trim(source.places), '') as decimal(18, 4)) as place_count,
        try_cast(nullif(trim(source.heures_ouverture), '') as decimal(18, 4)) as opening_hours,
        nullif(trim(source.code_comptable), '') as account_code,
        nullif(trim(source.code_analytique), '') as analytic_code,
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
    activity_code,
    activity_label,
    activity_type,
    site_code,
    site_label,
    place_count,
    opening_hours,
    account_code,
    analytic_code,
    received_at,
    is_standing
from ordered
