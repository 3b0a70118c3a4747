-- A child of two families stands twice in a register: the first one is kept, as the child eats once.
with ranked as (

    select
        *,
        row_number() over (
            partition by child_pseudonym, band_from
            order by
                source_export asc nulls last,
                length(source_record) asc nulls last,
                source_record asc nulls last
        ) as occurrence
    from {{ ref('stg_childcare__enfant') }}
    where is_standing

),

spans as (

    select
        *,
        row_number() over (partition by child_pseudonym order by band_from asc nulls last) as band_rank,
        lead(band_from) over (partition by child_pseudonym order by band_from asc nulls last) as next_band_from
    from ranked
    where occurrence = 1

)

select
    child_pseudonym,
    school_year,
    -- What is known of a child holds from the first day of the year, the band of a newborn too.
    case when band_rank = 1 then cast(substr(school_year, 1, 4) || '-09-01' as date) else band_from end as valid_from,
    coalesce(next_band_from - 1, cast(substr(school_year, 6, 4) || '-08-31' as date)) as valid_to,
    family_pseudonym,
    age_band_code,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    source_system,
    source_export,
    source_record
from spans
