"""Nothing that names a natural person leaves a reader: canaries planted everywhere, searched for in every frame.

Source of the rules: data minimisation (GDPR art. 5) and decree 2019-341, which does not let a town keep a NIR here.
"""

from importlib import import_module
from pathlib import Path

import pytest

from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.home import SYSTEMS
from orchestration.lib.neodes import norm
from orchestration.lib.pseudonyms import Pseudonyms

KEY = b"k" * 32
NAME, FIRST_NAME, NIR = "CHIMEREAU", "Ondeline", "285059900100294"
IBAN, STREET, REFERENCE = "FR7699999000010000000000413", "9 impasse Imaginaire", "MATRICULE-00413"
CANARIES = (NAME, FIRST_NAME, NIR, NIR[:13], IBAN, STREET, REFERENCE)
WHOLE_NAME = f"{NAME} {FIRST_NAME}"

PERSONS = {
    "category": '<CatTiers V="01"/><NatJur V="06"/>',
    "legal form": '<CatTiers V="60"/><NatJur V="01"/>',
    "sole trader": '<CatTiers V="60"/><NatJur V="02"/>',
    "nature of the number": '<NatIdTiers V="04"/><CatTiers V="60"/><NatJur V="03"/>',
    "civility": '<CatTiers V="60"/><NatJur V="03"/><Civilite V="MME"/>',
    "first name": f'<CatTiers V="60"/><NatJur V="03"/><Prenom V="{FIRST_NAME}"/>',
    "shape of the number": '<CatTiers V="60"/><NatJur V="03"/>',
    "nothing said": "",
    "unknown codes": '<CatTiers V="99"/><NatJur V="00"/>',
    "number of no organisation": '<NatIdTiers V="09"/>',
}
ORGANISATIONS = {
    "category": '<CatTiers V="23"/>',
    "legal form": '<NatJur V="06"/>',
    "SIRET": '<IdTiers V="99900101900010"/><NatIdTiers V="01"/>',
    "SIREN": '<IdTiers V="999001027"/><NatIdTiers V="02"/>',
    "SIRET without its nature": '<IdTiers V="99900101900010"/>',
}
LINES = {
    "PES_DepenseAller": ("InfoLignePce", f"<InfoPce>{{keys}}<Obj V='Secours à {WHOLE_NAME}'/></InfoPce>"),
    "PES_RecetteAller": ("InfoLignePiece", f"{{keys}}<ObjPce V='Cantine {WHOLE_NAME}'/>"),
}


def tiers(said: str, number: bool = True) -> str:
    """Return a Tiers full of canaries, of which the schema's codes say ``said``."""
    identity = f'<IdTiers V="{NIR}"/>' if number else ""
    return f"""<Tiers><InfoTiers>{identity}<RefTiers V="{REFERENCE}"/>{said}<Nom V="{NAME}"/><ComplNom V="{NAME}"/>
      </InfoTiers><Adresse><Adr2 V="{STREET}"/></Adresse>
      <CpteBancaire><IBAN V="{IBAN}"/><TitCpte V="{NAME}"/></CpteBancaire></Tiers>"""


def flow(domain: str, parties: str, amount: str = "10.00", piece_nature: str = "01") -> str:
    """Return a flow with one line, whose labels name the canary, and the given tiers."""
    line, piece = LINES[domain]
    piece = piece.format(keys=f'<IdPce V="1"/><TypPce V="01"/><NatPce V="{piece_nature}"/>')
    return f"""<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
     <EnTetePES><DteStr V="2024-03-15"/><IdColl V="21620999900012"/><CodCol V="201"/><CodBud V="00"/></EnTetePES>
     <{domain}><Bordereau><BlocBordereau><Exer V="2024"/><IdBord V="1"/><DteBordEm V="2024-03-15"/><TypBord V="01"/>
      <MtBordHT V="10"/></BlocBordereau><Piece><BlocPiece>{piece}</BlocPiece><LigneDePiece><BlocLignePiece><{line}>
       <IdLigne V="1"/><ObjLignePce V="{WHOLE_NAME}"/><Nature V="6562"/><Facture V="{NAME}-3"/><LibVir1 V="{NAME}"/>
       <LibVir2 V="{FIRST_NAME}"/><MtHT V="{amount}"/></{line}></BlocLignePiece>{parties}</LigneDePiece></Piece>
     </Bordereau></{domain}></n:PES_Aller>"""


