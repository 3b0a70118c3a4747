with source as (

    select * from {{ source('payroll_dsn', 'cotisation') }}

),

bases as (

    select * from {{ ref('stg_payroll_dsn__base') }}

)

select
    source.source_export,
    source.source_record,
    bases.declaration_line,
    bases.declaration_key,
    bases.siren,
    bases.siret,
    bases.pay_month,
    bases.norm,
    bases.individual_line,
    bases.agent_pseudonym,
    bases.payment_line,
    bases.base_line,
    bases.base_code,
    bases.period_start,
    bases.period_end,
    bases.contract_pseudonym,
    bases.warning_contract_unknown,
    source.code as contribution_code,
    source.organisme as body_code,
    try_cast(source.assiette as decimal(16, 2)) as base_amount_eur,
    try_cast(source.montant as decimal(16, 2)) as amount_eur,
    try_cast(source.taux as decimal(9, 4)) as rate,
    source.commune as commune_code,
    source.crm as correction_report
from source
inner join bases
    on
        source.source_export = bases.source_export
        and try_cast(source.base_line as integer) = bases.base_line
