"""The XHL état de paye: every trap of the format, one test each. What a whole file gives is in tests/systems."""

import random
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from orchestration.defs.payroll_xhl import extract as xhl
from orchestration.lib import intake, landing, xml
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.system import all_systems

PROJECT = Path(__file__).parent.parent
EXPORTS = PROJECT / "tests" / "systems" / "payroll_xhl" / "exports"
COMPLETE = EXPORTS / "etat_complet.xhl"
NAMESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/paye_1_1"
SIREN, SIRET = "999001019", "99900101900010"
PSEUDONYMS = Pseudonyms(b"k" * 32, "payroll")
Rows = dict[str, list[dict[str, str | None]]]


def read(export: Path) -> Rows:
    tables: Rows = {}
    for table, frame in xhl.extract(export, PSEUDONYMS):
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def said(folder: Path, text: str | bytes) -> Rows:
    """Return what the reader finds in a file of this content."""
    export = folder / "export.xhl"
    export.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(export)


def line(kind: str, amount: str, label: str = "", **leaves: str) -> str:
    more = "".join(f'<{name} V="{value}"/>' for name, value in leaves.items())
    return f'<{kind}><Libelle V="{label}"/><Mt V="{amount}"/>{more}</{kind}>'


def payslip(*lines: str, agent: str = '<Matricule V="1"/>', more: str = "") -> str:
    pay = f"<Remuneration>{''.join(lines)}</Remuneration>"
    return f"<PayeIndivMensuel><Agent>{agent}</Agent>{pay}{more}</PayeIndivMensuel>"


def etat(*payslips: str, month: str = "3", year: str = "2026", more: str = "") -> str:
    return f"""<n:DocumentPaye xmlns:n="{NAMESPACE}"><Annee V="{year}"/><Mois V="{month}"/>
      <Employeur><Siret V="{SIRET}"/></Employeur><DonneesIndiv>{"".join(payslips)}</DonneesIndiv>{more}
      </n:DocumentPaye>"""


def without_places(tables: Rows) -> dict[str, Counter]:
    """Return the rows of each table without their place and ranks, as a change of order leaves them."""
    left_out = {"source_record", "bulletin_rank", "donnees_rank"}
    return {
        table: Counter(tuple((name, value) for name, value in row.items() if name not in left_out) for row in rows)
        for table, rows in tables.items()
    }


# Structure


