"""The demo town: files as a comptable and a council would want them, and totals that can be checked to the cent."""

import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

import demo_city
from demo_city import profile, rates, town, workforce
from demo_city.ledger import MONTH_NAMES, Piece, shares, split
from demo_city.totem import per_inhabitant, percent

PROJECT = Path(__file__).parents[1]
PLANS = PROJECT.parent / "shared" / "data" / "plans-de-comptes"
NAMESPACE = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"
INHABITANTS, YEARS = 800, 2


def write(folder, inhabitants=INHABITANTS, years=YEARS, seed=2026):
    return demo_city.write(folder / "landing", inhabitants=inhabitants, years=years, seed=seed)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    write(folder)
    return folder


@pytest.fixture(scope="module")
def truth(exports):
    return json.loads((exports / "demo_truth.json").read_text())


@pytest.fixture(scope="module")
def flows(exports):
    """Every PES_Aller file but the copies: name -> root."""
    paths = sorted((exports / "landing" / "finance_pes").glob("PES[AO]*.xml"))
    return {path.name: etree.parse(path).getroot() for path in paths if not path.stem.endswith("_copie")}


@pytest.fixture(scope="module")
def documents(exports):
    """Every budget document as (NatDec, NumDec, exercice, siret) -> Budget; of two BP the later seal stands."""
    found = {}
    for path in sorted((exports / "landing" / "budget_totem").glob("*.xml")):
        root = etree.parse(path).getroot()
        budget = root.find(f"{NAMESPACE}Budget")
        key = tuple(value(budget, f".//{NAMESPACE}{name}") for name in ("NatDec", "NumDec", "Exer", "IdEtab"))
        seal = root.find(f"{NAMESPACE}Scellement").get("date")
        if key not in found or found[key][0] < seal:
            found[key] = (seal, budget)
    return {key: budget for key, (_, budget) in found.items()}


def value(element, path):
    found = element.find(path)
    return None if found is None else found.get("V")


def cents(text):
    return int(Decimal(text or "0") * 100)


def standing_lines(exports, flows):
    """What an independent reader finds in the files: the last sending of a bordereau that is not refused, without the
    pieces sent back.
    """
    landing = exports / "landing" / "finance_pes"
    refused, sent_back = set(), set()
    for path in landing.glob("ACQUIT_*.xml"):
        root = etree.parse(path).getroot()
        for element in root.iterfind("ACQUIT/ElementACQUIT"):
            if value(element, "EtatAck") != "1":
                refused.add((value(root, ".//NomFic"), value(element, "DomaineAck"), value(element, "NumBord")))
    for path in landing.glob("PES2R_*.xml"):
        root = etree.parse(path).getroot()
        for bordereau in root.iterfind(".//Bordereau"):
            for piece in bordereau.iterfind("Piece/InfoPiece"):
                if value(piece, "EtatPce") == "04":
                    domain = bordereau.getparent().tag[4]
                    sent_back.add(
                        (value(root, ".//IdColl"), value(bordereau, ".//Exer"), domain, value(piece, "IdPce"))
                    )
    kept = {}
    for root in flows.values():
        name, sent = value(root, ".//NomFic"), value(root, ".//DteStr")
        for bordereau in root.iterfind("*/Bordereau"):
            domain = bordereau.getparent().tag[4]
            number = value(bordereau, "BlocBordereau/IdBord")
            ack = "5" if domain == "D" else "6"
            if (name, "0", None) in refused or (name, ack, number) in refused:
                continue
            head = bordereau.find("BlocBordereau")
            key = (value(root, ".//IdColl"), domain, value(head, "Exer"), value(head, "TypBord"), number)
            if key not in kept or kept[key][0] < sent:
                kept[key] = (sent, bordereau)
    for (siret, domain, exercice, typ_bord, _), (_, bordereau) in kept.items():
        for piece in bordereau.iterfind("Piece"):
            number = value(piece, ".//IdPce")
            if (siret, exercice, domain, number) not in sent_back:
                order = value(piece, ".//TypPce") in ("03", "04")
                for line in piece.iterfind("LigneDePiece"):
                    yield siret, int(exercice), domain, typ_bord, order, line


def net_by_line(exports, flows):
    net = Counter()
    for siret, exercice, domain, typ_bord, order, line in standing_lines(exports, flows):
        if typ_bord == "06":
            continue
        amount = cents(value(line, ".//MtHT")) * (-1 if typ_bord == "02" else 1)
        direction = {"D": "expense", "R": "revenue"}[domain]
        net[siret, exercice, direction, value(line, ".//Nature"), value(line, ".//Fonction"), order] += amount
    return net


def test_same_arguments_give_the_same_bytes(exports, tmp_path):
    def digest(folder):
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    write(tmp_path / "again")
    write(tmp_path / "other", seed=7)
    assert digest(tmp_path / "again") == digest(exports)
    assert digest(tmp_path / "other") != digest(exports)


def test_files_of_a_village_are_few_and_those_of_a_year_many_kinds(tmp_path):
    truth = json.loads(write(tmp_path, inhabitants=500, years=1).read_text())
    by_system = Counter()
    for kind, count in truth["files"].items():
        by_system[kind.split("_")[0]] += count
    # Payroll is sent and declared every month, whatever the size.
    assert by_system["finance"] <= 100
    assert by_system["payroll"] <= 80
    assert by_system["budget"] <= 12
    assert all(truth["mishaps"][kind] for kind in truth["mishaps"]), truth["mishaps"]
    assert sum(count["accrual_pieces"] for count in truth["counts"]) > 0
    assert all(count["cancelling_pieces"] for count in truth["counts"] if count["lines"] > 50)


def test_every_bordereau_states_the_sum_and_the_number_of_its_pieces(flows):
    seen = 0
    for name, root in flows.items():
        for bordereau in root.iterfind("*/Bordereau"):
            head = bordereau.find("BlocBordereau")
            total = sum(cents(line.get("V")) for line in bordereau.iterfind("Piece/LigneDePiece//MtHT"))
            stated = value(head, "MtBordHT") or value(head, "MtBordHt")
            assert cents(stated) == total > 0, name
            assert int(value(head, "NbrPce")) == len(bordereau.findall("Piece")), name
            assert all(cents(line.get("V")) > 0 for line in bordereau.iterfind("Piece/LigneDePiece//MtHT")), name
            seen += 1
    assert seen > 50


def test_an_independent_reader_of_the_files_finds_the_true_totals(exports, flows, truth):
    expected = Counter()
    for total in truth["totals"]:
        key = (
            total["siret"],
            total["exercice"],
            total["direction"],
            total["nature"],
            total["function"],
            total["is_order"],
        )
        expected[key] += total["amount_cents"]
    found = net_by_line(exports, flows)
    assert {key: amount for key, amount in found.items() if amount} == {
        key: amount for key, amount in expected.items() if amount
    }
    assert len(expected) > 500


