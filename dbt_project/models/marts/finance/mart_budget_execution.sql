with line as (
    select * from {{ ref('int_budget_totem__line') }}
),

-- Credits come from the account of the year when its vendor fills them, else from what was voted: BP + BS + every DM.
credit_origin as (
    select
        budget_id,
        exercice,
        case
            when max(case when is_final_account and voted_eur <> 0 then 1 else 0 end) = 1 then 'account'
            else 'votes'
        end as credits_source
    from line
    group by budget_id, exercice
),

counted as (
    select
        line.*,
        credit_origin.credits_source,
        case
            when credit_origin.credits_source = 'votes' or line.is_final_account then line.voted_eur
        end as credits_opened_eur,
        -- The account repeats the commitments brought in; before it exists, the votes are the ones that state them.
        case
            when credit_origin.credits_source = 'account' and line.is_final_account then line.carried_in_eur
            when credit_origin.credits_source = 'votes' and line.decision_code in ('01', '03') then line.carried_in_eur
        end as credits_carried_in_eur
    from line
    inner join credit_origin
        on line.budget_id = credit_origin.budget_id and line.exercice = credit_origin.exercice
    where line.is_final_account or line.decision_code in ('01', '02', '03')
),

summed as (
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
        sum(coalesce(credits_carried_in_eur, 0)) as carried_in_eur,
        sum(case when is_final_account then coalesce(realised_eur, 0) else 0 end) as realised_eur,
        sum(case when is_final_account then coalesce(carried_out_eur, 0) else 0 end) as carried_out_eur,
        max(case when is_final_account then 1 else 0 end) as has_account,
        count(*) as line_count,
        max(source_system) as source_system,
        max(source_export) as source_export
    from counted
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
