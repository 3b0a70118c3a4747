with source as (

    select * from {{ source('energy', 'releve_gaz') }}

),

received as (

    {{ received_exports('energy') }}

),

typed as (

    select
        source_export,
        source_record,
        upper(trim(pce)) as point_id,
        cast(
            coalesce(nullif(substr(date_debut_releve, 1, 10), ''), substr(journee_gaziere, 1, 10)) as date
        ) as start_date,
        cast(
            case
                when date_fin_releve <> '' then cast(substr(date_fin_releve, 1, 10) as date)
                else cast(substr(journee_gaziere, 1, 10) as date) + 1
            end as date
        ) as end_date,
        try_cast(nullif(trim(energie_consomme), '') as decimal(18, 6)) as stated_kwh,
        try_cast(nullif(trim(volume_brut_consomme), '') as decimal(18, 6)) as volume_m3,
        try_cast(nullif(trim(coeff_conversion), '') as decimal(18, 6)) as kwh_per_m3,
        nullif(trim(nature_releve), '') as series_label,
        nullif(trim(qualification_releve), '') as quality_label,
        nullif(trim(frequence_releve), '') as frequency_code,
        coalesce(upper(nature_releve) not like 'INFORMATI%', true) as is_published,
        case when upper(status) like 'PROV%' then 'provisional' else 'definitive' end as status_code
    from source

),

measured as (

    select
        typed.*,
        coalesce(typed.stated_kwh, cast(typed.volume_m3 * typed.kwh_per_m3 as decimal(18, 6))) as energy_kwh
    from typed

),

ranked as (

    {{ with_last_of_key('measured', 'received', [
        'point_id', 'start_date', 'end_date', 'is_published', 'status_code',
    ]) }}

),

-- A definitive reading replaces the provisional one of the same period, whichever came last.
settled as (

    select
        ranked.*,
        max(case when ranked.status_code = 'definitive' and ranked.energy_kwh is not null then 1 else 0 end) over (
            partition by ranked.point_id, ranked.start_date, ranked.end_date, ranked.is_published
        ) as has_definitive
    from ranked

)

select
    'energy' as source_system,
    source_export,
    source_record,
    point_id,
    start_date,
    end_date,
    {{ days_between('start_date', 'end_date') }} as day_count,
    energy_kwh,
    volume_m3,
    kwh_per_m3,
    series_label,
    quality_label,
    frequency_code,
    status_code,
    is_published,
    is_standing and is_published and (status_code = 'definitive' or has_definitive = 0) as is_standing
from settled
