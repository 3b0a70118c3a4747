with ledger as (

    select
        staff.*,
        case when staff.is_allocated_on_gross then 'gross' else staff.family end as key_family,
        count(distinct staff.function_code) over (
            partition by staff.budget_id, staff.pay_month, staff.family
        ) as function_count
    from {{ ref('int_payroll_ledger') }} as staff
    where (staff.is_individualised or staff.is_allocated_on_gross) and staff.amount_eur <> 0

),

functions as (

    select distinct
        budget_id,
        pay_month,
        family,
        key_function
    from {{ ref('int_payroll_share') }}

),

-- The staff booked on the function of the line; for a line that says nothing of it (no function, or all of the month on
-- one), the whole staff; for staff whose booking is not known, those.
keyed as (

    select
        ledger.*,
        case
            when ledger.function_code is null or (ledger.is_allocated_on_gross and ledger.function_count = 1) then 'all'
            when own.key_function is not null then own.key_function
            when unknown.key_function is not null then unknown.key_function
        end as key_function
    from ledger
    left join functions as own
        on
            ledger.budget_id = own.budget_id
            and ledger.pay_month = own.pay_month
            and ledger.key_family = own.family
            and coalesce(ledger.function_m57_code, ledger.function_code) = own.key_function
    left join functions as unknown
        on
            ledger.budget_id = unknown.budget_id
            and ledger.pay_month = unknown.pay_month
            and ledger.key_family = unknown.family
            and unknown.key_function = 'unknown'

),

parted as (

    select
        keyed.*,
        shares.service_id as share_service_id,
        shares.facility_id as share_facility_id,
        shares.activity_id as share_activity_id,
        'payroll-' || keyed.budget_id || '-' || substr(cast(keyed.pay_month as {{ dbt.type_string() }}), 1, 7)
        || '-' || keyed.key_family || '-' || shares.key_function as share_key_id,
        cast(abs(keyed.amount_eur) * 100 as bigint) as cents,
        shares.weight,
        shares.whole_weight
    from keyed
    inner join {{ ref('int_payroll_share') }} as shares
        on
            keyed.budget_id = shares.budget_id
            and keyed.pay_month = shares.pay_month
            and keyed.key_family = shares.family
            and keyed.key_function = shares.key_function

),

-- Largest remainder: whole cents first, those that are left to the largest fractions, always the same way.
floored as (

    select
        *,
        cast(
            round((cents * weight - (cents * weight) % whole_weight) / nullif(whole_weight, 0)) as bigint
        ) as whole_cents,
        (cents * weight) % whole_weight as fraction
    from parted

),

ranked as (

    select
        *,
        cents - sum(whole_cents) over (partition by source_export, source_record) as cents_left,
        row_number() over (
            partition by source_export, source_record
            order by
                fraction desc nulls last,
                share_service_id asc nulls last,
                share_facility_id asc nulls last,
                share_activity_id asc nulls last
        ) as place
    from floored

)

select
    budget_id,
    exercice,
    month,
    direction,
    nature_id,
    nature_code,
    function_id,
    function_code,
    function_m57_code,
    section,
    chapter_code,
    share_service_id as service_id,
    share_facility_id as facility_id,
    share_activity_id as activity_id,
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
    'payroll' as cost_stage,
    share_key_id as allocation_key_id,
    cast(
        case when amount_eur < 0 then -1 else 1 end * (whole_cents + case when place <= cents_left then 1 else 0 end)
        * cast(0.01 as decimal(3, 2)) as decimal(16, 2)
    ) as amount_eur,
    -- VAT is none on staff; what a budget states all the same stays on the first share.
    case when place = 1 then vat_amount_eur end as vat_amount_eur,
    is_order,
    is_accrual,
    is_cancellation,
    is_prior_year_cancellation,
    source_system,
    source_export,
    source_record
from ranked
where whole_cents + case when place <= cents_left then 1 else 0 end <> 0
