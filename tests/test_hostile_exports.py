"""Exports made to harm, cut off or damaged: a reader gives frames or a refusal in French, and nothing else."""

import random
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.pseudonyms import Pseudonyms

PROJECT = Path(__file__).parent.parent
SYSTEMS = PROJECT / "tests" / "systems"
SAMPLES = {
    "finance_pes": SYSTEMS / "finance_pes" / "exports" / "mandats_et_titres.xml",
    "budget_totem": SYSTEMS / "budget_totem" / "exports" / "CA_2024_principal.xml",
    "reference": SYSTEMS / "reference" / "exports" / "plan_depose_a_plat.xml",
}
FLOW = '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">{}</n:PES_Aller>'


def rows(system: str, export: Path) -> int:
    """Return the number of rows that the reader of ``system`` finds in ``export``."""
    reader = import_module(f"orchestration.defs.{system}.extract")
    return sum(len(frame) for _, frame in reader.extract(export, Pseudonyms(b"k" * 32, system)))


def outcome(system: str, folder: Path, content: bytes) -> int | RefusedExport:
    """Return the number of rows found in ``content``, or its refusal. Any other exception fails the test."""
    export = folder / "export.xml"
    export.write_bytes(content)
    reader = import_module(f"orchestration.defs.{system}.extract")
    assert reader.recognise(content[:8192]) in (True, False)
    try:
        return rows(system, export)
    except RefusedExport as refusal:
        assert refusal.problem
        assert refusal.action
        return refusal


