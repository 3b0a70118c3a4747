{#-
    Each axis is a way to cut the head-count: name -> (group code, group label, value code, value label). An axis with a
    group is the detail of the rows of another one, named in `parents`; `grids` names the second margin of those whose values
    are published as an axis too, so that the detail of a group is shown whole or not at all.
-#}
{%- set text = dbt.type_string() -%}
{%- set unknown = "'Non renseigné'" -%}
{%- set nobody = ("''", "''") -%}
{%- set permanent = (
    "case when is_permanent then 'permanent' else 'non_permanent' end",
    "case when is_permanent then 'Emploi permanent' else 'Emploi non permanent' end",
) -%}
{%- set category = ('category_code', "coalesce('Catégorie ' || category_code, " ~ unknown ~ ")") -%}
{%- set sex = ('sex', "case sex when 'F' then 'Femmes' when 'M' then 'Hommes' else " ~ unknown ~ " end") -%}
{%- set age = ('age_band', "coalesce(age_band, " ~ unknown ~ ")") -%}
{%- set filiere = ('filiere', "coalesce(filiere, " ~ unknown ~ ")") -%}
{%- set service = ('service_id', 'service_label') -%}
{%- set axes = {
    'total': nobody + ("'total'", "'Ensemble'"),
    'permanent': nobody + permanent,
    'category': nobody + category,
    'sex': nobody + sex,
    'filiere': nobody + filiere,
    'age': nobody + age,
    'service': nobody + service,
    'status': permanent + ('status_code', "coalesce(status_label, " ~ unknown ~ ")"),
    'cadre_emplois': filiere + ('cadre_emplois', "coalesce(cadre_emplois, " ~ unknown ~ ")"),
    'age_sex': age + sex,
    'service_permanent': service + permanent,
    'service_category': service + category,
    'service_sex': service + sex,
} -%}
{%- set parents = {
    'status': 'permanent',
    'cadre_emplois': 'filiere',
    'age_sex': 'age',
    'service_permanent': 'service',
    'service_category': 'service',
    'service_sex': 'service',
} -%}
{%- set grids = {
    'cadre_emplois': category[0],
    'age_sex': sex[0],
    'service_permanent': permanent[0],
    'service_category': category[0],
    'service_sex': sex[0],
} -%}
with contracts as (

    select
        substr(agent_months.employer_siret, 1, 9) as employer_siren,
        agent_months.pay_month as month,
        agent_months.agent_id,
        agent_months.is_permanent,
        agent_months.status_code,
        statuses.status_label,
        agent_months.category_code,
        agent_months.sex,
        agent_months.filiere,
        agent_months.cadre_emplois,
        agent_months.service_id,
        coalesce(services.service_label, agent_months.service_id, 'Service non renseigné') as service_label,
        {{ age_band('agent_months.age') }} as age_band,
        agent_months.etp,
        agent_months.etpr,
        agent_months.etpt,
        agent_months.is_present_at_month_end,
        -- An agent of several contracts counts once, where the fullest one is; working time stays with each contract.
        case
            when
                row_number() over (
                    partition by
                        substr(agent_months.employer_siret, 1, 9), agent_months.agent_id, agent_months.pay_month
                    order by
                        case when agent_months.is_present_at_month_end then 0 else 1 end asc nulls last,
                        agent_months.quota_share desc nulls last,
                        agent_months.contract_id asc nulls last,
                        agent_months.employer_siret asc nulls last
                ) = 1
                then 1
            else 0
        end as is_main
    from {{ ref('fct_agent_month') }} as agent_months
    left join {{ ref('ref_agent_status') }} as statuses
        on agent_months.status_code = statuses.status_code
    left join {{ ref('ref_service') }} as services
        on agent_months.service_id = services.service_id
    where agent_months.is_counted and (agent_months.is_present_at_month_end or agent_months.etpt > 0)

),

axes as (
    {% for axis in axes -%}
    select
        '{{ axis }}' as axis,
        {{ "'" ~ parents[axis] ~ "'" if axis in parents else 'cast(null as ' ~ text ~ ')' }} as parent_axis,
        {{ 'true' if axis in grids else 'false' }} as is_grid
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

contracts_by_axis as (

    select
        contracts.*,
        axes.axis,
        axes.parent_axis,
        axes.is_grid
    from contracts
    cross join axes

),

cuts as (

    select
        axis,
        parent_axis,
        is_grid,
        employer_siren || '/' || cast(month as {{ text }}) as table_start,
        employer_siren,
        month,
        {%- for name in ['group_code', 'group_label', 'value_code', 'value_label'] %}
        {%- set place = loop.index0 %}
        nullif(
            case axis
                {%- for axis, columns in axes.items() %}
                when '{{ axis }}' then {{ columns[place] }}
                {%- endfor %}
            end,
            ''
        ) as {{ name }},
        {%- endfor %}
        case axis
            {%- for axis, margin in grids.items() %}
            when '{{ axis }}' then {{ margin }}
            {%- endfor %}
        end as margin_code,
        agent_id,
        is_main,
        case when is_present_at_month_end then is_main else 0 end as head,
        etp,
        etpr,
        etpt
    from contracts_by_axis

),

cells as (

    select
        axis,
        parent_axis,
        is_grid,
        table_start,
        employer_siren,
        month,
        group_code,
        group_label,
        value_code,
        value_label,
        coalesce(group_code, '-') as row_id,
        coalesce(value_code, '-') as cell_id,
        sum(head) as agent_count,
        sum(etp) as etp,
        sum(etpr) as etpr,
        sum(etpt) as etpt,
        -- Those who left in the month have working time in it; a few may have but a second contract here.
        sum(is_main) as secrecy_persons,
        count(distinct agent_id) as concerned_agents,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret
    from cuts
    group by
        axis,
        parent_axis,
        is_grid,
        table_start,
        employer_siren,
        month,
        group_code,
        group_label,
        value_code,
        value_label

),

tops as (

    select
        *,
        table_start || '/' || axis as table_id,
        false as is_parent_hidden
    from cells
    where parent_axis is null

),

top_statuses as (

    {{ hide_in_partition('tops', published='agent_count', concerned='concerned_agents') }}

),

details as (

    select
        cells.*,
        cells.table_start || '/' || cells.axis
        || case when cells.is_grid then '' else '/' || cells.row_id end as table_id,
        top_statuses.secrecy_status <> 'V' as is_parent_hidden,
        top_statuses.secrecy_persons as row_persons
    from cells
    inner join top_statuses
        on
            cells.table_start = top_statuses.table_start
            and cells.parent_axis = top_statuses.axis
            and cells.row_id = top_statuses.cell_id

),

-- Situations add up to permanent and not permanent, each published.
nested as (

    select * from details
    where not is_grid

),

nested_statuses as (

    {{ hide_in_partition('nested', published='agent_count', concerned='concerned_agents') }}

),

grid_details as (

    select
        details.*,
        {{ own_secrecy('details', published='agent_count', concerned='concerned_agents') }} as own_status
    from details
    where details.is_grid

),

rows_judged as (

    select
        table_id,
        row_id,
        max(row_persons) as row_persons,
        max(case when is_parent_hidden or own_status is not null then 1 else 0 end) = 1 as is_parent_hidden
    from grid_details
    group by table_id, row_id

),

margins as (

    select
        table_start || '/' || axis as table_id,
        coalesce(group_code, '-') as row_id,
        coalesce(margin_code, '-') as cell_id,
        sum(head) as agent_count,
        sum(is_main) as secrecy_persons,
        count(distinct agent_id) as concerned_agents
    from cuts
    where is_grid
    group by table_start || '/' || axis, coalesce(group_code, '-'), coalesce(margin_code, '-')

),

-- The columns of the second margin: for a cadre d’emplois, its category.
margin_cells as (

    select
        margins.table_id,
        margins.row_id,
        margins.cell_id,
        margins.agent_count,
        margins.secrecy_persons,
        margins.concerned_agents,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret,
        rows_judged.is_parent_hidden,
        rows_judged.row_persons
    from margins
    inner join rows_judged
        on
            margins.table_id = rows_judged.table_id
            and margins.row_id = rows_judged.row_id

),

hidden as (

    {{ hidden_rows('margin_cells', published='agent_count', concerned='concerned_agents') }}

),

published as (
    {% for statuses in ['top_statuses', 'nested_statuses'] %}
    select
        axis,
        employer_siren,
        month,
        group_code,
        group_label,
        value_code,
        value_label,
        agent_count,
        etp,
        etpr,
        etpt,
        secrecy_status
    from {{ statuses }}

    union all
    {% endfor %}
    select
        grid_details.axis,
        grid_details.employer_siren,
        grid_details.month,
        grid_details.group_code,
        grid_details.group_label,
        grid_details.value_code,
        grid_details.value_label,
        grid_details.agent_count,
        grid_details.etp,
        grid_details.etpr,
        grid_details.etpt,
        coalesce(
            grid_details.own_status, case when hidden.row_id is not null then 'D' else 'V' end
        ) as secrecy_status
    from grid_details
    left join hidden
        on
            grid_details.table_id = hidden.table_id
            and grid_details.row_id = hidden.row_id

)

select
    cast(employer_siren as {{ text }}) as employer_siren,
    cast(extract(year from month) as integer) as exercice,
    cast(month as date) as month,
    cast(axis as {{ text }}) as axis,
    cast(group_code as {{ text }}) as group_code,
    cast(group_label as {{ text }}) as group_label,
    cast(value_code as {{ text }}) as value_code,
    cast(value_label as {{ text }}) as value_label,
    cast(case when secrecy_status = 'V' then agent_count end as integer) as agent_count,
    cast(case when secrecy_status = 'V' then etp end as decimal(12, 2)) as etp,
    cast(case when secrecy_status = 'V' then etpr end as decimal(12, 2)) as etpr,
    cast(case when secrecy_status = 'V' then etpt end as decimal(12, 2)) as etpt,
    cast(secrecy_status as {{ text }}) as secrecy_status
from published
