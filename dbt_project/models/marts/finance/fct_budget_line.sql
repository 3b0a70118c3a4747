with line as (
    select * from {{ ref('int_budget_totem__line') }}
)

select
    cast(line.source_export || '/' || line.source_record as string) as budget_line_id,
    cast(line.budget_id as string) as budget_id,
    cast(line.exercice as integer) as exercice,
    cast(line.decision_code as string) as decision_code,
    cast(decision.decision_label as string) as decision_label,
    cast(line.decision_number as string) as decision_number,
    cast(line.is_final_account as boolean) as is_final_account,
    cast(line.norm as string) as norm,
    cast(line.section as string) as section,
    cast(line.direction as string) as direction,
    cast(line.is_real as boolean) as is_real,
    cast(line.is_result_or_transfer as boolean) as is_result_or_transfer,
    cast(line.chapter_code as string) as chapter_code,
    cast(line.chapter_label as string) as chapter_label,
    cast(line.chapter_source as string) as chapter_source,
    cast(
        case when not line.warning_nature_unknown then line.norm || '-' || line.nature_code end
        as string
    ) as nature_id,
    cast(line.nature_code as string) as nature_code,
    cast(coalesce(line.nature_label, line.line_label) as string) as nature_label,
    cast(
        case when not line.warning_function_unknown then line.norm || '-' || line.function_code end
        as string
    ) as function_id,
    cast(line.function_code as string) as function_code,
    cast(line.function_m57_code as string) as function_m57_code,
    cast(line.operation_code as string) as operation_code,
    cast(line.voted_eur as decimal(16, 2)) as voted_eur,
    cast(line.realised_eur as decimal(16, 2)) as realised_eur,
    cast(line.carried_in_eur as decimal(16, 2)) as carried_in_eur,
    cast(line.carried_out_eur as decimal(16, 2)) as carried_out_eur,
    cast(line.warning_nature_unknown as boolean) as warning_nature_unknown,
    cast(line.warning_function_unknown as boolean) as warning_function_unknown,
    cast(line.warning_function_not_bridged as boolean) as warning_function_not_bridged,
    cast(line.warning_section_differs as boolean) as warning_section_differs,
    cast(line.source_system as string) as source_system,
    cast(line.source_export as string) as source_export,
    cast(line.source_record as string) as source_record
from line
left join {{ ref('ref_decision') }} as decision
    on line.decision_code = decision.decision_code
