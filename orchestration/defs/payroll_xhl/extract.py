"""Reader of the XHL état de paye: the payslips of a month, line by line, with the account of each pay item.

Only local names count, as some vendors put the content in a default namespace, and elements may come in any order.
Names, addresses, bank accounts, the job written on the payslip and what is withheld from the net pay (income tax,
seizures, advances) never leave this module; NIR and matricule leave it as pseudonyms.
Source: schemas 1.4 of the état de paye (PES v2, paye_1_1), with the deviations seen in real files.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pandas as pd
from lxml import etree

from orchestration.lib import xml
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.frames import Frames, Row
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
ROOT = "DocumentPaye"
QUALIFIED_ROOT = re.compile(r"\{http://www\.minefi\.gouv\.fr/cp/helios/pes_v2/paye[^}]*\}" + ROOT)
HEADER = ("IdVer", "Annee", "Mois", "Train", "Budget", "Employeur")
HEADER_BLOCKS = tuple(f"{{*}}{name}" for name in HEADER)
MARKS = ("{*}DonneesIndiv",)
BLOCKS = (*HEADER_BLOCKS, "{*}Etablissement", "{*}PayeIndivMensuel", "{*}Correspondance", "{*}Repartition")
EVENTS_BETWEEN_FRAMES = 200

GAINS = frozenset({"TraitBrut", "IndemResid", "SupFam", "AvantageNature", "Indemnite", "RemDivers", "Rappel"})
# What an amount of each kind of line does to the net pay.
SIGNS = dict.fromkeys(GAINS, 1) | {"Deduction": -1, "Retenue": -1, "Acompte": -1, "Cotisation": 0}
LANDED = GAINS | {"Deduction", "Cotisation"}
# Labels that tell of the income tax, a seizure or alimony: they say more of the agent's life than of the town's costs.
# Lower case, without accents; an accent that the vendor lost is one or two characters of any kind.
WITHHELD = re.compile(
    r"\bp\W?a\W?s\b|\bsource\b|\bimp.{1,2}ts?\b|\bsaisie|\boppos|\bavis\W{1,4}(a\W+)?tiers|\bs?\W?a\W?t\W?d\b"
    r"|\balim(entaire)?\b|\bhuissier|\bcession\W+(de\W+|sur\W+)?(salaire|remun)"
)

MONTH = re.compile(r"0?[1-9]|1[0-2]")
NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?")
CENT = Decimal("0.01")
NIR_IN_TEXT = re.compile(r"(?<![0-9])[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?(?![0-9])")
NIR = re.compile(r"([1-478])([0-9]{2})(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?")
MALE, FEMALE = "01", "02"
CIVILITIES = dict.fromkeys(("M", "MR", "MONSIEUR"), MALE)
CIVILITIES |= dict.fromkeys(("MME", "MADAME", "MLLE", "MELLE", "MADEMOISELLE"), FEMALE)
YOUNGEST, OLDEST = 14, 100

Handler = Callable[[etree._Element], None]


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of an état de paye."""
    return QUALIFIED_ROOT.fullmatch(xml.root_name(head, xml.Transcoder()) or "") is not None


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, rows as text) for the état de paye at ``path``, in frames of bounded size.

    Raises RefusedExport when the file is no état de paye, has no payslip, lacks its year, month, SIRET or the amount of
    a line, or has a line of an unknown kind or an amount or date that is not one; UnfinishedExport when it stops early.
    """
    frames = Frames(FOLDER)
    reader = _Etat(frames, pseudonyms, path)
    for number, (event, element) in enumerate(xml.stream(path, MARKS, BLOCKS, reader.transcoder)):
        reader.take(event, element)
        if not number % EVENTS_BETWEEN_FRAMES:
            yield from frames.full()
    reader.finish()
    yield from frames.rest()


@lru_cache(maxsize=10_000)
def is_withheld(label: str | None) -> bool:
    """Say whether the label of a pay item tells of the income tax, a seizure or alimony. Cached: labels are few."""
    plain = unicodedata.normalize("NFKD", label or "").lower()
    return WITHHELD.search("".join(letter for letter in plain if not unicodedata.combining(letter))) is not None


@lru_cache(maxsize=10_000)
def may_land(label: str | None) -> bool:
    """Say whether the label of a pay item tells of the pay only. Cached, as ``is_withheld`` is."""
    return not is_withheld(label) and NIR_IN_TEXT.search(label or "") is None


def birth_year(two_digits: str, pay_year: int) -> str | None:
    """Return the year of birth of someone who is at least 14 in ``pay_year``; None when that makes them over 100."""
    age = (pay_year - int(two_digits) - YOUNGEST) % 100 + YOUNGEST
    return str(pay_year - age) if age <= OLDEST else None


def has_right_key(nir: str) -> bool:
    """Say whether the two last digits of a NIR of 15 characters are its key (Corsica counts as 19 and 18)."""
    return (int(nir[:13].replace("2A", "19").replace("2B", "18")) + int(nir[13:])) % 97 == 0


def _columns(table: str) -> dict[str, int]:
    """Return column name -> index in the rows of ``table``."""
    return {field.column: index for index, field in enumerate(FIELDS[table][1:])}


def _layout(table: str, under: str) -> xml.Layout:
    """Return where the leaves of the block ``under`` go; an identity goes nowhere, it is hashed apart."""
    fields = [field for field in FIELDS[table] if field.column != "source_export"]
    hashed = [field.path for field in fields if field.personal_data == "keyed_hash"]
    found = xml.layout(fields, under)
    for path in hashed:
        *parents, last = path.removeprefix(under + "/").split("/")
        nested = found
        for parent in parents:
            nested = nested[parent]
        del nested[last]
    return found


ETAT, PAYSLIP, LINE, SHARE = (_columns(table) for table in ("etat", "bulletin", "ligne", "repartition_budget"))
ETAT_LAYOUT = _layout("etat", ROOT)
ESTABLISHMENT_LAYOUT = _layout("etablissement", "DonneesIndiv/Etablissement")
PAYSLIP_LAYOUT = _layout("bulletin", "PayeIndivMensuel")
LINE_LAYOUT = _layout("ligne", "PayeIndivMensuel/Remuneration/*")
SHARE_LAYOUT = _layout("repartition_budget", "PayeIndivMensuel/RepartitionBudget")
# Element whose children are records -> table, name and layout of a record.
LISTS = {
    parent: (table, f"{path}/{name}", _layout(table, f"{path}/{name}"))
    for table, path, parent, name in (
        ("rubrique", "Nomenclatures/NomenclatureRubriquePaye", "NomenclatureRubriquePaye", "Correspondance"),
        ("repartition_nature", "RepartitionParNature", "RepartitionParNature", "Repartition"),
    )
}
NEEDED = {table: xml.required(fields) for table, fields in FIELDS.items()}
HEADER_NEEDED = [(index, field) for index, field in NEEDED["etat"] if not field.path.startswith("(")]
AMOUNT = FIELDS["ligne"][LINE["mt"] + 1]
NET_PAY = Field("bulletin", "ecart_net", "PayeIndivMensuel/MtNetAPayer", "amount", False, "", "")


class _Etat:
    """The état de paye being read: its single row of table etat, the part it stands in, and what was counted."""

    def __init__(self, frames: Frames, pseudonyms: Pseudonyms, path: Path):
        self.frames = frames
        self.pseudonyms = pseudonyms
        self.path = path
        self.transcoder = xml.Transcoder()
        self.root: etree._Element | None = None
        self.etat = frames.empty_row("etat")
        self.etat[0] = ROOT
        self.pay_year = 0
        self.siren = ""
        self.parts = self.payslips = self.payslip_in_part = 0
        self.ranks: Counter[str] = Counter()
        self.ends: dict[str, Handler] = {
            **dict.fromkeys(HEADER, self.read_header),
            "Etablissement": self.read_establishment,
            "PayeIndivMensuel": self.read_payslip,
            "Correspondance": self.read_record,
            "Repartition": self.read_record,
        }

    def take(self, event: str, element: etree._Element) -> None:
        """Handle one event of the stream."""
        name = xml.local_name(element.tag)
        if self.root is None:
            self.root = element
            if name != ROOT:
                raise RefusedExport(
                    problem="Ce fichier n'est pas un état de paye XHL",
                    place=xml.place_of(element, None),
                    expected="Un élément racine DocumentPaye",
                    action="Déposez le fichier XHL de l'état de paye tel que le logiciel de paye l'a produit.",
                )
        elif event == "end" and (handle := self.ends.get(name)) is not None:
            handle(element)
        elif event == "start" and name == "DonneesIndiv":
            self.parts += 1
            self.payslip_in_part = 0

    def read_header(self, element: etree._Element) -> None:
        """Keep what a child of the root says of the whole état."""
        if element.getparent() is self.root:
            xml.read([element], ETAT_LAYOUT, self.etat, any_namespace=True)

    def check_header(self) -> None:
        """Make sure, before the first payslip, that the year, month and employer that it needs are known.

        Where they come after it, the file is first gone through for them. Raises RefusedExport when one is missing.
        """
        if any(self.etat[index] is None for index, _ in HEADER_NEEDED):
            ahead = xml.stream(self.path, (), HEADER_BLOCKS, xml.Transcoder())
            _, root = next(ahead)
            for _, element in ahead:
                if element.getparent() is root:
                    xml.read([element], ETAT_LAYOUT, self.etat, any_namespace=True)
        xml.demand(self.etat, HEADER_NEEDED, self.root)
        year, month = self.etat[ETAT["annee"]], self.etat[ETAT["mois"]]
        if not MONTH.fullmatch(month):
            raise RefusedExport(
                problem="La valeur de l'élément Mois n'est pas un mois",
                place=xml.place_of(self.root, None),
                expected="Un numéro de mois, de 1 à 12",
                action="Corrigez la donnée dans le logiciel d'origine, puis exportez de nouveau le fichier.",
            )
        self.etat[ETAT["mois_paie"]] = f"{year}-{month:0>2}"
        self.pay_year = int(year)
        self.siren = self.etat[ETAT["siret"]][:9]

    def read_establishment(self, element: etree._Element) -> None:
        """Add a row of table etablissement."""
        row = self.frames.empty_row("etablissement")
        row[:2] = f"DonneesIndiv[{self.parts}]/Etablissement", str(self.parts)
        xml.read(element, ESTABLISHMENT_LAYOUT, row, any_namespace=True)
        self.frames.rows["etablissement"].append(tuple(row))

    def read_payslip(self, element: etree._Element) -> None:
        """Add a row of table bulletin, with its lines and the budgets that bear it."""
        if xml.local_name(element.getparent().tag) != "DonneesIndiv":
            raise RefusedExport(
                problem="L'élément PayeIndivMensuel n'est pas à sa place",
                place=xml.place_of(element, None),
                expected="Des éléments PayeIndivMensuel dans un élément DonneesIndiv",
                action=xml.EXPORT_AGAIN,
            )
        if not self.payslips:
            self.check_header()
        self.payslips += 1
        self.payslip_in_part += 1
        row = self.frames.empty_row("bulletin")
        row[0] = f"DonneesIndiv[{self.parts}]/PayeIndivMensuel[{self.payslip_in_part}]"
        row[PAYSLIP["bulletin_rank"]], row[PAYSLIP["donnees_rank"]] = str(self.payslips), str(self.parts)
        xml.read(element, PAYSLIP_LAYOUT, row, any_namespace=True)
        points, gap, net, ranks = [], Decimal(0), None, Counter()
        for child in element.iterchildren(
            "{*}Agent", "{*}NBI", "{*}Remuneration", "{*}MtNetAPayer", "{*}RepartitionBudget"
        ):
            name = xml.local_name(child.tag)
            if name == "Agent":
                self.read_identity(child, row)
            elif name == "NBI":
                points.append(child.get("V") or "0")
            elif name == "Remuneration":
                gap += self.read_lines(child, row, ranks)
            elif name == "RepartitionBudget":
                self.read_share(child, row, ranks)
            elif value := child.get("V"):
                if not xml.CHECKS["amount"](value):
                    raise xml.wrong_value(NET_PAY, child, row[0])
                net = Decimal(value)
        if len(points) > 1:
            row[PAYSLIP["nbi"]] = _total(points)
        if net is not None:
            row[PAYSLIP["ecart_net"]] = str((gap - net).quantize(CENT))
        self.frames.rows["bulletin"].append(tuple(row))

    def read_identity(self, agent: etree._Element, row: Row) -> None:
        """Fill in what stands for the agent: pseudonyms, sex and year of birth."""
        facts = {
            xml.local_name(child.tag): "".join(child.get("V", "").split()).upper()
            for child in agent.iterchildren("{*}Civilite", "{*}Matricule", "{*}NIR")
        }
        if matricule := facts.get("Matricule", "").lstrip("0"):
            row[PAYSLIP["matricule_pseudonym"]] = self.pseudonyms.of(f"matricule:{self.siren}:{matricule}")
        row[PAYSLIP["sexe"]] = CIVILITIES.get(facts.get("Civilite", "").rstrip("."))
        if nir := NIR.fullmatch(facts.get("NIR", "")):
            digit, year, key = nir.groups()
            row[PAYSLIP["sexe"]] = row[PAYSLIP["sexe"]] or (MALE if digit in "137" else FEMALE)
            row[PAYSLIP["annee_naissance"]] = birth_year(year, self.pay_year)
            if key is None or has_right_key(nir[0]):
                row[PAYSLIP["agent_pseudonym"]] = self.pseudonyms.of(f"nir:{nir[0][:13]}")

    def read_lines(self, remuneration: etree._Element, payslip: Row, ranks: Counter[str]) -> Decimal:
        """Add the rows of table ligne, but for what is withheld; return what the lines make of the net pay."""
        start = self.frames.empty_row("ligne")
        start[LINE["bulletin_rank"]] = payslip[PAYSLIP["bulletin_rank"]]
        place, lines, net = f"{payslip[0]}/Remuneration/", self.frames.rows["ligne"], Decimal(0)
        for line in remuneration:
            kind = line.tag
            if kind not in SIGNS and (kind := xml.local_name(kind)) not in SIGNS:
                if kind == "Commentaire":
                    continue
                raise _unknown_kind(line, payslip[0])
            sign = SIGNS[kind]
            rank = ranks[kind] = ranks.get(kind, 0) + 1
            row = start.copy()
            row[0] = f"{place}{kind}[{rank}]"
            row[LINE["element"]] = kind
            xml.read(line, LINE_LAYOUT, row, any_namespace=True)
            amount = row[LINE["mt"]]
            if amount is None:
                raise xml.missing_value(AMOUNT, line, row[0])
            if sign:
                net += sign * Decimal(amount)
            if kind not in LANDED:
                continue
            label = row[LINE["libelle"]]
            if not may_land(label):
                if kind == "Deduction" and is_withheld(label):
                    continue
                row[LINE["libelle"]] = None
            lines.append(tuple(row))
        return net

    def read_share(self, element: etree._Element, payslip: Row, ranks: Counter[str]) -> None:
        """Add a row of table repartition_budget."""
        ranks["RepartitionBudget"] += 1
        row = self.frames.empty_row("repartition_budget")
        row[0] = f"{payslip[0]}/RepartitionBudget[{ranks['RepartitionBudget']}]"
        row[SHARE["bulletin_rank"]] = payslip[PAYSLIP["bulletin_rank"]]
        xml.read(element, SHARE_LAYOUT, row, any_namespace=True)
        self.frames.rows["repartition_budget"].append(tuple(row))

    def read_record(self, element: etree._Element) -> None:
        """Add a row of the table of a list: pay items, or totals by account. The other nomenclatures are left out."""
        known = LISTS.get(xml.local_name(element.getparent().tag))
        if known is None:
            return
        table, path, layout = known
        self.ranks[table] += 1
        row = self.frames.empty_row(table)
        row[0] = f"{path}[{self.ranks[table]}]"
        xml.read(element, layout, row, any_namespace=True)
        xml.demand(row, NEEDED[table], element)
        self.frames.rows[table].append(tuple(row))

    def finish(self) -> None:
        """Add the row of table etat once the whole file is read. Raises RefusedExport when there is no payslip."""
        if not self.payslips:
            raise RefusedExport(
                problem="L'état de paye ne contient aucun bulletin",
                place="Document entier",
                expected="Au moins un élément PayeIndivMensuel dans un élément DonneesIndiv",
                action="Vérifiez le mois et le budget choisis dans le logiciel de paye, puis exportez-le de nouveau.",
            )
        self.etat[ETAT["bulletins"]] = str(self.payslips)
        self.etat[ETAT["octets_mal_annonces"]] = str(self.transcoder.misread)
        self.frames.rows["etat"].append(tuple(self.etat))


def _total(numbers: list[str]) -> str:
    """Return the sum of ``numbers``, or the first that is none: the guard then refuses it by name."""
    unreadable = next((number for number in numbers if not NUMBER.fullmatch(number)), None)
    return unreadable or str(sum(map(Decimal, numbers)))


def _unknown_kind(line: etree._Element, place: str | None) -> RefusedExport:
    """Return the refusal of a line that is neither a gain nor a deduction that we know: its euros have no side."""
    return RefusedExport(
        problem="Une ligne de paye est d'un genre inconnu",
        place=xml.place_of(line, f"{place}/Remuneration"),
        expected="Un des éléments " + ", ".join(sorted({*SIGNS, "Commentaire"})),
        action="Signalez ce fichier à l'éditeur du logiciel de paye et à l'administrateur de la plateforme.",
    )
