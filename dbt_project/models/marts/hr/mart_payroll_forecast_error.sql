{#- Beside the rules, what the simplest forecast would have said: the months known, prolonged as they are. -#}
{%- set text = dbt.type_string() -%}
with years as (

    select
        employer_siren,
        budget_id,
        exercice,
        known_month,
        sum(case when is_realised then 1 else 0 end) as known_count,
        sum(case when is_realised then realised_eur else 0 end) as known_eur,
        sum(realised_eur) as realised_eur,
        sum(payroll_eur) as forecast_eur,
        min(case when payroll_eur is null or realised_eur is null then 0 else 1 end) = 1 as is_shown
    from {{ ref('mart_payroll_forecast') }}
    where not is_last_known
    group by employer_siren, budget_id, exercice, known_month

)

select
    cast(employer_siren as {{ text }}) as employer_siren,
    cast(budget_id as {{ text }}) as budget_id,
    cast(exercice as integer) as exercice,
    cast(known_month as date) as known_month,
    cast(case when is_shown then realised_eur end as decimal(16, 2)) as realised_eur,
    cast(case when is_shown then forecast_eur end as decimal(16, 2)) as forecast_eur,
    cast(case when is_shown then forecast_eur - realised_eur end as decimal(16, 2)) as error_eur,
    cast(
        case when is_shown then 100 * (forecast_eur - realised_eur) / nullif(realised_eur, 0) end as decimal(9, 4)
    ) as error_percent,
    cast(
        case when is_shown then 100 * (forecast_eur - realised_eur) / nullif(realised_eur - known_eur, 0) end
        as decimal(9, 4)
    ) as remaining_error_percent,
    cast(case when is_shown then 12 * known_eur / nullif(known_count, 0) end as decimal(16, 2)) as prolonged_eur,
    cast(
        case
            when is_shown
                then 100 * (12 * known_eur / nullif(known_count, 0) - realised_eur) / nullif(realised_eur, 0)
        end as decimal(9, 4)
    ) as prolonged_error_percent,
    cast(case when is_shown then 'V' else 'A' end as {{ text }}) as secrecy_status
from years
