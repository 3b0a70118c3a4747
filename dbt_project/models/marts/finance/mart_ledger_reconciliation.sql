{%- set text = dbt.type_string() -%}
{#-
    A gap is explained only to the cent, by the first cause that accounts for all of it: first the causes that one row
    shows by itself, then amounts that moved between rows (a group of unexplained gaps whose sum is nil). Whatever no
    cause explains stays in unexplained_eur.
-#}
-- A sending that another one replaced says nothing more; one that nothing replaced may explain what is missing.
with ledger_lines as (

    select
        ledger_line.budget_id,
        ledger_line.exercice,
        ledger_line.direction,
        ledger_line.section,
        ledger_line.is_order,
        ledger_line.nature_code,
        ledger_line.function_code,
        ledger_line.chapter_code,
        ledger_line.amount_eur,
        ledger_line.is_accrual,
        case when ledger_line.is_ormc then 'ormc' else ledger_line.standing_status end as fate
    from {{ ref('int_finance_pes__ledger_line') }} as ledger_line
    where
        ledger_line.superseded_by_export is null
        and (ledger_line.standing_status = 'standing' or not ledger_line.is_ormc)

),

ledger as (

    select
        budget_id,
        exercice,
        direction,
        coalesce(section, '-') as section,
        is_order,
        nature_code,
        coalesce(function_code, '-') as function_code,
        max(chapter_code) as chapter_code,
        sum(case when fate = 'standing' then amount_eur else 0 end) as net_eur,
        sum(case when fate = 'standing' and is_accrual then amount_eur else 0 end) as accrual_eur,
        sum(case when fate = 'refused' then amount_eur else 0 end) as refused_eur,
        sum(case when fate = 'rejected' then amount_eur else 0 end) as rejected_eur,
        sum(case when fate = 'ormc' then amount_eur else 0 end) as ormc_eur,
        sum(case when fate = 'standing' then 1 else 0 end) as line_count
    from ledger_lines
    group by
        budget_id,
        exercice,
        direction,
        coalesce(section, '-'),
        is_order,
        nature_code,
        coalesce(function_code, '-')

),

documents as (

    select
        budget_id,
        exercice,
        direction,
        coalesce(section, '-') as section,
        not is_real as is_order,
        nature_code,
        coalesce(function_code, '-') as function_code,
        max(chapter_code) as chapter_code,
        max(source_export) as document_export,
        sum(case when is_result_or_transfer then 1 else 0 end) > 0 as is_result_or_transfer,
        sum(coalesce(realised_eur, 0)) as realised_eur,
        sum(coalesce(accrued_eur, 0)) as accrued_eur,
        count(*) as line_count
    from {{ ref('int_budget_totem__line') }}
    where is_final_account
    group by
        budget_id,
        exercice,
        direction,
        coalesce(section, '-'),
        not is_real,
        nature_code,
        coalesce(function_code, '-')

),

both_sides as (

    select
        coalesce(ledger.budget_id, documents.budget_id) as budget_id,
        coalesce(ledger.exercice, documents.exercice) as exercice,
        coalesce(ledger.direction, documents.direction) as direction,
        coalesce(ledger.section, documents.section) as section,
        coalesce(ledger.is_order, documents.is_order) as is_order,
        coalesce(ledger.nature_code, documents.nature_code) as nature_code,
        coalesce(ledger.function_code, documents.function_code) as function_code,
        coalesce(documents.chapter_code, ledger.chapter_code, '-') as chapter_code,
        documents.document_export,
        coalesce(documents.is_result_or_transfer, false) as is_result_or_transfer,
        coalesce(ledger.net_eur, 0) as net_eur,
        coalesce(documents.realised_eur, 0) as realised_eur,
        coalesce(ledger.net_eur, 0) - coalesce(documents.realised_eur, 0) as gap_eur,
        coalesce(ledger.accrual_eur, 0) as accrual_eur,
        coalesce(documents.accrued_eur, 0) as accrued_eur,
        coalesce(ledger.refused_eur, 0) as refused_eur,
        coalesce(ledger.rejected_eur, 0) as rejected_eur,
        coalesce(ledger.ormc_eur, 0) as ormc_eur,
        coalesce(ledger.line_count, 0) as ledger_line_count,
        coalesce(documents.line_count, 0) as document_line_count
    from ledger
    full outer join documents
        on
            ledger.budget_id = documents.budget_id
            and ledger.exercice = documents.exercice
            and ledger.direction = documents.direction
            and ledger.section = documents.section
            and ledger.is_order = documents.is_order
            and ledger.nature_code = documents.nature_code
            and ledger.function_code = documents.function_code

),

years as (

    select
        budget_id,
        exercice,
        sum(document_line_count) as document_line_count,
        sum(case when direction = 'expense' then ledger_line_count else 0 end) as expense_line_count,
        sum(case when direction = 'revenue' then ledger_line_count else 0 end) as revenue_line_count,
        sum(case when is_order then ledger_line_count else 0 end) as order_line_count,
        sum(case when direction = 'revenue' then ormc_eur else 0 end) as ormc_eur
    from both_sides
    group by
        budget_id,
        exercice

),

row_causes as (

    select
        both_sides.*,
        years.ormc_eur as year_ormc_eur,
        case
            when both_sides.gap_eur = 0 then 'agrees'
            when years.document_line_count = 0 then 'document_absent'
            when both_sides.is_result_or_transfer and both_sides.ledger_line_count = 0 then 'carried_over_result'
            when
                both_sides.ledger_line_count = 0
                and case both_sides.direction
                    when 'expense' then years.expense_line_count
                    else years.revenue_line_count
                end = 0
                then 'ledger_absent'
            when both_sides.section = '-' and both_sides.document_line_count = 0 then 'outside_budget'
            when both_sides.is_order and years.order_line_count = 0 then 'order_not_in_ledger'
            when both_sides.gap_eur = -both_sides.refused_eur then 'refused_not_sent_again'
            when both_sides.gap_eur = -both_sides.rejected_eur then 'piece_rejected'
            when both_sides.gap_eur = -(both_sides.refused_eur + both_sides.rejected_eur) then 'refused_and_rejected'
            when both_sides.gap_eur = both_sides.accrual_eur then 'accrual_ledger_only'
            when both_sides.gap_eur = -both_sides.accrued_eur then 'accrual_document_only'
        end as cause
    from both_sides
    inner join years
        on
            both_sides.budget_id = years.budget_id
            and both_sides.exercice = years.exercice
    -- Lines that do not stand only explain; alone they are no row.
    where both_sides.ledger_line_count + both_sides.document_line_count > 0

),

{#- Each step looks at what the one before left open. -#}
{%- set moves = [
    ('other_function', ['direction', 'section', 'is_order', 'nature_code']),
    ('other_nature', ['direction', 'section', 'is_order', 'chapter_code', 'function_code']),
    ('other_nature_and_function', ['direction', 'section', 'is_order', 'chapter_code']),
    ('real_or_order', ['direction', 'section', 'nature_code', 'function_code']),
] %}
{%- set step = namespace(previous='row_causes') %}
{%- for code, grain in moves %}

{{ code }}_gaps as (

    select
        *,
        sum(case when cause is null then gap_eur else 0 end) over (
            partition by budget_id, exercice, {{ grain | join(', ') }}
        ) as {{ code }}_open_eur
    from {{ step.previous }}

),

{{ code }}_causes as (

    select
        budget_id,
        exercice,
        direction,
        section,
        is_order,
        nature_code,
        function_code,
        chapter_code,
        document_export,
        net_eur,
        realised_eur,
        gap_eur,
        year_ormc_eur,
        ledger_line_count,
        document_line_count,
        case when cause is null and {{ code }}_open_eur = 0 then '{{ code }}' else cause end as cause
    from {{ code }}_gaps

),
{%- set step.previous = code ~ '_causes' %}
{%- endfor %}

-- Bills of a role whose summary titre never came: what the revenue accounts lack is what the role billed.
roles as (

    select
        *,
        sum(
            case when cause is null and direction = 'revenue' and nature_code like '7%' then gap_eur else 0 end
        ) over (partition by budget_id, exercice) as open_revenue_eur
    from {{ step.previous }}

),

explained as (

    select
        *,
        case
            when cause is not null then cause
            when
                direction = 'revenue' and nature_code like '7%'
                and year_ormc_eur <> 0 and open_revenue_eur = -year_ormc_eur
                then 'ormc_without_summary'
            else 'unexplained'
        end as explanation_code
    from roles

)

select
    cast(explained.budget_id as {{ text }}) as budget_id,
    cast(explained.exercice as integer) as exercice,
    cast(explained.direction as {{ text }}) as direction,
    cast(nullif(explained.section, '-') as {{ text }}) as section,
    cast(explained.is_order as boolean) as is_order,
    cast(nullif(explained.chapter_code, '-') as {{ text }}) as chapter_code,
    cast(explained.nature_code as {{ text }}) as nature_code,
    cast(nullif(explained.function_code, '-') as {{ text }}) as function_code,
    cast(explained.net_eur as decimal(16, 2)) as ledger_net_eur,
    cast(explained.realised_eur as decimal(16, 2)) as document_realised_eur,
    cast(explained.gap_eur as decimal(16, 2)) as gap_eur,
    cast(explained.explanation_code as {{ text }}) as explanation_code,
    cast(causes.explanation_label as {{ text }}) as explanation_label,
    cast(
        case when explained.explanation_code = 'unexplained' then explained.gap_eur else 0 end as decimal(16, 2)
    ) as unexplained_eur,
    cast(explained.ledger_line_count as integer) as ledger_line_count,
    cast(explained.document_line_count as integer) as document_line_count,
    cast(explained.document_export as {{ text }}) as document_export
from explained
left join {{ ref('ref_reconciliation_gap') }} as causes
    on explained.explanation_code = causes.explanation_code
