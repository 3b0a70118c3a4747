{#-
    Tables of years of days that are built month by month: `materialized='by_month'`. A build does again only the months
    whose inputs have changed, so that the next day costs what is new and not what has piled up. The model is one plain
    query; what this file does is `select * from (the query) where month in (…)`, never another query.

    Each table carries, in its comment, month -> digest of all that its rows of that month were made from: the compiled
    SQL, the version of the engine, and the rows of each input. A month whose digest is the same is left as it is, one
    that no input has any more is deleted, the others are made again; all in one transaction with the new comment. A table
    without comment, or any other SQL, seed or engine, is made again as a whole, without anybody having to ask for it.

    As many months are made at once as hold `rows_at_once` rows of the largest input, so that memory does not grow with history:
    a year of ten million took more than the engine may have. `at_once` is for a model that reads files, which each part
    would read whole.

    A model says in its config
      month_of    its column of type date that tells the month of a row; a row is made from inputs of that month only
      inputs      name of an input -> which of its rows can reach a month of the model:
                    month: expression      those of that month (a date, or a text that begins with 2025-09)
                    span: [first, last]    those whose days, from first to last, touch the month
                    through: [input, its column, own column]    those that rows of the month of another input name
                    nothing                all rows: any change of the input makes all months again
                    columns: […]           only these columns; the model reads them by columns_of()
    What is not listed counts with all its rows and columns: a forgotten input makes builds slow, never wrong. Another
    engine builds the same queries as plain tables.
-#}
{% materialization by_month, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {% do adapter.ensure_transaction() %}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set wanted = wanted_months(compiled_code) -%}
    {%- set built = {} if existing is none or should_full_refresh() else built_months(existing) -%}
    {%- set redone, gone = [], [] -%}
    {%- for month, digest in wanted.items() if built.get(month) != digest -%}{%- do redone.append(month) -%}{%- endfor -%}
    {%- for month in built if month not in wanted -%}{%- do gone.append(month) -%}{%- endfor -%}

    {%- set is_new = redone | length == wanted | length -%}
    {%- set month_of = config.require('month_of') -%}
    {%- set outside = 'not coalesce(' ~ in_months(month_of, wanted) ~ ', false)' -%}
    {%- set parts = [] -%}
    {%- if is_new -%}
        {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('create') -%}
            {{ create_table_as(False, target_relation, rows_where(compiled_code, 'false')) }}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('delete') -%}
            delete from {{ target_relation }} where {{ in_months(month_of, redone + gone) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set length = redone | length if config.get('at_once') else months_at_once(redone | length) -%}
    {%- if is_new and length >= redone | length -%}
        {%- do parts.append('true') -%}
    {%- else -%}
        {%- for months in redone | batch(length or 1) -%}{%- do parts.append(in_months(month_of, months)) -%}{%- endfor -%}
        {%- if is_new -%}{%- do parts.append(outside) -%}{%- endif -%}
    {%- endif -%}
    {%- for part in parts -%}
        {%- call statement('insert') -%}
            insert into {{ target_relation }} {{ rows_where(compiled_code, part) }}
        {%- endcall -%}
    {%- endfor -%}
    {#- Rows of a month that no input has could not be followed: the table stays without comment. -#}
    {%- set lost = run_query('select count(*) from ' ~ target_relation ~ ' where ' ~ outside).columns[0].values()[0] -%}
    {%- call statement('main') -%}
        comment on table {{ target_relation }} is {{ 'null' if lost else "'" ~ tojson(wanted) ~ "'" }}
    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The rows of a query that meet a condition; the engine takes the condition down to the tables that the query reads. -#}
{% macro rows_where(query, condition) -%}
    select * from (
        {{ query }}
    ) as model
    where {{ condition }}
{%- endmacro %}

{#- How many of the months to make at once, if they are all of one size. -#}
{% macro months_at_once(months) -%}
    {%- set names = [] -%}
    {%- for name, input in config.get('inputs', {}).items() if input.month -%}{%- do names.append("'" ~ name ~ "'") -%}{%- endfor -%}
    {%- set query -%}
        select coalesce(max(estimated_size), 0) from duckdb_tables()
        where database_name = current_database() and table_name in ({{ names | join(', ') or 'null' }})
    {%- endset -%}
    {%- set rows = run_query(query).columns[0].values()[0] | int -%}
    {{ return([1, months * var('rows_at_once') // ([rows, 1] | max)] | max) }}
{%- endmacro %}

{#- month -> digest of the table as it stands; empty when it was not built by month. -#}
{% macro built_months(relation) -%}
    {%- set query -%}
        select comment from duckdb_tables()
        where database_name = current_database() and schema_name = '{{ relation.schema }}'
            and table_name = '{{ relation.identifier }}'
    {%- endset -%}
    {%- set found = run_query(query).columns[0].values() -%}
    {{ return(fromjson(found[0], {}) if found and found[0] else {}) }}
{%- endmacro %}

{#- month -> digest of what the rows of that month are to be made from. -#}
{% macro wanted_months(sql) -%}
    {%- set inputs = config.get('inputs', {}) -%}
    {%- set engine = run_query("select version() || current_setting('TimeZone')").columns[0].values()[0] -%}
    {%- set whole, of_month = [local_md5(sql), engine], {} -%}
    {%- set relations, later = {}, [] -%}
    {%- for unique_id in model.depends_on.nodes | sort -%}
        {%- set node = graph.nodes[unique_id] if unique_id in graph.nodes else graph.sources[unique_id] -%}
        {%- set relation = adapter.Relation.create(
            database=node.database, schema=node.schema, identifier=node.identifier or node.alias
        ) -%}
        {%- set input = inputs.get(node.name, {}) -%}
        {%- do relations.update({node.name: relation}) -%}
        {%- if input.month -%}
            {%- set is_by_month = node.config.materialized == 'by_month' -%}
            {%- set is_known = is_by_month and same_months(relation, input.month, node.config.month_of) -%}
            {%- set known = built_months(relation) if is_known else {} -%}
            {%- set digests = known or digests_by_month(relation, input, month_key(input.month)) -%}
            {%- for month, digest in digests.items() -%}
                {%- do of_month.setdefault(month, []).append(node.name ~ digest) -%}
            {%- endfor -%}
        {%- elif input.span or input.through -%}
            {%- do later.append([node.name, relation, input]) -%}
        {%- else -%}
            {%- do whole.append(node.name ~ digests_by_month(relation, input, "''")) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, relation, input in later -%}
        {%- if input.span -%}
            {%- set digests = digests_by_month(relation, input, none, touched_months(input.span, of_month)) -%}
        {%- else -%}
            {%- set through, key, own = input.through -%}
            {%- set naming = 'select distinct ' ~ month_key(inputs[through].month) ~ ' as month, ' ~ key ~ ' as named from ' ~ relations[through] -%}
            {%- set digests = digests_by_month(relation, input, none, '(' ~ naming ~ ') as months on input.' ~ own ~ ' = months.named') -%}
        {%- endif -%}
        {%- for month, digest in digests.items() if month in of_month -%}
            {%- do of_month[month].append(name ~ digest) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set wanted = {} -%}
    {%- for month in of_month | sort -%}
        {%- do wanted.update({month: local_md5((whole + of_month[month]) | join(' '))}) -%}
    {%- endfor -%}
    {{ return(wanted) }}
{%- endmacro %}

{#- month -> count and sum of the hashes of the rows of a relation, whatever their order, with the types of its columns.
    The inner hash is that of the row; the outer one breaks what two rows have in common, which sums would keep. -#}
{% macro digests_by_month(relation, input, month, months=none) -%}
    {%- set types = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if not input.columns or column.name in input.columns -%}
        {%- do types.append(column.name ~ ' ' ~ column.dtype) -%}
    {%- endfor -%}
    {%- set query -%}
        select {{ month or 'months.month' }} as month, count(*) || '/' || sum(hash(hash(input))) as digest
        from {{ columns_of(relation, input.columns or ['*']) }} as input
        {% if months %}inner join {{ months }}{% endif %}
        group by 1
        order by 1
    {%- endset -%}
    {%- set digests = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do digests.update({row[0]: types | join(',') ~ ' ' ~ row[1]}) -%}
    {%- endfor -%}
    {{ return(digests) }}
{%- endmacro %}

{#- True when two dates of each row are of one month: a day that is none, 2025-02-30, has a month all the same. -#}
{% macro same_months(relation, one, other) -%}
    {%- set query -%}
        select count(*) from {{ relation }}
        where date_trunc('month', {{ one }}) is distinct from date_trunc('month', {{ other }})
    {%- endset -%}
    {{ return(one == other or run_query(query).columns[0].values()[0] == 0) }}
{%- endmacro %}

{#- The month of a date, or of a text that begins with it, as 2025-09; '' when there is none. -#}
{% macro month_key(expression) -%}
    coalesce(substr(cast({{ expression }} as varchar), 1, 7), '')
{%- endmacro %}

{#- The join that gives each of `months` to the rows whose span of days touches it; a row with an end unknown touches none. -#}
{% macro touched_months(span, months) -%}
    (
        select month, cast(month || '-01' as date) as first_day
        from (values {% for month in months if month %}('{{ month }}'), {% endfor %}(null)) as listed (month)
    ) as months
    on input.{{ span[0] }} < months.first_day + interval 1 month and input.{{ span[1] }} >= months.first_day
{%- endmacro %}

{#- True for the rows whose date is in one of `months`: as ranges, which let the engine pass over whole row groups. -#}
{% macro in_months(date, months) -%}
    (
        {%- for month in months -%}
            {%- if month %}
            ({{ date }} >= date '{{ month }}-01' and {{ date }} < date '{{ month }}-01' + interval 1 month)
            {%- else %}
            {{ date }} is null
            {%- endif -%}
            {{ ' or ' if not loop.last }}
        {%- else -%}
            false
        {%- endfor -%}
    )
{%- endmacro %}
