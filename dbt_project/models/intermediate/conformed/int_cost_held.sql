with roles as (

    select
        services.service_id,
        coalesce(roles.cost_role, 'principal') as cost_role
    from {{ ref('ref_service') }} as services
    left join {{ ref('ref_service_role') }} as roles
        on services.service_id = roles.service_id

),

activities as (

    select
        service_id,
        {{ only_value('activity_id') }} as activity_id
    from {{ ref('ref_activity') }}
    group by service_id

),

amounts as (

    select
        budget_id,
        exercice,
        cost_month,
        direction,
        service_id,
        facility_id,
        activity_id,
        cost_step,
        amount_eur
    from {{ ref('int_cost_direct') }}
    where cost_scope = 'service'

    union all

    select
        budget_id,
        exercice,
        cost_month,
        direction,
        to_service_id as service_id,
        cast(null as {{ dbt.type_string() }}) as facility_id,
        cast(null as {{ dbt.type_string() }}) as activity_id,
        to_step as cost_step,
        amount_eur
    from {{ ref('int_cost_allocation') }}

)

select
    amounts.budget_id,
    amounts.exercice,
    amounts.cost_month,
    amounts.direction,
    amounts.service_id,
    roles.cost_role,
    amounts.facility_id,
    case
        when roles.cost_role = 'principal' then coalesce(amounts.activity_id, activities.activity_id)
    end as activity_id,
    amounts.cost_step,
    sum(amounts.amount_eur) as amount_eur
from amounts
inner join roles
    on amounts.service_id = roles.service_id
left join activities
    on amounts.service_id = activities.service_id
where roles.cost_role <> 'auxiliary'
group by
    amounts.budget_id,
    amounts.exercice,
    amounts.cost_month,
    amounts.direction,
    amounts.service_id,
    roles.cost_role,
    amounts.facility_id,
    case
        when roles.cost_role = 'principal' then coalesce(amounts.activity_id, activities.activity_id)
    end,
    amounts.cost_step
