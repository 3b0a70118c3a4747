{#- Fails on the rows whose columns, taken together, occur more than once. An absent value counts as a value. -#}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
