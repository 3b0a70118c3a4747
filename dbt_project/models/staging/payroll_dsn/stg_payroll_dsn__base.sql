with source as (

    select * from {{ source('payroll_dsn', 'base') }}

),

individuals as (

    select * from {{ ref('stg_payroll_dsn__individu') }}

)

select
    source.source_export,
    source.source_record,
    individuals.declaration_line,
    individuals.declaration_key,
    individuals.siren,
    individuals.siret,
    individuals.pay_month,
    individuals.norm,
    individuals.individual_line,
    individuals.agent_pseudonym,
    try_cast(source.versement_line as integer) as payment_line,
    {{ line_of_record('source.source_record') }} as base_line,
    source.code as base_code,
    {{ dsn_date('source.debut_periode') }} as period_start,
    {{ dsn_date('source.fin_periode') }} as period_end,
    try_cast(source.montant as decimal(16, 2)) as amount_eur,
    coalesce(source.contrat_pseudonym, individuals.only_contract_pseudonym) as contract_pseudonym,
    coalesce(source.contrat_pseudonym, individuals.only_contract_pseudonym) is null as warning_contract_unknown
from source
inner join individuals
    on
        source.source_export = individuals.source_export
        and try_cast(source.individu_line as integer) = individuals.individual_line
