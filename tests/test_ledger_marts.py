"""From PES flows to the ledger's marts: what stands, with which sign, and how it reconciles with the account.

The flows below are invented: one small budget in which each thing that can happen to a pièce happens once.
"""

from decimal import Decimal

import duckdb
import pytest
from raw_warehouse import build, load_raw

SIRET = "21620999900012"
BUDGET = f"{SIRET}-00"
LEDGER_MARTS = ["+fct_cost_line", "+dim_tiers", "+mart_function_cost", "+mart_ledger_reconciliation"]
ALLER = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
RETOUR = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
SUPPLIER = (
    '<Tiers><InfoTiers><IdTiers V="21620999900095"/><NatIdTiers V="01"/><CatTiers V="60"/><NatJur V="03"/>'
    '<Nom V="Papeterie du Beffroi"/></InfoTiers></Tiers>'
)
FAMILY = (
    '<Tiers><InfoTiers><RefTiers V="F12"/><CatTiers V="01"/><NatJur V="01"/><TypTiers V="01"/><Nom V="DURAND"/>'
    '<Prenom V="Camille"/></InfoTiers></Tiers>'
)


def values(**elements):
    return "".join(f'<{name} V="{value}"/>' for name, value in elements.items() if value is not None)


def header(day, name, kind):
    return (
        f"<Enveloppe><Parametres>{values(Version=2, TypFic=kind, NomFic=name)}</Parametres></Enveloppe>"
        f"<EnTetePES>{values(DteStr=day, IdPost='062001', IdColl=SIRET, CodCol='101', CodBud='00')}</EnTetePES>"
    )


def line(rank, nature, amount, function=None, cancels=None, tiers=""):
    origin = ""
    if cancels:
        origin = f"<RattachPiece>{values(NatPceOrig='01', ExerRat=2024, IdPceOrig=cancels)}</RattachPiece>"
    info = values(IdLigne=rank, Nature=nature, Fonction=function, MtHT=amount)
    return (
        f"<LigneDePiece><BlocLignePiece><InfoLignePce>{info}</InfoLignePce>{origin}</BlocLignePiece>"
        f"{tiers}</LigneDePiece>"
    )


def piece(number, *lines, type_code="01", nature_code="01"):
    info = values(IdPce=number, TypPce=type_code, NatPce=nature_code, Obj="Objet")
    return f"<Piece><BlocPiece><InfoPce>{info}</InfoPce></BlocPiece>{''.join(lines)}</Piece>"


def bordereau(number, total, *pieces, type_code="01", day="2024-03-01"):
    block = values(Exer=2024, IdBord=number, DteBordEm=day, TypBord=type_code, NbrPce=len(pieces), MtBordHT=total)
    return f"<Bordereau><BlocBordereau>{block}</BlocBordereau>{''.join(pieces)}</Bordereau>"


def aller(name, day, *, expense="", revenue="", kind="PESALR2"):
    domains = (f"<PES_DepenseAller>{expense}</PES_DepenseAller>" if expense else "") + (
        f"<PES_RecetteAller>{revenue}</PES_RecetteAller>" if revenue else ""
    )
    return f'<n:PES_Aller xmlns:n="{ALLER}">{header(day, name, kind)}{domains}</n:PES_Aller>'


def acquit(name, day, *verdicts):
    elements = "".join(
        f"<ElementACQUIT>{values(DomaineAck=domain, EtatAck=state, NumBord=number, ExerciceBord=number and 2024)}"
        "</ElementACQUIT>"
        for domain, state, number in verdicts
    )
    return (
        f'<n:PES_ACQUIT xmlns:n="{RETOUR}/v2">{header(day, name, "PESALR2")}<ACQUIT>{elements}</ACQUIT></n:PES_ACQUIT>'
    )


def retour(day, bordereau_number, piece_number, state):
    return (
        f'<n:PES_Retour xmlns:n="{RETOUR}">{header(day, "RETOUR", "PESRETOUR_REC")}<PES_RecetteRetour><Bordereau>'
        f"<BlocBordereau>{values(Exer=2024, IdBord=bordereau_number, TypBord='01')}</BlocBordereau><Piece><InfoPiece>"
        f"{values(IdPce=piece_number, TypPce='01', NatPce='01', EtatPce=state)}</InfoPiece></Piece></Bordereau>"
        "</PES_RecetteRetour></n:PES_Retour>"
    )


