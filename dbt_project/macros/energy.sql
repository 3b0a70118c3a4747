{#- What several models of energy say the same way. -#}

{#- The minutes of a day in France: 1440, but 1380 and 1500 on the days when the hour changes. -#}
{% macro paris_day_minutes(day) -%}
    {{ adapter.dispatch('paris_day_minutes')(day) }}
{%- endmacro %}

{% macro duckdb__paris_day_minutes(day) -%}
    cast(
        date_diff(
            'minute',
            timezone('Europe/Paris', cast({{ day }} as timestamp)),
            timezone('Europe/Paris', cast({{ day }} + 1 as timestamp))
        ) as integer
    )
{%- endmacro %}

{% macro spark__paris_day_minutes(day) -%}
    cast(
        (
            unix_timestamp(to_utc_timestamp(date_add({{ day }}, 1), 'Europe/Paris'))
            - unix_timestamp(to_utc_timestamp({{ day }}, 'Europe/Paris'))
        ) / 60 as integer
    )
{%- endmacro %}

{#- consumption or production, from what Enedis or its customer space writes. -#}
{% macro energy_flow(grandeur_metier) -%}
    case
        when upper({{ grandeur_metier }}) like 'CONS%' then 'consumption'
        when upper({{ grandeur_metier }}) like 'PROD%' then 'production'
    end
{%- endmacro %}

{#- PA and EA for active power and energy, the only ones that are energy used; other quantities as they are written. -#}
{% macro energy_quantity(grandeur_physique) -%}
    case
        when upper({{ grandeur_physique }}) in ('PA', 'PUISSANCE ACTIVE') then 'PA'
        when upper({{ grandeur_physique }}) in ('EA', 'ENERGIE ACTIVE', 'ÉNERGIE ACTIVE') then 'EA'
        else upper({{ grandeur_physique }})
    end
{%- endmacro %}

{#- The part of a whole that its first `done` of `count` equal steps take: differences of these add up to the whole. -#}
{% macro even_part(total, done, count) -%}
    case
        when {{ done }} = {{ count }} then {{ total }}
        else cast({{ total }} * {{ done }} / nullif({{ count }}, 0) as decimal(18, 6))
    end
{%- endmacro %}
