-- Of two quotients that start on one day, the last one in the list counts; a later one ends the former.
with ranked as (

    select
        *,
        row_number() over (
            partition by family_pseudonym, valid_from
            order by
                source_export desc nulls last,
                length(source_record) desc nulls last,
                source_record desc nulls last
        ) as recency
    from {{ ref('stg_childcare__quotient') }}
    where is_standing

),

spans as (

    select
        *,
        lead(valid_from) over (partition by family_pseudonym order by valid_from asc nulls last) as next_valid_from
    from ranked
    where recency = 1

)

select
    family_pseudonym,
    school_year,
    valid_from,
    least(
        coalesce(valid_to, cast('9999-12-31' as date)), coalesce(next_valid_from - 1, cast('9999-12-31' as date))
    ) as valid_to,
    quotient_band_code,
    source_system,
    source_export,
    source_record
from spans
