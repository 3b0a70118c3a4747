{%- set amounts = {
    'mt_budg_prec': 'previous_budget_eur',
    'mt_rar_prec': 'carried_in_eur',
    'mt_prop_nouv': 'new_proposal_eur',
    'mt_prev': 'forecast_eur',
    'cred_ouv': 'credits_opened_eur',
    'mt_real': 'realised_eur',
    'mt_rar3112': 'carried_out_eur',
    'cred_annules': 'credits_cancelled_eur',
    'mt_mdt_titre_emis': 'issued_eur',
    'mt_sup_prod_cha_rat': 'accrued_eur',
} -%}
with source as (
    select * from {{ source('budget_totem', 'ligne') }}
),

renamed as (
    select
        'budget_totem' as source_system,
        source_export,
        source_record,
        nature as nature_code,
        lib_cpte as line_label,
        fonction as function_as_voted,
        coalesce(operation, cont_op) as operation_code,
        cont_nat as voted_chapter_nature,
        cont_fon as voted_chapter_function,
        case cod_rd when 'D' then 'expense' when 'R' then 'revenue' end as direction,
        -- 0 is a real or mixed operation; an absent mark is read as real, as in documents before the mark existed.
        coalesce(op_budg, '0') = '0' as is_real,
        coalesce(typ_op_budg, '2') = '1' as is_inside_section,
        ope_cpte_tiers as third_party_operation_code,
        carac_sup_section as section_by_vendor,
        {%- for field, column in amounts.items() %}
        cast({{ field }} as decimal(16, 2)) as {{ column }},
        {%- endfor %}
        coalesce(calculated, 'false') in ('true', '1') as is_calculated
    from source
)

select * from renamed
