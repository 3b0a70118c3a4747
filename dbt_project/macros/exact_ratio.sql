{#- A ratio of two decimals of at most four places, rounded half away from zero to `digits`, by whole numbers: a quotient of
    decimals is a float on DuckDB. NULL when the denominator is 0 or NULL; the denominator is not negative. -#}
{% macro exact_ratio(numerator, denominator, digits) -%}
    {%- set top = 'cast(abs(cast(' ~ numerator ~ ' as decimal(28, 4))) * 10000 as decimal(38, 0))' -%}
    {%- set bottom = 'cast(cast(' ~ denominator ~ ' as decimal(28, 4)) * 10000 as decimal(38, 0))' -%}
    cast(
        case when {{ numerator }} < 0 then -1 else 1 end
        * cast({{ whole_quotient('2 * ' ~ 10 ** digits ~ ' * ' ~ top ~ ' + ' ~ bottom, '2 * ' ~ bottom) }} as bigint)
        * cast({{ '0.' ~ '0' * (digits - 1) ~ '1' }} as decimal({{ digits + 1 }}, {{ digits }}))
        as decimal(18, {{ digits }})
    )
{%- endmacro %}
