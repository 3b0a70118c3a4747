{#- A PES number (bordereau, pièce, line) without its leading zeros: the same bordereau is "72" in a flow and "0000072"
    in the acknowledgement of another vendor, and both must meet in a join. Zero itself stays "0". -#}
{% macro pes_number(column) -%}
case when {{ column }} is not null then coalesce(nullif(trim(leading '0' from trim({{ column }})), ''), '0') end
{%- endmacro %}

{#- An xs:date of a PES file as a date: the standard allows a time zone after the day, which no consumer of a day wants.
    NULL when it is no date; the raw guard counts those. -#}
{% macro pes_date(column) -%}
try_cast(substr({{ column }}, 1, 10) as date)
{%- endmacro %}
