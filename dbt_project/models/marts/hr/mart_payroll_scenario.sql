{#-
    Three years after the one that is going on, which is that of the forecast. Each driver stands apart: what is carried on
    as it is, then the euros that each measure adds. The drivers of a scenario and year add up to its total.
-#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
{%- set drivers = {
    'carried_eur': ('Rémunérations reconduites', 1),
    'variable_eur': ('Éléments variables reconduits', 2),
    'temporary_eur': ('Emplois non permanents reconduits', 3),
    'point_eur': ('Valeur du point d’indice', 4),
    'index_points_eur': ('Points d’indice attribués', 5),
    'employer_rate_eur': ('Taux de cotisations patronales', 6),
    'gvt_eur': ('Glissement vieillesse-technicité', 7),
    'staff_eur': ('Recrutements et départs connus', 8),
    'replacement_eur': ('Départs non remplacés', 9),
} -%}
with current_year as (

    select
        employer_siren,
        budget_id,
        coalesce(budget_id, employer_siren) as scope_id,
        max(known_month) as origin_month,
        max(exercice) as exercice,
        max(max({{ month_index('known_month') }})) over () as latest_index
    from {{ ref('mart_payroll_forecast') }}
    where is_last_known
    group by employer_siren, budget_id, coalesce(budget_id, employer_siren)

),

-- Only budgets that pay still: their current year is forecast to its end.
base as (

    select
        current_year.employer_siren,
        current_year.budget_id,
        current_year.scope_id,
        current_year.origin_month,
        current_year.exercice,
        sum(months.payroll_eur) as payroll_eur,
        min(case when months.payroll_eur is null then 0 else 1 end) = 1 as is_shown
    from current_year
    inner join {{ ref('mart_payroll_forecast') }} as months
        on
            current_year.scope_id = coalesce(months.budget_id, months.employer_siren)
            and current_year.exercice = months.exercice
            and months.is_last_known
    group by
        current_year.employer_siren,
        current_year.budget_id,
        current_year.scope_id,
        current_year.origin_month,
        current_year.exercice
    having
        max(extract(month from months.month)) = 12
        and max({{ month_index('current_year.origin_month') }}) >= max(current_year.latest_index) - 2

),

scenarios as (

    select
        scenario_id,
        max(scenario_label) as scenario_label,
        max(scenario_order) as scenario_order,
        max(case when uses_dated_rules then 1 else 0 end) as uses_dated_rules
    from {{ ref('ref_payroll_scenario') }}
    group by scenario_id

),

horizon as (

    select
        scenarios.scenario_id,
        base.scope_id,
        base.origin_month,
        cast(cast(base.exercice + 3 as {{ text }}) || '-12-01' as date) as last_month
    from base
    cross join scenarios

),

supposed as (

    select
        assumptions.scenario_id,
        base.scope_id,
        base.employer_siren,
        base.origin_month,
        assumptions.rule_kind,
        assumptions.value,
        cast(
            cast(base.exercice + assumptions.year_rank as {{ text }}) || '-'
            || lpad(cast(assumptions.from_month as {{ text }}), 2, '0') || '-01' as date
        ) as effective_from
    from {{ ref('ref_payroll_scenario') }} as assumptions
    cross join base
    where assumptions.rule_kind is not null

),

-- A scenario knows every rule that is written, whenever it was published.
rules as (

    select
        scenarios.scenario_id,
        dated.rule_kind,
        dated.scope_id,
        dated.population,
        dated.effective_from,
        cast('1900-01-01' as date) as known_on,
        dated.value_before,
        dated.value_after,
        dated.points,
        dated.percent,
        dated.monthly_eur
    from scenarios
    cross join {{ ref('ref_payroll_rule') }} as dated
    where scenarios.uses_dated_rules = 1

    union all

    select
        scenario_id,
        rule_kind,
        scope_id,
        'all' as population,
        effective_from,
        cast('1900-01-01' as date) as known_on,
        cast(null as decimal(9, 4)) as value_before,
        cast(null as decimal(9, 4)) as value_after,
        case when rule_kind = 'index_points' then value end as points,
        case when rule_kind = 'point_percent' then value end as percent,
        cast(null as decimal(16, 2)) as monthly_eur
    from supposed
    where rule_kind <> 'replacement'

),

{{ payroll_projection(ref('fct_payroll_month'), 'horizon', 'rules') }},

-- Departures from permanent jobs in a year: the mean of the last three whole years, for the share of the budget in the
-- employer.
years_observed as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        exercice
    from {{ ref('fct_agent_month') }}
    group by substr(employer_siret, 1, 9), exercice
    having count(distinct pay_month) = 12

),

