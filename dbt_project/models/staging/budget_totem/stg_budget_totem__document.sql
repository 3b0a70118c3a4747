with source as (
    select * from {{ source('budget_totem', 'document') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        root_element,
        version_schema as schema_version,
        code_editeur as software,
        -- A seal may carry an offset ('…T16:04:10.653+01:00'): the local time is enough to order.
        try_cast(replace(substr(scellement_date, 1, 19), 'T', ' ') as timestamp) as sealed_at,
        try_cast(substr(dte_str, 1, 10) as date) as document_date,
        trim(libelle_coll) as collectivity_name,
        id_coll as collectivity_siret,
        trim(libelle_etab) as budget_name,
        coalesce(id_etab, id_coll) as budget_siret,
        coalesce(cod_bud, '00') as budget_code,
        coalesce(id_etab, id_coll) || '-' || coalesce(cod_bud, '00') as budget_id,
        cod_insee_coll as insee_code,
        nomenclature,
        split_part(nomenclature, '-', 1) as norm,
        coalesce(nullif(split_part(nomenclature, '-', 2), ''), split_part(nomenclature, '-', 1)) as variant,
        nat_dec as decision_code,
        -- Vendors print the number of a DM as '2' or '02'.
        coalesce(cast(try_cast(num_dec as integer) as string), num_dec) as decision_number,
        cast(exer as integer) as exercice,
        projet_budget = 'true' as is_draft,
        try_cast(substr(dte_dec, 1, 10) as date) as decided_on,
        try_cast(substr(dte_dec_ex, 1, 10) as date) as enforceable_on,
        nat_vote as vote_level_code,
        repr_res as result_carry_over_code,
        nat_fonc as function_vote_code,
        coalesce(cod_typ_bud, 'P') as budget_type_code,
        id_etab_pal as main_budget_siret,
        trim(libelle_etab_pal) as main_budget_name
    from source
),

ordered as (
    select
        *,
        first_value(source_export) over (
            partition by budget_id, exercice, decision_code, coalesce(decision_number, '')
            order by
                sealed_at desc nulls last,
                decided_on desc nulls last,
                document_date desc nulls last,
                source_export desc nulls last
        ) as standing_export
    from renamed
)

select
    *,
    source_export = standing_export as is_standing,
    case when source_export <> standing_export then standing_export end as superseded_by
from ordered
