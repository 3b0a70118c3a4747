{%- set text = dbt.type_string() -%}
with registered as (
    select * from {{ ref('int_fixed_assets__facility') }}
    where facility_id is not null
),

-- A workplace where payroll pays agents and that no register describes yet: it has costs, so it must have a name.
mentioned as (

    select distinct cell.facility_id
    from {{ ref('int_payroll_cell') }} as cell
    left join registered
        on cell.facility_id = registered.facility_id
    where cell.facility_id is not null and registered.facility_id is null

)

select
    cast(facility_id as {{ text }}) as facility_id,
    cast(facility_label as {{ text }}) as facility_label,
    cast(facility_type as {{ text }}) as facility_type,
    cast(service_id as {{ text }}) as service_id,
    cast(function_m57_code as {{ text }}) as function_m57_code,
    cast(floor_area_m2 as decimal(12, 2)) as floor_area_m2,
    cast(latitude as decimal(9, 6)) as latitude,
    cast(longitude as decimal(9, 6)) as longitude,
    cast(uai_code as {{ text }}) as uai_code,
    cast(analytic_code as {{ text }}) as analytic_code,
    cast(true as boolean) as is_registered,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from registered

union all

select
    cast(facility_id as {{ text }}) as facility_id,
    cast(facility_id as {{ text }}) as facility_label,
    cast(null as {{ text }}) as facility_type,
    cast(null as {{ text }}) as service_id,
    cast(null as {{ text }}) as function_m57_code,
    cast(null as decimal(12, 2)) as floor_area_m2,
    cast(null as decimal(9, 6)) as latitude,
    cast(null as decimal(9, 6)) as longitude,
    cast(null as {{ text }}) as uai_code,
    cast(null as {{ text }}) as analytic_code,
    cast(false as boolean) as is_registered,
    cast('1900-01-01' as date) as valid_from,
    cast(null as date) as valid_to
from mentioned
