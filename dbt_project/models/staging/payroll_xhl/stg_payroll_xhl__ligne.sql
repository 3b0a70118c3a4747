with source as (

    select
        source_export,
        source_record,
        bulletin_rank,
        element,
        nullif(trim(libelle), '') as item_label,
        nullif(trim(code), '') as item_code,
        nullif(trim(code_caisse), '') as fund_code,
        base,
        taux,
        nb_unite,
        mt,
        debut_reference,
        fin_reference,
        element in (
            'TraitBrut', 'IndemResid', 'SupFam', 'AvantageNature', 'Indemnite', 'RemDivers', 'Rappel'
        ) as is_gain,
        element = 'Cotisation' as is_employer,
        element = 'Deduction' as is_deduction
    from {{ source('payroll_xhl', 'ligne') }}

),

standing as (

    select
        source_export,
        siren,
        siret,
        budget_code,
        run_code,
        pay_month
    from {{ ref('stg_payroll_xhl__etat') }}
    where is_standing

),

items as (

    select
        source_export,
        item_label,
        item_code,
        fund_code,
        employer_account_code,
        -- Some vendors have one account per item and write it on the employer's side, even for a gain.
        coalesce(pay_account_code, employer_account_code) as pay_account_code
    from {{ ref('stg_payroll_xhl__rubrique') }}

),

-- Three ways to name a pay item, from the surest: two accounts under one name are no account.
accounts_by_fund as (

    select
        source_export,
        item_code,
        item_label,
        fund_code,
        {{ only_value('employer_account_code') }} as employer_account_code,
        {{ only_value('pay_account_code') }} as pay_account_code
    from items
    group by source_export, item_code, item_label, fund_code

),

accounts_by_label as (

    select
        source_export,
        item_code,
        item_label,
        {{ only_value('employer_account_code') }} as employer_account_code,
        {{ only_value('pay_account_code') }} as pay_account_code
    from items
    group by source_export, item_code, item_label

),

accounts_by_code as (

    select
        source_export,
        item_code,
        {{ only_value('employer_account_code') }} as employer_account_code,
        {{ only_value('pay_account_code') }} as pay_account_code
    from items
    group by source_export, item_code

),

booked as (

    select
        source.*,
        case
            when source.is_employer
                then coalesce(
                    accounts_by_fund.employer_account_code,
                    accounts_by_label.employer_account_code,
                    accounts_by_code.employer_account_code
                )
            when source.is_gain
                then coalesce(
                    accounts_by_fund.pay_account_code,
                    accounts_by_label.pay_account_code,
                    accounts_by_code.pay_account_code
                )
        end as raw_account_code
    from source
    left join accounts_by_fund
        on
            source.source_export = accounts_by_fund.source_export
            and source.item_code = accounts_by_fund.item_code
            and source.item_label = accounts_by_fund.item_label
            and coalesce(source.fund_code, '') = coalesce(accounts_by_fund.fund_code, '')
    left join accounts_by_label
        on
            source.source_export = accounts_by_label.source_export
            and source.item_code = accounts_by_label.item_code
            and source.item_label = accounts_by_label.item_label
    left join accounts_by_code
        on
            source.source_export = accounts_by_code.source_export
            and source.item_code = accounts_by_code.item_code

),

accounts as (

    {{ plan_account('booked', 'raw_account_code') }}

)

select
    'payroll_xhl' as source_system,
    booked.source_export,
    booked.source_record,
    standing.siren,
    standing.siret,
    standing.budget_code,
    standing.run_code,
    standing.pay_month,
    try_cast(booked.bulletin_rank as integer) as payslip_rank,
    booked.element,
    booked.item_label,
    booked.item_code,
    booked.fund_code,
    try_cast(booked.base as decimal(16, 4)) as base,
    try_cast(booked.taux as decimal(16, 6)) as rate,
    try_cast(booked.nb_unite as decimal(16, 4)) as units,
    cast(booked.mt as decimal(16, 2)) as amount_eur,
    booked.is_gain,
    booked.is_employer,
    booked.is_deduction,
    booked.element = 'Rappel'
    or coalesce(lower(booked.item_label), '') like 'rappel%'
    or coalesce(lower(booked.item_label), '') like 'rap.%' as is_recall,
    try_cast(substr(booked.debut_reference, 1, 10) as date) as reference_from,
    try_cast(substr(booked.fin_reference, 1, 10) as date) as reference_to,
    coalesce(
        {{ month_of('try_cast(substr(booked.debut_reference, 1, 10) as date)') }}, standing.pay_month
    ) as attachment_month,
    booked.raw_account_code,
    accounts.account_code
from booked
inner join standing
    on booked.source_export = standing.source_export
left join accounts
    on booked.raw_account_code = accounts.raw_account_code
