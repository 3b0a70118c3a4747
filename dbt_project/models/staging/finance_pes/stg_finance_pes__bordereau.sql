with source as (

    select * from {{ source('finance_pes', 'bordereau') }}

),

renamed as (

    select
        source_export,
        source_record,
        try_cast(bordereau_rank as integer) as bordereau_rank,
        domain as domain_code,
        case domain when 'D' then 'expense' when 'R' then 'revenue' end as direction,
        typ_fic as flow_type_code,
        nom_fic as flow_name,
        {{ pes_date('dte_str') }} as flow_date,
        id_post as accounting_office_code,
        id_coll as siret,
        cod_col as collectivity_code,
        cod_bud as budget_code,
        id_coll || '-' || cod_bud as budget_id,
        libelle_col_bud as budget_label,
        try_cast(exer as integer) as exercice,
        {{ pes_number('id_bord') }} as bordereau_number,
        typ_bord as bordereau_type_code,
        {{ pes_date('dte_bord_em') }} as issue_date,
        try_cast(nbr_pce as integer) as stated_piece_count,
        try_cast(mt_cumul_annuel as decimal(16, 2)) as stated_year_total_eur,
        try_cast(mt_bord_ht as decimal(16, 2)) as stated_total_eur,
        try_cast(mt_bord_tva as decimal(16, 2)) as stated_vat_eur
    from source

),

acquits as (

    select * from {{ ref('stg_finance_pes__acquit') }}
    where judges_bordereau

),

-- An element that names the flow judges what it names in it: a bordereau, a whole side of it, or (all NULL) everything.
acquits_by_flow as (

    select
        renamed.source_export,
        renamed.bordereau_rank,
        acquits.source_export as acquit_export,
        acquits.source_record as acquit_record,
        acquits.acquit_date,
        acquits.is_refusal,
        acquits.bordereau_number is not null as is_about_bordereau,
        acquits.error_code
    from renamed
    inner join acquits
        on
            renamed.flow_name = acquits.flow_name
            and renamed.siret = coalesce(acquits.siret, renamed.siret)
            and renamed.domain_code = coalesce(acquits.domain_code, renamed.domain_code)
            and renamed.bordereau_number = coalesce(acquits.bordereau_number, renamed.bordereau_number)
            and renamed.exercice = coalesce(acquits.exercice, renamed.exercice)

),

flow_names as (

    select distinct flow_name from renamed

),

-- Some tiers de télétransmission rename the flow: the acknowledgement then names no flow we hold, and goes to the last
-- sending of that bordereau on or before its date.
acquits_by_number as (

    select
        renamed.source_export,
        renamed.bordereau_rank,
        acquits.source_export as acquit_export,
        acquits.source_record as acquit_record,
        acquits.acquit_date,
        acquits.is_refusal,
        true as is_about_bordereau,
        acquits.error_code,
        row_number() over (
            partition by acquits.source_export, acquits.source_record
            order by
                renamed.flow_date desc nulls last,
                renamed.flow_name desc nulls last,
                renamed.source_export desc nulls last,
                renamed.bordereau_rank desc nulls last
        ) as sending_rank
    from acquits
    left join flow_names
        on acquits.flow_name = flow_names.flow_name
    inner join renamed
        on
            acquits.siret = renamed.siret
            and acquits.bordereau_number = renamed.bordereau_number
            and acquits.exercice = renamed.exercice
            and coalesce(acquits.domain_code, renamed.domain_code) = renamed.domain_code
            and acquits.acquit_date >= renamed.flow_date
    where flow_names.flow_name is null

),

verdicts as (

    select
        source_export,
        bordereau_rank,
        acquit_export,
        acquit_record,
        acquit_date,
        is_refusal,
        is_about_bordereau,
        error_code
    from acquits_by_flow

    union all

    select
        source_export,
        bordereau_rank,
        acquit_export,
        acquit_record,
        acquit_date,
        is_refusal,
        is_about_bordereau,
        error_code
    from acquits_by_number
    where sending_rank = 1

),

-- The last acknowledgement speaks; of two elements of one day, the refusal does.
verdicts_in_order as (

    select
        source_export,
        bordereau_rank,
        acquit_export,
        is_refusal,
        is_about_bordereau,
        error_code,
        row_number() over (
            partition by source_export, bordereau_rank
            order by
                acquit_date desc nulls last,
                is_refusal desc nulls last,
                is_about_bordereau desc nulls last,
                acquit_export desc nulls last,
                acquit_record asc nulls last
        ) as verdict_rank
    from verdicts

),

-- DteStr, then NomFic (vendors put the time or a counter in it), then the export: never the order of arrival, so that
-- the same files give the same ledger whatever day they were dropped.
sendings as (

    select
        renamed.*,
        verdicts_in_order.acquit_export,
        verdicts_in_order.error_code as acquit_error_code,
        verdicts_in_order.is_about_bordereau,
        coalesce(verdicts_in_order.is_refusal, false) as is_refused,
        row_number() over (
            partition by
                renamed.siret,
                renamed.collectivity_code,
                renamed.budget_code,
                renamed.domain_code,
                renamed.exercice,
                renamed.bordereau_type_code,
                renamed.bordereau_number
            order by
                coalesce(verdicts_in_order.is_refusal, false) asc nulls last,
                renamed.flow_date desc nulls last,
                renamed.flow_name desc nulls last,
                renamed.source_export desc nulls last,
                renamed.bordereau_rank desc nulls last
        ) as choice_rank
    from renamed
    left join verdicts_in_order
        on
            renamed.source_export = verdicts_in_order.source_export
            and renamed.bordereau_rank = verdicts_in_order.bordereau_rank
            and verdicts_in_order.verdict_rank = 1

),

judged as (

    select
        *,
        case
            when acquit_export is null then 'none'
            when is_refused then 'refused'
            else 'accepted'
        end as acquit_status,
        case
            when is_refused then 'refused'
            when choice_rank = 1 then 'standing'
            else 'superseded'
        end as standing_status,
        case
            when is_refused and is_about_bordereau then 'bordereau_refused'
            when is_refused then 'flow_refused'
            when choice_rank > 1 then 'sent_again'
            when acquit_export is null then 'last_sending_without_acquit'
            else 'last_sending_accepted'
        end as standing_reason,
        max(case when choice_rank = 1 and not is_refused then source_export end) over (
            partition by
                siret,
                collectivity_code,
                budget_code,
                domain_code,
                exercice,
                bordereau_type_code,
                bordereau_number
        ) as standing_export
    from sendings

)

select
    source_export,
    source_record,
    bordereau_rank,
    domain_code,
    direction,
    flow_type_code,
    flow_name,
    flow_date,
    accounting_office_code,
    siret,
    collectivity_code,
    budget_code,
    budget_id,
    budget_label,
    exercice,
    bordereau_number,
    bordereau_type_code,
    issue_date,
    stated_piece_count,
    stated_year_total_eur,
    stated_total_eur,
    stated_vat_eur,
    acquit_status,
    acquit_export,
    acquit_error_code,
    standing_status,
    standing_reason,
    case when standing_status <> 'standing' then standing_export end as superseded_by_export
from judged
