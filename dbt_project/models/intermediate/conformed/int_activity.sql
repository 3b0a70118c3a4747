{#- One line per system that has activity. The list is explicit: that a department now counts in what the town does is a
    decision that a reviewer sees here. -#}
{{ union_of_systems([
    ref('int_childcare__activity'),
    ref('int_work_orders__activity'),
], [
    'activity_date', 'period', 'activity_id', 'service_id', 'facility_id', 'source_activity_code', 'source_facility_code',
    'age_band_code', 'sex_code', 'iris_code', 'quartier_code', 'qpv_code', 'residence_code', 'quotient_band_code',
    'measure_code', 'quantity', 'record_count', 'source_system', 'source_export', 'source_record',
]) }}
