with source as (
    select * from {{ source('register', 'export') }}
),

renamed as (
    select
        export_id as source_export,
        system as source_system,
        department,
        owner,
        file_name,
        sha256,
        cast(size_bytes as bigint) as size_bytes,
        encoding,
        period_from,
        period_to,
        cast(row_count as bigint) as row_count,
        verdict,
        reason,
        cast({{ paris_time('received_at') }} as timestamp) as received_at,
        load_id,
        cast(cadence_days as integer) as cadence_days,
        cast(tolerance_days as integer) as tolerance_days
    from source
)

select * from renamed
