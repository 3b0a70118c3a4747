{#- The reference of a month is the mean of the same month over the years that the town has dropped. A month whose
    reference is under 30 degree-days is out of the heating season: a ratio of two small numbers would say nothing. -#}
with monthly as (

    select
        month_start_date as month,
        avg(heating_degree_days) as degree_days
    from {{ ref('int_territory__degree_day') }}
    where heating_degree_days is not null
    group by month_start_date

),

compared as (

    select
        month,
        degree_days,
        avg(degree_days) over (partition by extract(month from month)) as reference_degree_days,
        count(*) over (partition by extract(month from month)) as reference_year_count
    from monthly

)

select
    month,
    cast(degree_days as decimal(9, 2)) as degree_days,
    cast(reference_degree_days as decimal(9, 2)) as reference_degree_days,
    cast(reference_year_count as integer) as reference_year_count,
    reference_degree_days >= 30 and degree_days > 0 as is_heating_month
from compared
