{#-
    The same projection says how the year will end (known_month = last month paid) and what it would have said in the past
    (known_month = June or September of an exercice that is over): the error published is that of these rules and of nothing
    else. No clock: the last month paid decides what is realised.
-#}
{%- set text = dbt.type_string() -%}
{%- set drivers = [
    'carried_eur', 'variable_eur', 'temporary_eur', 'point_eur', 'index_points_eur', 'employer_rate_eur', 'gvt_eur',
    'staff_eur',
] -%}
with paid as (

    select
        months.*,
        months.scope_id || '/' || cast(months.pay_month as {{ text }}) as table_id,
        '-' as cell_id,
        months.agent_count as secrecy_persons,
        months.weight_eur as secrecy_weight,
        months.largest_eur as secrecy_largest,
        false as is_secret,
        false as is_parent_hidden
    from {{ ref('fct_payroll_month') }} as months

),

judged as (

    {{ hide_in_partition('paid') }}

),

scopes as (

    select
        scope_id,
        max(pay_month) as last_month,
        max({{ month_index('pay_month') }}) as last_index
    from judged
    group by scope_id

),

latest as (

    select max(last_index) as last_index
    from scopes

),

-- A budget that has paid nothing for three months is closed: it has a past and no forecast.
open_scopes as (

    select
        scopes.scope_id,
        scopes.last_month,
        scopes.last_index >= latest.last_index - 2 as is_open
    from scopes
    cross join latest

),

whole_years as (

    select
        scope_id,
        exercice
    from judged
    group by scope_id, exercice
    having count(*) = 12

),

looks as (

    select '06' as month_text
    union all
    select '09' as month_text

),

horizon as (

    select
        'now' as scenario_id,
        scope_id,
        last_month as origin_month,
        cast(cast(extract(year from last_month) as integer) as {{ text }}) as origin_year,
        cast(cast(cast(extract(year from last_month) as integer) as {{ text }}) || '-12-01' as date) as last_month
    from open_scopes
    where is_open

    union all

    select
        'past' as scenario_id,
        whole_years.scope_id,
        cast(cast(whole_years.exercice as {{ text }}) || '-' || looks.month_text || '-01' as date) as origin_month,
        cast(whole_years.exercice as {{ text }}) as origin_year,
        cast(cast(whole_years.exercice as {{ text }}) || '-12-01' as date) as last_month
    from whole_years
    inner join whole_years as year_before
        on
            whole_years.scope_id = year_before.scope_id
            and whole_years.exercice = year_before.exercice + 1
    cross join looks

),

-- Today's forecast knows every rule that is written; one made in the past only those that were published by then.
rules as (
    {% for scenario, known_on in [('now', "cast('1900-01-01' as date)"), ('past', 'known_on')] %}
    select
        '{{ scenario }}' as scenario_id,
        rule_kind,
        scope_id,
        population,
        effective_from,
        {{ known_on }} as known_on,
        value_before,
        value_after,
        points,
        percent,
        monthly_eur
    from {{ ref('ref_payroll_rule') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{{ payroll_projection('judged', 'horizon', 'rules') }},

-- Every month of the past, and the months of each year seen from the month in which it was known.
shown as (

    select
        judged.scope_id,
        open_scopes.last_month as known_month,
        true as is_last_known,
        judged.pay_month as month,
        true as is_realised
    from judged
    inner join open_scopes
        on judged.scope_id = open_scopes.scope_id

    union all

    select
        horizon.scope_id,
        horizon.origin_month as known_month,
        false as is_last_known,
        judged.pay_month as month,
        true as is_realised
    from horizon
    inner join judged
        on
            horizon.scope_id = judged.scope_id
            and horizon.origin_year = cast(judged.exercice as {{ text }})
            and horizon.origin_month >= judged.pay_month
    inner join open_scopes
        on
            horizon.scope_id = open_scopes.scope_id
            and horizon.origin_month <> open_scopes.last_month

    union all

    select
        projected.scope_id,
        projected.origin_month as known_month,
        projected.origin_month = open_scopes.last_month as is_last_known,
        projected.month,
        false as is_realised
    from projected
    inner join open_scopes
        on projected.scope_id = open_scopes.scope_id

),

measured as (

    select
        origin.employer_siren,
        origin.budget_id,
        shown.known_month,
        shown.is_last_known,
        shown.month,
        shown.is_realised,
        realised.cost_eur as realised_eur,
        coalesce(realised.secrecy_status, 'V') = 'V' as is_realised_shown,
        {%- for driver in drivers %}
        projected.{{ driver }},
        {%- endfor %}
        projected.forecast_eur,
        case when shown.is_realised then realised.secrecy_status else origin.secrecy_status end as secrecy_status
    from shown
    inner join judged as origin
        on
            shown.scope_id = origin.scope_id
            and shown.known_month = origin.pay_month
    left join judged as realised
        on
            shown.scope_id = realised.scope_id
            and shown.month = realised.pay_month
    left join projected
        on
            shown.scope_id = projected.scope_id
            and shown.known_month = projected.origin_month
            and shown.month = projected.month

)

select
    cast(employer_siren as {{ text }}) as employer_siren,
    cast(budget_id as {{ text }}) as budget_id,
    cast(extract(year from month) as integer) as exercice,
    cast(known_month as date) as known_month,
    cast(is_last_known as boolean) as is_last_known,
    cast(month as date) as month,
    cast(is_realised as boolean) as is_realised,
    cast(
        case when secrecy_status = 'V' then case when is_realised then realised_eur else forecast_eur end end
        as decimal(16, 2)
    ) as payroll_eur,
    cast(case when is_realised_shown then realised_eur end as decimal(16, 2)) as realised_eur,
    cast(case when secrecy_status = 'V' then forecast_eur end as decimal(16, 2)) as forecast_eur,
    {%- for driver in drivers %}
    cast(case when secrecy_status = 'V' then {{ driver }} end as decimal(16, 2)) as {{ driver }},
    {%- endfor %}
    cast(secrecy_status as {{ text }}) as secrecy_status
from measured
