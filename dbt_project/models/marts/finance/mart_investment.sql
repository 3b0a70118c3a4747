{#- What an investment line is, by its account: name -> (label, condition), the first that holds. -#}
{%- set kinds = {
    'equipment_grant': (
        'Subventions d’équipement',
        "nature_code like '204%' or (direction = 'revenue' and nature_code like '13%')",
    ),
    'equipment': ('Équipement brut', "substr(nature_code, 1, 2) in ('20', '21', '23')"),
    'fctva': ('FCTVA', "nature_code like '10222%'"),
    'tax': ('Taxe d’aménagement', "nature_code like '10226%' or nature_code like '10223%'"),
    'reserve': ('Excédent de fonctionnement capitalisé', "nature_code like '1068%'"),
    'loan': ('Emprunts et dettes', "nature_code like '16%'"),
    'third_party': ('Opérations pour compte de tiers', "nature_code like '45%'"),
} -%}
with document_line as (
    select
        *,
        case
            {%- for name, (label, condition) in kinds.items() %}
            when {{ condition }} then '{{ name }}'
            {%- endfor %}
            else 'other'
        end as investment_kind
    from {{ ref('int_budget_totem__execution_line') }}
    where section = 'I' and is_real and not is_result_or_transfer
),

ledger_line as (
    select
        *,
        case
            {%- for name, (label, condition) in kinds.items() %}
            when {{ condition }} then '{{ name }}'
            {%- endfor %}
            else 'other'
        end as investment_kind
    from {{ ref('int_finance_pes__ledger_line') }}
    where standing_status = 'standing' and section = 'I' and not is_order and not is_ormc
),

document_sum as (
    select
        budget_id,
        exercice,
        direction,
        investment_kind,
        coalesce(chapter_code, '-') as chapter_code,
        coalesce(function_code, '-') as function_code,
        coalesce(operation_code, '-') as operation_code,
        max(chapter_label) as chapter_label,
        sum(coalesce(credits_opened_eur, 0)) as credits_opened_eur,
        sum(coalesce(realised_eur, 0)) as realised_eur,
        sum(coalesce(carried_out_eur, 0)) as carried_out_eur,
        max(source_system) as source_system,
        max(source_export) as source_export
    from document_line
    group by
        budget_id,
        exercice,
        direction,
        investment_kind,
        coalesce(chapter_code, '-'),
        coalesce(function_code, '-'),
        coalesce(operation_code, '-')
),

ledger_sum as (
    select
        budget_id,
        exercice,
        direction,
        investment_kind,
        coalesce(chapter_code, '-') as chapter_code,
        coalesce(function_code, '-') as function_code,
        coalesce(operation_code, '-') as operation_code,
        sum(amount_eur) as ledger_net_eur,
        max(source_system) as source_system,
        max(source_export) as source_export
    from ledger_line
    group by
        budget_id,
        exercice,
        direction,
        investment_kind,
        coalesce(chapter_code, '-'),
        coalesce(function_code, '-'),
        coalesce(operation_code, '-')
),

both_sides as (
    select
        coalesce(document_sum.budget_id, ledger_sum.budget_id) as budget_id,
        coalesce(document_sum.exercice, ledger_sum.exercice) as exercice,
        coalesce(document_sum.direction, ledger_sum.direction) as direction,
        coalesce(document_sum.investment_kind, ledger_sum.investment_kind) as investment_kind,
        coalesce(document_sum.chapter_code, ledger_sum.chapter_code) as chapter_code,
        coalesce(document_sum.function_code, ledger_sum.function_code) as function_code,
        coalesce(document_sum.operation_code, ledger_sum.operation_code) as operation_code,
        document_sum.chapter_label,
        coalesce(document_sum.credits_opened_eur, 0) as credits_opened_eur,
        coalesce(document_sum.realised_eur, 0) as realised_eur,
        coalesce(document_sum.carried_out_eur, 0) as carried_out_eur,
        coalesce(ledger_sum.ledger_net_eur, 0) as ledger_net_eur,
        coalesce(document_sum.source_system, ledger_sum.source_system) as source_system,
        coalesce(document_sum.source_export, ledger_sum.source_export) as source_export
    from document_sum
    full outer join ledger_sum
        on
            document_sum.budget_id = ledger_sum.budget_id
            and document_sum.exercice = ledger_sum.exercice
            and document_sum.direction = ledger_sum.direction
            and document_sum.investment_kind = ledger_sum.investment_kind
            and document_sum.chapter_code = ledger_sum.chapter_code
            and document_sum.function_code = ledger_sum.function_code
            and document_sum.operation_code = ledger_sum.operation_code
)

select
    cast(
        budget_id || '/' || cast(exercice as string) || '/' || direction || '/' || investment_kind
        || '/' || chapter_code || '/' || function_code || '/' || operation_code
        as string
    ) as investment_id,
    cast(budget_id as string) as budget_id,
    cast(exercice as integer) as exercice,
    cast(direction as string) as direction,
    cast(investment_kind as string) as investment_kind,
    cast(
        case investment_kind
            {%- for name, (label, condition) in kinds.items() %}
            when '{{ name }}' then '{{ label }}'
            {%- endfor %}
            else 'Autres opérations d’investissement'
        end as string
    ) as investment_kind_label,
    cast(nullif(chapter_code, '-') as string) as chapter_code,
    cast(chapter_label as string) as chapter_label,
    cast(nullif(function_code, '-') as string) as function_code,
    cast(nullif(operation_code, '-') as string) as operation_code,
    cast(credits_opened_eur as decimal(16, 2)) as credits_opened_eur,
    cast(realised_eur as decimal(16, 2)) as realised_eur,
    cast(carried_out_eur as decimal(16, 2)) as carried_out_eur,
    cast(ledger_net_eur as decimal(16, 2)) as ledger_net_eur,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export
from both_sides