SECRET = "the content of a file that no export may read"
LAUGHS = "".join(f"<!ENTITY l{level} '{''.join(f'&l{level - 1};' for _ in range(10))}'>" for level in range(1, 10))
ATTACKS = {
    "external entity": '<!DOCTYPE n [<!ENTITY x SYSTEM "file://{secret}">]>' + FLOW.format("<NomFic V='&x;'/>&x;"),
    "external document type": '<!DOCTYPE n SYSTEM "file://{secret}">' + FLOW.format(""),
    "parameter entity": '<!DOCTYPE n [<!ENTITY % x SYSTEM "file://{secret}"> %x;]>' + FLOW.format(""),
    "billion laughs": f"<!DOCTYPE n [<!ENTITY l0 'ha'>{LAUGHS}]>" + FLOW.format("&l9;"),
    "quadratic blow-up": f"<!DOCTYPE n [<!ENTITY a '{'a' * 50_000}'>]>" + FLOW.format("&a;" * 50_000),
    "lower case": '<!doctype n [<!entity x SYSTEM "file://{secret}">]>' + FLOW.format("&x;"),
}
OTHER_ATTACKS = {
    "late document type": f"<!--{'x' * 70_000}--><!DOCTYPE n [<!ENTITY x 'y'>]>" + FLOW.format("&x;"),
    "deep nesting": FLOW.format("<a>" * 100_000 + "</a>" * 100_000),
    "undeclared entity": FLOW.format("&nom;"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_document_type_is_refused_and_reads_nothing(tmp_path, attack, encoding):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    content = attack.replace("{secret}", str(secret)).encode(encoding)
    for system in SAMPLES:
        refusal = outcome(system, tmp_path, content)
        assert isinstance(refusal, RefusedExport)
        assert "DOCTYPE" in refusal.problem
        assert SECRET not in str(refusal)


@pytest.mark.parametrize("system", SAMPLES)
def test_document_type_hidden_by_its_encoding_is_refused(tmp_path, system):
    """In UTF-7 no byte reads <!DOCTYPE before the parser decodes."""
    sample = SAMPLES[system].read_bytes().decode("latin-1").encode("ascii", "ignore")
    plain = sample.replace(b"+", b"+-").replace(b"ISO-8859-1", b"UTF-7", 1)
    assert isinstance(outcome(system, tmp_path, plain), int), "UTF-7 must be readable for this test to mean anything"
    hidden = plain.replace(b"?>", b"?>+ADwAIQ-DOCTYPE n +AFsAPAAh-ENTITY x 'y'+AD4AXQA+-", 1)
    refusal = outcome(system, tmp_path, hidden)
    assert isinstance(refusal, RefusedExport)
    assert "DOCTYPE" in refusal.problem


@pytest.mark.parametrize("attack", OTHER_ATTACKS.values(), ids=OTHER_ATTACKS)
def test_other_attack_is_refused(tmp_path, attack):
    for system in SAMPLES:
        refusal = outcome(system, tmp_path, attack.encode())
        assert isinstance(refusal, RefusedExport)
        assert not isinstance(refusal, UnfinishedExport)


@pytest.mark.parametrize("chunk_bytes", [1, 61, 997])
@pytest.mark.parametrize("system", SAMPLES)
def test_where_the_file_is_cut_into_chunks_does_not_matter(monkeypatch, system, chunk_bytes):
    reader = import_module(f"orchestration.defs.{system}.extract")

    def records() -> list[tuple[str, list[dict[str, str | None]]]]:
        frames = reader.extract(SAMPLES[system], Pseudonyms(b"k" * 32, system))
        return [(table, frame.to_dict("records")) for table, frame in frames]

    expected = records()
    monkeypatch.setattr("orchestration.lib.xml.CHECKED_BYTES", 700)
    monkeypatch.setattr("orchestration.lib.xml.CHUNK_BYTES", chunk_bytes)
    assert records() == expected


@pytest.mark.parametrize("where", ["attribute", "text"])
def test_attachment_of_20_megabytes_is_skipped(tmp_path, where):
    base64 = "QUJD" * 5_000_000
    attachment = f'<Fichier V="{base64}"/>' if where == "attribute" else f"<Fichier>{base64}</Fichier>"
    sample = SAMPLES["finance_pes"].read_text(encoding="latin-1")
    before, after = sample.split("<Fichier ", 1)
    content = before + attachment + after.split("</Fichier>", 1)[1]
    assert outcome("finance_pes", tmp_path, content.encode("latin-1")) == rows("finance_pes", SAMPLES["finance_pes"])


# The peak is reset first: a process inherits that of its parent.
MEASURE = """
import re, sys
from pathlib import Path
from orchestration.defs.finance_pes import extract
from orchestration.lib.pseudonyms import Pseudonyms
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
Path("/proc/self/clear_refs").write_text("5")
before = peak()
rows = sum(len(frame) for _, frame in extract.extract(Path(sys.argv[1]), Pseudonyms(b"k" * 32, "finance_pes")))
print(rows, peak() - before)
"""


def test_memory_does_not_grow_with_what_is_not_read(tmp_path):
    """Bordereaux of a domain that is not ours, attachments and signatures leave the tree as the file goes by."""
    foreign = "<Facture><Ligne V='1'/><Ligne V='2'/></Facture>" * 200_000
    attachments = "".join(f'<PJ><Fichier V="{"QUJD" * 25_000}"/><NomPJ V="{rank}"/></PJ>' for rank in range(500))
    export = tmp_path / "export.xml"
    export.write_text(FLOW.format(f"<PES_Facture>{foreign}</PES_Facture><PES_PJ>{attachments}</PES_PJ>"))
    measured = subprocess.run([sys.executable, "-c", MEASURE, export], capture_output=True, check=True, cwd=PROJECT)
    rows_found, grown_kib = map(int, measured.stdout.split())
    assert rows_found == 0
    assert grown_kib * 1024 < export.stat().st_size / 3


@pytest.mark.parametrize("system", SAMPLES)
def test_cut_off_file_is_never_taken_for_whole(tmp_path, system):
    content = SAMPLES[system].read_bytes()
    generator = random.Random(20240315)
    end = content.rindex(b">")
    for cut in sorted(generator.randrange(end) for _ in range(40)):
        assert isinstance(outcome(system, tmp_path, content[:cut]), UnfinishedExport), f"cut at byte {cut}"


@pytest.mark.parametrize("system", SAMPLES)
def test_flipped_bits_give_rows_or_a_refusal(tmp_path, system):
    content = SAMPLES[system].read_bytes()
    generator = random.Random(20240316)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(generator.choice((1, 3, 20))):
            damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        refused += isinstance(outcome(system, tmp_path, bytes(damaged)), RefusedExport)
    assert refused > 50


@pytest.mark.parametrize("system", SAMPLES)
@pytest.mark.parametrize("encoding", ["iso-8859-1", "iso-8859-15", "windows-1252", "utf-8", "utf-8-sig", "utf-16"])
def test_every_declared_encoding_gives_the_same_rows(tmp_path, system, encoding):
    text = SAMPLES[system].read_bytes().decode("latin-1")
    declared = encoding.removesuffix("-sig")
    export = tmp_path / "export.xml"
    export.write_bytes(text.replace("ISO-8859-1", declared, 1).encode(encoding))
    reader = import_module(f"orchestration.defs.{system}.extract")
    pseudonyms = Pseudonyms(b"k" * 32, system)
    assert reader.recognise(export.read_bytes()[:8192])
    expected = [(table, frame.to_dict("records")) for table, frame in reader.extract(SAMPLES[system], pseudonyms)]
    assert [(table, frame.to_dict("records")) for table, frame in reader.extract(export, pseudonyms)] == expected


@pytest.mark.parametrize("system", SAMPLES)
@pytest.mark.parametrize("declared", ["UTF-8", "EBCDIC-XYZ", "ISO-2022-JP"])
def test_undeclared_encoding_is_refused(tmp_path, system, declared):
    text = SAMPLES[system].read_bytes().replace(b"ISO-8859-1", declared.encode(), 1)
    refusal = outcome(system, tmp_path, text)
    assert isinstance(refusal, RefusedExport)
    assert "encodage" in refusal.problem


@pytest.mark.parametrize("system", SAMPLES)
@pytest.mark.parametrize("content", [b"", b"   \n", b"\xef\xbb\xbf", b"\0\0\0\0"], ids=["empty", "blank", "BOM", "NUL"])
def test_empty_file_may_still_be_written(tmp_path, system, content):
    assert isinstance(outcome(system, tmp_path, content), UnfinishedExport)


@pytest.mark.parametrize("content", [b"PK\x03\x04...", b"%PDF-1.7", b"a;b;c\n1;2;3\n", b"{}", b"\x1f\x8b\x08\0"])
def test_file_that_is_not_xml_is_refused(tmp_path, content):
    for system in SAMPLES:
        refusal = outcome(system, tmp_path, content)
        assert isinstance(refusal, RefusedExport)
        assert not isinstance(refusal, UnfinishedExport)
        assert "n'est pas un fichier XML" in refusal.problem


@pytest.mark.parametrize("after", [b"<oops/>", b"trailing text"])
def test_content_after_the_end_is_refused(tmp_path, after):
    for system, sample in SAMPLES.items():
        refusal = outcome(system, tmp_path, sample.read_bytes() + after)
        assert isinstance(refusal, RefusedExport)
        assert not isinstance(refusal, UnfinishedExport)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(alphabet="<>/!?&;=\"' aV1\n", max_size=300).map(str.encode)))
def test_arbitrary_bytes_give_rows_or_a_refusal(tmp_path, content):
    for system in SAMPLES:
        outcome(system, tmp_path, content)


NAMES = st.sampled_from(
    [
        *("PES_DepenseAller", "PES_RecetteAller", "PES_DepenseRetour", "EnTetePES", "ElementACQUIT", "Exer", "MtHT"),
        *("Bordereau", "BlocBordereau", "Piece", "BlocPiece", "InfoPce", "InfoPiece", "IdPce", "Nature"),
        *("LigneDePiece", "BlocLignePiece", "InfoLignePce", "Tiers", "InfoTiers"),
    ]
)
TREES = st.recursive(
    NAMES.map(lambda name: f'<{name} V="1"/>'),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", NAMES, st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=TREES)
def test_elements_in_any_order_give_rows_or_a_refusal(tmp_path, content):
    for root in ("PES_Aller", "PES_Retour", "PES_ACQUIT"):
        outcome("finance_pes", tmp_path, FLOW.replace("PES_Aller", root).format(content).encode())
