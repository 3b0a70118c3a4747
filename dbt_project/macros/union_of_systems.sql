{#- The same columns, in the same order, from each system's model of one conformed shape. A model that lacks one of them
    stops the build: that is the contract of the shape. -#}
{% macro union_of_systems(models, columns) -%}
{% for model in models %}
select {{ columns | join(', ') }}
from {{ model }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{%- endmacro %}
