{#-
    Arrivals, departures and changes of service. The town shows all three, departures by reason too; a service shows how many
    came to it and left it. Internal moves count on both sides: out of one service, into another.
-#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
{%- set nothing = 'cast(null as ' ~ text ~ ')' -%}
{#- (axis, type of the movement, type of its total, condition, service it is counted in, reason and its name). -#}
{%- set permanent = " and population = 'permanent'" -%}
{%- set kinds = [
    ('total', 'arrival', 'arrival', "movement_type = 'arrival'", nothing, nothing, nothing),
    ('total', 'departure', 'departure', "movement_type = 'departure'", nothing, nothing, nothing),
    ('total', 'internal', 'internal', "movement_type = 'internal'", nothing, nothing, nothing),
    ('motive', 'departure', 'departure', "movement_type = 'departure'", nothing, 'motive_family', 'motive_family_label'),
    ('service', 'arrival', 'arrival', "movement_type = 'arrival'" ~ permanent, 'service_to', nothing, nothing),
    ('service', 'departure', 'departure', "movement_type = 'departure'" ~ permanent, 'service_from', nothing, nothing),
    ('service', 'internal_in', 'internal', "movement_type = 'internal'" ~ permanent, 'service_to', nothing, nothing),
    ('service', 'internal_out', 'internal', "movement_type = 'internal'" ~ permanent, 'service_from', nothing, nothing),
] -%}
with moves as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        exercice,
        agent_id,
        movement_type,
        case when is_permanent then 'permanent' else 'non_permanent' end as population,
        motive_family,
        motive_family_label,
        service_from,
        service_to
    from {{ ref('fct_movement') }}

),

cells as (
    {% for axis, type, parent, condition, service, motive, motive_label in kinds %}
    select
        '{{ axis }}' as axis,
        employer_siren,
        exercice,
        population,
        '{{ type }}' as movement_type,
        '{{ parent }}' as parent_type,
        {{ service }} as service_id,
        {{ motive }} as motive_family,
        {{ motive_label }} as motive_family_label,
        count(*) as movement_count,
        count(distinct agent_id) as secrecy_persons
    from moves
    where {{ condition }}
    group by
        {%- for column in (service, motive, motive_label) if column != nothing %}
        {{ column }},
        {%- endfor %}
        employer_siren,
        exercice,
        population
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

keyed as (

    select
        *,
        employer_siren || '/' || cast(exercice as {{ text }}) || '/' || population as table_start,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret
    from cells

),

totals as (

    select
        *,
        table_start || '/' || movement_type as table_id,
        '-' as cell_id,
        false as is_parent_hidden
    from keyed
    where axis = 'total'

),

total_statuses as (

    {{ hide_in_partition('totals') }}

),

parts as (

    select
        keyed.*,
        keyed.table_start || '/' || keyed.axis || '/' || keyed.movement_type as table_id,
        case when keyed.axis = 'motive' then keyed.motive_family else coalesce(keyed.service_id, '-') end as cell_id,
        total_statuses.secrecy_status <> 'V' as is_parent_hidden
    from keyed
    inner join total_statuses
        on
            keyed.table_start = total_statuses.table_start
            and keyed.parent_type = total_statuses.movement_type
    where keyed.axis <> 'total'

),

part_statuses as (

    {{ hide_in_partition('parts', overlapping=true) }}

),

months as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        exercice,
        count(distinct pay_month) as month_count
    from {{ ref('fct_agent_month') }}
    group by substr(employer_siret, 1, 9), exercice

),

heads as (

    select
        per_month.employer_siren,
        per_month.exercice,
        per_month.population,
        sum(per_month.agent_count) / nullif(max(months.month_count), 0) as mean_agents
    from (
        select
            substr(employer_siret, 1, 9) as employer_siren,
            exercice,
            pay_month,
            case when is_permanent then 'permanent' else 'non_permanent' end as population,
            count(distinct agent_id) as agent_count
        from {{ ref('fct_agent_month') }}
        where is_counted and is_present_at_month_end
        group by
            substr(employer_siret, 1, 9),
            exercice,
            pay_month,
            case when is_permanent then 'permanent' else 'non_permanent' end
    ) as per_month
    inner join months
        on
            per_month.employer_siren = months.employer_siren
            and per_month.exercice = months.exercice
    group by per_month.employer_siren, per_month.exercice, per_month.population

),

published as (

    select
        axis,
        employer_siren,
        exercice,
        population,
        movement_type,
        service_id,
        motive_family,
        motive_family_label,
        movement_count,
        secrecy_status
    from total_statuses

    union all

    select
        axis,
        employer_siren,
        exercice,
        population,
        movement_type,
        service_id,
        motive_family,
        motive_family_label,
        movement_count,
        secrecy_status
    from part_statuses

)

select
    cast(published.employer_siren as {{ text }}) as employer_siren,
    cast(published.exercice as integer) as exercice,
    cast(published.population as {{ text }}) as population,
    cast(
        case published.population when 'permanent' then 'Emplois permanents' else 'Emplois non permanents' end
        as {{ text }}
    ) as population_label,
    cast(published.axis as {{ text }}) as axis,
    cast(published.movement_type as {{ text }}) as movement_type,
    cast(
        case published.movement_type
            when 'arrival' then 'Arrivées'
            when 'departure' then 'Départs'
            when 'internal' then 'Changements de service'
            when 'internal_in' then 'Arrivées d’un autre service'
            when 'internal_out' then 'Départs vers un autre service'
        end as {{ text }}
    ) as movement_label,
    cast(published.service_id as {{ text }}) as service_id,
    cast(
        case
            when published.axis = 'service'
                then coalesce(services.service_label, published.service_id, 'Service non renseigné')
        end as {{ text }}
    ) as service_label,
    cast(published.motive_family as {{ text }}) as motive_family,
    cast(published.motive_family_label as {{ text }}) as motive_family_label,
    cast(months.month_count as integer) as month_count,
    cast(case when published.secrecy_status = 'V' then published.movement_count end as integer) as movement_count,
    cast(
        case when published.axis = 'total' and heads.mean_agents >= {{ k }} then heads.mean_agents end as decimal(12, 2)
    ) as mean_agents,
    cast(
        case
            when published.axis = 'total' and published.secrecy_status = 'V' and heads.mean_agents >= {{ k }}
                then 100 * published.movement_count / nullif(heads.mean_agents, 0)
        end as decimal(12, 4)
    ) as movements_per_100_agents,
    cast(
        case
            when
                published.movement_type = 'departure' and published.axis = 'total' and published.secrecy_status = 'V'
                and coalesce(arrivals.secrecy_status, 'V') = 'V' and heads.mean_agents >= {{ k }}
                then
                    100 * (published.movement_count + coalesce(arrivals.movement_count, 0))
                    / nullif(2 * heads.mean_agents, 0)
        end as decimal(12, 4)
    ) as turnover_percent,
    cast(published.secrecy_status as {{ text }}) as secrecy_status
from published
left join months
    on
        published.employer_siren = months.employer_siren
        and published.exercice = months.exercice
left join heads
    on
        published.employer_siren = heads.employer_siren
        and published.exercice = heads.exercice
        and published.population = heads.population
left join total_statuses as arrivals
    on
        published.employer_siren = arrivals.employer_siren
        and published.exercice = arrivals.exercice
        and published.population = arrivals.population
        and arrivals.movement_type = 'arrival'
left join {{ ref('ref_service') }} as services
    on published.service_id = services.service_id
