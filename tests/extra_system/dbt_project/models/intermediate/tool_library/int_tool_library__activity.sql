select
    loans.loan_date as activity_date,
    'day' as period,
    'tool_lending' as activity_id,
    'QUAR' as service_id,
    places.facility_id,
    'outils' as source_activity_code,
    loans.place_code as source_facility_code,
    'inconnu' as age_band_code,
    'inconnu' as sex_code,
    cast(null as string) as iris_code,
    cast(null as string) as quartier_code,
    cast(null as string) as qpv_code,
    'inconnu' as residence_code,
    'inconnu' as quotient_band_code,
    'loan' as measure_code,
    cast(loans.loan_count as decimal(18, 4)) as quantity,
    1 as record_count,
    loans.source_system,
    loans.source_export,
    loans.source_record
from {{ ref('stg_tool_library__pret') }} as loans
left join {{ ref('map_tool_library__facility') }} as places
    on loans.place_code = places.source_code
where loans.is_standing
