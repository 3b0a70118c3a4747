{#- A quotient of whole numbers without what is left: of decimals it goes through a float on DuckDB. -#}
{% macro whole_quotient(numerator, denominator) -%}
    {{ return(adapter.dispatch('whole_quotient')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__whole_quotient(numerator, denominator) -%}
    (({{ numerator }}) div nullif({{ denominator }}, 0))
{%- endmacro %}

{% macro duckdb__whole_quotient(numerator, denominator) -%}
    (cast({{ numerator }} as hugeint) // nullif(cast({{ denominator }} as hugeint), 0))
{%- endmacro %}

{#- Amounts cut in parts by largest remainder (docs/costing.md): `relation` has one row per part, with the `amount` of the
    whole on each row, in euros, and the part's `weight`, a whole number above zero; rows with the same `whole` (columns) are
    the parts of one amount. Gives the rows back with `part_eur`; the parts of a whole add up to it, to the cent.
    Quotients of whole numbers of 38 digits are slow: floats guess the whole cents, at most one too many or too few, and what
    is left of the guess, exact, says which (`guess_rest`: below zero, or as much as the divisor). -#}
{% macro cut(relation, whole, ties, amount='amount_eur') -%}
    select
        ranked.*,
        cast(
            case when {{ amount }} < 0 then -1 else 1 end
            * (whole_cents + case when part_place <= cents_left then 1 else 0 end)
            * cast(0.01 as decimal(3, 2)) as decimal(16, 2)
        ) as part_eur
    from (
        select
            floored.*,
            part_cents - sum(whole_cents) over (partition by {{ whole | join(', ') }}) as cents_left,
            row_number() over (
                partition by {{ whole | join(', ') }}
                order by
                    cent_fraction desc nulls last,
                    {%- for column in ties %}
                    {{ column }} asc nulls last{{ ',' if not loop.last }}
                    {%- endfor %}
            ) as part_place
        from (
            select
                rested.*,
                guessed_cents
                + case when guess_rest < 0 then -1 when guess_rest >= part_whole then 1 else 0 end as whole_cents,
                guess_rest
                + case when guess_rest < 0 then part_whole when guess_rest >= part_whole then -part_whole else 0 end
                    as cent_fraction
            from (
                select
                    guessed.*,
                    part_cents * part_weight - cast(guessed_cents as decimal(38, 0)) * part_whole as guess_rest
                from (
                    select
                        weighed.*,
                        cast(
                            floor(
                                cast(part_cents as double) * cast(part_weight as double) / cast(part_whole as double)
                            ) as bigint
                        ) as guessed_cents
                    from (
                        select
                            parts.*,
                            cast(abs({{ amount }}) * 100 as decimal(38, 0)) as part_cents,
                            cast(weight as decimal(38, 0)) as part_weight,
                            cast(sum(weight) over (partition by {{ whole | join(', ') }}) as decimal(38, 0)) as part_whole
                        from {{ relation }} as parts
                    ) as weighed
                ) as guessed
            ) as rested
        ) as floored
    ) as ranked
{%- endmacro %}
