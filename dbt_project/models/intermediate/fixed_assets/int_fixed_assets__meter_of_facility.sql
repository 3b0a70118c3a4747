{#- Meters stand in one cell, separated by a vertical bar: at most thirty are read, a suite counts longer lists. -#}
{%- set text = dbt.type_string() -%}
{%- set most = 30 -%}
with facility as (
    select * from {{ ref('int_fixed_assets__facility') }}
),

listed as (
    select
        source_export,
        source_record,
        'electricity' as energy_code,
        prm_list as meters
    from {{ ref('stg_fixed_assets__equipement') }}
    where is_standing and prm_list is not null

    union all

    select
        source_export,
        source_record,
        'gas' as energy_code,
        pce_list as meters
    from {{ ref('stg_fixed_assets__equipement') }}
    where is_standing and pce_list is not null
),

places as (
    {%- for place in range(1, most + 1) %}
    select {{ place }} as place
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    facility.facility_id,
    facility.source_facility_code,
    cast(listed.energy_code as {{ text }}) as energy_code,
    cast(trim(split_part(listed.meters, '|', places.place)) as {{ text }}) as meter_code,
    facility.valid_from,
    facility.valid_to,
    facility.source_system,
    facility.source_export,
    facility.source_record
from listed
inner join facility
    on listed.source_export = facility.source_export and listed.source_record = facility.source_record
inner join places
    on places.place <= length(listed.meters) - length(replace(listed.meters, '|', '')) + 1
where trim(split_part(listed.meters, '|', places.place)) <> ''
