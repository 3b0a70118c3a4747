{%- set text = dbt.type_string() -%}
{%- set pension = "'pension', 'elected_pension'" -%}
{%- set urssaf = "'urssaf', 'mobility', 'fnal', 'solidarity', 'elected_social'" -%}
with paid as (

    select
        siret,
        agent_id,
        contract_id,
        pay_month,
        sum(case when line_kind = 'gross' then amount_eur else 0 end) as gross_eur,
        sum(
            case when line_kind = 'employer' and family in ({{ pension }}) then amount_eur else 0 end
        ) as employer_pension_eur,
        sum(
            case when line_kind = 'employer' and family in ({{ urssaf }}) then amount_eur else 0 end
        ) as employer_urssaf_eur,
        sum(
            case when line_kind = 'employer' and family = 'unemployment' then amount_eur else 0 end
        ) as employer_unemployment_eur,
        sum(
            case
                when line_kind = 'employer' and family not in ({{ pension }}, {{ urssaf }}, 'unemployment')
                    then amount_eur
                else 0
            end
        ) as employer_other_eur,
        sum(case when line_kind = 'other_cost' then amount_eur else 0 end) as other_cost_eur,
        sum(case when component = 'overtime' then coalesce(hours, 0) else 0 end) as overtime_hours,
        max(budget_id) as budget_id,
        max(source_system) as amounts_from,
        max(source_export) as source_export,
        min(source_record) as source_record
    from {{ ref('int_pay_line') }}
    group by siret, agent_id, contract_id, pay_month

),

-- What concerns the month, whenever it was paid: recalls go back to the month that they are about.
attached as (

    select
        siret,
        agent_id,
        contract_id,
        attachment_month as pay_month,
        sum(case when line_kind = 'gross' then amount_eur else 0 end) as gross_attached_eur,
        sum(case when line_kind <> 'detail' then amount_eur else 0 end) as cost_attached_eur,
        max(budget_id) as budget_id,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from {{ ref('int_pay_line') }}
    group by siret, agent_id, contract_id, attachment_month

),

keys as (

    select
        siret,
        agent_id,
        contract_id,
        pay_month
    from {{ ref('int_agent_month') }}
    union
    select
        siret,
        agent_id,
        contract_id,
        pay_month
    from paid
    union
    select
        siret,
        agent_id,
        contract_id,
        pay_month
    from attached

),

allocated as (

    select
        budget_id,
        pay_month,
        sum(allocated_eur) as amount_eur
    from {{ ref('int_payroll_tie') }}
    group by budget_id, pay_month

),

budget_gross as (

    select
        budget_id,
        pay_month,
        sum(gross_eur) as gross_eur
    from paid
    group by budget_id, pay_month

)

