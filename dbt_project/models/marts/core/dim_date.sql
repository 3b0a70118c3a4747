{#- Days are counted from a Monday, 1 January 2001: the weekday is a remainder, whatever the engine's numbering. -#}
{%- set months = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre',
                  'novembre', 'décembre'] -%}
{%- set weekdays = ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'] -%}
with digit as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        ten_thousands.digit * 10000
        + thousands.digit * 1000
        + hundreds.digit * 100
        + tens.digit * 10
        + units.digit as n
    from digit as ten_thousands
    cross join digit as thousands
    cross join digit as hundreds
    cross join digit as tens
    cross join digit as units
    where ten_thousands.digit <= 3
),

calendar as (
    select
        n,
        cast(cast('2001-01-01' as date) + n as date) as date_day
    from counted
),

spanned as (
    select
        min(exercice) as first_year,
        max(exercice) as last_year
    from (
        select exercice from {{ ref('int_budget_totem__document') }}
        union all
        select exercice from {{ ref('int_finance_pes__piece') }}
        union all
        select cast(extract(year from issue_date) as integer) as exercice from {{ ref('int_finance_pes__piece') }}
        union all
        select cast(extract(year from date_day) as integer) as exercice from {{ ref('int_territory__school_day') }}
    ) as dated
),

school_day as (
    select * from {{ ref('int_territory__school_day') }}
),

public_holiday as (
    select * from {{ ref('ref_public_holiday') }}
)

select
    cast(calendar.date_day as date) as date_day,
    cast(extract(year from calendar.date_day) as integer) as exercice,
    cast(ceil(extract(month from calendar.date_day) / 3.0) as integer) as quarter_number,
    cast(extract(month from calendar.date_day) as integer) as month_number,
    cast(date_trunc('month', calendar.date_day) as date) as month_start_date,
    cast(
        case extract(month from calendar.date_day)
            {%- for month in months %}
            when {{ loop.index }} then '{{ month }}'
            {%- endfor %}
        end as string
    ) as month_label,
    cast(extract(day from calendar.date_day) as integer) as day_of_month,
    cast(calendar.n % 7 + 1 as integer) as weekday_number,
    cast(
        case calendar.n % 7
            {%- for weekday in weekdays %}
            when {{ loop.index0 }} then '{{ weekday }}'
            {%- endfor %}
        end as string
    ) as weekday_label,
    cast(calendar.n % 7 >= 5 as boolean) as is_weekend,
    cast(public_holiday.public_holiday_date is not null as boolean) as is_public_holiday,
    cast(public_holiday.public_holiday_label as string) as public_holiday_label,
    cast(school_day.is_school_holiday as boolean) as is_school_holiday,
    cast(school_day.school_holiday_label as string) as school_holiday_label,
    cast({{ school_year('calendar.date_day') }} as string) as school_year,
    cast(school_day.is_school_day as boolean) as is_school_day
from calendar
inner join spanned
    on extract(year from calendar.date_day) between spanned.first_year and spanned.last_year
left join school_day
    on calendar.date_day = school_day.date_day
left join public_holiday
    on calendar.date_day = public_holiday.public_holiday_date
