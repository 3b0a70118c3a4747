{#-
    Section, chapter and function of every line (published algorithm, checked on 19 real documents):
    1. the account in the plan de comptes of the year, else of the nearest year, else in the built-in plan (M57);
    2. the chapter that the town voted, if it is a chapter of the norm and not an operation number;
    3. the account as a chapter (001, 002, 021…);
    4. the chapter that the account begins with;
    5. no chapter: the section by the class of the account, else by the mark of the vendor.
    `chapter_source` says which step answered. Total lines are left out; nothing else is.
-#}
with line as (
    select
        line.*,
        document.budget_id,
        document.exercice,
        document.nomenclature,
        document.norm,
        document.variant,
        document.decision_code,
        document.decision_number,
        document.is_final_account,
        document.result_carry_over_code,
        max(line.credits_opened_eur) over (partition by line.source_export) is not null as has_credits_opened,
        case
            when document.function_vote_code <> '2' or document.function_vote_code is null then line.function_as_voted
            when substr(line.function_as_voted, 1, 2) in ('90', '93') then nullif(substr(line.function_as_voted, 3), '')
        end as function_code
    from {{ ref('stg_budget_totem__ligne') }} as line
    inner join {{ ref('int_budget_totem__document') }} as document
        on line.source_export = document.source_export
    where document.is_standing and not line.is_calculated
),

candidate as (
    select
        line.source_export,
        line.source_record,
        nature.nature_label,
        case
            when nature.plan_source = 'built-in' then 'built_in_plan'
            when nature.plan_exercice = line.exercice then 'plan'
            else 'plan_of_another_year'
        end as plan_step,
        case
            when line.is_real and line.direction = 'expense' then nature.chapter_expense_real
            when line.is_real then nature.chapter_revenue_real
            when line.is_inside_section and line.direction = 'expense' then nature.chapter_expense_order_inside_section
            when line.is_inside_section then nature.chapter_revenue_order_inside_section
            when line.direction = 'expense' then nature.chapter_expense_order_between_sections
            else nature.chapter_revenue_order_between_sections
        end as chapter_code,
        case when nature.plan_source = 'built-in' then 1 else 0 end as is_built_in,
        abs(nature.plan_exercice - line.exercice) as years_apart,
        nature.plan_exercice
    from line
    inner join {{ ref('int_reference__nature') }} as nature
        on
            line.norm = nature.norm
            and line.nature_code = nature.nature_code
            and (line.variant = nature.variant or nature.plan_source = 'built-in')
),

ranked_candidate as (
    select
        *,
        row_number() over (
            partition by source_export, source_record
            order by
                case when chapter_code is null then 1 else 0 end asc nulls last,
                is_built_in asc nulls last,
                years_apart asc nulls last,
                plan_exercice asc nulls last
        ) as preference
    from candidate
),

chapter_by_prefix as (
    select
        line.source_export,
        line.source_record,
        max(chapter.chapter_code) as chapter_code
    from line
    inner join {{ ref('int_reference__chapter') }} as chapter
        on
            line.norm = chapter.norm
            and chapter.chapter_list = 'nature'
            and line.nature_code like chapter.chapter_code || '%'
    where line.is_real
    group by line.source_export, line.source_record
),

with_chapter as (
    select
        line.*,
        planned.nature_label,
        planned.source_record is not null as is_nature_known,
        coalesce(
            planned.chapter_code, voted.chapter_code, account.chapter_code, chapter_by_prefix.chapter_code
        ) as chapter_code,
        case
            when planned.chapter_code is not null then planned.plan_step
            when voted.chapter_code is not null then 'voted_chapter'
            when account.chapter_code is not null then 'account_as_chapter'
            when chapter_by_prefix.chapter_code is not null then 'account_prefix'
        end as chapter_step
    from line
    left join ranked_candidate as planned
        on
            line.source_export = planned.source_export
            and line.source_record = planned.source_record
            and planned.preference = 1
    left join {{ ref('int_reference__chapter') }} as voted
        on
            line.norm = voted.norm
            and line.voted_chapter_nature = voted.chapter_code
            and voted.chapter_list = 'nature'
            and (line.operation_code is null or line.operation_code <> line.voted_chapter_nature)
    left join {{ ref('int_reference__chapter') }} as account
        on
            line.norm = account.norm
            and line.nature_code = account.chapter_code
            and account.chapter_list = 'nature'
    left join chapter_by_prefix
        on
            line.source_export = chapter_by_prefix.source_export
            and line.source_record = chapter_by_prefix.source_record
),

with_section as (
    select
        with_chapter.*,
        chapter.chapter_label,
        listed_function.function_m57_code,
        with_chapter.function_code is not null and listed_function.function_code is null as is_function_unknown,
        coalesce(
            chapter.section,
            case
                when with_chapter.nature_code like '6%' or with_chapter.nature_code like '7%' then 'F'
                when substr(with_chapter.nature_code, 1, 1) in ('1', '2', '3', '4') then 'I'
            end,
            with_chapter.section_by_vendor
        ) as section,
        case
            when chapter.section is not null then with_chapter.chapter_step
            when substr(with_chapter.nature_code, 1, 1) in ('1', '2', '3', '4', '6', '7') then 'account_class'
            when with_chapter.section_by_vendor is not null then 'vendor'
        end as chapter_source
    from with_chapter
    left join {{ ref('int_reference__chapter') }} as chapter
        on with_chapter.norm = chapter.norm and with_chapter.chapter_code = chapter.chapter_code
    left join {{ ref('int_reference__function') }} as listed_function
        on
            with_chapter.norm = listed_function.norm
            and with_chapter.function_code = listed_function.function_code
)

select
    source_system,
    source_export,
    source_record,
    budget_id,
    exercice,
    nomenclature,
    norm,
    variant,
    decision_code,
    decision_number,
    is_final_account,
    section,
    direction,
    is_real,
    -- Results brought forward, transfers between sections, unforeseen expenditure: lines that are never a flow.
    nature_code in ('001', '002', '020', '021', '022', '023', '024') as is_result_or_transfer,
    chapter_code,
    chapter_label,
    chapter_source,
    nature_code,
    nature_label,
    function_code,
    function_m57_code,
    operation_code,
    line_label,
    -- What this document adds to the credits: all of them for a BP, the change for a DM, those opened for an account.
    cast(
        case
            -- Where a vendor fills the credits opened, a line without any has none, whatever was carried over to it.
            when decision_code in ('09', '10') and has_credits_opened then coalesce(credits_opened_eur, 0)
            when decision_code in ('09', '10') then coalesce(forecast_eur, 0) + coalesce(carried_in_eur, 0)
            when decision_code = '02' then coalesce(nullif(new_proposal_eur, 0), forecast_eur, 0)
            when coalesce(new_proposal_eur, 0) <> 0 or coalesce(forecast_eur, 0) = 0
                then
                    coalesce(new_proposal_eur, 0)
                    + case when coalesce(result_carry_over_code, '') <> '1' then coalesce(carried_in_eur, 0) else 0 end
            else forecast_eur
        end as decimal(16, 2)
    ) as voted_eur,
    -- A BP or a DM may repeat a realised amount of the year before: only an account (CA, CFU) realises anything.
    case when decision_code in ('09', '10') then realised_eur end as realised_eur,
    carried_in_eur,
    carried_out_eur,
    accrued_eur,
    not is_nature_known as warning_nature_unknown,
    is_function_unknown as warning_function_unknown,
    function_code is not null and not is_function_unknown and function_m57_code is null as warning_function_not_bridged,
    coalesce(section_by_vendor <> section, false) as warning_section_differs
from with_section
