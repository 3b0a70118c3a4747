with source as (

    select * from {{ source('payroll_dsn', 'individu') }}

),

declarations as (

    select * from {{ ref('stg_payroll_dsn__declaration') }}
    where is_standing

),

-- Blocks that may leave out the contract number are those of the only contract there is.
contracts as (

    select
        source_export,
        individu_line,
        count(distinct contrat_pseudonym) as contract_count,
        max(contrat_pseudonym) as contract_pseudonym
    from {{ source('payroll_dsn', 'contrat') }}
    group by source_export, individu_line

),

located as (

    select
        *,
        {{ line_of_record('source_record') }} as individual_line
    from source

)

select
    located.source_export,
    located.source_record,
    declarations.declaration_line,
    declarations.declaration_key,
    declarations.siren,
    declarations.siret,
    declarations.pay_month,
    declarations.norm,
    located.individual_line,
    located.agent_pseudonym,
    located.ntt_pseudonym,
    located.matricule_pseudonym,
    located.sexe as sex_code,
    try_cast(located.annee_naissance as integer) as birth_year,
    coalesce(contracts.contract_count, 0) as contract_count,
    case when contracts.contract_count = 1 then contracts.contract_pseudonym end as only_contract_pseudonym
from located
inner join declarations
    on
        located.source_export = declarations.source_export
        and try_cast(located.declaration_line as integer) = declarations.declaration_line
left join contracts
    on
        located.source_export = contracts.source_export
        and located.individual_line = try_cast(contracts.individu_line as integer)
