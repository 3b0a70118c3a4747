with source as (
    select * from {{ source('territory', 'population') }}
),

received as (
    {{ received_exports('territory') }}
),

renamed as (
    select
        'territory' as source_system,
        source_export,
        source_record,
        trim(iris_code) as iris_code,
        coalesce(nullif(trim(commune_insee), ''), substr(trim(iris_code), 1, 5)) as commune_insee_code,
        cast(annee as integer) as census_year,
        colonne as insee_column,
        cast(valeur as decimal(18, 6)) as inhabitant_count
    from source
),

ordered as (
    {{ with_standing('renamed', 'received', ['census_year']) }}
)

select
    source_system,
    source_export,
    source_record,
    iris_code,
    commune_insee_code,
    census_year,
    insee_column,
    inhabitant_count,
    is_standing
from ordered