def test_numbers_of_bordereaux_and_pieces_have_no_gap_and_types_share_none(flows):
    bordereaux, pieces = defaultdict(set), defaultdict(set)
    for root in flows.values():
        siret = value(root, ".//IdColl")
        for bordereau in root.iterfind("*/Bordereau"):
            head = bordereau.find("BlocBordereau")
            domain, exercice, kind = bordereau.getparent().tag, value(head, "Exer"), value(head, "TypBord")
            bordereaux[siret, domain, exercice, kind].add(int(value(head, "IdBord")))
            numbers = {int(found.get("V")) for found in bordereau.iterfind("Piece//IdPce")}
            pieces[siret, domain, exercice, kind == "06"] |= numbers
    for numbers in [*bordereaux.values(), *pieces.values()]:
        assert numbers == set(range(min(numbers), min(numbers) + len(numbers)))
        assert min(numbers) % 10_000 == 1
    for siret, domain, exercice, _ in bordereaux:
        same = [numbers for key, numbers in bordereaux.items() if key[:3] == (siret, domain, exercice)]
        assert len(set().union(*same)) == sum(map(len, same))


def test_every_cancellation_of_an_exercice_of_the_demo_finds_its_line(flows):
    lines, cancelling = {}, []
    for root in flows.values():
        siret = value(root, ".//IdColl")
        for bordereau in root.iterfind("*/Bordereau"):
            head, domain = bordereau.find("BlocBordereau"), bordereau.getparent().tag[4]
            for piece in bordereau.iterfind("Piece"):
                for line in piece.iterfind("LigneDePiece"):
                    key = (siret, domain, value(head, "Exer"), value(piece, ".//IdPce"), value(line, ".//IdLigne"))
                    lines[key] = cents(value(line, ".//MtHT"))
                    if value(head, "TypBord") == "02":
                        cancelling.append((siret, domain, line))
    kinds = Counter()
    for siret, domain, line in cancelling:
        key = (siret, domain, value(line, ".//ExerRat"), value(line, ".//IdPceOrig"), value(line, ".//IdLigneOrig"))
        assert cents(value(line, ".//MtHT")) <= lines[key]
        kinds[domain] += 1
    assert min(kinds["D"], kinds["R"]) > 2


def test_a_refused_bordereau_comes_again_with_the_same_numbers_another_name_and_another_amount(flows, truth):
    for refused in truth["mishaps"]["refused_bordereaux"]:
        domain = "PES_DepenseAller" if refused["direction"] == "expense" else "PES_RecetteAller"
        versions = [
            (name, bordereau)
            for name, root in flows.items()
            for bordereau in root.iterfind(f"{domain}/Bordereau")
            if value(root, ".//IdColl") == refused["siret"]
            and value(bordereau, ".//IdBord") == refused["id_bord"]
            and value(bordereau, ".//TypBord") == refused["typ_bord"]
            and value(bordereau, ".//Exer") == str(refused["exercice"])
        ]
        assert len(versions) == 2
        (first, wrong), (second, right) = versions if versions[0][0] == refused["file"] else reversed(versions)
        assert first == refused["file"] != second
        numbers = [[found.get("V") for found in version.iterfind("Piece//IdPce")] for version in (wrong, right)]
        assert numbers[0] == numbers[1]
        assert next(wrong.iter("MtBordHT", "MtBordHt")).get("V") != next(right.iter("MtBordHT", "MtBordHt")).get("V")


def test_a_duplicate_has_the_same_bytes(exports, truth):
    landing = exports / "landing" / "finance_pes"
    for duplicate in truth["mishaps"]["duplicate_files"]:
        assert (landing / duplicate["file"]).read_bytes() == (landing / duplicate["of"]).read_bytes()
    assert len(truth["mishaps"]["duplicate_files"]) == YEARS


def test_roles_are_found_again_in_the_recap_titres(exports, flows):
    roles, recaps = Counter(), Counter()
    for _, exercice, _, typ_bord, _, line in standing_lines(exports, flows):
        amount = cents(value(line, ".//MtHT"))
        if typ_bord == "06":
            assert value(line, ".//Nature") == profile.ROLE_ACCOUNT
            roles[exercice] += amount
        elif value(line, ".//CodProdLoc") == profile.NURSERY.product:
            recaps[exercice] += amount if typ_bord == "01" else 0
    assert roles == recaps
    assert len(roles) == YEARS


def lines_of(budget):
    for line in budget.iterfind(f"{NAMESPACE}LigneBudget"):
        yield {child.tag.removeprefix(NAMESPACE): child.get("V") for child in line}


def test_the_accounts_realise_the_ledger_line_by_line(exports, flows, documents):
    ledger = net_by_line(exports, flows)
    accounts = Counter()
    for (kind, _, exercice, siret), budget in documents.items():
        for line in lines_of(budget) if kind == "09" else []:
            if line["Nature"] not in ("001", "002"):
                direction = {"D": "expense", "R": "revenue"}[line["CodRD"]]
                key = (siret, int(exercice), direction, line["Nature"], line["Fonction"], line["OpBudg"] == "1")
                accounts[key] += cents(line["MtReal"])
    assert {key: amount for key, amount in accounts.items() if amount} == {
        key: amount for key, amount in ledger.items() if amount
    }


def test_order_operations_balance_and_both_sections_are_voted_in_balance(documents):
    for (kind, *_), budget in documents.items():
        realised, opened = Counter(), Counter()
        for line in lines_of(budget):
            part = profile.section(line["ContNat"])
            if line["OpBudg"] == "1":
                realised[line["CodRD"]] += cents(line.get("MtReal"))
            opened[part, line["CodRD"]] += cents(line.get("CredOuv") or line.get("MtPropNouv"))
        assert realised["D"] == realised["R"]
        assert opened["F", "D"] == opened["F", "R"], kind
        assert opened["I", "D"] == opened["I", "R"], kind


def test_credits_are_those_voted_and_commitments_follow_one_another(documents):
    key_of = ("Nature", "Fonction", "ContNat", "CodRD", "OpBudg")
    for (kind, _, exercice, siret), budget in documents.items():
        if kind != "09":
            continue
        voted, amended = Counter(), Counter()
        for (other, _, year, owner), document in documents.items():
            if (year, owner) == (exercice, siret):
                for line in lines_of(document):
                    key = tuple(line[name] for name in key_of)
                    if other == "01":
                        voted[key] += cents(line.get("MtRARPrec")) + cents(line["MtPropNouv"])
                    if other == "02":
                        amended[key] += cents(line.get("MtPropNouv"))
        following = documents.get(("09", None, str(int(exercice) + 1), siret))
        left, found = Counter(), Counter()
        for line in lines_of(budget):
            key = tuple(line[name] for name in key_of)
            assert cents(line["CredOuv"]) == voted[key] + amended[key]
            left[key] += cents(line.get("MtRAR3112"))
        for line in lines_of(following) if following is not None else []:
            found[tuple(line[name] for name in key_of)] += cents(line.get("MtRARPrec"))
        if following is not None:
            assert +left == +found
    assert any(kind == "02" for kind, *_ in documents)


