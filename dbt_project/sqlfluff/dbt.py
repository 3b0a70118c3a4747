"""What the linter needs of the `dbt` namespace: sqlfluff renders the models with Jinja alone."""


def type_string() -> str:
    """Return the text type that `dbt.type_string()` gives on DuckDB."""
    return "varchar"
