{%- set text = dbt.type_string() -%}
select
    cast(lines.activity_date as date) as activity_date,
    cast(lines.period as {{ text }}) as period,
    cast(extract(year from lines.activity_date) as integer) as exercice,
    cast(date_trunc('month', lines.activity_date) as date) as month_start_date,
    cast(lines.activity_id as {{ text }}) as activity_id,
    cast(lines.service_id as {{ text }}) as service_id,
    cast(lines.facility_id as {{ text }}) as facility_id,
    cast(lines.source_activity_code as {{ text }}) as source_activity_code,
    cast(lines.source_facility_code as {{ text }}) as source_facility_code,
    cast({{ public_profile_id('lines') }} as {{ text }}) as profile_id,
    cast(lines.measure_code as {{ text }}) as measure_code,
    cast(measures.unit_code as {{ text }}) as unit_code,
    cast(lines.quantity as decimal(18, 4)) as quantity,
    cast(lines.record_count as integer) as record_count,
    cast(lines.source_system as {{ text }}) as source_system,
    cast(lines.source_export as {{ text }}) as source_export,
    cast(lines.source_record as {{ text }}) as source_record
from {{ ref('int_activity') }} as lines
left join {{ ref('ref_measure') }} as measures
    on lines.measure_code = measures.measure_code
