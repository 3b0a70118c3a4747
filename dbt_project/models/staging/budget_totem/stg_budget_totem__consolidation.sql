with source as (
    select * from {{ source('budget_totem', 'consolidation') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        cod_typ_bud_agreg as aggregate_kind_code,
        cod_bud_annex as budget_code,
        lib_bud_annex as budget_name,
        siret_bud_annexe as budget_siret,
        cod_inv_fonc as section,
        case cod_rd when 'D' then 'expense' when 'R' then 'revenue' end as direction,
        cast(mt_cred_ouv as decimal(16, 2)) as credits_opened_eur,
        cast(mt_real_mandat_titre as decimal(16, 2)) as realised_eur,
        cast(rar as decimal(16, 2)) as carried_out_eur
    from source
)

select * from renamed
