with source as (
    select * from {{ source('territory', 'degre_jour') }}
),

received as (
    {{ received_exports('territory') }}
),

renamed as (
    select
        'territory' as source_system,
        source_export,
        source_record,
        cast(mois || '-01' as date) as month_start_date,
        trim(station) as weather_station_label,
        cast(dju as decimal(10, 2)) as heating_degree_days
    from source
),

-- A table may hold one year or many: each month is what the last file that has it says.
ordered as (
    {{ with_last_of_key('renamed', 'received', ['month_start_date', 'weather_station_label']) }}
)

select
    source_system,
    source_export,
    source_record,
    month_start_date,
    weather_station_label,
    heating_degree_days,
    is_standing
from ordered
