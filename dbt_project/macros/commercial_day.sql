{#- The rank of a day since year 0 where months have 30 days and years 360, as depreciation counts: the 31st is the 30th. -#}
{% macro commercial_day(day) -%}
    extract(year from {{ day }}) * 360
    + (extract(month from {{ day }}) - 1) * 30
    + least(extract(day from {{ day }}), 30) - 1
{%- endmacro %}
