"""The readers on real public exports: totals known from the documents themselves, to the cent."""

from collections import Counter
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from orchestration.lib.errors import RefusedExport
from orchestration.lib.pseudonyms import Pseudonyms


def read(system: str, export: Path) -> dict[str, list[dict[str, str | None]]]:
    reader = import_module(f"orchestration.defs.{system}.extract")
    tables: dict[str, list[dict[str, str | None]]] = {}
    for table, frame in reader.extract(export, Pseudonyms(b"k" * 32, system)):
        tables.setdefault(table, []).extend(frame.to_dict("records"))
    return tables


def flow(real_files: Path, name: str) -> dict[str, list[dict[str, str | None]]]:
    return read("finance_pes", real_files / "pes" / "samples" / name)


def budget(real_files: Path, name: str) -> dict[str, list[dict[str, str | None]]]:
    return read("budget_totem", real_files / "totem" / name)


def real_expenditure(tables: dict[str, list[dict[str, str | None]]]) -> Decimal:
    """Sum of MtReal over expenditure lines, order operations and total lines left out."""
    return sum(
        Decimal(line["mt_real"] or 0)
        for line in tables["ligne"]
        if line["cod_rd"] == "D" and line["op_budg"] == "0" and line["calculated"] != "true"
    )


def test_pes_lines_add_up_to_the_stated_total_of_each_bordereau(real_files):
    tables = flow(real_files, "recette_PESALR1_anonymise_786lignes.xml")
    totals: Counter[str] = Counter()
    for line in tables["ligne"]:
        totals[line["bordereau_rank"]] += Decimal(line["mt_ht"])
    stated = {row["bordereau_rank"]: Decimal(row["mt_bord_ht"]) for row in tables["bordereau"]}
    assert list(stated.values()) == [
        Decimal(text) for text in ("31591.40", "52632.50", "710.90", "666.00", "249.30", "469.40")
    ]
    assert totals == stated
    assert (len(tables["piece"]), len(tables["ligne"])) == (25, 786)
    assert Counter(line["is_person"] for line in tables["ligne"]) == {"true": 773, "false": 13}


@pytest.mark.parametrize("name", ["depense_PESALR2_12345678912345_110113_01.xml", "depense_BlocPiece_sans_InfoPce.xml"])
def test_pes_homologation_mandat_with_and_without_infopce(real_files, name):
    tables = flow(real_files, name)
    (piece,), (line,), (bordereau,) = tables["piece"], tables["ligne"], tables["bordereau"]
    assert (piece["id_pce"], piece["obj"]) == ("832", "TEST HOMOLOGATION")
    assert (line["nature"], line["mt_ht"], bordereau["mt_bord_ht"]) == ("6553", "39724.75", "75724.75")


def test_pes_acknowledgement_and_return(real_files):
    acknowledged = flow(real_files, "acquit_PESALR2_171227_2045.xml")["acquit"]
    assert [(row["domaine_ack"], row["etat_ack"], row["num_bord"]) for row in acknowledged] == [
        ("5", "1", "1847"),
        *[("4", "1", None)] * 4,
    ]
    (returned,) = flow(real_files, "retour_depense_1565181244.xml")["retour"]
    assert (returned["id_pce"], returned["etat_pce"], returned["mt_ht"]) == ("832", "01", "39724.75")


@pytest.mark.parametrize(
    ("name", "lines", "calculated", "expenditure"),
    [
        ("montreuil/CA_2018.xml", 1431, 0, "256338180.69"),
        ("montreuil/CA_2022.xml", 1530, 0, "272420548.03"),
        ("crach/BP_2022_principal.xml", 201, 0, None),
        ("crach/CA_2021_principal.xml", 196, 0, "3281990.52"),
        ("crach/CA_2021_lotissement.xml", 20, 0, "197237.96"),
        ("crach/DM2_2021_principal.xml", 185, 0, None),
        ("mohon-cfu/CFU_2023.xml", 796, 633, "968446.15"),
    ],
)
def test_budget_document_lines_and_real_expenditure(real_files, name, lines, calculated, expenditure):
    tables = budget(real_files, name)
    assert len(tables["document"]) == 1
    assert len(tables["ligne"]) == lines
    assert sum(line["calculated"] == "true" for line in tables["ligne"]) == calculated
    if expenditure is not None:
        assert real_expenditure(tables) == Decimal(expenditure)


