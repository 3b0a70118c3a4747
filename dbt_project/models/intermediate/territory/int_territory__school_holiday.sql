select
    source_system,
    source_export,
    source_record,
    date_day,
    is_holiday_zone_a,
    is_holiday_zone_b,
    is_holiday_zone_c,
    school_holiday_label
from {{ ref('stg_territory__jour_de_vacances') }}
where is_standing
