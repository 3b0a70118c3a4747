with source as (

    select * from {{ source('payroll_dsn', 'contrat_chg') }}

),

contracts as (

    select * from {{ ref('stg_payroll_dsn__contrat') }}

)

select
    source.source_export,
    source.source_record,
    contracts.declaration_line,
    contracts.declaration_key,
    contracts.siren,
    contracts.siret,
    contracts.pay_month,
    contracts.norm,
    contracts.individual_line,
    contracts.agent_pseudonym,
    contracts.contract_line,
    contracts.contract_pseudonym,
    {{ dsn_date('source.date_effet') }} as effect_date,
    source.ancien_statut_conventionnel as former_conventional_status_code,
    source.ancienne_nature as former_contract_nature_code,
    source.ancien_dispositif as former_scheme_code,
    try_cast(source.ancienne_quotite as decimal(9, 2)) as former_quota,
    source.ancienne_modalite_temps as former_working_time_code,
    source.ancien_siret as former_siret,
    source.ancien_lieu as former_workplace_code,
    source.ancien_contrat_pseudonym as former_contract_pseudonym,
    source.ancien_net as former_net_code,
    {{ dsn_date('source.ancien_debut') }} as former_start_date,
    try_cast(source.ancienne_quotite_reference as decimal(9, 2)) as former_reference_quota,
    {{ dsn_date('source.profondeur_recalcul') }} as recomputed_from,
    source.ancienne_nature_poste as former_post_kind_code,
    try_cast(source.ancienne_quotite_tnc as decimal(9, 2)) as former_tnc_quota,
    try_cast(source.ancien_taux_temps_partiel as decimal(6, 2)) as former_part_time_rate,
    source.ancien_indice_brut as former_gross_index,
    try_cast(source.ancien_indice_majore as integer) as former_increased_index,
    try_cast(source.ancienne_nbi as decimal(9, 2)) as former_nbi_points,
    source.ancien_statut_emploi as former_employment_status_code
from source
inner join contracts
    on
        source.source_export = contracts.source_export
        and try_cast(source.contrat_line as integer) = contracts.contract_line
