select
    document.budget_id,
    document.exercice,
    ratio.ratio_number,
    information.printed_text,
    information.printed_value,
    information.printed_decimals,
    information.source_export,
    information.source_record
from {{ ref('stg_budget_totem__information') }} as information
inner join {{ ref('int_budget_totem__document') }} as document
    on information.source_export = document.source_export
inner join {{ ref('ref_legal_ratio') }} as ratio
    on information.information_code = ratio.printed_code
where document.is_final_account and information.printed_value is not null
