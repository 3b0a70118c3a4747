{%- set text = dbt.type_string() -%}
with asset as (

    select
        *,
        cast(extract(year from inventory_date) as integer) as exercice,
        max(inventory_date) over (
            partition by extract(year from inventory_date), source_budget_code
        ) as last_inventory_date
    from {{ ref('stg_fixed_assets__inventaire') }}
    where is_standing

),

-- The account of depreciation of 21828 is 281828; of 2051, for which the plan has no 28051, it is 2805.
spoken as (

    select distinct
        nature_code,
        '28' || substr(nature_code, 2) as wanted_code
    from asset
    where substr(nature_code, 1, 1) = '2'

),

depreciation_account as (

    select
        spoken.nature_code,
        max(plan.nature_code) as depreciation_nature_code
    from spoken
    inner join {{ ref('int_reference__nature') }} as plan
        on
            plan.norm = 'M57'
            and length(plan.nature_code) >= 4
            and spoken.wanted_code like plan.nature_code || '%'
    group by spoken.nature_code

),

mapped as (

    select
        asset.source_export,
        asset.source_record,
        facilities.facility_id,
        row_number() over (
            partition by asset.source_export, asset.source_record
            order by facilities.valid_from desc nulls last, facilities.facility_id asc nulls last
        ) as mapping_rank
    from asset
    inner join {{ ref('map_fixed_assets__facility') }} as facilities
        on
            upper(trim(asset.source_facility_code)) = upper(trim(facilities.source_code))
            and asset.inventory_date >= coalesce(facilities.valid_from, cast('1900-01-01' as date))
            and asset.inventory_date <= coalesce(facilities.valid_to, cast('9999-12-31' as date))

),

placed as (

    select
        facility_id,
        service_id,
        function_m57_code,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_fixed_assets__facility') }}
    where facility_id is not null

)

select
    asset.exercice,
    asset.inventory_date,
    asset.inventory_date = asset.last_inventory_date as is_last_of_exercice,
    cast(asset.asset_id_inventory as {{ text }}) as asset_id_inventory,
    cast(asset.asset_label as {{ text }}) as asset_label,
    cast(asset.source_budget_code as {{ text }}) as source_budget_code,
    cast(asset.nature_code as {{ text }}) as nature_code,
    cast(depreciation_account.depreciation_nature_code as {{ text }}) as depreciation_nature_code,
    cast(mapped.facility_id as {{ text }}) as facility_id,
    cast(coalesce(services.service_id, placed.service_id) as {{ text }}) as service_id,
    cast(coalesce(functions.function_code, placed.function_m57_code) as {{ text }}) as function_m57_code,
    asset.acquired_on,
    coalesce(asset.in_service_on, asset.acquired_on) as in_service_on,
    asset.disposed_on,
    coalesce(asset.disposed_on <= asset.inventory_date, false) as is_disposed,
    asset.depreciation_years,
    -- M57 depreciates from the day of putting into service; what was there before goes on by whole years.
    cast(
        case
            when asset.method_code in ('lineaire', 'prorata_temporis', 'non_amortissable') then asset.method_code
            when coalesce(asset.depreciation_years, 0) = 0 then 'non_amortissable'
            when coalesce(asset.in_service_on, asset.acquired_on) < cast('2024-01-01' as date) then 'lineaire'
            else 'prorata_temporis'
        end as {{ text }}
    ) as method_code,
    coalesce(
        asset.method_code not in ('lineaire', 'prorata_temporis', 'non_amortissable'), true
    ) as is_method_assumed,
    asset.gross_eur,
    asset.charge_eur,
    asset.accumulated_eur,
    asset.net_eur,
    cast(asset.source_facility_code as {{ text }}) as source_facility_code,
    cast(asset.source_service_code as {{ text }}) as source_service_code,
    cast(asset.function_code as {{ text }}) as source_function_code,
    asset.source_system,
    asset.source_export,
    asset.source_record
from asset
left join depreciation_account
    on asset.nature_code = depreciation_account.nature_code
left join mapped
    on
        asset.source_export = mapped.source_export
        and asset.source_record = mapped.source_record
        and mapped.mapping_rank = 1
left join placed
    on
        mapped.facility_id = placed.facility_id
        and asset.inventory_date between placed.valid_from and placed.valid_to
left join {{ ref('ref_service') }} as services
    on upper(trim(asset.source_service_code)) = services.service_id
left join {{ ref('ref_function_m57') }} as functions
    on asset.function_code = functions.function_code
