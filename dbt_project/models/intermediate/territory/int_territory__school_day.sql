{#- School holidays are those of the zone of the town: `school_zone` is a, b or c. 1 January 2001 was a Monday. -#}
{%- set zone = var('school_zone', 'b') -%}
with calendar as (
    select
        holiday.*,
        {{ days_between("cast('2001-01-01' as date)", 'holiday.date_day') }} as day_rank
    from {{ ref('int_territory__school_holiday') }} as holiday
),

public_holiday as (
    select * from {{ ref('ref_public_holiday') }}
)

select
    calendar.date_day,
    calendar.is_holiday_zone_{{ zone }} as is_school_holiday,
    case when calendar.is_holiday_zone_{{ zone }} then calendar.school_holiday_label end as school_holiday_label,
    -- Weeks of four days: Wednesday is no school day.
    (calendar.day_rank % 7 + 7) % 7 in (0, 1, 3, 4)
    and not calendar.is_holiday_zone_{{ zone }}
    and public_holiday.public_holiday_date is null as is_school_day
from calendar
left join public_holiday
    on calendar.date_day = public_holiday.public_holiday_date
