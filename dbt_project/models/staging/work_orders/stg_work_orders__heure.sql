with source as (

    select * from {{ source('work_orders', 'heure') }}

),

received as (

    {{ received_exports('work_orders') }}

),

typed as (

    select
        'work_orders' as source_system,
        source_export,
        source_record,
        trim(intervention_id) as order_code,
        cast(nullif(trim(date), '') as date) as work_date,
        nullif(trim(equipe), '') as source_team_code,
        cast(nullif(trim(heures), '') as decimal(18, 4)) as work_hours,
        cast(nullif(trim(cout_heure), '') as decimal(18, 4)) as declared_rate_eur,
        nullif(trim(fournitures_code), '') as supply_code,
        cast(nullif(trim(fournitures_qte), '') as decimal(18, 4)) as supply_quantity,
        cast(nullif(trim(fournitures_pu), '') as decimal(18, 4)) as supply_unit_price_eur
    from source

),

-- The lines of an order that are sent again replace all those sent before: they have no number of their own.
ordered as (

    {{ with_standing('typed', 'received', ['order_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    order_code,
    work_date,
    source_team_code,
    work_hours,
    declared_rate_eur,
    supply_code,
    supply_quantity,
    supply_unit_price_eur,
    cast(round(supply_quantity * supply_unit_price_eur, 2) as decimal(16, 2)) as parts_eur,
    cast(round(work_hours * declared_rate_eur, 2) as decimal(16, 2)) as declared_eur,
    is_standing,
    case when not is_standing then standing_export end as superseded_by_export
from ordered
