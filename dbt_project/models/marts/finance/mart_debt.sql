{#- Labels of the codes of the debt annex: schema of the DGCL, version 95 (CommunAnnexe.xsd). -#}
{%- set kinds = {
    '01': 'Emprunt de la commune',
    '02': 'Emprunt pour un autre organisme',
    '05': 'Emprunt de refinancement',
    '06': 'Emprunt refinancé',
    '09': 'Emprunt garanti',
    '11': 'Emprunt obligataire',
} -%}
{%- set lenders = {'01': 'Organisme privé', '02': 'Organisme public', '03': 'Émission obligataire'} -%}
{%- set rates = {'F': 'Fixe', 'V': 'Variable simple', 'R': 'Préfixé ou révisable', 'C': 'Complexe'} -%}
{%- set profiles = {'C': 'Capital constant', 'P': 'Progressif', 'F': 'In fine', 'X': 'Autre'} -%}
{%- set periods = {
    'M': 'Mensuelle', 'B': 'Bimestrielle', 'I': 'Trimestrielle', 'S': 'Semestrielle', 'A': 'Annuelle', 'X': 'Autre',
} -%}
{%- set labels = {
    'loan_kind_label': ('loan_kind_code', kinds),
    'lender_kind_label': ('lender_kind_code', lenders),
    'rate_kind_label': ('rate_kind_code', rates),
    'repayment_profile_label': ('repayment_profile_code', profiles),
    'repayment_period_label': ('repayment_period_code', periods),
} -%}
with loan as (
    select
        *,
        capital_due_start_eur - capital_repaid_eur - capital_due_end_eur
        + case
            when cashed_year = exercice and capital_due_start_eur = 0 then coalesce(original_amount_eur, 0) else 0
        end as balance_gap_eur
    from {{ ref('int_budget_totem__loan') }}
)

select
    cast(source_export || '/' || source_record as string) as loan_id,
    cast(budget_id as string) as budget_id,
    cast(exercice as integer) as exercice,
    cast(loan_kind_code as string) as loan_kind_code,
    cast(loan_kind_code = '01' as boolean) as is_own_debt,
    cast(contract_number as string) as contract_number,
    cast(nature_code as string) as nature_code,
    cast(coalesce(lender_name, 'Prêteur non nommé') as string) as lender_name,
    cast(purpose as string) as purpose,
    cast(signed_on as date) as signed_on,
    cast(cashed_year as integer) as cashed_year,
    cast(original_amount_eur as decimal(16, 2)) as original_amount_eur,
    cast(capital_due_start_eur as decimal(16, 2)) as capital_due_start_eur,
    cast(capital_repaid_eur as decimal(16, 2)) as capital_repaid_eur,
    cast(capital_due_end_eur as decimal(16, 2)) as capital_due_end_eur,
    cast(interest_paid_eur as decimal(16, 2)) as interest_paid_eur,
    cast(capital_repaid_eur + interest_paid_eur as decimal(16, 2)) as annuity_eur,
    cast(accrued_interest_eur as decimal(16, 2)) as accrued_interest_eur,
    cast(rate_kind_code as string) as rate_kind_code,
    cast(rate_index as string) as rate_index,
    cast(current_rate_pct as decimal(9, 4)) as current_rate_pct,
    cast(remaining_years as decimal(9, 2)) as remaining_years,
    cast(exercice + ceil(remaining_years) as integer) as estimated_end_year,
    cast(gissler_index_code || gissler_structure_code as string) as gissler_class,
    {%- for name, (code, texts) in labels.items() %}
    cast(
        case {{ code }}
            {%- for value, text in texts.items() %}
            when '{{ value }}' then '{{ text }}'
            {%- endfor %}
        end as string
    ) as {{ name }},
    {%- endfor %}
    cast(balance_gap_eur <> 0 as boolean) as warning_balance,
    cast(source_system as string) as source_system,
    cast(source_export as string) as source_export,
    cast(source_record as string) as source_record
from loan
