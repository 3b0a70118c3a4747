with source as (

    select * from {{ source('payroll_dsn', 'lieu') }}

),

declarations as (

    select * from {{ ref('stg_payroll_dsn__declaration') }}
    where is_standing

)

select
    source.source_export,
    source.source_record,
    declarations.declaration_line,
    declarations.declaration_key,
    declarations.siren,
    declarations.siret,
    declarations.pay_month,
    declarations.norm,
    source.lieu as workplace_code,
    source.apet as activity_code,
    source.code_postal as postcode,
    source.commune as commune_code
from source
inner join declarations
    on
        source.source_export = declarations.source_export
        and try_cast(source.declaration_line as integer) = declarations.declaration_line
