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
        lib_orga_preteur as lender_name,
        obj_empr as purpose,
        cast(mt_empr_orig as decimal(16, 2)) as original_amount_eur,
        cast(mt_int_exer as decimal(16, 2)) as interest_paid_eur,
        cast(mt_capital_exer as decimal(16, 2)) as capital_repaid_eur,
        cast(mt_capital_rest_du_0101 as decimal(16, 2)) as capital_due_start_eur,
        cast(mt_capital_rest_du_3112 as decimal(16, 2)) as capital_due_end_eur,
        cast(mt_icne as decimal(16, 2)) as accrued_interest_eur,
        try_cast(tx_actua as decimal(9, 4)) as current_rate_pct,
        ind_sous_jacent_dt_vote as gissler_index_code,
        structure_dt_vote as gissler_structure_code
    from source
)

select * from renamed
