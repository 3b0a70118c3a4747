{#-
    The three named rates contain each other: compressible, then medical, then global. What is protected is what they differ
    by: compressible, long (medical beyond compressible) and parental (global beyond medical), and the reasons within each.
    A service shows the global rate, and the compressible one when what is beyond it can be shown too: few services have
    five agents in long sickness, and the medical rate of a service would give away who is on parental leave.
-#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
with months as (

    select distinct
        substr(agent_months.employer_siret, 1, 9) as employer_siren,
        agent_months.pay_month as month,
        agent_months.exercice,
        listed.days_in_month
    from {{ ref('fct_agent_month') }} as agent_months
    inner join {{ ref('int_month') }} as listed
        on agent_months.pay_month = listed.month

),

observed as (

    select
        employer_siren,
        exercice,
        count(*) as month_count,
        sum(days_in_month) as day_count
    from months
    group by employer_siren, exercice

),

-- Permanent jobs at each month end; an agent of several contracts is in the service of the fullest one.
heads as (

    select
        employer_siren,
        exercice,
        coalesce(service_id, '-') as service_key,
        count(*) as head_count
    from (
        select
            substr(employer_siret, 1, 9) as employer_siren,
            exercice,
            service_id,
            row_number() over (
                partition by substr(employer_siret, 1, 9), agent_id, pay_month
                order by quota_share desc nulls last, contract_id asc nulls last, employer_siret asc nulls last
            ) as place
        from {{ ref('fct_agent_month') }}
        where is_counted and is_permanent and is_present_at_month_end
    ) as ranked
    where place = 1
    group by employer_siren, exercice, coalesce(service_id, '-')

),

staff as (

    select
        heads.employer_siren,
        heads.exercice,
        heads.service_key,
        heads.head_count / nullif(observed.month_count, 0) as mean_agents
    from heads
    inner join observed
        on
            heads.employer_siren = observed.employer_siren
            and heads.exercice = observed.exercice

    union all

    select
        heads.employer_siren,
        heads.exercice,
        'total' as service_key,
        sum(heads.head_count) / nullif(max(observed.month_count), 0) as mean_agents
    from heads
    inner join observed
        on
            heads.employer_siren = observed.employer_siren
            and heads.exercice = observed.exercice
    group by heads.employer_siren, heads.exercice

),

agent_costs as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        agent_id,
        pay_month,
        sum(cost_attached_eur) as cost_eur
    from {{ ref('fct_agent_month') }}
    group by substr(employer_siret, 1, 9), agent_id, pay_month

),

absences as (

    select
        substr(absence.employer_siret, 1, 9) as employer_siren,
        absence.exercice,
        absence.agent_id,
        coalesce(absence.service_id, '-') as service_key,
        absence.motive_family,
        absence.motive_family_label,
        case
            when absence.is_compressible then 'compressible'
            when absence.is_medical then 'long'
            when absence.is_global then 'parental'
            else 'other'
        end as increment,
        case when absence.is_compressible then 'compressible' else 'beyond' end as part,
        absence.calendar_days,
        case when absence.is_stop_begun then 1 else 0 end as stop_count,
        {{ days_between('absence.start_date', 'absence.end_date') }} + 1 as duration_days,
        -- Two reasons on the same days never cost more than the month.
        case
            when absence.is_unpaid then 0
            else
                coalesce(agent_costs.cost_eur, 0) * absence.calendar_days
                / nullif(
                    greatest(
                        months.days_in_month,
                        sum(absence.calendar_days) over (
                            partition by substr(absence.employer_siret, 1, 9), absence.agent_id, absence.absence_month
                        )
                    ),
                    0
                )
        end as cost_eur
    from {{ ref('fct_absence') }} as absence
    inner join months
        on
            substr(absence.employer_siret, 1, 9) = months.employer_siren
            and absence.absence_month = months.month
    left join agent_costs
        on
            substr(absence.employer_siret, 1, 9) = agent_costs.employer_siren
            and absence.agent_id = agent_costs.agent_id
            and absence.absence_month = agent_costs.pay_month
    where absence.is_absence and absence.is_counted and absence.is_permanent

),

