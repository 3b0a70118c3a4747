"""The front page of an installation, for whoever runs it, and the published pages and files behind it.

Everything is read when a request comes: the files are those of the snapshot that is then current. What is not named
here (exports, lake, warehouse, register, key, logs) cannot be reached, nor what a snapshot has without rights on rows:
its ``beffroi.duckdb`` and ``parquet/``.
"""

import mimetypes
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.lib import cost_sheet, declarations, files, freshness, gate, pages, publish
from orchestration.lib.home import Home
from orchestration.lib.perimeters import FILE as PERIMETERS
from orchestration.lib.register import Register
from orchestration.lib.system import all_systems
from orchestration.site.build import SITE, town

DAGSTER = "/dagster"
LOCAL_NAMES = ("127.0.0.1", "localhost")
PAGE = ".html"

NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PLAIN = f"{NOTHING_ELSE}; style-src 'unsafe-inline'; img-src 'self'"
BOARDS = f"{NOTHING_ELSE}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
# dbt's page is one file with everything in it; Angular compiles its expressions.
DICTIONARY = f"{PLAIN} data:; script-src 'unsafe-inline' 'unsafe-eval'; font-src data:"
COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked again each time, and answered 304: a publication is seen at once
}
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
    "<path fill='#1f4e79' d='M8 0l2 3v2h2v11H9v-3H7v3H4V5h2V3z'/></svg>"
)
mimetypes.add_type("application/vnd.apache.parquet", ".parquet")
mimetypes.add_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")


def application(home: Home, dagster: ASGIApp, host_names: Collection[str] = ()) -> Starlette:
    """Return the whole as one ASGI application; ``dagster`` must serve the Dagster UI under the prefix `DAGSTER`.

    It answers to the names of this machine and to ``host_names`` only, those of a reverse proxy in front of it.
    """
    register = Register(home.register_url)

    def front(_request: Request) -> Response:
        return _page("front.html.j2", **contents(home, register))

    def published(name: str, policy: str) -> ASGIApp:
        return _folder(lambda: publish.current_folder(home.published).resolve() / name, policy)

    routes = [
        Route("/", front),
        Route("/favicon.ico", lambda _request: Response(ICON, media_type="image/svg+xml")),
        Mount("/site", published(SITE, BOARDS)),
        Mount("/fichiers", published(files.FOLDER, NOTHING_ELSE)),
        Mount("/fiches", published(cost_sheet.FOLDER, PLAIN)),
        Mount("/quality", _folder(lambda: home.quality, PLAIN, only=PAGE)),
        Mount("/refused", _folder(lambda: home.refused, PLAIN, only=PAGE)),
        Mount("/dictionary", _folder(lambda: home.dictionary.parent, DICTIONARY, only=PAGE)),
        Mount(DAGSTER, _WithItsPrefix(dagster)),
    ]
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL_NAMES, *host_names], www_redirect=False),
        Middleware(OwnPagesOnly, host_names=[name.lower() for name in host_names]),
        Middleware(WithHeaders, headers=COMMON_HEADERS),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={404: _not_there})


def contents(home: Home, register: Register) -> dict[str, object]:
    """Return what the front page shows, all of one snapshot."""
    folder = publish.current_folder(home.published).resolve()
    snapshot = publish.snapshot_in(folder)
    exports = register.exports()
    systems = all_systems()
    judged = gate.read(home)
    return {
        "now": datetime.now(UTC),
        "snapshot": snapshot,
        "published_at": snapshot and datetime.fromisoformat(snapshot.published_at),
        "town": _town_of(folder) if snapshot else "Votre commune",
        "is_stopped": judged is not None and not judged.is_open,
        "perimeters": _perimeters(folder),
        "has_cost_sheets": (folder / cost_sheet.FOLDER / "index.html").exists(),
        "quality_at": _written_at(home.quality / "index.html"),
        "dictionary_at": _written_at(home.dictionary),
        "systems": freshness.of_systems(systems, exports),
        "refused": [export for export in reversed(exports) if export.verdict == freshness.REFUSED],
        "landing": home.landing,
        "dagster": f"{DAGSTER}/",
    }


@dataclass(frozen=True)
class Folder:
    """ASGI application that gives the files below the folder that ``find`` returns when the request comes.

    The folder is looked up once per request, so that a file never comes from another snapshot than its folder. Hidden
    files (drafts), and with ``only`` those of another suffix, are not there; nor is what a link leads to outside.
    """

    find: Callable[[], Path]
    only: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with 404 for what is not there."""
        folder = self.find()
        parts = scope["path"].removeprefix(scope["root_path"]).split("/")
        is_hidden = any(part.startswith(".") for part in parts)
        is_other = parts[-1] and not parts[-1].endswith(self.only)
        if is_hidden or is_other or not folder.is_dir():
            raise HTTPException(404)
        await StaticFiles(directory=folder, html=True)(scope, receive, send)


@dataclass(frozen=True)
class WithHeaders:
    """ASGI middleware that adds ``headers`` to each answer that does not set them itself."""

    app: ASGIApp
    headers: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


@dataclass(frozen=True)
class OwnPagesOnly:
    """ASGI middleware that refuses what a page of another site asks for behind the back of its reader.

    Dagster has no login and executes a mutation from any request, a GET without a header included. Following a link to
    here is allowed; the address bar is of no site. Browsers say where a request comes from in two headers.
    """

    app: ASGIApp
    host_names: Collection[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] in ("http", "websocket") and self._is_foreign(scope):
            await PlainTextResponse("Requests of other sites are refused", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = urlsplit(headers.get("origin", ""))
        if "origin" in headers and origin.netloc != headers.get("host") and origin.hostname not in self.host_names:
            return True
        is_link = scope.get("method") in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link


@dataclass(frozen=True)
class _WithItsPrefix:
    """ASGI application that gives the one below it the whole path: it knows of its prefix by itself."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "root_path": scope["app_root_path"]}, receive, send)


def _folder(find: Callable[[], Path], policy: str, only: str = "") -> ASGIApp:
    return WithHeaders(Folder(find, only), {"Content-Security-Policy": policy})


def _perimeters(folder: Path) -> list[dict]:
    """Return the perimeters that the snapshot has a site of, in the order of their file, with their XLSX."""
    said = declarations.read(PERIMETERS)["perimeters"]
    there = sorted(page.parent.name for page in (folder / SITE).glob("*/index.html"))
    order = [name for name in said if name in there] + [name for name in there if name not in said]
    return [
        {
            "name": name,
            "label": said.get(name, {}).get("label", name),
            "workbooks": [
                (f"{file}.xlsx", title)
                for file, title in files.WORKBOOKS.values()
                if (folder / files.FOLDER / name / f"{file}.xlsx").exists()
            ],
        }
        for name in order
    ]


@lru_cache(maxsize=1)
def _town_of(folder: Path) -> str:
    return town(folder / "beffroi.duckdb")


def _written_at(file: Path) -> datetime | None:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.exists() else None


def _page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    return HTMLResponse(pages.render(template, **values), status, {"Content-Security-Policy": PLAIN})


def _not_there(request: Request, _error: Exception) -> Response:
    return _page("not_there.html.j2", 404, path=request.url.path)
