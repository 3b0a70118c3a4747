{%- set text = dbt.type_string() -%}
with neighbourhood as (
    select * from {{ ref('int_territory__neighbourhood') }}
)

select
    cast(neighbourhood_kind || ' ' || neighbourhood_code as {{ text }}) as neighbourhood_id,
    cast(neighbourhood_kind as {{ text }}) as neighbourhood_kind,
    cast(
        case neighbourhood_kind
            when 'iris' then 'IRIS'
            when 'quartier' then 'Quartier'
            when 'qpv' then 'Quartier prioritaire (QPV)'
        end as {{ text }}
    ) as neighbourhood_kind_label,
    cast(neighbourhood_code as {{ text }}) as neighbourhood_code,
    cast(neighbourhood_label as {{ text }}) as neighbourhood_label,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from neighbourhood