def test_results_are_carried_over(documents):
    def results(budget):
        sums, carried = Counter(), {}
        for line in lines_of(budget):
            sign = 1 if line["CodRD"] == "R" else -1
            sums[profile.section(line["ContNat"])] += sign * cents(line["MtReal"])
            if line["Nature"] in ("001", "002", "1068"):
                carried[line["Nature"]] = sign * cents(line["MtReal"])
        return sums, carried

    compared = 0
    for (kind, _, exercice, siret), budget in documents.items():
        following = documents.get(("09", None, str(int(exercice) + 1), siret))
        if kind == "09" and following is not None:
            sums, _ = results(budget)
            _, carried = results(following)
            assert carried.get("001", 0) == sums["I"]
            assert carried.get("002", 0) + carried.get("1068", 0) == sums["F"]
            compared += 1
    assert compared == 3


def test_credits_cover_every_chapter_but_one_let_go_on_purpose(documents):
    overspent = set()
    for (kind, _, exercice, siret), budget in documents.items():
        chapters = defaultdict(int)
        for line in lines_of(budget) if kind == "09" else []:
            if line["CodRD"] == "D" and line["OpBudg"] == "0":
                chapters[line["ContNat"]] += cents(line["CredOuv"]) - cents(line["MtReal"])
        overspent |= {(exercice, siret, chapter) for chapter, left in chapters.items() if left < 0}
    assert {chapter for *_, chapter in overspent} == {"67"}
    assert len(overspent) == 1


def test_the_first_version_of_a_bp_is_wrong_and_sealed_earlier(exports):
    (first,) = (exports / "landing" / "budget_totem").glob("*_premiere_version.xml")
    right = first.with_name(first.name.replace("_premiere_version", ""))
    seals = [etree.parse(path).getroot().find(f"{NAMESPACE}Scellement").get("date") for path in (first, right)]
    totals = [
        sum(cents(line.get("V")) for line in etree.parse(path).iter(f"{NAMESPACE}MtPropNouv"))
        for path in (first, right)
    ]
    assert seals[0] < seals[1]
    assert totals[0] != totals[1]


def test_annexes_say_what_the_mandats_say(documents, truth):
    main = next(budget["siret"] for budget in truth["budgets"] if budget["label"] == "BUDGET PRINCIPAL")
    for exercice in truth["parameters"]["years"]:
        budget = documents["09", None, str(exercice), main]
        real = Counter()
        for line in lines_of(budget):
            real[line["Nature"], line["CodRD"]] += cents(line["MtReal"])
        loans = [row for row in budget.iter(f"{NAMESPACE}EMPRUNT") if value(row, f"{NAMESPACE}CodTypEmpr") == "01"]
        assert sum(cents(value(row, f"{NAMESPACE}MtCapitalExer")) for row in loans) == real["1641", "D"] > 0
        assert sum(cents(value(row, f"{NAMESPACE}MtIntExer")) for row in loans) == real["66111", "D"] > 0
        for row in loans:
            due = cents(value(row, f"{NAMESPACE}MtCapitalRestDu_01_01")) - cents(
                value(row, f"{NAMESPACE}MtCapitalExer")
            )
            taken = value(row, f"{NAMESPACE}AnEncaisse") == str(exercice)
            new = cents(value(row, f"{NAMESPACE}MtEmprOrig")) if taken else 0
            assert cents(value(row, f"{NAMESPACE}MtCapitalRestDu_31_12")) == due + new
        grants = Counter()
        for row in budget.iter(f"{NAMESPACE}CONCOURS"):
            grants[value(row, f"{NAMESPACE}CodArticle")] += cents(value(row, f"{NAMESPACE}MtSubv"))
        assert all(grants[nature] == real[nature, "D"] for nature in ("65748", "65741", "657363"))
        kinds = {value(row, f"{NAMESPACE}CodNatJurBenefCA") for row in budget.iter(f"{NAMESPACE}CONCOURS")}
        assert {"P1", "P3", "U4"} <= kinds
        consolidated = {
            (value(row, f"{NAMESPACE}CodInvFonc"), value(row, f"{NAMESPACE}CodRD")): cents(
                value(row, f"{NAMESPACE}MtRealMandatTitre")
            )
            for row in budget.iter(f"{NAMESPACE}CONSOLIDATION")
            if value(row, f"{NAMESPACE}CodTypBudAgreg") == "01"
        }
        for (part, direction), stated in consolidated.items():
            assert stated == sum(
                cents(line["MtReal"])
                for line in lines_of(budget)
                if line["CodRD"] == direction
                and profile.section(line["ContNat"]) == part
                and line["Nature"] not in ("001", "002")
            )
        assert len(consolidated) == 4
        printed = {row.get("Code"): row.get("V") for row in budget.iter(f"{NAMESPACE}Information")}
        expense = sum(
            cents(line["MtReal"])
            for line in lines_of(budget)
            if line["CodRD"] == "D" and line["OpBudg"] == "0" and line["Nature"][0] in "67"
        )
        assert printed["ValDepRFonc"] == per_inhabitant(expense, truth["population"][str(exercice)])


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(187444, 100, "18,74"), (1, 3, "0,00"), (187444500, 1000, "1 874,45"), (250, 100, "0,03")],
)
def test_ratios_are_printed_as_totem_does(part, whole, shown):
    assert per_inhabitant(part, whole) == shown


def test_percentages_are_rounded_half_up():
    assert percent(5342, 10000) == "53,42%"
    assert percent(1, 8) == "12,50%"
    assert percent(123455, 1_000_000) == "12,35%"


def test_transfers_between_budgets_are_the_same_on_both_sides(truth):
    main, ccas, annexe = (budget["siret"] for budget in truth["budgets"])

    def total(siret, exercice, nature):
        found = [
            row
            for row in truth["totals"]
            if (row["siret"], row["exercice"], row["nature"]) == (siret, exercice, nature)
        ]
        return sum(row["amount_cents"] for row in found)

    for exercice in truth["parameters"]["years"]:
        assert total(main, exercice, "657363") == total(ccas, exercice, "74748") > 0
        assert total(main, exercice, "65821") == total(annexe, exercice, "75822") > 0
        assert total(annexe, exercice, "6218") == total(main, exercice, "70848") > 0


def luhn_sum(digits):
    doubled = [int(digit) * (2 if rank % 2 else 1) for rank, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled)


def test_identifiers_have_valid_keys(truth, flows):
    sirets = {budget["siret"] for budget in truth["budgets"]}
    for root in flows.values():
        for tiers in root.iter("InfoTiers"):
            if value(tiers, "NatIdTiers") == "01":
                sirets.add(value(tiers, "IdTiers"))
    assert len(sirets) > 15
    for siret in sirets:
        assert len(siret) == 14
        assert luhn_sum(siret) % 10 == luhn_sum(siret[:9]) % 10 == 0, siret
    people = town.Town(INHABITANTS, 2026).persons()
    for person in people:
        if person.account:
            moved = person.account[4:] + "1527" + person.account[2:4]
            assert int(moved) % 97 == 1
        if person.id_code:
            assert 97 - int(person.id_code[:13]) % 97 == int(person.id_code[13:])
    assert len({person.name for person in people}) == len(people)


def test_canaries_are_in_the_exports_and_in_no_organisation(exports, truth):
    text = "".join(
        path.read_text("iso-8859-1")
        for path in sorted((exports / "landing").rglob("*.*"))
        if "totem" not in path.parts[-2]
    )
    seen = [canary for canary in truth["canaries"] if canary in text]
    assert len(seen) > 0.8 * len(truth["canaries"])
    invented = town.Town(INHABITANTS, 2026)
    organisations = [*invented.firms, *invented.associations, *invented.bodies.values()]
    public = (
        {one.name for one in organisations}
        | {one.id_code for one in organisations}
        | {one.account for one in organisations}
    )
    assert not public & set(truth["canaries"])


