with source as (
    select * from {{ source('budget_totem', 'apcp') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        num_autori as programme_code,
        lib_autori as programme_label,
        cod_typ_autori as programme_kind_code,
        cod_s_typ_autori as row_kind_code,
        cast(mt_autori_prec as decimal(16, 2)) as authorised_before_eur,
        cast(mt_autori_vote as decimal(16, 2)) as authorised_eur,
        cast(mt_cp_ant as decimal(16, 2)) as paid_former_years_eur,
        cast(mt_cp_ouv as decimal(16, 2)) as credits_opened_eur,
        cast(mt_cp_real as decimal(16, 2)) as realised_eur,
        cast(mt_cp_rest_fin as decimal(16, 2)) as left_to_finance_eur
    from source
)

select * from renamed
