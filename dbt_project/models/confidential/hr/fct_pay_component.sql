{#- The DSN tells the gross pay whole and some of what it is made of; the XHL tells every line. Both end as components
    that add up to the cost: what no line names is other pay. -#}
{%- set text = dbt.type_string() -%}
with lines as (

    select
        budget_id,
        employer_siret,
        agent_id,
        contract_id,
        pay_month,
        service_id,
        attachment_month = pay_month as is_current,
        line_kind,
        component,
        max(case when status_code = 'elu' or family like 'elected%' then 1 else 0 end) as is_elected,
        sum(amount_eur) as amount_eur,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from {{ ref('fct_pay_line') }}
    group by
        budget_id,
        employer_siret,
        agent_id,
        contract_id,
        pay_month,
        service_id,
        attachment_month = pay_month,
        line_kind,
        component

),

pay as (

    select
        budget_id,
        employer_siret,
        agent_id,
        contract_id,
        pay_month,
        service_id,
        is_current,
        max(is_elected) as is_elected,
        sum(case when line_kind = 'gross' then amount_eur else 0 end)
        - sum(
            case when line_kind in ('gross', 'detail') and component <> 'other_pay' then amount_eur else 0 end
        ) as other_pay_eur,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from lines
    group by budget_id, employer_siret, agent_id, contract_id, pay_month, service_id, is_current

),

told as (

    select
        budget_id,
        employer_siret,
        agent_id,
        contract_id,
        pay_month,
        service_id,
        is_current,
        component,
        max(is_elected) as is_elected,
        sum(amount_eur) as amount_eur,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from lines
    where component is not null and not (line_kind in ('gross', 'detail') and component = 'other_pay')
    group by budget_id, employer_siret, agent_id, contract_id, pay_month, service_id, is_current, component

    union all

    select
        budget_id,
        employer_siret,
        agent_id,
        contract_id,
        pay_month,
        service_id,
        is_current,
        'other_pay' as component,
        is_elected,
        other_pay_eur as amount_eur,
        source_system,
        source_export,
        source_record
    from pay

),

-- A payroll file may name the head office where the contract is of another establishment: the employer is the same.
situations as (

    select
        substr(agent_months.employer_siret, 1, 9) as employer_siren,
        agent_months.agent_id,
        agent_months.contract_id,
        agent_months.pay_month,
        max(agent_months.status_code) as status_code,
        max(case when agent_months.is_counted then 1 else 0 end) = 1 as is_counted,
        max(case when agent_months.is_permanent then 1 else 0 end) = 1 as is_permanent,
        max(agent_months.category_code) as category_code,
        max(agent_months.sex) as sex,
        sum(
            agent_months.nbi_points * agent_months.paid_quota_share * agent_months.presence_share
            * points.rate_percent / 12
        ) as nbi_eur
    from {{ ref('fct_agent_month') }} as agent_months
    left join {{ ref('ref_payroll_rate') }} as points
        on
            points.rate_code = 'point_indice'
            and agent_months.pay_month >= points.valid_from
            and agent_months.pay_month <= coalesce(points.valid_to, cast('9999-12-31' as date))
    group by
        substr(agent_months.employer_siret, 1, 9),
        agent_months.agent_id,
        agent_months.contract_id,
        agent_months.pay_month

),

situated as (

    select
        told.*,
        situations.status_code,
        coalesce(situations.is_counted, false) as is_counted,
        coalesce(situations.is_permanent, false) as is_permanent,
        situations.category_code,
        situations.sex,
        -- The NBI is inside the basic pay of a DSN: points × value of the point, when no line of its own tells it.
        case
            when
                told.component = 'base_pay' and told.is_current and told.amount_eur > 0
                and max(case when told.component = 'nbi' then 1 else 0 end) over (
                    partition by told.employer_siret, told.agent_id, told.contract_id, told.pay_month
                ) = 0
                and row_number() over (
                    partition by
                        told.employer_siret,
                        told.agent_id,
                        told.contract_id,
                        told.pay_month,
                        told.component,
                        told.is_current
                    order by
                        told.amount_eur desc nulls last,
                        told.service_id asc nulls last,
                        told.budget_id asc nulls last
                ) = 1
                then least(cast(coalesce(situations.nbi_eur, 0) as decimal(16, 2)), told.amount_eur)
            else 0
        end as nbi_eur
    from told
    left join situations
        on
            substr(told.employer_siret, 1, 9) = situations.employer_siren
            and told.agent_id = situations.agent_id
            and told.contract_id = situations.contract_id
            and told.pay_month = situations.pay_month

),

parted as (

    select
        *,
        component as own_component,
        amount_eur - nbi_eur as own_eur
    from situated

    union all

    select
        *,
        'nbi' as own_component,
        nbi_eur as own_eur
    from situated
    where nbi_eur > 0

)

select
    cast(budget_id as {{ text }}) as budget_id,
    cast(substr(employer_siret, 1, 9) as {{ text }}) as employer_siren,
    cast(employer_siret as {{ text }}) as employer_siret,
    cast(agent_id as {{ text }}) as agent_id,
    cast(contract_id as {{ text }}) as contract_id,
    cast(pay_month as date) as pay_month,
    cast(extract(year from pay_month) as integer) as exercice,
    cast(service_id as {{ text }}) as service_id,
    cast(status_code as {{ text }}) as status_code,
    cast(is_elected = 1 as boolean) as is_elected,
    cast(is_counted as boolean) as is_counted,
    cast(is_permanent as boolean) as is_permanent,
    cast(category_code as {{ text }}) as category_code,
    cast(sex as {{ text }}) as sex,
    cast(is_current as boolean) as is_current,
    cast(own_component as {{ text }}) as component,
    cast(nbi_eur > 0 as boolean) as is_estimated,
    cast(own_eur as decimal(16, 2)) as amount_eur,
    cast(source_system as {{ text }}) as source_system,
    cast(source_export as {{ text }}) as source_export,
    cast(source_record as {{ text }}) as source_record
from parted
where own_eur <> 0
