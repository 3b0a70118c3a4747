{#-
    Statistical secrecy of published tables (docs/privacy.md). Each cell of a table gets a status, with the letters of INSEE:
    V shown; A fewer persons than k; B one person weighs more than 85 % of the amount; D hidden because a cell A or B could
    otherwise be found by subtraction. A cell that is not V keeps its row and loses every measure.

    The relations that these macros read have a text `table_id` that is never NULL (the cells of one table_id add up to one
    published total), a text `cell_id` that orders them, and
      secrecy_persons  persons of the cell: agents, or users of an activity
      secrecy_weight   sum of the absolute amounts of its persons, 0 for a mere count
      secrecy_largest  the largest of them, 0 for a mere count
      is_secret        true for another reason to hide the cell, for instance a denominator that is too small
      is_parent_hidden true when the total that they add up to is itself hidden
    Arguments:
      overlapping  true when a person may be in several cells: only the persons of the largest hidden cell are then sure
      published    another count of persons that the cell shows, which must be 0 or at least k too
      concerned    persons who have something in the cell, when some of them are counted elsewhere (secrecy_persons)
      k            the fewest persons of a shown cell, var('k_agents') unless it is said: a number, or for own_secrecy and
                   hide_in_partition a column of the relation that is the same in a whole table_id
-#}
{% macro own_secrecy(cell, published=none, concerned='secrecy_persons', k=none) -%}
    case
        when {{ cell }}.{{ concerned }} > 0 and {{ cell }}.{{ concerned }} < {{ k or var('k_agents') }} then 'A'
        {%- if published %}
        when {{ cell }}.{{ published }} > 0 and {{ cell }}.{{ published }} < {{ k or var('k_agents') }} then 'A'
        {%- endif %}
        when {{ cell }}.is_secret then 'A'
        when {{ cell }}.secrecy_largest > 0.85 * {{ cell }}.secrecy_weight then 'B'
    end
{%- endmacro %}

{#- What the cells hidden before this one hold together, over a window. -#}
{% macro _hidden_before(relation, before, overlapping, published, concerned) -%}
            coalesce(
                {{ 'max' if overlapping else 'sum' }}({{ relation }}.secrecy_persons) over {{ before }}, 0
            ) as persons_before,
            coalesce(sum({{ relation }}.{{ concerned }}) over {{ before }}, 0) as concerned_before,
            coalesce(
                sum({{ relation }}.{{ published or 'secrecy_persons' }}) over {{ before }}, 0
            ) as published_before,
            coalesce(sum({{ relation }}.secrecy_weight) over {{ before }}, 0) as weight_before,
            coalesce(max({{ relation }}.secrecy_largest) over {{ before }}, 0) as largest_before
{%- endmacro %}

{#- True when what they hold together must not be known. -#}
{% macro _is_unsafe(k) -%}
    (
        persons_before < {{ k or var('k_agents') }}
        or (published_before > 0 and published_before < {{ k or var('k_agents') }})
        or largest_before > 0.85 * weight_before
    )
{%- endmacro %}

{#- The rows of `relation` with their `secrecy_status`, for cells that add up to one published total.
    When a cell is A or B, others are hidden with it, smallest first, until the hidden ones are at least two, hold at least k
    persons and are dominated by none: what subtraction then gives is as safe as a shown cell. Empty cells hide nothing. -#}
{% macro hide_in_partition(relation, overlapping=false, published=none, concerned='secrecy_persons', k=none) -%}
    with judged as (

        select
            cells.*,
            {{ own_secrecy('cells', published, concerned, k) }} as own_status
        from {{ relation }} as cells

    ),

    ranked as (

        select
            judged.*,
            max(case when judged.own_status is not null then 1 else 0 end) over (
                partition by judged.table_id
            ) as has_hidden,
            count(*) over {{ _before('judged', concerned) }} as hidden_before,
            {{ _hidden_before('judged', _before('judged', concerned), overlapping, published, concerned) }}
        from judged

    )

    select
        ranked.*,
        case
            when own_status is not null then own_status
            when is_parent_hidden then 'D'
            when {{ concerned }} = 0 then 'V'
            when has_hidden = 1 and (hidden_before < 2 or {{ _is_unsafe(k) }}) then 'D'
            else 'V'
        end as secrecy_status
    from ranked
{%- endmacro %}

{#- Cells of the same table that are hidden before this one: A and B, then the others from the smallest. -#}
{% macro _before(relation, concerned) -%}
    (
        partition by {{ relation }}.table_id
        order by
            case
                when {{ relation }}.own_status is not null then 0
                when {{ relation }}.{{ concerned }} > 0 then 1
                else 2
            end asc nulls last,
            {{ relation }}.secrecy_persons asc nulls last,
            {{ relation }}.cell_id asc nulls last
        rows between unbounded preceding and 1 preceding
    )
{%- endmacro %}

{#- For a table with two margins, both published (services × categories): the rows (table_id, row_id) whose detail is
    hidden. The detail of a row is shown whole or not at all. Rows with a cell A or B, or whose total is hidden
    (is_parent_hidden), are hidden; then others, smallest first, until the hidden ones are at least two and hold, in every
    column, nobody or at least k persons that none dominates. The cells of hidden rows are known by those sums only: none can
    be deduced. `relation` also has the text `row_id`, and `row_persons`, the persons of the whole row. -#}
{% macro hidden_rows(relation, overlapping=false, published=none, concerned='secrecy_persons', k=none) -%}
    with row_of as (

        select
            table_id,
            row_id,
            max(row_persons) as row_persons,
            max(
                case
                    when is_parent_hidden or {{ own_secrecy(relation, published, concerned, k) }} is not null then 1
                    else 0
                end
            ) as is_primary
        from {{ relation }}
        group by table_id, row_id

    ),

    column_of as (

        select distinct
            table_id,
            cell_id
        from {{ relation }}

    ),

    grid as (

        select
            row_of.table_id,
            row_of.row_id,
            row_of.row_persons,
            row_of.is_primary,
            column_of.cell_id,
            {%- for count in ['secrecy_persons', concerned, published] | select | unique %}
            coalesce(cells.{{ count }}, 0) as {{ count }},
            {%- endfor %}
            coalesce(cells.secrecy_weight, 0) as secrecy_weight,
            coalesce(cells.secrecy_largest, 0) as secrecy_largest
        from row_of
        inner join column_of
            on row_of.table_id = column_of.table_id
        left join {{ relation }} as cells
            on
                row_of.table_id = cells.table_id
                and row_of.row_id = cells.row_id
                and column_of.cell_id = cells.cell_id

    ),

    ranked as (

        select
            grid.*,
            max(grid.is_primary) over (partition by grid.table_id) as has_primary,
            count(*) over {{ _rows_before('grid') }} as rows_before,
            {{ _hidden_before('grid', _rows_before('grid'), overlapping, published, concerned) }}
        from grid

    )

    select
        table_id,
        row_id
    from ranked
    group by table_id, row_id
    having
        max(is_primary) = 1
        or (
            max(has_primary) = 1
            and (
                max(rows_before) < 2
                or max(case when concerned_before > 0 and {{ _is_unsafe(k) }} then 1 else 0 end) = 1
            )
        )
{%- endmacro %}

{#- Rows that are hidden before this one in the same column. -#}
{% macro _rows_before(relation) -%}
    (
        partition by {{ relation }}.table_id, {{ relation }}.cell_id
        order by
            {{ relation }}.is_primary desc nulls last,
            {{ relation }}.row_persons asc nulls last,
            {{ relation }}.row_id asc nulls last
        rows between unbounded preceding and 1 preceding
    )
{%- endmacro %}
