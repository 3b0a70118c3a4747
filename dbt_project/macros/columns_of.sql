{#- Some columns of a relation and no others: a model cannot read what its digest does not cover. -#}
{% macro columns_of(relation, columns) -%}
    (select {{ columns | join(', ') }} from {{ relation }})
{%- endmacro %}
