{#- What an asset costs a year, recomputed from its gross value, its period and the day of putting into service. Time is
    counted in months of 30 days and years of 360, the commercial convention. Charges are differences of what is
    depreciated at the end of two years, so that they add up to the gross value to the cent. -#}
{%- set text = dbt.type_string() -%}
with asset as (

    select
        *,
        method_code in ('lineaire', 'prorata_temporis')
        and coalesce(depreciation_years, 0) > 0
        and in_service_on is not null as is_depreciable
    from {{ ref('int_fixed_assets__asset') }}
    where is_last_of_exercice

),

timed as (

    select
        *,
        cast(depreciation_years * 360 as integer) as total_days,
        -- By whole years, the first one is the year after.
        cast(
            case
                when method_code = 'lineaire' then (extract(year from in_service_on) + 1) * 360
                else {{ commercial_day('in_service_on') }}
            end as integer
        ) as first_day,
        -- The day of disposal is no longer depreciated, and by whole years the year of disposal is not.
        cast(
            case
                when disposed_on is null then (exercice + 1) * 360
                when method_code = 'lineaire' then extract(year from disposed_on) * 360
                else {{ commercial_day('disposed_on') }}
            end as integer
        ) as last_day
    from asset
    where is_depreciable

),

elapsed as (

    select
        *,
        greatest(
            0, least(total_days, least((exercice + 1) * 360, last_day) - first_day)
        ) as days_at_end,
        greatest(0, least(total_days, least(exercice * 360, last_day) - first_day)) as days_at_start
    from timed

),

computed as (

    select
        source_export,
        source_record,
        cast({{ exact_share('gross_eur', 'days_at_end', 'total_days') }} as decimal(16, 2)) as computed_accumulated_eur,
        cast(
            {{ exact_share('gross_eur', 'days_at_end', 'total_days') }}
            - {{ exact_share('gross_eur', 'days_at_start', 'total_days') }} as decimal(16, 2)
        ) as computed_charge_eur
    from elapsed

)

select
    asset.exercice,
    cast(asset.asset_id_inventory as {{ text }}) as asset_id_inventory,
    asset.source_budget_code,
    asset.nature_code,
    asset.depreciation_nature_code,
    asset.is_depreciable,
    asset.charge_eur as inventory_charge_eur,
    coalesce(computed.computed_charge_eur, cast(0 as decimal(16, 2))) as computed_charge_eur,
    coalesce(computed.computed_accumulated_eur, cast(0 as decimal(16, 2))) as computed_accumulated_eur,
    cast(
        asset.charge_eur - coalesce(computed.computed_charge_eur, cast(0 as decimal(16, 2))) as decimal(16, 2)
    ) as charge_gap_eur,
    asset.source_system,
    asset.source_export,
    asset.source_record
from asset
left join computed
    on asset.source_export = computed.source_export and asset.source_record = computed.source_record
