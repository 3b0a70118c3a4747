select
    document.budget_id,
    document.exercice,
    asset.asset_id_inventory,
    asset.entry_or_exit_code,
    asset.acquired_on,
    asset.disposed_on,
    asset.purchase_value_eur,
    asset.cumulated_depreciation_eur,
    asset.net_book_value_eur,
    asset.source_system,
    asset.source_export,
    asset.source_record
from {{ ref('stg_budget_totem__patrimoine') }} as asset
inner join {{ ref('int_budget_totem__document') }} as document
    on asset.source_export = document.source_export
where document.is_final_account
