{#- Of the points of an address, the one where people come in stands for it: the order of lib/neighbourhoods.py. -#}
{%- set positions = [
    'entrée', 'délivrance postale', 'bâtiment', 'cage d’escalier', 'logement', 'parcelle', 'segment'
] -%}
with source as (
    select * from {{ source('territory', 'adresse') }}
),

received as (
    {{ received_exports('territory') }}
),

renamed as (
    select
        'territory' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.cle_interop), '') as address_key,
        cast(source.numero as integer) as house_number,
        nullif(lower(trim(source.suffixe)), '') as house_suffix,
        trim(source.voie_nom) as street_label,
        nullif(trim(source.lieudit_complement_nom), '') as place_label,
        trim(source.commune_insee) as commune_insee_code,
        nullif(trim(source.commune_nom), '') as commune_label,
        nullif(trim(source.commune_deleguee_nom), '') as former_commune_label,
        nullif(trim(source.code_postal), '') as postcode,
        nullif(lower(trim(source.position)), '') as position_label,
        cast(source.long as decimal(12, 7)) as longitude,
        cast(source.lat as decimal(12, 7)) as latitude,
        cast(source.x as decimal(12, 3)) as easting_m,
        cast(source.y as decimal(12, 3)) as northing_m,
        source.numero = '99999' as is_place_name,
        cast(substr(source.date_der_maj, 1, 10) as date) as last_change_date
    from source
),

ranked as (
    select
        renamed.*,
        row_number() over (
            partition by
                renamed.source_export,
                renamed.commune_insee_code,
                lower(renamed.street_label),
                renamed.house_number,
                renamed.house_suffix
            order by
                case replace(renamed.position_label, '''', '’')
                    {%- for position in positions %}
                    when '{{ position }}' then {{ loop.index }}
                    {%- endfor %}
                    else {{ positions | length + 1 }}
                end asc nulls last,
                length(renamed.source_record) asc nulls last,
                renamed.source_record asc nulls last
        ) as preference
    from renamed
),

addresses as (
    select * from ranked
    where preference = 1
),

ordered as (
    {{ with_standing('addresses', 'received') }}
)

select
    source_system,
    source_export,
    source_record,
    address_key,
    house_number,
    house_suffix,
    street_label,
    place_label,
    commune_insee_code,
    commune_label,
    former_commune_label,
    postcode,
    position_label,
    longitude,
    latitude,
    easting_m,
    northing_m,
    is_place_name,
    last_change_date,
    is_standing
from ordered