def account(*lines):
    rows = "".join(
        "<LigneBudget>"
        + values(Nature=nature, Fonction=function, CodRD=side, MtReal=amount, OpBudg=order, TypOpBudg=order and "2")
        + "</LigneBudget>"
        for nature, function, side, amount, order in lines
    )
    return (
        '<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire"><VersionSchema V="100"/>'
        f"<EnTeteDocBudgetaire>{values(DteStr='2025-05-02', LibelleColl='BEFFROI-SUR-LYS')}</EnTeteDocBudgetaire>"
        "<Budget><EnTeteBudget>"
        + values(LibelleEtab="BUDGET PRINCIPAL", IdEtab=SIRET, CodBud="00", Nomenclature="M57-M57_D")
        + f"</EnTeteBudget><BlocBudget>{values(NatDec='09', Exer=2024, NatFonc='3', CodTypBud='P')}</BlocBudget>"
        f'<InformationsGenerales><Information Code="PopTot" V="100"/></InformationsGenerales>{rows}'
        "</Budget></DocumentBudgetaire>"
    )


FLOWS = {
    # Two bordereaux, of which the second is refused, corrected and sent again with the same numbers.
    "f1": aller(
        "F1",
        "2024-03-01",
        expense=bordereau(
            1,
            "1250.50",
            piece(101, line(1, "60612", "1000.00", "020", tiers=SUPPLIER), line(2, "60623", "250.50", "281")),
        )
        + bordereau(2, "80.00", piece(102, line(1, "6135", "80.00", "313"))),
    ),
    "a1": acquit("F1", "2024-03-02", ("05", 1, "1"), ("05", 0, "2")),
    "f2": aller("F2", "2024-03-05", expense=bordereau("0002", "90.00", piece(102, line(1, "6135", "90.00", "313")))),
    "a2": acquit("F2", "2024-03-06", ("05", 1, "2")),
    # Reduction of a line of mandat 101; mandat that cancels a titre of a closed year; order operation, partly reduced.
    "f3": aller(
        "F3",
        "2024-04-01",
        expense=bordereau(
            1,
            "50.50",
            piece(103, line(1, "60623", "50.50", "281", cancels=101), type_code="02", nature_code="06"),
            type_code="02",
        )
        + bordereau(3, "77.00", piece(105, line(1, "673", "77.00", "020"), type_code="02", nature_code="09"))
        + bordereau(4, "500.00", piece(104, line(1, "6811", "500.00", "01"), type_code="03"))
        + bordereau(
            2,
            "100.00",
            piece(106, line(1, "6811", "100.00", "01", cancels=104), type_code="02", nature_code="06"),
            type_code="02",
        ),
    ),
    # A collective titre, and a titre that the comptable rejects and that is issued again.
    "f4": aller(
        "F4",
        "2024-05-01",
        revenue=bordereau(
            1,
            "138.90",
            piece(
                1,
                *(line(rank, "7067", cents, "281", tiers=FAMILY) for rank, cents in enumerate(("41.7", "30", "55.20"))),
            ),
            piece(2, line(1, "7062", "12.00", "313")),
        ),
    ),
    "r4": retour("2024-05-09", 1, 2, "04"),
    "f5": aller("F5", "2024-05-15", revenue=bordereau(2, "12.00", piece(3, line(1, "7062", "12.00", "313")))),
    # Bills of a role: activity; their revenue is the collective titre.
    "f6": aller(
        "F6",
        "2024-05-01",
        kind="PESORMC",
        revenue=bordereau(1, "126.90", piece(1, line(1, "588", "126.90"), type_code="15"), type_code="06"),
    ),
    # A whole flow refused, never sent again: its mandat is nowhere.
    "f7": aller("F7", "2024-06-01", expense=bordereau(9, "999.99", piece(120, line(1, "60612", "999.99", "020")))),
    "a7": acquit("F7", "2024-06-02", ("00", 0, None)),
    # Sent twice without any acknowledgement, the second time under a copy's other bytes too.
    "f8": aller("F8", "2024-07-01", expense=bordereau(5, "10.00", piece(107, line(1, "60612", "10.00", "020")))),
    "f9": aller("F9", "2024-07-02", expense=bordereau(5, "20.00", piece(107, line(1, "60612", "20.00", "020")))),
    "f9b": aller("F9", "2024-07-02", expense=bordereau(5, "20.00", piece(107, line(1, "60612", "20.00", "020"))))
    + "\n",
}
ACCOUNT = account(
    ("60612", "020", "D", "1020.00", 0),
    ("60623", "281", "D", "200.00", 0),
    ("6135", "31", "D", "90.00", 0),  # the ledger says 313
    ("673", "020", "D", "77.00", 0),
    ("6811", "01", "D", "400.00", 1),
    ("7067", "281", "R", "126.90", 0),
    ("7062", "313", "R", "12.00", 0),
    ("002", "01", "R", "5000.00", 0),
    ("001", "01", "D", "700.00", 0),
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    exports = []
    for name, text in {
        **{key: ("finance_pes", value) for key, value in FLOWS.items()},
        "ca": ("budget_totem", ACCOUNT),
    }.items():
        (folder / f"{name}.xml").write_text(text[1], encoding="utf-8")
        exports.append((text[0], folder / f"{name}.xml"))
    database = folder / "warehouse.duckdb"
    load_raw(database, exports)
    build(database, *LEDGER_MARTS, data_tests=True)
    return database


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_only_what_stands_counts_and_with_its_sign(warehouse):
    found = query(
        warehouse,
        """select direction, bordereau_number, piece_number, line_number, is_order, amount_eur from marts.fct_cost_line
        order by direction, cast(piece_number as integer), line_number""",
    )
    assert found == [
        ("expense", "1", "101", "1", False, Decimal("1000.00")),
        ("expense", "1", "101", "2", False, Decimal("250.50")),
        ("expense", "2", "102", "1", False, Decimal("90.00")),
        ("expense", "1", "103", "1", False, Decimal("-50.50")),
        ("expense", "4", "104", "1", True, Decimal("500.00")),
        ("expense", "3", "105", "1", False, Decimal("77.00")),
        ("expense", "2", "106", "1", True, Decimal("-100.00")),
        ("expense", "5", "107", "1", False, Decimal("20.00")),
        ("revenue", "1", "1", "0", False, Decimal("41.70")),
        ("revenue", "1", "1", "1", False, Decimal("30.00")),
        ("revenue", "1", "1", "2", False, Decimal("55.20")),
        ("revenue", "2", "3", "1", False, Decimal("12.00")),
    ]


def test_every_sending_says_why_it_stands_or_not(warehouse):
    found = query(
        warehouse,
        """select flow_name, bordereau_number, standing_status, standing_reason, superseded_by_export is not null
        from staging.stg_finance_pes__bordereau where flow_name in ('F1', 'F2', 'F7', 'F8', 'F9') order by all""",
    )
    assert found == [
        ("F1", "1", "standing", "last_sending_accepted", False),
        ("F1", "2", "refused", "bordereau_refused", True),
        ("F2", "2", "standing", "last_sending_accepted", False),
        ("F7", "9", "refused", "flow_refused", False),
        ("F8", "5", "superseded", "sent_again", True),
        ("F9", "5", "standing", "last_sending_without_acquit", False),
        ("F9", "5", "superseded", "sent_again", True),
    ]


def test_a_rejected_piece_and_a_role_are_kept_but_count_for_nothing(warehouse):
    found = query(
        warehouse,
        """select piece_number, standing_status, is_ormc, section, amount_eur
        from intermediate.int_finance_pes__ledger_line
        where direction = 'revenue' and (standing_status <> 'standing' or is_ormc) order by amount_eur""",
    )
    assert found == [("2", "rejected", False, "F", Decimal("12.00")), ("1", "standing", True, None, Decimal("126.90"))]


def test_every_gap_with_the_account_is_explained(warehouse):
    found = query(
        warehouse,
        """select nature_code, function_code, is_order, gap_eur, explanation_code, unexplained_eur
        from marts.mart_ledger_reconciliation where explanation_code <> 'agrees' order by all""",
    )
    assert found == [
        ("001", "01", False, Decimal("-700.00"), "carried_over_result", Decimal("0.00")),
        ("002", "01", False, Decimal("-5000.00"), "carried_over_result", Decimal("0.00")),
        ("6135", "31", False, Decimal("-90.00"), "other_function", Decimal("0.00")),
        ("6135", "313", False, Decimal("90.00"), "other_function", Decimal("0.00")),
    ]
    ((agreeing,),) = query(
        warehouse, "select count(*) from marts.mart_ledger_reconciliation where explanation_code = 'agrees'"
    )
    assert agreeing == 6


def test_cost_by_function_comes_from_the_ledger_per_inhabitant(warehouse):
    found = query(
        warehouse,
        """select function_m57_code, is_non_ventilable, cost_source, operating_expense_eur, operating_revenue_eur,
        operating_net_cost_per_inhabitant_eur from marts.mart_function_cost order by 1""",
    )
    assert found == [
        ("020", False, "ledger", Decimal("1097.00"), Decimal("0.00"), Decimal("10.97")),
        ("281", False, "ledger", Decimal("200.00"), Decimal("126.90"), Decimal("0.73")),
        ("313", False, "ledger", Decimal("90.00"), Decimal("12.00"), Decimal("0.78")),
    ]


def test_third_parties_show_no_person(warehouse):
    found = query(warehouse, "select tiers_kind, tiers_label, tiers_siret from marts.dim_tiers order by tiers_kind")
    assert found == [
        ("organisation", "Papeterie du Beffroi", "21620999900095"),
        ("person", "Personne physique", None),
    ]
    ((persons,),) = query(
        warehouse, "select count(*) from marts.fct_cost_line where tiers_id like 'person-%' and line_label is null"
    )
    assert persons == 3


def test_every_line_of_cost_leads_back_to_its_place_in_the_file(warehouse):
    ((lost,),) = query(
        warehouse,
        """select count(*) from marts.fct_cost_line as cost
        left join raw.finance_pes__ligne as raw
            on cost.source_export = raw.source_export and cost.source_record = raw.source_record
        where abs(cost.amount_eur) is distinct from cast(raw.mt_ht as decimal(16, 2))""",
    )
    assert lost == 0


@pytest.fixture(scope="module")
def real_warehouse(real_files, tmp_path_factory):
    database = tmp_path_factory.mktemp("real") / "warehouse.duckdb"
    samples = sorted((real_files / "pes" / "samples").glob("*.xml"))
    account = real_files / "totem" / "montreuil" / "CA_2022.xml"
    load_raw(database, [("budget_totem", account), *(("finance_pes", path) for path in samples)])
    build(database, *LEDGER_MARTS, data_tests=True)
    return database


def test_the_six_bordereaux_of_a_real_flow_reach_the_ledger_to_the_cent(real_warehouse):
    found = query(
        real_warehouse,
        """select bordereau.bordereau_rank, bordereau.stated_total_eur, sum(cost.amount_eur), count(*)
        from marts.fct_cost_line as cost
        inner join staging.stg_finance_pes__bordereau as bordereau
            on cost.source_export = bordereau.source_export and cost.bordereau_number = bordereau.bordereau_number
        where cost.direction = 'revenue' group by all order by 1""",
    )
    totals = ["31591.40", "52632.50", "710.90", "666.00", "249.30", "469.40"]
    assert [(rank, stated) for rank, stated, _, _ in found] == [(i, Decimal(t)) for i, t in enumerate(totals, 1)]
    assert all(stated == summed for _, stated, summed, _ in found)
    assert found[0][3] == 762


def test_a_budget_without_account_reconciles_as_absent_and_its_canteen_is_operating_revenue(real_warehouse):
    ((section, function, amount),) = query(
        real_warehouse,
        """select section, function_code, sum(amount_eur) from marts.fct_cost_line
        where nature_code = '7067' and bordereau_number = '90104' group by all""",
    )
    assert (section, function, amount) == ("F", "251", Decimal("31591.40"))
    assert query(
        real_warehouse,
        """select distinct explanation_code from marts.mart_ledger_reconciliation where exercice < 2022""",
    ) == [("document_absent",)]


def test_real_flows_leave_no_name_of_a_person_in_the_marts(real_warehouse):
    ((persons, labelled),) = query(
        real_warehouse,
        """select count(*), count(line_label) from marts.fct_cost_line where tiers_id like 'person-%'""",
    )
    assert (persons, labelled) == (773, 0)
    assert query(real_warehouse, "select distinct tiers_label from marts.dim_tiers where tiers_kind = 'person'") == [
        ("Personne physique",)
    ]


def test_cost_by_function_of_a_real_account_is_the_published_one(real_warehouse):
    """Montreuil 2022, a town without flows here: figures recomputed from its published account, in whole euros."""
    found = query(
        real_warehouse,
        """select function_code, function_m57_code, round(operating_expense_eur), round(staff_expense_eur),
        round(operating_revenue_eur) from marts.mart_function_cost
        where cost_source = 'budget_document' and function_code in ('251', '20', '64', '421', '411') order by 1""",
    )
    assert found == [
        ("20", "20", 24_237_927, 21_563_853, 300_710),
        ("251", "281", 4_234_134, 0, 3_297_350),
        ("411", "321", 790_744, 692_737, 4_104),
        ("421", "331", 14_657_178, 13_220_520, 5_302_018),
        ("64", "422", 9_176_472, 7_852_617, 4_830_903),
    ]
    assert query(
        real_warehouse,
        """select sum(operating_expense_eur), sum(staff_expense_eur), max(population_declared)
        from marts.mart_function_cost where cost_source = 'budget_document'""",
    ) == [(Decimal("211272101.98"), Decimal("112853940.59"), 111_810)]
