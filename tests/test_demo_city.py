"""The demo town: files as a comptable and a council would want them, and totals that can be checked to the cent."""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

import demo_city
from demo_city import profile, town
from demo_city.ledger import Piece, shares, split
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
    assert sum(truth["files"].values()) <= 50
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
    text = "".join(path.read_text("iso-8859-1") for path in sorted((exports / "landing" / "finance_pes").glob("*.xml")))
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
