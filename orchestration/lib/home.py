"""BEFFROI_HOME: where all state of an installation lives, and the environment that dbt and Dagster need to use it."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT / "dbt_project"
SYSTEMS = PROJECT / "orchestration" / "defs"

DAGSTER_YAML = """\
# Written by beffroi at each start; changes made here are lost.
event_log_storage:
  module: orchestration.components.event_log
  class: EventLog
  config:
    base_dir: {events}
telemetry:
  enabled: false
nux:
  enabled: false # no invitation to leave an e-mail address
# One run at a time: DuckDB has one writer, and a queue cannot dead-lock as a pool of one can after a cancelled run.
run_queue:
  max_concurrent_runs: 1
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
python_logs:
  managed_python_loggers: [beffroi]
  python_log_level: INFO
"""


WORKSPACE_YAML = """\
load_from:
  - python_module:
      module_name: orchestration.definitions
      location_name: beffroi
"""


# Pseudonymised data is still personal data: all but the pages and the snapshots is for the owner of the home alone.
PRIVATE_FOLDERS = ("lake", "dagster", "dbt", "fetched", "logs", "secrets", "work")
PRIVATE_FILES = ("register.db*", "warehouse.duckdb*")
OTHERS = 0o077


@dataclass(frozen=True)
class Home:
    """The folders and files of one installation; nothing is written anywhere else."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """Return the home named by BEFFROI_HOME, by default ``data`` beside the project."""
        return cls(Path(os.environ.get("BEFFROI_HOME", PROJECT / "data")).resolve())

    @property
    def landing(self) -> Path:
        """Drop folder: one sub-folder per system; BEFFROI_LANDING names another one. No file in it is ever changed."""
        return Path(os.environ.get("BEFFROI_LANDING", self.root / "landing")).resolve()

    @property
    def raw(self) -> Path:
        """Parquet files of all loads: ``<system>/<table>/<load>.parquet``."""
        return self.root / "lake" / "raw"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds in; never read by BI."""
        return self.root / "warehouse.duckdb"

    @property
    def refused(self) -> Path:
        """Refusal reports, one HTML page per refused export."""
        return self.root / "refused"

    @property
    def quality(self) -> Path:
        """Verdicts of the guards and the quality report."""
        return self.root / "quality"

    @property
    def published(self) -> Path:
        """Snapshots; ``current`` points to the one that BI reads."""
        return self.root / "published"

    @property
    def dictionary(self) -> Path:
        """The data dictionary: every model and column, made by dbt as one page."""
        return self.root / "dictionary" / "index.html"

    @property
    def fetched(self) -> Path:
        """How far each database that Beffroi reads has been read: one folder per system."""
        return self.root / "fetched"

    @property
    def work(self) -> Path:
        """Scratch space, emptied at each run."""
        return self.root / "work"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: run history, event log and instance settings."""
        return self.root / "dagster"

    @property
    def workspace(self) -> Path:
        """What the Dagster web server and daemon load."""
        return self.dagster / "workspace.yaml"

    @property
    def register_url(self) -> str:
        """SQLAlchemy address of the register: a SQLite file, or what BEFFROI_REGISTER_URL says."""
        return os.environ.get("BEFFROI_REGISTER_URL", f"sqlite:///{self.root / 'register.db'}")

    @property
    def postgres_url(self) -> str | None:
        """Address of the PostgreSQL that serves the marts, None where there is none: BEFFROI_POSTGRES_URL."""
        return os.environ.get("BEFFROI_POSTGRES_URL") or None

    @property
    def lock(self) -> Path:
        """The file whose lock a process holds while it changes this home."""
        return self.root / "beffroi.lock"

    @property
    def intake_lock(self) -> Path:
        """The file whose lock a process holds while it makes loads, so that no two keys are ever in use at once."""
        return self.root / "intake.lock"

    def prepare(self) -> None:
        """Make the folders and the Dagster settings, and point this process and its children to this home.

        What this process and its children write from now on is for their user only; `open_to_readers` makes the
        exceptions. Folders and files of an older home are closed too; who may write to ``landing`` is not our affair.
        """
        for folder in (self.refused, self.quality, self.published):
            folder.mkdir(parents=True, exist_ok=True)
        os.umask(OTHERS)
        for folder in (self.landing, self.raw, self.work, self.dagster):
            folder.mkdir(parents=True, exist_ok=True)
        private = [self.root / name for name in PRIVATE_FOLDERS]
        for path in private + [file for name in PRIVATE_FILES for file in self.root.glob(name)]:
            with suppress(FileNotFoundError):  # not made yet, or a journal that was just removed
                _close_to_others(path)
        events = json.dumps(str(self.dagster / "history" / "runs"))
        (self.dagster / "dagster.yaml").write_text(DAGSTER_YAML.format(events=events))
        self.workspace.write_text(WORKSPACE_YAML)
        os.environ.update(
            BEFFROI_HOME=str(self.root),
            BEFFROI_WAREHOUSE=str(self.warehouse),
            DBT_TARGET_PATH=str(self.root / "dbt"),
            DAGSTER_HOME=str(self.dagster),
            DAGSTER_DISABLE_TELEMETRY="yes",
            DBT_SEND_ANONYMOUS_USAGE_STATS="false",
            DO_NOT_TRACK="1",
            GX_ANALYTICS_ENABLED="false",
            DBT_LOG_PATH=str(self.root / "dbt" / "logs"),
        )
        # dbt's own log repeats every statement; writing it took a tenth of the time of a small build.
        os.environ.setdefault("DBT_LOG_LEVEL_FILE", "none")


def open_to_readers(path: Path) -> None:
    """Let every user of the machine read ``path``, a file or a folder; the folders above it may still keep them out."""
    path.chmod(0o755 if path.is_dir() else 0o644)


def _close_to_others(path: Path) -> None:
    if (mode := path.stat().st_mode) & OTHERS:
        path.chmod(mode & ~OTHERS)
