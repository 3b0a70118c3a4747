with source as (

    select * from {{ source('payroll_dsn', 'bordereau') }}

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
    {{ line_of_record('source.source_record') }} as slip_line,
    source.organisme as body_code,
    {{ dsn_date('source.debut_periode') }} as period_start,
    {{ dsn_date('source.fin_periode') }} as period_end,
    try_cast(source.montant as decimal(16, 2)) as amount_eur
from source
inner join declarations
    on
        source.source_export = declarations.source_export
        and try_cast(source.declaration_line as integer) = declarations.declaration_line
