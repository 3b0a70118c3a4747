{%- set text = dbt.type_string() -%}
select
    cast(budget_id as {{ text }}) as budget_id,
    cast(siret as {{ text }}) as employer_siret,
    cast(agent_id as {{ text }}) as agent_id,
    cast(contract_id as {{ text }}) as contract_id,
    cast(pay_month as date) as pay_month,
    cast(attachment_month as date) as attachment_month,
    cast(service_id as {{ text }}) as service_id,
    cast(facility_id as {{ text }}) as facility_id,
    cast(activity_id as {{ text }}) as activity_id,
    cast(status_code as {{ text }}) as status_code,
    cast(line_kind as {{ text }}) as line_kind,
    cast(component as {{ text }}) as component,
    cast(family as {{ text }}) as family,
    cast(account_code as {{ text }}) as account_code,
    cast(amount_eur as decimal(16, 2)) as amount_eur,
    cast(hours as decimal(9, 2)) as hours,
    cast(warning_contract_unknown as boolean) as warning_contract_unknown,
    cast(warning_share_unknown as boolean) as warning_share_unknown,
    cast(source_system as {{ text }}) as source_system,
    cast(source_export as {{ text }}) as source_export,
    cast(source_record as {{ text }}) as source_record
from {{ ref('int_pay_line') }}
