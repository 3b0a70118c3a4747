with source as (

    select * from {{ source('finance_pes', 'retour') }}

),

renamed as (

    select
        source_export,
        source_record,
        domain as domain_code,
        case domain when 'D' then 'expense' when 'R' then 'revenue' end as direction,
        typ_fic as flow_type_code,
        nom_fic as flow_name,
        {{ pes_date('dte_str') }} as retour_date,
        id_coll as siret,
        cod_col as collectivity_code,
        cod_bud as budget_code,
        id_coll || '-' || cod_bud as budget_id,
        try_cast(exer as integer) as exercice,
        {{ pes_number('id_bord') }} as bordereau_number,
        typ_bord as bordereau_type_code,
        {{ pes_number('id_pce') }} as piece_number,
        typ_pce as piece_type_code,
        nat_pce as piece_nature_code,
        {{ pes_date('dte_pce_pec') }} as taken_in_charge_date,
        etat_pce as piece_state_code,
        {{ pes_number('id_ligne') }} as line_number,
        etat_lig_pce as line_state_code,
        obs_etat as observation_code,
        try_cast(mt_ht as decimal(16, 2)) as amount_eur
    from source

)

select * from renamed
