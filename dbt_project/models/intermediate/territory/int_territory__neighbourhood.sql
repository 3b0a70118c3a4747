with contour as (
    select * from {{ ref('stg_territory__contour') }}
    where is_standing
),

-- A neighbourhood in several pieces has several contours.
ranked as (
    select
        contour.*,
        row_number() over (
            partition by contour.neighbourhood_kind, contour.neighbourhood_code
            order by
                case when contour.neighbourhood_label is null then 1 else 0 end asc nulls last,
                length(contour.source_record) asc nulls last,
                contour.source_record asc nulls last
        ) as preference
    from contour
)

select
    source_system,
    source_export,
    source_record,
    neighbourhood_kind,
    neighbourhood_code,
    coalesce(neighbourhood_label, neighbourhood_code) as neighbourhood_label,
    iris_type_code,
    commune_insee_code,
    valid_from,
    valid_to
from ranked
where preference = 1
