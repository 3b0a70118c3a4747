with seen as (

    select agent_pseudonym as id from {{ ref('stg_payroll_dsn__individu') }}
    union
    select ntt_pseudonym as id from {{ ref('stg_payroll_dsn__individu') }}
    where ntt_pseudonym is not null
    union
    select former_pseudonym as id from {{ ref('stg_payroll_dsn__individu_chg') }}
    where former_pseudonym is not null

),

-- A temporary number gives way to the NIR that is declared beside it; a wrong NIR to the one of a block 31.
change as (

    select
        ntt_pseudonym as former_id,
        agent_pseudonym as id,
        max(pay_month) as changed_on
    from {{ ref('stg_payroll_dsn__individu') }}
    where ntt_pseudonym is not null
    group by ntt_pseudonym, agent_pseudonym

    union all

    select
        individu_chg.former_pseudonym as former_id,
        individu.agent_pseudonym as id,
        max(individu_chg.pay_month) as changed_on
    from {{ ref('stg_payroll_dsn__individu_chg') }} as individu_chg
    inner join {{ ref('stg_payroll_dsn__individu') }} as individu
        on
            individu_chg.source_export = individu.source_export
            and individu_chg.individual_line = individu.individual_line
    where individu_chg.former_pseudonym is not null
    group by individu_chg.former_pseudonym, individu.agent_pseudonym

),

followed as (

    with {{ followed('seen', 'change') }}

)

select
    former_id as agent_pseudonym,
    current_id as agent_id
from followed
