"""What the project declares in YAML."""

from pathlib import Path
from typing import Any

import yaml

# The parser of libyaml reads the same as the one in Python, twenty times faster; it is not in every build of PyYAML.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(file: Path) -> Any:
    """Return the content of a YAML file: mappings, lists and plain values only."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