def read(system: str, folder: Path, text: str) -> dict[str, list[dict[str, str | None]]]:
    export = folder / "export.xml"
    export.write_text(text, encoding="utf-8")
    reader = import_module(f"orchestration.defs.{system}.extract")
    tables: dict[str, list[dict[str, str | None]]] = {}
    for table, frame in reader.extract(export, Pseudonyms(KEY, system)):
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def leaks(tables: dict[str, list[dict[str, str | None]]]) -> list[tuple[str, str]]:
    """Return (table, column) of every value in which a canary shows."""
    return [
        (table, column)
        for table, rows in tables.items()
        for row in rows
        for column, value in row.items()
        if value and any(canary.lower() in value.lower() for canary in CANARIES)
    ]


@pytest.mark.parametrize("domain", LINES)
@pytest.mark.parametrize("said", PERSONS.values(), ids=PERSONS)
def test_a_person_leaves_only_a_pseudonym(tmp_path, domain, said):
    tables = read("finance_pes", tmp_path, flow(domain, tiers(said)))
    assert leaks(tables) == []
    (line,) = tables["ligne"]
    assert line["is_person"] == "true"
    assert line["tiers_pseudonym"] == Pseudonyms(KEY, "finance_pes").of(REFERENCE)
    assert line["mt_ht"] == "10.00"


@pytest.mark.parametrize("said", ORGANISATIONS.values(), ids=ORGANISATIONS)
def test_an_organisation_keeps_its_name(tmp_path, said):
    party = f'<Tiers><InfoTiers>{said}<RefTiers V="F1"/><Nom V="HARMONIE"/></InfoTiers></Tiers>'
    (line,) = read("finance_pes", tmp_path, flow("PES_DepenseAller", party))["ligne"]
    assert (line["is_person"], line["nom"], line["ref_tiers"]) == ("false", "HARMONIE", "F1")
    assert line["tiers_pseudonym"] is None
    assert line["lib_vir1"] == NAME, "labels of an organisation's lines are data, not personal data"


def test_a_joint_debtor_who_is_a_person_blanks_the_labels_of_an_organisation(tmp_path):
    main = '<Tiers><InfoTiers><CatTiers V="60"/><TypTiers V="01"/><Nom V="HARMONIE"/></InfoTiers></Tiers>'
    joint = tiers('<CatTiers V="01"/><TypTiers V="03"/>')
    tables = read("finance_pes", tmp_path, flow("PES_RecetteAller", joint + main))
    assert leaks(tables) == []
    (line,) = tables["ligne"]
    assert (line["nom"], line["is_person"], line["tiers_count"]) == ("HARMONIE", "false", "2")


@pytest.mark.parametrize("domain", LINES)
def test_labels_stop_when_no_tiers_says_whom_they_are_about(tmp_path, domain):
    tables = read("finance_pes", tmp_path, flow(domain, ""))
    assert leaks(tables) == []
    assert tables["ligne"][0]["is_person"] == "false"


def test_payroll_without_tiers_keeps_its_label(tmp_path):
    tables = read("finance_pes", tmp_path, flow("PES_DepenseAller", "", piece_nature="11"))
    assert tables["ligne"][0]["is_person"] == "false"
    assert tables["piece"][0]["obj"] is not None


def test_the_number_is_hashed_only_for_want_of_a_reference(tmp_path):
    pseudonyms = Pseudonyms(KEY, "finance_pes")
    person = '<CatTiers V="01"/>'

    def pseudonym(party: str) -> str | None:
        return read("finance_pes", tmp_path, flow("PES_DepenseAller", party))["ligne"][0]["tiers_pseudonym"]

    without_reference = tiers(person).replace(f'<RefTiers V="{REFERENCE}"/>', "")
    name_only = tiers(person, number=False).replace(f'<RefTiers V="{REFERENCE}"/>', "")
    assert pseudonym(tiers(person)) == pseudonyms.of(REFERENCE)
    assert pseudonym(without_reference) == pseudonyms.of(NIR)
    assert pseudonym(name_only) == pseudonyms.of(NAME)
    assert pseudonym("<Tiers><InfoTiers/></Tiers>") is None


