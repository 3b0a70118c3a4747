with source as (

    select * from {{ source('payroll_dsn', 'rubrique_ignoree') }}

)

select
    source_export,
    source_record,
    rubrique,
    try_cast(occurrences as integer) as occurrence_count
from source
