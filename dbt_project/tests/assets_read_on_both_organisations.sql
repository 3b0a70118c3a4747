-- Depreciation summed on the services of then, on those of today and without any service: the same to the cent.
-- A service that is in no row of dim_service, or in two, would lose or double its euros on one side only.
with of_then as (
    select
        asset.exercice,
        sum(asset.depreciation_eur) as charge_eur
    from {{ ref('fct_asset') }} as asset
    inner join {{ ref('dim_service') }} as service
        on asset.service_id = service.service_id
    group by asset.exercice
),

of_today as (
    select
        asset.exercice,
        sum(asset.depreciation_eur) as charge_eur
    from {{ ref('fct_asset') }} as asset
    inner join {{ ref('dim_service') }} as service
        on asset.service_id = service.service_id
    inner join {{ ref('dim_service') }} as current_service
        on service.current_service_id = current_service.service_id
    group by asset.exercice
),

in_all as (
    select
        exercice,
        sum(depreciation_eur) as charge_eur
    from {{ ref('fct_asset') }}
    where service_id is not null
    group by exercice
)

select
    in_all.exercice,
    in_all.charge_eur,
    of_then.charge_eur as charge_of_then_eur,
    of_today.charge_eur as charge_of_today_eur
from in_all
left join of_then
    on in_all.exercice = of_then.exercice
left join of_today
    on in_all.exercice = of_today.exercice
where
    of_then.charge_eur is distinct from in_all.charge_eur
    or of_today.charge_eur is distinct from in_all.charge_eur