def test_acknowledgements_and_returns_name_nobody(tmp_path):
    header = """<EnTetePES><DteStr V="2024-03-15"/><IdColl V="21620999900012"/><CodCol V="201"/><CodBud V="00"/>
      </EnTetePES>"""
    error = f"<Erreur><NumAnoAck V='ERREUR_AUTRE'/><LibelleAnoAck V='Tiers {WHOLE_NAME} {NIR}'/></Erreur>"
    acknowledgement = f"""<n:PES_ACQUIT xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2">{header}
      <ACQUIT><ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/>
       <DetailPiece>{error}<DetailLigne>{error}</DetailLigne></DetailPiece></ElementACQUIT></ACQUIT></n:PES_ACQUIT>"""
    tables = read("finance_pes", tmp_path, acknowledgement)
    assert leaks(tables) == []
    assert tables["acquit"][0]["code_erreur"] == "ERREUR_AUTRE"
    returned = f"""<n:PES_Retour xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour">{header}
      <PES_DepenseRetour><Bordereau><BlocBordereau><Exer V="2024"/><IdBord V="1"/></BlocBordereau><Piece>
       <InfoPiece><IdPce V="1"/><Obj V="{WHOLE_NAME}"/></InfoPiece><LigneDePiece><BlocLignePiece><InfoLignePiece>
        <IdLigne V="1"/><LibVir1 V="{NAME}"/><LibVir2 V="{FIRST_NAME}"/><MtHT V="1"/></InfoLignePiece></BlocLignePiece>
        {tiers('<CatTiers V="01"/>')}</LigneDePiece></Piece></Bordereau></PES_DepenseRetour></n:PES_Retour>"""
    tables = read("finance_pes", tmp_path, returned)
    assert leaks(tables) == []
    assert tables["retour"][0]["mt_ht"] == "1"


@pytest.mark.parametrize("code", ["P3", "", "P9"], ids=["person", "not stated", "unknown"])
def test_budget_documents_name_nobody(tmp_path, code):
    stated = f'<CodNatJurBenefCA V="{code}"/>' if code else ""
    text = f"""<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"><Budget>
      <EnTeteBudget><Nomenclature V="M57-M57_D"/></EnTeteBudget>
      <BlocBudget><NatDec V="09"/><Exer V="2024"/></BlocBudget>
      <Annexes><DATA_CONCOURS><CONCOURS>{stated}<LibOrgaBenef V="{WHOLE_NAME}"/><MtSubv V="10"/><Siret V="{NIR}"/>
       <LibPrestaNat V="{NAME}"/><DenomOuNumSubv V="{NAME}"/><ObjSubv V="{STREET}"/><Champ_Editeur V="{NAME}"/>
       </CONCOURS></DATA_CONCOURS>
      <DATA_PRET><PRET><NomBenefPret V="{WHOLE_NAME}"/></PRET></DATA_PRET>
      <DATA_EMPRUNT><EMPRUNT><NomBenefEmprGaranti V="{NAME}"/><Champ_Editeur V="{NAME}"/></EMPRUNT></DATA_EMPRUNT>
      <DATA_PATRIMOINE><PATRIMOINE><Proprietaire V="{NAME}"/><LibObserv V="{NAME}"/></PATRIMOINE></DATA_PATRIMOINE>
      <DATA_PERSONNEL><PERSONNEL><LibMotifContrAgent V="{NAME}"/></PERSONNEL></DATA_PERSONNEL>
      <DATA_FORMATION><FORMATION><NomElu V="{NAME}"/></FORMATION></DATA_FORMATION>
      <DATA_SIGNATAIRE><SIGNATAIRE><Signataire V="{NAME}"/></SIGNATAIRE></DATA_SIGNATAIRE></Annexes>
      </Budget></DocumentBudgetaire>"""
    tables = read("budget_totem", tmp_path, text)
    assert leaks(tables) == []
    assert tables["concours"][0]["mt_subv"] == "10"


