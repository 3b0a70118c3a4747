with source as (

    select * from {{ source('payroll_xhl', 'bulletin') }}

),

establishments as (

    select
        source_export,
        donnees_rank,
        nullif(trim(siret), '') as establishment_siret
    from {{ source('payroll_xhl', 'etablissement') }}

),

standing as (

    select
        source_export,
        siren,
        siret,
        budget_code,
        run_code,
        pay_month
    from {{ ref('stg_payroll_xhl__etat') }}
    where is_standing

)

select
    'payroll_xhl' as source_system,
    source.source_export,
    source.source_record,
    standing.siren,
    standing.siret,
    standing.budget_code,
    standing.run_code,
    standing.pay_month,
    try_cast(source.bulletin_rank as integer) as payslip_rank,
    establishments.establishment_siret,
    source.matricule_pseudonym,
    source.agent_pseudonym,
    source.sexe as sex_code,
    try_cast(source.annee_naissance as integer) as birth_year,
    nullif(trim(source.statut), '') as status_label,
    upper(nullif(trim(source.net), '')) as net_code,
    nullif(trim(source.net_libelle), '') as net_label,
    nullif(trim(source.grade), '') as grade_label,
    nullif(trim(source.echelon), '') as step_label,
    -- Elected members have 0 or nothing; hors échelle is a letter, which is no index.
    nullif(try_cast(source.indice as integer), 0) as increased_index,
    nullif(trim(source.service), '') as service_label,
    try_cast(source.nbi as decimal(9, 3)) as nbi_points,
    try_cast(source.quotite as decimal(9, 3)) as quota_rate,
    try_cast(substr(source.debut_periode, 1, 10) as date) as period_from,
    try_cast(substr(source.fin_periode, 1, 10) as date) as period_to,
    try_cast(source.heures as decimal(9, 3)) as hours,
    try_cast(source.heures_sup as decimal(9, 3)) as overtime_hours,
    try_cast(source.mt_brut as decimal(16, 2)) as stated_gross_eur,
    try_cast(source.ecart_net as decimal(16, 2)) as net_gap_eur
from source
inner join standing
    on source.source_export = standing.source_export
left join establishments
    on
        source.source_export = establishments.source_export
        and source.donnees_rank = establishments.donnees_rank
