with source as (
    select * from {{ source('budget_totem', 'patrimoine') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        cod_vari_patrim as movement_code,
        cod_entree_sorti as entry_or_exit_code,
        lib_bien as asset_label,
        num_inventaire as asset_id_inventory,
        try_cast(duree_amort_bien as integer) as depreciation_years,
        try_cast(substr(dt_acqui_bien, 1, 10) as date) as acquired_on,
        try_cast(substr(dt_cess_bien_sorti, 1, 10) as date) as disposed_on,
        cast(mt_val_acqui_bien as decimal(16, 2)) as purchase_value_eur,
        cast(mt_cumul_amort_bien as decimal(16, 2)) as cumulated_depreciation_eur,
        cast(mt_amort_exer as decimal(16, 2)) as depreciation_eur,
        cast(mt_vnc_bien_sorti as decimal(16, 2)) as net_book_value_eur,
        cast(mt_prix_cess_bien_sorti as decimal(16, 2)) as sale_price_eur
    from source
)

select * from renamed
