-- name: totals
with yearly as (
    select
        exercice,
        sum(amount_with_vat_eur) as amount,
        sum(piece_count) as pieces,
        max(first_ten_share) as first_ten,
        sum(global_days_sum) / nullif(sum(global_dated_count), 0) as global_days,
        sum(global_late_count) / nullif(sum(global_dated_count), 0) as late,
        sum(ordonnateur_days_sum) / nullif(sum(ordonnateur_dated_count), 0) as own_days
    from mart_supplier_payment
    inner join town_budget using (budget_id)
    group by exercice
)

select
    this.amount,
    before.amount as amount_previous,
    this.pieces,
    this.first_ten,
    before.first_ten as first_ten_previous,
    this.global_days,
    before.global_days as global_days_previous,
    this.late,
    this.own_days,
    before.own_days as own_days_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: by_month
select
    least(month, make_date(exercice, 12, 1)) as month,
    sum(global_days_sum) / nullif(sum(global_dated_count), 0) as global_days,
    sum(ordonnateur_days_sum) / nullif(sum(ordonnateur_dated_count), 0) as own_days
from mart_supplier_payment
inner join town_budget using (budget_id)
group by all
order by month;

-- name: amounts
select least(month, make_date(exercice, 12, 1)) as month, sum(amount_with_vat_eur) as amount
from mart_supplier_payment
inner join town_budget using (budget_id)
group by all
order by month;

-- name: suppliers
select
    case when supplier_rank > 30 then 'Autres fournisseurs' else supplier_label end as supplier,
    sum(piece_count) as pieces,
    sum(amount_with_vat_eur) as amount,
    sum(amount_with_vat_eur) / nullif(sum(sum(amount_with_vat_eur)) over (), 0) as share,
    sum(global_days_sum) / nullif(sum(global_dated_count), 0) as days,
    sum(global_late_count) / nullif(sum(global_dated_count), 0) as late
from mart_supplier_payment
inner join town_budget using (budget_id)
where exercice = (select max(exercice) from mart_supplier_payment)
group by supplier
order by max(supplier_rank) > 30 or max(supplier_rank) is null, amount desc;
