with every_plan as (
    select
        plan.norm,
        chapter.chapter_code,
        chapter.chapter_list,
        chapter.chapter_label,
        chapter.section,
        plan.exercice as plan_exercice,
        chapter.source_export
    from {{ ref('stg_reference__chapitre') }} as chapter
    inner join {{ ref('stg_reference__plan') }} as plan
        on chapter.source_export = plan.source_export
    where plan.is_standing

    union all

    select
        norm,
        chapter_code,
        chapter_list,
        chapter_label,
        section,
        0 as plan_exercice,
        'ref_chapter' as source_export
    from {{ ref('ref_chapter') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by norm, chapter_code
            order by plan_exercice desc nulls last, source_export asc nulls last
        ) as recency
    from every_plan
)

select
    norm,
    chapter_code,
    chapter_list,
    chapter_label,
    section
from ranked
where recency = 1
