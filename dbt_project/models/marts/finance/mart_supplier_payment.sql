{#-
    Suppliers are those of purchases, works and equipment: accounts 60 to 62 without staff (621), and 20, 21, 23 without
    grants (204). The first ones of the year are named, if they are organisations; the others are together.
    Each part of the delay: name -> (first day, last day, legal days): decree 2013-269 of 29 March 2013, article 12 for the
    10 days of the comptable; the delay of the contract, else 30 days, for the whole.
-#}
{%- set named = 100 -%}
{%- set delays = {
    'ordonnateur': ('payment_delay_from', 'issue_date', '20'),
    'comptable': ('issue_date', 'taken_in_charge_date', '10'),
    'global': ('payment_delay_from', 'taken_in_charge_date', 'coalesce(payment_delay_days, 30)'),
} -%}
with line as (
    select
        *,
        {%- for part, (first, last, limit) in delays.items() %}
        {{ days_between(first, last) }} as {{ part }}_days,
        {%- endfor %}
        case
            when tiers_id is null then 'unstated'
            when is_person_tiers then 'persons'
            else tiers_id
        end as supplier_id
    from {{ ref('int_finance_pes__ledger_line') }}
    where
        standing_status = 'standing'
        and direction = 'expense'
        and not is_order
        and not is_ormc
        and (
            substr(nature_code, 1, 2) in ('60', '61', '62', '20', '21', '23')
            and substr(nature_code, 1, 3) not in ('204', '621')
        )
),

year_of_supplier as (
    select
        budget_id,
        exercice,
        supplier_id,
        sum(amount_eur) as year_amount_eur,
        case when supplier_id in ('persons', 'unstated') then 0 else 1 end as is_organisation
    from line
    group by budget_id, exercice, supplier_id
),

ranked as (
    select
        *,
        sum(year_amount_eur) over (partition by budget_id, exercice) as total_eur,
        case
            when is_organisation = 1
                then row_number() over (
                    partition by budget_id, exercice
                    order by
                        is_organisation desc nulls last,
                        year_amount_eur desc nulls last,
                        supplier_id asc nulls last
                )
        end as supplier_rank
    from year_of_supplier
),

supplier as (
    select
        *,
        case
            when supplier_rank > {{ named }} then 'others'
            else supplier_id
        end as group_id,
        sum(case when supplier_rank <= 10 then year_amount_eur else 0 end) over (
            partition by budget_id, exercice
        ) as first_ten_eur
    from ranked
),

piece as (
    select
        line.budget_id,
        line.exercice,
        line.issue_month,
        supplier.group_id,
        line.bordereau_type_code,
        line.bordereau_number,
        line.piece_number,
        max(supplier.total_eur) as total_eur,
        max(supplier.first_ten_eur) as first_ten_eur,
        max(case when line.is_cancellation or line.is_accrual then 0 else 1 end) as is_payment,
        count(*) as line_count,
        sum(line.amount_eur) as amount_eur,
        sum(coalesce(line.vat_amount_eur, 0)) as vat_amount_eur,
        {%- for part in delays %}
        max(
            case
                when line.{{ part }}_days >= 0 and not line.is_cancellation and not line.is_accrual
                    then line.{{ part }}_days
            end
        ) as {{ part }}_days,
        {%- endfor %}
        max(line.payment_delay_days) as payment_delay_days,
        max(line.source_system) as source_system,
        max(line.source_export) as source_export
    from line
    inner join supplier
        on
            line.budget_id = supplier.budget_id
            and line.exercice = supplier.exercice
            and line.supplier_id = supplier.supplier_id
    group by
        line.budget_id,
        line.exercice,
        line.issue_month,
        supplier.group_id,
        line.bordereau_type_code,
        line.bordereau_number,
        line.piece_number
),

summed as (
    select
        budget_id,
        exercice,
        issue_month,
        group_id,
        sum(is_payment) as piece_count,
        sum(line_count) as line_count,
        sum(amount_eur) as amount_eur,
        sum(vat_amount_eur) as vat_amount_eur,
        {%- for part, (first, last, limit) in delays.items() %}
        count({{ part }}_days) as {{ part }}_dated_count,
        sum({{ part }}_days) as {{ part }}_days_sum,
        sum(case when {{ part }}_days > {{ limit }} then 1 else 0 end) as {{ part }}_late_count,
        {%- endfor %}
        max(total_eur) as total_eur,
        max(first_ten_eur) as first_ten_eur,
        max(source_system) as source_system,
        max(source_export) as source_export
    from piece
    group by budget_id, exercice, issue_month, group_id
),

year_of_group as (
    select
        budget_id,
        exercice,
        group_id,
        min(supplier_rank) as supplier_rank,
        sum(year_amount_eur) as year_amount_eur
    from supplier
    group by budget_id, exercice, group_id
)

select
    cast(summed.budget_id as string) as budget_id,
    cast(summed.exercice as integer) as exercice,
    cast(summed.issue_month as date) as month,
    cast(summed.group_id as string) as supplier_group_id,
    cast(
        case summed.group_id
            when 'persons' then 'Personnes physiques'
            when 'unstated' then 'Tiers non précisé'
            when 'others' then 'Autres fournisseurs'
            else coalesce(tiers.tiers_label, 'Tiers sans nom')
        end as string
    ) as supplier_label,
    cast(tiers.tiers_siren as string) as supplier_siren,
    cast(case when summed.group_id <> 'others' then year_of_group.supplier_rank end as integer) as supplier_rank,
    cast(summed.piece_count as integer) as piece_count,
    cast(summed.line_count as integer) as line_count,
    cast(summed.amount_eur as decimal(16, 2)) as amount_eur,
    cast(summed.vat_amount_eur as decimal(16, 2)) as vat_amount_eur,
    cast(summed.amount_eur + summed.vat_amount_eur as decimal(16, 2)) as amount_with_vat_eur,
    {%- for part in delays %}
    cast(summed.{{ part }}_dated_count as integer) as {{ part }}_dated_count,
    cast(summed.{{ part }}_days_sum as integer) as {{ part }}_days_sum,
    cast(
        summed.{{ part }}_days_sum / nullif(summed.{{ part }}_dated_count, 0) as decimal(18, 6)
    ) as {{ part }}_mean_days,
    cast(
        case when summed.{{ part }}_dated_count > 0 then summed.{{ part }}_late_count end as integer
    ) as {{ part }}_late_count,
    {%- endfor %}
    cast(summed.global_late_count / nullif(summed.global_dated_count, 0) as decimal(18, 6)) as global_late_share,
    cast(year_of_group.year_amount_eur / nullif(summed.total_eur, 0) as decimal(18, 6)) as year_share,
    cast(summed.first_ten_eur / nullif(summed.total_eur, 0) as decimal(18, 6)) as first_ten_share,
    cast(summed.source_system as string) as source_system,
    cast(summed.source_export as string) as source_export
from summed
inner join year_of_group
    on
        summed.budget_id = year_of_group.budget_id
        and summed.exercice = year_of_group.exercice
        and summed.group_id = year_of_group.group_id
left join {{ ref('dim_tiers') }} as tiers
    on summed.group_id = tiers.tiers_id
