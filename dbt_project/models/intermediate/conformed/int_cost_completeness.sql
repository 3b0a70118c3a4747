with months as (

    select
        budget_id,
        exercice,
        cost_month,
        max(
            case when cost_scope = 'service' and direction = 'expense' and chapter_code = '012' then 1 else 0 end
        ) as has_staff,
        max(case when cost_stage = 'payroll' then 1 else 0 end) as has_payroll,
        max(case when rule_id = 'amortissement-a-affecter' then 1 else 0 end) as lacks_inventory
    from {{ ref('int_cost_direct') }}
    group by budget_id, exercice, cost_month

),

accounts as (

    select distinct
        budget_id,
        exercice
    from {{ ref('int_budget_totem__document') }}
    where is_standing and is_final_account

),

exercices as (

    select
        budget_id,
        exercice,
        max(lacks_inventory) as lacks_inventory
    from months
    group by budget_id, exercice

),

reasons as (

    select
        months.budget_id,
        months.exercice,
        months.cost_month,
        case when accounts.budget_id is null then 'compte de l’exercice non reçu' end as account_reason,
        case when months.has_staff = 1 and months.has_payroll = 0 then 'paie du mois non reçue' end as payroll_reason,
        case when exercices.lacks_inventory = 1 then 'inventaire de l’exercice non reçu' end as inventory_reason
    from months
    inner join exercices
        on
            months.budget_id = exercices.budget_id
            and months.exercice = exercices.exercice
    left join accounts
        on
            months.budget_id = accounts.budget_id
            and months.exercice = accounts.exercice

)

select
    budget_id,
    exercice,
    cost_month,
    case
        when account_reason is null and payroll_reason is null and inventory_reason is null then null
        else
            coalesce(account_reason, '')
            || case when account_reason is not null and payroll_reason is not null then ', ' else '' end
            || coalesce(payroll_reason, '')
            || case
                when coalesce(account_reason, payroll_reason) is not null and inventory_reason is not null then ', '
                else ''
            end
            || coalesce(inventory_reason, '')
    end as provisional_reason
from reasons
