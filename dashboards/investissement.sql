-- name: totals
select
    this.equipment_eur as equipment,
    before.equipment_eur as equipment_previous,
    this.new_loans_eur as new_loans,
    before.new_loans_eur as new_loans_previous,
    this.net_savings_eur as net_savings,
    before.net_savings_eur as net_savings_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from mart_financial_position as this
inner join town_budget using (budget_id)
left join mart_financial_position as before on this.budget_id = before.budget_id and this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: programmes_total
select
    sum(left_to_finance_eur) as left,
    sum(realised_eur) / nullif(sum(credits_opened_eur), 0) as rate,
    count(*) as count,
    'Exercice ' || exercice as period
from mart_commitment
where exercice = (select max(exercice) from mart_commitment where is_final_account)
group by exercice;

-- name: by_year
select cast(exercice as varchar) as exercice, equipment_eur as equipment, new_loans_eur as loans
from mart_financial_position
inner join town_budget using (budget_id)
order by exercice;

-- name: progress
select coalesce(programme_label, programme_code) as programme, progress_share as share
from mart_commitment
where exercice = (select max(exercice) from mart_commitment where is_final_account)
order by authorised_eur desc;

-- name: programmes
select
    programme_code || coalesce(' ' || programme_label, '') as programme,
    authorised_eur as authorised,
    paid_cumulated_eur as paid,
    credits_opened_eur as opened,
    realised_eur as realised,
    left_to_finance_eur as left,
    progress_share as share
from mart_commitment
where exercice = (select max(exercice) from mart_commitment where is_final_account)
order by authorised_eur desc;

-- name: kinds
select
    case direction when 'expense' then 'Dépenses' else 'Recettes' end as direction,
    investment_kind_label as kind,
    sum(credits_opened_eur) as opened,
    sum(realised_eur) as realised,
    sum(carried_out_eur) as carried
from mart_investment
inner join town_budget using (budget_id)
where exercice = (select exercice from account_year)
group by direction, investment_kind_label
order by direction, realised desc nulls last;
