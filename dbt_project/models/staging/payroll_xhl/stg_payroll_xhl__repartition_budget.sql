with source as (

    select * from {{ source('payroll_xhl', 'repartition_budget') }}

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

),

-- Vendors write parts of 1 or of 100: the parts of one payslip, taken together, tell which.
typed as (

    select
        source_export,
        source_record,
        try_cast(bulletin_rank as integer) as payslip_rank,
        nullif(trim(code_budget), '') as charged_budget_code,
        try_cast(taux as decimal(9, 4)) as rate,
        try_cast(mt as decimal(16, 2)) as amount_eur,
        sum(try_cast(taux as decimal(9, 4))) over (partition by source_export, bulletin_rank) as whole
    from source

)

select
    'payroll_xhl' as source_system,
    typed.source_export,
    typed.source_record,
    standing.siren,
    standing.siret,
    standing.budget_code,
    standing.pay_month,
    typed.payslip_rank,
    typed.charged_budget_code,
    cast(case when typed.whole > 1.5 then typed.rate / 100 else typed.rate end as decimal(9, 6)) as charged_share,
    typed.amount_eur
from typed
inner join standing
    on typed.source_export = standing.source_export
