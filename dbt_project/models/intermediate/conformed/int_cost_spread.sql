with energy as (

    select
        'energy-' || natures.nature_code || '-' || facilities.service_id as spread_scope,
        facilities.exercice,
        facilities.service_id,
        facilities.facility_id,
        cast(round(sum(energy.energy_kwh) * 1000000) as decimal(18, 0)) as weight
    from {{ ref('int_energy__use') }} as energy
    inner join {{ ref('map_energy__nature') }} as natures
        on energy.energy_type = natures.energy_type
    inner join {{ ref('int_cost_facility') }} as facilities
        on
            energy.facility_id = facilities.facility_id
            and extract(year from energy.month) = facilities.exercice
    where energy.flow_code = 'consumption' and facilities.service_id is not null
    group by natures.nature_code, facilities.exercice, facilities.service_id, facilities.facility_id

),

services as (

    select
        function_m57_code,
        {{ only_value('service_id') }} as service_id
    from {{ ref('ref_service') }}
    where function_m57_code is not null
    group by function_m57_code

),

assets as (

    select
        'depreciation-' || assets.budget_id as spread_scope,
        assets.exercice,
        coalesce(assets.service_id, facilities.service_id, services.service_id, 'A_AFFECTER') as service_id,
        assets.facility_id,
        cast(sum(assets.depreciation_eur) * 100 as decimal(18, 0)) as weight
    from {{ ref('fct_asset') }} as assets
    left join {{ ref('int_cost_facility') }} as facilities
        on
            assets.exercice = facilities.exercice
            and assets.facility_id = facilities.facility_id
    left join services
        on assets.function_m57_code = services.function_m57_code
    where assets.budget_id is not null
    group by
        assets.budget_id,
        assets.exercice,
        coalesce(assets.service_id, facilities.service_id, services.service_id, 'A_AFFECTER'),
        assets.facility_id

),

areas as (

    select
        'floor_area' as spread_scope,
        exercice,
        coalesce(service_id, 'A_AFFECTER') as service_id,
        facility_id,
        cast(area_weight as decimal(18, 0)) as weight
    from {{ ref('int_cost_facility') }}

)

select
    exercice,
    service_id,
    facility_id,
    weight,
    spread_scope || '-' || cast(exercice as {{ dbt.type_string() }}) as allocation_key_id
from (
    select * from energy
    union all
    select * from assets
    union all
    select * from areas
) as spreads
where weight > 0
