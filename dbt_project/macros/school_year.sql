{#- The school year of a date, 1 September to 31 August: 2025-2026. -#}
{% macro school_year(date) -%}
    case
        when extract(month from {{ date }}) >= 9
            then
                cast(extract(year from {{ date }}) as {{ dbt.type_string() }}) || '-'
                || cast(extract(year from {{ date }}) + 1 as {{ dbt.type_string() }})
        else
            cast(extract(year from {{ date }}) - 1 as {{ dbt.type_string() }}) || '-'
            || cast(extract(year from {{ date }}) as {{ dbt.type_string() }})
    end
{%- endmacro %}

{#- The hours from one time of day to another, both written 07:30; NULL when the second is not the later. -#}
{% macro hours_between(first, last) -%}
    case
        when {{ last }} > {{ first }}
            then
                cast(
                    cast(substr({{ last }}, 1, 2) as integer) * 60 + cast(substr({{ last }}, 4, 2) as integer)
                    - cast(substr({{ first }}, 1, 2) as integer) * 60 - cast(substr({{ first }}, 4, 2) as integer)
                    as decimal(18, 4)
                ) / 60
    end
{%- endmacro %}
