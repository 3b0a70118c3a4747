"""The quality report and the refusal reports: French, self-contained, exact, escaped, safe in their names."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from orchestration.lib import french, pages, quality, refusals
from orchestration.lib.errors import RefusedExport
from orchestration.lib.guard import RuleVerdict, TableVerdict

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Parses a page; knows its text, its links and whether every tag is closed in order."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.attributes, self.texts, self.open, self.tags = [], [], [], []
        self.feed(self.source)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self):
        """What is read, every kind of space made a plain one."""
        return " ".join(" ".join(self.texts).split())


def rule(name, severity="critical", passed=True, **details):
    values = {"unexpected_count": 0, "element_count": 1200, "description": f"Règle {name}", "why": f"Raison {name}"}
    return RuleVerdict(name=name, severity=severity, passed=passed, **{**values, **details})


def export(export_id, verdict="accepted", days=1, **details):
    return {
        "export_id": export_id,
        "system": "finance_pes",
        "department": "Finances",
        "file_name": f"{export_id}.xml",
        "verdict": verdict,
        "reason": None,
        "report": None,
        "received_at": (datetime.now(UTC) - timedelta(days=days)).isoformat(),
        "row_count": 10,
        "cadence_days": 7,
        "tolerance_days": 3,
        **details,
    }


@pytest.fixture
def report(tmp_path):
    """Render a report from a clean raw table, a warning, a refused and a late export."""
    warning = rule(
        "total",
        "warning",
        False,
        unexpected_count=1234,
        places=("e1 Budget/LigneBudget[17] MtReal", *(f"e1 Budget/LigneBudget[{n}]" for n in range(19))),
        exports=("e1",),
        amount_eur="1234567.89",
    )
    quality.record(tmp_path, "raw", [TableVerdict("raw", "ligne", (rule("lisible"), warning))], "run", "finance_pes")
    quality.record(tmp_path, "marts", [TableVerdict("marts", "fct_cost_line", (rule("conservation"),))], "run")
    exports = [
        export("e1", days=30),
        export("e2", "refused", reason="Montant <b>illisible</b>", report="refused/finance_pes/e2.html"),
        export("e3", system="budget_totem", received_at=datetime.now(UTC).replace(tzinfo=None).isoformat()),
        export("e4", "refused", system="unrecognised", cadence_days=None, tolerance_days=None, department=""),
    ]
    return tmp_path, quality.render(tmp_path, exports)


def assert_self_contained(page):
    assert ("html", "lang", "fr") in page.attributes
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    assert "http://" not in page.source
    assert "https://" not in page.source
    assert "@import" not in page.source
    assert "url(" not in page.source
    policies = [value for tag, name, value in page.attributes if (tag, name) == ("meta", "content")]
    assert any("default-src 'none'" in policy for policy in policies)
    assert "prefers-color-scheme: dark" in page.source
    assert "@media print" in page.source


def test_the_report_counts_and_names(report):
    _, path = report
    page = Page(path)
    assert_self_contained(page)
    assert path.name == "index.html"
    for expected in (
        "2 contrôles réussis sur 3",
        "0 échec bloquant",
        "1 point à vérifier",
        "2 exports refusés",
        "1 système en retard",
        "Données publiables.",
        "Règle total Raison total",
        "1 234",
        "1 234 567,89 €",
        "e1.xml Budget/LigneBudget[17] : MtReal",
        "et 1 214 non montrées",
        "finance_pes / ligne",
        "1 règle sur 2 · 1 200 lignes",
    ):
        assert expected in page.text, expected


def test_a_late_system_and_one_on_time(report):
    _, path = report
    page = Page(path)
    rows = page.text[page.text.index("Fraîcheur") : page.text.index("Exports refusés")]
    pes, totem = rows.index("finance_pes"), rows.index("budget_totem")
    assert "À jour" in rows[totem:pes]
    assert "En retard" in rows[pes:]
    assert "unrecognised" not in rows


def test_what_a_file_says_is_escaped_and_the_refusal_report_is_linked(report):
    home, path = report
    page = Page(path)
    assert "Montant &lt;b&gt;illisible&lt;/b&gt;" in page.source
    assert ("a", "href", "../refused/finance_pes/e2.html") in page.attributes
    assert (path.parent / "../refused/finance_pes").resolve().is_relative_to(home)


@pytest.mark.parametrize(
    ("layer", "severity", "expected"),
    [
        ("marts", "critical", "Publication arrêtée."),
        ("raw", "critical", "Données publiables."),
        ("marts", "warning", "Données publiables."),
    ],
)
def test_only_a_critical_failure_after_reception_stops_publication(tmp_path, layer, severity, expected):
    quality.record(
        tmp_path, layer, [TableVerdict(layer, "t", (rule("r", severity, False, unexpected_count=1),))], "run"
    )
    assert expected in Page(quality.render(tmp_path, [])).text


def test_a_new_verdict_replaces_the_former_one(tmp_path):
    for passed in (False, True):
        quality.record(tmp_path, "marts", [TableVerdict("marts", "t", (rule("r", "critical", passed),))], "run")
    page = Page(quality.render(tmp_path, []))
    assert "Tous les contrôles sont réussis" in page.text
    assert sorted(path.name for path in (tmp_path / "quality").iterdir()) == ["index.html", "marts.json"]


def test_a_report_before_any_export(tmp_path):
    text = Page(quality.render(tmp_path, [])).text
    assert "Aucun contrôle n'a encore été fait" in text
    assert "Aucun export n'a encore été reçu" in text


def test_a_refusal_by_the_reader(tmp_path):
    error = RefusedExport("La valeur n'est pas un montant", "Ligne 12, dans A[1]", "Un nombre", "Corrigez la donnée.")
    path = refusals.write(
        tmp_path, "finance_pes", "Finances", "f.xml", "ab" * 32, error, datetime(2025, 3, 1, tzinfo=UTC)
    )
    page = Page(path)
    assert_self_contained(page)
    assert path == tmp_path / "refused" / "finance_pes" / "f.xml.abababab.html"
    for expected in (
        "f.xml",
        "Finances",
        "1er mars 2025 à 1 h 00",
        "La valeur n'est pas un montant",
        "Où Ligne 12, dans A[1]",
        "Attendu Un nombre",
        "Corrigez la donnée.",
        "Le dernier export accepté reste en usage",
    ):
        assert expected in page.text, expected


def test_a_refusal_by_the_guard(tmp_path):
    failed = rule("r", "critical", False, unexpected_count=30, places=("e1 Budget/LigneBudget[17] MtReal",))
    path = refusals.write(tmp_path, "budget_totem", "Finances", "ca.xml", "cd" * 32, [failed], datetime.now(UTC))
    text = Page(path).text
    assert "30 éléments sur 1 200" in text
    assert "Où Budget/LigneBudget[17] MtReal et 29 autres" in text
    assert "Attendu Règle r" in text
    assert "e1" not in text


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/abs.xml", "a\0b.xml", "..", ".cache", "é" * 300, "<script>.xml", "con\u202eslx.xml", ""],
)
def test_no_file_name_leads_elsewhere(tmp_path, name):
    error = RefusedExport("Problème")
    path = refusals.write(tmp_path, "../sys", "", name, "../../" + "a" * 58, error, datetime.now(UTC))
    assert path.resolve().parent.parent == (tmp_path / "refused").resolve()
    assert path.exists()
    assert not path.name.startswith(".")
    assert len(path.name.encode()) < 200
    assert "<script>" not in path.read_text(encoding="utf-8")


def test_french_figures():
    assert french.number(1234567) == "1\u202f234\u202f567"
    assert french.euros("-1234.5") == "\u22121\u202f234,50\u00a0€"
    assert french.day(datetime(2025, 7, 31, 23, 0, tzinfo=UTC)) == "1er\u00a0août\u00a02025"
    at = datetime(2025, 1, 5, 12, 5, tzinfo=UTC)
    assert french.day_and_time(at) == "5\u00a0janvier\u00a02025 à 13\u00a0h\u00a005"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    """RGAA 3.2.1: 4.5 to 1 for text, computed from the colours of the style as WCAG 2 defines contrast."""
    style = (pages.TEMPLATES / "page.html.j2").read_text(encoding="utf-8")
    block = style.split(":root {")[1 if scheme == "light" else 2].split("}")[0]
    colours = dict(part.strip().split(": ") for part in block.replace("--", "").split(";") if ":" in part)

    def luminance(colour):
        channels = [int(colours[colour][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    pairs = [(ink, ground) for ink in ("ink", "soft", "link", "good", "warn", "bad") for ground in ("paper", "sheet")]
    pairs += [(state, f"{state}-wash") for state in ("good", "warn", "bad")]
    for ink, ground in pairs:
        low, high = sorted([luminance(ink), luminance(ground)])
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)
