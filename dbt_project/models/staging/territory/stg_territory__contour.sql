with source as (
    select * from {{ source('territory', 'contour') }}
),

received as (
    {{ received_exports('territory') }}
),

renamed as (
    select
        'territory' as source_system,
        source_export,
        source_record,
        kind as neighbourhood_kind,
        code as neighbourhood_code,
        nullif(trim(nom), '') as neighbourhood_label,
        nullif(upper(trim(typ_iris)), '') as iris_type_code,
        coalesce(nullif(trim(insee), ''), case when kind = 'iris' then substr(code, 1, 5) end) as commune_insee_code,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from source
),

-- The two generations of QPV may come in two files: each stands for itself.
ordered as (
    {{ with_standing('renamed', 'received', ['neighbourhood_kind', 'valid_from']) }}
)

select
    source_system,
    source_export,
    source_record,
    neighbourhood_kind,
    neighbourhood_code,
    neighbourhood_label,
    iris_type_code,
    commune_insee_code,
    valid_from,
    valid_to,
    is_standing
from ordered
