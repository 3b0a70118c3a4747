{#- Attributes that a later file may correct for this month -> name of the former value in its block 41. -#}
{%- set corrected = {
    'quota': 'former_quota',
    'reference_quota': 'former_reference_quota',
    'part_time_rate': 'former_part_time_rate',
    'workplace_code': 'former_workplace_code',
    'contract_nature_code': 'former_contract_nature_code',
    'employment_status_code': 'former_employment_status_code',
    'net_code': 'former_net_code',
    'increased_index': 'former_increased_index',
    'nbi_points': 'former_nbi_points',
} -%}
with declared as (

    select
        contrat.*,
        agents.agent_id,
        contracts.contract_id,
        individu.matricule_pseudonym,
        individu.sex_code,
        individu.birth_year,
        row_number() over (
            partition by contrat.siret, agents.agent_id, contracts.contract_id, contrat.pay_month
            order by contrat.start_date desc nulls last, contrat.contract_line desc nulls last
        ) as recency
    from {{ ref('stg_payroll_dsn__contrat') }} as contrat
    inner join {{ ref('stg_payroll_dsn__individu') }} as individu
        on
            contrat.source_export = individu.source_export
            and contrat.individual_line = individu.individual_line
    inner join {{ ref('int_payroll_dsn__agent') }} as agents
        on individu.agent_pseudonym = agents.agent_pseudonym
    inner join {{ ref('int_payroll_dsn__contract') }} as contracts
        on contrat.contract_pseudonym = contracts.contract_pseudonym

),

snapshot as (

    select
        declared.*,
        months.month_end,
        months.days_in_month,
        max(declared.pay_month) over (
            partition by declared.siren, declared.agent_id, declared.contract_id
        ) as last_month
    from declared
    inner join {{ ref('int_month') }} as months
        on declared.pay_month = months.month
    where declared.recency = 1

),

change as (

    select
        contracts.contract_id,
        contrat_chg.*
    from {{ ref('stg_payroll_dsn__contrat_chg') }} as contrat_chg
    inner join {{ ref('stg_payroll_dsn__contrat') }} as contrat
        on
            contrat_chg.source_export = contrat.source_export
            and contrat_chg.contract_line = contrat.contract_line
    inner join {{ ref('int_payroll_dsn__contract') }} as contracts
        on contrat.contract_pseudonym = contracts.contract_pseudonym

),

-- The end of a contract that stands: the last one declared, unless a later file cancels it.
ending as (

    select
        contract_id,
        end_date,
        motive_code
    from (
        select
            contracts.contract_id,
            fin.end_date,
            fin.motive_code,
            row_number() over (
                partition by contracts.contract_id
                order by fin.pay_month desc nulls last, fin.end_date desc nulls last
            ) as recency
        from {{ ref('stg_payroll_dsn__fin') }} as fin
        inner join {{ ref('stg_payroll_dsn__contrat') }} as contrat
            on
                fin.source_export = contrat.source_export
                and fin.contract_line = contrat.contract_line
        inner join {{ ref('int_payroll_dsn__contract') }} as contracts
            on contrat.contract_pseudonym = contracts.contract_pseudonym
    ) as ranked
    where recency = 1 and motive_code <> '099'

){% for attribute, former in corrected.items() %},

-- A change known later with effect in this month or before makes the month's own value wrong. The right one is what the
-- next change replaced, or what the contract holds now.
{{ attribute }}_corrected as (

    select
        contract_id,
        pay_month,
        max(case when recency = 1 then {{ former }} end) as former_value,
        max(case when recency = 1 then 1 else 0 end) as has_next
    from (
        select
            snapshot.contract_id,
            snapshot.pay_month,
            change.{{ former }},
            change.effect_date > snapshot.month_end as is_next,
            case when change.effect_date > snapshot.month_end then row_number() over (
                partition by snapshot.contract_id, snapshot.pay_month, change.effect_date > snapshot.month_end
                order by change.effect_date asc nulls last, change.pay_month desc nulls last
            ) end as recency,
            max(case when change.effect_date <= snapshot.month_end then 1 else 0 end) over (
                partition by snapshot.contract_id, snapshot.pay_month
            ) as is_corrected
        from snapshot
        inner join change
            on
                snapshot.contract_id = change.contract_id
                and snapshot.pay_month < change.pay_month
                and change.{{ former }} is not null
    ) as later
    where is_corrected = 1
    group by contract_id, pay_month

)
{%- endfor %},

latest as (

    select * from snapshot
    where pay_month = last_month

)

select
    snapshot.source_export,
    snapshot.source_record,
    snapshot.siren,
    snapshot.siret,
    snapshot.agent_id,
    snapshot.contract_id,
    snapshot.matricule_pseudonym,
    snapshot.pay_month,
    snapshot.month_end,
    snapshot.days_in_month,
    snapshot.sex_code,
    snapshot.birth_year,
    snapshot.start_date,
    snapshot.planned_end_date,
    ending.end_date,
    ending.motive_code as end_motive_code,
    snapshot.conventional_status_code,
    snapshot.scheme_code,
    snapshot.quota_unit_code,
    snapshot.recourse_code,
    snapshot.working_time_code,
    snapshot.old_age_scheme_code,
    snapshot.budget_assignment_code,
    {% for attribute in corrected -%}
    case
        when {{ attribute }}_corrected.contract_id is null then snapshot.{{ attribute }}
        when {{ attribute }}_corrected.has_next = 1 then {{ attribute }}_corrected.former_value
        else latest.{{ attribute }}
    end as {{ attribute }},
    {% endfor -%}
    snapshot.post_kind_code
from snapshot
left join latest
    on
        snapshot.siren = latest.siren
        and snapshot.agent_id = latest.agent_id
        and snapshot.contract_id = latest.contract_id
        and snapshot.siret = latest.siret
left join ending
    on snapshot.contract_id = ending.contract_id
{%- for attribute in corrected %}
left join {{ attribute }}_corrected
    on
        snapshot.contract_id = {{ attribute }}_corrected.contract_id
        and snapshot.pay_month = {{ attribute }}_corrected.pay_month
{%- endfor %}
