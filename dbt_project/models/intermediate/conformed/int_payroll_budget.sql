{#- Which budget bears the payroll of an establishment: the one of its own SIRET, else the main budget of its SIREN. -#}
with employers as (

    select
        siren,
        siret,
        cast(null as {{ dbt.type_string() }}) as budget_code
    from {{ ref('int_payroll_dsn__contract_month') }}
    group by siren, siret

    union

    select
        siren,
        siret,
        budget_code
    from {{ ref('int_payroll_xhl__payslip') }}
    group by siren, siret, budget_code

),

budgets as (

    select
        budget_id,
        budget_siret,
        budget_code,
        max(is_main) as is_main
    from (
        select
            budget_id,
            siret as budget_siret,
            budget_code,
            case when budget_code = '00' then 1 else 0 end as is_main
        from {{ ref('int_finance_pes__piece') }}

        union all

        select
            budget_id,
            budget_siret,
            budget_code,
            case when budget_type_code = 'P' then 1 else 0 end as is_main
        from {{ ref('int_budget_totem__document') }}
        where is_standing
    ) as known
    where budget_id is not null
    group by budget_id, budget_siret, budget_code

),

ranked as (

    select
        employers.siren,
        employers.siret,
        employers.budget_code,
        budgets.budget_id,
        row_number() over (
            partition by employers.siren, employers.siret, coalesce(employers.budget_code, '')
            order by
                case
                    when employers.siret = budgets.budget_siret and employers.budget_code = budgets.budget_code then 1
                    when employers.budget_code = budgets.budget_code then 2
                    when employers.siret = budgets.budget_siret then 3
                    else 4
                end asc nulls last,
                budgets.is_main desc nulls last,
                budgets.budget_id asc nulls last
        ) as preference
    from employers
    left join budgets
        on employers.siren = substr(budgets.budget_siret, 1, 9)

)

select
    siren,
    siret,
    budget_code,
    budget_id
from ranked
where preference = 1
