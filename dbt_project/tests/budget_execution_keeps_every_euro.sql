-- Per budget, exercice and direction, the execution adds up to the lines of the account of the year, to the cent.
with executed as (
    select
        budget_id,
        exercice,
        direction,
        sum(realised_eur) as realised_eur,
        sum(carried_out_eur) as carried_out_eur
    from {{ ref('mart_budget_execution') }}
    group by budget_id, exercice, direction
),

line as (
    select
        budget_id,
        exercice,
        direction,
        sum(case when is_final_account then coalesce(realised_eur, 0) else 0 end) as realised_eur,
        sum(case when is_final_account then coalesce(carried_out_eur, 0) else 0 end) as carried_out_eur
    from {{ ref('fct_budget_line') }}
    group by budget_id, exercice, direction
)

select
    line.budget_id,
    line.exercice,
    line.direction,
    line.realised_eur,
    executed.realised_eur as executed_eur
from line
left join executed
    on
        line.budget_id = executed.budget_id
        and line.exercice = executed.exercice
        and line.direction = executed.direction
where
    executed.budget_id is null
    or line.realised_eur <> executed.realised_eur
    or line.carried_out_eur <> executed.carried_out_eur
