{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
with gaps as (

    select
        *,
        agent_count > 0 and agent_count < {{ k }} as is_secret,
        case
            when has_payroll then ledger_eur - payroll_eur - allocated_eur - not_payroll_eur
            else ledger_eur - not_payroll_eur
        end as gap_eur
    from {{ ref('int_payroll_tie') }}

),

cumulated as (

    select
        *,
        sum(gap_eur) over (
            partition by budget_id, exercice, family
            order by pay_month asc nulls last
            rows between unbounded preceding and current row
        ) as gap_to_date_eur,
        sum(gap_eur) over (partition by budget_id, exercice, family) as gap_of_exercice_eur,
        max(case when is_secret then 1 else 0 end) over (partition by budget_id, exercice, family) = 1 as has_secret
    from gaps

)

select
    cast(budget_id as {{ text }}) as budget_id,
    cast(exercice as integer) as exercice,
    cast(pay_month as date) as pay_month,
    cast(family as {{ text }}) as family,
    cast(family_label as {{ text }}) as family_label,
    cast(is_elected as boolean) as is_elected,
    cast(method as {{ text }}) as method,
    cast(has_payroll as boolean) as has_payroll,
    cast(ledger_eur as decimal(16, 2)) as ledger_eur,
    cast(case when not is_secret then payroll_eur end as decimal(16, 2)) as payroll_eur,
    cast(case when not is_secret then allocated_eur end as decimal(16, 2)) as allocated_eur,
    cast(not_payroll_eur as decimal(16, 2)) as not_payroll_eur,
    cast(case when not is_secret then gap_eur end as decimal(16, 2)) as gap_eur,
    cast(case when not has_secret then gap_to_date_eur end as decimal(16, 2)) as gap_to_date_eur,
    cast(case when not is_secret then agent_count end as integer) as agent_count,
    cast(case when is_secret then 'A' else 'V' end as {{ text }}) as secrecy_status,
    cast(
        case
            when is_secret then 'Secret : moins de {{ k }} agents'
            when gap_eur = 0 then null
            when not has_payroll then 'Aucun fichier de paie reçu pour ce mois'
            when gap_of_exercice_eur = 0 then 'Décalage de mois : soldé sur l’exercice'
            when ledger_eur = 0 then 'Paie déclarée sans mandat dans le mois'
            when payroll_eur = 0 then 'Mandats sans paie déclarée dans le mois'
            when abs(gap_eur) < 1 then 'Arrondi'
            else 'Écart à expliquer'
        end as {{ text }}
    ) as explanation
from cumulated
