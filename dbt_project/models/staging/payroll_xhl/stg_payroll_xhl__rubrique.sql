with source as (

    select * from {{ source('payroll_xhl', 'rubrique') }}

),

standing as (

    select
        source_export,
        siren,
        siret,
        budget_code,
        pay_month
    from {{ ref('stg_payroll_xhl__etat') }}
    where is_standing

)

select
    'payroll_xhl' as source_system,
    source.source_export,
    source.source_record,
    standing.siren,
    standing.siret,
    standing.budget_code,
    standing.pay_month,
    nullif(trim(source.libelle), '') as item_label,
    nullif(trim(source.code), '') as item_code,
    nullif(trim(source.code_caisse), '') as fund_code,
    nullif(trim(source.nature_employeur), '') as employer_account_code,
    nullif(trim(source.nature_salarie), '') as pay_account_code
from source
inner join standing
    on source.source_export = standing.source_export
