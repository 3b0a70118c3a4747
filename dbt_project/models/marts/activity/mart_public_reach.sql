{#-
    Each breakdown cuts one published cell: name -> (breakdown and condition of the cell that it cuts, group, category).
    The total is cut by age, sex, quotient and residence; the residents by quartier; a quartier by IRIS and by QPV. What is
    inside a hidden cell is not published at all: rows alone would tell who is there.
-#}
{%- set text = dbt.type_string() -%}
{%- set k_users = var('k_users', 5) -%}
{%- set k_income = var('k_income', 11) -%}
{%- set nowhere = 'cast(null as ' ~ text ~ ')' -%}
{%- set breakdowns = {
    'total': (nowhere, "'total'"),
    'age_band': (nowhere, 'age_band_code'),
    'sex': (nowhere, 'sex_code'),
    'quotient_band': (nowhere, 'quotient_band_code'),
    'residence': (nowhere, 'residence_code'),
    'quartier': (nowhere, 'quartier_code'),
    'iris': ('quartier_code', 'iris_code'),
    'qpv': ('quartier_code', 'qpv_code'),
} -%}
{%- set inside_the_town = ['quartier', 'iris', 'qpv'] -%}
{%- set cell = 'usage_year, activity_id, breakdown, group_code, category_code' -%}
with activities as (

    select distinct
        usage_year,
        activity_id,
        cast(substr(usage_year, 1, 4) as integer) as start_year
    from {{ ref('int_activity_user') }}

),

census_years as (

    select
        activities.usage_year,
        activities.activity_id,
        max(census.census_year) as population_year
    from activities
    inner join {{ ref('int_territory__population') }} as census
        on activities.start_year >= census.census_year
    group by activities.usage_year, activities.activity_id

),

targeted as (

    select distinct activity_id
    from {{ ref('ref_activity_target') }}

),

-- An activity without age bands of its own is for everybody.
targets as (

    select
        census_years.usage_year,
        census_years.activity_id,
        census_years.population_year,
        census.iris_code,
        census.age_band_code,
        census.inhabitant_count as population,
        quartiers.quartier_code
    from census_years
    inner join {{ ref('int_territory__population') }} as census
        on census_years.population_year = census.census_year
    left join {{ ref('map_territory__quartier') }} as quartiers
        on census.iris_code = quartiers.iris_code
    left join {{ ref('ref_activity_target') }} as bands
        on
            census_years.activity_id = bands.activity_id
            and census.age_band_code = bands.age_band_code
    left join targeted
        on census_years.activity_id = targeted.activity_id
    where bands.age_band_code is not null or targeted.activity_id is null

),

populations as (
    {% for breakdown, code in [
        ('total', "'total'"),
        ('residence', "'commune'"),
        ('age_band', 'age_band_code'),
        ('quartier', 'quartier_code'),
        ('iris', 'iris_code'),
    ] -%}
    select
        usage_year,
        activity_id,
        '{{ breakdown }}' as breakdown,
        {{ code }} as category_code,
        max(population_year) as population_year,
        sum(population) as population
    from targets
    where {{ code }} is not null
    group by usage_year, activity_id, {{ code }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

cells as (
    {% for breakdown, (group, category) in breakdowns.items() %}
    select
        usage_year,
        activity_id,
        '{{ breakdown }}' as breakdown,
        {{ group }} as group_code,
        {{ category }} as category_code,
        1 as secrecy_persons,
        quantity
    from {{ ref('int_activity_user') }}
    {%- if breakdown in inside_the_town %}
    where residence_code = 'commune'
    {%- endif %}

    union all
    {% endfor %}
    -- Who could come and does not: ages and places of the target where nobody uses the activity.
    select
        usage_year,
        activity_id,
        'age_band' as breakdown,
        {{ nowhere }} as group_code,
        age_band_code as category_code,
        0 as secrecy_persons,
        0 as quantity
    from targets

    union all

    select
        usage_year,
        activity_id,
        'quartier' as breakdown,
        {{ nowhere }} as group_code,
        quartier_code as category_code,
        0 as secrecy_persons,
        0 as quantity
    from targets
    where quartier_code is not null

    union all

    select
        usage_year,
        activity_id,
        'iris' as breakdown,
        quartier_code as group_code,
        iris_code as category_code,
        0 as secrecy_persons,
        0 as quantity
    from targets
    where quartier_code is not null

),

counted as (

    select
        {{ cell }},
        usage_year || '/' || activity_id as table_start,
        usage_year || '/' || activity_id || '/' || breakdown || '/' || coalesce(group_code, '') as table_id,
        category_code as cell_id,
        sum(secrecy_persons) as secrecy_persons,
        sum(quantity) as quantity,
        sum(quantity) as secrecy_weight,
        max(quantity) as secrecy_largest,
        false as is_secret,
        case when breakdown = 'quotient_band' then {{ k_income }} else {{ k_users }} end as secrecy_k
    from cells
    group by {{ cell }}

),

totals as (

    select
        *,
        false as is_parent_hidden
    from counted
    where breakdown = 'total'

),

total_statuses as (

    {{ hide_in_partition('totals', k='secrecy_k') }}

),

-- The bands of quotient of fewer users than a cell of them must have say what these users earn.
parts as (

    select
        counted.*,
        false as is_parent_hidden
    from counted
    inner join total_statuses
        on counted.table_start = total_statuses.table_start
    where
        counted.breakdown in ('age_band', 'sex', 'quotient_band', 'residence')
        and total_statuses.secrecy_status = 'V'
        and total_statuses.secrecy_persons >= counted.secrecy_k

),

part_statuses as (

    {{ hide_in_partition('parts', k='secrecy_k') }}

),

quartiers as (

    select
        counted.*,
        false as is_parent_hidden
    from counted
    inner join part_statuses
        on counted.table_start = part_statuses.table_start
    where
        counted.breakdown = 'quartier'
        and part_statuses.breakdown = 'residence'
        and part_statuses.category_code = 'commune'
        and part_statuses.secrecy_status = 'V'

),

quartier_statuses as (

    {{ hide_in_partition('quartiers', k='secrecy_k') }}

),

-- Contours are public: the difference of an IRIS and a QPV that overlap is a piece of ground with its users.
pieces as (

    select
        usage_year || '/' || activity_id as table_start,
        quartier_code,
        iris_code,
        qpv_code,
        count(*) as secrecy_persons,
        sum(quantity) as secrecy_weight,
        max(quantity) as secrecy_largest,
        false as is_secret
    from {{ ref('int_activity_user') }}
    where residence_code = 'commune'
    group by usage_year || '/' || activity_id, quartier_code, iris_code, qpv_code

),

judged_pieces as (

    select
        pieces.*,
        {{ own_secrecy('pieces', k=k_users) }} as own_status
    from pieces

),

-- Quartiers whose IRIS are then all hidden: the QPV come first.
cut_twice as (

    select
        table_start,
        quartier_code
    from judged_pieces
    group by table_start, quartier_code
    having count(own_status) > 0 and count(distinct iris_code) > 1 and count(distinct qpv_code) > 1

),

details as (

    select
        counted.*,
        counted.breakdown = 'iris' and cut_twice.quartier_code is not null as is_parent_hidden
    from counted
    inner join quartier_statuses
        on
            counted.table_start = quartier_statuses.table_start
            and counted.group_code = quartier_statuses.category_code
            and quartier_statuses.secrecy_status = 'V'
    left join cut_twice
        on
            counted.table_start = cut_twice.table_start
            and counted.group_code = cut_twice.quartier_code

),

detail_statuses as (

    {{ hide_in_partition('details', k='secrecy_k') }}

),

uses_of_system as (

    select distinct
        usage_year,
        source_system,
        user_pseudonym,
        coalesce(activity_id, 'inconnu') as activity_id
    from {{ ref('int_service_user') }}
    where quantity > 0

),

activities_of_system as (

    select
        uses_of_system.usage_year,
        uses_of_system.source_system,
        uses_of_system.activity_id,
        max(total_statuses.secrecy_status) as secrecy_status,
        count(*) as secrecy_persons
    from uses_of_system
    inner join total_statuses
        on uses_of_system.usage_year || '/' || uses_of_system.activity_id = total_statuses.table_start
    group by uses_of_system.usage_year, uses_of_system.source_system, uses_of_system.activity_id

),

users_of_system as (

    select
        usage_year,
        source_system,
        count(distinct user_pseudonym) as secrecy_persons
    from uses_of_system
    group by usage_year, source_system

),

-- Who uses another activity only, and who uses several, come out by subtraction: nobody or at least k.
activities_beside_all as (

    select
        users_of_system.usage_year,
        users_of_system.source_system,
        users_of_system.secrecy_persons,
        activities_of_system.secrecy_persons as activity_persons,
        users_of_system.secrecy_persons - activities_of_system.secrecy_persons as other_persons,
        case when activities_of_system.secrecy_status = 'V' then 0 else 1 end as is_hidden
    from users_of_system
    inner join activities_of_system
        on
            users_of_system.usage_year = activities_of_system.usage_year
            and users_of_system.source_system = activities_of_system.source_system

),

compared as (

    select
        usage_year,
        source_system,
        max(secrecy_persons) as secrecy_persons,
        sum(activity_persons) - max(secrecy_persons) as shared_persons,
        min(case when other_persons > 0 then other_persons end) as fewest_others,
        max(is_hidden) as is_hidden
    from activities_beside_all
    group by usage_year, source_system
    having count(*) > 1

),

systems as (

    select
        usage_year,
        source_system,
        secrecy_persons,
        case
            when is_hidden = 1 or fewest_others < {{ k_users }} then 'A'
            when shared_persons > 0 and shared_persons < {{ k_users }} then 'A'
            else 'V'
        end as secrecy_status
    from compared

),

judged as (
    {% for statuses in ['total_statuses', 'part_statuses', 'quartier_statuses', 'detail_statuses'] %}
    select
        {{ cell }},
        {{ nowhere }} as source_system,
        secrecy_persons,
        quantity,
        secrecy_status
    from {{ statuses }}

    union all
    {% endfor %}
    select
        usage_year,
        'ensemble' as activity_id,
        'total' as breakdown,
        {{ nowhere }} as group_code,
        'total' as category_code,
        source_system,
        secrecy_persons,
        null as quantity,
        secrecy_status
    from systems

),

-- An IRIS across two quartiers has one population and two rows: neither has the population.
measured as (

    select
        judged.*,
        judged.secrecy_status = 'V' as is_shown,
        count(*) over (
            partition by judged.usage_year, judged.activity_id, judged.breakdown, judged.category_code
        ) as row_count
    from judged

),

dated_labels as (

    select
        neighbourhood_kind as kind,
        neighbourhood_code as code,
        neighbourhood_label as label,
        valid_from
    from {{ ref('int_territory__neighbourhood') }}

    union all

    select
        'quotient_band' as kind,
        quotient_band_code as code,
        quotient_band_label as label,
        valid_from
    from {{ ref('ref_quotient_band') }}

),

newest_labels as (

    select
        kind,
        code,
        label,
        row_number() over (
            partition by kind, code
            order by valid_from desc nulls last, label asc nulls last
        ) as label_rank
    from dated_labels

),

labels as (

    select
        kind,
        code,
        label
    from newest_labels
    where label_rank = 1
    union all
    select
        'age_band' as kind,
        age_band_code as code,
        age_band_label as label
    from {{ ref('ref_age_band') }}
    union all
    select
        'residence' as kind,
        residence_code as code,
        residence_label as label
    from {{ ref('ref_residence') }}

)

select
    cast(measured.usage_year as {{ text }}) as usage_year,
    cast(measured.activity_id as {{ text }}) as activity_id,
    cast(
        case
            when measured.source_system is not null then 'Toutes les activités du logiciel'
            when measured.activity_id = 'inconnu' then 'Activité non rattachée'
            else coalesce(activities.activity_label, measured.activity_id)
        end as {{ text }}
    ) as activity_label,
    cast(measured.source_system as {{ text }}) as source_system,
    cast(measured.breakdown as {{ text }}) as breakdown,
    cast(measured.group_code as {{ text }}) as group_code,
    cast(
        case measured.group_code
            when 'non_localise' then 'Quartier non localisé'
            else coalesce(group_labels.label, measured.group_code)
        end as {{ text }}
    ) as group_label,
    cast(measured.category_code as {{ text }}) as category_code,
    cast(
        case measured.category_code
            when 'total' then 'Ensemble'
            when 'non_localise' then 'Non localisé'
            when 'hors_qpv' then 'Hors quartier prioritaire'
            when 'F' then 'Femmes et filles'
            when 'M' then 'Hommes et garçons'
            when 'inconnu' then coalesce(labels.label, 'Inconnu')
            else coalesce(labels.label, measured.category_code)
        end as {{ text }}
    ) as category_label,
    cast(case when measured.is_shown then measured.secrecy_persons end as integer) as user_count,
    cast(case when measured.is_shown then measured.quantity end as decimal(18, 4)) as quantity,
    cast(case when measured.is_shown then activities.output_measure_code end as {{ text }}) as measure_code,
    cast(case when measured.is_shown then populations.population end as decimal(18, 2)) as population,
    cast(case when measured.is_shown then populations.population_year end as integer) as population_year,
    cast(
        case
            -- Of the population as it is shown: anybody must find the same.
            when measured.is_shown
                then measured.secrecy_persons / nullif(cast(populations.population as decimal(18, 2)), 0)
        end as decimal(9, 4)
    ) as coverage_share,
    cast(measured.secrecy_status as {{ text }}) as secrecy_status
from measured
left join {{ ref('ref_activity') }} as activities
    on measured.activity_id = activities.activity_id
left join populations
    on
        measured.usage_year = populations.usage_year
        and measured.activity_id = populations.activity_id
        and measured.breakdown = populations.breakdown
        and measured.category_code = populations.category_code
        and measured.row_count = 1
left join labels
    on
        measured.breakdown = labels.kind
        and measured.category_code = labels.code
left join labels as group_labels
    on
        group_labels.kind = 'quartier'
        and measured.group_code = group_labels.code
