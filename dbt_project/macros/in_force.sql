{#- Whether a row of a seed with valid_from and valid_to holds on a date; empty bounds are open. -#}
{% macro in_force(date, seed) -%}
    {{ date }} >= coalesce({{ seed }}.valid_from, cast('1900-01-01' as date))
    and {{ date }} <= coalesce({{ seed }}.valid_to, cast('9999-12-31' as date))
{%- endmacro %}
