{#- The ledger on one side, what every destination holds after all stages on the other. -#}
{%- set text = dbt.type_string() -%}
{%- set scopes = ['investment', 'order', 'transfer', 'financing', 'out_of_budget'] -%}
with ledger as (

    select
        budget_id,
        exercice,
        direction,
        sum(amount_eur) as ledger_eur
    from {{ ref('int_finance_pes__cost_lines') }}
    group by budget_id, exercice, direction

),

outside as (

    select
        budget_id,
        exercice,
        {%- for scope in scopes %}
        sum(case when cost_scope = '{{ scope }}' then amount_eur else 0 end) as {{ scope }}_eur,
        {%- endfor %}
        direction
    from {{ ref('int_cost_direct') }}
    group by budget_id, exercice, direction

),

inside as (

    select
        budget_id,
        exercice,
        direction,
        cost_role,
        amount_eur
    from {{ ref('int_cost_cell') }}
    where cost_role <> 'corporate'

    union all

    select
        budget_id,
        exercice,
        direction,
        'corporate' as cost_role,
        amount_eur
    from {{ ref('int_cost_corporate') }}

),

held as (

    select
        budget_id,
        exercice,
        direction,
        sum(case when cost_role = 'principal' then amount_eur else 0 end) as service_eur,
        sum(case when cost_role = 'corporate' then amount_eur else 0 end) as corporate_eur,
        sum(case when cost_role = 'unassigned' then amount_eur else 0 end) as unassigned_eur
    from inside
    group by budget_id, exercice, direction

)

select
    cast(ledger.budget_id as {{ text }}) as budget_id,
    cast(ledger.exercice as integer) as exercice,
    cast(ledger.direction as {{ text }}) as direction,
    cast(ledger.ledger_eur as decimal(16, 2)) as ledger_eur,
    cast(coalesce(held.service_eur, 0) as decimal(16, 2)) as service_eur,
    cast(coalesce(held.corporate_eur, 0) as decimal(16, 2)) as corporate_eur,
    cast(coalesce(held.unassigned_eur, 0) as decimal(16, 2)) as unassigned_eur,
    {%- for scope in scopes %}
    cast(coalesce(outside.{{ scope }}_eur, 0) as decimal(16, 2)) as {{ scope }}_eur,
    {%- endfor %}
    cast(
        ledger.ledger_eur
        {%- for scope in scopes %}
        - coalesce(outside.{{ scope }}_eur, 0)
        {%- endfor %}
        - coalesce(held.service_eur, 0)
        - coalesce(held.corporate_eur, 0)
        - coalesce(held.unassigned_eur, 0) as decimal(16, 2)
    ) as gap_eur
from ledger
left join outside
    on
        ledger.budget_id = outside.budget_id
        and ledger.exercice = outside.exercice
        and ledger.direction = outside.direction
left join held
    on
        ledger.budget_id = held.budget_id
        and ledger.exercice = held.exercice
        and ledger.direction = held.direction
