"""Shared by all tests: a home of their own, and the real files when they are there."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from raw_warehouse import build, load_raw

import demo_city
from orchestration.lib import manifest
from orchestration.lib.home import PROJECT, Home
from orchestration.lib.register import Register

PARSED = "BEFFROI_TESTS_PARSED"
REAL_FILES = PROJECT.parent / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    """Keep the home of whoever runs the tests out of them: what loads the code location writes in one of their own.

    All processes share what dbt makes of the project when it parses it, in the folder of the first of them.
    """
    folder = tempfile.TemporaryDirectory(prefix="beffroi-tests-")
    config.add_cleanup(folder.cleanup)
    os.environ["BEFFROI_HOME"] = folder.name
    os.environ.setdefault(PARSED, folder.name)
    manifest.parse = parse_once


def parse_once(target: Path, parse: Callable[[Path], None] = manifest.parse) -> None:
    """Parse the dbt project, or copy what was made of it as it is now."""
    shared = Path(os.environ[PARSED]) / manifest.project_digest()
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            parse(shared.with_suffix(".draft"))
            shared.with_suffix(".draft").rename(shared)
    target.mkdir(parents=True, exist_ok=True)
    for file in shared.iterdir():
        if file.is_file():
            shutil.copy(file, target)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest module, then the others that run builds: all processes then end at about the same time."""
    items.sort(key=lambda item: (item.path.stem != "test_end_to_end", item.get_closest_marker("slow") is None))


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Preparing a home changes the umask of the process: each test starts with the usual one."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    """An empty, prepared home; the environment is put back afterwards."""
    for name in ("BEFFROI_HOME", "BEFFROI_LANDING", "BEFFROI_REGISTER_URL", "BEFFROI_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BEFFROI_PSEUDONYM_KEY", "BEFFROI_NEXT_PSEUDONYM_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DAGSTER_HOME", "DBT_LOG_PATH", "DBT_TARGET_PATH"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("BEFFROI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("orchestration.lib.landing.SETTLE_SECONDS", 0.0)
    home = Home.from_environment()
    home.prepare()
    return home


@pytest.fixture
def register(home) -> Register:
    return Register(home.register_url)


@pytest.fixture(scope="session")
def real_files() -> Path:
    """The folder of real files, beside the project; tests that need it are skipped where it is absent."""
    if not REAL_FILES.is_dir():
        pytest.skip("real files are absent: they are expected in ../shared/data")
    return REAL_FILES


@dataclass(frozen=True)
class DemoTown:
    """A demo town of 600 inhabitants and two exercices: its exports, what it knows to be true, and its warehouse."""

    landing: Path
    truth: dict
    database: Path


@pytest.fixture(scope="session")
def demo_town(tmp_path_factory, worker_id) -> DemoTown:
    """The demo town, read and built with all data tests, once for all processes; nobody may write in it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demo_town"
    with FileLock(f"{folder}.lock"):
        if not (folder / "built").exists():
            demo_city.write(folder / "landing", inhabitants=600, years=2, seed=7)
            exports = [(path.parent.name, path) for path in sorted((folder / "landing").rglob("*")) if path.is_file()]
            exports += [
                ("reference", path) for path in sorted((PROJECT / "tests/systems/reference/exports").glob("*.xml"))
            ]
            load_raw(folder / "warehouse.duckdb", exports)
            build(folder / "warehouse.duckdb", data_tests=True)
            (folder / "built").touch()
    truth = json.loads(next(folder.glob("*truth.json")).read_text(encoding="utf-8"))
    return DemoTown(folder / "landing", truth, folder / "warehouse.duckdb")
