{#-
    A ratio is a seed row: numerator, denominator, text of the rule. Vendors do not all read the law alike, so a ratio may
    have other readings, tried in order on the value printed in the file; the first is the rule of the platform.
    The population that the printed ratios use is not always the one that the file declares. Ratio 1 tells: if no reading
    of it gives the printed value with the declared population, it is used to find the population implied, and the other
    ratios per inhabitant are then checked with that one. Ratio 1 itself is then no longer an independent check.
-#}
{%- set half_unit = "cast(0.5 * power(10, -printed.printed_decimals) as decimal(18, 6))" -%}
with account as (
    select
        budget_id,
        exercice,
        budget_type_code,
        population_declared,
        source_system,
        source_export
    from {{ ref('int_budget_totem__document') }}
    where is_final_account
),

measure as (
    select * from {{ ref('int_budget_totem__legal_measure') }}
),

printed as (
    select * from {{ ref('int_budget_totem__printed_ratio') }}
),

reading as (
    select
        account.budget_id,
        account.exercice,
        account.population_declared,
        listed.ratio_number,
        listed.reading_rank,
        listed.reading_note,
        listed.denominator_measure,
        numerator.measure_eur as numerator_eur,
        denominator.measure_eur as denominator_eur
    from account
    cross join {{ ref('ref_legal_ratio_reading') }} as listed
    left join measure as numerator
        on
            account.budget_id = numerator.budget_id
            and account.exercice = numerator.exercice
            and listed.numerator_measure = numerator.measure_code
    left join measure as denominator
        on
            account.budget_id = denominator.budget_id
            and account.exercice = denominator.exercice
            and listed.denominator_measure = denominator.measure_code
),

calibration as (
    select
        reading.budget_id,
        reading.exercice,
        max(
            case
                when reading.reading_rank = 1
                    then cast(round(reading.numerator_eur / nullif(printed.printed_value, 0)) as integer)
            end
        ) as population_implied,
        max(
            case
                when
                    abs(
                        cast(reading.numerator_eur / nullif(reading.population_declared, 0) as decimal(18, 6))
                        - printed.printed_value
                    ) <= {{ half_unit }}
                    then 1
                else 0
            end
        ) = 1 as is_declared_population_confirmed
    from reading
    inner join printed
        on
            reading.budget_id = printed.budget_id
            and reading.exercice = printed.exercice
            and reading.ratio_number = printed.ratio_number
    where reading.ratio_number = 1
    group by reading.budget_id, reading.exercice
),

computed as (
    select
        reading.*,
        ratio.ratio_unit,
        printed.printed_value,
        printed.printed_decimals,
        calibration.population_implied,
        coalesce(calibration.is_declared_population_confirmed, true) as is_population_declared,
        case
            when reading.denominator_measure <> 'population' then reading.denominator_eur
            when coalesce(calibration.is_declared_population_confirmed, true) then reading.population_declared
            else calibration.population_implied
        end as denominator,
        case when ratio.ratio_unit = 'percent' then 100 else 1 end as factor,
        {{ half_unit }} as tolerance
    from reading
    inner join {{ ref('ref_legal_ratio') }} as ratio
        on reading.ratio_number = ratio.ratio_number
    left join printed
        on
            reading.budget_id = printed.budget_id
            and reading.exercice = printed.exercice
            and reading.ratio_number = printed.ratio_number
    left join calibration
        on reading.budget_id = calibration.budget_id and reading.exercice = calibration.exercice
),

compared as (
    select
        *,
        cast(factor * numerator_eur / nullif(denominator, 0) as decimal(18, 6)) as computed_value,
        abs(cast(factor * numerator_eur / nullif(denominator, 0) as decimal(18, 6)) - printed_value)
        <= tolerance as is_reproduced
    from computed
),

preferred as (
    select
        *,
        row_number() over (
            partition by budget_id, exercice, ratio_number
            order by coalesce(is_reproduced, false) desc nulls last, reading_rank asc nulls last
        ) as preference,
        max(
            case
                when reading_rank = 1 and denominator_measure = 'population'
                    then cast(numerator_eur / nullif(population_declared, 0) as decimal(18, 6))
                when reading_rank = 1 then computed_value
            end
        ) over (partition by budget_id, exercice, ratio_number) as reference_value
    from compared
),

answered as (
    select
        account.budget_id,
        account.exercice,
        account.budget_type_code,
        account.population_declared,
        account.source_system,
        account.source_export,
        ratio.ratio_number,
        ratio.ratio_label,
        ratio.ratio_unit,
        ratio.rule_text,
        ratio.legal_source,
        ratio.population_from,
        preferred.reading_rank,
        preferred.reading_note,
        preferred.numerator_eur,
        preferred.denominator,
        preferred.denominator_measure = 'population' as is_per_inhabitant,
        preferred.population_implied,
        coalesce(preferred.is_population_declared, true) as is_population_declared,
        preferred.reference_value,
        preferred.computed_value,
        preferred.is_reproduced,
        preferred.tolerance,
        preferred.factor,
        printed.printed_value,
        coalesce(printed.source_record, 'Budget/InformationsGenerales') as source_record
    from account
    cross join {{ ref('ref_legal_ratio') }} as ratio
    left join preferred
        on
            account.budget_id = preferred.budget_id
            and account.exercice = preferred.exercice
            and ratio.ratio_number = preferred.ratio_number
            and preferred.preference = 1
    left join printed
        on
            account.budget_id = printed.budget_id
            and account.exercice = printed.exercice
            and ratio.ratio_number = printed.ratio_number
)

select
    cast(
        budget_id || '/' || cast(exercice as string) || '/' || cast(ratio_number as string)
        as string
    ) as legal_ratio_id,
    cast(budget_id as string) as budget_id,
    cast(exercice as integer) as exercice,
    cast(ratio_number as integer) as ratio_number,
    cast(ratio_label as string) as ratio_label,
    cast(ratio_unit as string) as ratio_unit,
    cast(budget_type_code = 'P' and population_declared >= population_from as boolean) as is_applicable,
    cast(reference_value as decimal(18, 6)) as reference_value,
    cast(numerator_eur as decimal(16, 2)) as numerator_eur,
    cast(denominator as decimal(16, 2)) as denominator_value,
    cast(computed_value as decimal(18, 6)) as computed_value,
    cast(printed_value as decimal(18, 6)) as printed_value,
    cast(computed_value - printed_value as decimal(18, 6)) as gap,
    cast(tolerance as decimal(18, 6)) as tolerance,
    cast(is_reproduced as boolean) as is_reproduced,
    cast(population_declared as integer) as population_declared,
    cast(population_implied as integer) as population_implied,
    cast(
        case when is_per_inhabitant then case when is_population_declared then 'declared' else 'implied' end end
        as string
    ) as population_used,
    cast(not (ratio_number = 1 and not is_population_declared) as boolean) as is_independent_check,
    cast(printed_value * denominator / nullif(factor, 0) as decimal(16, 2)) as numerator_implied_eur,
    cast(rule_text as string) as rule_text,
    cast(reading_note as string) as reading_note,
    cast(
        case
            when ratio_number = 8 then 'Les bases du calcul ne figurent pas dans le document budgétaire.'
            when computed_value is null then 'Donnée absente du fichier : population ou annexe de la dette.'
            when printed_value is null then 'Le fichier n’imprime pas ce ratio.'
            when ratio_number = 1 and not is_population_declared
                then 'Population retrouvée par ce ratio : les ratios imprimés n’emploient pas la population déclarée.'
            when is_reproduced then coalesce(reading_note, 'Valeur imprimée retrouvée.')
            else 'Écart de données : la valeur imprimée suppose un numérateur que les lignes et annexes ne donnent pas.'
        end as string
    ) as comment_fr,
    cast(legal_source as string) as legal_source,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export,
    cast(source_record as string) as source_record
from answered
