{#- Total lines of a CFU have no kind; kind 10 is not a loan but a line of ratios. -#}
select
    document.budget_id,
    document.exercice,
    loan.loan_kind_code,
    loan.contract_number,
    loan.nature_code,
    loan.lender_name,
    loan.lender_kind_code,
    loan.purpose,
    loan.signed_on,
    loan.cashed_year,
    loan.remaining_years,
    loan.original_amount_eur,
    coalesce(loan.capital_due_start_eur, 0) as capital_due_start_eur,
    coalesce(loan.capital_due_end_eur, 0) as capital_due_end_eur,
    coalesce(loan.capital_repaid_eur, 0) as capital_repaid_eur,
    coalesce(loan.interest_paid_eur, 0) as interest_paid_eur,
    loan.accrued_interest_eur,
    loan.rate_kind_code,
    loan.rate_index,
    loan.current_rate_pct,
    loan.repayment_profile_code,
    loan.repayment_period_code,
    loan.gissler_index_code,
    loan.gissler_structure_code,
    loan.source_system,
    loan.source_export,
    loan.source_record
from {{ ref('stg_budget_totem__emprunt') }} as loan
inner join {{ ref('int_budget_totem__document') }} as document
    on loan.source_export = document.source_export
where
    document.is_final_account
    and not loan.is_calculated
    and loan.loan_kind_code <> '10'
