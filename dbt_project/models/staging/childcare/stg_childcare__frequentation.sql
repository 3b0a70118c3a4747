with source as (

    select * from {{ source('childcare', 'frequentation') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.site), '') as site_code,
        nullif(trim(source.type), '') as site_type_code,
        try_cast(nullif(trim(source.date), '') as date) as meal_date,
        cast(substr(source.date, 1, 7) || '-01' as date) as meal_month,
        try_cast(nullif(trim(source.forecast), '') as decimal(18, 4)) as forecast_quantity,
        try_cast(nullif(trim(source.served), '') as decimal(18, 4)) as served_quantity,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received', ['meal_month', 'site_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    site_code,
    site_type_code,
    meal_date,
    meal_month,
    forecast_quantity,
    served_quantity,
    received_at,
    is_standing
from ordered
