with summed as (
    select
        budget_id,
        exercice,
        section,
        direction,
        is_real,
        is_result_or_transfer,
        chapter_code,
        norm,
        function_code,
        warning_function_unknown,
        credits_source,
        max(chapter_label) as chapter_label,
        max(function_m57_code) as function_m57_code,
        sum(coalesce(credits_opened_eur, 0)) as credits_opened_eur,
        sum(coalesce(carried_in_eur, 0)) as carried_in_eur,
        sum(coalesce(realised_eur, 0)) as realised_eur,
        sum(coalesce(carried_out_eur, 0)) as carried_out_eur,
        count(*) as line_count,
        max(source_system) as source_system,
        max(source_export) as source_export
    from {{ ref('int_budget_totem__execution_line') }}
    group by
        budget_id,
        exercice,
        section,
        direction,
        is_real,
        is_result_or_transfer,
        chapter_code,
        norm,
        function_code,
        warning_function_unknown,
        credits_source
)

select
    cast(
        budget_id || '/' || cast(exercice as string) || '/' || coalesce(section, '?') || '/' || direction
        || '/' || case when is_real then 'real' else 'order' end || '/' || coalesce(chapter_code, '?')
        || '/' || coalesce(function_code, '-')
        as string
    ) as execution_id,
    cast(budget_id as string) as budget_id,
    cast(exercice as integer) as exercice,
    cast(section as string) as section,
    cast(direction as string) as direction,
    cast(is_real as boolean) as is_real,
    cast(is_result_or_transfer as boolean) as is_result_or_transfer,
    cast(chapter_code as string) as chapter_code,
    cast(chapter_label as string) as chapter_label,
    cast(
        case when not warning_function_unknown then norm || '-' || function_code end as string
    ) as function_id,
    cast(function_code as string) as function_code,
    cast(function_m57_code as string) as function_m57_code,
    cast(credits_source as string) as credits_source,
    cast(credits_opened_eur as decimal(16, 2)) as credits_opened_eur,
    cast(carried_in_eur as decimal(16, 2)) as carried_in_eur,
    cast(realised_eur as decimal(16, 2)) as realised_eur,
    cast(carried_out_eur as decimal(16, 2)) as carried_out_eur,
    cast(credits_opened_eur - realised_eur - carried_out_eur as decimal(16, 2)) as available_eur,
    cast(realised_eur / nullif(credits_opened_eur, 0) as decimal(18, 6)) as execution_rate,
    cast(line_count as bigint) as line_count,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export
from summed
