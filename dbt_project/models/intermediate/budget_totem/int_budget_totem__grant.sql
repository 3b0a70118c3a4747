select
    document.budget_id,
    document.exercice,
    document.is_final_account,
    grants.nature_code,
    case
        when grants.section is not null then grants.section
        when grants.nature_code like '2%' then 'I'
        when grants.nature_code is not null then 'F'
    end as section,
    case
        when grants.beneficiary_kind_code = 'P3' then 'person'
        when grants.beneficiary_name is null then 'unstated'
        else 'organisation'
    end as beneficiary_kind,
    grants.beneficiary_kind_code,
    trim(grants.beneficiary_name) as beneficiary_name,
    nullif(substr(trim(grants.beneficiary_siret), 1, 9), '') as beneficiary_siren,
    coalesce(grants.purpose, grants.help_in_kind) as purpose,
    -- Some vendors write the label of a grant in money there; a help in kind is paid on no account.
    grants.help_in_kind is not null and grants.nature_code is null as is_in_kind,
    grants.grant_eur,
    grants.source_system,
    grants.source_export,
    grants.source_record
from {{ ref('stg_budget_totem__concours') }} as grants
inner join {{ ref('int_budget_totem__document') }} as document
    on grants.source_export = document.source_export
where document.is_final_account or (document.is_standing and document.is_vote)
