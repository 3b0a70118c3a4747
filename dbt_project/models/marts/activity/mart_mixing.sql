{#-
    Definitions and a worked example are in docs/mixing.md. An index gives its parts away to whoever tries all of them, so
    secrecy takes the detail of every place that shows an index for known: see docs/privacy.md. Hence
      masque  categories that mart_public_reach hides: a place that has users of them shows no index of that dimension
      pooled  categories of fewer than k users in a place, taken together there, with the next one if they are still few
    and, once something is masked or pooled, at least two places that show no index, so that nothing of it comes out of the
    public of the whole activity.

    Why a category that the reach hides stays hidden: what is hidden there is at least two categories that have users and
    add up to one published cell. Take any user of one of them and say that he is of another. His place shows nothing of
    the dimension, the row ensemble counts both as one, every other place, dimension and cell of the reach is as it was:
    two publics with different counts are published alike, so no comparison tells them apart. Taking masked users together
    in a place is not enough: who knows which quartier a school serves has then the count of that quartier.
-#}
{%- set text = dbt.type_string() -%}
{%- set k_users = var('k_users', 5) -%}
{%- set k_income = var('k_income', 11) -%}
{%- set dimensions = {
    'age_band': 'age_band_code',
    'sex': 'sex_code',
    'quartier': "case when residence_code = 'commune' then quartier_code else residence_code end",
    'quotient_band': 'quotient_band_code',
} -%}
{%- set place = 'usage_year, activity_id, dimension, facility_code' -%}
{%- set unknown = "('inconnu', 'non_localise')" -%}
with uses as (
    {% for dimension, category in dimensions.items() %}
    select
        usage_year,
        activity_id,
        '{{ dimension }}' as dimension,
        facility_code,
        {{ category }} as category_code
    from {{ ref('int_activity_user') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

published_categories as (

    select
        usage_year,
        activity_id,
        case breakdown when 'residence' then 'quartier' else breakdown end as dimension,
        category_code
    from {{ ref('mart_public_reach') }}
    where
        source_system is null
        and secrecy_status = 'V'
        and (
            breakdown in ('age_band', 'sex', 'quartier', 'quotient_band')
            or (breakdown = 'residence' and category_code <> 'commune')
        )

),

known_uses as (

    select
        uses.usage_year,
        uses.activity_id,
        uses.dimension,
        uses.facility_code,
        coalesce(published_categories.category_code, 'masque') as category_code,
        case
            when uses.category_code in {{ unknown }} and published_categories.category_code is null then 1
            else 0
        end as is_unknown_masked
    from uses
    inner join {{ ref('mart_public_reach') }} as reach
        on
            uses.usage_year = reach.usage_year
            and uses.activity_id = reach.activity_id
            and reach.breakdown = 'total'
            and reach.secrecy_status = 'V'
    left join published_categories
        on
            uses.usage_year = published_categories.usage_year
            and uses.activity_id = published_categories.activity_id
            and uses.dimension = published_categories.dimension
            and uses.category_code = published_categories.category_code

),

wholes as (

    select
        usage_year,
        activity_id,
        dimension,
        category_code,
        count(*) as whole_count
    from known_uses
    group by usage_year, activity_id, dimension, category_code

),

places as (

    select
        {{ place }},
        usage_year || '/' || activity_id || '/' || dimension as table_id,
        facility_code as cell_id,
        count(*) as secrecy_persons,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret,
        false as is_parent_hidden,
        max(is_unknown_masked) as is_unknown_masked
    from known_uses
    group by {{ place }}

),

place_statuses as (

    {{ hide_in_partition('places', k=k_users) }}

),

-- Every category of the activity in every place, and in the activity itself.
grid as (

    select
        places.usage_year,
        places.activity_id,
        places.dimension,
        places.facility_code,
        places.table_id,
        wholes.category_code,
        wholes.category_code in {{ unknown }} as is_unknown,
        case when places.dimension = 'quotient_band' then {{ k_income }} else {{ k_users }} end as k,
        wholes.whole_count,
        sum(case when known_uses.category_code is null then 0 else 1 end) as user_count
    from places
    inner join wholes
        on
            places.usage_year = wholes.usage_year
            and places.activity_id = wholes.activity_id
            and places.dimension = wholes.dimension
    left join known_uses
        on
            places.usage_year = known_uses.usage_year
            and places.activity_id = known_uses.activity_id
            and places.dimension = known_uses.dimension
            and places.facility_code = known_uses.facility_code
            and wholes.category_code = known_uses.category_code
    group by
        places.usage_year,
        places.activity_id,
        places.dimension,
        places.facility_code,
        places.table_id,
        wholes.category_code,
        wholes.whole_count

    union all

    select
        usage_year,
        activity_id,
        dimension,
        'ensemble' as facility_code,
        usage_year || '/' || activity_id || '/' || dimension as table_id,
        category_code,
        category_code in {{ unknown }} as is_unknown,
        0 as k,
        whole_count,
        whole_count as user_count
    from wholes

),

ranked as (

    select
        *,
        max(case when user_count between 1 and k - 1 then 1 else 0 end) over (partition by {{ place }}) as has_few,
        max(case when category_code = 'masque' and user_count > 0 then 1 else 0 end) over (
            partition by {{ place }}
        ) as has_masked,
        row_number() over (
            partition by {{ place }}
            order by
                case when user_count > 0 then 0 else 1 end asc nulls last,
                user_count asc nulls last,
                category_code asc nulls last
        ) as size_rank,
        coalesce(
            sum(user_count) over (
                partition by {{ place }}
                order by
                    case when user_count > 0 then 0 else 1 end asc nulls last,
                    user_count asc nulls last,
                    category_code asc nulls last
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as count_before
    from grid

),

-- Where someone is masked nothing will be shown: nothing is pooled either.
pooled as (

    select
        *,
        case
            when
                user_count > 0
                and has_few = 1
                and has_masked = 0
                and (user_count < k or size_rank <= 2 or count_before < k)
                then 1
            else 0
        end as is_pooled
    from ranked

),

-- A category without users in the place counts in the comparison with the whole public. What is unknown is left out,
-- but for the few who are pooled with a known category.
grouped as (

    select
        {{ place }},
        table_id,
        case when is_pooled = 1 then 'regroupe' else category_code end as group_code,
        min(case when is_unknown then 1 else 0 end) as is_left_out,
        max(case when is_unknown then 1 else 0 end) as has_unknown,
        max(case when is_pooled = 1 or category_code = 'masque' then 1 else 0 end) as is_composite,
        sum(user_count) as user_count,
        sum(whole_count) as whole_count
    from pooled
    group by {{ place }}, table_id, case when is_pooled = 1 then 'regroupe' else category_code end

),

sums as (

    select
        *,
        sum(case when is_left_out = 0 then user_count else 0 end) over (partition by {{ place }}) as known_count,
        sum(case when is_left_out = 0 then whole_count else 0 end) over (partition by {{ place }}) as known_whole
    from grouped

),

shares as (

    select
        *,
        user_count / nullif(known_count, 0) as share,
        whole_count / nullif(known_whole, 0) as whole_share
    from sums
    where is_left_out = 0

),

category_counts as (

    select
        usage_year,
        activity_id,
        dimension,
        count(*) as category_count
    from wholes
    where category_code not in {{ unknown }}
    group by usage_year, activity_id, dimension

),

indices as (

    select
        {{ place }},
        table_id,
        max(known_count) as known_count,
        max(case when user_count > 0 then is_composite else 0 end) as is_composite,
        sum(case when user_count > 0 then 1 else 0 end) as group_count,
        max(has_unknown) as has_pooled_unknown,
        1 - sum(share * share) as simpson,
        -sum(case when user_count > 0 then share * ln(share) else 0 end) as entropy,
        sum(abs(share - whole_share)) / 2 as dissimilarity
    from shares
    group by {{ place }}, table_id

),

pools as (

    select
        table_id,
        facility_code,
        max(is_pooled) as is_pooled,
        max(has_masked) as has_masked
    from pooled
    group by table_id, facility_code

),

-- One group that is several categories says nothing.
readable as (

    select
        place_statuses.usage_year,
        place_statuses.activity_id,
        place_statuses.dimension,
        place_statuses.facility_code,
        place_statuses.table_id,
        place_statuses.secrecy_persons,
        pools.has_masked,
        place_statuses.secrecy_status as place_status,
        coalesce(
            indices.known_count > 0 and not (indices.group_count = 1 and indices.is_composite = 1), false
        ) as is_readable,
        row_number() over (
            partition by place_statuses.table_id
            order by
                place_statuses.secrecy_persons asc nulls last,
                place_statuses.facility_code asc nulls last
        ) as size_rank,
        max(pools.is_pooled) over (partition by place_statuses.table_id) as has_pool
    from place_statuses
    left join indices
        on
            place_statuses.table_id = indices.table_id
            and place_statuses.facility_code = indices.facility_code
    left join pools
        on
            place_statuses.table_id = pools.table_id
            and place_statuses.facility_code = pools.facility_code

),

-- What an index tells of a place; the first row is what all pools of the activity leave in each category.
details as (

    select
        pooled.dimension,
        pooled.table_id,
        pooled.facility_code as row_id,
        pooled.category_code as cell_id,
        case when pooled.is_pooled = 1 then 0 else pooled.user_count end as secrecy_persons,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret,
        readable.place_status <> 'V'
        or not readable.is_readable
        or readable.has_masked = 1
        or (readable.has_pool = 1 and readable.size_rank <= 2) as is_parent_hidden,
        readable.secrecy_persons as row_persons
    from pooled
    inner join readable
        on
            pooled.table_id = readable.table_id
            and pooled.facility_code = readable.facility_code

    union all

    select
        dimension,
        table_id,
        '' as row_id,
        category_code as cell_id,
        sum(user_count) as secrecy_persons,
        0 as secrecy_weight,
        0 as secrecy_largest,
        false as is_secret,
        true as is_parent_hidden,
        0 as row_persons
    from pooled
    where is_pooled = 1
    group by dimension, table_id, category_code

),

{% for name, condition in [('income', "dimension = 'quotient_band'"), ('other', "dimension <> 'quotient_band'")] -%}
{{ name }}_details as (

    select * from details
    where {{ condition }}

),

{{ name }}_hidden as (

    {{ hidden_rows(name ~ '_details', k=k_income if name == 'income' else k_users) }}

),

{% endfor -%}
hidden as (

    select
        table_id,
        row_id
    from income_hidden

    union all

    select
        table_id,
        row_id
    from other_hidden

),

judged as (

    select
        readable.usage_year,
        readable.activity_id,
        readable.dimension,
        readable.facility_code,
        readable.secrecy_persons,
        case
            when readable.place_status <> 'V' then readable.place_status
            when not readable.is_readable then 'A'
            when hidden.row_id is not null then 'D'
            else 'V'
        end as secrecy_status
    from readable
    left join hidden
        on
            readable.table_id = hidden.table_id
            and readable.facility_code = hidden.row_id

),

-- Between the places that show their own index: it tells nothing of the others.
segregations as (

    select
        judged.usage_year,
        judged.activity_id,
        judged.dimension,
        sum(judged.secrecy_persons) as compared_count,
        sum(judged.secrecy_persons * indices.dissimilarity) / nullif(sum(judged.secrecy_persons), 0) as segregation
    from judged
    inner join indices
        on
            judged.usage_year = indices.usage_year
            and judged.activity_id = indices.activity_id
            and judged.dimension = indices.dimension
            and judged.facility_code = indices.facility_code
    where judged.secrecy_status = 'V'
    group by judged.usage_year, judged.activity_id, judged.dimension

),

publics as (

    select
        usage_year,
        activity_id,
        dimension,
        sum(secrecy_persons) as secrecy_persons,
        max(is_unknown_masked) as is_unknown_masked
    from places
    group by usage_year, activity_id, dimension

),

rows_of_mart as (

    select
        judged.*,
        0 as is_unknown_masked,
        cast(null as integer) as compared_count,
        cast(null as decimal(9, 4)) as segregation
    from judged

    union all

    select
        indices.usage_year,
        indices.activity_id,
        indices.dimension,
        indices.facility_code,
        publics.secrecy_persons,
        case
            when indices.known_count > 0 and not (indices.group_count = 1 and indices.is_composite = 1) then 'V'
            else 'A'
        end as secrecy_status,
        publics.is_unknown_masked,
        segregations.compared_count,
        segregations.segregation
    from indices
    inner join publics
        on
            indices.usage_year = publics.usage_year
            and indices.activity_id = publics.activity_id
            and indices.dimension = publics.dimension
    left join segregations
        on
            indices.usage_year = segregations.usage_year
            and indices.activity_id = segregations.activity_id
            and indices.dimension = segregations.dimension
    where indices.facility_code = 'ensemble'

),

measured as (

    select
        rows_of_mart.*,
        rows_of_mart.secrecy_status = 'V' as is_shown,
        case
            when indices.has_pooled_unknown = 0 and rows_of_mart.is_unknown_masked = 0
                then 1 - indices.known_count / nullif(rows_of_mart.secrecy_persons, 0)
        end as unknown_share,
        category_counts.category_count,
        indices.simpson,
        indices.entropy / nullif(ln(category_counts.category_count), 0) as entropy,
        case when rows_of_mart.facility_code <> 'ensemble' then indices.dissimilarity end as dissimilarity
    from rows_of_mart
    left join indices
        on
            rows_of_mart.usage_year = indices.usage_year
            and rows_of_mart.activity_id = indices.activity_id
            and rows_of_mart.dimension = indices.dimension
            and rows_of_mart.facility_code = indices.facility_code
    left join category_counts
        on
            rows_of_mart.usage_year = category_counts.usage_year
            and rows_of_mart.activity_id = category_counts.activity_id
            and rows_of_mart.dimension = category_counts.dimension

)

select
    cast(measured.usage_year as {{ text }}) as usage_year,
    cast(measured.activity_id as {{ text }}) as activity_id,
    cast(
        case measured.activity_id
            when 'inconnu' then 'Activité non rattachée'
            else coalesce(activities.activity_label, measured.activity_id)
        end as {{ text }}
    ) as activity_label,
    cast(measured.facility_code as {{ text }}) as facility_code,
    cast(measured.dimension as {{ text }}) as dimension,
    cast(case when measured.is_shown then measured.secrecy_persons end as integer) as user_count,
    cast(case when measured.is_shown then measured.unknown_share end as decimal(9, 4)) as unknown_share,
    cast(case when measured.is_shown then measured.category_count end as integer) as category_count,
    cast(case when measured.is_shown then measured.simpson end as decimal(9, 4)) as simpson_diversity_share,
    cast(case when measured.is_shown then measured.entropy end as decimal(9, 4)) as entropy_share,
    cast(case when measured.is_shown then measured.dissimilarity end as decimal(9, 4)) as dissimilarity_share,
    cast(case when measured.is_shown then measured.segregation end as decimal(9, 4)) as segregation_share,
    cast(
        case
            when measured.is_shown then measured.compared_count / nullif(measured.secrecy_persons, 0)
        end as decimal(9, 4)
    ) as compared_share,
    cast(measured.secrecy_status as {{ text }}) as secrecy_status
from measured
left join {{ ref('ref_activity') }} as activities
    on measured.activity_id = activities.activity_id
