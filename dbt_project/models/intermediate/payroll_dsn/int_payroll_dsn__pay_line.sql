{#- Block 51 shows the same pay under four types (001, 002, 003, 010): only 001 is the gross pay. -#}
with individuals as (

    select
        individu.source_export,
        individu.individual_line,
        agents.agent_id
    from {{ ref('stg_payroll_dsn__individu') }} as individu
    inner join {{ ref('int_payroll_dsn__agent') }} as agents
        on individu.agent_pseudonym = agents.agent_pseudonym

),

remuneration as (

    select * from {{ ref('stg_payroll_dsn__remuneration') }}

),

-- One amount for both shares of a contribution is split by the rates of the period that it is about.
rates as (

    select
        rate_code,
        base_code,
        valid_from,
        valid_to,
        cast(sum(case when payer = 'employer' then rate_percent else 0 end) * 10000 as bigint) as employer_rate,
        cast(sum(rate_percent) * 10000 as bigint) as whole_rate
    from {{ ref('ref_payroll_rate') }}
    where payer in ('employer', 'agent')
    group by rate_code, base_code, valid_from, valid_to

),

contributions as (

    select
        cotisation.*,
        payers.payer,
        payers.family,
        coalesce({{ month_of('cotisation.period_start') }}, cotisation.pay_month) as attachment_month
    from {{ ref('stg_payroll_dsn__cotisation') }} as cotisation
    left join {{ ref('ref_dsn_contribution') }} as payers
        on cotisation.contribution_code = payers.contribution_code

),

employer_shares as (

    select
        contributions.source_export,
        contributions.source_record,
        contributions.individual_line,
        contributions.siren,
        contributions.siret,
        contributions.pay_month,
        contributions.attachment_month,
        contributions.contract_pseudonym,
        contributions.family,
        case
            when contributions.payer = 'employer' then contributions.amount_eur
            when rates.whole_rate > 0
                then {{ exact_share('contributions.amount_eur', 'rates.employer_rate', 'rates.whole_rate') }}
            -- Without a known rate the whole amount counts: a cost is not forgotten, and the guard shows it.
            else contributions.amount_eur
        end as amount_eur,
        contributions.payer = 'both' and rates.whole_rate is null as warning_share_unknown
    from contributions
    left join rates
        on
            contributions.payer = 'both'
            and contributions.contribution_code = rates.rate_code
            and (rates.base_code is null or contributions.base_code = rates.base_code)
            and contributions.attachment_month >= rates.valid_from
            and contributions.attachment_month <= coalesce(rates.valid_to, cast('9999-12-31' as date))
    where contributions.payer in ('employer', 'both') and contributions.amount_eur <> 0

),

said as (

    select
        source_export,
        source_record,
        individual_line,
        siren,
        siret,
        pay_month,
        coalesce({{ month_of('period_start') }}, pay_month) as attachment_month,
        contract_pseudonym,
        'gross' as line_kind,
        cast(null as {{ dbt.type_string() }}) as component,
        'gross' as family,
        amount_eur,
        hours,
        false as warning_share_unknown
    from remuneration
    where type_code = '001' and amount_eur is not null

    union all

    select
        remuneration.source_export,
        remuneration.source_record,
        remuneration.individual_line,
        remuneration.siren,
        remuneration.siret,
        remuneration.pay_month,
        coalesce({{ month_of('remuneration.period_start') }}, remuneration.pay_month) as attachment_month,
        remuneration.contract_pseudonym,
        'detail' as line_kind,
        components.component,
        cast(null as {{ dbt.type_string() }}) as family,
        remuneration.amount_eur,
        remuneration.hours,
        false as warning_share_unknown
    from remuneration
    inner join {{ ref('map_payroll_dsn__component') }} as components
        on components.block = '51' and remuneration.type_code = components.type_code
    where remuneration.amount_eur is not null

    union all

    select
        prime.source_export,
        prime.source_record,
        prime.individual_line,
        prime.siren,
        prime.siret,
        prime.pay_month,
        coalesce({{ month_of('prime.period_start') }}, prime.pay_month) as attachment_month,
        prime.contract_pseudonym,
        'detail' as line_kind,
        components.component,
        cast(null as {{ dbt.type_string() }}) as family,
        prime.amount_eur,
        cast(null as decimal(9, 2)) as hours,
        false as warning_share_unknown
    from {{ ref('stg_payroll_dsn__prime') }} as prime
    inner join {{ ref('map_payroll_dsn__component') }} as components
        on components.block = '52' and prime.type_code = components.type_code
    where prime.amount_eur is not null

    union all

    select
        source_export,
        source_record,
        individual_line,
        siren,
        siret,
        pay_month,
        attachment_month,
        contract_pseudonym,
        'employer' as line_kind,
        case when family = 'pension' then 'employer_pension' else 'employer_social' end as component,
        family,
        amount_eur,
        cast(null as decimal(9, 2)) as hours,
        warning_share_unknown
    from employer_shares

    union all

    -- Meal vouchers, transport, holiday vouchers and cover that the employer pays beside the gross pay.
    select
        source_export,
        source_record,
        individual_line,
        siren,
        siret,
        pay_month,
        coalesce({{ month_of('period_start') }}, pay_month) as attachment_month,
        contract_pseudonym,
        'other_cost' as line_kind,
        'other_cost' as component,
        'other_social' as family,
        amount_eur,
        cast(null as decimal(9, 2)) as hours,
        false as warning_share_unknown
    from {{ ref('stg_payroll_dsn__autre_revenu') }}
    where type_code in ('17', '18', '19', '91', '92', '93') and amount_eur <> 0

),

paid as (

    select
        source_export,
        individual_line,
        contract_pseudonym,
        sum(amount_eur) as gross_eur
    from remuneration
    where type_code = '001'
    group by source_export, individual_line, contract_pseudonym

),

-- What each contract of an individual weighs in a declaration: lines that name no contract are split by it.
weights as (

    select
        contrat.source_export,
        contrat.individual_line,
        contracts.contract_id,
        cast(greatest(coalesce(max(paid.gross_eur), 0), 0) * 100 as bigint) as weight
    from {{ ref('stg_payroll_dsn__contrat') }} as contrat
    inner join {{ ref('int_payroll_dsn__contract') }} as contracts
        on contrat.contract_pseudonym = contracts.contract_pseudonym
    left join paid
        on
            contrat.source_export = paid.source_export
            and contrat.individual_line = paid.individual_line
            and contrat.contract_pseudonym = paid.contract_pseudonym
    group by contrat.source_export, contrat.individual_line, contracts.contract_id

),

ranked_weights as (

    select
        *,
        sum(weight) over (partition by source_export, individual_line) as whole_weight,
        row_number() over (
            partition by source_export, individual_line
            order by weight desc nulls last, contract_id asc nulls last
        ) as place
    from weights

),

shared as (

    select
        said.*,
        ranked_weights.contract_id,
        ranked_weights.place,
        case
            when ranked_weights.place is null then said.amount_eur
            when ranked_weights.whole_weight = 0 and ranked_weights.place = 1 then said.amount_eur
            when ranked_weights.whole_weight = 0 then 0
            else {{ exact_share('said.amount_eur', 'ranked_weights.weight', 'ranked_weights.whole_weight') }}
        end as share_eur
    from said
    left join ranked_weights
        on
            said.source_export = ranked_weights.source_export
            and said.individual_line = ranked_weights.individual_line
    where said.contract_pseudonym is null

),

closed as (

    -- The largest contract takes the cents that rounding leaves.
    select
        *,
        case
            when place = 1
                then
                    amount_eur
                    - sum(case when place > 1 then share_eur else 0 end) over (
                        partition by source_export, source_record, line_kind, component
                    )
            else share_eur
        end as closed_eur
    from shared

),

complete as (

    select
        said.source_export,
        said.source_record,
        said.individual_line,
        said.siren,
        said.siret,
        said.pay_month,
        said.attachment_month,
        contracts.contract_id,
        said.line_kind,
        said.component,
        said.family,
        said.amount_eur,
        said.hours,
        false as warning_contract_unknown,
        said.warning_share_unknown
    from said
    inner join {{ ref('int_payroll_dsn__contract') }} as contracts
        on said.contract_pseudonym = contracts.contract_pseudonym

    union all

    select
        source_export,
        source_record,
        individual_line,
        siren,
        siret,
        pay_month,
        attachment_month,
        contract_id,
        line_kind,
        component,
        family,
        closed_eur as amount_eur,
        case when coalesce(place, 1) = 1 then hours end as hours,
        true as warning_contract_unknown,
        warning_share_unknown
    from closed
    where closed_eur <> 0 or coalesce(place, 1) = 1

)

select
    'payroll_dsn' as source_system,
    complete.source_export,
    complete.source_record,
    complete.siren,
    complete.siret,
    individuals.agent_id,
    complete.contract_id,
    complete.pay_month,
    complete.attachment_month,
    complete.line_kind,
    complete.component,
    complete.family,
    cast(null as {{ dbt.type_string() }}) as account_code,
    cast(complete.amount_eur as decimal(16, 2)) as amount_eur,
    complete.hours,
    complete.warning_contract_unknown,
    complete.warning_share_unknown
from complete
inner join individuals
    on
        complete.source_export = individuals.source_export
        and complete.individual_line = individuals.individual_line
