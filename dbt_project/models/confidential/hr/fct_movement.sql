{%- set text = dbt.type_string() -%}
select
    cast(moves.siret as {{ text }}) as employer_siret,
    cast(moves.agent_id as {{ text }}) as agent_id,
    cast(moves.contract_id as {{ text }}) as contract_id,
    cast(moves.movement_type as {{ text }}) as movement_type,
    cast(moves.movement_date as date) as movement_date,
    cast(moves.movement_month as date) as movement_month,
    cast(extract(year from moves.movement_date) as integer) as exercice,
    cast(moves.motive_code as {{ text }}) as motive_code,
    cast(
        case
            when moves.movement_type = 'departure' then coalesce(motives.motive_family, 'autre')
        end as {{ text }}
    ) as motive_family,
    cast(
        case
            when moves.movement_type = 'departure' then coalesce(motives.motive_family_label, 'Autre motif')
        end as {{ text }}
    ) as motive_family_label,
    cast(moves.service_from as {{ text }}) as service_from,
    cast(moves.service_to as {{ text }}) as service_to,
    cast(moves.status_code as {{ text }}) as status_code,
    cast(coalesce(moves.is_permanent, false) as boolean) as is_permanent,
    cast(moves.category_code as {{ text }}) as category_code,
    cast(moves.sex as {{ text }}) as sex,
    cast(moves.source_system as {{ text }}) as source_system,
    cast(moves.source_export as {{ text }}) as source_export,
    cast(moves.source_record as {{ text }}) as source_record
from {{ ref('int_movement') }} as moves
left join {{ ref('ref_dsn_departure') }} as motives
    on moves.motive_code = motives.motive_code
