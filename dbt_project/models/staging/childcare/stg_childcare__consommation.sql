{{ config(
    materialized='by_month',
    month_of='use_month',
    at_once=true,
    inputs={
        'consommation': {'month': 'date'},
        'export': {
            'through': ['consommation', 'source_export', 'export_id'],
            'columns': ['export_id', 'system', 'verdict', 'file_name', 'received_at'],
        },
    },
) }}
with source as {{ inlined() }} (

    select * from {{ source('childcare', 'consommation') }}

),

received as {{ inlined() }} (

    {{ received_exports('childcare') }}

),

renamed as {{ inlined() }} (

    select
        'childcare' as source_system,
        source.source_export,
        source.source_record,
        source.enfant_pseudonym as child_pseudonym,
        nullif(trim(source.activite_id), '') as activity_code,
        nullif(trim(source.unite_id), '') as unit_code,
        try_cast(nullif(trim(source.date), '') as date) as use_date,
        cast(substr(source.date, 1, 7) || '-01' as date) as use_month,
        nullif(trim(source.heure_debut), '') as time_from,
        nullif(trim(source.heure_fin), '') as time_to,
        nullif(trim(source.etat), '') as state_code,
        try_cast(nullif(trim(source.quantite), '') as decimal(18, 4)) as quantity,
        nullif(trim(source.badgeage_debut), '') as badge_from,
        nullif(trim(source.badgeage_fin), '') as badge_to,
        try_cast(nullif(trim(source.heures_contrat), '') as decimal(18, 4)) as contract_hours,
        try_cast(nullif(trim(source.heures_facturees), '') as decimal(18, 4)) as billed_hours,
        try_cast(nullif(trim(source.date_saisie), '') as timestamp) as entered_at,
        nullif(trim(source.prestation_id), '') as charge_code,
        nullif(trim(source.site_id), '') as site_code,
        nullif(trim(source.activite_type), '') as activity_type,
        nullif(trim(source.tranche_age), '') as age_band_code,
        nullif(trim(source.sexe), '') as sex_code,
        nullif(trim(source.iris), '') as iris_code,
        nullif(trim(source.quartier), '') as quartier_code,
        nullif(trim(source.qpv), '') as qpv_code,
        nullif(trim(source.residence), '') as residence_code,
        nullif(trim(source.niveau_localisation), '') as match_level,
        nullif(trim(source.tranche_quotient), '') as quotient_band_code,
        received.received_at
    from source
    left join received
        on source.source_export = received.export_id

),

ordered as (

    {{ with_standing('renamed', 'received', ['use_month', 'activity_code']) }}

)

select
    source_system,
    source_export,
    source_record,
    child_pseudonym,
    activity_code,
    unit_code,
    use_date,
    use_month,
    time_from,
    time_to,
    state_code,
    quantity,
    badge_from,
    badge_to,
    contract_hours,
    billed_hours,
    entered_at,
    charge_code,
    site_code,
    activity_type,
    age_band_code,
    sex_code,
    iris_code,
    quartier_code,
    qpv_code,
    residence_code,
    match_level,
    quotient_band_code,
    received_at,
    is_standing
from ordered
