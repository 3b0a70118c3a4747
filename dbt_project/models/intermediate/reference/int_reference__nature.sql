{%- set chapters = [
    'chapter_expense_real',
    'chapter_expense_order_between_sections',
    'chapter_expense_order_inside_section',
    'chapter_revenue_real',
    'chapter_revenue_order_between_sections',
    'chapter_revenue_order_inside_section',
] -%}
with dropped_by_the_town as (
    select
        plan.plan_id,
        'town' as plan_source,
        plan.exercice as plan_exercice,
        plan.norm,
        plan.variant,
        account.account_code as nature_code,
        account.account_label as nature_label,
        account.parent_code,
        account.account_level as nature_level,
        {%- for chapter in chapters %}
        account.{{ chapter }},
        {%- endfor %}
        account.source_export,
        account.source_record
    from {{ ref('stg_reference__compte') }} as account
    inner join {{ ref('stg_reference__plan') }} as plan
        on account.source_export = plan.source_export
    where plan.is_standing and account.account_list = 'nature'
),

built_in as (
    select
        'built-in' as plan_id,
        'built-in' as plan_source,
        2024 as plan_exercice,
        'M57' as norm,
        'M57' as variant,
        nature_code,
        nature_label,
        parent_code,
        nature_level,
        {%- for chapter in chapters %}
        {{ chapter }},
        {%- endfor %}
        'ref_nature_m57' as source_export,
        nature_code as source_record
    from {{ ref('ref_nature_m57') }}
)

select * from dropped_by_the_town
union all
select * from built_in