def test_operating_expenditure_of_the_cfu_equals_its_own_consolidation(real_files):
    tables = budget(real_files, "mohon-cfu/CFU_2023.xml")
    stated = {
        Decimal(row["mt_real_mandat_titre"])
        for row in tables["consolidation"]
        if (row["cod_inv_fonc"], row["cod_rd"], row["calculated"]) == ("F", "D", None)
    }
    assert Decimal("714695.98") in stated
    assert all(row["lib_orga_benef"] is None for row in tables["concours"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("invalid/mauvais_totem.xml", "n'a pas d'élément Budget"),
        ("invalid/totem_mauvais_siret.xml", "élément IdEtab n'est pas un numéro SIRET"),
    ],
)
def test_invalid_budget_document_is_refused(real_files, name, said):
    with pytest.raises(RefusedExport, match=said):
        budget(real_files, name)


# Accounts and chapters are those of both lists, by nature and by function.
PLANS = {
    ("2018", "M14_COM_SUP3500"): (1994, 112, 86),
    ("2021", "M14_COM_500_3500"): (1745, 0, 47),
    ("2021", "M14_COM_SUP3500"): (2025, 122, 86),
    ("2022", "M14_COM_500_3500"): (1750, 0, 47),
    ("2022", "M14_COM_SUP3500"): (2029, 122, 86),
    ("2022", "M57_D"): (3022, 249, 97),
    ("2023", "M57_A"): (2055, 240, 91),
    ("2023", "M57_D"): (3058, 240, 97),
    ("2024", "M4"): (1079, 0, 38),
    ("2024", "M57_A"): (2108, 249, 91),
    ("2024", "M57_D"): (3092, 249, 97),
}


def test_every_chart_of_accounts_is_read_whole(real_files):
    found = {}
    for export in sorted((real_files / "plans-de-comptes").rglob("planDeCompte.xml")):
        tables = read("reference", export)
        (plan,) = tables["plan"]
        found[plan["plan_exer"], plan["plan_declinaison"]] = tuple(
            len(tables.get(table, [])) for table in ("compte", "ref_fonc", "chapitre")
        )
    assert found == PLANS


def test_functions_of_m57_by_level(real_files):
    export = real_files / "plans-de-comptes" / "2024" / "M57" / "M57_D" / "planDeCompte.xml"
    functions = read("reference", export)["ref_fonc"]
    assert Counter(row["level"] for row in functions) == {"1": 10, "2": 67, "3": 144, "4": 28}
    canteen = next(row for row in functions if row["code"] == "281")
    assert canteen["parent_code"] == "28"


def test_the_official_state_of_pay_gives_its_known_totals(real_files):
    """301 payslips; gross and employer's lines to the cent; 56 payslips whose lines do not give the net to pay."""
    tables = read("payroll_xhl", real_files / "paye-xhl" / "PayeCeplExemple082011_schema_1.4.xhl")
    (etat,) = tables["etat"]
    assert (etat["bulletins"], etat["mois_paie"], etat["train"]) == ("301", "2011-08", "AGENTS")
    assert len(tables["bulletin"]) == 301
    totals: Counter[str] = Counter()
    for line in tables["ligne"]:
        kind = line["element"] if line["element"] in ("Deduction", "Cotisation") else "gains"
        totals[kind] += Decimal(line["mt"])
    assert (totals["gains"], totals["Cotisation"]) == (Decimal("606270.01"), Decimal("230286.36"))
    assert sum(Decimal(row["mt_brut"]) for row in tables["bulletin"]) == Decimal("560217.67")
    assert Counter(row["ecart_net"] == "0.00" for row in tables["bulletin"]) == {True: 245, False: 56}
    statuses = Counter(row["statut"] for row in tables["bulletin"])
    assert statuses == {"TITULAIRE": 237, "NON_TITULAIRE": 50, "STAGIAIRE": 14}
    assert (len(tables["rubrique"]), len(tables["repartition_nature"])) == (1015, 99)


def test_dsn_of_signals_is_counted_and_lands_no_agent(real_files):
    """443 lines: three accepted envois and the three empty groups of refused ones."""
    tables = read("payroll_dsn", real_files / "dsn" / "sample_dsn_P25V01.dsn")
    declarations = tables["declaration"]
    assert [row["lignes_lues"] for row in declarations] == ["161", "155", "107"]
    assert all(row["lignes_lues"] == row["lignes_annoncees"] for row in declarations)
    assert [(row["groupe"], row["nature"], row["individus"]) for row in declarations] == [("DSNOK", "07", "1")] * 3
    assert tables.keys() == {"declaration", "rubrique_ignoree"}
    assert sum(int(row["occurrences"]) for row in tables["rubrique_ignoree"]) == 35


def test_malformed_dsn_is_refused_with_all_its_lines_counted(real_files):
    with pytest.raises(RefusedExport, match="23 sur 23"):
        read("payroll_dsn", real_files / "dsn" / "malformed_example.dsn")
