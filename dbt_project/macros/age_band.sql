{#- The age band in which the pyramid shows an age: five years, both ends open. NULL when the age is not known. -#}
{% macro age_band(age) -%}
    case
        when {{ age }} < 25 then 'moins de 25 ans'
        when {{ age }} < 65
            then
                cast(cast(floor({{ age }} / 5) * 5 as integer) as {{ dbt.type_string() }}) || ' à '
                || cast(cast(floor({{ age }} / 5) * 5 + 4 as integer) as {{ dbt.type_string() }}) || ' ans'
        when {{ age }} >= 65 then '65 ans et plus'
    end
{%- endmacro %}
