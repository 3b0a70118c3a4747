with source as (
    select * from {{ source('budget_totem', 'concours') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        lib_orga_benef as beneficiary_name,
        cod_nat_jur_benef_ca as beneficiary_kind_code,
        siret as beneficiary_siret,
        cod_article as nature_code,
        cod_inv_fonc as section,
        obj_subv as purpose,
        lib_presta_nat as help_in_kind,
        cast(mt_subv as decimal(16, 2)) as grant_eur
    from source
)

select * from renamed
