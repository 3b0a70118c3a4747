{%- set text = dbt.type_string() -%}
with ranked as (

    select
        *,
        min(pay_month) over (partition by agent_id) as first_month,
        max(pay_month) over (partition by agent_id) as last_month,
        row_number() over (
            partition by agent_id
            order by
                pay_month desc nulls last,
                is_present_at_month_end desc nulls last,
                quota_share desc nulls last,
                contract_id asc nulls last
        ) as recency
    from {{ ref('int_agent_month') }}

)

select
    cast(agent_id as {{ text }}) as agent_id,
    cast(siren as {{ text }}) as employer_siren,
    cast(sex as {{ text }}) as sex,
    cast(birth_year as integer) as birth_year,
    cast(
        case
            when age < 25 then 'moins de 25 ans'
            when age < 65
                then
                    cast(cast(floor(age / 5) * 5 as integer) as {{ text }}) || ' à '
                    || cast(cast(floor(age / 5) * 5 + 4 as integer) as {{ text }}) || ' ans'
            when age >= 65 then '65 ans et plus'
        end as {{ text }}
    ) as age_band,
    cast(status_code as {{ text }}) as status_code,
    cast(coalesce(is_permanent, false) as boolean) as is_permanent,
    cast(category_code as {{ text }}) as category_code,
    cast(filiere as {{ text }}) as filiere,
    cast(cadre_emplois as {{ text }}) as cadre_emplois,
    cast(net_code as {{ text }}) as net_code,
    cast(grade_label as {{ text }}) as grade_label,
    cast(service_id as {{ text }}) as service_id,
    cast(first_month as date) as first_month,
    cast(last_month as date) as last_month,
    cast(source_system as {{ text }}) as source_system,
    cast(source_export as {{ text }}) as source_export,
    cast(source_record as {{ text }}) as source_record
from ranked
where recency = 1
