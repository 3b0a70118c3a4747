select
    'payroll_xhl' as source_system,
    source_export,
    source_record,
    siren,
    siret,
    budget_code,
    payslip_rank,
    pay_month,
    matricule_pseudonym,
    agent_pseudonym,
    sex_code,
    birth_year,
    case
        when upper(status_label) like 'TITULAIRE%' then 'titulaire'
        when upper(status_label) like 'STAGIAIRE%' then 'stagiaire'
        when upper(status_label) like 'NON%TITULAIRE%' then 'contractuel'
        when upper(status_label) like 'EMPLOI%FONC%' then 'titulaire'
        when upper(status_label) like 'EMPLOI%AIDE%' then 'emploi_aide'
        when upper(status_label) like 'ELU%' or upper(coalesce(net_label, grade_label)) like 'ELU%' then 'elu'
        else 'autre'
    end as status_code,
    status_label,
    net_code,
    net_label,
    grade_label,
    step_label,
    increased_index,
    service_label,
    nbi_points,
    cast(least(coalesce(quota_rate, 100), 100) / 100 as decimal(9, 4)) as quota_share,
    hours,
    overtime_hours
from {{ ref('stg_payroll_xhl__bulletin') }}
