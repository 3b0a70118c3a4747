{#-
    Written after the `as` of a CTE that a query reads twice: the engine computes it where it is read. DuckDB would keep
    all its rows with all their columns, and a condition on the result, one month of a table built by month, would not
    reach what it reads. DuckDB 1.5 forgets it in a view once the file is opened anew: only what reads the view in the same
    build gains from it.
-#}
{% macro inlined() -%}
    {{ adapter.dispatch('inlined')() }}
{%- endmacro %}

{% macro default__inlined() -%}{%- endmacro %}

{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}
