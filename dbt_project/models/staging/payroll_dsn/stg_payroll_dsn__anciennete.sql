with source as (

    select * from {{ source('payroll_dsn', 'anciennete') }}

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
    source.type as type_code,
    source.unite as unit_code,
    try_cast(source.valeur as decimal(9, 2)) as seniority,
    coalesce(source.contrat_pseudonym, individuals.only_contract_pseudonym) as contract_pseudonym,
    coalesce(source.contrat_pseudonym, individuals.only_contract_pseudonym) is null as warning_contract_unknown
from source
inner join individuals
    on
        source.source_export = individuals.source_export
        and try_cast(source.individu_line as integer) = individuals.individual_line
