with source as (

    select * from {{ source('payroll_dsn', 'activite') }}

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
    try_cast(source.remuneration_line as integer) as remuneration_line,
    source.type as type_code,
    try_cast(source.mesure as decimal(9, 2)) as quantity,
    source.unite as unit_code
from source
inner join individuals
    on
        source.source_export = individuals.source_export
        and try_cast(source.individu_line as integer) = individuals.individual_line
