with lines as (

    select
        ligne.*,
        bulletin.matricule_pseudonym
    from {{ ref('stg_payroll_xhl__ligne') }} as ligne
    inner join {{ ref('stg_payroll_xhl__bulletin') }} as bulletin
        on
            ligne.source_export = bulletin.source_export
            and ligne.payslip_rank = bulletin.payslip_rank
    where ligne.is_gain or ligne.is_employer

),

families as (

    select
        source_export,
        source_record,
        family
    from (
        select
            lines.source_export,
            lines.source_record,
            families.family,
            row_number() over (
                partition by lines.source_export, lines.source_record
                order by length(families.account_prefix) desc nulls last
            ) as preference
        from lines
        inner join {{ ref('ref_payroll_family') }} as families
            on lines.account_code like families.account_prefix || '%'
    ) as ranked
    where preference = 1

),

funds as (

    select
        source_export,
        source_record,
        family
    from (
        select
            lines.source_export,
            lines.source_record,
            funds.family,
            row_number() over (
                partition by lines.source_export, lines.source_record
                order by length(funds.fund_pattern) desc nulls last, funds.fund_pattern asc nulls last
            ) as preference
        from lines
        inner join {{ ref('map_payroll_xhl__family') }} as funds
            on upper(coalesce(lines.fund_code, '') || ' ' || coalesce(lines.item_label, '')) like funds.fund_pattern
        where lines.is_employer and lines.account_code is null
    ) as ranked
    where preference = 1

),

components as (

    select
        source_export,
        source_record,
        component
    from (
        select
            lines.source_export,
            lines.source_record,
            components.component,
            row_number() over (
                partition by lines.source_export, lines.source_record
                order by length(components.label_pattern) desc nulls last, components.label_pattern asc nulls last
            ) as preference
        from lines
        inner join {{ ref('map_payroll_xhl__component') }} as components
            on
                -- A recall is a component of what it recalls, told by its label alone.
                (lines.element = components.element or (lines.element = 'Rappel' and components.element = 'Indemnite'))
                and upper(lines.item_label) like components.label_pattern
        where lines.is_gain
    ) as ranked
    where preference = 1

)

select
    'payroll_xhl' as source_system,
    lines.source_export,
    lines.source_record,
    lines.siren,
    lines.siret,
    lines.budget_code,
    lines.payslip_rank,
    lines.matricule_pseudonym,
    lines.pay_month,
    lines.attachment_month,
    case
        when not lines.is_gain then 'employer'
        -- Transport, meal vouchers… are paid on the payslip and booked beside the gross pay.
        when families.family = 'other_social' then 'other_cost'
        else 'gross'
    end as line_kind,
    case
        when lines.is_gain and families.family = 'other_social' then 'other_cost'
        when lines.is_gain then coalesce(components.component, 'other_pay')
        when coalesce(families.family, funds.family) in ('pension', 'elected_pension') then 'employer_pension'
        else 'employer_social'
    end as component,
    case
        when families.family is not null then families.family
        when lines.is_gain then 'gross'
        else coalesce(funds.family, 'other_contribution')
    end as family,
    lines.account_code,
    lines.amount_eur
from lines
left join families
    on
        lines.source_export = families.source_export
        and lines.source_record = families.source_record
left join funds
    on
        lines.source_export = funds.source_export
        and lines.source_record = funds.source_record
left join components
    on
        lines.source_export = components.source_export
        and lines.source_record = components.source_record
