with source as (

    select * from {{ source('childcare', 'enfant') }}

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
        source.famille_pseudonym as family_pseudonym,
        source.tranche_age as age_band_code,
        cast(substr(source.tranche_depuis, 1, 7) || '-01' as date) as band_from,
        source.sexe as sex_code,
        nullif(trim(source.iris), '') as iris_code,
        nullif(trim(source.quartier), '') as quartier_code,
        nullif(trim(source.qpv), '') as qpv_code,
        nullif(trim(source.residence), '') as residence_code,
        nullif(trim(source.niveau_localisation), '') as match_level,
        nullif(trim(source.ecole_id), '') as school_code,
        nullif(trim(source.classe), '') as class_label,
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
    family_pseudonym,
    age_band_code,
    band_from,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    match_level,
    school_code,
    class_label,
    received_at,
    is_standing
from ordered