departures as (

    select
        recent.employer_siren,
        count(distinct recent.exercice) as year_count,
        count(moves.agent_id) as departure_count
    from (
        select
            employer_siren,
            exercice,
            row_number() over (partition by employer_siren order by exercice desc nulls last) as recency
        from years_observed
    ) as recent
    left join {{ ref('fct_movement') }} as moves
        on
            recent.employer_siren = substr(moves.employer_siret, 1, 9)
            and recent.exercice = moves.exercice
            and moves.movement_type = 'departure'
            and moves.is_permanent
    where recent.recency <= 3
    group by recent.employer_siren

),

staff as (

    select
        scope_id,
        pay_month,
        permanent_agents / nullif(sum(permanent_agents) over (partition by employer_siren, pay_month), 0) as scope_share
    from {{ ref('fct_payroll_month') }}

),

-- Departures are spread over the year: half a month's worth is gone in the first month, one and a half in the second…
replacements as (

    select
        projected.scenario_id,
        projected.scope_id,
        projected.month,
        max(departures.departure_count) as departure_count,
        sum(
            (supposed.value - 1) * departures.departure_count / nullif(departures.year_count, 0)
            * staff.scope_share / 12
            * ({{ month_index('projected.month') }} - {{ month_index('supposed.effective_from') }} + 0.5)
            * projected.carried_eur / nullif(projected.permanent_agents, 0)
        ) as replacement_eur
    from projected
    inner join supposed
        on
            projected.scenario_id = supposed.scenario_id
            and projected.scope_id = supposed.scope_id
            and supposed.rule_kind = 'replacement'
            and projected.month >= supposed.effective_from
    inner join departures
        on supposed.employer_siren = departures.employer_siren
    inner join staff
        on
            projected.scope_id = staff.scope_id
            and projected.origin_month = staff.pay_month
    group by projected.scenario_id, projected.scope_id, projected.month

),

monthly as (

    select
        projected.*,
        cast(cast(base.exercice as {{ text }}) || '-12-01' as date) as year_end,
        cast(coalesce(replacements.replacement_eur, 0) as decimal(16, 2)) as replacement_eur,
        coalesce(
            replacements.departure_count > 0 and replacements.departure_count < {{ k }}, false
        ) as is_few_departures
    from projected
    inner join base
        on projected.scope_id = base.scope_id
    left join replacements
        on
            projected.scenario_id = replacements.scenario_id
            and projected.scope_id = replacements.scope_id
            and projected.month = replacements.month

),

yearly as (

    select
        scenario_id,
        scope_id,
        cast(extract(year from month) as integer) as exercice,
        {%- for driver in drivers %}
        sum({{ driver }}) as {{ driver }},
        {%- endfor %}
        sum(forecast_eur + replacement_eur) as total_eur,
        max(case when is_few_departures then 1 else 0 end) = 1 as is_few_departures
    from monthly
    where month > year_end
    group by scenario_id, scope_id, cast(extract(year from month) as integer)

),

parts as (

    select
        scenarios.scenario_id,
        base.scope_id,
        base.exercice,
        'total' as driver,
        'Total' as driver_label,
        0 as driver_order,
        base.payroll_eur as amount_eur,
        false as is_few_departures
    from base
    cross join scenarios

    union all

    select
        scenario_id,
        scope_id,
        exercice,
        'total' as driver,
        'Total' as driver_label,
        0 as driver_order,
        total_eur as amount_eur,
        is_few_departures
    from yearly

    {% for driver, (label, place) in drivers.items() %}
    union all

    select
        scenario_id,
        scope_id,
        exercice,
        '{{ driver[:-4] }}' as driver,
        '{{ label }}' as driver_label,
        {{ place }} as driver_order,
        {{ driver }} as amount_eur,
        {{ 'is_few_departures' if driver == 'replacement_eur' else 'false' }} as is_few_departures
    from yearly
    {% endfor %}
),

judged as (

    select
        parts.*,
        base.employer_siren,
        base.budget_id,
        parts.exercice - base.exercice as year_rank,
        case
            when not base.is_shown or (parts.is_few_departures and parts.driver = 'replacement') then 'A'
            when parts.is_few_departures then 'D'
            else 'V'
        end as secrecy_status
    from parts
    inner join base
        on parts.scope_id = base.scope_id

)

select
    cast(judged.employer_siren as {{ text }}) as employer_siren,
    cast(judged.budget_id as {{ text }}) as budget_id,
    cast(judged.scenario_id as {{ text }}) as scenario_id,
    cast(scenarios.scenario_label as {{ text }}) as scenario_label,
    cast(scenarios.scenario_order as integer) as scenario_order,
    cast(judged.exercice as integer) as exercice,
    cast(judged.year_rank as integer) as year_rank,
    cast(judged.driver as {{ text }}) as driver,
    cast(judged.driver_label as {{ text }}) as driver_label,
    cast(judged.driver_order as integer) as driver_order,
    cast(case when judged.secrecy_status = 'V' then judged.amount_eur end as decimal(16, 2)) as amount_eur,
    cast(judged.secrecy_status as {{ text }}) as secrecy_status
from judged
inner join scenarios
    on judged.scenario_id = scenarios.scenario_id
