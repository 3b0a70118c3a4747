-- name: totals
with yearly as (
    select
        exercice,
        sum(paid_eur) as paid,
        count(*) filter (where beneficiary_siren is not null) as beneficiaries,
        sum(paid_eur) filter (where nature_code like '6574%' or nature_code like '2042%') as associations,
        sum(in_kind_eur) as in_kind,
        count(*) filter (where requires_agreement) as agreements
    from mart_grant
    inner join town_budget using (budget_id)
    group by exercice
)

select
    this.paid,
    before.paid as paid_previous,
    this.beneficiaries,
    this.associations,
    before.associations as associations_previous,
    this.in_kind,
    before.in_kind as in_kind_previous,
    this.agreements,
    before.agreements as agreements_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: largest
select beneficiary_name as beneficiary, paid_eur as paid
from mart_grant
inner join town_budget using (budget_id)
where exercice = (select max(exercice) from mart_grant) and paid_eur > 0
order by paid_eur desc
limit 15;

-- name: beneficiaries
select
    beneficiary_name as beneficiary,
    beneficiary_form_label as form,
    voted_eur as voted,
    granted_eur as granted,
    paid_eur as paid,
    nullif(in_kind_eur, 0) as in_kind,
    case when requires_agreement then 'oui' else 'non' end as agreement
from mart_grant
inner join town_budget using (budget_id)
where exercice = (select max(exercice) from mart_grant)
order by coalesce(paid_eur, granted_eur, voted_eur) desc nulls last;
