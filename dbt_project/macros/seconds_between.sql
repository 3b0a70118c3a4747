{#- Seconds from one moment to another, on the clock: DuckDB gives an interval, Spark counts. -#}
{% macro seconds_between(first, last) -%}
    {{ adapter.dispatch('seconds_between')(first, last) }}
{%- endmacro %}

{% macro duckdb__seconds_between(first, last) -%}
    date_diff('second', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__seconds_between(first, last) -%}
    (unix_timestamp({{ last }}) - unix_timestamp({{ first }}))
{%- endmacro %}
