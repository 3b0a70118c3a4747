{#- Permanent jobs, gross pay that comes back every month and is about that month: no overtime, no bonus paid once, no
    recall. -#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_agents') -%}
with pay as (

    select
        employer_siren,
        exercice,
        pay_month,
        agent_id,
        sum(amount_eur) as pay_eur
    from {{ ref('fct_pay_component') }}
    where
        is_permanent and is_current
        and component in ('base_pay', 'nbi', 'residence', 'sft', 'ifse', 'benefit')
    group by employer_siren, exercice, pay_month, agent_id

),

years as (

    select
        employer_siren,
        exercice,
        sum(pay_eur) as payroll_eur,
        count(distinct pay_month) as month_count
    from pay
    group by employer_siren, exercice

),

worked as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        exercice,
        pay_month,
        agent_id,
        sum(etpt) as etpt,
        sum(etpr) as etpr,
        min(presence_share) as presence_share
    from {{ ref('fct_agent_month') }}
    where is_permanent
    group by substr(employer_siret, 1, 9), exercice, pay_month, agent_id

),

worked_years as (

    select
        employer_siren,
        exercice,
        sum(etpt) / 12 as etpt,
        sum(etpr) / 12 as etpr
    from worked
    group by employer_siren, exercice

),

-- What is decided for all: the value of the point, and the points of index given to each agent.
general as (

    select
        months.month,
        months.exercice,
        rates.rate_percent as point_eur,
        coalesce(sum(given.points), 0) as points
    from {{ ref('int_month') }} as months
    inner join {{ ref('ref_payroll_rate') }} as rates
        on
            rates.rate_code = 'point_indice'
            and months.month >= rates.valid_from
            and months.month <= coalesce(rates.valid_to, cast('9999-12-31' as date))
    left join {{ ref('ref_payroll_rule') }} as given
        on
            given.rule_kind = 'index_points'
            and given.scope_id is null
            and months.month >= given.effective_from
    group by months.month, months.exercice, rates.rate_percent

),

general_years as (

    select
        exercice,
        avg(point_eur) as point_eur,
        avg(points) as points,
        sum(case when extract(month from month) = 12 then point_eur else 0 end) as december_point_eur,
        sum(case when extract(month from month) = 12 then points else 0 end) as december_points
    from general
    group by exercice

),

absent as (

    select distinct
        substr(employer_siret, 1, 9) as employer_siren,
        absence_month,
        agent_id
    from {{ ref('fct_absence') }}
    where is_absence or is_unpaid

),

-- Full-time pay is that of the month at the rate of a full-time agent. It is measured on agents who are there the whole
-- month and not absent: half pay is no career.
december as (

    select
        pay.employer_siren,
        pay.exercice,
        pay.agent_id,
        pay.pay_eur,
        case when worked.etpr > 0 then pay.pay_eur / nullif(worked.etpr, 0) end as full_time_pay_eur,
        coalesce(worked.etpr > 0 and worked.presence_share = 1 and absent.agent_id is null, false) as is_whole
    from pay
    left join worked
        on
            pay.employer_siren = worked.employer_siren
            and pay.pay_month = worked.pay_month
            and pay.agent_id = worked.agent_id
    left join absent
        on
            pay.employer_siren = absent.employer_siren
            and pay.pay_month = absent.absence_month
            and pay.agent_id = absent.agent_id
    where extract(month from pay.pay_month) = 12 and pay.pay_eur <> 0

),

decembers as (

    select
        employer_siren,
        exercice,
        count(*) as agent_count,
        sum(pay_eur) as pay_eur
    from december
    group by employer_siren, exercice

),

pairs as (

    select
        decembers.employer_siren,
        decembers.exercice,
        sum(case when before.agent_id is not null then 1 else 0 end) as stayer_count,
        sum(case when before.agent_id is not null then december.pay_eur else 0 end) as stayers_pay_eur,
        sum(case when before.agent_id is not null then before.pay_eur else 0 end) as stayers_pay_before_eur,
        sum(case when december.is_whole and before.is_whole then 1 else 0 end) as measured_count,
        sum(case when december.is_whole and before.is_whole then december.full_time_pay_eur end) as stayers_full_eur,
        sum(
            case when december.is_whole and before.is_whole then before.full_time_pay_eur end
        ) as stayers_full_before_eur,
        sum(case when before.agent_id is null then 1 else 0 end) as entrant_count,
        sum(case when before.agent_id is null then december.pay_eur else 0 end) as entrants_pay_eur,
        sum(case when before.agent_id is null then december.full_time_pay_eur end) as entrants_full_eur,
        count(case when before.agent_id is null then december.full_time_pay_eur end) as entrants_full_count
    from decembers
    inner join december
        on
            decembers.employer_siren = december.employer_siren
            and decembers.exercice = december.exercice
    left join december as before
        on
            december.employer_siren = before.employer_siren
            and december.exercice = before.exercice + 1
            and december.agent_id = before.agent_id
    group by decembers.employer_siren, decembers.exercice

),

