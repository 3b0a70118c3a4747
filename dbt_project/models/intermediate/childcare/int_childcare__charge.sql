with charges as (

    select * from {{ ref('stg_childcare__prestation') }}
    where is_standing

),

cancelled as (

    select distinct invoice_code
    from {{ ref('stg_childcare__facture') }}
    where is_standing and is_cancelled

)

select
    charges.source_system,
    charges.source_export,
    charges.source_record,
    charges.family_pseudonym,
    charges.charge_month,
    charges.category_code,
    kinds.activity_id,
    kinds.service_id,
    facilities.facility_id,
    charges.activity_code as source_activity_code,
    activities.site_code as source_facility_code,
    coalesce(quotients.quotient_band_code, 'inconnu') as quotient_band_code,
    charges.amount_eur,
    coalesce(charges.initial_amount_eur, charges.amount_eur) as initial_amount_eur,
    coalesce(charges.quantity, 1) as quantity
from charges
left join cancelled
    on charges.invoice_code = cancelled.invoice_code
left join {{ ref('int_childcare__activity_code') }} as activities
    on charges.activity_code = activities.activity_code
left join {{ ref('map_childcare__activity') }} as kinds
    on
        activities.activity_type = kinds.source_type
        and charges.charge_date >= coalesce(kinds.valid_from, charges.charge_date)
        and charges.charge_date <= coalesce(kinds.valid_to, charges.charge_date)
left join {{ ref('map_childcare__facility') }} as facilities
    on
        upper(activities.site_code) = upper(facilities.source_code)
        and facilities.source_type is null
        and charges.charge_date >= coalesce(facilities.valid_from, charges.charge_date)
        and charges.charge_date <= coalesce(facilities.valid_to, charges.charge_date)
left join {{ ref('int_childcare__family_quotient') }} as quotients
    on
        charges.family_pseudonym = quotients.family_pseudonym
        and charges.charge_date between quotients.valid_from and quotients.valid_to
where cancelled.invoice_code is null
