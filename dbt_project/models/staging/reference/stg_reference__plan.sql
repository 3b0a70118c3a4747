with source as (
    select * from {{ source('reference', 'plan') }}
),

renamed as (
    select
        'reference' as source_system,
        source_export,
        source_record,
        plan_exer || '-' || plan_norme || '-' || plan_declinaison as plan_id,
        cast(plan_exer as integer) as exercice,
        plan_norme as norm,
        plan_declinaison as variant,
        -- The folder says which plan a file is; a file whose own attributes agree is preferred to one that disagrees.
        row_number() over (
            partition by plan_exer, plan_norme, plan_declinaison
            order by
                case when exer = plan_exer and declinaison = plan_declinaison then 0 else 1 end asc nulls last,
                source_export desc nulls last
        ) = 1 as is_standing
    from source
)

select * from renamed
