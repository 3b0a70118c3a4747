{#-
    Which rows of a feed stand when an office sends again: one rule for all feeds of a kind (`feed` in defs.yaml).
      snapshot        the last export of a register replaces the former one:    with_standing(rows, received, scope of the list)
      period-replace  the last export of a scope (month, place…) replaces it:   with_standing(rows, received, scope)
      append          a record sent again replaces itself, the others stay:     with_last_of_key(rows, received, key)
    The last export is the one received last; of two taken in together, the one whose name comes last: an office names
    its second try `…-02` or `… (1)`. All of one intake have the same `received_at` in the register.

    `rows` is a relation with `source_export`, `source_record` and the columns named; `received` is that of
    received_exports(system). Both macros give the rows back with `is_standing`,
    the first one also with `standing_export`; none is dropped.
-#}
{% macro received_exports(system) -%}
    select
        export_id,
        received_at,
        regexp_replace(lower(file_name), '[.][a-z0-9]+$', '') as file_stem
    from {{ source('register', 'export') }}
    where system = '{{ system }}' and verdict = 'accepted'
{%- endmacro %}

{% macro with_standing(rows, received, scope=[]) -%}
    select
        {{ rows }}.*,
        standing.standing_export,
        coalesce({{ rows }}.source_export = standing.standing_export, false) as is_standing
    from {{ rows }}
    left join (
        select
            {%- for column in scope %}
            {{ column }},
            {%- endfor %}
            source_export as standing_export
        from (
            select
                seen.*,
                row_number() over (
                    {%- if scope %}
                    partition by {{ scope | join(', ') }}
                    {%- endif %}
                    order by
                        {{ received }}.received_at desc nulls last,
                        {{ received }}.file_stem desc nulls last,
                        seen.source_export desc nulls last
                ) as recency
            from (
                select distinct
                    {%- for column in scope %}
                    {{ column }},
                    {%- endfor %}
                    source_export
                from {{ rows }}
            ) as seen
            inner join {{ received }}
                on seen.source_export = {{ received }}.export_id
        ) as ordered
        where recency = 1
    ) as standing
        on
            {%- for column in scope %}
            {{ 'and ' if not loop.first }}coalesce(cast({{ rows }}.{{ column }} as string), '')
            = coalesce(cast(standing.{{ column }} as string), '')
            {%- else %}
            true
            {%- endfor %}
{%- endmacro %}

{% macro with_last_of_key(rows, received, key) -%}
    select
        keyed.*,
        row_number() over (
            partition by {% for column in key %}keyed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by
                {{ received }}.received_at desc nulls last,
                {{ received }}.file_stem desc nulls last,
                keyed.source_export desc nulls last,
                length(keyed.source_record) desc nulls last,
                keyed.source_record desc nulls last
        ) = 1 as is_standing
    from {{ rows }} as keyed
    inner join {{ received }}
        on keyed.source_export = {{ received }}.export_id
{%- endmacro %}
