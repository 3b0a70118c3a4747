with ranked as (
    select
        *,
        coalesce(
            chapter_expense_real,
            chapter_revenue_real,
            chapter_expense_order_between_sections,
            chapter_revenue_order_between_sections,
            chapter_expense_order_inside_section,
            chapter_revenue_order_inside_section
        ) as main_chapter_code,
        row_number() over (
            partition by norm, nature_code
            order by
                case when plan_source = 'town' then 0 else 1 end asc nulls last,
                plan_exercice desc nulls last,
                variant desc nulls last
        ) as recency
    from {{ ref('int_reference__nature') }}
),

latest as (
    select * from ranked
    where recency = 1
)

select
    cast(latest.norm || '-' || latest.nature_code as string) as nature_id,
    cast(latest.norm as string) as norm,
    cast(latest.nature_code as string) as nature_code,
    cast(latest.nature_label as string) as nature_label,
    cast(latest.parent_code as string) as parent_code,
    cast(parent.nature_label as string) as parent_label,
    cast(latest.nature_level as integer) as nature_level,
    cast(substr(latest.nature_code, 1, 1) as string) as account_class,
    cast(latest.main_chapter_code as string) as chapter_code,
    cast(chapter.chapter_label as string) as chapter_label,
    cast(chapter.section as string) as section,
    cast(latest.chapter_expense_real as string) as chapter_expense_real,
    cast(latest.chapter_revenue_real as string) as chapter_revenue_real,
    cast(latest.plan_id as string) as plan_id,
    cast('reference' as string) as source_system,
    cast(latest.source_export as string) as source_export,
    cast(latest.source_record as string) as source_record
from latest
left join latest as parent
    on latest.norm = parent.norm and latest.parent_code = parent.nature_code
left join {{ ref('int_reference__chapter') }} as chapter
    on latest.norm = chapter.norm and latest.main_chapter_code = chapter.chapter_code
