with source as (

    select * from {{ source('tool_library', 'pret') }}

),

received as (

    {{ received_exports('tool_library') }}

),

renamed as (

    select
        'tool_library' as source_system,
        source_export,
        source_record,
        cast(date as date) as loan_date,
        {{ month_of('cast(date as date)') }} as loan_month,
        trim(lieu) as place_code,
        cast(prets as integer) as loan_count
    from source

),

ordered as (

    {{ with_standing('renamed', 'received', ['loan_month', 'place_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    loan_date,
    place_code,
    loan_count,
    is_standing
from ordered