def test_natures_and_functions_used_are_declared_and_in_the_seeds(flows, documents):
    results = {"001", "002", "021", "023", "024"}
    used = {
        (value(line, ".//Nature"), value(line, ".//Fonction"))
        for root in flows.values()
        for line in root.iter("LigneDePiece")
    }
    used |= {(line["Nature"], line["Fonction"]) for budget in documents.values() for line in lines_of(budget)}
    assert {nature for nature, _ in used} <= set(demo_city.NATURES) | results | {profile.ROLE_ACCOUNT}
    assert {function for _, function in used} <= set(demo_city.FUNCTIONS)
    for seed, codes in (("ref_nature_m57", demo_city.NATURES), ("ref_function_m57", demo_city.FUNCTIONS)):
        with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            known = {next(iter(row.values())) for row in csv.DictReader(file)}
        assert not set(codes) - known


@pytest.mark.parametrize("year", ["2022", "2023", "2024"])
def test_natures_functions_and_chapters_are_those_of_the_official_plan(year, documents):
    path = PLANS / year / "M57" / "M57_D" / "planDeCompte.xml"
    if not path.exists():
        pytest.skip(f"the official chart of accounts is not on this machine: {path}")
    plan = etree.parse(path)
    accounts = {account.get("Code"): account for account in plan.iterfind("Nature/Comptes//Compte")}
    sections = {chapter.get("Code"): chapter.get("Section") for chapter in plan.iterfind("Nature/Chapitres/Chapitre")}
    functions = {function.get("Code") for function in plan.iterfind("Fonction/RefFonctionnelles//RefFonc")}
    assert not set(demo_city.NATURES) - set(accounts)
    assert not set(demo_city.FUNCTIONS) - functions
    for budget in documents.values():
        for line in lines_of(budget):
            column = {None: "DR", "1": "DOIS", "2": "DOES"}[line.get("TypOpBudg")]
            column = column if line["CodRD"] == "D" else column.replace("D", "R", 1)
            assert accounts[line["Nature"]].get(column) == line["ContNat"], line
            assert sections[line["ContNat"]] == line["CaracSup"], line


def test_proportions_are_those_of_a_real_town(tmp_path):
    truth = json.loads(write(tmp_path, inhabitants=4_000, years=1).read_text())
    main = truth["budgets"][0]["budget_id"]
    rows = [row for row in truth["totals"] if row["budget_id"] == main and not row["is_order"]]
    expense = [row for row in rows if row["direction"] == "expense" and row["section"] == "F"]

    def total(kept):
        return sum(row["amount_cents"] for row in kept)

    whole = total(expense)
    assert 1_250 <= whole / 100 / truth["population"]["2025"] <= 1_500
    assert 0.55 <= total(row for row in expense if row["chapter"] == "012") / whole <= 0.60
    assert not [row for row in expense if row["function"] == "281" and row["chapter"] == "012"]
    meals = [row for row in expense if row["function"] == "281"]
    assert total(row for row in meals if row["nature"] == "6042") > 0.7 * total(meals)
    shared = ("201", "30", "420", "510", "720")
    assert 0.14 <= total(row for row in expense if row["function"] in shared) / whole <= 0.22
    revenue = total(row for row in rows if row["direction"] == "revenue" and row["section"] == "F")
    assert 0.08 <= (revenue - whole) / revenue <= 0.20
    assert all(row["amount_cents"] >= 0 for row in truth["totals"])


def test_a_later_exercice_keeps_what_the_earlier_one_left(flows):
    """January mandats of the year before, reversals of accruals, cancellations of closed years and prepaid expense
    are all there.
    """
    kinds = Counter()
    for root in flows.values():
        for bordereau in root.iterfind("*/Bordereau"):
            head = bordereau.find("BlocBordereau")
            late = int(value(head, "DteBordEm")[:4]) - int(value(head, "Exer"))
            for piece in bordereau.iterfind("Piece"):
                kinds["-".join((value(head, "TypBord"), value(piece, ".//TypPce"), value(piece, ".//NatPce")))] += 1
                kinds["late"] += late
    assert kinds["late"] > 20
    triplets = """
    02-02-06 02-02-10 01-02-09 01-13-01 01-10-01 01-11-01 01-03-01 01-04-18 06-15-01 01-06-01 01-05-01 01-01-11
    """
    for triplet in triplets.split():
        assert kinds[triplet] > 0, triplet


def test_shares_and_splits_lose_no_cent():
    from random import Random

    rng = Random(1)
    for total in (1, 7, 100, 99_999, 12_345_678):
        for count in (1, 2, 5, 40):
            parts = split(rng, total, count)
            assert sum(parts) == total
            assert min(parts) > 0
        assert sum(shares(total, (0.3, 0.3, 0.4))) == total


@pytest.mark.parametrize(("inhabitants", "years"), [(50, 1), (1000, 0), (1000, 21)])
def test_a_town_too_small_or_without_a_year_is_refused(tmp_path, inhabitants, years):
    with pytest.raises(ValueError, match=r"at least 100|between 1 and 20"):
        write(tmp_path, inhabitants=inhabitants, years=years)


def test_a_cancelling_piece_takes_away():
    assert Piece("D", 2025, 1, "", [], typ_bord="02").sign == -1
    assert Piece("D", 2025, 1, "", [], typ_pce="02", nat_pce="09").sign == 1


# Payroll: DSN and XHL read by a small reader of its own, against the mandats.

DSN_LINE = re.compile(r"(S\d\d\.G\d\d\.\d\d)\.(\d{3}),'(.*)'")
DSN_PARENTS = {
    "S20.G00.05": "S10.G00.00", "S20.G00.07": "S20.G00.05", "S21.G00.06": "S20.G00.05", "S21.G00.85": "S20.G00.05",
    "S21.G00.11": "S21.G00.06", "S21.G00.20": "S21.G00.11", "S21.G00.22": "S21.G00.11", "S21.G00.23": "S21.G00.22",
    "S21.G00.30": "S21.G00.11", "S21.G00.31": "S21.G00.30", "S21.G00.40": "S21.G00.30", "S21.G00.41": "S21.G00.40",
    "S21.G00.45": "S21.G00.40", "S21.G00.60": "S21.G00.40", "S21.G00.62": "S21.G00.40", "S21.G00.65": "S21.G00.40",
    "S21.G00.66": "S21.G00.60", "S21.G00.50": "S21.G00.30", "S21.G00.51": "S21.G00.50", "S21.G00.52": "S21.G00.50",
    "S21.G00.53": "S21.G00.51", "S21.G00.54": "S21.G00.50", "S21.G00.58": "S21.G00.50", "S21.G00.78": "S21.G00.50",
    "S21.G00.79": "S21.G00.78", "S21.G00.81": "S21.G00.78", "S21.G00.86": "S21.G00.30", "S10.G00.01": "S10.G00.00",
    "S10.G00.02": "S10.G00.00", "S10.G00.95": "S10.G00.00", "S90.G00.90": "S10.G00.00",
}  # fmt: skip
FAMILY_OF = {
    "075": "urssaf", "074": "urssaf", "076": "urssaf", "045": "urssaf", "003": "urssaf", "006": "urssaf",
    "049": "fnal", "068": "solidarity", "081": "mobility", "040": "unemployment", "060": "pension", "061": "pension",
    "301": "pension", "305": "pension", "312": "pension", "322": "pension",
}  # fmt: skip
FAMILY_ACCOUNTS = {
    "gross": ("6411", "6413", "6416", "6417"), "mobility": ("6331",), "fnal": ("6332",), "solidarity": ("6338",),
    "urssaf": ("6451",), "pension": ("6453",), "unemployment": ("6454",), "transport": ("6478",),
    "elected_gross": ("65311",), "elected_pension": ("65313",), "elected_social": ("65314",),
}  # fmt: skip


