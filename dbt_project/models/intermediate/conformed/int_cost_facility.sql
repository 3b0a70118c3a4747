{#- Of a facility that changed in the exercice, its last state. -#}
with exercices as (

    select distinct exercice
    from {{ ref('int_cost_lines') }}

),

states as (

    select
        exercices.exercice,
        facilities.facility_id,
        facilities.service_id,
        facilities.analytic_code,
        cast(round(facilities.floor_area_m2 * 100) as bigint) as area_weight,
        row_number() over (
            partition by exercices.exercice, facilities.facility_id
            order by facilities.valid_from desc nulls last
        ) as recency
    from exercices
    inner join {{ ref('int_fixed_assets__facility') }} as facilities
        on
            facilities.valid_from <= cast(cast(exercices.exercice as {{ dbt.type_string() }}) || '-12-31' as date)
            and coalesce(facilities.valid_to, cast('9999-12-31' as date))
            >= cast(cast(exercices.exercice as {{ dbt.type_string() }}) || '-01-01' as date)
    where facilities.facility_id is not null

)

select
    exercice,
    facility_id,
    service_id,
    area_weight,
    case
        when count(*) over (partition by exercice, analytic_code) = 1 then analytic_code
    end as analytic_code
from states
where recency = 1
