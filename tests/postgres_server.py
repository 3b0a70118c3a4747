"""A PostgreSQL of its own for the tests: data in a folder, a socket, a free port, and the publisher of docs/bi.md."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg

PUBLISHER, PASSWORD = "beffroi", "p@ss/wörd?#%"


def program(name: str) -> str | None:
    """Return the path of a program of the server, which Debian keeps out of the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(installed[-1]) if installed else shutil.which(name)


UTF8 = ("--encoding=UTF8", "--locale=C.UTF-8")
IS_INSTALLED = program("initdb") is not None and program("pg_ctl") is not None


class Server:
    """The server; it refuses to run as root, who starts it as another user."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="beffroi-pg-"))
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        secret = self.folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        if self.user:
            for path in (self.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        self._run("initdb", "--auth=scram-sha-256", f"--pwfile={secret}", "--username=root", "--no-sync", *UTF8)
        options = f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-l", "log", "-w", "-o", options, "start")

    def _run(self, name, *arguments):
        # The server keeps the streams that it was started with: a file, whose end nobody waits for.
        with (self.folder / "said").open("w") as said:
            command = [program(name), "-D", "data", *arguments]
            subprocess.run(command, cwd=self.folder, check=True, stdout=said, stderr=said, **self.user)

    def url(self, user=PUBLISHER, password=PASSWORD, database="ville", host="127.0.0.1", options=""):
        return f"postgresql://{user}:{quote(password, safe='')}@{host}:{self.port}/{database}{options}"

    def connect(self, user="root", database="ville", autocommit=True):
        return psycopg.connect(self.url(user, database=database), autocommit=autocommit)

    def run(self, *statements, user="root", database="ville"):
        """Run statements and return the rows of the last one, as a superuser unless told otherwise."""
        with self.connect(user, database) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self):
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)
