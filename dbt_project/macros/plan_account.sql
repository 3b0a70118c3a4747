{#- The account of the plan de comptes in which each code of `column` begins: vendors add digits of their own
    (641199604 is 6411). A code of up to five digits is taken as it is, since it may be of another plan than M57; one in
    which no account begins, too. One row per code. -#}
{% macro plan_account(relation, column) -%}
select
    codes.{{ column }},
    case
        when length(codes.{{ column }}) <= 5 then codes.{{ column }}
        else coalesce(substr(codes.{{ column }}, 1, max(length(plan.nature_code))), codes.{{ column }})
    end as account_code
from (select distinct {{ column }} from {{ relation }} where {{ column }} is not null) as codes
left join {{ ref('ref_nature_m57') }} as plan
    on codes.{{ column }} like plan.nature_code || '%'
group by codes.{{ column }}
{%- endmacro %}

{#- The value of `column` in a group that has one only; NULL when there are two, as neither is the right one. -#}
{% macro only_value(column) -%}
case when count(distinct {{ column }}) = 1 then max({{ column }}) end
{%- endmacro %}
