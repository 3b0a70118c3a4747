{%- set text = dbt.type_string() -%}
select
    cast(activities.activity_id as {{ text }}) as activity_id,
    cast(activities.activity_label as {{ text }}) as activity_label,
    cast(activities.service_id as {{ text }}) as service_id,
    cast(activities.function_m57_code as {{ text }}) as function_m57_code,
    cast(activities.output_measure_code as {{ text }}) as output_measure_code,
    cast(measures.measure_label as {{ text }}) as output_measure_label,
    cast(measures.unit_label as {{ text }}) as output_unit_label
from {{ ref('ref_activity') }} as activities
left join {{ ref('ref_measure') }} as measures
    on activities.output_measure_code = measures.measure_code
