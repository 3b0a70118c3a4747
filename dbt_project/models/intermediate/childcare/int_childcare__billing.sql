with grouped as (

    select
        charge_month,
        category_code,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        quotient_band_code,
        sum(amount_eur) as billed_eur,
        sum(initial_amount_eur) as full_price_eur,
        sum(quantity) as quantity,
        count(*) as record_count,
        max(source_system) as source_system,
        min(source_export || ' ' || source_record) as first_source
    from {{ ref('int_childcare__charge') }}
    group by
        charge_month,
        category_code,
        activity_id,
        service_id,
        facility_id,
        source_activity_code,
        source_facility_code,
        quotient_band_code

)

select
    charge_month,
    category_code,
    activity_id,
    service_id,
    facility_id,
    source_activity_code,
    source_facility_code,
    quotient_band_code,
    cast(billed_eur as decimal(18, 2)) as billed_eur,
    cast(full_price_eur as decimal(18, 2)) as full_price_eur,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(record_count as integer) as record_count,
    source_system,
    substr(first_source, 1, instr(first_source, ' ') - 1) as source_export,
    substr(first_source, instr(first_source, ' ') + 1) as source_record
from grouped
