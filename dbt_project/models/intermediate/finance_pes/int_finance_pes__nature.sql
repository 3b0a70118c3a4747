with used as (

    select distinct nature_code from {{ ref('stg_finance_pes__ligne') }}

),

plans as (

    select distinct
        norm,
        variant,
        exercice
    from {{ ref('int_finance_pes__budget') }}

),

sides as (

    select
        'expense' as direction,
        false as is_order
    union all
    select
        'revenue' as direction,
        false as is_order
    union all
    select
        'expense' as direction,
        true as is_order
    union all
    select
        'revenue' as direction,
        true as is_order

),

natures as (

    select
        plans.norm,
        plans.variant,
        plans.exercice,
        used.nature_code,
        sides.direction,
        sides.is_order
    from used
    cross join plans
    cross join sides

),

-- A pièce does not say whether an order operation stays inside its section: between sections is the usual case, and
-- either chapter lies in the same section.
planned as (

    select
        natures.*,
        plan.nature_label,
        plan.plan_source,
        abs(plan.plan_exercice - natures.exercice) as years_apart,
        plan.plan_exercice,
        case
            when natures.direction = 'expense' and not natures.is_order then plan.chapter_expense_real
            when natures.direction = 'revenue' and not natures.is_order then plan.chapter_revenue_real
            when natures.direction = 'expense'
                then coalesce(plan.chapter_expense_order_between_sections, plan.chapter_expense_order_inside_section)
            else coalesce(plan.chapter_revenue_order_between_sections, plan.chapter_revenue_order_inside_section)
        end as planned_chapter_code
    from natures
    left join {{ ref('int_reference__nature') }} as plan
        on
            natures.norm = plan.norm
            and natures.nature_code = plan.nature_code
            and (natures.variant = plan.variant or plan.plan_source = 'built-in')

),

preferred as (

    select
        *,
        row_number() over (
            partition by norm, variant, exercice, nature_code, direction, is_order
            order by
                case when planned_chapter_code is null then 1 else 0 end asc nulls last,
                case when plan_source = 'built-in' then 1 else 0 end asc nulls last,
                years_apart asc nulls last,
                plan_exercice asc nulls last
        ) as preference
    from planned

),

chapters as (

    select * from {{ ref('int_reference__chapter') }}
    where chapter_list = 'nature'

),

-- An account finer than the plan: the longest chapter that it begins with, for real operations only.
prefixed as (

    select
        preferred.norm,
        preferred.variant,
        preferred.exercice,
        preferred.nature_code,
        max(chapters.chapter_code) as chapter_code
    from preferred
    inner join chapters
        on
            preferred.norm = chapters.norm
            and preferred.nature_code like chapters.chapter_code || '%'
    where preferred.preference = 1
    group by
        preferred.norm,
        preferred.variant,
        preferred.exercice,
        preferred.nature_code

),

resolved as (

    select
        preferred.norm,
        preferred.variant,
        preferred.exercice,
        preferred.nature_code,
        preferred.direction,
        preferred.is_order,
        preferred.nature_label,
        coalesce(
            preferred.planned_chapter_code,
            case when not preferred.is_order then prefixed.chapter_code end
        ) as chapter_code,
        preferred.nature_label is not null as is_known,
        preferred.planned_chapter_code is not null as is_planned
    from preferred
    left join prefixed
        on
            preferred.norm = prefixed.norm
            and preferred.variant = prefixed.variant
            and preferred.exercice = prefixed.exercice
            and preferred.nature_code = prefixed.nature_code
    where preferred.preference = 1

)

-- Classes 6 and 7 are operating, 1 to 3 and 45 investment; other accounts of classes 4 and 5 are outside the budget.
select
    resolved.norm,
    resolved.variant,
    resolved.exercice,
    resolved.nature_code,
    resolved.direction,
    resolved.is_order,
    resolved.nature_label,
    resolved.is_known,
    resolved.chapter_code,
    coalesce(
        chapters.section,
        case
            when substr(resolved.nature_code, 1, 1) in ('6', '7') then 'F'
            when substr(resolved.nature_code, 1, 1) in ('1', '2', '3') then 'I'
            when substr(resolved.nature_code, 1, 2) = '45' then 'I'
        end
    ) as section,
    case
        when chapters.section is not null and resolved.is_planned then 'plan'
        when chapters.section is not null then 'account_prefix'
        when substr(resolved.nature_code, 1, 1) in ('1', '2', '3', '6', '7') then 'account_class'
        when substr(resolved.nature_code, 1, 2) = '45' then 'account_class'
        else 'outside_budget'
    end as section_source
from resolved
left join chapters
    on
        resolved.norm = chapters.norm
        and resolved.chapter_code = chapters.chapter_code
