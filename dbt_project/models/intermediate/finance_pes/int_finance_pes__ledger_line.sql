with lines as (

    select * from {{ ref('stg_finance_pes__ligne') }}

),

pieces as (

    select * from {{ ref('int_finance_pes__piece') }}

),

-- What a cancellation may cancel: it does not say itself whether it undoes an order operation.
originals as (

    select
        budget_id,
        domain_code,
        exercice,
        piece_number,
        max(case when is_order then 1 else 0 end) as is_order
    from pieces
    where standing_status = 'standing' and not is_cancellation
    group by
        budget_id,
        domain_code,
        exercice,
        piece_number

),

joined as (

    select
        lines.*,
        pieces.budget_id,
        pieces.siret,
        pieces.exercice,
        pieces.direction,
        pieces.domain_code,
        pieces.bordereau_number,
        pieces.bordereau_type_code,
        pieces.piece_number,
        pieces.piece_type_code,
        pieces.piece_nature_code,
        pieces.piece_label,
        pieces.issue_date,
        pieces.issue_month,
        pieces.source_service_code,
        pieces.piece_state_code,
        pieces.taken_in_charge_date,
        pieces.payment_delay_from,
        pieces.payment_delay_days,
        pieces.contract_number as piece_contract_number,
        pieces.invoice_number as piece_invoice_number,
        pieces.net_sign,
        pieces.is_cancellation,
        pieces.is_prior_year_cancellation,
        pieces.is_accrual,
        pieces.is_ormc,
        pieces.standing_status,
        pieces.standing_reason,
        pieces.superseded_by_export,
        case when pieces.is_cancellation then originals.piece_number is not null end as is_original_found,
        pieces.is_order or coalesce(originals.is_order = 1, false) as is_order,
        budgets.norm,
        budgets.variant,
        -- A budget voted by function writes chapter and function together: 90515 is function 515, 94x has none.
        case
            when not budgets.is_voted_by_function then lines.function_code
            when substr(lines.function_code, 1, 2) in ('90', '93') then nullif(substr(lines.function_code, 3), '')
            when substr(lines.function_code, 1, 1) <> '9' then lines.function_code
        end as own_function_code
    from lines
    inner join pieces
        on
            lines.source_export = pieces.source_export
            and lines.piece_rank = pieces.piece_rank
    inner join {{ ref('int_finance_pes__budget') }} as budgets
        on
            pieces.budget_id = budgets.budget_id
            and pieces.exercice = budgets.exercice
    left join originals
        on
            pieces.budget_id = originals.budget_id
            and pieces.domain_code = originals.domain_code
            and coalesce(lines.original_exercice, pieces.exercice) = originals.exercice
            and case when pieces.is_cancellation then lines.original_piece_number end = originals.piece_number

)

select
    'finance_pes' as source_system,
    joined.source_export,
    joined.source_record,
    joined.budget_id,
    joined.exercice,
    joined.issue_month,
    joined.issue_date,
    joined.direction,
    joined.bordereau_number,
    joined.bordereau_type_code,
    joined.piece_number,
    joined.piece_type_code,
    joined.piece_nature_code,
    joined.piece_state_code,
    joined.taken_in_charge_date,
    joined.payment_delay_from,
    joined.payment_delay_days,
    joined.line_number,
    coalesce(joined.line_label, joined.piece_label) as line_label,
    joined.norm,
    joined.nature_code,
    case when natures.is_known then joined.norm || '-' || joined.nature_code end as nature_id,
    joined.own_function_code as function_code,
    joined.norm || '-' || functions.function_code as function_id,
    functions.function_m57_code,
    natures.section,
    natures.section_source,
    natures.chapter_code,
    joined.operation_code,
    joined.source_service_code,
    joined.source_analytic_code,
    joined.source_product_code,
    coalesce(joined.contract_number, joined.piece_contract_number) as contract_id,
    coalesce(joined.invoice_number, joined.piece_invoice_number) as invoice_number,
    joined.asset_number,
    joined.loan_number,
    case
        when joined.tiers_count = 0 then null
        when joined.is_person then 'person-' || coalesce(joined.tiers_pseudonym, 'unknown')
        when joined.tiers_identifier_kind_code = '01' and joined.tiers_identifier is not null
            then 'siret-' || joined.tiers_identifier
        when joined.tiers_identifier_kind_code = '02' and joined.tiers_identifier is not null
            then 'siren-' || joined.tiers_identifier
        when joined.tiers_identifier is not null
            then 'id-' || coalesce(joined.tiers_identifier_kind_code, '') || '-' || joined.tiers_identifier
        -- The vendor's own number is known to one ordonnateur only, and "divers" share one: the name goes with it.
        when joined.tiers_reference is not null or joined.tiers_name is not null
            then 'ref-' || md5(
                joined.siret
                || '/' || coalesce(joined.tiers_reference, '')
                || '/' || coalesce(upper(joined.tiers_name), '')
            )
    end as tiers_id,
    joined.is_person as is_person_tiers,
    joined.tiers_identifier,
    joined.tiers_identifier_kind_code,
    joined.tiers_reference,
    joined.tiers_name,
    joined.tiers_category_code,
    joined.tiers_legal_form_code,
    cast(joined.net_sign * joined.amount_eur as decimal(16, 2)) as amount_eur,
    cast(joined.net_sign * joined.vat_amount_eur as decimal(16, 2)) as vat_amount_eur,
    joined.is_order,
    joined.is_ormc,
    joined.is_accrual,
    joined.is_cancellation,
    joined.is_prior_year_cancellation,
    joined.original_exercice,
    joined.original_piece_number,
    joined.is_original_found,
    joined.standing_status,
    joined.standing_reason,
    joined.superseded_by_export
from joined
left join {{ ref('int_finance_pes__nature') }} as natures
    on
        joined.norm = natures.norm
        and joined.variant = natures.variant
        and joined.exercice = natures.exercice
        and joined.nature_code = natures.nature_code
        and joined.direction = natures.direction
        and joined.is_order = natures.is_order
left join {{ ref('int_reference__function') }} as functions
    on
        joined.norm = functions.norm
        and joined.own_function_code = functions.function_code
