with source as (
    select * from {{ source('reference', 'chapitre') }}
),

renamed as (
    select
        'reference' as source_system,
        source_export,
        source_record,
        plan_exer || '-' || plan_norme || '-' || plan_declinaison as plan_id,
        part as chapter_list,
        code as chapter_code,
        trim(libelle) as chapter_label,
        section
    from source
)

select * from renamed
