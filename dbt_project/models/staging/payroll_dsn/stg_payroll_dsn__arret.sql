with source as (

    select * from {{ source('payroll_dsn', 'arret') }}

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
    {{ line_of_record('source.source_record') }} as absence_line,
    source.motif as motive_code,
    {{ dsn_date('source.dernier_jour_travaille') }} as last_day_worked,
    {{ dsn_date('source.fin_previsionnelle') }} as planned_end_date,
    {{ dsn_date('source.reprise') }} as return_date,
    source.motif_reprise as return_motive_code
from source
inner join contracts
    on
        source.source_export = contracts.source_export
        and try_cast(source.contrat_line as integer) = contracts.contract_line
