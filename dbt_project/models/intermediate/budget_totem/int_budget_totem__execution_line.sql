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
)

select
    line.budget_id,
    line.exercice,
    line.section,
    line.direction,
    line.is_real,
    line.is_result_or_transfer,
    line.is_final_account,
    line.chapter_code,
    line.chapter_label,
    line.norm,
    line.nature_code,
    line.function_code,
    line.function_m57_code,
    line.warning_function_unknown,
    line.operation_code,
    credit_origin.credits_source,
    case
        when credit_origin.credits_source = 'votes' or line.is_final_account then line.voted_eur
    end as credits_opened_eur,
    -- The account repeats the commitments brought in; before it exists, the votes are the ones that state them.
    case
        when credit_origin.credits_source = 'account' and line.is_final_account then line.carried_in_eur
        when credit_origin.credits_source = 'votes' and line.decision_code in ('01', '03') then line.carried_in_eur
    end as carried_in_eur,
    case when line.is_final_account then line.realised_eur end as realised_eur,
    case when line.is_final_account then line.carried_out_eur end as carried_out_eur,
    line.source_system,
    line.source_export,
    line.source_record
from line
inner join credit_origin
    on line.budget_id = credit_origin.budget_id and line.exercice = credit_origin.exercice
where line.is_final_account or line.decision_code in ('01', '02', '03')
