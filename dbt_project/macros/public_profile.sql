{#- The identifier of a public profile: its seven parts, `-` for one that is not known. -#}
{% macro public_profile_id(rows) -%}
{%- for part in ['age_band_code', 'sex_code', 'iris_code', 'quartier_code', 'qpv_code', 'residence_code', 'quotient_band_code'] -%}
coalesce({{ rows }}.{{ part }}, '-'){{ " || '|' || " if not loop.last }}
{%- endfor -%}
{%- endmacro %}
