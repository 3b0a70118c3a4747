{%- set text = dbt.type_string() -%}
{%- set nothing = 'cast(0 as decimal(16, 2))' -%}
with asset as (

    select
        asset.*,
        depreciation.is_depreciable,
        depreciation.computed_charge_eur,
        coalesce(asset.charge_eur, depreciation.computed_charge_eur) as depreciation_eur,
        coalesce(asset.accumulated_eur, depreciation.computed_accumulated_eur) as end_accumulated_eur
    from {{ ref('int_fixed_assets__asset') }} as asset
    inner join {{ ref('int_fixed_assets__depreciation') }} as depreciation
        on asset.source_export = depreciation.source_export and asset.source_record = depreciation.source_record
    where asset.is_last_of_exercice

),

budgets as (

    select
        budget_siret,
        {{ only_value('budget_id') }} as budget_id
    from {{ ref('dim_budget') }}
    group by budget_siret

)

select
    cast(asset.exercice as integer) as exercice,
    cast(asset.inventory_date as date) as inventory_date,
    cast(budgets.budget_id as {{ text }}) as budget_id,
    cast(asset.source_budget_code as {{ text }}) as source_budget_code,
    cast(asset.asset_id_inventory as {{ text }}) as asset_id_inventory,
    cast(asset.asset_label as {{ text }}) as asset_label,
    cast(asset.nature_code as {{ text }}) as nature_code,
    cast(asset.depreciation_nature_code as {{ text }}) as depreciation_nature_code,
    cast(asset.facility_id as {{ text }}) as facility_id,
    cast(asset.source_facility_code as {{ text }}) as source_facility_code,
    cast(asset.service_id as {{ text }}) as service_id,
    cast(asset.function_m57_code as {{ text }}) as function_m57_code,
    cast(asset.acquired_on as date) as acquired_on,
    cast(asset.in_service_on as date) as in_service_on,
    cast(asset.disposed_on as date) as disposed_on,
    cast(asset.depreciation_years as decimal(6, 2)) as depreciation_years,
    cast(asset.method_code as {{ text }}) as method_code,
    cast(asset.is_depreciable as boolean) as is_depreciable,
    cast(asset.is_disposed as boolean) as is_disposed,
    cast(case when asset.is_disposed then {{ nothing }} else asset.gross_eur end as decimal(16, 2)) as gross_eur,
    cast(asset.depreciation_eur as decimal(16, 2)) as depreciation_eur,
    cast(asset.computed_charge_eur as decimal(16, 2)) as computed_depreciation_eur,
    cast(
        case when asset.is_disposed then {{ nothing }} else asset.end_accumulated_eur end as decimal(16, 2)
    ) as accumulated_eur,
    cast(
        case
            when asset.is_disposed then {{ nothing }}
            else coalesce(asset.net_eur, asset.gross_eur - asset.end_accumulated_eur)
        end as decimal(16, 2)
    ) as net_eur,
    cast(asset.source_system as {{ text }}) as source_system,
    cast(asset.source_export as {{ text }}) as source_export,
    cast(asset.source_record as {{ text }}) as source_record
from asset
left join budgets
    on asset.source_budget_code = budgets.budget_siret
