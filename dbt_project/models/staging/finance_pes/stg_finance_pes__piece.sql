with source as (

    select * from {{ source('finance_pes', 'piece') }}

),

renamed as (

    select
        source_export,
        source_record,
        try_cast(bordereau_rank as integer) as bordereau_rank,
        try_cast(piece_rank as integer) as piece_rank,
        {{ pes_number('id_pce') }} as piece_number,
        typ_pce as piece_type_code,
        nat_pce as piece_nature_code,
        cod_serv as source_service_code,
        affect as routing_code,
        obj as piece_label,
        {{ pes_date('dte_ech') }} as due_date,
        {{ pes_date('dte_asp') }} as enforceable_date,
        id_rol as role_number,
        edition as edition_code,
        {{ pes_date('deb_fact') }} as billed_from,
        {{ pes_date('fin_fact') }} as billed_to,
        numero_marche as contract_number,
        numero_facture as invoice_number,
        numero_engagement as commitment_number,
        {{ pes_date('dte_deb_dgp') }} as payment_delay_from,
        {{ pes_date('dte_fin_dgp') }} as payment_delay_to,
        try_cast(duree_dgp as integer) as payment_delay_days
    from source

)

select * from renamed
