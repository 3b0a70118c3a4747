with export as (
    select
        *,
        row_number() over (
            partition by source_system
            order by case when verdict = 'accepted' then 0 else 1 end asc nulls last, received_at desc nulls last
        ) as recency
    from {{ ref('stg_register__export') }}
)

select
    cast(source_system || '/' || source_export as string) as export_id,
    cast(department as string) as department,
    cast(owner as string) as owner,
    cast(file_name as string) as file_name,
    cast(sha256 as string) as sha256,
    cast(size_bytes as bigint) as size_bytes,
    cast(encoding as string) as encoding,
    cast(period_from as string) as period_from,
    cast(period_to as string) as period_to,
    cast(row_count as bigint) as row_count,
    cast(verdict as string) as verdict,
    cast(verdict = 'accepted' as boolean) as is_accepted,
    cast(verdict = 'accepted' and recency = 1 as boolean) as is_last_accepted,
    cast(reason as string) as refusal_reason,
    cast(received_at as timestamp) as received_at,
    cast(cast(received_at as date) + cadence_days as date) as next_expected_on,
    cast(cast(received_at as date) + cadence_days + tolerance_days as date) as late_after,
    cast(load_id as string) as load_id,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export,
    cast(file_name as string) as source_record
from export
