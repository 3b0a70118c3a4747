with source as (

    select * from {{ source('payroll_xhl', 'etat') }}

),

received as (

    {{ received_exports('payroll_xhl') }}

),

renamed as (

    select
        'payroll_xhl' as source_system,
        source.source_export,
        source.source_record,
        source.siret,
        substr(source.siret, 1, 9) as siren,
        -- Left out by vendors of towns with one budget: 00 is the main or only one, as in PES.
        coalesce(nullif(trim(source.code_budget), ''), '00') as budget_code,
        trim(source.libelle_budget) as budget_label,
        cast(source.mois_paie || '-01' as date) as pay_month,
        nullif(trim(source.train), '') as run_code,
        source.version as schema_version,
        cast(source.bulletins as integer) as payslip_count,
        cast(source.octets_mal_annonces as bigint) as misread_byte_count,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

-- The file carries no date of its own making: the last one received replaces the whole month of its budget and run.
-- ETAT_PAYE-04-02 comes after ETAT_PAYE-04.
ordered as (

    {{ with_standing('renamed', 'received', ['siret', 'budget_code', 'pay_month', 'run_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    siret,
    siren,
    budget_code,
    budget_label,
    pay_month,
    run_code,
    schema_version,
    payslip_count,
    misread_byte_count,
    received_at,
    is_standing,
    case when is_standing then 'standing' else 'superseded' end as standing_status,
    case when not is_standing then standing_export end as superseded_by_export
from ordered
