"""Self-contained French pages: one style, no script, no outside request, every value escaped."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.lib.home import open_to_readers
from orchestration.lib.register import UNRECOGNISED

TEMPLATES = Path(__file__).parent / "templates"
PARIS = ZoneInfo("Europe/Paris")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
NARROW_SPACE, SPACE = "\u202f", "\u00a0"  # what French typography puts between thousands, and before a unit


def write(path: Path, template: str, **values: object) -> Path:
    """Write the page ``template`` to ``path`` and return it; in one step, so that nobody ever reads half of it."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        open_to_readers(path.parent)
    draft = path.with_name(f".{path.name}")
    draft.write_text(_environment().get_template(template).render(**values), encoding="utf-8")
    open_to_readers(draft)
    return draft.replace(path)


def number(value: int) -> str:
    """Return a count as French readers expect it: 1 234 567."""
    return f"{value:,}".replace(",", NARROW_SPACE)


def euros(value: str | Decimal) -> str:
    """Return an amount to the cent: 1 234,56 €."""
    return f"{Decimal(value):,.2f}".replace(",", NARROW_SPACE).replace(".", ",") + f"{SPACE}€"


def day(moment: datetime) -> str:
    """Return the day of ``moment`` in Paris: 1er mars 2025. A moment without a zone is taken for UTC."""
    local = _in_paris(moment)
    return f"{'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]} {local.year}".replace(" ", SPACE)


def day_and_time(moment: datetime) -> str:
    """Return the moment in Paris: 2 mars 2025 à 14 h 05. A moment without a zone is taken for UTC."""
    local = _in_paris(moment)
    return f"{day(moment)} à {local.hour}{SPACE}h{SPACE}{local.minute:02}"


def system_name(system: str) -> str:
    """Return what readers call ``system``: its own name, or that of what no reader recognises."""
    return "non reconnu" if system == UNRECOGNISED else system


def _in_paris(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(PARIS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, euros=euros, day=day, day_and_time=day_and_time, system_name=system_name)
    return environment
