{#- Fails on the rows whose columns, taken together, occur more than once. An absent value counts as a value. -#}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#- Fails on the rows where one of the columns is empty: one test, one reading of the table, whatever their number. -#}
{% test filled(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where
    {{ columns | join(' is null\n    or ') }} is null
{% endtest %}
