{#- What points of index given to agents cost in gross pay: full-time equivalents paid × points × part of the year × value of
    the point (decree 85-1148, article 2: pay = index × value of the point). A published example of such a measure:
    1,703.8 ETPR × 6 points × half a year × 55.5635 € = 284,007 €. -#}
{% macro index_measure(etpr, points, months, point_eur) -%}
    cast({{ etpr }} as decimal(18, 4)) * {{ points }} * {{ months }} / 12 * {{ point_eur }}
{%- endmacro %}

{#- Growth since January, kept between a half and one and a half: a few months say no more. -#}
{% macro _growth_since_january(now, before) -%}
    case
        when count_now = count_before and {{ before }} > 0
            then greatest(least({{ now }} / nullif({{ before }}, 0), 1.5), 0.5)
        else 1
    end
{%- endmacro %}

{#-
    CTEs that project the payroll of months that are not paid yet, from a month that is: `projected`, one row per
    scenario_id, scope_id, origin_month and month, with the euros of each driver and their sum, forecast_eur.
      paid     months paid (fct_payroll_month)
      horizon  scenario_id, scope_id, origin_month (last month known), last_month (last one to project)
      rules    scenario_id and the columns of ref_payroll_rule; one counts when it was known at the end of the origin month
    Permanent jobs: the pay that recurs is carried from the origin month; what is paid once (CIA…) is that of the same month
    a year earlier, what varies too, times the growth since January; charges follow gross pay at the rate of the same month
    a year earlier, set right on the last three months. Other jobs: cost of the same month a year earlier, times the growth.
-#}
{% macro payroll_projection(paid, horizon, rules) -%}
months_paid as (

    select
        scope_id,
        pay_month,
        exercice,
        {{ month_index('pay_month') }} as month_index,
        permanent_agents,
        permanent_etpr,
        recurring_gross_eur,
        indexed_pay_eur,
        cnracl_pay_eur,
        general_pay_eur,
        once_gross_eur,
        variable_gross_eur,
        temporary_cost_eur,
        permanent_charges_eur,
        recurring_gross_eur + once_gross_eur + variable_gross_eur as permanent_gross_eur
    from {{ paid }}

),

-- Charges of a month at the rate of the same month a year earlier.
months_compared as (

    select
        months_paid.*,
        months_paid.permanent_gross_eur * before.permanent_charges_eur / nullif(before.permanent_gross_eur, 0)
        as charges_expected_eur
    from months_paid
    left join months_paid as before
        on
            months_paid.scope_id = before.scope_id
            and months_paid.month_index = before.month_index + 12

),

origins as (

    select distinct
        scope_id,
        origin_month,
        {{ month_index('origin_month') }} as origin_index,
        cast(extract(year from origin_month) as integer) as origin_exercice
    from {{ horizon }}

),

trends as (

    select
        scope_id,
        origin_month,
        {{ _growth_since_january('variable_now', 'variable_before') }} as variable_growth,
        {{ _growth_since_january('temporary_now', 'temporary_before') }} as temporary_growth,
        variable_now / nullif(count_now, 0) as variable_mean_eur,
        temporary_now / nullif(count_now, 0) as temporary_mean_eur,
        charges_now / nullif(gross_now, 0) as charge_share,
        case
            when recent_count = 3 and recent_expected_eur > 0 then recent_charges_eur / nullif(recent_expected_eur, 0)
            else 1
        end as charge_correction
    from (
        select
            origins.scope_id,
            origins.origin_month,
            {%- for name, condition in {
                'now': 'months_compared.exercice = origins.origin_exercice',
                'before': 'months_compared.exercice = origins.origin_exercice - 1
                    and months_compared.month_index <= origins.origin_index - 12',
            }.items() %}
            sum(case when {{ condition }} then 1 else 0 end) as count_{{ name }},
            sum(case when {{ condition }} then months_compared.variable_gross_eur else 0 end) as variable_{{ name }},
            sum(case when {{ condition }} then months_compared.temporary_cost_eur else 0 end) as temporary_{{ name }},
            sum(case when {{ condition }} then months_compared.permanent_charges_eur else 0 end) as charges_{{ name }},
            sum(case when {{ condition }} then months_compared.permanent_gross_eur else 0 end) as gross_{{ name }},
            {%- endfor %}
            {%- set recent = 'months_compared.month_index > origins.origin_index - 3
                and months_compared.charges_expected_eur is not null' %}
            sum(case when {{ recent }} then 1 else 0 end) as recent_count,
            sum(case when {{ recent }} then months_compared.permanent_charges_eur else 0 end) as recent_charges_eur,
            sum(case when {{ recent }} then months_compared.charges_expected_eur else 0 end) as recent_expected_eur
        from origins
        inner join months_compared
            on
                origins.scope_id = months_compared.scope_id
                and months_compared.month_index <= origins.origin_index
                and months_compared.month_index > origins.origin_index - 24
        group by origins.scope_id, origins.origin_month
    ) as summed

),

-- Each month to come, with the month known that has the same place in the year.
months_ahead as (

    select
        {{ horizon }}.scenario_id,
        origins.scope_id,
        origins.origin_month,
        origin_months.month_end as origin_end,
        months.month,
        months.month_end,
        months.month_index - origins.origin_index as months_since,
        months.month_index
        - 12 * cast(ceil((months.month_index - origins.origin_index) / 12) as integer) as reference_index
    from {{ horizon }}
    inner join origins
        on
            {{ horizon }}.scope_id = origins.scope_id
            and {{ horizon }}.origin_month = origins.origin_month
    inner join {{ ref('int_month') }} as origin_months
        on origins.origin_month = origin_months.month
    inner join {{ ref('int_month') }} as months
        on
            months.month > {{ horizon }}.origin_month
            and months.month <= {{ horizon }}.last_month

),

levels as (

    select
        months_ahead.scenario_id,
        months_ahead.scope_id,
        months_ahead.origin_month,
        months_ahead.origin_end,
        months_ahead.month,
        months_ahead.month_end,
        months_ahead.months_since,
        origin.permanent_agents,
        origin.permanent_etpr,
        origin.recurring_gross_eur,
        origin.indexed_pay_eur,
        origin.cnracl_pay_eur,
        origin.general_pay_eur,
        points.rate_percent as point_eur,
        coalesce(
            reference.once_gross_eur + reference.variable_gross_eur * trends.variable_growth, trends.variable_mean_eur
        ) as variable_gross_eur,
        coalesce(
            reference.temporary_cost_eur * trends.temporary_growth, trends.temporary_mean_eur
        ) as temporary_cost_eur,
        1 + coalesce(
            reference.permanent_charges_eur * trends.charge_correction / nullif(reference.permanent_gross_eur, 0),
            trends.charge_share,
            0
        ) as loading
    from months_ahead
    inner join months_paid as origin
        on
            months_ahead.scope_id = origin.scope_id
            and months_ahead.origin_month = origin.pay_month
    inner join trends
        on
            months_ahead.scope_id = trends.scope_id
            and months_ahead.origin_month = trends.origin_month
    left join months_paid as reference
        on
            months_ahead.scope_id = reference.scope_id
            and months_ahead.reference_index = reference.month_index
    left join {{ ref('ref_payroll_rate') }} as points
        on
            points.rate_code = 'point_indice'
            and months_ahead.origin_month >= points.valid_from
            and months_ahead.origin_month <= coalesce(points.valid_to, cast('9999-12-31' as date))

),

measures as (

    select
        levels.scenario_id,
        levels.scope_id,
        levels.origin_month,
        levels.month,
        sum(
            case
                when rules.rule_kind = 'point_indice' then rules.value_after - rules.value_before
                when rules.rule_kind = 'point_percent' then rules.percent / 100 * levels.point_eur
                else 0
            end
        ) as point_rise_eur,
        sum(case when rules.rule_kind = 'index_points' then rules.points else 0 end) as points,
        sum(
            case
                when rules.rule_kind <> 'employer_rate' then 0
                when rules.population = 'cnracl' then levels.cnracl_pay_eur
                when rules.population = 'general' then levels.general_pay_eur
                else levels.recurring_gross_eur
            end * coalesce(rules.value_after - rules.value_before, 0) / 100
        ) as employer_rate_eur,
        sum(case when rules.rule_kind = 'gvt' then rules.percent else 0 end) as gvt_percent,
        sum(case when rules.rule_kind = 'staff' then rules.monthly_eur else 0 end) as staff_eur
    from levels
    inner join {{ rules }} as rules
        on
            levels.scenario_id = rules.scenario_id
            and levels.scope_id = coalesce(rules.scope_id, levels.scope_id)
            and rules.known_on <= levels.origin_end
            and rules.effective_from <= levels.month_end
            -- What applied in the origin month is in its pay; the GVT goes on for ever.
            and (rules.effective_from > levels.origin_end or rules.rule_kind = 'gvt')
    group by levels.scenario_id, levels.scope_id, levels.origin_month, levels.month

),

driven as (

    select
        levels.scenario_id,
        levels.scope_id,
        levels.origin_month,
        levels.month,
        levels.permanent_agents,
        cast(levels.recurring_gross_eur * levels.loading as decimal(16, 2)) as carried_eur,
        cast(levels.variable_gross_eur * levels.loading as decimal(16, 2)) as variable_eur,
        cast(levels.temporary_cost_eur as decimal(16, 2)) as temporary_eur,
        cast(
            coalesce(levels.indexed_pay_eur * measures.point_rise_eur / nullif(levels.point_eur, 0) * levels.loading, 0)
            as decimal(16, 2)
        ) as point_eur,
        cast(
            coalesce(
                {{ index_measure(
                    'levels.permanent_etpr', 'measures.points', 1, '(levels.point_eur + measures.point_rise_eur)'
                ) }} * levels.loading,
                0
            ) as decimal(16, 2)
        ) as index_points_eur,
        cast(coalesce(measures.employer_rate_eur, 0) as decimal(16, 2)) as employer_rate_eur,
        cast(
            coalesce(
                levels.recurring_gross_eur * measures.gvt_percent / 100 * levels.months_since / 12 * levels.loading, 0
            ) as decimal(16, 2)
        ) as gvt_eur,
        cast(coalesce(measures.staff_eur, 0) as decimal(16, 2)) as staff_eur
    from levels
    left join measures
        on
            levels.scenario_id = measures.scenario_id
            and levels.scope_id = measures.scope_id
            and levels.origin_month = measures.origin_month
            and levels.month = measures.month

),

projected as (

    select
        *,
        carried_eur + variable_eur + temporary_eur + point_eur + index_points_eur + employer_rate_eur + gvt_eur + staff_eur
        as forecast_eur
    from driven

)
{%- endmacro %}
