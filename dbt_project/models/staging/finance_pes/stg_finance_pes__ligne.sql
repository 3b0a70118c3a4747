with source as (

    select * from {{ source('finance_pes', 'ligne') }}

),

renamed as (

    select
        source_export,
        source_record,
        try_cast(bordereau_rank as integer) as bordereau_rank,
        try_cast(piece_rank as integer) as piece_rank,
        {{ pes_number('id_ligne') }} as line_number,
        nature as nature_code,
        fonction as function_code,
        operation as operation_code,
        cpt_ana as source_analytic_code,
        cod_prod_loc as source_product_code,
        obj_ligne_pce as line_label,
        facture as invoice_number,
        lib_vir1 as transfer_label_1,
        lib_vir2 as transfer_label_2,
        mod_regl as settlement_mode_code,
        cpte_tiers as tiers_account_code,
        try_cast(mt_ht as decimal(16, 2)) as amount_eur,
        try_cast(mt_tva as decimal(16, 2)) as vat_amount_eur,
        try_cast(mt_fact_ht as decimal(16, 2)) as invoice_amount_eur,
        nat_pce_orig as original_piece_kind_code,
        try_cast(exer_rat as integer) as original_exercice,
        {{ pes_number('id_pce_orig') }} as original_piece_number,
        {{ pes_number('id_ligne_orig') }} as original_line_number,
        id_conv as agreement_number,
        id_marche as contract_number,
        id_emprunt_ordo as loan_number,
        id_actif as asset_number,
        id_regie as imprest_number,
        id_tiers as tiers_identifier,
        nat_id_tiers as tiers_identifier_kind_code,
        ref_tiers as tiers_reference,
        cat_tiers as tiers_category_code,
        nat_jur as tiers_legal_form_code,
        typ_tiers as tiers_role_code,
        nom as tiers_name,
        tiers_pseudonym,
        coalesce(try_cast(is_person as boolean), true) as is_person,
        try_cast(tiers_count as integer) as tiers_count
    from source

)

select * from renamed
