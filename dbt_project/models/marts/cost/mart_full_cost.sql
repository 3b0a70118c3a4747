{%- set text = dbt.type_string() -%}
{%- set measures = {
    'direct_cost_eur': 'direct', 'building_cost_eur': 'building', 'support_cost_eur': 'support',
    'user_revenue_eur': 'user_revenue', 'public_revenue_eur': 'public_revenue', 'other_revenue_eur': 'other_revenue',
    'corporate_cost_eur': 'corporate', 'corporate_revenue_eur': 'corporate_revenue',
} -%}
with amounts as (

    select
        budget_id,
        exercice,
        cost_month,
        service_id,
        facility_id,
        activity_id,
        cost_step,
        amount_eur
    from {{ ref('int_cost_cell') }}
    where cost_role <> 'corporate'

    union all

    select
        budget_id,
        exercice,
        cost_month,
        to_service_id as service_id,
        to_facility_id as facility_id,
        to_activity_id as activity_id,
        to_step as cost_step,
        amount_eur
    from {{ ref('int_cost_corporate') }}

),

cells as (

    select
        budget_id,
        exercice,
        cost_month,
        service_id,
        facility_id,
        {%- for measure, step in measures.items() %}
        sum(case when cost_step = '{{ step }}' then amount_eur else 0 end) as {{ measure }},
        {%- endfor %}
        activity_id
    from amounts
    group by budget_id, exercice, cost_month, service_id, facility_id, activity_id

),

facilities as (

    select
        facility_id,
        max(facility_label) as facility_label
    from {{ ref('dim_facility') }}
    group by facility_id

)

select
    cast(cells.budget_id as {{ text }}) as budget_id,
    cast(cells.exercice as integer) as exercice,
    cast(cells.cost_month as date) as cost_month,
    cast(cells.service_id as {{ text }}) as service_id,
    cast(services.service_label as {{ text }}) as service_label,
    cast(cells.facility_id as {{ text }}) as facility_id,
    cast(facilities.facility_label as {{ text }}) as facility_label,
    cast(cells.activity_id as {{ text }}) as activity_id,
    cast(activities.activity_label as {{ text }}) as activity_label,
    cast(cells.direct_cost_eur as decimal(16, 2)) as direct_cost_eur,
    cast(cells.building_cost_eur as decimal(16, 2)) as building_cost_eur,
    cast(cells.support_cost_eur as decimal(16, 2)) as support_cost_eur,
    cast(cells.direct_cost_eur + cells.building_cost_eur + cells.support_cost_eur as decimal(16, 2)) as full_cost_eur,
    cast(cells.user_revenue_eur as decimal(16, 2)) as user_revenue_eur,
    cast(cells.public_revenue_eur as decimal(16, 2)) as public_revenue_eur,
    cast(cells.other_revenue_eur as decimal(16, 2)) as other_revenue_eur,
    cast(
        cells.direct_cost_eur + cells.building_cost_eur + cells.support_cost_eur
        - cells.user_revenue_eur - cells.public_revenue_eur - cells.other_revenue_eur as decimal(16, 2)
    ) as net_cost_eur,
    cast(cells.corporate_cost_eur as decimal(16, 2)) as corporate_cost_eur,
    cast(cells.corporate_revenue_eur as decimal(16, 2)) as corporate_revenue_eur,
    cast(completeness.provisional_reason is not null as boolean) as is_provisional,
    cast(completeness.provisional_reason as {{ text }}) as provisional_reason
from cells
left join {{ ref('dim_service') }} as services
    on cells.service_id = services.service_id
left join facilities
    on cells.facility_id = facilities.facility_id
left join {{ ref('dim_activity') }} as activities
    on cells.activity_id = activities.activity_id
left join {{ ref('int_cost_completeness') }} as completeness
    on
        cells.budget_id = completeness.budget_id
        and cells.exercice = completeness.exercice
        and cells.cost_month = completeness.cost_month
