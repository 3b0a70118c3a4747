with digit as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select hundreds.digit * 100 + tens.digit * 10 + units.digit as n
    from digit as hundreds
    cross join digit as tens
    cross join digit as units
    where hundreds.digit * 100 + tens.digit * 10 + units.digit < 960
),

dated as (
    select
        n,
        cast(
            cast(cast(1990 + floor(n / 12) as integer) as {{ dbt.type_string() }})
            || '-' || lpad(cast(n % 12 + 1 as {{ dbt.type_string() }}), 2, '0') || '-01' as date
        ) as month
    from counted
)

select
    month,
    cast(last_day(month) as date) as month_end,
    {{ month_index('month') }} as month_index,
    cast(extract(year from month) as integer) as exercice,
    cast(extract(day from last_day(month)) as integer) as days_in_month
from dated
