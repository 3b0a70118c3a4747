{#-
    What families pay by quotient band beside what it costs; bands are income: docs/privacy.md holds. The unit that is billed
    may be another one than that of the cost, as the half-hour of an evening: shares are euros over euros.
-#}
{%- set text = dbt.type_string() -%}
{%- set k = var('k_income') -%}
with tariffs as (

    select
        exercice || '-' || activity_id as table_id,
        quotient_band_code as cell_id,
        exercice,
        activity_id,
        service_id,
        quotient_band_code,
        billed_eur,
        quantity,
        family_count as secrecy_persons,
        secrecy_weight,
        secrecy_largest,
        false as is_secret,
        sum(family_count) over (partition by exercice, activity_id) < {{ k }} as is_parent_hidden
    from {{ ref('int_childcare__tariff') }}

),

judged as (

    {{ hide_in_partition('tariffs', k=k) | indent(4) }}

),

scenarios as (

    select
        'current' as scenario_id,
        'Tarifs en vigueur' as scenario_label

    union all

    select distinct
        scenario_id,
        scenario_label
    from {{ ref('ref_tariff_scenario') }}

),

simulated as (

    select
        judged.*,
        scenarios.scenario_id,
        scenarios.scenario_label,
        cast(
            judged.billed_eur * (1 + coalesce(changes.change_share, every.change_share, 0)) as decimal(18, 2)
        ) as simulated_eur,
        case when changes.scenario_id is not null then 1 else 0 end as is_of_band
    from judged
    cross join scenarios
    left join {{ ref('ref_tariff_scenario') }} as changes
        on
            scenarios.scenario_id = changes.scenario_id
            and judged.quotient_band_code = changes.quotient_band_code
    left join {{ ref('ref_tariff_scenario') }} as every
        on
            scenarios.scenario_id = every.scenario_id
            and every.quotient_band_code is null

),

-- A total that changes with one hidden band alone would give the band away.
totals as (

    select
        exercice,
        activity_id,
        service_id,
        scenario_id,
        scenario_label,
        sum(billed_eur) as billed_eur,
        sum(simulated_eur) as simulated_eur,
        sum(quantity) as quantity,
        case
            when max(case when is_parent_hidden then 1 else 0 end) = 1 then 'A'
            when
                max(is_of_band) = 1 and max(case when secrecy_status <> 'V' then 1 else 0 end) = 1
                then 'D'
            else 'V'
        end as secrecy_status
    from simulated
    group by exercice, activity_id, service_id, scenario_id, scenario_label

),

together as (

    select
        exercice,
        activity_id,
        service_id,
        scenario_id,
        scenario_label,
        quotient_band_code,
        billed_eur,
        simulated_eur,
        quantity,
        secrecy_status
    from simulated

    union all

    select
        exercice,
        activity_id,
        service_id,
        scenario_id,
        scenario_label,
        'ensemble' as quotient_band_code,
        billed_eur,
        simulated_eur,
        quantity,
        secrecy_status
    from totals

),

uses as (

    select
        cast(extract(year from activity_date) as integer) as exercice,
        activity_id,
        service_id,
        measure_code,
        quotient_band_code,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from {{ ref('int_childcare__activity') }}
    group by extract(year from activity_date), activity_id, service_id, measure_code, quotient_band_code

),

provided as (

    select * from uses

    union all

    select
        exercice,
        activity_id,
        service_id,
        measure_code,
        'ensemble' as quotient_band_code,
        cast(sum(quantity) as decimal(18, 4)) as quantity
    from uses
    group by exercice, activity_id, service_id, measure_code

),

units as (

    select
        exercice,
        activity_id,
        measure_code,
        activity_label,
        unit_label,
        unit_cost_eur,
        public_revenue_per_unit_eur,
        other_revenue_per_unit_eur,
        is_provisional,
        row_number() over (
            partition by exercice, activity_id
            order by
                case when measure_code = 'hour_billed' then 0 else 1 end asc nulls last,
                measure_code asc nulls last
        ) as preference
    from {{ ref('mart_unit_cost') }}
    where
        unit_cost_level = 'activity'
        and measure_code in (
            select units.measure_code
            from {{ ref('ref_unit_cost') }} as units
            where units.unit_rank <= 2
        )

),

priced as (

    select
        together.exercice,
        together.activity_id,
        together.service_id,
        together.scenario_id,
        together.scenario_label,
        together.quotient_band_code,
        together.secrecy_status,
        units.activity_label,
        units.unit_label,
        units.unit_cost_eur,
        units.is_provisional,
        -- Code de l'éducation, R. 531-53: no price above the cost of the service less the grants that it gets.
        case
            when together.activity_id = 'school_meal'
                then units.unit_cost_eur - units.public_revenue_per_unit_eur - units.other_revenue_per_unit_eur
        end as ceiling_per_unit_eur,
        case when together.secrecy_status = 'V' then together.quantity end as quantity,
        case when together.secrecy_status = 'V' then provided.quantity end as provided_quantity,
        case when together.secrecy_status = 'V' then together.billed_eur end as billed_eur,
        case when together.secrecy_status = 'V' then together.simulated_eur end as simulated_eur
    from together
    left join units
        on
            together.exercice = units.exercice
            and together.activity_id = units.activity_id
            and units.preference = 1
    left join provided
        on
            together.exercice = provided.exercice
            and together.activity_id = provided.activity_id
            and together.service_id = provided.service_id
            and together.quotient_band_code = provided.quotient_band_code
            and units.measure_code = provided.measure_code

),

per_unit as (

    select
        priced.*,
        {{ exact_ratio('priced.billed_eur', 'greatest(priced.quantity, 0)', 4) }} as price_per_unit_eur,
        {{ exact_ratio('priced.simulated_eur', 'greatest(priced.quantity, 0)', 4) }} as simulated_price_per_unit_eur
    from priced

),

compared as (

    select
        per_unit.*,
        {{ exact_ratio(
            'per_unit.simulated_eur', 'greatest(per_unit.unit_cost_eur * per_unit.provided_quantity, 0)', 4
        ) }} as coverage_share
    from per_unit

)

select
    cast(compared.exercice as integer) as exercice,
    cast(compared.service_id as {{ text }}) as service_id,
    cast(compared.activity_id as {{ text }}) as activity_id,
    cast(compared.activity_label as {{ text }}) as activity_label,
    cast(compared.scenario_id as {{ text }}) as scenario_id,
    cast(compared.scenario_label as {{ text }}) as scenario_label,
    cast(compared.quotient_band_code as {{ text }}) as quotient_band_code,
    cast(coalesce(bands.quotient_band_label, 'Ensemble') as {{ text }}) as quotient_band_label,
    cast(compared.unit_label as {{ text }}) as unit_label,
    cast(compared.quantity as decimal(18, 4)) as quantity,
    cast(compared.provided_quantity as decimal(18, 4)) as provided_quantity,
    cast(compared.billed_eur as decimal(18, 2)) as billed_eur,
    cast(compared.price_per_unit_eur as decimal(18, 4)) as price_per_unit_eur,
    cast(compared.simulated_eur as decimal(18, 2)) as simulated_eur,
    cast(compared.simulated_price_per_unit_eur as decimal(18, 4)) as simulated_price_per_unit_eur,
    cast(compared.unit_cost_eur as decimal(18, 4)) as unit_cost_eur,
    cast(compared.coverage_share as decimal(18, 4)) as coverage_share,
    cast(compared.ceiling_per_unit_eur as decimal(18, 4)) as ceiling_per_unit_eur,
    cast(compared.simulated_price_per_unit_eur > compared.ceiling_per_unit_eur as boolean) as is_above_ceiling,
    cast(coalesce(compared.is_provisional, true) as boolean) as is_provisional,
    cast(compared.secrecy_status as {{ text }}) as secrecy_status
from compared
left join {{ ref('ref_quotient_band') }} as bands
    on compared.quotient_band_code = bands.quotient_band_code