@pytest.mark.parametrize("civility", ["M.", "Mme", "MADAME", "Succession", "Consorts", "Époux"])
def test_a_lender_or_a_company_who_bears_a_civility_is_not_named(tmp_path, civility):
    text = f"""<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"><Budget>
      <EnTeteBudget><Nomenclature V="M57-M57_D"/></EnTeteBudget>
      <BlocBudget><NatDec V="09"/><Exer V="2024"/></BlocBudget>
      <Annexes><DATA_EMPRUNT>
       <EMPRUNT><LibOrgaPreteur V="{civility} {NAME}"/><ObjEmpr V="Rente {civility} {NAME}"/></EMPRUNT>
       <EMPRUNT><LibOrgaPreteur V="Caisse des dépôts"/><ObjEmpr V="École"/></EMPRUNT></DATA_EMPRUNT>
      <DATA_CONCOURS>
       <CONCOURS><CodNatJurBenefCA V="P2"/><LibOrgaBenef V="{civility} {NAME} menuiserie"/><ObjSubv V="{NAME}"/>
        <MtSubv V="1"/></CONCOURS>
       <CONCOURS><CodNatJurBenefCA V="P1"/><LibOrgaBenef V="Les amis de M. Hulot"/><MtSubv V="1"/></CONCOURS>
      </DATA_CONCOURS></Annexes></Budget></DocumentBudgetaire>"""
    tables = read("budget_totem", tmp_path, text)
    assert leaks(tables) == []
    assert [row["lib_orga_preteur"] for row in tables["emprunt"]] == [None, "Caisse des dépôts"]
    assert [row["obj_empr"] for row in tables["emprunt"]] == [None, "École"]
    assert [row["lib_orga_benef"] for row in tables["concours"]] == [None, "Les amis de M. Hulot"]


def state_of_pay(amount: str = "10.00", agent: str = "") -> str:
    """Return an état de paye whose every personal element is a canary."""
    bank = f'<CptBancaire><IdCpte V="{IBAN}"/><TitCpte V="{NAME}"/></CptBancaire>'
    about = f"""<Civilite V="MME"/><Nom V="{NAME}"/><ComplNom V="{NAME}"/><Prenom V="{FIRST_NAME}"/>
      <Matricule V="{REFERENCE}"/><NIR V="{NIR}"/><Adresse><Adr2 V="{STREET}"/></Adresse><NbEnfants V="9"/>
      <EmploiMetier V="Secrétaire de {WHOLE_NAME}"/><Statut V="TITULAIRE"/>{bank}"""

    def line(kind: str, label: str) -> str:
        return f'<{kind}><Libelle V="{label}"/><Code V="1"/><Mt V="{amount}"/><CodeCaisse V="C"/></{kind}>'

    lines = "".join(
        (
            line("TraitBrut", "Traitement"),
            line("Deduction", f"Saisie {WHOLE_NAME}"),
            line("Deduction", f"PAS {NAME}"),
            line("Deduction", f"Mutuelle {NIR}"),
            line("Retenue", f"Pension versée à {WHOLE_NAME}"),
            line("Acompte", NAME),
            line("RemDivers", f"Remboursement opposition {NAME}"),
            f'<Commentaire><Libelle V="Bonne fête {FIRST_NAME}"/></Commentaire>',
        )
    )
    return f"""<n:DocumentPaye xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/paye_1_1">
      <Annee V="2026"/><Mois V="3"/><Employeur><Nom V="X"/><Siret V="99900101900010"/></Employeur><DonneesIndiv>
      <PayeIndivMensuel>{agent}<Agent>{about}</Agent>
       <Evenement><Code V="CM"/><Description V="Maladie de {WHOLE_NAME}"/></Evenement>
       <Remuneration>{lines}</Remuneration><MtNetAPayer V="1.00"/><PJRef><NomPJ V="{NAME}.pdf"/></PJRef>
      </PayeIndivMensuel></DonneesIndiv></n:DocumentPaye>"""


