with every_plan as (
    select
        plan.norm,
        listed.function_code,
        listed.function_label,
        listed.parent_code,
        listed.function_level,
        plan.exercice as plan_exercice,
        listed.source_export
    from {{ ref('stg_reference__ref_fonc') }} as listed
    inner join {{ ref('stg_reference__plan') }} as plan
        on listed.source_export = plan.source_export
    where plan.is_standing

    union all

    select
        'M57' as norm,
        function_code,
        function_label,
        parent_code,
        function_level,
        0 as plan_exercice,
        'ref_function_m57' as source_export
    from {{ ref('ref_function_m57') }}

    union all

    select
        'M14' as norm,
        function_m14_code as function_code,
        function_m14_label as function_label,
        function_m14_parent_code as parent_code,
        function_m14_level as function_level,
        0 as plan_exercice,
        'ref_function_m14_to_m57' as source_export
    from {{ ref('ref_function_m14_to_m57') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by norm, function_code
            order by plan_exercice desc nulls last, source_export asc nulls last
        ) as recency
    from every_plan
)

select
    ranked.norm,
    ranked.function_code,
    ranked.function_label,
    ranked.parent_code,
    ranked.function_level,
    case ranked.norm
        when 'M57' then ranked.function_code
        when 'M14' then bridge.function_m57_code
    end as function_m57_code,
    bridge.bridge_note
from ranked
left join {{ ref('ref_function_m14_to_m57') }} as bridge
    on ranked.norm = 'M14' and ranked.function_code = bridge.function_m14_code
where ranked.recency = 1
