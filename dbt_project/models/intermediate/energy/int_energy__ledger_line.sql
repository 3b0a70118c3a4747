-- A line whose bordereau has no date is put in the last month of its exercice, so that its euros stay in the year.
with lines as (

    select
        ledger.*,
        coalesce(
            ledger.month, cast(cast(ledger.exercice as {{ dbt.type_string() }}) || '-12-01' as date)
        ) as booked_month
    from {{ ref('int_cost_lines') }} as ledger
    where ledger.direction = 'expense'

)

select
    lines.exercice,
    lines.booked_month as month,
    natures.energy_type,
    natures.nature_code,
    coalesce(lines.facility_id, facilities.facility_id) as facility_id,
    lines.source_analytic_code,
    lines.amount_eur,
    lines.source_system,
    lines.source_export,
    lines.source_record
from lines
inner join {{ ref('map_energy__nature') }} as natures
    on lines.nature_code = natures.nature_code
left join {{ ref('map_energy__facility') }} as facilities
    on
        lines.source_analytic_code = facilities.source_code
        and lines.source_system = facilities.source_system
        and lines.booked_month >= facilities.valid_from
        and lines.booked_month <= coalesce(facilities.valid_to, lines.booked_month)