def test_a_payslip_leaves_only_pseudonyms(tmp_path):
    tables = read("payroll_xhl", tmp_path, state_of_pay())
    assert leaks(tables) == []
    (payslip,) = tables["bulletin"]
    pseudonyms = Pseudonyms(KEY, "payroll_xhl")
    assert payslip["matricule_pseudonym"] == pseudonyms.of(f"matricule:999001019:{REFERENCE}")
    assert (payslip["sexe"], payslip["annee_naissance"]) == ("02", "1985")
    assert [(line["element"], line["libelle"]) for line in tables["ligne"]] == [
        ("TraitBrut", "Traitement"),
        ("Deduction", None),
        ("RemDivers", None),
    ]
    assert payslip["agent_pseudonym"] == pseudonyms.of(f"nir:{NIR[:13]}")


@pytest.mark.parametrize("amount", [WHOLE_NAME, NIR])
def test_the_refusal_of_a_payslip_does_not_quote_it(tmp_path, amount):
    for text in (state_of_pay(amount), state_of_pay(agent=f"<{NAME}>"), state_of_pay().replace("TraitBrut", NAME)):
        with pytest.raises(RefusedExport) as refusal:
            read("payroll_xhl", tmp_path, text)
        assert not any(canary.lower() in f"{refusal.value!r}{refusal.value}".lower() for canary in CANARIES)
        assert refusal.value.__cause__ is None


@pytest.mark.parametrize("value", [WHOLE_NAME, NIR, f"10 {NAME}"])
def test_a_refusal_does_not_quote_the_value(tmp_path, value):
    with pytest.raises(RefusedExport) as refusal:
        read("finance_pes", tmp_path, flow("PES_DepenseAller", "", amount=value))
    assert not any(canary.lower() in f"{refusal.value!r}{refusal.value}".lower() for canary in CANARIES)
    assert refusal.value.__cause__ is None


def test_a_malformed_file_is_not_quoted_either(tmp_path):
    with pytest.raises(RefusedExport) as refusal:
        read("finance_pes", tmp_path, flow("PES_DepenseAller", f"<{NAME}></{FIRST_NAME}>"))
    assert not any(canary.lower() in f"{refusal.value!r}".lower() for canary in CANARIES)
    assert refusal.value.__suppress_context__


DSN_FIELDS = {
    rubrique: field
    for fields in read_fields(SYSTEMS / "payroll_dsn").values()
    for field in fields
    for rubrique in field.path.split("|")
}
CONTRACT, NTT, BIRTH = "CTR-00413-ODC", "T852059900100", "15081985"
# What the identity of an agent and of a contract is read from; every other rubrique that does not land is a name.
DSN_IDENTITIES = {
    "S21.G00.30.001": NIR[:13],
    "S21.G00.30.005": "",
    "S21.G00.30.006": BIRTH,
    "S21.G00.30.019": REFERENCE,
    "S21.G00.30.020": NTT,
    "S21.G00.31.008": NIR[:13],
}
DSN_ENVELOPE = {
    "S10.G00.00.005": "02",
    "S20.G00.05.001": "01",
    "S21.G00.06.001": "999001001",
    "S21.G00.11.001": "00018",
}
DSN_READABLE = {
    "amount": "10.00",
    "decimal": "10.00",
    "integer": "10",
    "jjmmaaaa": "01032026",
    "siret": "99900101900010",
    "year": "2026",
    "text": "01",
}


def canary_of(rubrique: str, field: Field | None) -> str:
    """Return what ``rubrique`` says in a DSN full of canaries."""
    if rubrique in DSN_IDENTITIES:
        return DSN_IDENTITIES[rubrique]
    if field is None:
        return WHOLE_NAME
    return CONTRACT if field.personal_data else DSN_ENVELOPE.get(rubrique, DSN_READABLE[field.type])


