{#-
    A beneficiary is known by its SIREN, else by its name; a name that one SIREN goes with, in either source, takes it. Natural
    persons, and beneficiaries whose legal form no document says, are one row each: their names stay in the file.
-#}
with annexed as (
    select
        budget_id,
        exercice,
        case when is_final_account then 'account' else 'vote' end as origin,
        beneficiary_kind,
        beneficiary_kind_code,
        beneficiary_name,
        beneficiary_siren,
        nature_code,
        section,
        cast(null as string) as function_code,
        purpose,
        is_in_kind,
        grant_eur as amount_eur,
        source_system,
        source_export
    from {{ ref('int_budget_totem__grant') }}
),

paid as (
    select
        budget_id,
        exercice,
        'ledger' as origin,
        case
            when tiers_id is null then 'unstated'
            when is_person_tiers then 'person'
            else 'organisation'
        end as beneficiary_kind,
        cast(null as string) as beneficiary_kind_code,
        case when not is_person_tiers then trim(tiers_name) end as beneficiary_name,
        case
            when not is_person_tiers and tiers_identifier_kind_code in ('01', '02') then substr(tiers_identifier, 1, 9)
        end as beneficiary_siren,
        nature_code,
        section,
        function_code,
        cast(null as string) as purpose,
        false as is_in_kind,
        amount_eur,
        source_system,
        source_export
    from {{ ref('int_finance_pes__ledger_line') }}
    where
        standing_status = 'standing'
        and direction = 'expense'
        and not is_order
        and not is_ormc
        and (substr(nature_code, 1, 3) in ('657', '204', '674') or substr(nature_code, 1, 4) = '6582')
),

stated as (
    select * from annexed
    union all
    select * from paid
),

siren_of_name as (
    select
        budget_id,
        upper(beneficiary_name) as beneficiary_key,
        min(beneficiary_siren) as only_siren
    from stated
    where beneficiary_kind = 'organisation' and beneficiary_siren is not null
    group by budget_id, upper(beneficiary_name)
    having count(distinct beneficiary_siren) = 1
),

identified as (
    select
        stated.*,
        case
            when stated.beneficiary_kind = 'organisation'
                then coalesce(
                    'siren-' || coalesce(stated.beneficiary_siren, siren_of_name.only_siren),
                    'nom-' || upper(stated.beneficiary_name),
                    'unstated'
                )
            else stated.beneficiary_kind
        end as beneficiary_id
    from stated
    left join siren_of_name
        on
            stated.budget_id = siren_of_name.budget_id
            and upper(stated.beneficiary_name) = siren_of_name.beneficiary_key
),

known_year as (
    select
        budget_id,
        exercice,
        max(case when origin = 'account' then 1 else 0 end) as has_account,
        max(case when origin = 'vote' then 1 else 0 end) as has_vote,
        max(case when origin = 'ledger' then 1 else 0 end) as has_ledger
    from stated
    group by budget_id, exercice
),

summed as (
    select
        budget_id,
        exercice,
        beneficiary_id,
        coalesce(
            max(case when origin = 'account' then beneficiary_name end), max(beneficiary_name)
        ) as beneficiary_name,
        max(beneficiary_kind_code) as beneficiary_kind_code,
        case when min(nature_code) = max(nature_code) then max(nature_code) end as nature_code,
        case when min(function_code) = max(function_code) then max(function_code) end as function_code,
        case when min(purpose) = max(purpose) then max(purpose) end as purpose,
        max(case when substr(nature_code, 1, 4) in ('6574', '2042') or nature_code like '674%' then 1 else 0 end)
            as has_private_account,
        sum(case when origin = 'vote' and not is_in_kind then amount_eur else 0 end) as voted_eur,
        sum(case when origin = 'account' and not is_in_kind then amount_eur else 0 end) as granted_eur,
        sum(case when origin = 'account' and is_in_kind then amount_eur else 0 end) as in_kind_eur,
        sum(case when origin = 'ledger' then amount_eur else 0 end) as paid_eur,
        sum(case when origin = 'ledger' and section = 'I' then amount_eur else 0 end) as paid_investment_eur,
        max(source_system) as source_system,
        max(source_export) as source_export
    from identified
    group by budget_id, exercice, beneficiary_id
),

completed as (
    select
        summed.*,
        case when known_year.has_vote = 1 then summed.voted_eur end as voted_or_null_eur,
        case when known_year.has_account = 1 then summed.granted_eur end as granted_or_null_eur,
        case when known_year.has_account = 1 then summed.in_kind_eur end as in_kind_or_null_eur,
        case when known_year.has_ledger = 1 then summed.paid_eur end as paid_or_null_eur,
        case when known_year.has_ledger = 1 then summed.paid_investment_eur end as paid_investment_or_null_eur,
        case
            when summed.beneficiary_id in ('person', 'unstated') then summed.beneficiary_id else 'organisation'
        end as beneficiary_kind
    from summed
    inner join known_year
        on summed.budget_id = known_year.budget_id and summed.exercice = known_year.exercice
)

select
    cast(budget_id as string) as budget_id,
    cast(exercice as integer) as exercice,
    cast(beneficiary_id as string) as beneficiary_id,
    cast(beneficiary_kind as string) as beneficiary_kind,
    cast(
        case beneficiary_kind
            when 'person' then 'Personnes physiques'
            when 'unstated' then 'Bénéficiaires non précisés'
            else beneficiary_name
        end as string
    ) as beneficiary_name,
    cast(case when beneficiary_id like 'siren-%' then substr(beneficiary_id, 7) end as string) as beneficiary_siren,
    cast(
        case
            when beneficiary_kind_code = 'P1' then 'Association'
            when beneficiary_kind_code = 'P2' then 'Entreprise'
            when beneficiary_kind_code = 'P3' then 'Personne physique'
            when beneficiary_kind_code = 'P4' then 'Autre organisme privé'
            when beneficiary_kind_code like 'U%' then 'Organisme public'
        end as string
    ) as beneficiary_form_label,
    cast(nature_code as string) as nature_code,
    cast(function_code as string) as function_code,
    cast(purpose as string) as purpose,
    cast(voted_or_null_eur as decimal(16, 2)) as voted_eur,
    cast(granted_or_null_eur as decimal(16, 2)) as granted_eur,
    cast(in_kind_or_null_eur as decimal(16, 2)) as in_kind_eur,
    cast(paid_or_null_eur as decimal(16, 2)) as paid_eur,
    cast(paid_investment_or_null_eur as decimal(16, 2)) as paid_investment_eur,
    cast(
        beneficiary_kind = 'organisation'
        and coalesce(beneficiary_kind_code like 'P%', has_private_account = 1)
        and greatest(granted_eur, paid_eur) > 23000
        as boolean
    ) as requires_agreement,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export
from completed
