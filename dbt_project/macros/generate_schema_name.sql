{#- The schema is the layer (staging, marts…), never "<target>_<layer>": BI reads `marts` by that name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
