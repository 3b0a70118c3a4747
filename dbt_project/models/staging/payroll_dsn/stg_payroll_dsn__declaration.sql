with source as (

    select * from {{ source('payroll_dsn', 'declaration') }}

),

arrivals as (

    select
        export_id,
        {{ paris_time('received_at') }} as received_at
    from {{ source('register', 'export') }}
    where system = 'payroll_dsn'

),

renamed as (

    select
        source.source_export,
        source.source_record,
        try_cast(source.declaration_line as integer) as declaration_line,
        source.source_export || '-' || source.declaration_line as declaration_key,
        try_cast(source.envoi_rank as integer) as envoi_rank,
        source.siren,
        source.siren || source.nic as siret,
        source.siren || source.nic_siege as head_office_siret,
        {{ dsn_month('source.mois') }} as pay_month,
        source.norme as norm,
        source.logiciel as software_name,
        source.editeur as software_vendor,
        source.logiciel_version as software_version,
        source.essai_ou_reel as test_code,
        source.groupe as group_code,
        source.type_envoi as sending_kind_code,
        source.nature as nature_code,
        source.type as type_code,
        source.fraction as fraction_code,
        -- Without a fraction the declaration is whole.
        coalesce(try_cast(substr(source.fraction, 1, 1) as integer), 1) as fraction_rank,
        coalesce(try_cast(substr(source.fraction, 2, 1) as integer), 1) as fraction_count,
        try_cast(source.ordre as decimal(20, 0)) as order_number,
        {{ dsn_date('source.constituee_le') }} as built_on,
        source.remplacee as replaced_declaration,
        source.devise as currency_code,
        source.apet as activity_code,
        source.nature_juridique as legal_nature_code,
        try_cast(source.individus as integer) as individual_count,
        try_cast(source.lignes_lues as integer) as rubrique_count,
        source.encodage as encoding,
        try_cast(source.caracteres_remplaces as integer) as replaced_character_count,
        arrivals.received_at,
        case
            when source.essai_ou_reel <> '02' then 'test'
            when coalesce(source.groupe, 'DSNOK') <> 'DSNOK' then 'not_accepted'
            when source.nature = '09' then 'substitute'
            when source.nature <> '01' then 'signal'
            else 'monthly'
        end as kind,
        source.type in ('03', '04', '05') as is_replacement
    from source
    left join arrivals
        on source.source_export = arrivals.export_id

),

-- A declaration that cancels and replaces wins over the others of its establishment, month and fraction; then the last
-- one built. What was received last decides only between two files of one day and order number.
versions as (

    select
        *,
        row_number() over versions_of_a_fraction as version_rank,
        first_value(type_code) over versions_of_a_fraction as last_type_code,
        first_value(source_export) over versions_of_a_fraction as last_export,
        sum(case when is_replacement then 0 else 1 end) over (
            partition by kind, siret, pay_month, fraction_rank, fraction_count
        ) as first_sending_count
    from renamed
    window versions_of_a_fraction as (
        partition by kind, siret, pay_month, fraction_rank, fraction_count
        order by
            is_replacement desc nulls last,
            built_on desc nulls last,
            order_number desc nulls last,
            received_at desc nulls last,
            source_export desc nulls last,
            declaration_line desc nulls last
    )

),

-- A month sent whole and then in fractions, or the reverse, is there twice: one cut of it stands, the newest whose
-- fractions have all arrived. One that is not complete waits, so that a month never loses agents on the way.
cuts as (

    select
        siret,
        pay_month,
        fraction_count,
        count(distinct fraction_rank) >= fraction_count as is_complete,
        max(built_on) as built_on,
        max(order_number) as order_number,
        max(received_at) as received_at
    from versions
    where kind = 'monthly' and version_rank = 1 and last_type_code <> '04'
    group by siret, pay_month, fraction_count

),

ranked_cuts as (

    select
        siret,
        pay_month,
        fraction_count,
        row_number() over (
            partition by siret, pay_month
            order by
                is_complete desc nulls last,
                built_on desc nulls last,
                order_number desc nulls last,
                received_at desc nulls last,
                fraction_count asc nulls last
        ) as cut_rank,
        row_number() over (
            partition by siret, pay_month
            order by
                built_on desc nulls last,
                order_number desc nulls last,
                received_at desc nulls last,
                fraction_count asc nulls last
        ) as newest_rank
    from cuts

),

judged as (

    select
        versions.*,
        case
            when versions.kind <> 'monthly' then versions.kind
            when versions.last_type_code = '04' then 'cancelled'
            when versions.version_rank > 1 or ranked_cuts.cut_rank > 1 then 'superseded'
            else 'standing'
        end as standing_status,
        case
            when versions.kind <> 'monthly' then versions.kind
            when versions.type_code = '04' then 'cancellation'
            when versions.last_type_code = '04' then 'cancelled'
            when versions.version_rank > 1 and versions.last_type_code in ('03', '05') then 'replaced'
            when versions.version_rank > 1 then 'sent_again'
            when ranked_cuts.cut_rank > 1 and ranked_cuts.newest_rank = 1 then 'fractions_awaited'
            when ranked_cuts.cut_rank > 1 then 'other_fractions'
            else 'last_version'
        end as standing_reason
    from versions
    left join ranked_cuts
        on
            versions.siret = ranked_cuts.siret
            and versions.pay_month = ranked_cuts.pay_month
            and versions.fraction_count = ranked_cuts.fraction_count

)

select
    source_export,
    source_record,
    declaration_line,
    declaration_key,
    envoi_rank,
    siren,
    siret,
    head_office_siret,
    pay_month,
    norm,
    software_name,
    software_vendor,
    software_version,
    test_code,
    group_code,
    sending_kind_code,
    nature_code,
    type_code,
    fraction_code,
    fraction_rank,
    fraction_count,
    order_number,
    built_on,
    replaced_declaration,
    currency_code,
    activity_code,
    legal_nature_code,
    individual_count,
    rubrique_count,
    encoding,
    replaced_character_count,
    received_at,
    standing_status,
    standing_reason,
    standing_status = 'standing' as is_standing,
    case
        when standing_reason = 'cancelled' then last_export
        when standing_status = 'superseded'
            then
                coalesce(
                    max(case when standing_status = 'standing' then source_export end) over (
                        partition by kind, siret, pay_month, fraction_rank, fraction_count
                    ),
                    max(case when standing_status = 'standing' then source_export end) over (
                        partition by kind, siret, pay_month
                    )
                )
    end as superseded_by_export,
    standing_status = 'standing' and first_sending_count > 1 as warning_sent_twice
from judged