def test_the_worked_example_of_the_format():
    tables = read(EXPORTS / "exemple_d_un_bulletin.xhl")
    total = Counter()
    for row in tables["ligne"]:
        total["gross" if row["element"] in xhl.GAINS else row["element"]] += Decimal(row["mt"])
    assert total == {
        "gross": Decimal("1823.26"), "Deduction": Decimal("184.07"), "Cotisation": Decimal("639.25"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    {
        "default namespace": ("<n:DocumentPaye xmlns:n=", "<DocumentPaye xmlns="),
        "namespace of its own": ("<n:DocumentPaye ", '<n:DocumentPaye xmlns="urn:logiciel" '),
        "namespace on payslips only": ("<PayeIndivMensuel>", '<PayeIndivMensuel xmlns="urn:logiciel">'),
        "namespace on lines only": ("<Remuneration>", '<Remuneration xmlns="urn:logiciel">'),
        "namespace on the employer only": ("<Employeur>", '<Employeur xmlns="urn:logiciel">'),
    }.items(),
    ids=lambda change: change[0],
)
def test_only_local_names_count(tmp_path, change):
    text = COMPLETE.read_text(encoding="latin-1").replace(*change[1])
    if change[0] == "default namespace":
        text = text.replace("</n:DocumentPaye>", "</DocumentPaye>")
    assert said(tmp_path, text.encode("latin-1")) == read(COMPLETE)


@pytest.mark.parametrize("seed", range(5))
def test_elements_may_come_in_any_order(tmp_path, seed):
    root = etree.fromstring(COMPLETE.read_bytes(), etree.XMLParser(remove_comments=True))
    generator = random.Random(seed)
    for element in list(root.iter()):
        element[:] = generator.sample(list(element), len(element))
    assert without_places(said(tmp_path, etree.tostring(root))) == without_places(read(COMPLETE))


def test_the_header_is_looked_for_after_the_payslips(tmp_path):
    text = etat(payslip(agent='<Matricule V="7"/><NIR V="1942099999041"/>'))
    header = re.search(r"<Annee.*</Employeur>", text, re.DOTALL)[0]
    late = text.replace(header, "").replace("</n:DocumentPaye>", f"{header}</n:DocumentPaye>")
    assert said(tmp_path, late) == said(tmp_path, text)


def test_a_header_that_never_comes_is_refused_by_name(tmp_path):
    text = etat(payslip()).replace('<Annee V="2026"/>', "")
    with pytest.raises(RefusedExport, match="élément Annee manque"):
        said(tmp_path, text)


def test_year_and_month_elsewhere_than_at_the_top_are_not_those_of_the_pay(tmp_path):
    text = etat(payslip(), more='<Nomenclatures><Annee V="1999"/><Mois V="12"/></Nomenclatures>')
    assert said(tmp_path, text)["etat"][0]["mois_paie"] == "2026-03"


@pytest.mark.parametrize(("month", "expected"), [("3", "2026-03"), ("03", "2026-03"), ("12", "2026-12")])
def test_a_month_with_or_without_its_zero(tmp_path, month, expected):
    assert said(tmp_path, etat(payslip(), month=month))["etat"][0]["mois_paie"] == expected


@pytest.mark.parametrize("month", ["0", "13", "003", "mars", "3.0"])
def test_a_month_that_is_none_is_refused(tmp_path, month):
    with pytest.raises(RefusedExport, match="Mois n'est pas un mois"):
        said(tmp_path, etat(payslip(), month=month))


def test_an_unknown_root_or_other_format_is_not_recognised():
    assert xhl.recognise(b'<n:DocumentPaye xmlns:n="urn:autre"/>') is False
    assert xhl.recognise(b"<DocumentPaye/>") is False
    assert xhl.recognise(f'<n:DocumentPaye xmlns:n="{NAMESPACE}_2"/>'.encode()) is True


# Payslips


def test_one_agent_may_have_several_payslips_and_one_none(tmp_path):
    tables = said(
        tmp_path,
        etat(
            payslip(line("TraitBrut", "10.00")),
            payslip(line("TraitBrut", "5.00"), agent='<Matricule V=" 0001 "/>'),
            "<PayeIndivMensuel><Remuneration/></PayeIndivMensuel>",
        ),
    )
    first, second, nobody = tables["bulletin"]
    assert first["matricule_pseudonym"] == second["matricule_pseudonym"] == PSEUDONYMS.of(f"matricule:{SIREN}:1")
    assert (nobody["matricule_pseudonym"], nobody["agent_pseudonym"], nobody["sexe"]) == (None, None, None)
    assert [row["bulletin_rank"] for row in tables["ligne"]] == ["1", "2"]


def test_a_matricule_is_the_same_however_it_is_written(tmp_path):
    written = ("A-77 12", "a-7712", "00A-7712")
    rows = said(tmp_path, etat(*(payslip(agent=f'<Matricule V="{text}"/>') for text in written)))["bulletin"]
    assert {row["matricule_pseudonym"] for row in rows} == {PSEUDONYMS.of(f"matricule:{SIREN}:A-7712")}


@pytest.mark.parametrize(
    ("nir", "sex", "year", "is_known"),
    [
        ("1842099999041", "01", "1984", True),
        ("2842099999041", "02", "1984", True),
        ("7842099999041", "01", "1984", True),
        ("8842099999041", "02", "1984", True),
        ("1 84 20 99 999 041", "01", "1984", True),
        ("184202A999041", "01", "1984", True),
        ("184202a99904165", "01", "1984", True),
        ("18420999990410", None, None, False),  # 14 characters
        ("184209999904139", "01", "1984", True),
        ("184209999904100", "01", "1984", False),  # wrong key
        ("1841399999041", None, None, False),  # no such month
        ("5842099999041", None, None, False),
        ("1122099999041", "01", "2012", True),  # 14 years old
        ("1132099999041", "01", None, True),  # 13 years old or 113
        ("1262099999041", "01", "1926", True),  # 100 years old
        ("", None, None, False),
    ],
)
def test_what_a_nir_tells(tmp_path, nir, sex, year, is_known):
    (row,) = said(tmp_path, etat(payslip(agent=f'<NIR V="{nir}"/>')))["bulletin"]
    plain = nir.replace(" ", "").upper()[:13]
    assert (row["sexe"], row["annee_naissance"]) == (sex, year)
    assert row["agent_pseudonym"] == (PSEUDONYMS.of(f"nir:{plain}") if is_known else None)


@pytest.mark.parametrize(
    ("civility", "sex"),
    [("MADAME", "02"), ("Mme", "02"), ("MLLE", "02"), ("M.", "01"), ("MONSIEUR", "01"), ("DOCTEUR", "01"), ("", "01")],
)
def test_the_civility_comes_before_the_nir(tmp_path, civility, sex):
    agent = f'<Civilite V="{civility}"/><NIR V="1842099999041"/>'
    assert said(tmp_path, etat(payslip(agent=agent)))["bulletin"][0]["sexe"] == sex


@pytest.mark.parametrize(
    ("points", "expected"),
    [("", None), ('<NBI V="00"/>', "00"), ('<NBI V="25"/><NBI V="10.5"/>', "35.5"), ('<NBI V="25"/><NBI V="x"/>', "x")],
)
def test_several_nbi_are_one_number_of_points(tmp_path, points, expected):
    assert said(tmp_path, etat(payslip(more=points)))["bulletin"][0]["nbi"] == expected


def test_an_elected_member_has_neither_grade_nor_index(tmp_path):
    agent = '<RefNomenStatutaire><Code V="YYX2"/><Libelle V="Elu"/></RefNomenStatutaire><Grade V=""/><Indice V="0"/>'
    (row,) = said(tmp_path, etat(payslip(agent=agent)))["bulletin"]
    assert (row["net"], row["net_libelle"], row["grade"], row["indice"]) == ("YYX2", "Elu", None, "0")


def test_the_pay_period_may_disagree_with_the_month(tmp_path):
    period = '<Periode><DateDebut V="2005-05-01"/><DateFin V="2005-05-31"/></Periode>'
    tables = said(tmp_path, etat(payslip(more=period)))
    assert tables["bulletin"][0]["debut_periode"] == "2005-05-01"
    assert tables["etat"][0]["mois_paie"] == "2026-03"


# Lines


@pytest.mark.parametrize("kind", sorted(xhl.GAINS))
@pytest.mark.parametrize("amount", ["-35.00", "00", "0", "1234.5", "+12.00"])
def test_a_gain_may_be_negative_or_written_00(tmp_path, kind, amount):
    (row,) = said(tmp_path, etat(payslip(line(kind, amount))))["ligne"]
    assert (row["element"], row["mt"]) == (kind, amount)


def test_rate_base_and_units_are_kept_as_the_vendor_likes(tmp_path):
    lines = (
        line("Cotisation", "15.00", Base="100", Taux="15"),
        line("Cotisation", "15.00", Base="100", Taux="0.15"),
        line("Cotisation", "15.00", Base="00", Taux="15", NbUnite="100"),
    )
    rows = said(tmp_path, etat(payslip(*lines)))["ligne"]
    assert [(row["base"], row["taux"], row["nb_unite"]) for row in rows] == [
        ("100", "15", None),
        ("100", "0.15", None),
        ("00", "15", "100"),
    ]


def test_one_code_may_be_a_gain_a_deduction_and_a_contribution(tmp_path):
    lines = (
        line(kind, "10.00", "CNRACL", Code="400") for kind in ("TraitBrut", "Deduction", "Cotisation", "Deduction")
    )
    rows = said(tmp_path, etat(payslip(*lines)))["ligne"]
    assert [row["source_record"].rpartition("/")[2] for row in rows] == [
        "TraitBrut[1]",
        "Deduction[1]",
        "Cotisation[1]",
        "Deduction[2]",
    ]


def test_a_recall_keeps_the_period_that_it_is_about(tmp_path):
    recall = line("Rappel", "-35.00").replace(
        "</Rappel>", '<PeriodeRef><DateDebut V="2021-02-01"/><DateFin V="2021-02-28"/></PeriodeRef></Rappel>'
    )
    (row,) = said(tmp_path, etat(payslip(recall)))["ligne"]
    assert (row["debut_reference"], row["fin_reference"], row["mt"]) == ("2021-02-01", "2021-02-28", "-35.00")


WITHHELD = [
    *("PAS", "P.A.S. taux 4,2", "Prélèvement à la source", "PRELEVEMENT A LA SOURCE", "PR L VEMENT   LA SOURCE"),
    *("Saisie-attribution", "SAISIE ARRET", "Opposition tiers détenteur", "OPPOSITION", "AVIS A TIERS DETENTEUR"),
    *("Avis à tiers", "AVIS   TIERS DETENTEUR", "SATD", "S.A.T.D.", "A.T.D.", "Impôt sur le revenu", "IMP T REVENU"),
    *("Pension alimentaire", "PENSION ALIM.", "Cession de salaire", "HUISSIER DE JUSTICE"),
]
ORDINARY = [
    *("CNRACL", "C.S.G. DÉDUCTIBLE", "COT. RETRAITE ADD FP", "MUTUELLE", "Avantage alimentation", "ATTRIBUTION IFSE"),
    *("PASSEPORT FORMATION", "IMPORTANT", "Rappel compassion", "RESAISIE CONGES", "CESSATION D'ACTIVITE"),
]


@pytest.mark.parametrize("label", WITHHELD)
def test_what_is_withheld_counts_in_the_control_and_never_lands(tmp_path, label):
    lines = (
        line("TraitBrut", "100.00", "TRAITEMENT"),
        line("Deduction", "20.00", "CNRACL"),
        line("Deduction", "7.00", label),
        line("Retenue", "3.00", "MUTUELLE"),
        line("Acompte", "10.00", "ACOMPTE"),
        line("Indemnite", "1.00", label),
    )
    tables = said(tmp_path, etat(payslip(*lines, more='<MtNetAPayer V="61.00"/>')))
    assert [(row["element"], row["libelle"], row["mt"]) for row in tables["ligne"]] == [
        ("TraitBrut", "TRAITEMENT", "100.00"),
        ("Deduction", "CNRACL", "20.00"),
        ("Indemnite", None, "1.00"),
    ]
    assert tables["bulletin"][0]["ecart_net"] == "0.00"


@pytest.mark.parametrize("label", ORDINARY)
def test_an_ordinary_deduction_lands(tmp_path, label):
    assert said(tmp_path, etat(payslip(line("Deduction", "1.00", label))))["ligne"][0]["libelle"] == label


def test_a_number_like_a_nir_in_a_label_blanks_it_and_keeps_its_euros(tmp_path):
    (row,) = said(tmp_path, etat(payslip(line("Deduction", "1.00", "PRET 184209999904146"))))["ligne"]
    assert (row["libelle"], row["mt"]) == (None, "1.00")


@pytest.mark.parametrize(
    ("net", "gap"), [("80.00", "0.00"), ("80.05", "-0.05"), ("79.5", "0.50"), ("00", "80.00"), (None, None)]
)
def test_the_gap_between_the_lines_and_the_net_to_pay(tmp_path, net, gap):
    stated = "" if net is None else f'<MtNetAPayer V="{net}"/>'
    lines = (line("TraitBrut", "100.00"), line("Deduction", "20"), line("Cotisation", "45.00"))
    assert said(tmp_path, etat(payslip(*lines, more=stated)))["bulletin"][0]["ecart_net"] == gap


def test_comments_are_no_lines(tmp_path):
    comment = '<Commentaire><Libelle V="Bonne retraite"/><Ordre V="1"/></Commentaire>'
    assert "ligne" not in said(tmp_path, etat(payslip(comment)))


@pytest.mark.parametrize("kind", ["Deduction", "Cotisation", "TraitBrut"])
def test_a_line_without_amount_is_refused(tmp_path, kind):
    with pytest.raises(RefusedExport, match="élément Mt manque"):
        said(tmp_path, etat(payslip(line(kind, ""))))


# Encodings

TEXT = "Indemnité « œuvre » – 5 €"


@pytest.mark.parametrize(
    ("announced", "written", "misread"),
    [
        ("UTF-8", "utf-8", 0),
        ("UTF-8", "windows-1252", 6),
        ("UTF-8", "utf-8-sig", 0),
        ("ISO-8859-1", "windows-1252", 3),
        ("windows-1252", "windows-1252", 0),
        ("ISO-8859-1", "utf-8-sig", 0),
        ("UTF-16", "utf-16", 0),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 65_536])
def test_characters_are_read_as_they_were_written(tmp_path, monkeypatch, announced, written, misread, chunk_bytes):
    monkeypatch.setattr(xml, "CHECKED_BYTES", 300)
    monkeypatch.setattr(xml, "CHUNK_BYTES", chunk_bytes)
    text = f'<?xml version="1.0" encoding="{announced}"?>\n' + etat(payslip(line("Indemnite", "1.00", TEXT)))
    tables = said(tmp_path, text.encode(written))
    assert tables["ligne"][0]["libelle"] == TEXT
    assert tables["etat"][0]["octets_mal_annonces"] == str(misread)


def test_a_file_that_announces_nothing_is_utf_8(tmp_path):
    tables = said(tmp_path, etat(payslip(line("Indemnite", "1.00", TEXT))).encode("windows-1252"))
    assert (tables["ligne"][0]["libelle"], tables["etat"][0]["octets_mal_annonces"]) == (TEXT, "6")


def test_a_wrong_byte_before_the_root_does_not_hide_the_format():
    text = f'<?xml version="1.0" encoding="UTF-8"?><!-- État de paye --><n:DocumentPaye xmlns:n="{NAMESPACE}">'
    assert xhl.recognise(text.encode("windows-1252")) is True


def test_reading_wrong_bytes_does_not_let_a_document_type_through(tmp_path):
    """An overlong form of "<" is no "<": it must not become one on its way to the parser."""
    hidden = etat(payslip()).encode().replace(b"<n:", b"\xc0\xbc!DOCTYPE n [\xc0\xbc!ENTITY x 'y'>]><n:", 1)
    with pytest.raises(RefusedExport, match=r"n'est pas un fichier XML|mal formé"):
        said(tmp_path, hidden)
    with pytest.raises(RefusedExport, match="DOCTYPE"):
        said(tmp_path, b"<!DOCTYPE n>" + etat(payslip()).encode())


# Size and damage

MEASURE = """
import re, sys
from pathlib import Path
from orchestration.defs.payroll_xhl import extract
from orchestration.lib import frames
from orchestration.lib.pseudonyms import Pseudonyms
frames.ROWS_PER_FRAME = 500  # the frames of 20,000 rows are the larger part of what is kept, and take long to fill
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
Path("/proc/self/clear_refs").write_text("5")
before = peak()
rows = sum(len(frame) for _, frame in extract.extract(Path(sys.argv[1]), Pseudonyms(b"k" * 32, "payroll")))
print(rows, peak() - before)
"""


def test_memory_does_not_grow_with_the_size_of_the_file(tmp_path):
    def grown(times: int) -> tuple[int, int]:
        text = COMPLETE.read_bytes()
        slips = re.search(rb"<PayeIndivMensuel>.*?</DonneesIndiv>", text, re.DOTALL)[0].removesuffix(b"</DonneesIndiv>")
        export = tmp_path / f"{times}.xhl"
        export.write_bytes(text.replace(slips, slips * times, 1))
        measured = subprocess.run([sys.executable, "-c", MEASURE, export], capture_output=True, check=True, cwd=PROJECT)
        rows, kib = map(int, measured.stdout.split())
        return rows, kib * 1024

    (few, small), (many, large) = grown(500), grown(2_000)
    assert many > 3.9 * few
    assert (tmp_path / "2000.xhl").stat().st_size > 13_000_000
    assert large - small < 3_000_000


def test_a_file_cut_off_is_never_taken_for_whole(tmp_path):
    content, generator = COMPLETE.read_bytes(), random.Random(20260303)
    for cut in sorted(generator.randrange(content.rindex(b">")) for _ in range(40)):
        with pytest.raises(UnfinishedExport):
            said(tmp_path, content[:cut])


def outcome(folder: Path, content: bytes) -> None:
    assert xhl.recognise(content[:8192]) in (True, False)
    try:
        said(folder, content)
    except RefusedExport as refusal:
        assert refusal.problem
        assert refusal.action


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LEAVES = [
    *("Annee", "Mois", "Siret", "NIR", "Matricule", "Civilite", "NBI", "Mt", "MtNetAPayer", "Libelle", "Code"),
    *("Taux", "DateDebut"),
]
BRANCHES = [
    *("DonneesIndiv", "PayeIndivMensuel", "Agent", "Remuneration", "TraitBrut", "Deduction", "Retenue", "Cotisation"),
    *("PeriodeRef", "Employeur", "Etablissement", "RepartitionBudget", "NomenclatureRubriquePaye", "Correspondance"),
    "Repartition",
]
VALUES = st.sampled_from(["", "1", "2026", "-1.00", SIRET, "1842099999041", "2026-03-01", "1e9", "NaN", "é"])
TREES = st.recursive(
    st.builds(lambda name, value: f'<{name} V="{value}"/>', st.sampled_from(LEAVES), VALUES),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from(BRANCHES),
        st.lists(inner, max_size=5),
    ),
    max_leaves=30,
)


