with programme as (
    select
        *,
        authorised_before_eur + authorised_change_eur as authorised_eur,
        paid_former_years_eur + coalesce(realised_eur, 0) as paid_eur
    from {{ ref('int_budget_totem__programme') }}
),

ledger as (
    select
        budget_id,
        exercice,
        operation_code,
        sum(amount_eur) as ledger_paid_eur
    from {{ ref('int_finance_pes__ledger_line') }}
    where
        standing_status = 'standing'
        and direction = 'expense'
        and not is_order
        and operation_code is not null
    group by budget_id, exercice, operation_code
)

select
    cast(programme.budget_id as string) as budget_id,
    cast(programme.exercice as integer) as exercice,
    cast(programme.programme_code as string) as programme_code,
    cast(programme.programme_label as string) as programme_label,
    cast(
        case when programme.programme_kind_code in ('E', 'AE') then 'AE' else 'AP' end as string
    ) as programme_kind_code,
    cast(programme.is_final_account as boolean) as is_final_account,
    cast(programme.authorised_eur as decimal(16, 2)) as authorised_eur,
    cast(programme.authorised_change_eur as decimal(16, 2)) as authorised_change_eur,
    cast(programme.paid_former_years_eur as decimal(16, 2)) as paid_former_years_eur,
    cast(programme.credits_opened_eur as decimal(16, 2)) as credits_opened_eur,
    cast(programme.realised_eur as decimal(16, 2)) as realised_eur,
    cast(programme.realised_eur / nullif(programme.credits_opened_eur, 0) as decimal(18, 6)) as execution_rate,
    cast(programme.paid_eur as decimal(16, 2)) as paid_cumulated_eur,
    cast(programme.authorised_eur - programme.paid_eur as decimal(16, 2)) as left_to_finance_eur,
    cast(programme.left_to_finance_printed_eur as decimal(16, 2)) as left_to_finance_printed_eur,
    cast(programme.paid_eur / nullif(programme.authorised_eur, 0) as decimal(18, 6)) as progress_share,
    cast(ledger.ledger_paid_eur as decimal(16, 2)) as ledger_paid_eur,
    cast(ledger.ledger_paid_eur - programme.realised_eur as decimal(16, 2)) as ledger_gap_eur,
    cast(programme.source_system as string) as source_system,
    cast(programme.source_export as string) as source_export,
    cast(programme.source_record as string) as source_record
from programme
left join ledger
    on
        programme.budget_id = ledger.budget_id
        and programme.exercice = ledger.exercice
        and programme.programme_code = ledger.operation_code
