{#- Elected members are left out: their cost is in chapter 65 and follows other rules. -#}
{%- set text = dbt.type_string() -%}
{%- set recurring = "is_permanent and is_current
    and component in ('base_pay', 'nbi', 'residence', 'sft', 'ifse', 'benefit')" -%}
{%- set once = "component in ('cia', 'gipa', 'leave_end')" -%}
{%- set is_charge = "component in ('employer_pension', 'employer_social', 'other_cost')" -%}
{%- set indexed = "is_permanent and is_current and component in ('base_pay', 'nbi', 'residence')" -%}
{%- set cnracl = "status_code in ('titulaire', 'stagiaire')" -%}
with per_agent as (

    select
        employer_siren,
        budget_id,
        coalesce(budget_id, employer_siren) as scope_id,
        pay_month,
        agent_id,
        sum(case when {{ recurring }} then amount_eur else 0 end) as recurring_gross_eur,
        sum(case when {{ indexed }} then amount_eur else 0 end) as indexed_pay_eur,
        sum(
            case when {{ cnracl }} and {{ indexed }} and component <> 'residence' then amount_eur else 0 end
        ) as cnracl_pay_eur,
        sum(
            case when not {{ cnracl }} and {{ recurring }} then amount_eur else 0 end
        ) as general_pay_eur,
        sum(case when is_permanent and {{ once }} then amount_eur else 0 end) as once_gross_eur,
        sum(
            case
                when is_permanent and not {{ is_charge }} and not {{ once }} and not ({{ recurring }}) then amount_eur
                else 0
            end
        ) as variable_gross_eur,
        sum(case when is_permanent and {{ is_charge }} then amount_eur else 0 end) as permanent_charges_eur,
        sum(case when not is_permanent then amount_eur else 0 end) as temporary_cost_eur,
        sum(amount_eur) as cost_eur,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from {{ ref('fct_pay_component') }}
    where not is_elected
    group by employer_siren, budget_id, coalesce(budget_id, employer_siren), pay_month, agent_id

),

paid as (

    select
        employer_siren,
        budget_id,
        scope_id,
        pay_month,
        sum(recurring_gross_eur) as recurring_gross_eur,
        sum(indexed_pay_eur) as indexed_pay_eur,
        sum(cnracl_pay_eur) as cnracl_pay_eur,
        sum(general_pay_eur) as general_pay_eur,
        sum(once_gross_eur) as once_gross_eur,
        sum(variable_gross_eur) as variable_gross_eur,
        sum(permanent_charges_eur) as permanent_charges_eur,
        sum(temporary_cost_eur) as temporary_cost_eur,
        sum(cost_eur) as cost_eur,
        count(distinct case when cost_eur <> 0 then agent_id end) as agent_count,
        sum(abs(cost_eur)) as weight_eur,
        max(abs(cost_eur)) as largest_eur,
        max(source_system) as source_system,
        max(source_export) as source_export,
        min(source_record) as source_record
    from per_agent
    group by employer_siren, budget_id, scope_id, pay_month

),

worked as (

    select
        substr(employer_siret, 1, 9) as employer_siren,
        budget_id,
        pay_month,
        sum(case when is_permanent then etpr else 0 end) as permanent_etpr,
        count(distinct case when is_permanent and is_present_at_month_end then agent_id end) as permanent_agents
    from {{ ref('fct_agent_month') }}
    group by substr(employer_siret, 1, 9), budget_id, pay_month

)

select
    cast(paid.scope_id as {{ text }}) as scope_id,
    cast(paid.employer_siren as {{ text }}) as employer_siren,
    cast(paid.budget_id as {{ text }}) as budget_id,
    cast(paid.pay_month as date) as pay_month,
    cast(extract(year from paid.pay_month) as integer) as exercice,
    cast(paid.agent_count as integer) as agent_count,
    cast(coalesce(worked.permanent_agents, 0) as integer) as permanent_agents,
    cast(coalesce(worked.permanent_etpr, 0) as decimal(18, 4)) as permanent_etpr,
    cast(paid.recurring_gross_eur as decimal(16, 2)) as recurring_gross_eur,
    cast(paid.indexed_pay_eur as decimal(16, 2)) as indexed_pay_eur,
    cast(paid.cnracl_pay_eur as decimal(16, 2)) as cnracl_pay_eur,
    cast(paid.general_pay_eur as decimal(16, 2)) as general_pay_eur,
    cast(paid.once_gross_eur as decimal(16, 2)) as once_gross_eur,
    cast(paid.variable_gross_eur as decimal(16, 2)) as variable_gross_eur,
    cast(paid.permanent_charges_eur as decimal(16, 2)) as permanent_charges_eur,
    cast(paid.temporary_cost_eur as decimal(16, 2)) as temporary_cost_eur,
    cast(paid.cost_eur as decimal(16, 2)) as cost_eur,
    cast(paid.weight_eur as decimal(16, 2)) as weight_eur,
    cast(paid.largest_eur as decimal(16, 2)) as largest_eur,
    cast(paid.source_system as {{ text }}) as source_system,
    cast(paid.source_export as {{ text }}) as source_export,
    cast(paid.source_record as {{ text }}) as source_record
from paid
left join worked
    on
        paid.employer_siren = worked.employer_siren
        and coalesce(paid.budget_id, '') = coalesce(worked.budget_id, '')
        and paid.pay_month = worked.pay_month
