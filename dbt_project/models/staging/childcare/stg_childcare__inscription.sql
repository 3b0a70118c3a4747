with source as (

    select * from {{ source('childcare', 'inscription') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        source.annee_scolaire as school_year,
        source.enfant_pseudonym as child_pseudonym,
        nullif(trim(source.activite_id), '') as activity_code,
        nullif(trim(source.groupe), '') as group_label,
        nullif(trim(source.categorie_tarif), '') as tariff_category_label,
        try_cast(nullif(trim(source.date_debut), '') as date) as valid_from,
        try_cast(nullif(trim(source.date_fin), '') as date) as valid_to,
        nullif(trim(source.statut), '') as status_code,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received', ['school_year']) }}

)

select
    source_system,
    source_export,
    source_record,
    school_year,
    child_pseudonym,
    activity_code,
    group_label,
    tariff_category_label,
    valid_from,
    valid_to,
    status_code,
    received_at,
    is_standing
from ordered