leavers as (

    select
        before.employer_siren,
        before.exercice + 1 as exercice,
        count(*) as leaver_count,
        sum(before.pay_eur) as leavers_pay_eur,
        sum(before.full_time_pay_eur) as leavers_full_eur,
        count(before.full_time_pay_eur) as leavers_full_count
    from december as before
    left join december
        on
            before.employer_siren = december.employer_siren
            and before.exercice + 1 = december.exercice
            and before.agent_id = december.agent_id
    where december.agent_id is null
    group by before.employer_siren, before.exercice + 1

),

measured as (

    select
        years.employer_siren,
        years.exercice,
        years.month_count,
        coalesce(years.month_count = 12 and years_before.month_count = 12, false) as is_complete,
        years.payroll_eur,
        years_before.payroll_eur as payroll_before_eur,
        decembers.agent_count,
        decembers.pay_eur as december_pay_eur,
        december_before.agent_count as agent_count_before,
        december_before.pay_eur as december_pay_before_eur,
        worked_years.etpt,
        worked_before.etpt as etpt_before,
        general_years.point_eur,
        general_before.point_eur as point_before_eur,
        general_years.december_point_eur,
        general_before.december_point_eur as december_point_before_eur,
        (general_years.points - general_before.points) * general_years.point_eur * worked_years.etpr as points_eur,
        (general_years.december_points - general_before.december_points) * general_years.december_point_eur / 12
        * pairs.measured_count as stayers_points_eur,
        pairs.measured_count,
        pairs.stayer_count,
        pairs.stayers_pay_eur,
        pairs.stayers_pay_before_eur,
        pairs.stayers_full_eur,
        pairs.stayers_full_before_eur,
        pairs.entrant_count,
        pairs.entrants_pay_eur,
        pairs.entrants_full_eur / nullif(pairs.entrants_full_count, 0) as entrants_mean_eur,
        coalesce(leavers.leaver_count, 0) as leaver_count,
        coalesce(leavers.leavers_pay_eur, 0) as leavers_pay_eur,
        leavers.leavers_full_eur / nullif(leavers.leavers_full_count, 0) as leavers_mean_eur
    from years
    left join years as years_before
        on
            years.employer_siren = years_before.employer_siren
            and years.exercice = years_before.exercice + 1
    left join decembers
        on
            years.employer_siren = decembers.employer_siren
            and years.exercice = decembers.exercice
    left join decembers as december_before
        on
            years.employer_siren = december_before.employer_siren
            and years.exercice = december_before.exercice + 1
    left join worked_years
        on
            years.employer_siren = worked_years.employer_siren
            and years.exercice = worked_years.exercice
    left join worked_years as worked_before
        on
            years.employer_siren = worked_before.employer_siren
            and years.exercice = worked_before.exercice + 1
    left join general_years
        on years.exercice = general_years.exercice
    left join general_years as general_before
        on years.exercice = general_before.exercice + 1
    left join pairs
        on
            years.employer_siren = pairs.employer_siren
            and years.exercice = pairs.exercice
    left join leavers
        on
            years.employer_siren = leavers.employer_siren
            and years.exercice = leavers.exercice

),

-- Stayers come out of both Decembers by subtraction: stayers, entrants and leavers are shown together or not at all.
judged as (

    select
        *,
        coalesce(agent_count >= {{ k }}, false) as is_shown,
        coalesce(agent_count >= {{ k }} and agent_count_before >= {{ k }}, false) as is_pair_shown,
        coalesce(
            agent_count >= {{ k }} and agent_count_before >= {{ k }} and stayer_count >= {{ k }}
            and (entrant_count = 0 or entrant_count >= {{ k }}) and (leaver_count = 0 or leaver_count >= {{ k }}),
            false
        ) as is_detail_shown,
        least(entrant_count, leaver_count) as replaced_count
    from measured

),

