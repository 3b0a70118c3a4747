select
    activite.source_export,
    activite.source_record,
    activite.siret,
    activite.pay_month,
    individu.agent_pseudonym,
    remuneration.contract_pseudonym,
    activite.quantity
from {{ ref('stg_payroll_dsn__activite') }} as activite
inner join {{ ref('stg_payroll_dsn__remuneration') }} as remuneration
    on
        activite.source_export = remuneration.source_export
        and activite.remuneration_line = remuneration.remuneration_line
inner join {{ ref('stg_payroll_dsn__individu') }} as individu
    on
        remuneration.source_export = individu.source_export
        and remuneration.individual_line = individu.individual_line
-- Type 01 is time worked; unit 10 is the hour, and an absent unit that of the contract.
where
    activite.type_code = '01'
    and coalesce(activite.unit_code, '10') = '10'
    and remuneration.contract_pseudonym is not null
