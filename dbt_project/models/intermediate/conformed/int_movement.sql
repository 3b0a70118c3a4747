{#- A spell of employment is made of contracts of an agent with one employer that follow each other day by day. -#}
with contracts as (

    select
        siren,
        agent_id,
        contract_id,
        max(siret) as siret,
        min(start_date) as start_date,
        max(coalesce(end_date, cast('9999-12-31' as date))) as end_date,
        max(end_motive_code) as end_motive_code,
        max(source_export) as source_export,
        max(source_record) as source_record
    from {{ ref('int_agent_month') }}
    where is_counted and source_system = 'payroll_dsn'
    group by siren, agent_id, contract_id

),

chained as (

    select
        *,
        max(end_date) over (
            partition by siren, agent_id
            order by start_date asc nulls last, end_date asc nulls last, contract_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as end_before,
        min(start_date) over (
            partition by siren, agent_id
            order by start_date asc nulls last, end_date asc nulls last, contract_id asc nulls last
            rows between 1 following and unbounded following
        ) as start_after,
        max(end_date) over (
            partition by siren, agent_id
            order by start_date asc nulls last, end_date asc nulls last, contract_id asc nulls last
            rows between 1 following and unbounded following
        ) as end_after
    from contracts

),

observed as (

    select
        siren,
        min(pay_month) as first_month,
        max(month_end) as last_day
    from {{ ref('int_agent_month') }}
    group by siren

),

moves as (

    select
        chained.siren,
        chained.siret,
        chained.agent_id,
        chained.contract_id,
        'arrival' as movement_type,
        cast(null as {{ dbt.type_string() }}) as motive_code,
        chained.start_date as movement_date,
        chained.source_export,
        chained.source_record
    from chained
    inner join observed
        on chained.siren = observed.siren
    where
        chained.start_date >= observed.first_month
        and chained.start_date <= observed.last_day
        and (chained.end_before is null or chained.end_before + 1 < chained.start_date)

    union all

    select
        chained.siren,
        chained.siret,
        chained.agent_id,
        chained.contract_id,
        'departure' as movement_type,
        chained.end_motive_code as motive_code,
        chained.end_date as movement_date,
        chained.source_export,
        chained.source_record
    from chained
    inner join observed
        on chained.siren = observed.siren
    where
        chained.end_date >= observed.first_month
        and chained.end_date <= observed.last_day
        and (chained.start_after is null or chained.start_after > chained.end_date + 1)
        and (chained.end_before is null or chained.end_before <= chained.end_date)

),

situations as (

    select
        *,
        lag(service_id) over (
            partition by siren, agent_id, contract_id
            order by pay_month asc nulls last
        ) as service_before,
        row_number() over (
            partition by siren, agent_id, contract_id
            order by pay_month asc nulls last
        ) as place_first,
        row_number() over (
            partition by siren, agent_id, contract_id
            order by pay_month desc nulls last
        ) as place_last
    from {{ ref('int_agent_month') }}
    where is_counted

)

select
    moves.siren,
    moves.siret,
    moves.agent_id,
    moves.contract_id,
    moves.movement_type,
    moves.motive_code,
    moves.movement_date,
    {{ month_of('moves.movement_date') }} as movement_month,
    case when moves.movement_type = 'departure' then situations.service_id end as service_from,
    case when moves.movement_type = 'arrival' then situations.service_id end as service_to,
    situations.status_code,
    situations.is_permanent,
    situations.category_code,
    situations.sex,
    'payroll_dsn' as source_system,
    moves.source_export,
    moves.source_record
from moves
left join situations
    on
        moves.siren = situations.siren
        and moves.agent_id = situations.agent_id
        and moves.contract_id = situations.contract_id
        and (
            (moves.movement_type = 'arrival' and situations.place_first = 1)
            or (moves.movement_type = 'departure' and situations.place_last = 1)
        )

union all

select
    siren,
    siret,
    agent_id,
    contract_id,
    'internal' as movement_type,
    cast(null as {{ dbt.type_string() }}) as motive_code,
    pay_month as movement_date,
    pay_month as movement_month,
    service_before as service_from,
    service_id as service_to,
    status_code,
    is_permanent,
    category_code,
    sex,
    source_system,
    source_export,
    source_record
from situations
where service_id <> service_before and is_present_at_month_end
