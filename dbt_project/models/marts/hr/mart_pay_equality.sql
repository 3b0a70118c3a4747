{#-
    Pay of a full-time year = gross paid in the exercice over paid full-time equivalents, permanent jobs. What is received in
    a year depends on working time too. The gap of what is received is the sum of three effects, half-way between the sexes:
      working time  full-time pay × gap of paid working time
      structure     gap of the shares of each category × its full-time pay
      inside        gap of full-time pay inside each category
-#}
{%- set text = dbt.type_string() -%}
with contract_months as (

    -- A payroll file may name the head office where the contract is of another establishment: the employer is the same.
    select
        substr(employer_siret, 1, 9) as employer_siren,
        exercice,
        pay_month,
        agent_id,
        max(sex) as sex,
        coalesce(max(category_code), '-') as category_code,
        coalesce(max(filiere), '-') as filiere,
        max(case when is_counted and is_permanent then 1 else 0 end) as is_permanent,
        sum(gross_eur) as gross_eur,
        sum(etpr) as etpr,
        max(presence_share) as presence_share
    from {{ ref('fct_agent_month') }}
    group by substr(employer_siret, 1, 9), exercice, pay_month, agent_id, contract_id

),

agent_months as (

    select
        employer_siren,
        exercice,
        pay_month,
        agent_id,
        sex,
        category_code,
        filiere,
        sum(gross_eur) as gross_eur,
        sum(etpr) as etpr,
        max(presence_share) as presence_share
    from contract_months
    where is_permanent = 1 and sex in ('F', 'M')
    group by employer_siren, exercice, pay_month, agent_id, sex, category_code, filiere

),

months as (

    select
        employer_siren,
        exercice,
        count(distinct pay_month) as month_count
    from agent_months
    group by employer_siren, exercice

),

per_agent as (
    {% for axis, code in [('total', "'total'"), ('category', 'category_code'), ('filiere', 'filiere')] %}
    select
        '{{ axis }}' as axis,
        employer_siren,
        exercice,
        {{ code }} as code,
        sex,
        agent_id,
        sum(gross_eur) as gross_eur,
        sum(etpr) / 12 as full_years,
        sum(presence_share) / 12 as present_years
    from agent_months
    group by
        employer_siren,
        exercice,
        {%- if axis != 'total' %}
        {{ code }},
        {%- endif %}
        sex,
        agent_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

cells as (

    select
        axis,
        employer_siren,
        exercice,
        code,
        sex,
        employer_siren || '/' || cast(exercice as {{ text }}) || '/' || axis || '/' || sex as table_id,
        code as cell_id,
        sum(gross_eur) as gross_eur,
        sum(full_years) as full_years,
        sum(present_years) as present_years,
        count(*) as secrecy_persons,
        sum(abs(gross_eur)) as secrecy_weight,
        max(abs(gross_eur)) as secrecy_largest,
        false as is_secret
    from per_agent
    group by axis, employer_siren, exercice, code, sex

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

-- Both sexes stand in one row: when one of them hides the total, the details of both are hidden.
whole_statuses as (

    select
        employer_siren,
        exercice,
        max(case when secrecy_status = 'V' then 0 else 1 end) as is_hidden
    from total_statuses
    group by employer_siren, exercice

),

parts as (

    select
        cells.*,
        whole_statuses.is_hidden = 1 as is_parent_hidden
    from cells
    inner join whole_statuses
        on
            cells.employer_siren = whole_statuses.employer_siren
            and cells.exercice = whole_statuses.exercice
    where cells.axis <> 'total'

),

part_statuses as (

    {{ hide_in_partition('parts', overlapping=true) }}

),

judged as (

    select
        axis,
        employer_siren,
        exercice,
        code,
        sex,
        gross_eur,
        full_years,
        present_years,
        secrecy_persons,
        secrecy_status
    from total_statuses

    union all

    select
        axis,
        employer_siren,
        exercice,
        code,
        sex,
        gross_eur,
        full_years,
        present_years,
        secrecy_persons,
        secrecy_status
    from part_statuses

),

-- Both sexes side by side; a cell is shown when both may be.
sides as (

    select
        axis,
        employer_siren,
        exercice,
        code,
        {%- for sex in ['F', 'M'] %}
        sum(case when sex = '{{ sex }}' then secrecy_persons else 0 end) as agents_{{ sex | lower }},
        sum(case when sex = '{{ sex }}' then full_years else 0 end) as full_years_{{ sex | lower }},
        sum(case when sex = '{{ sex }}' then gross_eur end)
        / nullif(sum(case when sex = '{{ sex }}' then full_years end), 0) as full_time_{{ sex | lower }},
        sum(case when sex = '{{ sex }}' then gross_eur end)
        / nullif(sum(case when sex = '{{ sex }}' then present_years end), 0) as received_{{ sex | lower }},
        sum(case when sex = '{{ sex }}' then full_years end)
        / nullif(sum(case when sex = '{{ sex }}' then present_years end), 0) as quota_{{ sex | lower }},
        {%- endfor %}
        -- A before B before D before V.
        min(secrecy_status) as secrecy_status
    from judged
    group by axis, employer_siren, exercice, code

),

-- A category of one sex only counts in the structure, not inside.
structures as (

    select
        categories.employer_siren,
        categories.exercice,
        min(case when categories.secrecy_status = 'V' then 1 else 0 end) = 1 as is_shown,
        sum(
            (
                categories.full_years_m / nullif(totals.full_years_m, 0)
                - categories.full_years_f / nullif(totals.full_years_f, 0)
            ) * (
                coalesce(categories.full_time_m, categories.full_time_f)
                + coalesce(categories.full_time_f, categories.full_time_m)
            ) / 2
        ) as structure_eur
    from sides as categories
    inner join sides as totals
        on
            categories.employer_siren = totals.employer_siren
            and categories.exercice = totals.exercice
            and totals.axis = 'total'
    where categories.axis = 'category'
    group by categories.employer_siren, categories.exercice

),

measured as (

    select
        sides.*,
        months.month_count,
        sides.secrecy_status = 'V' as is_shown,
        sides.axis = 'total' and sides.secrecy_status = 'V' and structures.is_shown as has_effects,
        cast(sides.received_m as decimal(16, 2)) - cast(sides.received_f as decimal(16, 2)) as received_gap_eur,
        cast(
            (sides.full_time_m + sides.full_time_f) / 2 * (sides.quota_m - sides.quota_f) as decimal(16, 2)
        ) as working_time_eur,
        cast(structures.structure_eur * (sides.quota_m + sides.quota_f) / 2 as decimal(16, 2)) as structure_eur
    from sides
    inner join months
        on
            sides.employer_siren = months.employer_siren
            and sides.exercice = months.exercice
    left join structures
        on
            sides.employer_siren = structures.employer_siren
            and sides.exercice = structures.exercice

)

select
    cast(employer_siren as {{ text }}) as employer_siren,
    cast(exercice as integer) as exercice,
    cast(axis as {{ text }}) as axis,
    cast(case when axis <> 'total' and code <> '-' then code end as {{ text }}) as value_code,
    cast(
        case
            when axis = 'total' then 'Ensemble'
            when code = '-' then 'Non renseigné'
            when axis = 'category' then 'Catégorie ' || code
            else code
        end as {{ text }}
    ) as value_label,
    cast(month_count as integer) as month_count,
    cast(case when is_shown then agents_f end as integer) as women_count,
    cast(case when is_shown then agents_m end as integer) as men_count,
    cast(case when is_shown then full_time_f end as decimal(16, 2)) as women_full_time_pay_eur,
    cast(case when is_shown then full_time_m end as decimal(16, 2)) as men_full_time_pay_eur,
    cast(
        case when is_shown then 100 * (full_time_m - full_time_f) / nullif(full_time_m, 0) end as decimal(9, 4)
    ) as full_time_gap_percent,
    cast(case when is_shown then received_f end as decimal(16, 2)) as women_received_pay_eur,
    cast(case when is_shown then received_m end as decimal(16, 2)) as men_received_pay_eur,
    cast(case when is_shown then received_gap_eur end as decimal(16, 2)) as received_gap_eur,
    cast(case when has_effects then working_time_eur end as decimal(16, 2)) as working_time_effect_eur,
    cast(case when has_effects then structure_eur end as decimal(16, 2)) as structure_effect_eur,
    cast(
        case when has_effects then received_gap_eur - working_time_eur - structure_eur end as decimal(16, 2)
    ) as inside_category_effect_eur,
    cast(secrecy_status as {{ text }}) as secrecy_status
from measured
