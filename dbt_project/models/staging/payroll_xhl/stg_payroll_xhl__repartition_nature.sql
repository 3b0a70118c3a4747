with source as (

    select
        source_export,
        source_record,
        nullif(trim(libelle), '') as item_label,
        nullif(trim(code), '') as raw_account_code,
        nullif(trim(fonction), '') as function_code,
        nullif(trim(code_budget), '') as budget_code_stated,
        cast(mt as decimal(16, 2)) as amount_eur
    from {{ source('payroll_xhl', 'repartition_nature') }}

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

accounts as (

    {{ plan_account('source', 'raw_account_code') }}

),

-- Two conventions: what each account costs the employer, or a journal in which what is withheld is negative. A recall
-- may make an account negative in the first one; a journal has more than a tenth of its euros there.
conventions as (

    select
        source_export,
        sum(case when amount_eur < 0 then -amount_eur else 0 end) * 10
        > sum(case when amount_eur > 0 then amount_eur else 0 end) as is_journal
    from source
    group by source_export

)

select
    'payroll_xhl' as source_system,
    source.source_export,
    source.source_record,
    standing.siren,
    standing.siret,
    standing.budget_code,
    standing.pay_month,
    source.item_label,
    source.raw_account_code,
    accounts.account_code,
    source.function_code,
    source.budget_code_stated,
    source.amount_eur,
    conventions.is_journal
from source
inner join standing
    on source.source_export = standing.source_export
inner join conventions
    on source.source_export = conventions.source_export
left join accounts
    on source.raw_account_code = accounts.raw_account_code
