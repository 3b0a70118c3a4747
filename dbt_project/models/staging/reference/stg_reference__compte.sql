with source as (
    select * from {{ source('reference', 'compte') }}
),

renamed as (
    select
        'reference' as source_system,
        source_export,
        source_record,
        plan_exer || '-' || plan_norme || '-' || plan_declinaison as plan_id,
        part as account_list,
        code as account_code,
        trim(libelle) as account_label,
        nullif(parent_code, '') as parent_code,
        cast(level as integer) as account_level,
        nullif(dr, '') as chapter_expense_real,
        nullif(does, '') as chapter_expense_order_between_sections,
        nullif(dois, '') as chapter_expense_order_inside_section,
        nullif(rr, '') as chapter_revenue_real,
        nullif(roes, '') as chapter_revenue_order_between_sections,
        nullif(rois, '') as chapter_revenue_order_inside_section
    from source
)

select * from renamed
