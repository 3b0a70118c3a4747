-- name: totals
with shown_year as (
    -- La dernière année scolaire finie, sinon celle en cours.
    select usage_year, left(usage_year, 4)::int = (select max(exercice) from mart_activity) as is_running
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
),

yearly as (
    select
        usage_year,
        max(user_count) filter (where activity_id = 'ensemble') as users,
        max(user_count) filter (where activity_id = 'school_meal') as meal_users,
        max(user_count) filter (where activity_id = 'after_school') as after_school_users,
        max(user_count) filter (where activity_id = 'leisure_centre') as leisure_users,
        max(user_count) filter (where activity_id = 'nursery') as nursery_users
    from mart_public_reach
    where breakdown = 'total'
    group by usage_year
)

select
    this.users,
    before.users as users_previous,
    this.meal_users,
    before.meal_users as meal_users_previous,
    this.after_school_users,
    before.after_school_users as after_school_users_previous,
    this.leisure_users,
    before.leisure_users as leisure_users_previous,
    this.nursery_users,
    before.nursery_users as nursery_users_previous,
    'Année scolaire ' || this.usage_year as period,
    before.usage_year as previous_period,
    case
        when shown_year.is_running then 'L’année scolaire ' || this.usage_year || ' n’est pas finie.'
    end as provisional
from yearly as this
inner join shown_year on this.usage_year = shown_year.usage_year
left join yearly as before on left(this.usage_year, 4)::int = left(before.usage_year, 4)::int + 1;

-- name: by_quotient
with shown_year as (
    select usage_year
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
)

select
    activity_label as activity,
    category_label as band,
    user_count / sum(user_count) over (partition by activity_id) as share
from mart_public_reach
inner join shown_year using (usage_year)
where breakdown = 'quotient_band' and category_label <> 'Quotient inconnu'
order by activity_label, category_code;

-- name: by_quartier
with shown_year as (
    select usage_year
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
)

select category_label as quartier, activity_label as activity, user_count as users
from mart_public_reach
inner join shown_year using (usage_year)
where breakdown = 'quartier'
order by category_label, activity_label;

-- name: ages
with shown_year as (
    select usage_year
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
)

select
    activity_label as activity,
    category_label as age,
    user_count as users,
    population,
    coverage_share as coverage,
    secrecy_status
from mart_public_reach
inner join shown_year using (usage_year)
where breakdown = 'age_band' and population > 0
order by activity_label, category_code;

-- name: coverage
with shown_year as (
    select usage_year
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
)

select
    activity_label as activity,
    category_label || coalesce(' (' || group_label || ')', '') as iris,
    user_count as users,
    population,
    coverage_share as coverage,
    secrecy_status
from mart_public_reach
inner join shown_year using (usage_year)
where breakdown = 'iris' and population > 0
order by activity_label, coverage_share, category_label;

-- name: mixing
with shown_year as (
    select usage_year
    from mart_public_reach
    where breakdown = 'total' and length(usage_year) = 9
    order by left(usage_year, 4)::int = (select max(exercice) from mart_activity), usage_year desc
    limit 1
)

select
    activity_label as activity,
    coalesce(facility_label, case facility_code when 'ensemble' then 'Ensemble' else facility_code end) as place,
    user_count as users,
    simpson_diversity_share as diversity,
    dissimilarity_share as dissimilarity,
    secrecy_status,
    facility_code = 'ensemble' as is_total
from mart_mixing
inner join shown_year using (usage_year)
left join facility on facility_code = facility_id
where dimension = 'quotient_band'
order by activity_label, facility_code = 'ensemble', dissimilarity_share desc nulls last, place;
