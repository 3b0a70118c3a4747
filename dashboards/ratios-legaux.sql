-- name: totals
with yearly as (
    select
        exercice,
        max(case ratio_number when 3 then numerator_eur end) as revenue,
        max(case ratio_number when 3 then numerator_eur end)
        - max(case ratio_number when 1 then numerator_eur end) as saving,
        max(case ratio_number when 5 then numerator_eur end) as debt,
        max(case ratio_number when 7 then computed_value end) as staff_share
    from mart_legal_ratio
    inner join town_budget using (budget_id)
    group by exercice
)

select
    this.saving as gross_saving,
    before.saving as gross_saving_previous,
    this.saving / nullif(this.revenue, 0) as saving_rate,
    this.debt,
    before.debt as debt_previous,
    case when this.saving > 0 then this.debt / this.saving end as payback_years,
    case when before.saving > 0 then before.debt / before.saving end as payback_years_previous,
    this.staff_share,
    before.staff_share as staff_share_previous,
    'Exercice ' || this.exercice as period,
    before.exercice as previous_period
from yearly as this
left join yearly as before on this.exercice = before.exercice + 1
order by this.exercice desc
limit 1;

-- name: debt_by_year
select
    exercice,
    max(case ratio_number when 5 then numerator_eur end) as debt_eur,
    max(case ratio_number when 3 then numerator_eur end)
    - max(case ratio_number when 1 then numerator_eur end) as saving_eur
from mart_legal_ratio
inner join town_budget using (budget_id)
group by exercice
order by exercice;

-- name: payback
select
    exercice,
    max(case ratio_number when 5 then numerator_eur end) / nullif(
        max(case ratio_number when 3 then numerator_eur end) - max(case ratio_number when 1 then numerator_eur end), 0
    ) as years
from mart_legal_ratio
inner join town_budget using (budget_id)
group by exercice
having max(case ratio_number when 5 then numerator_eur end) is not null
order by exercice;

-- name: ratios
select
    this.ratio_number,
    this.ratio_label,
    this.computed_value as value,
    case this.ratio_unit when 'percent' then '%' else '€/hab.' end as unit,
    this.printed_value as printed,
    before.computed_value as before,
    this.comment_fr as comment
from mart_legal_ratio as this
inner join town_budget using (budget_id)
left join mart_legal_ratio as before
    on this.budget_id = before.budget_id and this.ratio_number = before.ratio_number
    and this.exercice = before.exercice + 1
where this.exercice = (select max(exercice) from mart_legal_ratio inner join town_budget using (budget_id))
order by this.ratio_number;

-- name: rules
select ratio_number, max(rule_text) as rule, max(legal_source) as legal_source
from mart_legal_ratio
group by ratio_number
order by ratio_number;

-- name: loans
select
    lender_name as lender,
    purpose,
    signed_on as signed,
    original_amount_eur as original,
    capital_due_end_eur as capital,
    interest_paid_eur as interest,
    rate_kind_label as rate_kind,
    current_rate_pct as rate,
    cast(estimated_end_year as varchar) as end_year,
    gissler_class as gissler
from mart_debt
inner join town_budget using (budget_id)
where is_own_debt and exercice = (select max(exercice) from mart_debt)
    -- ceux que l'année a soldés restent, ceux d'avant non
    and (capital_due_end_eur > 0 or capital_due_start_eur > 0)
order by capital_due_end_eur desc nulls last;