def full_dsn(**said: str) -> str:
    """Return a declaration with every block and rubrique of the norm; what does not land as it is, is a canary."""
    lines = []

    def tell(block: str) -> None:
        for rubrique in norm().rubriques[1:]:
            if rubrique.rpartition(".")[0] == block:
                value = said.get(rubrique, canary_of(rubrique, DSN_FIELDS.get(rubrique)))
                lines.append(f"{rubrique},'{value}'")
        for child, parent in norm().parent.items():
            if parent == norm().rank[block]:
                tell(norm().blocks[child])

    for block in ("S10.G00.00", "S10.G00.01", "S10.G00.02", "S20.G00.05"):
        tell(block)
    lines += [f"S10.G00.95.900,'{WHOLE_NAME}'", f"S21.G00.99.001,'{NIR}'"]
    counts = {"S90.G00.90.001": str(len(lines) + 2), "S90.G00.90.002": "1"}
    lines += [f"{rubrique},'{said.get(rubrique, count)}'" for rubrique, count in counts.items()]
    return "\n".join([*lines, ""])


def dsn_canaries(text: str) -> list[str]:
    return [canary for canary in (*CANARIES, CONTRACT, NTT, BIRTH) if canary.lower() in text.lower()]


def test_a_dsn_leaves_only_pseudonyms(tmp_path):
    text = full_dsn()
    tables = read("payroll_dsn", tmp_path, text)
    assert dsn_canaries(text) == [NAME, FIRST_NAME, NIR, NIR[:13], REFERENCE, CONTRACT, NTT, BIRTH]
    assert tables.keys() == read_fields(SYSTEMS / "payroll_dsn").keys()
    assert dsn_canaries(repr(tables)) == []
    (agent,) = tables["individu"]
    pseudonyms = Pseudonyms(KEY, "payroll_dsn")
    assert agent["agent_pseudonym"] == tables["individu_chg"][0]["ancien_pseudonym"] == pseudonyms.of(f"nir:{NIR[:13]}")
    assert agent["ntt_pseudonym"] == pseudonyms.of(f"ntt:{NTT}")
    assert agent["matricule_pseudonym"] == pseudonyms.of(f"matricule:999001001:{REFERENCE}")
    assert (agent["sexe"], agent["annee_naissance"]) == ("02", "1985")
    assert tables["contrat"][0]["contrat_pseudonym"] == pseudonyms.of(f"contract:999001001:{CONTRACT}")


@pytest.mark.parametrize(
    "rubrique", [name for name, field in DSN_FIELDS.items() if field.type != "text" and name in norm().labels]
)
def test_the_refusal_of_a_dsn_does_not_quote_it(tmp_path, rubrique):
    for value in (WHOLE_NAME, NIR):
        with pytest.raises(RefusedExport) as refusal:
            read("payroll_dsn", tmp_path, full_dsn(**{rubrique: f"{value} {CONTRACT}"}))
        assert dsn_canaries(f"{refusal.value!r}{refusal.value}") == []
        assert refusal.value.__cause__ is None


@pytest.mark.parametrize("line", [WHOLE_NAME, f"S21.G00.30.001,{NIR}", f"S21.G00.30.001,'{NIR}", f"30.001,'{NIR}'"])
def test_the_refusal_of_a_malformed_dsn_does_not_quote_it(tmp_path, line):
    with pytest.raises(RefusedExport) as refusal:
        read("payroll_dsn", tmp_path, full_dsn().replace("\n", f"\n{line}\n", 3))
    assert dsn_canaries(f"{refusal.value!r}{refusal.value}") == []


def test_tests_signals_and_refused_groups_leave_no_agent_at_all(tmp_path):
    unaccepted = [
        full_dsn(**{"S10.G00.00.005": "01"}),
        full_dsn(**{"S20.G00.05.001": "07"}),
        f"S06.G51.00.001,'FP-KO'\n{full_dsn()}S96.G51.00.001,'FINSL'\n",
    ]
    for text in unaccepted:
        tables = read("payroll_dsn", tmp_path, text)
        assert tables.keys() == {"declaration", "rubrique_ignoree"}
        assert dsn_canaries(repr(tables)) == []
