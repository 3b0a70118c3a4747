{#- One line per system that knows who uses a service, under pseudonyms of one school or civil year. -#}
{{ union_of_systems([
    ref('int_childcare__user'),
], [
    'usage_year', 'user_pseudonym', 'activity_id', 'service_id', 'facility_id', 'source_facility_code', 'age_band_code',
    'sex_code', 'iris_code', 'quartier_code', 'qpv_code', 'residence_code', 'quotient_band_code', 'quantity',
    'source_system', 'source_export', 'source_record',
]) }}
