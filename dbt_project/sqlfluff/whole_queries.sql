{#- What the linter sees in place of the macros that write whole queries: nothing that it finds in their text is shown where
    they are called, and laying it out again in each model cost a fifth of the lint. The real text runs in every build. -#}
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

{% macro cut(relation, whole, ties, amount='amount_eur') -%}
    select *
    from {{ relation }}
{%- endmacro %}

{% macro exact_ratio(numerator, denominator, digits) -%}
    cast({{ numerator }} / nullif({{ denominator }}, 0) as decimal(18, {{ digits }}))
{%- endmacro %}

{% macro whole_quotient(numerator, denominator) -%}
    {{ numerator }} / nullif({{ denominator }}, 0)
{%- endmacro %}
