"""What ``beffroi ui`` serves: the front page, the published pages and the Dagster UI, by one process at one address."""

import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver import app, version
from dagster_webserver.cli import DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_MAX_OVERFLOW, DEFAULT_POOL_RECYCLE
from starlette.types import ASGIApp

from orchestration.lib import front
from orchestration.lib.home import Home

LOCAL = "127.0.0.1"
POLL_MILLISECONDS = 2_000  # how often an open page of Dagster asks for news, as its own command has it
PATIENCE_SECONDS = 3  # for open connections, when it is stopped


def serve(home: Home, port: int, host_names: Collection[str], on_ready: Callable[[], None]) -> bool:
    """Serve, and run the daemon of sensors and schedules, until interrupted; return False when the daemon ended first.

    ``on_ready`` is called as soon as requests are answered.
    """
    with _daemon(home) as daemon, _dagster(home) as dagster:
        config = uvicorn.Config(
            front.application(home, dagster, host_names),
            host=LOCAL,
            port=port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=PATIENCE_SECONDS,
        )
        server = _Server(config, on_ready)
        threading.Thread(target=_stop_with, args=(daemon, server), daemon=True).start()
        server.run()
        return daemon.poll() is None


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready = on_ready

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()


@contextmanager
def _dagster(home: Home) -> Iterator[ASGIApp]:
    """Give the application of Dagster's web server, as its own command makes it, under the prefix of the front page."""
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        target = WorkspaceFileTarget(paths=[str(home.workspace)])
        with WorkspaceProcessContext(instance, target, version=version.__version__) as context:
            yield app.create_app_from_workspace_process_context(context, front.DAGSTER, POLL_MILLISECONDS)


@contextmanager
def _daemon(home: Home) -> Iterator[subprocess.Popen]:
    command = [Path(sys.executable).parent / "dagster-daemon", "run", "-w", home.workspace]
    with subprocess.Popen(command) as daemon:  # noqa: S603
        try:
            yield daemon
        finally:
            daemon.terminate()


def _stop_with(daemon: subprocess.Popen, server: uvicorn.Server) -> None:
    """Stop ``server`` when ``daemon`` ends: neither is of use without the other."""
    daemon.wait()
    server.should_exit = True
