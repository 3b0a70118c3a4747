{%- set text = dbt.type_string() -%}
{%- set nothing = 'cast(0 as decimal(16, 2))' -%}
with asset as (

    select
        *,
        substr(nature_code, 1, 3) as nature_group_code
    from {{ ref('fct_asset') }}

),

-- Of a facility described twice in the year, the last description gives the name.
facility as (

    select
        facility_id,
        facility_label,
        row_number() over (partition by facility_id order by valid_from desc nulls last) as recency
    from {{ ref('dim_facility') }}

),

totals as (

    select
        exercice,
        facility_id,
        nature_group_code,
        count(*) as asset_count,
        sum(gross_eur) as gross_eur,
        sum(depreciation_eur) as depreciation_eur,
        sum(accumulated_eur) as accumulated_eur,
        sum(net_eur) as net_eur,
        sum(case when is_depreciable then gross_eur else {{ nothing }} end) as depreciable_gross_eur,
        sum(case when is_depreciable then accumulated_eur else {{ nothing }} end) as depreciable_accumulated_eur
    from asset
    group by exercice, facility_id, nature_group_code

)

select
    cast(totals.exercice as integer) as exercice,
    cast(totals.facility_id as {{ text }}) as facility_id,
    cast(facility.facility_label as {{ text }}) as facility_label,
    cast(totals.nature_group_code as {{ text }}) as nature_group_code,
    cast(plan.nature_label as {{ text }}) as nature_group_label,
    cast(totals.facility_id is not null as boolean) as has_facility,
    cast(totals.asset_count as integer) as asset_count,
    cast(totals.gross_eur as decimal(16, 2)) as gross_eur,
    cast(totals.depreciation_eur as decimal(16, 2)) as depreciation_eur,
    cast(totals.accumulated_eur as decimal(16, 2)) as accumulated_eur,
    cast(totals.net_eur as decimal(16, 2)) as net_eur,
    cast(
        totals.depreciable_accumulated_eur / nullif(totals.depreciable_gross_eur, 0) as decimal(9, 4)
    ) as wear_share
from totals
left join facility
    on totals.facility_id = facility.facility_id and facility.recency = 1
left join {{ ref('ref_nature_m57') }} as plan
    on totals.nature_group_code = plan.nature_code
