"""The dbt manifest: parsed again only when a file of the dbt project or a seed has changed."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from orchestration.lib.home import DBT_PROJECT, PROJECT, Home

# The dbt of this environment, which need not be on the PATH.
DBT = Path(sys.executable).with_name("dbt")
SUFFIXES = {".sql", ".py", ".yml", ".md", ".csv"}


def path() -> Path:
    """Return the manifest of the dbt project as it is now. Raises RuntimeError with dbt's message if it cannot parse.

    It is written under the home of the installation, so that the project folder can be read-only.
    """
    target = Home.from_environment().root / "dbt"
    manifest, stamp = target / "manifest.json", target / "manifest.digest"
    digest = project_digest()
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == digest):
        Home.from_environment().prepare()
        parse(target)
        stamp.write_text(digest)
    return manifest


def parse(target: Path) -> None:
    """Let dbt parse the project into the folder ``target``: half a minute. Raises RuntimeError with dbt's message."""
    parsed = subprocess.run(  # noqa: S603
        [DBT, "parse", "--quiet", "--profiles-dir", DBT_PROJECT, "--target-path", target],
        cwd=DBT_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if parsed.returncode:
        raise RuntimeError(f"dbt parse failed:\n{parsed.stdout}{parsed.stderr}")


@dataclass(frozen=True)
class MartColumn:
    """What the properties of a mart say of a column; ``is_required`` when it is never empty."""

    label: str
    description: str
    is_required: bool


@dataclass(frozen=True)
class Mart:
    """What the project says of a mart: its domain (the folder of its model), its grain and its columns by name."""

    domain: str
    description: str
    columns: dict[str, MartColumn]


def marts() -> dict[str, Mart]:
    """Return the marts by name."""
    nodes = json.loads(path().read_text(encoding="utf-8"))["nodes"].values()
    return {
        node["name"]: Mart(
            Path(node["original_file_path"]).parent.name,
            " ".join(node["description"].split()),
            {name: _column(column) for name, column in node["columns"].items()},
        )
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def labels() -> dict[str, dict[str, str]]:
    """Return mart -> column -> French label; key "" is the mart's description."""
    return {
        name: {"": mart.description} | {column: known.label for column, known in mart.columns.items()}
        for name, mart in marts().items()
    }


def _column(column: dict) -> MartColumn:
    is_required = any(constraint["type"] == "not_null" for constraint in column["constraints"])
    return MartColumn(column["config"]["meta"]["label_fr"], " ".join(column["description"].split()), is_required)


def project_digest() -> str:
    """Return what identifies the state of models, macros, tests and seeds."""
    return _digest(DBT_PROJECT, PROJECT / "seeds")


def sql_digest() -> str:
    """Return what identifies the state of the SQL alone: the lineage of columns depends on nothing else."""
    return _digest(DBT_PROJECT / "models", DBT_PROJECT / "macros", suffixes={".sql"})


def dashboards_digest() -> str:
    """Return what identifies the state of the boards, of the perimeters and of the code that draws them."""
    folders = (PROJECT / "dashboards", PROJECT / "orchestration" / "site")
    return _digest(*folders, suffixes={".yml", ".sql", ".py", ".j2", ".js", ".css"})


def _digest(*folders: Path, suffixes: Collection[str] = SUFFIXES) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.suffix in suffixes and "target" not in file.parts:
                digest.update(file.relative_to(PROJECT).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
