with source as (
    select * from {{ source('reference', 'ref_fonc') }}
),

renamed as (
    select
        'reference' as source_system,
        source_export,
        source_record,
        plan_exer || '-' || plan_norme || '-' || plan_declinaison as plan_id,
        code as function_code,
        trim(libelle) as function_label,
        nullif(parent_code, '') as parent_code,
        cast(level as integer) as function_level
    from source
)

select * from renamed
