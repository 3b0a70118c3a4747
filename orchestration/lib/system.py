"""A departmental system as its folder declares it: what its files are named, who owns them, how often they come."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

import pandas as pd
from filelock import FileLock

from orchestration.lib import declarations
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.home import SYSTEMS, Home
from orchestration.lib.neighbourhoods import Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms

Feed = Literal["append", "period-replace", "snapshot"]


@dataclass(frozen=True)
class System:
    """One folder of ``orchestration/defs`` with a ``fields.csv``; the attributes are those of its ``defs.yaml``."""

    folder: Path
    department: str
    owner: str
    description: str
    patterns: tuple[str, ...]
    feed: Feed
    cadence_days: int
    tolerance_days: int
    period_column: str
    one_row_per: dict[str, str]  # raw table -> what one row of it is
    pseudonym_purpose: str = ""  # systems that speak of the same people for the same purpose share one
    reads_addresses: bool = False  # its reader turns addresses into neighbourhoods, with what the town has dropped
    connection_variable: str = ""  # environment variable with the address of its database, which fetch.py reads

    @property
    def name(self) -> str:
        """Name of the system: that of its folder."""
        return self.folder.name

    @property
    def purpose(self) -> str:
        """Purpose of the pseudonyms that the reader makes: by default the system alone."""
        return self.pseudonym_purpose or self.name

    @property
    def has_pseudonyms(self) -> bool:
        """Tell whether the reader makes pseudonyms, so that a new key means reading every export again."""
        return any(field.personal_data == "keyed_hash" for fields in self.tables.values() for field in fields)

    @cached_property
    def tables(self) -> dict[str, tuple[Field, ...]]:
        """Raw tables of the system, each with its fields."""
        return read_fields(self.folder)

    @property
    def reader(self) -> ModuleType:
        """The ``extract`` module of the folder; imported on first use, as parsers are slow to import."""
        return import_module(f"orchestration.defs.{self.name}.extract")

    def extract(
        self, path: Path, pseudonyms: Pseudonyms, neighbourhoods: Neighbourhoods | None
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield (raw table, rows) of the export at ``path``; what its reader raises is raised.

        ``neighbourhoods`` may be None for a system that does not read addresses.
        """
        if self.reads_addresses:
            return self.reader.extract(path, pseudonyms, neighbourhoods)
        return self.reader.extract(path, pseudonyms)

    @property
    def is_connected(self) -> bool:
        """Tell whether the town gave the address of the system's database."""
        return bool(self.connection_variable and os.environ.get(self.connection_variable))

    def fetch(self, home: Home) -> list[Path]:
        """Write what is new in the system's database as exports in its drop folder, and return them.

        Two fetches wait for each other. Raises NotFetched when the database cannot be read, KeyError without address.
        """
        landing, state = home.landing / self.name, home.fetched / self.name
        for folder in (landing, state):
            folder.mkdir(parents=True, exist_ok=True)
        fetch = import_module(f"orchestration.defs.{self.name}.fetch").fetch
        with FileLock(state / "fetch.lock"):
            return fetch(landing, state, os.environ[self.connection_variable])

    def matches(self, file: Path) -> bool:
        """Tell whether the name of ``file`` is one that the system expects."""
        return any(fnmatch(file.name.lower(), pattern.lower()) for pattern in self.patterns)


def load_system(folder: Path) -> System:
    """Read ``defs.yaml``. Raises ValueError naming the file when an attribute is missing or unknown."""
    declaration = folder / "defs.yaml"
    attributes = declarations.read(declaration)["attributes"]
    try:
        system = System(folder=folder, **{**attributes, "patterns": tuple(attributes["patterns"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{declaration}: {error}") from error
    if system.feed not in get_args(Feed):
        raise ValueError(f"{declaration}: feed must be one of {', '.join(get_args(Feed))}")
    return system


def all_systems(root: Path = SYSTEMS) -> dict[str, System]:
    """Return name -> system for every folder that has a ``fields.csv``, in alphabetical order."""
    return {system.name: system for system in _systems(root)}


def _systems(root: Path) -> Iterator[System]:
    for fields in sorted(root.glob("*/fields.csv")):
        yield load_system(fields.parent)
