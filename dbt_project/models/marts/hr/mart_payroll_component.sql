{#- A service shows four groups of components: with all fourteen, few services would have five agents in each. Since the
    groups of services add up to those of the budget, components are protected within their group. -#}
{%- set text = dbt.type_string() -%}
{%- set groups = {
    'fixed_pay': ('Traitement et éléments fixes', 101),
    'bonus_pay': ('Primes, indemnités et heures supplémentaires', 102),
    'pension_charges': ('Cotisations patronales de retraite', 103),
    'other_charges': ('Autres charges patronales', 104),
} -%}
{%- set grouped = {
    'base_pay': 'fixed_pay',
    'nbi': 'fixed_pay',
    'residence': 'fixed_pay',
    'sft': 'fixed_pay',
    'benefit': 'fixed_pay',
    'ifse': 'bonus_pay',
    'cia': 'bonus_pay',
    'overtime': 'bonus_pay',
    'gipa': 'bonus_pay',
    'leave_end': 'bonus_pay',
    'other_pay': 'bonus_pay',
    'employer_pension': 'pension_charges',
    'employer_social': 'other_charges',
    'other_cost': 'other_charges',
} -%}
with staff as (

    select
        employer_siren,
        budget_id,
        coalesce(budget_id, employer_siren) || '/' || cast(pay_month as {{ text }}) as table_start,
        pay_month,
        coalesce(service_id, '-') as service_row,
        service_id,
        agent_id,
        component,
        case component
            {%- for component, group in grouped.items() %}
            when '{{ component }}' then '{{ group }}'
            {%- endfor %}
        end as component_group,
        amount_eur,
        is_estimated
    from {{ ref('fct_pay_component') }}
    where not is_elected

),

-- What each agent has in each cell: a cell is judged by its agents.
shares as (
    {% for axis, row, component in [
        ('total', "'-'", "'total_cost'"),
        ('group', "'-'", 'component_group'),
        ('component', 'component_group', 'component'),
        ('service', 'service_row', "'total_cost'"),
        ('service_group', 'service_row', 'component_group'),
    ] %}
    select
        '{{ axis }}' as axis,
        table_start,
        employer_siren,
        budget_id,
        pay_month,
        {{ row }} as row_id,
        {{ 'service_id' if row == 'service_row' else 'cast(null as ' ~ text ~ ')' }} as service_id,
        {{ component }} as cell_id,
        agent_id,
        sum(amount_eur) as amount_eur,
        max(case when is_estimated then 1 else 0 end) as is_estimated
    from staff
    group by
        table_start,
        employer_siren,
        budget_id,
        pay_month,
        {%- for column in (row, component) if column[0] != "'" %}
        {{ column }},
        {%- endfor %}
        {%- if row == 'service_row' %}
        service_id,
        {%- endif %}
        agent_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

cells as (

    select
        axis,
        table_start,
        employer_siren,
        budget_id,
        pay_month,
        row_id,
        service_id,
        cell_id as component,
        -- Services are the cells of their table, components those of the others; components add up to their group.
        case when axis = 'service' then row_id else cell_id end as cell_id,
        table_start || '/' || axis || case when axis = 'component' then '/' || row_id else '' end as table_id,
        sum(amount_eur) as amount_eur,
        count(distinct case when amount_eur <> 0 then agent_id end) as secrecy_persons,
        sum(abs(amount_eur)) as secrecy_weight,
        max(abs(amount_eur)) as secrecy_largest,
        max(is_estimated) = 1 and axis = 'component' as is_estimated,
        false as is_secret
    from shares
    group by
        axis,
        table_start,
        employer_siren,
        budget_id,
        pay_month,
        row_id,
        service_id,
        cell_id

),

totals as (

    select
        *,
        false as is_parent_hidden
    from cells
    where axis = 'total'

),

total_statuses as (

    {{ hide_in_partition('totals') }}

),

parts as (

    select
        cells.*,
        total_statuses.secrecy_status <> 'V' as is_parent_hidden
    from cells
    inner join total_statuses
        on cells.table_start = total_statuses.table_start
    where cells.axis in ('group', 'service')

),

part_statuses as (

    {{ hide_in_partition('parts', overlapping=true) }}

),

components as (

    select
        cells.*,
        groups.secrecy_status <> 'V' as is_parent_hidden
    from cells
    inner join part_statuses as groups
        on
            cells.table_start = groups.table_start
            and cells.row_id = groups.cell_id
            and groups.axis = 'group'
    where cells.axis = 'component'

),

component_statuses as (

    {{ hide_in_partition('components', overlapping=true) }}

),

details as (

    select
        cells.*,
        services.secrecy_status <> 'V' as is_parent_hidden,
        services.secrecy_persons as row_persons
    from cells
    inner join part_statuses as services
        on
            cells.table_start = services.table_start
            and cells.row_id = services.row_id
            and services.axis = 'service'
    where cells.axis = 'service_group'

),

hidden as (

    {{ hidden_rows('details', overlapping=true) }}

),

published as (

    select
        axis,
        employer_siren,
        budget_id,
        pay_month,
        service_id,
        component,
        amount_eur,
        secrecy_persons,
        is_estimated,
        secrecy_status
    from total_statuses

    union all

    select
        axis,
        employer_siren,
        budget_id,
        pay_month,
        service_id,
        component,
        amount_eur,
        secrecy_persons,
        is_estimated,
        secrecy_status
    from part_statuses

    union all

    select
        axis,
        employer_siren,
        budget_id,
        pay_month,
        service_id,
        component,
        amount_eur,
        secrecy_persons,
        is_estimated,
        secrecy_status
    from component_statuses

    union all

    select
        details.axis,
        details.employer_siren,
        details.budget_id,
        details.pay_month,
        details.service_id,
        details.component,
        details.amount_eur,
        details.secrecy_persons,
        details.is_estimated,
        coalesce(
            {{ own_secrecy('details') }},
            case when hidden.row_id is not null then 'D' else 'V' end
        ) as secrecy_status
    from details
    left join hidden
        on
            details.table_id = hidden.table_id
            and details.row_id = hidden.row_id

)

select
    cast(published.employer_siren as {{ text }}) as employer_siren,
    cast(published.budget_id as {{ text }}) as budget_id,
    cast(extract(year from published.pay_month) as integer) as exercice,
    cast(published.pay_month as date) as pay_month,
    cast(published.axis as {{ text }}) as axis,
    cast(published.service_id as {{ text }}) as service_id,
    cast(
        case
            when published.axis in ('service', 'service_group')
                then coalesce(services.service_label, published.service_id, 'Service non renseigné')
        end as {{ text }}
    ) as service_label,
    cast(published.component as {{ text }}) as component,
    cast(
        case published.component
            when 'total_cost' then 'Coût total'
            {%- for group, (label, place) in groups.items() %}
            when '{{ group }}' then '{{ label }}'
            {%- endfor %}
            else listed.component_label
        end as {{ text }}
    ) as component_label,
    cast(
        case published.component
            {%- for component, group in grouped.items() %}
            when '{{ component }}' then '{{ group }}'
            {%- endfor %}
            {%- for group in groups %}
            when '{{ group }}' then '{{ group }}'
            {%- endfor %}
        end as {{ text }}
    ) as component_group,
    cast(
        case published.component
            when 'total_cost' then 0
            {%- for group, (label, place) in groups.items() %}
            when '{{ group }}' then {{ place }}
            {%- endfor %}
            else listed.sort_order
        end as integer
    ) as sort_order,
    cast(case when published.secrecy_status = 'V' then published.amount_eur end as decimal(16, 2)) as amount_eur,
    cast(case when published.secrecy_status = 'V' then published.secrecy_persons end as integer) as agent_count,
    cast(published.is_estimated as boolean) as is_estimated,
    cast(published.secrecy_status as {{ text }}) as secrecy_status
from published
left join {{ ref('ref_payroll_component') }} as listed
    on published.component = listed.component
left join {{ ref('ref_service') }} as services
    on published.service_id = services.service_id
