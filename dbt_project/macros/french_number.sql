{#- A number as a French budget document prints it: '1 874,44', '53,42%', '82.2027 %', with any kind of space.
    NULL when the text is not a number. The special spaces are written as code points so that they can be seen. -#}
{% macro french_number(text) -%}
    try_cast({{ plain_number(text) }} as decimal(24, 6))
{%- endmacro %}

{#- How many digits a printed number shows after its decimal mark: the rounding that a computed value must meet. -#}
{% macro printed_decimals(text) -%}
    case
        when instr({{ plain_number(text) }}, '.') = 0 then 0
        else length({{ plain_number(text) }}) - instr({{ plain_number(text) }}, '.')
    end
{%- endmacro %}

{% macro plain_number(text) -%}
    replace(
        {%- for mark in [' ', '\u00a0', '\u2009', '\u202f', '%'] %}replace({% endfor -%}
        {{ text }}
        {%- for mark in [' ', '\u00a0', '\u2009', '\u202f', '%'] %}, '{{ mark }}', ''){% endfor -%}
        , ',', '.')
{%- endmacro %}
