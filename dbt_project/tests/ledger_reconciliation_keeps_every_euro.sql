-- The reconciliation shows every euro of both sides once: per budget, exercice and direction, its rows add up to the
-- lines of the ledger that stand and to the lines of the account, to the cent.
with reconciled as (
    select
        budget_id,
        exercice,
        direction,
        sum(ledger_net_eur) as ledger_net_eur,
        sum(document_realised_eur) as document_realised_eur,
        sum(gap_eur) as gap_eur
    from {{ ref('mart_ledger_reconciliation') }}
    group by budget_id, exercice, direction
),

ledger as (
    select
        budget_id,
        exercice,
        direction,
        sum(amount_eur) as amount_eur
    from {{ ref('fct_cost_line') }}
    group by budget_id, exercice, direction
),

document as (
    select
        budget_id,
        exercice,
        direction,
        sum(coalesce(realised_eur, 0)) as amount_eur
    from {{ ref('fct_budget_line') }}
    where is_final_account
    group by budget_id, exercice, direction
),

both_sides as (
    select
        coalesce(ledger.budget_id, document.budget_id) as budget_id,
        coalesce(ledger.exercice, document.exercice) as exercice,
        coalesce(ledger.direction, document.direction) as direction,
        coalesce(ledger.amount_eur, 0) as ledger_net_eur,
        coalesce(document.amount_eur, 0) as document_realised_eur
    from ledger
    full outer join document
        on
            ledger.budget_id = document.budget_id
            and ledger.exercice = document.exercice
            and ledger.direction = document.direction
)

select
    coalesce(both_sides.budget_id, reconciled.budget_id) as budget_id,
    coalesce(both_sides.exercice, reconciled.exercice) as exercice,
    coalesce(both_sides.direction, reconciled.direction) as direction,
    both_sides.ledger_net_eur,
    reconciled.ledger_net_eur as reconciled_ledger_net_eur,
    both_sides.document_realised_eur,
    reconciled.document_realised_eur as reconciled_document_realised_eur
from both_sides
full outer join reconciled
    on
        both_sides.budget_id = reconciled.budget_id
        and both_sides.exercice = reconciled.exercice
        and both_sides.direction = reconciled.direction
where
    both_sides.ledger_net_eur is distinct from reconciled.ledger_net_eur
    or both_sides.document_realised_eur is distinct from reconciled.document_realised_eur
    or reconciled.gap_eur is distinct from both_sides.ledger_net_eur - both_sides.document_realised_eur
