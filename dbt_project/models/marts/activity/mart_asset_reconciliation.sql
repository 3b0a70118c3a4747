{%- set text = dbt.type_string() -%}
{%- set nothing = 'cast(0 as decimal(16, 2))' -%}
with inventory as (

    select
        exercice,
        coalesce(depreciation_nature_code, nature_code) as nature_code,
        count(*) as asset_count,
        sum(gross_eur) as gross_eur,
        sum(depreciation_eur) as charge_eur,
        sum(computed_depreciation_eur) as computed_charge_eur,
        sum(net_eur) as net_eur
    from {{ ref('fct_asset') }}
    group by exercice, coalesce(depreciation_nature_code, nature_code)

),

-- Depreciation is booked on 28 against 6811; what is taken back (7811) is the other way round.
ledger as (

    select
        exercice,
        nature_code,
        sum(case when direction = 'revenue' then amount_eur else -amount_eur end) as charge_eur
    from {{ ref('fct_cost_line') }}
    where is_order and nature_code like '28%'
    group by exercice, nature_code

),

-- The annex has no account: that of the inventory is taken, by budget, year and inventory number.
inventory_number as (

    select
        exercice,
        budget_id,
        asset_id_inventory,
        min(coalesce(depreciation_nature_code, nature_code)) as nature_code,
        sum(gross_eur) as gross_eur,
        sum(net_eur) as net_eur
    from {{ ref('fct_asset') }}
    where budget_id is not null and not is_disposed
    group by exercice, budget_id, asset_id_inventory

),

annex_number as (

    select
        exercice,
        budget_id,
        asset_id_inventory,
        sum(purchase_value_eur) as gross_eur,
        sum(purchase_value_eur - coalesce(cumulated_depreciation_eur, {{ nothing }})) as net_eur
    from {{ ref('int_budget_totem__asset') }}
    where entry_or_exit_code = 'E' and asset_id_inventory is not null
    group by exercice, budget_id, asset_id_inventory

),

annex as (

    select
        annex_number.exercice,
        inventory_number.nature_code,
        count(*) as asset_count,
        sum(annex_number.net_eur) as net_eur,
        sum(inventory_number.net_eur) as inventory_net_eur
    from annex_number
    left join inventory_number
        on
            annex_number.exercice = inventory_number.exercice
            and annex_number.budget_id = inventory_number.budget_id
            and annex_number.asset_id_inventory = inventory_number.asset_id_inventory
    group by annex_number.exercice, inventory_number.nature_code

),

every_row as (

    select
        exercice,
        nature_code
    from inventory

    union

    select
        exercice,
        nature_code
    from ledger

    union

    select
        exercice,
        nature_code
    from annex

)

select
    cast(every_row.exercice as integer) as exercice,
    cast(every_row.nature_code as {{ text }}) as nature_code,
    cast(plan.nature_label as {{ text }}) as nature_label,
    cast(coalesce(inventory.asset_count, 0) as integer) as asset_count,
    cast(coalesce(inventory.gross_eur, {{ nothing }}) as decimal(16, 2)) as inventory_gross_eur,
    cast(coalesce(inventory.net_eur, {{ nothing }}) as decimal(16, 2)) as inventory_net_eur,
    cast(coalesce(inventory.charge_eur, {{ nothing }}) as decimal(16, 2)) as inventory_charge_eur,
    cast(coalesce(inventory.computed_charge_eur, {{ nothing }}) as decimal(16, 2)) as computed_charge_eur,
    cast(coalesce(ledger.charge_eur, {{ nothing }}) as decimal(16, 2)) as ledger_charge_eur,
    cast(
        coalesce(inventory.charge_eur, {{ nothing }}) - coalesce(ledger.charge_eur, {{ nothing }}) as decimal(16, 2)
    ) as ledger_gap_eur,
    cast(
        coalesce(inventory.charge_eur, {{ nothing }}) - coalesce(inventory.computed_charge_eur, {{ nothing }})
        as decimal(16, 2)
    ) as computed_gap_eur,
    cast(coalesce(annex.asset_count, 0) as integer) as annex_asset_count,
    cast(annex.net_eur as decimal(16, 2)) as annex_net_eur,
    cast(annex.inventory_net_eur - annex.net_eur as decimal(16, 2)) as annex_gap_eur
from every_row
left join inventory
    on every_row.exercice = inventory.exercice and every_row.nature_code = inventory.nature_code
left join ledger
    on every_row.exercice = ledger.exercice and every_row.nature_code = ledger.nature_code
left join annex
    on
        every_row.exercice = annex.exercice
        and coalesce(every_row.nature_code, '-') = coalesce(annex.nature_code, '-')
left join {{ ref('ref_nature_m57') }} as plan
    on every_row.nature_code = plan.nature_code
