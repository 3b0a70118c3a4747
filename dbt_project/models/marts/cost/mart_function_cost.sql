{%- set text = dbt.type_string() -%}
{%- set measures = [
    'operating_expense_eur',
    'staff_expense_eur',
    'operating_revenue_eur',
    'investment_expense_eur',
    'investment_revenue_eur',
] -%}
{#- Without a plan de comptes the chapter is unknown: 012 is then told by the accounts that belong in it. -#}
{%- set is_staff -%}
coalesce(chapter_code = '012', nature_code like '64%' or substr(nature_code, 1, 3) in ('621', '631', '633'))
{%- endset -%}
{#- Real operations only: order operations move no cash, results brought forward are no year's cost. -#}
with ledger as (

    select
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        direction,
        section,
        {{ is_staff }} as is_staff,
        sum(amount_eur) as amount_eur
    from {{ ref('int_cost_lines') }}
    where not is_order and section is not null
    group by
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        direction,
        section,
        {{ is_staff }}

),

documents as (

    select
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        direction,
        section,
        {{ is_staff }} as is_staff,
        sum(realised_eur) as amount_eur
    from {{ ref('int_budget_totem__line') }}
    where is_final_account and is_real and not is_result_or_transfer and coalesce(realised_eur, 0) <> 0
    group by
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        direction,
        section,
        {{ is_staff }}

),

ledger_years as (

    select
        budget_id,
        exercice,
        sum(case when direction = 'expense' then amount_eur else 0 end) as expense_eur
    from ledger
    group by
        budget_id,
        exercice

),

document_years as (

    select
        budget_id,
        exercice,
        sum(case when direction = 'expense' then amount_eur else 0 end) as expense_eur
    from documents
    group by
        budget_id,
        exercice

),

chosen as (

    select
        ledger.*,
        'ledger' as cost_source
    from ledger

    union all

    select
        documents.*,
        'budget_document' as cost_source
    from documents
    left join ledger_years
        on
            documents.budget_id = ledger_years.budget_id
            and documents.exercice = ledger_years.exercice
    where ledger_years.budget_id is null

),

costs as (

    select
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        cost_source,
        sum(case when direction = 'expense' and section = 'F' then amount_eur else 0 end) as operating_expense_eur,
        sum(
            case when direction = 'expense' and section = 'F' and is_staff then amount_eur else 0 end
        ) as staff_expense_eur,
        sum(case when direction = 'revenue' and section = 'F' then amount_eur else 0 end) as operating_revenue_eur,
        sum(case when direction = 'expense' and section = 'I' then amount_eur else 0 end) as investment_expense_eur,
        sum(case when direction = 'revenue' and section = 'I' then amount_eur else 0 end) as investment_revenue_eur
    from chosen
    group by
        budget_id,
        exercice,
        function_m57_code,
        function_code,
        cost_source

),

-- The population printed in the account of the exercice, else in its last budget document.
populations as (

    select
        budget_id,
        exercice,
        population_declared,
        row_number() over (
            partition by budget_id, exercice
            order by
                is_final_account desc nulls last,
                decided_on desc nulls last,
                decision_code desc nulls last,
                source_export desc nulls last
        ) as preference
    from {{ ref('int_budget_totem__document') }}
    where is_standing and population_declared > 0

),

m57_functions as (

    select
        function_code,
        function_label
    from {{ ref('int_reference__function') }}
    where norm = 'M57'

)

select
    cast(costs.budget_id as {{ text }}) as budget_id,
    cast(costs.exercice as integer) as exercice,
    cast(costs.function_m57_code as {{ text }}) as function_m57_code,
    cast(costs.function_code as {{ text }}) as function_code,
    cast(
        case
            when costs.function_code is null then 'Sans fonction'
            when costs.function_m57_code is null then 'Fonction sans correspondance M57'
            else coalesce(m57_functions.function_label, 'Fonction inconnue du plan M57')
        end as {{ text }}
    ) as function_m57_label,
    cast(coalesce(costs.function_m57_code like '01%', false) as boolean) as is_non_ventilable,
    cast(costs.cost_source as {{ text }}) as cost_source,
    {%- for measure in measures %}
    cast(costs.{{ measure }} as decimal(16, 2)) as {{ measure }},
    {%- endfor %}
    cast(costs.operating_expense_eur - costs.operating_revenue_eur as decimal(16, 2)) as operating_net_cost_eur,
    cast(populations.population_declared as integer) as population_declared,
    cast(
        costs.operating_expense_eur / nullif(populations.population_declared, 0) as decimal(16, 2)
    ) as operating_expense_per_inhabitant_eur,
    cast(
        (costs.operating_expense_eur - costs.operating_revenue_eur)
        / nullif(populations.population_declared, 0) as decimal(16, 2)
    ) as operating_net_cost_per_inhabitant_eur,
    cast(
        costs.investment_expense_eur / nullif(populations.population_declared, 0) as decimal(16, 2)
    ) as investment_expense_per_inhabitant_eur,
    cast(
        ledger_years.expense_eur / nullif(document_years.expense_eur, 0) as decimal(18, 6)
    ) as ledger_coverage_share
from costs
left join populations
    on
        costs.budget_id = populations.budget_id
        and costs.exercice = populations.exercice
        and populations.preference = 1
left join m57_functions
    on costs.function_m57_code = m57_functions.function_code
left join ledger_years
    on
        costs.budget_id = ledger_years.budget_id
        and costs.exercice = ledger_years.exercice
left join document_years
    on
        costs.budget_id = document_years.budget_id
        and costs.exercice = document_years.exercice
