{#- In both norms a code begins with those of its parents: its first digit is the function of level 1. -#}
with listed as (
    select * from {{ ref('int_reference__function') }}
)

select
    cast(listed.norm || '-' || listed.function_code as string) as function_id,
    cast(listed.norm as string) as norm,
    cast(listed.function_code as string) as function_code,
    cast(listed.function_label as string) as function_label,
    cast(listed.parent_code as string) as parent_code,
    cast(parent.function_label as string) as parent_label,
    cast(listed.function_level as integer) as function_level,
    cast(level_1.function_code as string) as level_1_code,
    cast(level_1.function_label as string) as level_1_label,
    cast(listed.function_m57_code as string) as function_m57_code,
    cast(m57.function_label as string) as function_m57_label,
    cast(m57_level_1.function_code as string) as function_m57_level_1_code,
    cast(m57_level_1.function_label as string) as function_m57_level_1_label,
    cast(listed.function_code in ('0', '01') as boolean) as is_unallocated,
    cast(listed.bridge_note as string) as bridge_note
from listed
left join listed as parent
    on listed.norm = parent.norm and listed.parent_code = parent.function_code
left join listed as level_1
    on listed.norm = level_1.norm and substr(listed.function_code, 1, 1) = level_1.function_code
left join listed as m57
    on m57.norm = 'M57' and listed.function_m57_code = m57.function_code
left join listed as m57_level_1
    on m57_level_1.norm = 'M57' and substr(listed.function_m57_code, 1, 1) = m57_level_1.function_code
