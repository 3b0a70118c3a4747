{#- An amount in euros times numerator over denominator, rounded half away from zero to the cent, by whole numbers: a
    quotient of decimals is a float on DuckDB. ``numerator`` and ``denominator`` are integers, the denominator positive. -#}
{% macro exact_share(amount, numerator, denominator) -%}
    cast(
        case when {{ amount }} < 0 then -1 else 1 end
        * floor(
            (2 * cast(abs({{ amount }}) * 100 as bigint) * cast({{ numerator }} as bigint) + cast({{ denominator }} as bigint))
            / nullif(2 * cast({{ denominator }} as bigint), 0)
        ) as bigint
    ) * cast(0.01 as decimal(3, 2))
{%- endmacro %}
