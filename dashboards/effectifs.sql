-- name: totals
select
    this.agent_count as agents,
    before.agent_count as agents_previous,
    this.etpt,
    before.etpt as etpt_previous,
    'Au ' || strftime(last_day(this.month), '%d/%m/%Y') as period,
    'un an avant' as previous_period
from staff_total as this
inner join staff_month using (month)
left join staff_total as before on this.month = before.month + interval 1 year;

-- name: shares
with monthly as (
    select
        month,
        sum(agent_count) filter (where axis = 'total') as agents,
        sum(agent_count) filter (where axis = 'permanent' and value_code = 'permanent') as permanent,
        sum(agent_count) filter (where axis = 'sex' and value_label = 'Femmes') as women,
        sum(agent_count) filter (where axis = 'age' and left(value_label, 2) in ('60', '65')) as over_60
    from mart_headcount
    inner join town_employer using (employer_siren)
    group by month
)

select
    this.permanent / nullif(this.agents, 0) as permanent_share,
    before.permanent / nullif(before.agents, 0) as permanent_share_previous,
    this.women / nullif(this.agents, 0) as women_share,
    before.women / nullif(before.agents, 0) as women_share_previous,
    this.over_60 / nullif(this.agents, 0) as over_60,
    before.over_60 / nullif(before.agents, 0) as over_60_previous,
    this.over_60 as over_60_count,
    'Au ' || strftime(last_day(this.month), '%d/%m/%Y') as period,
    'un an avant' as previous_period
from monthly as this
inner join staff_month using (month)
left join monthly as before on this.month = before.month + interval 1 year;

-- name: pyramid
select
    group_label as age,
    sum(agent_count) filter (where value_label = 'Femmes') as women,
    sum(agent_count) filter (where value_label = 'Hommes') as men
from mart_headcount
inner join staff_month using (month)
inner join town_employer using (employer_siren)
where axis = 'age_sex'
group by group_label
order by case when left(group_label, 2) between '00' and '99' then left(group_label, 2) else '00' end;

-- name: by_year
select month, agent_count, etpt
from staff_total
where agent_count is not null
order by month;

-- name: by_filiere
select value_label as filiere, agent_count as agents
from mart_headcount
inner join staff_month using (month)
inner join town_employer using (employer_siren)
where axis = 'filiere' and agent_count is not null
order by value_code is null, agent_count desc;

-- name: by_category
select value_label as category, agent_count as agents
from mart_headcount
inner join staff_month using (month)
inner join town_employer using (employer_siren)
where axis = 'category' and agent_count is not null
order by value_code is null, value_label;

-- name: services
select
    this.value_label as service,
    split_part(dim_employer.employer_label, ' ', 1) as employer,
    this.agent_count as agents,
    this.etpt,
    before.agent_count as before,
    this.secrecy_status
from mart_headcount as this
inner join staff_month on this.month = staff_month.month
inner join dim_employer on this.employer_siren = dim_employer.employer_siren
left join mart_headcount as before
    on this.employer_siren = before.employer_siren and this.value_code = before.value_code
    and before.axis = 'service' and this.month = before.month + interval 1 year
where this.axis = 'service'
order by this.value_label collate nocase.noaccent, dim_employer.employer_label;

-- name: movements
select
    this.population_label as population,
    this.movement_label as movement,
    this.movement_count as count,
    this.movements_per_100_agents as rate,
    before.movement_count as before,
    this.secrecy_status
from mart_movement as this
inner join town_employer on this.employer_siren = town_employer.employer_siren
left join mart_movement as before
    on this.employer_siren = before.employer_siren and this.population = before.population
    and this.movement_type = before.movement_type and before.axis = 'total' and this.exercice = before.exercice + 1
where this.axis = 'total' and this.exercice = (select max(exercice) from mart_movement)
order by this.population desc, this.movement_type;
