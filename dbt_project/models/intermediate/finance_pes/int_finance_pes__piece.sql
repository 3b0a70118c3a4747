with bordereaux as (

    select * from {{ ref('stg_finance_pes__bordereau') }}

),

pieces as (

    select * from {{ ref('stg_finance_pes__piece') }}

),

-- The last state that the comptable gave of each pièce; of two states of one day, the one further on its way.
retour_states as (

    select
        siret,
        collectivity_code,
        budget_code,
        domain_code,
        exercice,
        bordereau_number,
        bordereau_type_code,
        piece_number,
        max(retour_date) as retour_date,
        max(taken_in_charge_date) as taken_in_charge_date,
        max_by(piece_state_code, cast(retour_date as {{ dbt.type_string() }}) || piece_state_code) as piece_state_code
    from {{ ref('stg_finance_pes__retour') }}
    where piece_state_code is not null
    group by
        siret,
        collectivity_code,
        budget_code,
        domain_code,
        exercice,
        bordereau_number,
        bordereau_type_code,
        piece_number

),

-- The type of the bordereau is optional in a retour: the state that names it is preferred to the one that does not.
-- A state older than the flow is about an earlier sending and says nothing of this one.
stated as (

    select
        pieces.*,
        bordereaux.domain_code,
        bordereaux.direction,
        bordereaux.flow_type_code,
        bordereaux.flow_date,
        bordereaux.siret,
        bordereaux.collectivity_code,
        bordereaux.budget_code,
        bordereaux.budget_id,
        bordereaux.exercice,
        bordereaux.bordereau_number,
        bordereaux.bordereau_type_code,
        bordereaux.issue_date,
        bordereaux.standing_status as bordereau_standing_status,
        bordereaux.standing_reason as bordereau_standing_reason,
        bordereaux.superseded_by_export,
        case
            when typed.retour_date >= bordereaux.flow_date then typed.piece_state_code
            when untyped.retour_date >= bordereaux.flow_date then untyped.piece_state_code
        end as piece_state_code,
        case
            when typed.retour_date >= bordereaux.flow_date then typed.taken_in_charge_date
            when untyped.retour_date >= bordereaux.flow_date then untyped.taken_in_charge_date
        end as taken_in_charge_date
    from pieces
    inner join bordereaux
        on
            pieces.source_export = bordereaux.source_export
            and pieces.bordereau_rank = bordereaux.bordereau_rank
    left join retour_states as typed
        on
            bordereaux.siret = typed.siret
            and bordereaux.collectivity_code = typed.collectivity_code
            and bordereaux.budget_code = typed.budget_code
            and bordereaux.domain_code = typed.domain_code
            and bordereaux.exercice = typed.exercice
            and bordereaux.bordereau_number = typed.bordereau_number
            and bordereaux.bordereau_type_code = typed.bordereau_type_code
            and pieces.piece_number = typed.piece_number
    left join retour_states as untyped
        on
            bordereaux.siret = untyped.siret
            and bordereaux.collectivity_code = untyped.collectivity_code
            and bordereaux.budget_code = untyped.budget_code
            and bordereaux.domain_code = untyped.domain_code
            and bordereaux.exercice = untyped.exercice
            and bordereaux.bordereau_number = untyped.bordereau_number
            and pieces.piece_number = untyped.piece_number
            and untyped.bordereau_type_code is null

)

select
    source_export,
    source_record,
    bordereau_rank,
    piece_rank,
    domain_code,
    direction,
    siret,
    collectivity_code,
    budget_code,
    budget_id,
    exercice,
    bordereau_number,
    bordereau_type_code,
    issue_date,
    cast(date_trunc('month', issue_date) as date) as issue_month,
    piece_number,
    piece_type_code,
    piece_nature_code,
    piece_label,
    source_service_code,
    contract_number,
    invoice_number,
    piece_state_code,
    taken_in_charge_date,
    payment_delay_from,
    payment_delay_days,
    case when bordereau_type_code = '02' then -1 else 1 end as net_sign,
    bordereau_type_code = '02' as is_cancellation,
    -- 01-02-09 cancels a pièce of a closed year: a true expense or revenue of this year, never negated.
    coalesce(bordereau_type_code = '01' and piece_type_code = '02' and piece_nature_code = '09', false)
        as is_prior_year_cancellation,
    -- 10 is the accrual of a dépense, 11 that of a recette; 02-02-10 reverses either the year after.
    coalesce(
        (domain_code = 'D' and piece_type_code = '10')
        or (domain_code = 'R' and piece_type_code = '11')
        or (bordereau_type_code = '02' and piece_nature_code = '10'),
        false
    ) as is_accrual,
    coalesce(piece_type_code in ('03', '04'), false) as is_order,
    -- Bills of a role stand on transfer account 588: their revenue comes later, in the titre that sums the role up.
    coalesce(
        flow_type_code = 'PESORMC'
        or (domain_code = 'R' and (bordereau_type_code = '06' or piece_type_code = '15')),
        false
    ) as is_ormc,
    case
        when bordereau_standing_status = 'standing' and piece_state_code = '04' then 'rejected'
        else bordereau_standing_status
    end as standing_status,
    case
        when bordereau_standing_status = 'standing' and piece_state_code = '04' then 'piece_rejected'
        else bordereau_standing_reason
    end as standing_reason,
    superseded_by_export
from stated
