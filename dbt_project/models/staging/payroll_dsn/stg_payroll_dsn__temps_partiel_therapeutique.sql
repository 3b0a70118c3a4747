with source as (

    select * from {{ source('payroll_dsn', 'temps_partiel_therapeutique') }}

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
    try_cast(source.arret_line as integer) as absence_line,
    {{ dsn_date('source.debut') }} as start_date,
    {{ dsn_date('source.fin') }} as end_date
from source
inner join contracts
    on
        source.source_export = contracts.source_export
        and try_cast(source.contrat_line as integer) = contracts.contract_line
