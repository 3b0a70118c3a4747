with spoken as (

    select distinct
        'payroll_dsn' as source_system,
        budget_assignment_code as source_code
    from {{ ref('int_payroll_dsn__contract_month') }}
    where budget_assignment_code is not null

    union

    select distinct
        'payroll_xhl' as source_system,
        service_label as source_code
    from {{ ref('int_payroll_xhl__payslip') }}
    where service_label is not null

),

mapped as (

    select
        source_system,
        upper(trim(source_code)) as source_code,
        service_id,
        activity_id,
        booked_function_code,
        coalesce(valid_from, cast('1900-01-01' as date)) as valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('map_payroll__service') }}

)

select
    spoken.source_system,
    spoken.source_code,
    mapped.service_id,
    mapped.activity_id,
    mapped.booked_function_code,
    coalesce(mapped.valid_from, cast('1900-01-01' as date)) as valid_from,
    coalesce(mapped.valid_to, cast('9999-12-31' as date)) as valid_to,
    mapped.service_id is not null as is_mapped
from spoken
left join mapped
    on
        spoken.source_system = mapped.source_system
        and upper(trim(spoken.source_code)) = mapped.source_code
