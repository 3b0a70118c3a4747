{#- The number of days from one date to another: DuckDB subtracts dates, Spark has a function. -#}
{% macro days_between(first, last) -%}
    {{ adapter.dispatch('days_between')(first, last) }}
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
    cast({{ last }} - {{ first }} as integer)
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}

{#- The first day of the month of a date. -#}
{% macro month_of(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{#- Months since January of year 0: two months can be compared and counted. -#}
{% macro month_index(date) -%}
    cast(extract(year from {{ date }}) * 12 + extract(month from {{ date }}) - 1 as integer)
{%- endmacro %}
