"""The models use only the SQL that DuckDB and Spark share; what differs lives in ``macros/``.

Two engines may both accept a query and answer differently (integer division, NULL order, Spark's "quoted" strings), so
this reads the source of every model and data test instead of trusting a run on one engine.
"""

import re

import pytest

from orchestration.lib.home import DBT_PROJECT

QUERIES = {
    str(path.relative_to(DBT_PROJECT)): path
    for folder in ("models", "tests")
    for path in sorted((DBT_PROJECT / folder).rglob("*.sql"))
}
MARTS = [name for name in QUERIES if name.startswith("models/marts/")]
# A Python model is written for one engine. Each of these is a decision, with what SQL cannot do there.
PYTHON_MODELS = {
    "models/intermediate/conformed/int_cost_absorption.py": (
        "simultaneous equations in whole fractions; elsewhere than on DuckDB, reading the keys and writing the rows is "
        "what changes"
    ),
}
FORBIDDEN = {
    r"::": "cast(x as type): Spark 3.5 has no `::`",
    r"\bqualify\b": "a subquery and `where rn = 1`",
    r"\b(group|order) by all\b": "the columns, spelt out",
    r"\*\s*(exclude|except|replace)\b": "the columns, spelt out",
    r"\b(strptime|strftime|to_date|date_format|make_date)\b": "substr and cast(... as date)",
    r"\b(date_?add|date_?diff|date_?sub|date_spine)\b": "`date + 3`, or a macro",
    r"\b(isodow|dayofweek|dow)\b": "a remainder of days, as dim_date does",
    r"\b(starts_with|startswith|strpos|contains|strip_accents|regexp_\w+|list_\w+|struct_\w+|json_\w+)\s*\(": "a macro",
    r"->": "a macro: no JSON or lambda",
    r"\bconcat(_ws)?\s*\(": "a || b, which is NULL on both engines when one side is",
    r"//": "floor(a / b)",
    r"\bignore nulls\b": "another query: the two engines place it differently",
    r"\b(recursive|asof|pivot|unpivot)\b": "another query: Spark 3.5 has none",
    r"\bvarchar\b(?!\()": "string: Spark refuses varchar without a length",
    r"\b(float|double|real)\b(?=\s*\))": "decimal: money is never a float",
    r"\bnow\(\)|\bcurrent_(date|timestamp)\b": "a column: a model that reads the clock cannot be built again",
    r"\w''\w": "’ in French text: Spark 3.5 reads 'l''an' as two literals, 'lan'",
    r"\\": "[0-9] and the like: a backslash is one character more on DuckDB",
    r"\bdbt\.(date\w+|last_day)\b": "own macros: on Spark these pass through time zones",
}
# Outside Jinja, where Python's own lists and strings are no SQL.
FORBIDDEN_IN_SQL = {
    r'"': 'snake_case without quotes: "x" is a string on Spark',
    r"\b(unnest|explode|range|generate_series|sequence)\s*\(": "a macro",
    r"[\[\]]": "no list: Spark counts from 0",
    r"(?<!/)/(?!/|\s*(?:nullif\(|[1-9]))": "a / nullif(b, 0): DuckDB gives infinity where Spark fails",
}


def source(name: str) -> str:
    """Return a query without its comments, in lower case."""
    text = QUERIES[name].read_text(encoding="utf-8")
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)).lower()


def plain_sql(name: str) -> str:
    """Return a query without comments, Jinja blocks and the content of its literals."""
    text = re.sub(r"\{%.*?%\}", " ", source(name), flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "jinja", text, flags=re.DOTALL)
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def split_at_commas(text: str) -> list[str]:
    """Split at the commas that are in no parenthesis, up to the parenthesis that closes the text."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def sort_keys(sql: str) -> list[str]:
    """Return every sort key of every ``order by``, frames of windows left out."""
    return [
        re.split(r"\b(?:rows|range) between\b|\blimit\b", key)[0].strip()
        for found in re.finditer(r"\border by\b", sql)
        for key in split_at_commas(sql[found.end() :])
    ]


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_uses_only_what_both_engines_share(name):
    found = [
        f"{pattern}: write {instead}" for pattern, instead in FORBIDDEN.items() if re.search(pattern, source(name))
    ]
    found += [
        f"{pattern}: write {instead}"
        for pattern, instead in FORBIDDEN_IN_SQL.items()
        if re.search(pattern, plain_sql(name))
    ]
    assert not found


@pytest.mark.parametrize("name", QUERIES)
def test_every_sort_says_where_nulls_go(name):
    assert [key for key in sort_keys(plain_sql(name)) if not key.endswith("nulls last")] == []


@pytest.mark.parametrize("name", MARTS)
def test_every_column_of_a_mart_is_cast(name):
    final = plain_sql(name).rpartition("\nselect\n")[2].partition("\nfrom ")[0]
    assert [column for column in split_at_commas(final) if not column.startswith("cast(")] == []


def test_every_model_is_sql_but_those_that_say_why_not():
    found = {str(path.relative_to(DBT_PROJECT)) for path in (DBT_PROJECT / "models").rglob("*.py")}
    assert found == PYTHON_MODELS.keys()


@pytest.mark.parametrize("name", PYTHON_MODELS)
def test_a_python_model_computes_without_the_engine(name):
    text = (DBT_PROJECT / name).read_text(encoding="utf-8")
    engine, _, rest = text.partition("\ndef model(")
    assert rest
    assert not re.search(r"\b(session|dbt|execute|fetchall|duckdb)\b", engine.partition('"""')[2])


@pytest.mark.parametrize(
    "query",
    [
        "select a::int from b",
        "select * from b qualify row_number() over () = 1",
        "select * exclude (a) from b",
        "select strptime(a, '%d/%m/%Y') from b",
        "select a->>'x' from b",
        "select now() from b",
        "select cast(a as varchar) from b",
        "select 'l''an' from b",
    ],
)
def test_what_is_forbidden_is_seen(query):
    assert any(re.search(pattern, query) for pattern in FORBIDDEN)


@pytest.mark.parametrize(
    "query", ['select "a" from b', "select a[1] from b", "select a / b from c", "select unnest(a) from b"]
)
def test_what_is_forbidden_outside_jinja_is_seen(query):
    assert any(re.search(pattern, query) for pattern in FORBIDDEN_IN_SQL)


def test_a_guarded_division_is_accepted():
    assert not any(re.search(pattern, "select a / nullif(b, 0), a / 100 from c") for pattern in FORBIDDEN_IN_SQL)


def test_sort_keys_are_found_in_windows_and_queries():
    sql = (
        "select row_number() over (partition by a order by b desc nulls last, coalesce(c, d)) from e order by f limit 3"
    )
    assert sort_keys(sql) == ["b desc nulls last", "coalesce(c, d)", "f"]
