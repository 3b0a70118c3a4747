with source as (

    select * from {{ source('finance_pes', 'acquit') }}

),

renamed as (

    select
        source_export,
        source_record,
        typ_fic as flow_type_code,
        nom_fic as flow_name,
        {{ pes_date('dte_str') }} as acquit_date,
        id_coll as siret,
        cod_col as collectivity_code,
        cod_bud as budget_code,
        try_cast(domaine_ack as integer) as acquit_domain,
        -- The side that the element speaks of: 5 dépense, 6 recette, 7 rôle. NULL when it speaks of the flow.
        case try_cast(domaine_ack as integer) when 5 then 'D' when 6 then 'R' when 7 then 'R' end as domain_code,
        {{ pes_number('num_bord') }} as bordereau_number,
        try_cast(exercice_bord as integer) as exercice,
        id_unique as attachment_id,
        -- EtatAck 1 is the only acceptance; an element without a state says nothing.
        coalesce(try_cast(etat_ack as integer) <> 1, etat_ack is not null) as is_refusal,
        -- Attachments (4), budget (8), assets (9, 10), contracts (11) and parameters (99) do not refuse a bordereau.
        coalesce(try_cast(domaine_ack as integer) in (0, 1, 2, 3, 5, 6, 7), false) as judges_bordereau,
        code_erreur as error_code,
        libelle_erreur as error_label
    from source

)

select * from renamed
