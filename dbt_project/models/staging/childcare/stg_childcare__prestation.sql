with source as (

    select * from {{ source('childcare', 'prestation') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.prestation_id), '') as charge_code,
        source.famille_pseudonym as family_pseudonym,
        source.enfant_pseudonym as child_pseudonym,
        nullif(trim(source.activite_id), '') as activity_code,
        try_cast(nullif(trim(source.date), '') as date) as charge_date,
        cast(substr(source.date, 1, 7) || '-01' as date) as charge_month,
        nullif(trim(source.categorie), '') as category_code,
        try_cast(nullif(trim(source.montant_initial), '') as decimal(18, 2)) as initial_amount_eur,
        try_cast(nullif(trim(source.montant), '') as decimal(18, 2)) as amount_eur,
        nullif(trim(source.tarif), '') as tariff_label,
        try_cast(nullif(trim(source.quantite), '') as decimal(18, 4)) as quantity,
        nullif(trim(source.facture_id), '') as invoice_code,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received', ['charge_month']) }}

)

select
    source_system,
    source_export,
    source_record,
    charge_code,
    family_pseudonym,
    child_pseudonym,
    activity_code,
    charge_date,
    charge_month,
    category_code,
    initial_amount_eur,
    amount_eur,
    tariff_label,
    quantity,
    invoice_code,
    received_at,
    is_standing
from ordered
