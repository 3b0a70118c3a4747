with source as (
    select * from {{ source('fixed_assets', 'inventaire') }}
),

received as (
    {{ received_exports('fixed_assets') }}
),

standing as (
    {{ with_standing('source', 'received', ['date_arrete', 'budget']) }}
)

select
    'fixed_assets' as source_system,
    source_export,
    source_record,
    numero_inventaire as asset_id_inventory,
    libelle as asset_label,
    cast(libelle_ecarte as boolean) as is_label_withheld,
    compte as nature_code,
    budget as source_budget_code,
    cast(date_acquisition as date) as acquired_on,
    cast(date_mise_en_service as date) as in_service_on,
    cast(valeur_brute as decimal(16, 2)) as gross_eur,
    cast(duree_amortissement as decimal(6, 2)) as depreciation_years,
    methode as method_code,
    cast(cumul_amortissements as decimal(16, 2)) as accumulated_eur,
    cast(dotation_exercice as decimal(16, 2)) as charge_eur,
    cast(valeur_nette as decimal(16, 2)) as net_eur,
    cast(date_sortie as date) as disposed_on,
    site_code as source_facility_code,
    fonction as function_code,
    service as source_service_code,
    cast(date_arrete as date) as inventory_date,
    champs_repares as repaired_fields,
    is_standing
from standing
