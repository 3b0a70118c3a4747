"""Self-contained French pages: one style, no script, no outside request, every value escaped."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.lib import french
from orchestration.lib.home import open_to_readers
from orchestration.lib.register import UNRECOGNISED

TEMPLATES = Path(__file__).parent / "templates"


def write(path: Path, template: str, **values: object) -> Path:
    """Write the page ``template`` to ``path`` and return it; in one step, so that nobody ever reads half of it."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        open_to_readers(path.parent)
    draft = path.with_name(f".{path.name}")
    draft.write_text(render(template, **values), encoding="utf-8")
    open_to_readers(draft)
    return draft.replace(path)


def render(template: str, **values: object) -> str:
    """Return the page ``template`` with ``values``."""
    return _environment().get_template(template).render(**values)


def system_name(system: str) -> str:
    """Return what readers call ``system``: its own name, or that of what no reader recognises."""
    return "non reconnu" if system == UNRECOGNISED else system


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=french.number,
        euros=french.euros,
        day=french.day,
        day_and_time=french.day_and_time,
        system_name=system_name,
    )
    return environment
