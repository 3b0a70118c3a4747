{#- A date that the DSN writes JJMMAAAA; NULL when it is none, which the raw guard has refused. -#}
{% macro dsn_date(column) -%}
try_cast(substr({{ column }}, 5, 4) || '-' || substr({{ column }}, 3, 2) || '-' || substr({{ column }}, 1, 2) as date)
{%- endmacro %}

{#- The first day of a month that the DSN writes 01MMAAAA. -#}
{% macro dsn_month(column) -%}
try_cast(substr({{ column }}, 5, 4) || '-' || substr({{ column }}, 3, 2) || '-01' as date)
{%- endmacro %}

{#- The line of the file on which a block starts, from its place: 4321 for S21.G00.51[4321]. -#}
{% macro line_of_record(column) -%}
cast(replace(split_part({{ column }}, '[', 2), ']', '') as integer)
{%- endmacro %}