@FUZZ
@given(content=st.one_of(st.binary(max_size=300), st.text(alphabet="<>/!?&;=\"' aV1é\n", max_size=300).map(str.encode)))
def test_arbitrary_bytes_give_rows_or_a_refusal(tmp_path, content):
    outcome(tmp_path, content)
    outcome(tmp_path, etat(payslip()).encode().replace(b"<Remuneration>", b"<Remuneration>" + content))


@FUZZ
@given(parts=st.lists(TREES, max_size=4))
def test_elements_anywhere_give_rows_or_a_refusal(tmp_path, parts):
    outcome(tmp_path, f'<n:DocumentPaye xmlns:n="{NAMESPACE}">{"".join(parts)}</n:DocumentPaye>'.encode())
    outcome(tmp_path, etat(payslip(), *parts, more="".join(parts)).encode())


def test_flipped_bits_give_rows_or_a_refusal(tmp_path):
    content, generator = COMPLETE.read_bytes(), random.Random(20260301)
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(generator.choice((1, 3, 20))):
            damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        outcome(tmp_path, bytes(damaged))


# Intake


def test_an_unreadable_rate_is_refused_by_name_and_the_rest_of_the_month_goes_on(home, register):
    folder = home.landing / "payroll_xhl"
    folder.mkdir(parents=True)
    good = etat(payslip(line("TraitBrut", "10.00", "TRAITEMENT", Taux="7.85")))
    (folder / "bon.xhl").write_text(good)
    (folder / "mauvais.xhl").write_text(good.replace('V="7.85"', 'V="7,85"'))
    system = all_systems()["payroll_xhl"]
    taken = intake.take_in(home, system, landing.pending(home.landing, system, register, [system]), register)
    assert [export.file_name for export in taken.accepted] == ["bon.xhl"]
    assert (taken.accepted[0].period_from, taken.accepted[0].period_to) == ("2026-03", "2026-03")
    (refused,) = taken.refused
    assert "Les nombres décimaux se lisent comme tels" in refused.reason
    shown = {rule.name for verdict in taken.verdicts for rule in verdict.rules if not rule.passed}
    assert shown == {"nomenclature_des_rubriques", "nir_de_forme_connue"}
