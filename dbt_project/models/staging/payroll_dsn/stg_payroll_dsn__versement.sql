with source as (

    select * from {{ source('payroll_dsn', 'versement') }}

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
    {{ line_of_record('source.source_record') }} as payment_line,
    {{ dsn_date('source.date_versement') }} as payment_date
from source
inner join individuals
    on
        source.source_export = individuals.source_export
        and try_cast(source.individu_line as integer) = individuals.individual_line
