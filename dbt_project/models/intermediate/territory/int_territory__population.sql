with population as (
    select * from {{ ref('stg_territory__population') }}
    where is_standing
),

age_band as (
    select
        age_band_code,
        insee_column
    from {{ ref('ref_age_band') }}
),

-- INSEE's table is that of the whole country: the town is what has addresses or IRIS contours.
town as (
    select commune_insee_code from {{ ref('stg_territory__adresse') }}
    where is_standing
    union
    select commune_insee_code from {{ ref('int_territory__neighbourhood') }}
    where neighbourhood_kind = 'iris'
)

select
    population.source_system,
    population.source_export,
    population.source_record,
    population.iris_code,
    population.commune_insee_code,
    population.census_year,
    age_band.age_band_code,
    population.inhabitant_count
from population
inner join age_band
    on population.insee_column = age_band.insee_column
inner join town
    on population.commune_insee_code = town.commune_insee_code
