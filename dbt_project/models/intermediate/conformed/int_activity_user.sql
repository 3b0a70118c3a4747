{#-
    A user who moved, or whose band changed, is in one category of each kind: that of most use in the year, so that the
    categories add up to the users of the activity. The four parts of where one lives go together. Ties: what is known
    before what is not, then the last code, which for age and quotient is the higher band, that of the end of the year.
-#}
{%- set text = dbt.type_string() -%}
{%- set kinds = {
    'area': ['residence_code', 'quartier_code', 'iris_code', 'qpv_code'],
    'age_band': ['age_band_code'],
    'sex': ['sex_code'],
    'quotient_band': ['quotient_band_code'],
    'facility': ['facility_code'],
} -%}
with uses as (

    -- Who booked and never came is no user.
    select
        usage_year,
        user_pseudonym,
        coalesce(activity_id, 'inconnu') as activity_id,
        coalesce(residence_code, 'inconnu') as residence_code,
        coalesce(quartier_code, 'non_localise') as quartier_code,
        coalesce(iris_code, 'non_localise') as iris_code,
        coalesce(
            qpv_code, case when iris_code is null and quartier_code is null then 'non_localise' else 'hors_qpv' end
        ) as qpv_code,
        coalesce(age_band_code, 'inconnu') as age_band_code,
        coalesce(sex_code, 'inconnu') as sex_code,
        coalesce(quotient_band_code, 'inconnu') as quotient_band_code,
        coalesce(facility_id, source_facility_code, 'inconnu') as facility_code,
        quantity
    from {{ ref('int_service_user') }}
    where quantity > 0

),

users as (

    select
        usage_year,
        activity_id,
        user_pseudonym,
        sum(quantity) as quantity
    from uses
    group by usage_year, activity_id, user_pseudonym

),

{% for kind, columns in kinds.items() -%}
{{ kind }}_ranked as (

    select
        usage_year,
        activity_id,
        user_pseudonym,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        row_number() over (
            partition by usage_year, activity_id, user_pseudonym
            order by
                sum(quantity) desc nulls last,
                {%- for column in columns %}
                case when {{ column }} in ('inconnu', 'non_localise') then 1 else 0 end asc nulls last,
                {%- endfor %}
                {{ columns | join(' desc nulls last, ') }} desc nulls last
        ) as use_rank
    from uses
    group by
        usage_year,
        activity_id,
        user_pseudonym,
        {{ columns | join(', ') }}

){{ ',' if not loop.last }}

{% endfor -%}
select
    users.usage_year,
    users.activity_id,
    users.user_pseudonym,
    {%- for kind, columns in kinds.items() %}
    {%- for column in columns %}
    {{ kind }}_ranked.{{ column }},
    {%- endfor %}
    {%- endfor %}
    users.quantity
from users
{% for kind in kinds %}
inner join {{ kind }}_ranked
    on
        users.usage_year = {{ kind }}_ranked.usage_year
        and users.activity_id = {{ kind }}_ranked.activity_id
        and users.user_pseudonym = {{ kind }}_ranked.user_pseudonym
        and {{ kind }}_ranked.use_rank = 1
{% endfor %}
