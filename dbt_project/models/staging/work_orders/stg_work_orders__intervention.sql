with source as (

    select * from {{ source('work_orders', 'intervention') }}

),

received as (

    {{ received_exports('work_orders') }}

),

typed as (

    select
        'work_orders' as source_system,
        source_export,
        source_record,
        trim(id) as order_code,
        cast(replace(date_demande, 'T', ' ') as timestamp) as requested_at,
        cast(replace(date_debut, 'T', ' ') as timestamp) as started_at,
        cast(replace(date_fin, 'T', ' ') as timestamp) as done_at,
        lower(trim(statut)) as source_status_code,
        lower(nullif(trim(nature), '')) as source_type_code,
        nullif(trim(urgence), '') as urgency_label,
        nullif(trim(categorie), '') as source_activity_code,
        nullif(trim(demandeur_service), '') as source_service_code,
        nullif(trim(site_code), '') as source_facility_code,
        nullif(trim(equipement), '') as equipment_code,
        nullif(trim(equipe), '') as source_team_code,
        cast(nullif(trim(prestation_externe), '') as decimal(16, 2)) as external_eur,
        cast(nullif(trim(vehicule_km), '') as decimal(18, 4)) as vehicle_km
    from source

),

-- An order sent again replaces itself: reopened, closed or deleted since, it is as the last export says.
ordered as (

    {{ with_last_of_key('typed', 'received', ['order_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    order_code,
    requested_at,
    started_at,
    done_at,
    source_status_code,
    source_type_code,
    urgency_label,
    source_activity_code,
    source_service_code,
    source_facility_code,
    equipment_code,
    source_team_code,
    external_eur,
    vehicle_km,
    is_standing
from ordered
