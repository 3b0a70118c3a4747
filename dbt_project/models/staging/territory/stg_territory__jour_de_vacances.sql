with source as (
    select * from {{ source('territory', 'jour_de_vacances') }}
),

received as (
    {{ received_exports('territory') }}
),

renamed as (
    select
        'territory' as source_system,
        source.source_export,
        source.source_record,
        cast(source.date as date) as date_day,
        source.vacances_zone_a = 'true' as is_holiday_zone_a,
        source.vacances_zone_b = 'true' as is_holiday_zone_b,
        source.vacances_zone_c = 'true' as is_holiday_zone_c,
        nullif(trim(source.nom_vacances), '') as school_holiday_label
    from source
),

-- A calendar may cover one school year or many: each day is what the last file that has it says.
ordered as (
    {{ with_last_of_key('renamed', 'received', ['date_day']) }}
)

select
    source_system,
    source_export,
    source_record,
    date_day,
    is_holiday_zone_a,
    is_holiday_zone_b,
    is_holiday_zone_c,
    school_holiday_label,
    is_standing
from ordered
