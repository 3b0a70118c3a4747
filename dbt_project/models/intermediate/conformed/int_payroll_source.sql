with known as (

    select
        siren,
        pay_month,
        1 as has_dsn,
        0 as has_xhl
    from {{ ref('int_payroll_dsn__pay_line') }}

    union all

    select
        siren,
        pay_month,
        0 as has_dsn,
        1 as has_xhl
    from {{ ref('int_payroll_xhl__pay_line') }}

)

select
    siren,
    pay_month,
    max(has_dsn) = 1 as has_dsn,
    max(has_xhl) = 1 as has_xhl,
    -- The XHL knows the account of each line and what the DSN leaves out (CNFPT, centre de gestion…).
    case when max(has_xhl) = 1 then 'payroll_xhl' else 'payroll_dsn' end as amounts_from
from known
group by siren, pay_month
