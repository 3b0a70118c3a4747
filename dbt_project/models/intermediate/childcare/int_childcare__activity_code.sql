-- An activity that has left the list is what the last list that had it said.
with ranked as (

    select
        *,
        row_number() over (
            partition by activity_code
            order by
                is_standing desc nulls last,
                received_at desc nulls last,
                source_export desc nulls last,
                length(source_record) desc nulls last,
                source_record desc nulls last
        ) as recency
    from {{ ref('stg_childcare__activite') }}

)

select
    activity_code,
    activity_label,
    activity_type,
    site_code,
    site_label,
    place_count,
    opening_hours,
    account_code,
    analytic_code,
    is_standing as is_current,
    source_system,
    source_export,
    source_record
from ranked
where recency = 1