class Block(dict):
    """A block of a DSN: its rubriques, its children, and whether the platform had accepted its envoi."""

    def __init__(self, name, parent, accepted):
        super().__init__()
        self.name, self.parent, self.children, self.accepted = name, parent, [], accepted

    def all(self, name):
        return [child for child in self.children if child.name == f"S21.G00.{name}"]

    def up(self, name):
        return self if self.name == name else self.parent.up(name)


def ancestors(name):
    while name := DSN_PARENTS.get(name):
        yield name


def envois(path):
    """The envois of a DSN file as trees, each with the count of its lines."""
    group, found, last = "DSNOK", [], ""
    open_blocks, current = {}, None
    for text in path.read_bytes().decode("cp1252").split("\r\n")[:-1]:
        block, number, value = DSN_LINE.fullmatch(text).groups()
        if block[:3] in ("S05", "S06", "S95", "S96"):
            group = value if block == "S06.G51.00" else group
            continue
        if block == "S10.G00.00" and number == "001":
            open_blocks = {block: Block(block, None, group == "DSNOK")}
            found.append([open_blocks[block], 0])
        elif block != current.name or number <= last:
            parent = open_blocks[DSN_PARENTS[block]]
            open_blocks[block] = Block(block, parent, parent.accepted)
            parent.children.append(open_blocks[block])
            for other in [name for name in open_blocks if block in ancestors(name)]:
                del open_blocks[other]
        current, last = open_blocks[block], number
        current[number] = value
        found[-1][1] += 1
    return found


def read_declared(folder):
    """(path, envoi, lines) of every DSN file of a town."""
    paths = sorted((folder / "landing" / "payroll_dsn").glob("*.dsn"))
    return [(path, *envoi) for path in paths for envoi in envois(path)]


@pytest.fixture(scope="module")
def payroll_town(tmp_path_factory):
    """A town large enough for a central kitchen, several establishments and most of what happens to agents."""
    folder = tmp_path_factory.mktemp("payroll")
    write(folder, inhabitants=5_000, years=1)
    return folder


@pytest.fixture(scope="module")
def payroll_trees(payroll_town):
    return read_declared(payroll_town)


@pytest.fixture(scope="module", params=["small", "large"])
def paid_town(request):
    """The small town over two years, and the larger one over one: folder, truth, DSN read."""
    folder = request.getfixturevalue("exports" if request.param == "small" else "payroll_town")
    trees = read_declared(folder) if request.param == "small" else request.getfixturevalue("payroll_trees")
    return folder, json.loads((folder / "demo_truth.json").read_text()), trees


def declarations(trees):
    """Declarations that stand: monthly, real, accepted; of the same month and fraction the last one, a replacement
    first.
    """
    kept = {}
    for _, envoi, _ in trees:
        for declaration in envoi.children:
            if declaration.name != "S20.G00.05" or declaration["001"] != "01":
                continue
            if envoi["005"] != "02" or not envoi.accepted:
                continue
            (employer,) = declaration.all("06")
            (establishment,) = employer.all("11")
            key = (employer["001"] + establishment["001"], declaration["005"], declaration["003"])
            rank = (declaration["002"] in ("03", "05"), declaration["007"][::-1], int(declaration["004"]))
            if key not in kept or kept[key][0] < rank:
                kept[key] = (rank, declaration, establishment)
    for (siret, month, _), (_, declaration, establishment) in kept.items():
        yield siret, month[2:4], int(month[4:]), declaration, establishment


def shared(amount, employer, both):
    """The employer's share, rounded half away from zero."""
    half = (2 * abs(amount) * employer + both) // (2 * both)
    return half if amount >= 0 else -half


def employer_share(code, base, amount):
    if code == "060":
        return shared(amount, 420, 700)
    if code == "061":
        return shared(amount, 1255, 1950)
    if base["001"] == "02":
        return shared(amount, 855, 1545)
    return shared(amount, 202, 242) if int(base["002"][4:]) >= 2024 else shared(amount, 190, 230)


def declared_costs(trees):
    """Cents by (SIREN, year, month, family) as DSN say them."""
    sums = Counter()
    for siret, month, year, _, establishment in declarations(trees):
        for individual in establishment.all("30"):
            natures = {contract["009"]: contract["007"] for contract in individual.all("40")}
            for payment in individual.all("50"):
                (number,) = {block["010"] for block in payment.all("51")} or {None}
                elected = "elected_" if natures[number] == "81" else ""
                for block in payment.all("51"):
                    if block["011"] == "001":
                        sums[siret[:9], year, int(month), f"{elected}gross"] += cents(block["013"])
                for block in payment.all("54"):
                    sums[siret[:9], year, int(month), "transport"] += cents(block["002"])
                for base in payment.all("78"):
                    assert base["006"] == number
                    for due in base.all("81"):
                        family = FAMILY_OF.get(due["001"])
                        amount = cents(due["004"])
                        if due["001"] in ("060", "061", "076"):
                            amount = employer_share(due["001"], base, amount)
                        if family and elected:
                            family = "elected_pension" if family == "pension" else "elected_social"
                        if family:
                            sums[siret[:9], year, int(month), family] += amount
    return {key: amount for key, amount in sums.items() if amount}


def booked_costs(folder, *, by_function=False):
    """Cents by (SIREN, year, month of the bordereau, family or nature and function) as mandats say them."""
    paths = sorted((folder / "landing" / "finance_pes").glob("PESALR2*.xml"))
    roots = {path.name: etree.parse(path).getroot() for path in paths if not path.stem.endswith("_copie")}
    families = [(prefix, family) for family, prefixes in FAMILY_ACCOUNTS.items() for prefix in prefixes]
    sums = Counter()
    for siret, exercice, domain, _, _, line in standing_lines(folder, roots):
        nature = value(line, ".//Nature")
        family = next((family for prefix, family in families if nature.startswith(prefix)), None)
        if domain != "D" or not family or nature == "6419":
            continue
        issued = value(line.getparent().getparent(), "BlocBordereau/DteBordEm")
        assert int(issued[:4]) == exercice
        what = (nature, value(line, ".//Fonction")) if by_function else (family,)
        sums[(siret[:9], exercice, int(issued[5:7]), *what)] += cents(value(line, ".//MtHT"))
    return dict(sums)


