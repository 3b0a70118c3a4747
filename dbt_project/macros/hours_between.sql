{#- Hours from one moment to another, on the clock, to the hundredth: DuckDB counts seconds, Spark has numbers for them. -#}
{% macro hours_between(first, last) -%}
    {{ adapter.dispatch('hours_between')(first, last) }}
{%- endmacro %}

{% macro duckdb__hours_between(first, last) -%}
    cast((epoch({{ last }}) - epoch({{ first }})) / 3600 as decimal(18, 2))
{%- endmacro %}

{% macro spark__hours_between(first, last) -%}
    cast((unix_timestamp({{ last }}) - unix_timestamp({{ first }})) / 3600 as decimal(18, 2))
{%- endmacro %}
