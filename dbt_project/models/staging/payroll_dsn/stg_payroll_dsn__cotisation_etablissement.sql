with source as (

    select * from {{ source('payroll_dsn', 'cotisation_etablissement') }}

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
    source.code as contribution_code,
    try_cast(source.valeur as decimal(16, 2)) as amount_eur,
    {{ dsn_date('source.debut_periode') }} as period_start,
    {{ dsn_date('source.fin_periode') }} as period_end,
    source.reference
from source
inner join declarations
    on
        source.source_export = declarations.source_export
        and try_cast(source.declaration_line as integer) = declarations.declaration_line
