with source as (
    select * from {{ source('budget_totem', 'personnel') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        cod_typ_agent as agent_kind_code,
        emploi_grade_agent as grade_label,
        cod_cat_agent as category_code,
        cod_sect_agent_titulaire as sector_code,
        temps_complet = 'true' as is_full_time,
        permanent = 'true' as is_permanent,
        try_cast(effectif_bud as decimal(12, 2)) as posts_budgeted,
        try_cast(effectif_pourvu as decimal(12, 2)) as posts_filled,
        try_cast(effectif_tnc as decimal(12, 2)) as posts_part_time
    from source
)

select * from renamed
