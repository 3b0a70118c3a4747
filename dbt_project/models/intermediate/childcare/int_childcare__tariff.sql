with charges as (

    select
        cast(extract(year from charge_month) as integer) as exercice,
        charge_month,
        activity_id,
        service_id,
        quotient_band_code,
        family_pseudonym,
        amount_eur,
        initial_amount_eur,
        quantity
    from {{ ref('int_childcare__charge') }}
    where category_code = 'consommation' and activity_id is not null

),

-- A pseudonym is of one school year: families of an exercice are at least those of the larger of its two parts.
parts as (

    select
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        extract(month from charge_month) >= 9 as is_autumn,
        count(distinct family_pseudonym) as family_count
    from charges
    group by
        exercice, activity_id, service_id, quotient_band_code, extract(month from charge_month) >= 9

),

families as (

    select
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        max(family_count) as family_count
    from parts
    group by exercice, activity_id, service_id, quotient_band_code

),

family_amounts as (

    select
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        family_pseudonym,
        sum(abs(amount_eur)) as amount_eur
    from charges
    group by exercice, activity_id, service_id, quotient_band_code, family_pseudonym

),

largest as (

    select
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        sum(amount_eur) as secrecy_weight,
        max(amount_eur) as secrecy_largest
    from family_amounts
    group by exercice, activity_id, service_id, quotient_band_code

),

totals as (

    select
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        sum(amount_eur) as billed_eur,
        sum(initial_amount_eur) as full_price_eur,
        sum(quantity) as quantity
    from charges
    group by exercice, activity_id, service_id, quotient_band_code

)

select
    totals.exercice,
    totals.activity_id,
    totals.service_id,
    totals.quotient_band_code,
    cast(totals.billed_eur as decimal(18, 2)) as billed_eur,
    cast(totals.full_price_eur as decimal(18, 2)) as full_price_eur,
    cast(totals.quantity as decimal(18, 4)) as quantity,
    cast(families.family_count as integer) as family_count,
    cast(largest.secrecy_weight as decimal(18, 2)) as secrecy_weight,
    cast(largest.secrecy_largest as decimal(18, 2)) as secrecy_largest
from totals
inner join families
    on
        totals.exercice = families.exercice
        and totals.activity_id = families.activity_id
        and totals.service_id = families.service_id
        and totals.quotient_band_code = families.quotient_band_code
inner join largest
    on
        totals.exercice = largest.exercice
        and totals.activity_id = largest.activity_id
        and totals.service_id = largest.service_id
        and totals.quotient_band_code = largest.quotient_band_code
