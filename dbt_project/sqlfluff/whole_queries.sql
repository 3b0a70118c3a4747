{#- What the linter sees in place of the macros that write whole queries: their text is not linted where they are called, and
    laying it out again in each model took half of the time of the lint. tests/test_portable_sql.py parses the real text. -#}
{% macro hide_in_partition(relation) -%}
    select *
    from {{ relation }} {#- #} {{ '' if varargs or kwargs }}
{%- endmacro %}

{% macro hidden_rows(relation) -%}
    select *
    from {{ relation }} {#- #} {{ '' if varargs or kwargs }}
{%- endmacro %}

{% macro payroll_projection(paid, horizon, rules) -%}
projected as (

    select *
    from {{ paid }}
    cross join {{ horizon }}
    cross join {{ rules }}

)
{%- endmacro %}
