{%- set text = dbt.type_string() -%}
with exploded as (

    select
        absences.*,
        months.month as absence_month,
        months.month_end,
        {{ days_between(
            'greatest(absences.counted_from_date, months.month)',
            'least(absences.end_date, months.month_end)'
        ) }}
        + 1 as calendar_days
    from {{ ref('int_payroll_dsn__absence') }} as absences
    inner join {{ ref('int_month') }} as months
        on
            absences.counted_from_date <= months.month_end
            and absences.end_date >= months.month

),

-- The situation of the contract in the month; an absence that is planned beyond the last file has that of the last one.
situated as (

    select
        exploded.*,
        agent_month.service_id,
        agent_month.facility_id,
        agent_month.status_code,
        agent_month.is_counted,
        agent_month.is_permanent,
        agent_month.category_code,
        agent_month.sex,
        row_number() over (
            partition by exploded.source_export, exploded.source_record, exploded.absence_month
            order by
                case when agent_month.pay_month <= exploded.absence_month then 0 else 1 end asc nulls last,
                agent_month.pay_month desc nulls last,
                agent_month.siret asc nulls last
        ) as preference
    from exploded
    inner join {{ ref('int_agent_month') }} as agent_month
        on
            exploded.siren = agent_month.siren
            and exploded.agent_id = agent_month.agent_id
            and exploded.contract_id = agent_month.contract_id

),

declared as (

    select
        siren,
        min(pay_month) as first_month,
        max(pay_month) as last_month
    from {{ ref('int_agent_month') }}
    group by siren

)

select
    cast(situated.siret as {{ text }}) as employer_siret,
    cast(situated.agent_id as {{ text }}) as agent_id,
    cast(situated.contract_id as {{ text }}) as contract_id,
    cast(situated.absence_month as date) as absence_month,
    cast(extract(year from situated.absence_month) as integer) as exercice,
    cast(situated.block as {{ text }}) as block,
    cast(situated.motive_code as {{ text }}) as motive_code,
    cast(coalesce(motives.motive_family, 'autre') as {{ text }}) as motive_family,
    cast(coalesce(motives.motive_family_label, 'Autre motif') as {{ text }}) as motive_family_label,
    cast(coalesce(motives.is_absence, false) as boolean) as is_absence,
    cast(coalesce(motives.is_compressible, false) as boolean) as is_compressible,
    cast(coalesce(motives.is_medical, false) as boolean) as is_medical,
    cast(coalesce(motives.is_global, false) as boolean) as is_global,
    cast(coalesce(motives.is_unpaid, false) as boolean) as is_unpaid,
    cast(situated.start_date as date) as start_date,
    cast(situated.end_date as date) as end_date,
    cast(situated.is_open as boolean) as is_open,
    cast(situated.is_new_stop and situated.counted_from_date >= situated.absence_month as boolean) as is_stop_begun,
    cast(situated.calendar_days as integer) as calendar_days,
    cast(situated.service_id as {{ text }}) as service_id,
    cast(situated.facility_id as {{ text }}) as facility_id,
    cast(situated.status_code as {{ text }}) as status_code,
    cast(situated.is_counted as boolean) as is_counted,
    cast(situated.is_permanent as boolean) as is_permanent,
    cast(situated.category_code as {{ text }}) as category_code,
    cast(situated.sex as {{ text }}) as sex,
    cast('payroll_dsn' as {{ text }}) as source_system,
    cast(situated.source_export as {{ text }}) as source_export,
    cast(situated.source_record as {{ text }}) as source_record
from situated
inner join declared
    on
        situated.siren = declared.siren
        -- Before the first file only the long absences are known; after the last one, only what is planned.
        and situated.absence_month between declared.first_month and declared.last_month
left join {{ ref('ref_dsn_absence') }} as motives
    on
        situated.block = motives.block
        and situated.motive_code = motives.motive_code
where situated.preference = 1
