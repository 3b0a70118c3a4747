{#- What varies with decisions and events rather than with careers. Other pay, which mixes bonuses and recalls, is left
    out. -#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
with staff as (

    select
        pay.employer_siren,
        pay.budget_id,
        coalesce(pay.budget_id, pay.employer_siren) as scope_id,
        pay.exercice,
        pay.pay_month,
        pay.service_id,
        pay.agent_id,
        pay.component,
        pay.amount_eur
    from {{ ref('fct_pay_component') }} as pay
    inner join {{ ref('ref_payroll_component') }} as listed
        on pay.component = listed.component
    where not pay.is_elected and listed.is_variable and listed.component <> 'other_pay'

),

hours as (

    select
        coalesce(budget_id, substr(employer_siret, 1, 9)) as scope_id,
        exercice,
        service_id,
        sum(overtime_hours) as hours
    from {{ ref('fct_agent_month') }}
    group by coalesce(budget_id, substr(employer_siret, 1, 9)), exercice, service_id

),

months as (

    select
        scope_id,
        exercice,
        count(distinct pay_month) as month_count
    from {{ ref('fct_payroll_month') }}
    group by scope_id, exercice

),

-- The months of mart_payroll_component that are hidden there must not come out of the year by subtraction.
hidden_months as (

    select
        scope_id,
        exercice,
        component,
        count(*) as hidden_count,
        sum(agent_count) as hidden_agents
    from (
        select
            staff.scope_id,
            staff.exercice,
            staff.component,
            staff.pay_month,
            count(distinct staff.agent_id) as agent_count
        from staff
        inner join {{ ref('mart_payroll_component') }} as shown
            on
                staff.scope_id = coalesce(shown.budget_id, shown.employer_siren)
                and staff.pay_month = shown.pay_month
                and staff.component = shown.component
                and shown.axis = 'component'
                and shown.secrecy_status <> 'V'
        group by staff.scope_id, staff.exercice, staff.component, staff.pay_month
    ) as hidden
    group by scope_id, exercice, component

),

shares as (

    select
        'total' as axis,
        employer_siren,
        budget_id,
        scope_id,
        exercice,
        cast(null as {{ text }}) as service_id,
        component,
        agent_id,
        sum(amount_eur) as amount_eur
    from staff
    group by employer_siren, budget_id, scope_id, exercice, component, agent_id

    union all

    select
        'service' as axis,
        employer_siren,
        budget_id,
        scope_id,
        exercice,
        service_id,
        component,
        agent_id,
        sum(amount_eur) as amount_eur
    from staff
    group by employer_siren, budget_id, scope_id, exercice, service_id, component, agent_id

),

cells as (

    select
        axis,
        employer_siren,
        budget_id,
        scope_id,
        exercice,
        service_id,
        component,
        axis || '/' || scope_id || '/' || cast(exercice as {{ text }}) || '/' || component as table_id,
        coalesce(service_id, '-') as cell_id,
        sum(amount_eur) as amount_eur,
        count(distinct case when amount_eur <> 0 then agent_id end) as secrecy_persons,
        sum(abs(amount_eur)) as secrecy_weight,
        max(abs(amount_eur)) as secrecy_largest
    from shares
    group by axis, employer_siren, budget_id, scope_id, exercice, service_id, component

),

totals as (

    select
        cells.*,
        false as is_parent_hidden,
        coalesce(hidden_months.hidden_count = 1 or hidden_months.hidden_agents < {{ k }}, false) as is_secret
    from cells
    left join hidden_months
        on
            cells.scope_id = hidden_months.scope_id
            and cells.exercice = hidden_months.exercice
            and cells.component = hidden_months.component
    where cells.axis = 'total'

),

total_statuses as (

    {{ hide_in_partition('totals') }}

),

services as (

    select
        cells.*,
        total_statuses.secrecy_status <> 'V' as is_parent_hidden,
        false as is_secret
    from cells
    inner join total_statuses
        on
            cells.scope_id = total_statuses.scope_id
            and cells.exercice = total_statuses.exercice
            and cells.component = total_statuses.component
    where cells.axis = 'service'

),

service_statuses as (

    {{ hide_in_partition('services', overlapping=true) }}

),

published as (

    select
        axis,
        employer_siren,
        budget_id,
        scope_id,
        exercice,
        service_id,
        component,
        amount_eur,
        secrecy_persons,
        secrecy_status
    from total_statuses

    union all

    select
        axis,
        employer_siren,
        budget_id,
        scope_id,
        exercice,
        service_id,
        component,
        amount_eur,
        secrecy_persons,
        secrecy_status
    from service_statuses

),

overtime as (

    select
        scope_id,
        exercice,
        'service' as axis,
        coalesce(service_id, '-') as service_key,
        hours
    from hours

    union all

    select
        scope_id,
        exercice,
        'total' as axis,
        '-' as service_key,
        sum(hours) as hours
    from hours
    group by scope_id, exercice

)

select
    cast(published.employer_siren as {{ text }}) as employer_siren,
    cast(published.budget_id as {{ text }}) as budget_id,
    cast(published.exercice as integer) as exercice,
    cast(published.axis as {{ text }}) as axis,
    cast(published.service_id as {{ text }}) as service_id,
    cast(
        case
            when published.axis = 'service'
                then coalesce(listed_services.service_label, published.service_id, 'Service non renseigné')
        end as {{ text }}
    ) as service_label,
    cast(published.component as {{ text }}) as component,
    cast(listed.component_label as {{ text }}) as component_label,
    cast(months.month_count as integer) as month_count,
    cast(case when published.secrecy_status = 'V' then published.amount_eur end as decimal(16, 2)) as amount_eur,
    cast(case when published.secrecy_status = 'V' then published.secrecy_persons end as integer) as agent_count,
    cast(
        case when published.secrecy_status = 'V' and published.component = 'overtime' then overtime.hours end
        as decimal(16, 2)
    ) as overtime_hours,
    cast(case when before.secrecy_status = 'V' then before.amount_eur end as decimal(16, 2)) as previous_amount_eur,
    cast(before_months.month_count as integer) as previous_month_count,
    cast(
        case
            when
                published.secrecy_status = 'V' and before.secrecy_status = 'V'
                and months.month_count = before_months.month_count
                then published.amount_eur / nullif(before.amount_eur, 0) - 1
        end as decimal(18, 6)
    ) as change_share,
    cast(published.secrecy_status as {{ text }}) as secrecy_status
from published
inner join {{ ref('ref_payroll_component') }} as listed
    on published.component = listed.component
left join {{ ref('ref_service') }} as listed_services
    on published.service_id = listed_services.service_id
left join published as before
    on
        published.scope_id = before.scope_id
        and published.exercice = before.exercice + 1
        and published.component = before.component
        and published.axis = before.axis
        and coalesce(published.service_id, '-') = coalesce(before.service_id, '-')
left join months
    on
        published.scope_id = months.scope_id
        and published.exercice = months.exercice
left join months as before_months
    on
        published.scope_id = before_months.scope_id
        and published.exercice = before_months.exercice + 1
left join overtime
    on
        published.scope_id = overtime.scope_id
        and published.exercice = overtime.exercice
        and published.axis = overtime.axis
        and coalesce(published.service_id, '-') = overtime.service_key
