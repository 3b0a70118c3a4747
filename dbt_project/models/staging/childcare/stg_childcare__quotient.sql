with source as (

    select * from {{ source('childcare', 'quotient') }}

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
        source.famille_pseudonym as family_pseudonym,
        try_cast(nullif(trim(source.date_debut), '') as date) as valid_from,
        try_cast(nullif(trim(source.date_fin), '') as date) as valid_to,
        source.tranche_quotient as quotient_band_code,
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
    family_pseudonym,
    valid_from,
    valid_to,
    quotient_band_code,
    received_at,
    is_standing
from ordered
