with facts as (

    select
        tiers_id,
        is_person_tiers,
        tiers_identifier,
        tiers_identifier_kind_code,
        tiers_reference,
        tiers_name,
        tiers_category_code,
        tiers_legal_form_code,
        source_system,
        max(issue_date) as last_seen_date
    from {{ ref('int_finance_pes__ledger_line') }}
    where
        standing_status = 'standing'
        and not is_ormc
        and tiers_id is not null
    group by
        tiers_id,
        is_person_tiers,
        tiers_identifier,
        tiers_identifier_kind_code,
        tiers_reference,
        tiers_name,
        tiers_category_code,
        tiers_legal_form_code,
        source_system

),

-- A supplier changes name or category over the years: the last one it was paid under is its own.
ranked as (

    select
        *,
        row_number() over (
            partition by tiers_id
            order by
                last_seen_date desc nulls last,
                tiers_name asc nulls last,
                tiers_reference asc nulls last,
                tiers_category_code asc nulls last,
                tiers_legal_form_code asc nulls last
        ) as recency
    from facts

)

select
    cast(ranked.tiers_id as {{ dbt.type_string() }}) as tiers_id,
    cast(
        case when ranked.is_person_tiers then 'person' else 'organisation' end as {{ dbt.type_string() }}
    ) as tiers_kind,
    cast(
        case
            when ranked.is_person_tiers then 'Personne physique'
            else coalesce(ranked.tiers_name, 'Tiers sans nom')
        end as {{ dbt.type_string() }}
    ) as tiers_label,
    cast(
        case
            when ranked.tiers_id like 'siret-%' then substr(ranked.tiers_identifier, 1, 9)
            when ranked.tiers_id like 'siren-%' then ranked.tiers_identifier
        end as {{ dbt.type_string() }}
    ) as tiers_siren,
    cast(
        case when ranked.tiers_id like 'siret-%' then ranked.tiers_identifier end as {{ dbt.type_string() }}
    ) as tiers_siret,
    cast(ranked.tiers_reference as {{ dbt.type_string() }}) as tiers_reference_vendor,
    cast(ranked.tiers_category_code as {{ dbt.type_string() }}) as tiers_category_code,
    cast(categories.tiers_category_label as {{ dbt.type_string() }}) as tiers_category_label,
    cast(ranked.tiers_legal_form_code as {{ dbt.type_string() }}) as tiers_legal_form_code,
    cast(legal_forms.tiers_legal_form_label as {{ dbt.type_string() }}) as tiers_legal_form_label,
    cast(ranked.last_seen_date as date) as last_seen_date,
    cast(ranked.source_system as {{ dbt.type_string() }}) as source_system
from ranked
left join {{ ref('ref_pes_tiers_category') }} as categories
    on ranked.tiers_category_code = categories.tiers_category_code
left join {{ ref('ref_pes_legal_form') }} as legal_forms
    on ranked.tiers_legal_form_code = legal_forms.tiers_legal_form_code
where ranked.recency = 1