select
    cast(coalesce(paid.budget_id, attached.budget_id) as {{ text }}) as budget_id,
    cast(keys.siret as {{ text }}) as employer_siret,
    cast(keys.agent_id as {{ text }}) as agent_id,
    cast(keys.contract_id as {{ text }}) as contract_id,
    cast(keys.pay_month as date) as pay_month,
    cast(extract(year from keys.pay_month) as integer) as exercice,
    cast(agent_month.service_id as {{ text }}) as service_id,
    cast(agent_month.facility_id as {{ text }}) as facility_id,
    cast(agent_month.activity_id as {{ text }}) as activity_id,
    cast(agent_month.source_service_code as {{ text }}) as source_service_code,
    cast(agent_month.source_facility_code as {{ text }}) as source_facility_code,
    cast(agent_month.status_code as {{ text }}) as status_code,
    cast(agent_month.contract_nature_code as {{ text }}) as contract_nature_code,
    cast(coalesce(agent_month.is_counted, false) as boolean) as is_counted,
    cast(coalesce(agent_month.is_permanent, false) as boolean) as is_permanent,
    cast(agent_month.category_code as {{ text }}) as category_code,
    cast(agent_month.filiere as {{ text }}) as filiere,
    cast(agent_month.cadre_emplois as {{ text }}) as cadre_emplois,
    cast(agent_month.net_code as {{ text }}) as net_code,
    cast(agent_month.sex as {{ text }}) as sex,
    cast(agent_month.age as integer) as age,
    cast(agent_month.increased_index as integer) as increased_index,
    cast(agent_month.nbi_points as decimal(9, 2)) as nbi_points,
    cast(agent_month.part_time_rate as decimal(6, 2)) as part_time_rate,
    cast(coalesce(agent_month.quota_share, 0) as decimal(9, 4)) as quota_share,
    cast(coalesce(agent_month.paid_quota_share, 0) as decimal(9, 4)) as paid_quota_share,
    cast(coalesce(agent_month.presence_share, 0) as decimal(9, 4)) as presence_share,
    cast(coalesce(agent_month.is_present_at_month_end, false) as boolean) as is_present_at_month_end,
    cast(case when agent_month.is_present_at_month_end then agent_month.quota_share else 0 end as decimal(9, 4)) as etp,
    cast(
        case when agent_month.is_counted then agent_month.paid_quota_share * agent_month.presence_share else 0 end
        as decimal(9, 4)
    ) as etpr,
    cast(
        case when agent_month.is_counted then agent_month.quota_share * agent_month.presence_share else 0 end
        as decimal(9, 4)
    ) as etpt,
    cast(coalesce(paid.gross_eur, 0) as decimal(16, 2)) as gross_eur,
    cast(coalesce(paid.employer_pension_eur, 0) as decimal(16, 2)) as employer_pension_eur,
    cast(coalesce(paid.employer_urssaf_eur, 0) as decimal(16, 2)) as employer_urssaf_eur,
    cast(coalesce(paid.employer_unemployment_eur, 0) as decimal(16, 2)) as employer_unemployment_eur,
    cast(coalesce(paid.employer_other_eur, 0) as decimal(16, 2)) as employer_other_eur,
    cast(coalesce(paid.other_cost_eur, 0) as decimal(16, 2)) as other_cost_eur,
    cast(
        coalesce(
            paid.gross_eur + paid.employer_pension_eur + paid.employer_urssaf_eur + paid.employer_unemployment_eur
            + paid.employer_other_eur + paid.other_cost_eur,
            0
        ) as decimal(16, 2)
    ) as cost_eur,
    cast(
        coalesce(allocated.amount_eur * paid.gross_eur / nullif(budget_gross.gross_eur, 0), 0) as decimal(16, 2)
    ) as allocated_eur,
    cast(coalesce(attached.gross_attached_eur, 0) as decimal(16, 2)) as gross_attached_eur,
    cast(coalesce(attached.cost_attached_eur, 0) as decimal(16, 2)) as cost_attached_eur,
    cast(coalesce(paid.overtime_hours, 0) as decimal(9, 2)) as overtime_hours,
    cast(paid.amounts_from as {{ text }}) as amounts_from,
    cast(
        coalesce(agent_month.source_system, paid.amounts_from, attached.source_system) as {{ text }}
    ) as source_system,
    cast(
        coalesce(agent_month.source_export, paid.source_export, attached.source_export) as {{ text }}
    ) as source_export,
    cast(
        coalesce(agent_month.source_record, paid.source_record, attached.source_record) as {{ text }}
    ) as source_record
from keys
left join {{ ref('int_agent_month') }} as agent_month
    on
        keys.siret = agent_month.siret
        and keys.agent_id = agent_month.agent_id
        and keys.contract_id = agent_month.contract_id
        and keys.pay_month = agent_month.pay_month
left join paid
    on
        keys.siret = paid.siret
        and keys.agent_id = paid.agent_id
        and keys.contract_id = paid.contract_id
        and keys.pay_month = paid.pay_month
left join attached
    on
        keys.siret = attached.siret
        and keys.agent_id = attached.agent_id
        and keys.contract_id = attached.contract_id
        and keys.pay_month = attached.pay_month
left join allocated
    on
        paid.budget_id = allocated.budget_id
        and keys.pay_month = allocated.pay_month
left join budget_gross
    on
        paid.budget_id = budget_gross.budget_id
        and keys.pay_month = budget_gross.pay_month
