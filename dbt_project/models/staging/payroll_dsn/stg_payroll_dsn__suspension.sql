with source as (

    select * from {{ source('payroll_dsn', 'suspension') }}

),

contracts as (

    select * from {{ ref('stg_payroll_dsn__contrat') }}

)

select
    source.source_export,
    source.source_record,
    contracts.declaration_line,
    contracts.declaration_key,
    contracts.siren,
    contracts.siret,
    contracts.pay_month,
    contracts.norm,
    contracts.individual_line,
    contracts.agent_pseudonym,
    contracts.contract_line,
    contracts.contract_pseudonym,
    source.motif as motive_code,
    {{ dsn_date('source.debut') }} as start_date,
    {{ dsn_date('source.fin') }} as end_date,
    try_cast(source.jours_ouvres as decimal(9, 2)) as working_days
from source
inner join contracts
    on
        source.source_export = contracts.source_export
        and try_cast(source.contrat_line as integer) = contracts.contract_line
