with ledger as (

    select * from {{ ref('int_finance_pes__cost_lines') }}
    where direction = 'expense' and not is_order

),

accounts as (

    select distinct nature_code from ledger

),

families as (

    select
        nature_code,
        family,
        is_individualised,
        is_elected
    from (
        select
            accounts.nature_code,
            families.family,
            families.is_individualised,
            families.is_elected,
            row_number() over (
                partition by accounts.nature_code
                order by length(families.account_prefix) desc nulls last
            ) as preference
        from accounts
        inner join {{ ref('ref_payroll_family') }} as families
            on accounts.nature_code like families.account_prefix || '%'
    ) as ranked
    where preference = 1

),

-- January of the next year still books the exercice: that is its December.
monthly as (

    select
        ledger.*,
        case
            when extract(year from ledger.month) > ledger.exercice
                then cast(cast(ledger.exercice as {{ dbt.type_string() }}) || '-12-01' as date)
            else ledger.month
        end as pay_month,
        families.family,
        families.is_individualised,
        families.is_elected
    from ledger
    inner join families
        on ledger.nature_code = families.nature_code

)

select
    budget_id,
    exercice,
    month,
    pay_month,
    direction,
    nature_id,
    nature_code,
    function_id,
    function_code,
    function_m57_code,
    section,
    chapter_code,
    source_service_code,
    source_analytic_code,
    source_product_code,
    tiers_id,
    contract_id,
    operation_code,
    bordereau_number,
    piece_number,
    line_number,
    line_label,
    amount_eur,
    vat_amount_eur,
    is_order,
    is_accrual,
    is_cancellation,
    is_prior_year_cancellation,
    family,
    is_individualised,
    is_elected,
    source_system,
    source_export,
    source_record,
    not is_individualised and not is_elected and family <> 'external_staff' as is_allocated_on_gross
from monthly
