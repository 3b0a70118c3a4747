{%- set text = dbt.type_string() -%}
select
    cast(point_id as {{ text }}) as point_id,
    cast(energy_type as {{ text }}) as energy_type,
    cast(flow_code as {{ text }}) as flow_code,
    cast(month as date) as month,
    cast(building_code as {{ text }}) as building_code,
    cast(facility_id as {{ text }}) as facility_id,
    cast(source_facility_code as {{ text }}) as source_facility_code,
    cast(usage_code as {{ text }}) as usage_code,
    cast(energy_kwh as decimal(18, 6)) as energy_kwh,
    cast(climate_corrected_kwh as decimal(18, 6)) as climate_corrected_kwh,
    cast(heating_share as decimal(5, 4)) as heating_share,
    cast(day_count as integer) as day_count,
    cast(estimated_day_count as integer) as estimated_day_count,
    cast(days_in_month as integer) as days_in_month,
    cast(is_complete as boolean) as is_complete,
    cast(source_system as {{ text }}) as source_system,
    cast(source_export as {{ text }}) as source_export,
    cast(source_record as {{ text }}) as source_record
from {{ ref('int_energy__use') }}
