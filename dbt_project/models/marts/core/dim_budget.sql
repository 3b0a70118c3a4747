with ranked_document as (
    select
        *,
        row_number() over (
            partition by budget_id
            order by
                exercice desc nulls last,
                is_final_account desc nulls last,
                decision_code desc nulls last,
                decision_number desc nulls last
        ) as recency,
        min(exercice) over (partition by budget_id) as first_exercice,
        max(exercice) over (partition by budget_id) as last_exercice
    from {{ ref('int_budget_totem__document') }}
    where is_standing
),

document as (
    select * from ranked_document
    where recency = 1
),

-- A town that sends its payments before any budget document still has budgets to attach them to.
paid_budget as (
    select
        budget_id,
        max(siret) as budget_siret,
        max(budget_code) as budget_code,
        min(exercice) as first_exercice,
        max(exercice) as last_exercice,
        min(source_export) as source_export
    from {{ ref('int_finance_pes__piece') }}
    where budget_id is not null
    group by budget_id
),

attributes as (
    select
        coalesce(document.budget_id, paid.budget_id) as budget_id,
        coalesce(document.budget_siret, paid.budget_siret) as budget_siret,
        coalesce(document.budget_code, paid.budget_code) as budget_code,
        coalesce(document.budget_name, 'Budget ' || paid.budget_code) as budget_label,
        document.budget_type_code,
        document.collectivity_siret,
        document.collectivity_name,
        document.insee_code,
        document.main_budget_siret,
        document.nomenclature,
        document.norm,
        document.function_vote_code,
        document.population_declared,
        least(
            coalesce(document.first_exercice, paid.first_exercice),
            coalesce(paid.first_exercice, document.first_exercice)
        ) as first_exercice,
        greatest(
            coalesce(document.last_exercice, paid.last_exercice),
            coalesce(paid.last_exercice, document.last_exercice)
        ) as last_exercice,
        case when document.budget_id is null then 'finance_pes' else 'budget_totem' end as source_system,
        coalesce(document.source_export, paid.source_export) as source_export
    from document
    full outer join paid_budget as paid
        on document.budget_id = paid.budget_id
)

select
    cast(budget_id as string) as budget_id,
    cast(budget_siret as string) as budget_siret,
    cast(budget_code as string) as budget_code,
    cast(budget_label as string) as budget_label,
    cast(budget_type_code as string) as budget_type_code,
    cast(
        case budget_type_code when 'P' then 'Budget principal' when 'A' then 'Budget annexe' end
        as string
    ) as budget_type_label,
    cast(collectivity_siret as string) as collectivity_siret,
    cast(collectivity_name as string) as collectivity_name,
    cast(insee_code as string) as insee_code,
    cast(main_budget_siret as string) as main_budget_siret,
    cast(nomenclature as string) as nomenclature,
    cast(norm as string) as norm,
    cast(function_vote_code as string) as function_vote_code,
    cast(population_declared as integer) as population_declared,
    cast(first_exercice as integer) as first_exercice,
    cast(last_exercice as integer) as last_exercice,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export
from attributes