computed as (

    select
        *,
        case when is_pair_shown then december_pay_eur / nullif(december_pay_before_eur, 0) - 1 end as level_effect,
        case
            when is_pair_shown and is_complete then payroll_eur / nullif(12 * december_pay_before_eur, 0) - 1
        end as mass_effect,
        case
            when is_pair_shown and is_complete then 12 * december_pay_before_eur / nullif(payroll_before_eur, 0) - 1
        end as carry_effect,
        case
            when is_pair_shown and is_complete then payroll_eur / nullif(payroll_before_eur, 0) - 1
        end as payroll_growth,
        case
            when is_pair_shown and is_complete then etpt / nullif(etpt_before, 0) - 1
        end as etpt_growth,
        point_eur / nullif(point_before_eur, 0) - 1 as point_growth,
        case
            when is_pair_shown and is_complete then points_eur / nullif(payroll_eur - points_eur, 0)
        end as points_growth,
        case
            when is_detail_shown and measured_count >= {{ k }}
                then stayers_full_eur / nullif(stayers_full_before_eur, 0) - 1
        end as stayers_growth,
        case
            when is_detail_shown and measured_count >= {{ k }}
                then
                    (stayers_full_eur - stayers_points_eur) / nullif(stayers_full_before_eur, 0)
                    * december_point_before_eur / nullif(december_point_eur, 0) - 1
        end as gvt_positive,
        case
            when is_detail_shown and replaced_count > 0
                then replaced_count * (entrants_mean_eur - leavers_mean_eur)
            when is_detail_shown then 0
        end as noria_monthly_eur
    from judged

)

select
    cast(employer_siren as {{ text }}) as employer_siren,
    cast(exercice as integer) as exercice,
    cast(month_count as integer) as month_count,
    cast(is_complete as boolean) as is_complete,
    cast(case when is_shown then agent_count end as integer) as december_agent_count,
    cast(case when is_shown then payroll_eur end as decimal(16, 2)) as payroll_eur,
    cast(case when is_pair_shown then payroll_before_eur end as decimal(16, 2)) as previous_payroll_eur,
    cast(case when is_shown then december_pay_eur end as decimal(16, 2)) as december_pay_eur,
    cast(case when is_pair_shown then december_pay_before_eur end as decimal(16, 2)) as previous_december_pay_eur,
    cast(level_effect as decimal(18, 6)) as level_effect_share,
    cast(mass_effect as decimal(18, 6)) as mass_effect_share,
    cast(carry_effect as decimal(18, 6)) as carry_effect_share,
    cast(payroll_growth as decimal(18, 6)) as payroll_growth_share,
    cast(case when is_pair_shown and is_complete then etpt end as decimal(12, 2)) as etpt,
    cast(etpt_growth as decimal(18, 6)) as etpt_growth_share,
    cast(point_growth as decimal(18, 6)) as point_growth_share,
    cast(points_growth as decimal(18, 6)) as points_growth_share,
    cast(
        (1 + payroll_growth) / nullif((1 + etpt_growth) * (1 + point_growth) * (1 + points_growth), 0) - 1
        as decimal(18, 6)
    ) as gvt_balance_share,
    cast(stayers_growth as decimal(18, 6)) as stayers_growth_share,
    cast(gvt_positive as decimal(18, 6)) as gvt_positive_share,
    cast(case when is_detail_shown then stayer_count end as integer) as stayer_count,
    cast(
        case when is_detail_shown then stayers_pay_eur - stayers_pay_before_eur end as decimal(16, 2)
    ) as stayers_change_eur,
    cast(case when is_detail_shown then entrant_count end as integer) as entrant_count,
    cast(case when is_detail_shown then entrants_pay_eur end as decimal(16, 2)) as entrants_pay_eur,
    cast(case when is_detail_shown then leaver_count end as integer) as leaver_count,
    cast(case when is_detail_shown then leavers_pay_eur end as decimal(16, 2)) as leavers_pay_eur,
    cast(
        case when is_detail_shown then entrants_pay_eur - leavers_pay_eur end as decimal(16, 2)
    ) as entry_exit_effect_eur,
    cast(noria_monthly_eur as decimal(16, 2)) as noria_effect_eur,
    cast(
        case when is_detail_shown then noria_monthly_eur / nullif(december_pay_before_eur, 0) end as decimal(18, 6)
    ) as noria_effect_share,
    cast(case when is_shown then 'V' else 'A' end as {{ text }}) as secrecy_status,
    cast(
        case
            when is_detail_shown then 'V'
            when agent_count_before is not null then 'A'
        end as {{ text }}
    ) as movement_secrecy_status
from computed
