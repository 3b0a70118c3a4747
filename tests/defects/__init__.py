"""The defects that show each rule failing once: one module per system or domain, each with its list ``DEFECTS``."""

from importlib import import_module
from pathlib import Path

import pytest


def defect(where, name, *statements):
    return pytest.param(where, name, statements, id=f"{where}-{name}")


def one(table, assignment, condition="true"):
    """Return the statement that changes one row of ``table``."""
    return (
        f"update {table} set {assignment}"
        f" where rowid = (select min(rowid) from {table} as {table.split('.')[1]} where {condition})"
    )


def again(table, condition="true", changes=""):
    """Return the statement that adds one row of ``table`` a second time, with ``changes``."""
    replaced = f"replace ({changes})" if changes else ""
    return f"insert into {table} select * {replaced} from {table} where {condition} limit 1"


def all_defects():
    """Return the defects of every module of this folder."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
    return [found for module in modules for found in import_module(f"defects.{module}").DEFECTS]
