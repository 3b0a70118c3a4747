with source as (

    select * from {{ source('payroll_dsn', 'composant_base') }}

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
    source.type as component_code,
    try_cast(source.montant as decimal(16, 2)) as amount_eur
from source
inner join bases
    on
        source.source_export = bases.source_export
        and try_cast(source.base_line as integer) = bases.base_line
