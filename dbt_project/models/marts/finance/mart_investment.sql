{#- What an investment line is, by its account: name -> (label, condition), the first that holds. -#}
{%- set kinds = {
    'equipment': ('Équipement brut', "nature_code like '20%' and nature_code not like '204%' or nature_code like '21%' or nature_code like '23%'"),
    'equipment_grant': ('Subventions d’équipement', "nature_code like '204%' or (direction = 'revenue' and nature_code like '13%')"),
    'fctva': ('FCTVA', "nature_code like '10222%'"),
    'tax': ('Taxe d’aménagement', "nature_code like '10226%' or nature_code like '10223%'"),
    'reserve': ('Excédent de fonctionnement capitalisé', "nature_code like '1068%'"),
    'loan': ('Emprunts et dettes', "nature_code like '16%'"),
    'third_party': ('Opérations pour compte de tiers', "nature_code like '45%'"),
} -%}
{%- set keys = ['budget_id', 'exercice', 'direction', 'investment_kind', 'chapter_code', 'function_code', 'operation_code'] -%}
{%- set kind -%}
case
            {%- for name, (label, condition) in kinds.items() %}
            when {{ condition }} then '{{ name }}'
            {%- endfor %}
            else 'other'
        end
{%- endset -%}
with document_line as (
    select
        *,
        {{ kind }} as investment_kind
    from {{ ref('int_budget_totem__execution_line') }}
    where section = 'I' and is_real and not is_result_or_transfer
),

ledger_line as (
    select
        *,
        {{ kind }} as investment_kind
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
        {%- for key in keys %}
        coalesce(document_sum.{{ key }}, ledger_sum.{{ key }}) as {{ key }},
        {%- endfor %}
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
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}document_sum.{{ key }} = ledger_sum.{{ key }}
            {%- endfor %}
)

select
    cast(
        {%- for key in keys %}
        {{ "|| '/' || " if not loop.first }}cast({{ key }} as string)
        {%- endfor %} as string
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
