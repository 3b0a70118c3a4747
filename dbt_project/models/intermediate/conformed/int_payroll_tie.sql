with told as (

    select
        budget_id,
        pay_month,
        family,
        sum(amount_eur) as payroll_eur,
        count(distinct agent_id) as agent_count
    from {{ ref('int_pay_line') }}
    where line_kind <> 'detail' and budget_id is not null
    group by budget_id, pay_month, family

),

booked as (

    select
        budget_id,
        pay_month,
        family,
        sum(amount_eur) as ledger_eur
    from {{ ref('int_payroll_ledger') }}
    group by budget_id, pay_month, family

),

-- Months of a budget that have payroll: the others say nothing about payroll, only that its files are missing.
declared as (

    select distinct
        budget_id,
        pay_month
    from told

),

families as (

    select
        family,
        max(family_label) as family_label,
        max(case when is_individualised then 1 else 0 end) = 1 as is_individualised,
        max(case when is_elected then 1 else 0 end) = 1 as is_elected
    from {{ ref('ref_payroll_family') }}
    group by family

),

together as (

    select
        coalesce(booked.budget_id, told.budget_id) as budget_id,
        coalesce(booked.pay_month, told.pay_month) as pay_month,
        coalesce(booked.family, told.family) as family,
        coalesce(told.payroll_eur, 0) as payroll_eur,
        coalesce(told.agent_count, 0) as agent_count,
        coalesce(booked.ledger_eur, 0) as ledger_eur
    from booked
    full join told
        on
            booked.budget_id = told.budget_id
            and booked.pay_month = told.pay_month
            and booked.family = told.family

),

explained as (

    select
        together.*,
        coalesce(families.family_label, together.family) as family_label,
        coalesce(families.is_individualised, false) as is_individualised,
        coalesce(families.is_elected, false) as is_elected,
        declared.budget_id is not null as has_payroll,
        case
            when together.family in ('external_staff', 'elected_expense') then 'not_payroll'
            when coalesce(families.is_individualised, false) then 'individualised'
            else 'allocated_on_gross'
        end as method
    from together
    left join families
        on together.family = families.family
    left join declared
        on
            together.budget_id = declared.budget_id
            and together.pay_month = declared.pay_month

)

select
    budget_id,
    cast(extract(year from pay_month) as integer) as exercice,
    pay_month,
    family,
    family_label,
    is_individualised,
    is_elected,
    has_payroll,
    method,
    agent_count,
    payroll_eur,
    -- What no payroll file says agent by agent is spread over them in proportion to their gross pay.
    case
        when method = 'allocated_on_gross' and has_payroll then greatest(ledger_eur - payroll_eur, 0)
        else 0
    end as allocated_eur,
    case when method = 'not_payroll' then ledger_eur else 0 end as not_payroll_eur,
    ledger_eur
from explained
