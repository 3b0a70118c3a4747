{#- The clock time in France of a moment kept as UTC without a zone: each engine has its own conversion. -#}
{% macro paris_time(moment) -%}
    {{ adapter.dispatch('paris_time')(moment) }}
{%- endmacro %}

{% macro duckdb__paris_time(moment) -%}
    timezone('Europe/Paris', timezone('UTC', {{ moment }}))
{%- endmacro %}

{% macro spark__paris_time(moment) -%}
    convert_timezone('UTC', 'Europe/Paris', {{ moment }})
{%- endmacro %}
