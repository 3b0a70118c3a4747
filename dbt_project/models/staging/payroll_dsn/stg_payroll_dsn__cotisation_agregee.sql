with source as (

    select * from {{ source('payroll_dsn', 'cotisation_agregee') }}

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
    try_cast(source.bordereau_line as integer) as slip_line,
    source.ctp as ctp_code,
    source.qualifiant as qualifier_code,
    try_cast(source.taux as decimal(9, 4)) as rate,
    try_cast(source.assiette as decimal(16, 2)) as base_amount_eur,
    try_cast(source.montant as decimal(16, 2)) as amount_eur,
    source.commune as commune_code
from source
inner join declarations
    on
        source.source_export = declarations.source_export
        and try_cast(source.declaration_line as integer) = declarations.declaration_line
