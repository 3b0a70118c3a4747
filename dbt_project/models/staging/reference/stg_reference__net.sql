with source as (
    select * from {{ source('reference', 'net') }}
),

received as (
    {{ received_exports('reference') }}
),

renamed as (
    select
        'reference' as source_system,
        source.source_export,
        source.source_record,
        upper(trim(source.code)) as net_code,
        nullif(trim(source.cadre_emplois), '') as cadre_emplois,
        nullif(trim(source.filiere), '') as filiere,
        -- Tables write A, A+ or Catégorie A.
        substr(
            replace(replace(upper(trim(source.categorie)), 'CATÉGORIE ', ''), 'CATEGORIE ', ''), 1, 1
        ) as category_code,
        nullif(trim(source.grade), '') as grade_label,
        -- A grade that a later table leaves out is still that of older payslips: its last definition stays.
        row_number() over (
            partition by upper(trim(source.code))
            order by
                received.received_at desc nulls last,
                received.file_stem desc nulls last,
                source.source_export desc nulls last,
                length(source.source_record) asc nulls last,
                source.source_record asc nulls last
        ) as preference
    from source
    left join received
        on source.source_export = received.export_id
)

select
    source_system,
    source_export,
    source_record,
    net_code,
    cadre_emplois,
    filiere,
    case when category_code in ('A', 'B', 'C') then category_code end as category_code,
    grade_label
from renamed
where preference = 1
