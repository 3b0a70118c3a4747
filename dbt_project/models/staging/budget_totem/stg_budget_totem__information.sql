with source as (
    select * from {{ source('budget_totem', 'information') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        code as information_code,
        value as printed_text,
        {{ french_number('value') }} as printed_value,
        {{ printed_decimals('value') }} as printed_decimals
    from source
)

select * from renamed
