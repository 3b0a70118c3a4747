with source as (

    select * from {{ source('payroll_dsn', 'contrat') }}

),

individuals as (

    select * from {{ ref('stg_payroll_dsn__individu') }}

)

select
    source.source_export,
    source.source_record,
    individuals.declaration_line,
    individuals.declaration_key,
    individuals.siren,
    individuals.siret,
    individuals.pay_month,
    individuals.norm,
    individuals.individual_line,
    individuals.agent_pseudonym,
    {{ line_of_record('source.source_record') }} as contract_line,
    source.contrat_pseudonym as contract_pseudonym,
    {{ dsn_date('source.debut') }} as start_date,
    {{ dsn_date('source.fin_previsionnelle') }} as planned_end_date,
    source.statut_conventionnel as conventional_status_code,
    source.pcs as occupation_code,
    source.net as net_code,
    source.nature as contract_nature_code,
    source.dispositif as scheme_code,
    source.unite_quotite as quota_unit_code,
    try_cast(source.quotite_reference as decimal(9, 2)) as reference_quota,
    try_cast(source.quotite as decimal(9, 2)) as quota,
    source.modalite_temps as working_time_code,
    source.lieu as workplace_code,
    source.regime_vieillesse as old_age_scheme_code,
    source.motif_recours as recourse_code,
    source.statut_emploi as employment_status_code,
    source.affectation_budgetaire as budget_assignment_code,
    source.gestion_chomage as unemployment_code,
    source.emplois_multiples as multiple_jobs_code,
    source.nature_poste as post_kind_code,
    try_cast(source.quotite_tnc as decimal(9, 2)) as tnc_quota,
    try_cast(source.taux_temps_partiel as decimal(6, 2)) as part_time_rate,
    source.categorie_service as service_category_code,
    source.indice_brut as gross_index,
    try_cast(source.indice_majore as integer) as increased_index,
    try_cast(source.nbi as decimal(9, 2)) as nbi_points,
    source.detachement as secondment_code,
    source.mise_a_disposition as loan_code
from source
inner join individuals
    on
        source.source_export = individuals.source_export
        and try_cast(source.individu_line as integer) = individuals.individual_line
