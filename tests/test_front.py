"""The front page of an installation: what it shows, what lies behind it, and what nobody gets through it."""

import hashlib
import http.client
import json
import re
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import uvicorn
import yaml
from published import snapshot
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.lib import front, quality
from orchestration.lib.build import exports_for_report
from orchestration.lib.perimeters import FILE
from orchestration.lib.register import ACCEPTED, REFUSED, Export, LoadDraft, Register
from orchestration.site import build

CHROMIUM = shutil.which("chromium")
SECRET = "only-for-the-owner-of-the-home"
OTHER_SITE = "https://evil.example"


class Client:
    """Requests as they are written here: a client made for people would tidy the paths up."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def get(self, path="/", method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.putrequest(method, path, skip_host="Host" in named)
        for name, value in named.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        answer = self.connection.getresponse()
        return answer, answer.read()

    def status(self, path="/", method="GET", **headers):
        return self.get(path, method, **headers)[0].status

    def text(self, path="/"):
        answer, body = self.get(path)
        assert answer.status == 200, path
        return body.decode()


def dagster():
    """An application as Dagster's: it knows of its own prefix, and has a websocket."""

    async def echo(request):
        return JSONResponse({"path": request.url.path}, headers={"Content-Security-Policy": "its own"})

    async def subscribe(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    inner = [WebSocketRoute("/graphql", subscribe), Route("/{path:path}", echo, methods=["GET", "POST"])]
    return Starlette(routes=[Mount(front.DAGSTER, routes=inner)])


@contextmanager
def served(home, **more):
    config = uvicorn.Config(front.application(home, dagster(), **more), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        client = Client(server.servers[0].sockets[0].getsockname()[1])
        yield client
        client.connection.close()
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def client(home):
    with served(home, host_names=["Beffroi.ville.example"]) as client:
        yield client


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """A snapshot with the boards of the whole town, whose name the budgets say."""
    folder = tmp_path_factory.mktemp("edition")
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    perimeters = folder / "perimetres.yml"
    perimeters.write_text(yaml.safe_dump({**content, "perimeters": {"ville": content["perimeters"]["ville"]}}))
    services = ("DGS", "EDUC", "DCS", "SOC", "CTM", "FIN", "DRH", "DSI", "LOG")
    rows = {
        "dim_budget": [
            {"budget_id": "21000000000010-00", "budget_siret": "21000000000010", "collectivity_name": "LYS"}
        ],
        "dim_service": [{"service_id": name, "current_service_id": name} for name in services],
    }
    published = snapshot(folder, rows)
    build.write(published, perimeter_file=perimeters)
    put(published / "fichiers" / "ville" / "finances.xlsx")
    put(published / "fichiers" / "ville" / "parquet" / "dim_budget.parquet")
    put(published / "fiches" / "index.html")
    put(published / "parquet" / "fct_cost_line.parquet", SECRET)
    return published


@pytest.fixture
def filled(home, edition):
    """A home with a publication, reports, a dictionary, and in every other place a file that is nobody's business."""
    shutil.copytree(edition, home.published / edition.name)
    (home.published / "current").symlink_to(edition.name)
    now = datetime.now(UTC)
    register = Register(home.register_url)
    register.commit(
        LoadDraft(
            "",
            "",
            exports=[
                export("finance_pes", "flux.xml", received_at=now - timedelta(days=90)),
                export("childcare", "tableaux.csv", received_at=now),
                export("energy", "<b>R63</b>.csv", REFUSED, received_at=now, report="refused/energy/r63.html"),
            ],
        )
    )
    put(home.refused / "energy" / "r63.html")
    put(home.dictionary)
    quality.record(home.root, "marts", [], "run")
    quality.render(home.root, exports_for_report(register))
    for place in (
        *(
            "secrets/pseudonym.key",
            "landing/finance_pes/flux.xml",
            "lake/raw/finance_pes/ligne/1.parquet",
            "work/x.html",
        ),
        *("warehouse.duckdb", "logs/run.log", "dagster/history/runs.db", "dbt/index.html", "fetched/glpi/mark.json"),
        *("published/.20260302T000000000000/site/ville/index.html", "published/20200101T000000000000/site/index.html"),
        *("refused/energy/.r64.html", "quality/.index.html", "quality/raw.json", "dictionary/project.digest"),
    ):
        put(home.root / place, SECRET)
    (home.published / "current" / "site" / "out.html").symlink_to(home.root / "work" / "x.html")
    return home


def put(path, text="something"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def export(system, file_name, verdict=ACCEPTED, **more):
    sha256 = hashlib.sha256(file_name.encode()).hexdigest()
    return Export(
        system=system, export_id=sha256[:16], sha256=sha256, file_name=file_name, size_bytes=1, verdict=verdict, **more
    )


def links(page):
    return re.findall(r'href="([^"#][^"]*)"', page)


# ------------------------------------------------------------------------------------------------------ what it shows


def test_before_the_first_publication_it_says_what_to_do(home, client):
    page = client.text()
    assert "Rien n’est encore publié" in page
    assert "beffroi run" in page
    assert str(home.landing) in page
    assert set(links(page)) == {"/dagster/"}
    for path in ("/site/ville/index.html", "/fiches/", "/dictionary/index.html", "/quality/index.html"):
        answer, body = client.get(path)
        assert answer.status == 404
        assert "beffroi run" in body.decode()


def test_it_says_what_is_published_late_and_refused_and_every_link_leads_somewhere(filled, client):
    page = client.text()
    assert "<h1>Lys</h1>" in page
    assert "Publié le 1er mars 2026 à 7 h 00".replace(" ", "\xa0") in page.replace(" ", "\xa0")
    state = dict(re.findall(r"<tr><th scope=\"row\"><code>(\w+)</code></th>(.*?)</tr>", page, re.S))
    assert "En retard" in state["finance_pes"] and "flux.xml" in state["finance_pes"]
    assert "À jour" in state["childcare"]
    assert "À déposer" in state["energy"], "what was refused is not in use"
    assert "&lt;b&gt;R63&lt;/b&gt;.csv" in page
    found = links(page)
    assert {"site/ville/index.html", "fichiers/ville/finances.xlsx", "refused/energy/r63.html"} <= set(found)
    for link in found:
        client.text("/" + link.removeprefix("/"))


def test_a_publication_that_a_guard_stopped_is_told(filled, client):
    assert "a été arrêtée" not in client.text()
    stat = filled.warehouse.stat()
    judged = {"warehouse": f"{stat.st_size}:{stat.st_mtime_ns}", "rules": 9, "critical": 1, "warnings": 0}
    put(filled.quality / "gate.json", json.dumps(judged))
    assert "a été arrêtée" in client.text()


def test_the_path_and_the_websocket_of_dagster_arrive_as_they_are(filled, client):
    assert json.loads(client.text("/dagster/assets/raw")) == {"path": "/dagster/assets/raw"}
    assert client.get("/dagster")[0].headers["location"].endswith("/dagster/")
    with connect(f"ws://127.0.0.1:{client.port}/dagster/graphql") as websocket:
        websocket.send("news?")
        assert websocket.recv() == "news?"


# ----------------------------------------------------------------------------------------------------- what nobody gets


def test_nothing_else_of_the_home_is_served(filled, client):
    private = [
        path for path in filled.root.rglob("*") if path.is_file() and SECRET in path.read_bytes().decode("latin-1")
    ]
    private += [filled.root / "register.db", filled.published / "current" / "beffroi.duckdb"]
    private += [filled.published / "current" / "snapshot.json", filled.quality / "marts.json"]
    assert len(private) > 15
    mounts = ("", "/site", "/site/ville", "/quality", "/refused", "/dictionary")
    ups = ("", "..", "../../..", ".%2e/%2e%2e/%2e.", "..%2f..%2f..", "..%5c..", "/")
    for path in private:
        below = {str(path), str(path.relative_to(filled.root)), path.name}
        for wanted in (f"{mount}/{up}/{quote(name)}" for mount in mounts for up in ups for name in below):
            answer, body = client.get(wanted)
            assert answer.status != 200 or path.name == "index.html", wanted  # there is one that may be read
            assert SECRET.encode() not in body, wanted
    assert client.status("/site/out.html") == 404, "a link that leads out of the folder"


def test_only_reading_is_possible(filled, client):
    for method in ("POST", "PUT", "DELETE"):
        assert client.status("/site/ville/index.html", method) == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "beffroi.ville.example.evil.example", ""])
def test_a_name_that_is_not_its_own_is_refused(host, filled, client):
    assert client.status(Host=host) == 400
    assert client.status("/dagster/graphql", Host=host) == 400
    with (
        pytest.raises(InvalidStatus),
        connect(f"ws://{host or 'evil'}:{client.port}/dagster/graphql", sock=open_socket(client), proxy=None),
    ):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:3000", "LOCALHOST", "beffroi.ville.example"])
def test_its_own_names_are_answered(host, filled, client):
    assert client.status(Host=host) == 200


def test_what_another_site_asks_for_is_refused_and_a_link_to_here_is_not(filled, client):
    mutation = "/dagster/graphql?query=mutation"
    own = f"http://127.0.0.1:{client.port}"
    assert client.status(mutation, "POST", Origin=own) == 200
    assert client.status(mutation, "POST", Origin="https://beffroi.ville.example", Host="127.0.0.1") == 200
    for origin in (OTHER_SITE, "null", "http://127.0.0.1:1", "http://localhost"):
        assert client.status(mutation, "POST", Origin=origin) == 403, origin
    for site in ("cross-site", "same-site"):
        assert client.status(mutation, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors") == 403
        assert client.status(mutation, "POST", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate") == 403
        assert client.status("/", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate") == 200
    with pytest.raises(InvalidStatus), connect(f"ws{own[4:]}/dagster/graphql", origin=OTHER_SITE):
        pass


@pytest.mark.parametrize(
    "path", ["/", "/site/ville/index.html", "/quality/index.html", "/refused/energy/r63.html", "/dictionary/", "/no"]
)
def test_each_page_says_what_it_may_load(path, filled, client):
    headers = client.get(path)[0].headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "connect-src" not in policy, "a page that could ask Dagster for something"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


def test_dagster_keeps_the_policy_that_it_says(filled, client):
    assert client.get("/dagster/")[0].headers.get_all("content-security-policy") == ["its own"]


# -------------------------------------------------------------------------------------------------------- publication


def switch(home, name):
    link = home.published / ".next"
    link.symlink_to(name)
    link.replace(home.published / "current")


def test_a_page_kept_by_the_browser_is_asked_again_and_replaced_at_a_publication(filled, client, edition):
    answer, first = client.get("/site/ville/index.html")
    etag = answer.headers["etag"]
    assert client.status("/site/ville/index.html", If_None_Match=etag) == 304
    shutil.copytree(edition, filled.published / "20260302T060000000000")
    put(filled.published / "20260302T060000000000" / "site" / "ville" / "index.html", "the next one")
    switch(filled, "20260302T060000000000")
    answer, second = client.get("/site/ville/index.html", If_None_Match=etag)
    assert answer.status == 200
    assert second == b"the next one" != first


def test_each_answer_is_of_one_snapshot_while_publications_follow_one_another(home, client):
    names = ["20260301T000000000000", "20260302T000000000000"]
    for name in names:
        put(home.published / name / "site" / "index.html", name)
        put(home.published / name / "site" / name / "index.html", name)
    switch(home, names[0])
    stop = threading.Event()

    def publish():
        while not stop.is_set():
            for name in names:
                switch(home, name)

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        seen = {client.text("/site/index.html") for _ in range(100)}
        own = {client.status(f"/site/{names[0]}/index.html") for _ in range(100)}
    finally:
        stop.set()
        publisher.join()
    assert seen == set(names)
    assert own == {200, 404}, "there in one of them only"


# ------------------------------------------------------------------------------------------------------ in a browser


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_doors_open_in_a_browser_without_an_error_or_a_word_outside(scheme, filled, client):
    from playwright.sync_api import sync_playwright

    address, wrong = f"http://127.0.0.1:{client.port}", []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(color_scheme=scheme)
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda one: wrong.append(one.url) if not one.url.startswith((address, "data:")) else None)
        for door, heading in (("Tableaux de bord", "Lys"), ("Rapport de qualité", "Rapport de qualité")):
            page.goto(address)
            page.get_by_role("link", name=door, exact=True).click(timeout=5_000)
            page.get_by_role("heading", name=heading).first.wait_for()
        page.goto(address)
        page.get_by_role("link", name="Toute la ville").click()
        page.locator("nav a").first.click()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof echarts") == "object"
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.close()
    assert wrong == []


def open_socket(client):
    """Return a socket to the server, whatever name the client will give it."""
    import socket

    return socket.create_connection(("127.0.0.1", client.port))
