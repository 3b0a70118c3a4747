select
    source_system,
    source_export,
    source_record,
    month_start_date,
    weather_station_label,
    heating_degree_days
from {{ ref('stg_territory__degre_jour') }}
where is_standing
