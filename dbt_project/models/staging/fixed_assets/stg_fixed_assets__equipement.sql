with source as (
    select * from {{ source('fixed_assets', 'equipement') }}
),

received as (
    {{ received_exports('fixed_assets') }}
),

standing as (
    {{ with_standing('source', 'received', ['modele']) }}
)

select
    'fixed_assets' as source_system,
    source_export,
    source_record,
    modele as layout_code,
    id_local as source_facility_code,
    nom as facility_label,
    type as facility_type,
    theme as facility_theme,
    installation as installation_code,
    installation_nom as installation_label,
    service as source_service_code,
    adresse as address,
    code_postal as postcode,
    commune as city,
    cast(lat as decimal(9, 6)) as latitude,
    cast(lon as decimal(9, 6)) as longitude,
    cast(surface as decimal(12, 2)) as area_m2,
    erp as erp_code,
    prm as prm_list,
    pce as pce_list,
    siret,
    fonction as function_code,
    code_analytique as analytic_code,
    res_equip_numero as census_code,
    uai as uai_code,
    cast(date_ouverture as date) as opened_on,
    cast(date_fermeture as date) as closed_on,
    champs_repares as repaired_fields,
    is_standing
from standing
