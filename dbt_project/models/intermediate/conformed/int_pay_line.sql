with sources as (

    select * from {{ ref('int_payroll_source') }}

),

agent_months as (

    select * from {{ ref('int_agent_month') }}

),

payslips as (

    select
        payslip.source_export,
        payslip.payslip_rank,
        payslip.siren,
        payslip.pay_month,
        coalesce(matricules.agent_id, payslip.agent_pseudonym, payslip.matricule_pseudonym) as agent_id,
        services.service_id
    from {{ ref('int_payroll_xhl__payslip') }} as payslip
    left join {{ ref('int_payroll_matricule') }} as matricules
        on payslip.matricule_pseudonym = matricules.matricule_pseudonym
    left join {{ ref('int_payroll_service') }} as services
        on
            services.source_system = 'payroll_xhl'
            and payslip.service_label = services.source_code
            and payslip.pay_month between services.valid_from and services.valid_to

),

-- A payslip names no contract: it is that of the agent in the same service, the fullest one of several.
payslip_contracts as (

    select
        source_export,
        payslip_rank,
        contract_id,
        siret,
        service_id,
        facility_id,
        activity_id,
        booked_function_code,
        status_code
    from (
        select
            payslips.source_export,
            payslips.payslip_rank,
            agent_months.contract_id,
            agent_months.siret,
            agent_months.service_id,
            agent_months.facility_id,
            agent_months.activity_id,
            agent_months.booked_function_code,
            agent_months.status_code,
            row_number() over (
                partition by payslips.source_export, payslips.payslip_rank
                order by
                    case when payslips.service_id = agent_months.service_id then 0 else 1 end asc nulls last,
                    agent_months.quota_share desc nulls last,
                    agent_months.contract_id asc nulls last
            ) as preference
        from payslips
        inner join agent_months
            on
                payslips.siren = agent_months.siren
                and payslips.agent_id = agent_months.agent_id
                and payslips.pay_month = agent_months.pay_month
    ) as ranked
    where preference = 1

),

-- The contract of a leaver is in the file of a later recall too, so that every line meets its month.
dsn_lines as (

    select
        lines.source_system,
        lines.source_export,
        lines.source_record,
        lines.siren,
        lines.siret,
        lines.siret as paying_siret,
        cast(null as {{ dbt.type_string() }}) as budget_code,
        lines.agent_id,
        lines.contract_id,
        lines.pay_month,
        lines.attachment_month,
        lines.line_kind,
        lines.component,
        lines.family,
        lines.account_code,
        lines.amount_eur,
        lines.hours,
        lines.warning_contract_unknown,
        lines.warning_share_unknown,
        agent_months.service_id,
        agent_months.facility_id,
        agent_months.activity_id,
        agent_months.booked_function_code,
        agent_months.status_code
    from {{ ref('int_payroll_dsn__pay_line') }} as lines
    inner join sources
        on
            lines.siren = sources.siren
            and lines.pay_month = sources.pay_month
            and sources.amounts_from = 'payroll_dsn'
    left join agent_months
        on
            lines.siret = agent_months.siret
            and lines.agent_id = agent_months.agent_id
            and lines.contract_id = agent_months.contract_id
            and lines.pay_month = agent_months.pay_month

),

xhl_lines as (

    select
        lines.source_system,
        lines.source_export,
        lines.source_record,
        lines.siren,
        -- The file names the head office, the contract the place of work; the budget is that of the file.
        coalesce(payslip_contracts.siret, lines.siret) as siret,
        lines.siret as paying_siret,
        lines.budget_code,
        payslips.agent_id,
        payslip_contracts.contract_id,
        lines.pay_month,
        lines.attachment_month,
        lines.line_kind,
        lines.component,
        lines.family,
        lines.account_code,
        lines.amount_eur,
        cast(null as decimal(9, 2)) as hours,
        payslip_contracts.contract_id is null as warning_contract_unknown,
        false as warning_share_unknown,
        coalesce(payslip_contracts.service_id, payslips.service_id) as service_id,
        payslip_contracts.facility_id,
        payslip_contracts.activity_id,
        payslip_contracts.booked_function_code,
        payslip_contracts.status_code
    from {{ ref('int_payroll_xhl__pay_line') }} as lines
    inner join payslips
        on
            lines.source_export = payslips.source_export
            and lines.payslip_rank = payslips.payslip_rank
    left join payslip_contracts
        on
            lines.source_export = payslip_contracts.source_export
            and lines.payslip_rank = payslip_contracts.payslip_rank

),

chosen as (

    select * from dsn_lines
    union all
    select * from xhl_lines

)

select
    chosen.source_system,
    chosen.source_export,
    chosen.source_record,
    chosen.siren,
    chosen.siret,
    budgets.budget_id,
    chosen.agent_id,
    coalesce(chosen.contract_id, 'unknown') as contract_id,
    chosen.pay_month,
    chosen.attachment_month,
    chosen.service_id,
    chosen.facility_id,
    chosen.activity_id,
    chosen.booked_function_code,
    chosen.status_code,
    chosen.line_kind,
    chosen.component,
    case
        when chosen.status_code <> 'elu' or chosen.family like 'elected%' or chosen.family is null then chosen.family
        when chosen.family = 'gross' then 'elected_gross'
        when chosen.family = 'pension' then 'elected_pension'
        else 'elected_social'
    end as family,
    chosen.account_code,
    chosen.amount_eur,
    chosen.hours,
    chosen.warning_contract_unknown,
    chosen.warning_share_unknown
from chosen
left join {{ ref('int_payroll_budget') }} as budgets
    on
        chosen.siren = budgets.siren
        and chosen.paying_siret = budgets.siret
        and coalesce(chosen.budget_code, '') = coalesce(budgets.budget_code, '')
