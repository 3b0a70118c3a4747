with source as (
    select * from {{ source('budget_totem', 'emprunt') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        cod_typ_empr as loan_kind_code,
        num_contrat as contract_number,
        cod_article as nature_code,
        lib_orga_preteur as lender_name,
        cod_typ_preteur as lender_kind_code,
        obj_empr as purpose,
        try_cast(an_encaisse as integer) as cashed_year,
        try_cast(substr(dt_sign_init, 1, 10) as date) as signed_on,
        try_cast(duree_rest as decimal(9, 2)) as remaining_years,
        coalesce(cod_typtx_dt_vote, cod_typtx_init) as rate_kind_code,
        index_tx_vari_dt_vote as rate_index,
        cod_profil_amort_dt_vote as repayment_profile_code,
        cod_period_remb_dt_vote as repayment_period_code,
        cast(mt_empr_orig as decimal(16, 2)) as original_amount_eur,
        cast(mt_int_exer as decimal(16, 2)) as interest_paid_eur,
        cast(mt_capital_exer as decimal(16, 2)) as capital_repaid_eur,
        cast(mt_capital_rest_du_0101 as decimal(16, 2)) as capital_due_start_eur,
        cast(mt_capital_rest_du_3112 as decimal(16, 2)) as capital_due_end_eur,
        cast(mt_icne as decimal(16, 2)) as accrued_interest_eur,
        try_cast(tx_actua as decimal(9, 4)) as current_rate_pct,
        ind_sous_jacent_dt_vote as gissler_index_code,
        structure_dt_vote as gissler_structure_code,
        coalesce(calculated, 'false') in ('true', '1') as is_calculated
    from source
)

select * from renamed
