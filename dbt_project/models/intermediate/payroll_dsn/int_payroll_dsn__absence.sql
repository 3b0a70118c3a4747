{#- Sick leaves (60) and suspensions (65) come again in every file that they overlap: the last one counts. -#}
with contracts as (

    select
        contrat.source_export,
        contrat.contract_line,
        contrat.siren,
        agents.agent_id,
        contracts.contract_id
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

declared as (

    select
        source_export,
        source_record,
        contract_line,
        siret,
        pay_month,
        '60' as block,
        motive_code,
        cast(last_day_worked + 1 as date) as start_date,
        cast(coalesce(return_date - 1, planned_end_date) as date) as end_date,
        return_date is null as is_open
    from {{ ref('stg_payroll_dsn__arret') }}

    union all

    select
        source_export,
        source_record,
        contract_line,
        siret,
        pay_month,
        '65' as block,
        motive_code,
        start_date,
        end_date,
        end_date is null as is_open
    from {{ ref('stg_payroll_dsn__suspension') }}

),

identified as (

    select
        declared.*,
        contracts.siren,
        contracts.agent_id,
        contracts.contract_id
    from declared
    inner join contracts
        on
            declared.source_export = contracts.source_export
            and declared.contract_line = contracts.contract_line

),

last_said as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by siren, agent_id, contract_id, block, motive_code, start_date
                order by pay_month desc nulls last, source_export desc nulls last, source_record desc nulls last
            ) as recency
        from identified
    ) as ranked
    where recency = 1

),

-- 99 (block 60) and 998 (block 65) cancel the absence that started on the same day, whatever its reason.
cancelled as (

    select
        contract_id,
        block,
        start_date,
        max(pay_month) as cancelled_in
    from identified
    where (block = '60' and motive_code = '99') or (block = '65' and motive_code = '998')
    group by contract_id, block, start_date

),

-- An absence without any end goes on until the last month that was declared.
bounded as (

    select
        last_said.*,
        coalesce(last_said.end_date, months.month_end) as known_end_date
    from last_said
    inner join {{ ref('int_month') }} as months
        on last_said.pay_month = months.month
    left join cancelled
        on
            last_said.contract_id = cancelled.contract_id
            and last_said.block = cancelled.block
            and last_said.start_date = cancelled.start_date
            and last_said.pay_month <= cancelled.cancelled_in
    where
        cancelled.contract_id is null
        and not (last_said.block = '60' and last_said.motive_code = '99')
        and not (last_said.block = '65' and last_said.motive_code = '998')

),

chained as (

    select
        *,
        max(known_end_date) over (
            partition by siren, agent_id, block, motive_code
            order by start_date asc nulls last, known_end_date asc nulls last, contract_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from bounded
    where known_end_date >= start_date

)

select
    source_export,
    source_record,
    siren,
    siret,
    agent_id,
    contract_id,
    block,
    motive_code,
    start_date,
    known_end_date as end_date,
    is_open,
    -- Two stops of one reason that overlap, follow or leave one day between them are one: days count once.
    cast(case when end_before >= start_date then end_before + 1 else start_date end as date) as counted_from_date,
    coalesce(end_before + 2 < start_date, true) as is_new_stop
from chained
-- One that lies inside another of the same reason has no day of its own.
where coalesce(end_before < known_end_date, true)
