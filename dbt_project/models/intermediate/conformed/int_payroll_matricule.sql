select
    matricule_pseudonym,
    agent_id
from (
    select
        matricule_pseudonym,
        agent_id,
        row_number() over (
            partition by matricule_pseudonym
            order by pay_month desc nulls last, agent_id asc nulls last
        ) as recency
    from {{ ref('int_payroll_dsn__contract_month') }}
    where matricule_pseudonym is not null
) as ranked
where recency = 1
