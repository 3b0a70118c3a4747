{%- set text = dbt.type_string() -%}
with profile as (

    select
        {{ public_profile_id('lines') }} as profile_id,
        lines.age_band_code,
        lines.sex_code,
        lines.iris_code,
        lines.quartier_code,
        lines.qpv_code,
        lines.residence_code,
        lines.quotient_band_code,
        max(lines.activity_date) as last_activity_date
    from {{ ref('int_activity') }} as lines
    group by
        lines.age_band_code,
        lines.sex_code,
        lines.iris_code,
        lines.quartier_code,
        lines.qpv_code,
        lines.residence_code,
        lines.quotient_band_code

),

-- A grid of quotients changes; the bands of a code keep the label of the last one.
quotient as (

    select
        quotient_band_code,
        quotient_band_label
    from (
        select
            quotient_band_code,
            quotient_band_label,
            row_number() over (partition by quotient_band_code order by valid_from desc nulls last) as recency
        from {{ ref('ref_quotient_band') }}
    ) as grids
    where recency = 1

)

select
    cast(profile.profile_id as {{ text }}) as profile_id,
    cast(profile.age_band_code as {{ text }}) as age_band_code,
    cast(ages.age_band_label as {{ text }}) as age_band_label,
    cast(profile.sex_code as {{ text }}) as sex_code,
    cast(profile.iris_code as {{ text }}) as iris_code,
    cast(profile.quartier_code as {{ text }}) as quartier_code,
    cast(profile.qpv_code as {{ text }}) as qpv_code,
    cast(profile.residence_code as {{ text }}) as residence_code,
    cast(residences.residence_label as {{ text }}) as residence_label,
    cast(profile.quotient_band_code as {{ text }}) as quotient_band_code,
    cast(quotient.quotient_band_label as {{ text }}) as quotient_band_label,
    cast(profile.last_activity_date as date) as last_activity_date
from profile
left join {{ ref('ref_age_band') }} as ages
    on profile.age_band_code = ages.age_band_code
left join {{ ref('ref_residence') }} as residences
    on profile.residence_code = residences.residence_code
left join quotient
    on profile.quotient_band_code = quotient.quotient_band_code
