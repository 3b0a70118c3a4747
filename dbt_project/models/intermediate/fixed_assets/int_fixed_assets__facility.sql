{#- A facility may be in several registers: its description is that of the town's own, else of SCDL, else of the census
    of sports facilities; a position that the first one lacks is taken from the next. -#}
{%- set text = dbt.type_string() -%}
with listed as (

    select
        registered.source_system,
        registered.source_export,
        registered.source_record,
        registered.layout_code,
        case registered.layout_code when 'registre' then 1 when 'scdl' then 2 else 3 end as layout_rank,
        registered.source_facility_code,
        registered.facility_label,
        registered.facility_type,
        registered.source_service_code,
        registered.function_code,
        registered.area_m2,
        registered.latitude,
        registered.longitude,
        registered.uai_code,
        registered.analytic_code,
        coalesce(registered.opened_on, cast('1900-01-01' as date)) as valid_from,
        registered.closed_on,
        mapped.facility_id,
        coalesce(mapped.facility_id, registered.layout_code || ' ' || registered.source_facility_code) as facility_key,
        row_number() over (
            partition by registered.source_export, registered.source_record
            order by mapped.valid_from desc nulls last, mapped.facility_id asc nulls last
        ) as mapping_rank
    from {{ ref('stg_fixed_assets__equipement') }} as registered
    left join {{ ref('map_fixed_assets__facility') }} as mapped
        on
            upper(trim(registered.source_facility_code)) = upper(trim(mapped.source_code))
            and coalesce(mapped.valid_from, cast('1900-01-01' as date))
            <= coalesce(registered.closed_on, cast('9999-12-31' as date))
            and coalesce(mapped.valid_to, cast('9999-12-31' as date))
            >= coalesce(registered.opened_on, cast('1900-01-01' as date))
    where registered.is_standing

),

ranked as (

    select
        *,
        min(layout_rank) over (partition by facility_key) as best_rank,
        row_number() over (
            partition by facility_key, layout_rank, valid_from
            order by length(source_record) asc nulls last, source_record asc nulls last
        ) as row_rank
    from listed
    where mapping_rank = 1

),

placed as (

    select
        facility_key,
        latitude,
        longitude,
        row_number() over (
            partition by facility_key
            order by
                layout_rank asc nulls last,
                valid_from desc nulls last,
                length(source_record) asc nulls last,
                source_record asc nulls last
        ) as position_rank
    from ranked
    where latitude is not null

),

described as (

    select
        *,
        lead(valid_from) over (partition by facility_key order by valid_from asc nulls last) as next_from
    from ranked
    where layout_rank = best_rank and row_rank = 1

)

select
    described.facility_id,
    cast(described.facility_label as {{ text }}) as facility_label,
    cast(described.facility_type as {{ text }}) as facility_type,
    cast(services.service_id as {{ text }}) as service_id,
    cast(coalesce(functions.function_code, services.function_m57_code) as {{ text }}) as function_m57_code,
    -- The census measures the area of play, a pitch included: no building is heated or cleaned by it.
    case when described.layout_code <> 'res' then cast(described.area_m2 as decimal(12, 2)) end as floor_area_m2,
    cast(coalesce(described.latitude, placed.latitude) as decimal(9, 6)) as latitude,
    cast(
        case when described.latitude is null then placed.longitude else described.longitude end as decimal(9, 6)
    ) as longitude,
    cast(described.uai_code as {{ text }}) as uai_code,
    cast(described.analytic_code as {{ text }}) as analytic_code,
    described.valid_from,
    -- A later row of the same facility (an extension, a new service) ends the one before.
    case
        when described.next_from is null or described.closed_on < described.next_from then described.closed_on
        else cast(described.next_from - 1 as date)
    end as valid_to,
    cast(described.layout_code as {{ text }}) as layout_code,
    cast(described.source_facility_code as {{ text }}) as source_facility_code,
    cast(described.source_service_code as {{ text }}) as source_service_code,
    described.source_system,
    described.source_export,
    described.source_record
from described
left join placed
    on described.facility_key = placed.facility_key and placed.position_rank = 1
left join {{ ref('ref_service') }} as services
    on upper(trim(described.source_service_code)) = services.service_id
left join {{ ref('ref_function_m57') }} as functions
    on described.function_code = functions.function_code
