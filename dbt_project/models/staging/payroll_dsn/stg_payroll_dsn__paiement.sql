with source as (

    select * from {{ source('payroll_dsn', 'paiement') }}

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
    source.organisme as body_code,
    try_cast(source.montant as decimal(16, 2)) as amount_eur,
    {{ dsn_date('source.debut_periode') }} as period_start,
    {{ dsn_date('source.fin_periode') }} as period_end,
    source.mode as payment_mode_code
from source
inner join declarations
    on
        source.source_export = declarations.source_export
        and try_cast(source.declaration_line as integer) = declarations.declaration_line
