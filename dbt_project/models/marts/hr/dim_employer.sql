{%- set text = dbt.type_string() -%}
with employers as (

    select
        employer_siren,
        min(month) as first_month,
        max(month) as last_month
    from (
        select
            employer_siren,
            month
        from {{ ref('mart_headcount') }}
        where axis = 'total'

        union all

        select
            employer_siren,
            pay_month as month
        from {{ ref('mart_payroll_component') }}
        where axis = 'total'
    ) as known
    group by employer_siren

),

-- The name on the main budget of the employer; a budget annexe has a name of its own.
names as (

    select
        employer_siren,
        employer_label
    from (
        select
            substr(budget_siret, 1, 9) as employer_siren,
            coalesce(collectivity_name, budget_label) as employer_label,
            row_number() over (
                partition by substr(budget_siret, 1, 9)
                order by
                    case when budget_type_code = 'P' then 0 else 1 end asc nulls last,
                    budget_id asc nulls last
            ) as preference
        from {{ ref('dim_budget') }}
    ) as ranked
    where preference = 1

)

select
    cast(employers.employer_siren as {{ text }}) as employer_siren,
    cast(coalesce(names.employer_label, 'Employeur ' || employers.employer_siren) as {{ text }}) as employer_label,
    cast(employers.first_month as date) as first_month,
    cast(employers.last_month as date) as last_month
from employers
left join names
    on employers.employer_siren = names.employer_siren
