with programme as (
    select
        *,
        coalesce(programme_code, programme_label, '-') as programme_key
    from {{ ref('stg_budget_totem__apcp') }}
    -- R is a line of ratios.
    where coalesce(row_kind_code, 'S') <> 'R'
),

annexed as (
    select distinct source_export from programme
),

-- The account of the year states what was paid; before it exists, the last vote that has the annex.
document as (
    select
        described.budget_id,
        described.exercice,
        described.source_export,
        described.is_final_account,
        row_number() over (
            partition by described.budget_id, described.exercice
            order by
                described.is_final_account desc nulls last,
                described.decided_on desc nulls last,
                described.decision_code desc nulls last,
                described.source_export desc nulls last
        ) as preference
    from {{ ref('int_budget_totem__document') }} as described
    inner join annexed
        on described.source_export = annexed.source_export
    where described.is_standing and (described.is_final_account or described.is_vote)
)

-- A programme has one row per chapter in the annex of some vendors.
select
    document.budget_id,
    document.exercice,
    document.is_final_account,
    programme.programme_kind_code,
    programme.programme_key as programme_code,
    max(programme.programme_label) as programme_label,
    sum(coalesce(programme.authorised_before_eur, 0)) as authorised_before_eur,
    sum(coalesce(programme.authorised_eur, 0)) as authorised_change_eur,
    sum(coalesce(programme.paid_former_years_eur, 0)) as paid_former_years_eur,
    sum(coalesce(programme.credits_opened_eur, 0)) as credits_opened_eur,
    case when document.is_final_account then sum(coalesce(programme.realised_eur, 0)) end as realised_eur,
    sum(programme.left_to_finance_eur) as left_to_finance_printed_eur,
    max(programme.source_system) as source_system,
    document.source_export,
    min(programme.source_record) as source_record
from programme
inner join document
    on programme.source_export = document.source_export and document.preference = 1
group by
    document.budget_id,
    document.exercice,
    document.is_final_account,
    programme.programme_kind_code,
    programme.programme_key,
    document.source_export
