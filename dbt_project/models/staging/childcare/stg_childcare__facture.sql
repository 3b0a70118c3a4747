with source as (

    select * from {{ source('childcare', 'facture') }}

),

received as (

    {{ received_exports('childcare') }}

),

renamed as (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        nullif(trim(source.facture_id), '') as invoice_code,
        try_cast(nullif(trim(source.date_edition), '') as date) as issue_date,
        cast(substr(source.date_edition, 1, 7) || '-01' as date) as issue_month,
        try_cast(nullif(trim(source.date_debut), '') as date) as billed_from,
        try_cast(nullif(trim(source.date_fin), '') as date) as billed_to,
        try_cast(nullif(trim(source.total), '') as decimal(18, 2)) as total_eur,
        try_cast(nullif(trim(source.regle), '') as decimal(18, 2)) as paid_eur,
        try_cast(nullif(trim(source.solde), '') as decimal(18, 2)) as due_eur,
        coalesce(trim(source.etat) = 'annulee', false) as is_cancelled,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received', ['issue_month']) }}

)

select
    source_system,
    source_export,
    source_record,
    invoice_code,
    issue_date,
    issue_month,
    billed_from,
    billed_to,
    total_eur,
    paid_eur,
    due_eur,
    is_cancelled,
    received_at,
    is_standing
from ordered
