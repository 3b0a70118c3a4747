with seen as (

    select contract_pseudonym as id from {{ ref('stg_payroll_dsn__contrat') }}
    union
    select former_contract_pseudonym as id from {{ ref('stg_payroll_dsn__contrat_chg') }}
    where former_contract_pseudonym is not null
    union
    select former_contract_pseudonym as id from {{ ref('stg_payroll_dsn__contrat_anterieur') }}
    where former_contract_pseudonym is not null

),

change as (

    select
        contrat_chg.former_contract_pseudonym as former_id,
        contrat.contract_pseudonym as id,
        max(contrat_chg.pay_month) as changed_on
    from {{ ref('stg_payroll_dsn__contrat_chg') }} as contrat_chg
    inner join {{ ref('stg_payroll_dsn__contrat') }} as contrat
        on
            contrat_chg.source_export = contrat.source_export
            and contrat_chg.contract_line = contrat.contract_line
    where contrat_chg.former_contract_pseudonym is not null
    group by contrat_chg.former_contract_pseudonym, contrat.contract_pseudonym

    union all

    select
        contrat_anterieur.former_contract_pseudonym as former_id,
        contrat.contract_pseudonym as id,
        max(contrat_anterieur.pay_month) as changed_on
    from {{ ref('stg_payroll_dsn__contrat_anterieur') }} as contrat_anterieur
    inner join {{ ref('stg_payroll_dsn__contrat') }} as contrat
        on
            contrat_anterieur.source_export = contrat.source_export
            and contrat_anterieur.contract_line = contrat.contract_line
    where contrat_anterieur.former_contract_pseudonym is not null
    group by contrat_anterieur.former_contract_pseudonym, contrat.contract_pseudonym

),

followed as (

    with {{ followed('seen', 'change') }}

)

select
    former_id as contract_pseudonym,
    current_id as contract_id
from followed
