{#- A point that the table of meters gives to the town for a whole month is expected to be read for all of it. -#}
with expected as (

    select distinct
        meters.point_id,
        meters.energy_type,
        months.exercice,
        months.month
    from {{ ref('stg_energy__compteur') }} as meters
    inner join {{ ref('int_month') }} as months
        on
            meters.valid_from <= months.month
            and coalesce(meters.valid_to, months.month_end) >= months.month_end
    where meters.is_standing and meters.energy_type is not null

),

used as (

    select
        point_id,
        month,
        max(case when is_complete then 1 else 0 end) as is_complete
    from {{ ref('int_energy__use') }}
    where flow_code = 'consumption'
    group by point_id, month

),

-- Nothing is expected of months that no meter has reached yet.
reached as (

    select
        min(month) as first_month,
        max(month) as last_month
    from used

)

select
    expected.point_id,
    expected.energy_type,
    expected.exercice,
    expected.month,
    coalesce(used.is_complete, 0) = 1 as is_complete
from expected
inner join reached
    on expected.month between reached.first_month and reached.last_month
left join used
    on
        expected.point_id = used.point_id
        and expected.month = used.month
