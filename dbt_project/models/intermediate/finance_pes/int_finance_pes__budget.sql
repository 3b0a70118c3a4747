with ledger as (

    select distinct
        budget_id,
        exercice
    from {{ ref('stg_finance_pes__bordereau') }}

),

documents as (

    select * from {{ ref('int_budget_totem__document') }}
    where is_standing

),

-- The document of the exercice, its account rather than its vote; else that of the nearest exercice of the same budget.
ranked as (

    select
        ledger.budget_id,
        ledger.exercice,
        documents.norm,
        documents.variant,
        documents.function_vote_code,
        documents.exercice as document_exercice,
        row_number() over (
            partition by ledger.budget_id, ledger.exercice
            order by
                abs(documents.exercice - ledger.exercice) asc nulls last,
                documents.is_final_account desc nulls last,
                documents.exercice desc nulls last,
                documents.decision_code desc nulls last,
                documents.source_export desc nulls last
        ) as preference
    from ledger
    left join documents
        on ledger.budget_id = documents.budget_id

)

-- M57 is the law for every commune since 2024; before, a budget without any document keeps an unknown norm.
select
    budget_id,
    exercice,
    coalesce(norm, case when exercice >= 2024 then 'M57' end, 'unknown') as norm,
    coalesce(variant, 'unknown') as variant,
    coalesce(function_vote_code = '2', false) as is_voted_by_function,
    case
        when document_exercice = exercice then 'document'
        when document_exercice is not null then 'document_of_another_year'
        when exercice >= 2024 then 'law'
        else 'unknown'
    end as norm_source
from ranked
where preference = 1
