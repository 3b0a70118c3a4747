{#- The identifier that each one has become: ``seen`` holds every ``id``; ``change`` says that ``former_id`` became ``id`` on
    ``changed_on``. At most three changes are followed. Where two say the reverse of one another, the last one counts. -#}
{% macro followed(seen, change) -%}
last_change as (
    select
        former_id,
        id
    from (
        select
            change.former_id,
            change.id,
            row_number() over (
                partition by change.former_id
                order by change.changed_on desc nulls last, change.id asc nulls last
            ) as recency
        from {{ change }} as change
        left join {{ change }} as reversal
            on
                change.former_id = reversal.id
                and change.id = reversal.former_id
                and change.changed_on < reversal.changed_on
        where change.former_id <> change.id and reversal.id is null
    ) as ranked
    where recency = 1
)

select
    seen.id as former_id,
    coalesce(third.id, second.id, first.id, seen.id) as current_id
from {{ seen }} as seen
left join last_change as first on seen.id = first.former_id
left join last_change as second on first.id = second.former_id
left join last_change as third on second.id = third.former_id
{%- endmacro %}