def test_dsn_files_are_those_of_the_norm(paid_town):
    _, _, trees = paid_town
    norms = Counter()
    for path, envoi, lines in trees:
        (end,) = [block for block in envoi.children if block.name == "S90.G00.90"]
        assert int(end["001"]) == lines, path.name
        listed = [block for block in envoi.children if block.name == "S20.G00.05"]
        assert int(end["002"]) == len(listed) > 0
        assert envoi["006"] in ("P24V01", "P25V01", "P26V01")
        norms[envoi["006"]] += 1
        content = path.read_bytes()
        assert content.count(b"\r\n") == content.count(b"\n")
    assert "P25V01" in norms


def test_dsn_rubriques_and_codes_are_in_the_norm_s_tables(paid_town):
    tables = PROJECT.parent / "shared" / "spec"
    if not tables.exists():
        pytest.skip(f"the tables of the norm are not on this machine: {tables}")
    with (tables / "dsn-rubriques.csv").open(encoding="utf-8", newline="") as file:
        rubriques = {row["rubrique"]: row for row in csv.DictReader(file)}
    codes = defaultdict(dict)
    with (tables / "dsn-codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes[row["rubrique"]][row["code"]] = row

    def walk(block):
        yield block
        for child in block.children:
            yield from walk(child)

    _, _, trees = paid_town
    for _, envoi, _ in trees:
        for block in walk(envoi):
            for number, said in block.items() if block.name != "S10.G00.95" else ():
                rubrique = f"{block.name}.{number}"
                row = rubriques[rubrique]
                assert row[f"in_{envoi['006']}"] == "1", (rubrique, envoi["006"])
                assert 0 < len(said) <= int(row["max_len"] or 256), (rubrique, said)
                if row["type"] == "N":
                    assert re.fullmatch(r"-?\d+(\.\d+)?", said), (rubrique, said)
                if codes[rubrique]:
                    assert codes[rubrique][said][f"in_{envoi['006']}"] == "1", (rubrique, said)
            if block.parent is not None and rubriques.get(f"{block.name}.001", {}).get("parent_block_monthly"):
                assert rubriques[f"{block.name}.001"]["parent_block_monthly"] == block.parent.name


def test_contracts_of_a_dsn_hold_together(paid_town):
    _, _, trees = paid_town
    net = {
        row["code"]: row
        for row in csv.DictReader(
            (paid_town[0] / "landing" / "reference" / "nomenclature_emplois_territoriaux.csv").open(encoding="utf-8"),
            delimiter=";",
        )
    }
    seen = 0
    for _, _, _, declaration, establishment in declarations(trees):
        sites = {block["001"] for block in declaration.all("85")}
        for individual in establishment.all("30"):
            assert {"001", "020"} & individual.keys()
            contracts = {contract["009"]: contract for contract in individual.all("40")}
            for contract in contracts.values():
                assert contract["019"] in sites
                assert contract["005"] in net
                assert Decimal(contract["013"]) <= Decimal(contract["012"])
                assert len(contract["028"]) <= 20
            for payment in individual.all("50"):
                views = defaultdict(list)
                for pay in payment.all("51"):
                    assert pay["010"] in contracts
                    views[pay["011"]].append((pay["001"], pay["002"]))
                assert sorted(views["001"]) == sorted(views["002"]) == sorted(views["003"]) == sorted(views["010"])
                for base in payment.all("78"):
                    if base["001"] == "48":
                        due = {block["001"]: block["004"] for block in base.all("81")}
                        day = date(int(base["002"][4:]), int(base["002"][2:4]), 1)
                        rate = Decimal(rates.in_force(rates.HISTORIES["301", "", "cnracl", "employer"], day))
                        expected = Decimal(base["004"]) * rate / 100
                        assert abs(expected - Decimal(due.get("301", "0"))) <= Decimal("0.01")
            seen += 1
    assert seen > 200


def test_payroll_ties_to_the_mandats_by_month_and_family_to_the_cent(paid_town):
    folder, truth, trees = paid_town
    declared, booked = declared_costs(trees), booked_costs(folder)
    assert declared == booked
    years = truth["parameters"]["years"]
    assert {key[1:3] for key in declared} == {(year, month) for year in years for month in range(1, 13)}
    siren = {one["budget_id"]: one["siren"] for one in truth["payroll"]["employers"]}
    known = {
        (siren[row["budget_id"]], row["exercice"], row["month"], row["family"]): row["amount_cents"]
        for row in truth["payroll"]["costs"]
        if row["family"] != "cnfpt_cdg" and row["amount_cents"]
    }
    assert known == declared
    assert {"gross", "pension", "urssaf", "unemployment", "elected_gross"} <= {family for *_, family in declared}


def local(element, name):
    return element.find(f"{{*}}{name}") if element is not None else None


def shown(element, *names):
    for name in names:
        element = local(element, name)
    return element.get("V") if element is not None else None


GAINS = ("TraitBrut", "IndemResid", "SupFam", "AvantageNature", "Indemnite", "RemDivers", "Rappel")


def test_etats_de_paye_tie_line_by_line_account_by_account_to_the_mandats(paid_town):
    folder, truth, trees = paid_town
    exercice = truth["parameters"]["years"][-1]
    booked = booked_costs(folder, by_function=True)
    declared = declared_costs(trees)
    seen = Counter()
    for path in sorted((folder / "landing" / "payroll_xhl").glob("*.xhl")):
        root = etree.parse(path).getroot()
        siret, month = shown(root, "Employeur", "Siret"), int(shown(root, "Mois"))
        nomenclature = local(local(root, "Nomenclatures"), "NomenclatureRubriquePaye")
        accounts = {
            shown(row, "Code"): (shown(row, "CodeNatureSal"), shown(row, "CodeNatureEmp"))
            for row in nomenclature.iterfind("{*}Correspondance")
        }
        by_account, gains, charges = Counter(), 0, 0
        for payslip in root.iter("{*}PayeIndivMensuel"):
            net = 0
            for line in local(payslip, "Remuneration"):
                kind, amount = etree.QName(line).localname, cents(shown(line, "Mt"))
                if kind in GAINS:
                    by_account[accounts[shown(line, "Code")][0]] += amount
                    gains += amount
                    net += amount
                elif kind == "Cotisation":
                    by_account[accounts[shown(line, "Code")][1]] += amount
                    charges += amount
                else:
                    net -= amount
            assert net == cents(shown(payslip, "MtNetAPayer"))
        stated = Counter()
        for row in local(root, "RepartitionParNature"):
            key = (siret[:9], exercice, month, shown(row, "Code"), shown(row, "CodeFonction"))
            if shown(row, "Code") != "6336":
                assert booked[key] == cents(shown(row, "Mt")), key
            stated[shown(row, "Code")] += cents(shown(row, "Mt"))
        assert +stated == +by_account
        mine = [amount for key, amount in declared.items() if key[:3] == (siret[:9], exercice, month)]
        assert gains + charges - by_account["6336"] == sum(mine)
        seen[siret, month] += 1
    assert sorted(seen.values())[-2:] == [1, 2], "one month alone is exported again"
    assert {month for _, month in seen} == set(range(1, 13))


def test_etats_de_paye_follow_the_official_schema(paid_town):
    schema = PROJECT.parent / "shared" / "data" / "paye-xhl" / "xsd-1.4" / "DocumentPaye.xsd"
    if not schema.exists():
        pytest.skip(f"the official schema is not on this machine: {schema}")
    official = etree.XMLSchema(etree.parse(schema))
    for path in sorted((paid_town[0] / "landing" / "payroll_xhl").glob("*.xhl"))[::6]:
        official.assertValid(etree.parse(path))


def test_xhl_and_dsn_know_the_same_agents(payroll_town, payroll_trees):
    services = {row["source_code"]: row["service_id"] for row in seed("map_payroll__service")}
    facilities = {row["source_code"] for row in seed("map_payroll__facility")}
    declared = {}
    for siret, month, _, _, establishment in declarations(payroll_trees):
        for individual in establishment.all("30"):
            for contract in individual.all("40"):
                assert contract["019"] in facilities
                key = (siret[:9], month, individual["019"])
                declared.setdefault(key, set()).add(services[contract["028"]])
    found = {}
    for path in sorted((payroll_town / "landing" / "payroll_xhl").glob("*.xhl")):
        root = etree.parse(path).getroot()
        for payslip in root.iter("{*}PayeIndivMensuel"):
            agent = local(payslip, "Agent")
            key = (shown(root, "Employeur", "Siret")[:9], shown(root, "Mois"), shown(agent, "Matricule").lstrip("0"))
            found.setdefault(key, set()).add(services[shown(payslip, "Service")])
    assert declared == found


def seed(name):
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_exercice_is_the_same_however_many_are_written(exports, tmp_path):
    write(tmp_path, years=1)
    for folder, pattern in (("payroll_dsn", "*_2025*.dsn"), ("payroll_xhl", "*.xhl")):
        alone = {path.name: path.read_bytes() for path in (tmp_path / "landing" / folder).glob(pattern)}
        both = {path.name: path.read_bytes() for path in (exports / "landing" / folder).glob(pattern)}
        # The end of a contract on 31 December is signalled the next day, by the exercice before.
        both = {
            name: text for name, text in both.items() if not re.fullmatch(r"SIGNALEMENT_FIN_\d+_20250101.dsn", name)
        }
        assert alone == both
        assert len(alone) >= 24


def day(text):
    return date(int(text[4:]), int(text[2:4]), int(text[:2])).toordinal()


def contracts_by_month(trees):
    """(SIREN, agent, contract) -> month -> contract and its payments. An agent is his matricule."""
    found = defaultdict(dict)
    for siret, month, year, _, establishment in declarations(trees):
        for individual in establishment.all("30"):
            for contract in individual.all("40"):
                key = (siret[:9], individual["019"], contract["009"])
                found[key][year * 12 + int(month) - 1] = contract
    return found


def last_said(months, block, cancelling):
    """Absences (60) or suspensions (65) of a contract as the last file said them, those cancelled left out."""
    said, cancelled = {}, set()
    for _, contract in sorted(months.items()):
        for found in contract.all(block):
            if found["001"] == cancelling:
                cancelled.add(found["002"])
            else:
                said[found["001"], found["002"]] = found
    return [found for (_, start), found in said.items() if start not in cancelled]


def test_absences_declared_are_the_true_ones(paid_town):
    _, truth, trees = paid_town
    exercice = truth["parameters"]["years"][-1]
    first, last = date(exercice, 1, 1).toordinal(), date(exercice, 12, 31).toordinal()
    spells = defaultdict(set)
    for (siren, agent, _), months in contracts_by_month(trees).items():
        for found in last_said(months, "60", "99"):
            end = day(found["010"]) - 1 if "010" in found else day(found["003"])
            spells[siren, "60", found["001"]].add((agent, day(found["002"]) + 1, end))
        for found in last_said(months, "65", "998"):
            spells[siren, "65", found["001"]].add((agent, day(found["002"]), day(found["003"])))
    days = {
        key: sum(max(0, min(end, last) - max(start, first) + 1) for _, start, end in found)
        for key, found in spells.items()
    }
    siren = {one["budget_id"]: one["siren"] for one in truth["payroll"]["employers"]}
    expected = {
        (siren[row["budget_id"]], row["block"], row["motive"]): row["amount"]
        for row in truth["payroll"]["absences"]
        if row["exercice"] == exercice and row["measure"] == "days"
    }
    assert {key: found for key, found in days.items() if found} == expected
    assert {"01", "06"} <= {motive for _, block, motive in expected if block == "60"}


def test_staff_of_december_and_its_time_are_the_true_ones(paid_town):
    _, truth, trees = paid_town
    exercice = truth["parameters"]["years"][-1]
    siren = {one["budget_id"]: one["siren"] for one in truth["payroll"]["employers"]}
    present, time = defaultdict(set), Counter()
    for (owner, agent, _), months in contracts_by_month(trees).items():
        for month, contract in months.items():
            if month // 12 != exercice:
                continue
            opens = date(exercice, month % 12 + 1, 1).toordinal()
            closes = (date(exercice + month % 12 // 11, (month + 1) % 12 + 1, 1)).toordinal() - 1
            ends = [found for found in contract.all("62") if found["002"] not in ("059", "099") or "006" in found]
            start, end = max(opens, day(contract["001"])), min([closes, *(day(found["001"]) for found in ends)])
            away = sum(
                max(0, min(end, day(found["003"])) - max(start, day(found["002"])) + 1)
                for found in last_said({0: contract}, "65", "998")
                if not cancelled_later(months, month, found)
            )
            quota, reference = Decimal(contract["013"]), Decimal(contract["012"])
            if end >= start and reference and contract["007"] not in ("29", "81"):
                time[owner] += quota / reference * (end - start + 1 - away) / (closes - opens + 1) / 12
            if month % 12 == 11 and end == closes and contract["007"] not in ("29", "81"):
                present[owner].add(agent)
    heads = Counter()
    for row in truth["payroll"]["headcount"]:
        heads[siren[row["budget_id"]]] += row["agents"] if row["exercice"] == exercice else 0
    assert {owner: len(agents) for owner, agents in present.items()} == +heads
    expected = Counter()
    for row in truth["payroll"]["working_time"]:
        if row["exercice"] == exercice and row["status"] != "stagiaire de l'enseignement":
            expected[siren[row["budget_id"]]] += row["etpt"]
    assert {owner: round(float(found), 2) for owner, found in time.items()} == {
        owner: round(found, 2) for owner, found in expected.items()
    }


def cancelled_later(months, month, suspension):
    return any(
        found["001"] == "998" and found["002"] == suspension["002"]
        for later, contract in months.items()
        if later > month
        for found in contract.all("65")
    )


def test_changes_of_a_contract_give_the_value_of_the_month_before(paid_town):
    _, _, trees = paid_town
    watched = {"058": "035", "005": "020", "013": "007", "019": "013", "026": "060", "020": "053", "007": "004"}
    changes = Counter()
    for months in contracts_by_month(trees).values():
        for month, contract in months.items():
            before = months.get(month - 1)
            if before is None or any("006" in found for found in before.all("62")):
                continue
            former = {name: found[name] for found in contract.all("41") for name in found if name not in ("001", "028")}
            for name, rubrique in watched.items():
                assert former.get(rubrique, contract.get(name)) == before.get(name), (name, contract)
                changes[name] += rubrique in former
    assert changes["058"] > 5


def test_payroll_is_issued_in_its_month_even_in_december(flows):
    months = set()
    for root in flows.values():
        for bordereau in root.iterfind("PES_DepenseAller/Bordereau"):
            labels = [value(piece, ".//Obj") for piece in bordereau.iterfind("Piece")]
            paid = [label for label in labels if label.startswith("PAIE ")]
            issued = value(bordereau, "BlocBordereau/DteBordEm")
            for label in paid:
                assert label == f"PAIE {MONTH_NAMES[int(issued[5:7]) - 1]} {issued[:4]}"
                months.add(issued[:7])
    assert len(months) == 12 * YEARS


def test_mishaps_of_payroll_are_those_that_happen(payroll_town, payroll_trees):
    truth = json.loads((payroll_town / "demo_truth.json").read_text())
    folder = payroll_town / "landing" / "payroll_dsn"
    mishaps = defaultdict(list)
    for row in truth["payroll"]["mishaps"]:
        mishaps[row["kind"]].append(row)
        assert (folder / row["file"]).exists() or row["kind"] == "exported_again"
    assert mishaps.keys() == {
        "test", "replaced", "late_fraction", "wrapped", "sent_twice", "signal", "exported_again",
    }  # fmt: skip

    def heads(name):
        return [
            (envoi, declaration)
            for path, envoi, _ in payroll_trees
            if path.name == name
            for declaration in envoi.children
            if declaration.name == "S20.G00.05"
        ]

    (replaced,) = mishaps["replaced"]
    wrong, right = heads(replaced["file"]), heads(replaced["other"])
    assert {declaration["002"] for _, declaration in right} == {"03"}
    for (_, before), (_, after) in zip(wrong, right, strict=True):
        assert after["006"] == before["007"] + before["004"]
    (fraction,) = mishaps["late_fraction"]
    ((_, late),) = heads(fraction["file"])
    assert late["003"] == "22"
    assert int(late["007"][2:4]) == fraction["month"] + 1
    (test,) = mishaps["test"]
    assert {envoi["005"] for envoi, _ in heads(test["file"])} == {"01"}
    (wrapped,) = mishaps["wrapped"]
    assert {envoi.accepted for envoi, _ in heads(wrapped["file"])} == {False, True}
    (twice,) = mishaps["sent_twice"]
    assert {declaration["002"] for _, declaration in heads(twice["file"])} == {"01"}
    assert {declaration["001"] for row in mishaps["signal"] for _, declaration in heads(row["file"])} == {"04", "07"}
    (again,) = mishaps["exported_again"]
    texts = [(payroll_town / "landing" / "payroll_xhl" / again[name]).read_text() for name in ("file", "other")]
    assert texts[0] != texts[1] == texts[0].replace("<!-- réédition -->", "")
    recalls = {row["kind"]: row for row in truth["payroll"]["recalls"]}
    assert recalls["five_years"]["oldest_months"] == 60
    assert recalls["overpaid"]["gross_cents"] < 0
    assert {"late_step", "leaver", "cancel_redo"} <= recalls.keys()


def test_agents_have_valid_numbers_and_are_canaries(paid_town):
    folder, truth, trees = paid_town
    canaries = set(truth["canaries"])
    for _, envoi, _ in trees:
        for declaration in envoi.children:
            for employer in declaration.all("06"):
                for establishment in employer.all("11"):
                    for individual in establishment.all("30"):
                        assert re.fullmatch(r"[1278]\d\d20999\d{5}", individual.get("001", "1002099999999"))
                        named = ("001", "002", "003", "008", "019", "020")
                        assert {individual[name] for name in named if name in individual} <= canaries
                        assert {contract["009"] for contract in individual.all("40")} <= canaries
    numbers = set()
    for path in sorted((folder / "landing" / "payroll_xhl").glob("*.xhl")):
        for agent in etree.parse(path).getroot().iter("{*}Agent"):
            nir = shown(agent, "NIR")
            assert not nir or (97 - int(nir[:13]) % 97 == int(nir[13:]) and nir in canaries)
            moved = shown(agent, "CptBancaire", "IBAN")
            assert int(moved[4:] + "1527" + moved[2:4]) % 97 == 1
            assert moved in canaries
            numbers.add((nir, moved))
    assert len({nir for nir, _ in numbers if nir}) == len([nir for nir, _ in numbers if nir])


def test_staff_is_that_of_a_french_town(payroll_town):
    truth = json.loads((payroll_town / "demo_truth.json").read_text())
    heads = truth["payroll"]["headcount"]
    whole = sum(row["agents"] for row in heads)
    permanent = [row for row in heads if row["permanent"]]

    def share(rows, name, *values):
        return sum(row["agents"] for row in rows if row[name] in values) / sum(row["agents"] for row in rows)

    assert whole > 100
    assert 0.5 <= share(heads, "sex", "02") <= 0.7
    assert 0.65 <= share(permanent, "category", "C") <= 0.82
    assert 0.1 <= share(permanent, "status", "contractuel permanent") <= 0.3
    main = next(one for one in truth["payroll"]["employers"] if one["employer"] == "main")
    assert len(main["sirets"]) == 2
    services = {row["service"]: row for row in truth["payroll"]["services"] if row["budget_id"] == main["budget_id"]}
    assert services["CANT"]["booked_function"] == services["EDUC"]["booked_function"] == "201"
    assert services["CANT"]["total_cents"] > services["EDUC"]["total_cents"]
    ledger = Counter()
    for row in truth["totals"]:
        if row["budget_id"] == main["budget_id"] and row["nature"][:4] in ("6411", "6413", "6416", "6417"):
            ledger[row["function"]] += row["amount_cents"]
    gross = Counter()
    for row in services.values():
        gross[row["booked_function"]] += row.get("gross_cents", 0)
    assert +gross == +ledger


def test_seeds_of_payroll_are_those_of_the_town(payroll_town):
    kitchen = town.siret(town.Town(INHABITANTS, 1).siret[:9], 7)
    written = {
        "ref_payroll_rate": (rates.SEED_COLUMNS, rates.seed_rows()),
        "ref_service": (workforce.SERVICE_COLUMNS, workforce.service_rows()),
        "map_payroll__service": (workforce.SERVICE_MAP_COLUMNS, workforce.service_map_rows()),
        "map_payroll__facility": (workforce.FACILITY_COLUMNS, workforce.facility_rows(kitchen)),
    }
    for name, (columns, rows) in written.items():
        with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [list(columns), *map(list, rows)], name
    booked = {row["service_id"]: row["booked_function_code"] for row in seed("map_payroll__service")}
    assert booked["CANT"] == "201"
    assert set(booked.values()) <= set(demo_city.FUNCTIONS)


@pytest.mark.parametrize(("amount", "share"), [(100, 60), (1, 1), (-100, -60), (5, 3), (-5, -3)])
def test_shares_are_rounded_half_away_from_zero(amount, share):
    assert shared(amount, 420, 700) == rates.half_up(amount * 420, 700) == share