{#- Cells: name -> (service, code, label, condition on the absences that it sums). -#}
{%- set cells = {
    'global': ("'total'", "'global'", "increment <> 'other'"),
    'medical': ("'total'", "'medical'", "increment in ('compressible', 'long')"),
    'increment': ("'total'", 'increment', "increment <> 'other'"),
    'motive': ("'total'", 'motive_family', '1 = 1'),
    'service': ('service_key', "'global'", "increment <> 'other'"),
    'service_part': ('service_key', 'part', "increment <> 'other'"),
} %}

per_agent as (
    {% for kind, (service, code, condition) in cells.items() %}
    select
        '{{ kind }}' as kind,
        employer_siren,
        exercice,
        {{ service }} as service_key,
        {{ code }} as code,
        {{ 'motive_family_label' if kind == 'motive' else 'cast(null as ' ~ text ~ ')' }} as label,
        {{ 'increment' if kind == 'motive' else 'cast(null as ' ~ text ~ ')' }} as increment,
        agent_id,
        sum(calendar_days) as absent_days,
        sum(stop_count) as stop_count,
        sum(stop_count * duration_days) as duration_days,
        sum(cost_eur) as cost_eur
    from absences
    where {{ condition }}
    group by
        employer_siren,
        exercice,
        {%- for column in (service, code) if column[0] != "'" %}
        {{ column }},
        {%- endfor %}
        {%- if kind == 'motive' %}
        motive_family_label,
        increment,
        {%- endif %}
        agent_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (

    select
        kind,
        employer_siren,
        exercice,
        service_key,
        code,
        label,
        increment,
        employer_siren || '/' || cast(exercice as {{ text }}) as table_start,
        sum(absent_days) as absent_days,
        sum(stop_count) as stop_count,
        sum(duration_days) as duration_days,
        sum(cost_eur) as cost_eur,
        count(*) as secrecy_persons,
        sum(absent_days) as secrecy_weight,
        max(absent_days) as secrecy_largest
    from per_agent
    group by kind, employer_siren, exercice, service_key, code, label, increment

),

kinds as (
    {% for kind, code, of_total in [
        ('global', 'global', 1), ('medical', 'medical', 1), ('increment', 'compressible', 1),
        ('service', 'global', 0), ('service_part', 'compressible', 0),
    ] %}
    select
        '{{ kind }}' as kind,
        '{{ code }}' as code,
        {{ of_total }} as is_of_total
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A rate of nought is one too: the town and each service have their row even when nobody was absent.
expected as (

    select
        kinds.kind,
        staff.employer_siren,
        staff.exercice,
        staff.service_key,
        kinds.code
    from staff
    inner join kinds
        on kinds.is_of_total = case when staff.service_key = 'total' then 1 else 0 end

),

filled as (

    select * from summed

    union all

    select
        expected.kind,
        expected.employer_siren,
        expected.exercice,
        expected.service_key,
        expected.code,
        cast(null as {{ text }}) as label,
        cast(null as {{ text }}) as increment,
        expected.employer_siren || '/' || cast(expected.exercice as {{ text }}) as table_start,
        0 as absent_days,
        0 as stop_count,
        0 as duration_days,
        0 as cost_eur,
        0 as secrecy_persons,
        0 as secrecy_weight,
        0 as secrecy_largest
    from expected
    left join summed
        on
            expected.kind = summed.kind
            and expected.employer_siren = summed.employer_siren
            and expected.exercice = summed.exercice
            and expected.service_key = summed.service_key
            and expected.code = summed.code
    where summed.kind is null

),

cells as (

    select
        filled.*,
        coalesce(staff.mean_agents, 0) as mean_agents,
        observed.month_count,
        observed.day_count
    from filled
    inner join observed
        on
            filled.employer_siren = observed.employer_siren
            and filled.exercice = observed.exercice
    left join staff
        on
            filled.employer_siren = staff.employer_siren
            and filled.exercice = staff.exercice
            and filled.service_key = staff.service_key

),

global_cells as (

    select
        *,
        table_start as table_id,
        code as cell_id,
        mean_agents < {{ k }} as is_secret,
        false as is_parent_hidden
    from cells
    where kind = 'global'

),

global_statuses as (

    {{ hide_in_partition('global_cells') }}

),

medical_cells as (

    select
        *,
        table_start as table_id,
        code as cell_id,
        false as is_secret,
        false as is_parent_hidden
    from cells
    where kind = 'medical'

),

medical_own as (

    {{ hide_in_partition('medical_cells') }}

),

-- Medical is global less parental: what would make it secret makes parental secret.
increment_cells as (

    select
        cells.*,
        cells.table_start as table_id,
        cells.code as cell_id,
        cells.code = 'parental' and medical_own.secrecy_status <> 'V' as is_secret,
        global_statuses.secrecy_status <> 'V' as is_parent_hidden
    from cells
    inner join global_statuses
        on cells.table_start = global_statuses.table_start
    left join medical_own
        on cells.table_start = medical_own.table_start
    where cells.kind = 'increment'

),

increment_statuses as (

    {{ hide_in_partition('increment_cells', overlapping=true) }}

),

motive_cells as (

    select
        cells.*,
        cells.table_start || '/'
        || case cells.increment when 'other' then cells.code else cells.increment end as table_id,
        cells.code as cell_id,
        cells.mean_agents < {{ k }} as is_secret,
        coalesce(increments.secrecy_status <> 'V', false) as is_parent_hidden
    from cells
    left join increment_statuses as increments
        on
            cells.table_start = increments.table_start
            and cells.increment = increments.code
    where cells.kind = 'motive'

),

motive_statuses as (

    {{ hide_in_partition('motive_cells', overlapping=true) }}

),

service_cells as (

    select
        cells.*,
        cells.table_start as table_id,
        cells.service_key as cell_id,
        cells.mean_agents < {{ k }} as is_secret,
        global_statuses.secrecy_status <> 'V' as is_parent_hidden
    from cells
    inner join global_statuses
        on cells.table_start = global_statuses.table_start
    where cells.kind = 'service'

),

service_statuses as (

    {{ hide_in_partition('service_cells', overlapping=true) }}

),

detail_cells as (

    select
        cells.table_start as table_id,
        cells.service_key as row_id,
        cells.code as cell_id,
        cells.secrecy_persons,
        cells.secrecy_weight,
        cells.secrecy_largest,
        false as is_secret,
        services.secrecy_status <> 'V' as is_parent_hidden,
        services.secrecy_persons as row_persons
    from cells
    inner join service_statuses as services
        on
            cells.table_start = services.table_start
            and cells.service_key = services.service_key
    where cells.kind = 'service_part'

),

hidden as (

    {{ hidden_rows('detail_cells', overlapping=true) }}

),

statuses as (

    select
        table_start,
        kind,
        service_key,
        code,
        secrecy_status
    from global_statuses

    union all

    select
        table_start,
        kind,
        service_key,
        code,
        secrecy_status
    from increment_statuses
    where code = 'compressible'

    union all

    select
        medical_own.table_start,
        medical_own.kind,
        medical_own.service_key,
        medical_own.code,
        case
            when global_statuses.secrecy_status <> 'V' or coalesce(parental.secrecy_status, 'V') <> 'V'
                then coalesce(medical_own.own_status, 'D')
            else 'V'
        end as secrecy_status
    from medical_own
    inner join global_statuses
        on medical_own.table_start = global_statuses.table_start
    left join increment_statuses as parental
        on
            medical_own.table_start = parental.table_start
            and parental.code = 'parental'

    union all

    select
        table_start,
        kind,
        service_key,
        code,
        secrecy_status
    from motive_statuses

    union all

    select
        table_start,
        kind,
        service_key,
        code,
        secrecy_status
    from service_statuses

    union all

    select
        cells.table_start,
        cells.kind,
        cells.service_key,
        cells.code,
        case
            when hidden.row_id is null then 'V'
            when cells.secrecy_persons > 0 and cells.secrecy_persons < {{ k }} then 'A'
            else 'D'
        end as secrecy_status
    from cells
    left join hidden
        on
            cells.table_start = hidden.table_id
            and cells.service_key = hidden.row_id
    where cells.kind = 'service_part' and cells.code = 'compressible'

),

published as (

    select
        cells.*,
        statuses.secrecy_status,
        statuses.secrecy_status = 'V' as is_shown
    from cells
    inner join statuses
        on
            cells.table_start = statuses.table_start
            and cells.kind = statuses.kind
            and cells.service_key = statuses.service_key
            and cells.code = statuses.code

)

select
    cast(published.employer_siren as {{ text }}) as employer_siren,
    cast(published.exercice as integer) as exercice,
    cast(
        case
            when published.kind = 'motive' then 'motive'
            when published.service_key = 'total' then 'total'
            else 'service'
        end as {{ text }}
    ) as axis,
    cast(services.service_id as {{ text }}) as service_id,
    cast(
        case
            when published.service_key <> 'total'
                then
                    coalesce(
                        services.service_label, nullif(published.service_key, '-'), 'Service non renseigné'
                    )
        end as {{ text }}
    ) as service_label,
    cast(published.code as {{ text }}) as absence_code,
    cast(
        case published.code
            when 'compressible' then 'Compressible : maladie ordinaire et accidents'
            when 'medical' then 'Médicale : compressible, longue maladie, longue durée et maladie professionnelle'
            when 'global' then 'Globale : médicale, maternité, paternité et adoption'
            else published.label
        end as {{ text }}
    ) as absence_label,
    cast(published.month_count as integer) as month_count,
    cast(published.day_count as integer) as day_count,
    cast(case when published.is_shown then published.mean_agents end as decimal(12, 2)) as mean_agents,
    cast(case when published.is_shown then published.absent_days end as integer) as absent_days,
    cast(case when published.is_shown then published.secrecy_persons end as integer) as absent_agents,
    cast(case when published.is_shown then published.stop_count end as integer) as stop_count,
    cast(
        case
            when published.is_shown
                then 100 * published.absent_days / nullif(published.day_count * published.mean_agents, 0)
        end as decimal(9, 4)
    ) as absence_percent,
    cast(
        case when published.is_shown then 100 * published.secrecy_persons / nullif(published.mean_agents, 0) end
        as decimal(9, 4)
    ) as exposure_percent,
    cast(
        case when published.is_shown then 100 * published.stop_count / nullif(published.mean_agents, 0) end
        as decimal(12, 4)
    ) as stops_per_100_agents,
    cast(
        case when published.is_shown then published.absent_days / nullif(published.stop_count, 0) end as decimal(12, 2)
    ) as days_per_stop,
    cast(
        case when published.is_shown then published.duration_days / nullif(published.stop_count, 0) end
        as decimal(12, 2)
    ) as mean_duration_days,
    cast(case when published.is_shown then published.cost_eur end as decimal(16, 2)) as absence_cost_eur,
    cast(published.secrecy_status as {{ text }}) as secrecy_status
from published
left join {{ ref('ref_service') }} as services
    on published.service_key = services.service_id
