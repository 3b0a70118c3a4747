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

{#- The school year of a date, named after its two civil years: 2025-2026 from 1 September 2025 to 31 August 2026. -#}
{% macro school_year(date) -%}
    {%- set text = dbt.type_string() -%}
    {%- set first_year = 'extract(year from ' ~ date ~ ') - case when extract(month from ' ~ date ~ ') < 9 then 1 else 0 end' -%}
    cast(cast({{ first_year }} as integer) as {{ text }}) || '-' || cast(cast({{ first_year }} + 1 as integer) as {{ text }})
{%- endmacro %}
