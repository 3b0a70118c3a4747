with source as (

    select * from {{ source('energy', 'compteur') }}

),

received as (

    {{ received_exports('energy') }}

),

standing as (

    {{ with_standing('source', 'received') }}

)

select
    'energy' as source_system,
    source_export,
    source_record,
    upper(trim(point_id)) as point_id,
    case
        when upper(energie) like 'GAZ%' then 'gas'
        when upper(energie) like '%LECTRICIT%' then 'electricity'
    end as energy_type,
    nullif(trim(batiment_code), '') as building_code,
    nullif(trim(facility), '') as source_facility_code,
    try_cast(part as decimal(9, 6)) as facility_share,
    cast(substr(date_debut, 1, 10) as date) as valid_from,
    cast(nullif(substr(date_fin, 1, 10), '') as date) as valid_to,
    coalesce(lower(nullif(trim(usage), '')), 'tous_usages') as usage_code,
    is_standing
from standing
