"""Reader of budget documents in the TotEM format: one DocumentBudgetaire, alone or inside a financial account (CFU).

Values are kept as the file has them. What may name a natural person stops here: the beneficiary of a grant unless the
file says it is a legal person; lenders' beneficiaries, elected officials, signatories and free fields are never read.
Source: DGCL schemas of "Actes budgétaires" (V95 and later elements seen in real documents).
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from lxml import etree

from orchestration.lib import xml
from orchestration.lib.civility import has_civility
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames, Row
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
NAMESPACE = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"
ACCOUNT_ROOT = "{http://www.minefi.gouv.fr/cp/demat/doccfu}CompteFinancierUnique"
ANNEXES = ("concours", "personnel", "emprunt", "patrimoine", "apcp", "consolidation")
EVENTS_BETWEEN_FRAMES = 1_000

DECISIONS = frozenset({"01", "02", "03", "09", "10"})
# Charts of accounts published by the DGCL, as norm -> variants; M57 alone is the 2016-2021 experiment.
CHARTS = {
    "M14": "M14_CCAS_INF3500 M14_CCAS_SUP3500 M14_CE M14_COM_INF500 M14_COM_500_3500 M14_COM_SUP3500",
    "M4": "M4 M41 M42 M43 M43_A M43_D M44 M49 M49_A M49_D",
    "M52": "M52",
    "M57": "M57 M57_A M57_D M57_P",
    "M61": "M61",
    "M71": "M71",
}
NOMENCLATURES = frozenset(f"{norm}-{variant}" for norm, variants in CHARTS.items() for variant in variants.split())
# Beneficiaries that are not natural persons (list CodNatJurBenefCA): P1, P2, P4 private, U1 to U6 public.
LEGAL_PERSONS = frozenset({"P1", "P2", "P4", "U1", "U2", "U3", "U4", "U5", "U6"})
# Companies and other private bodies: a sole trader is one of them under their own name.
SOLE_TRADERS = frozenset({"P2", "P4"})

Handler = Callable[[etree._Element], None]


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a budget document or of a CFU."""
    return xml.root_name(head) in (NAMESPACE + "DocumentBudgetaire", ACCOUNT_ROOT)


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 same for all
    """Yield (table, rows as text) for the budget document at ``path``, in frames of bounded size.

    Raises RefusedExport when there is not exactly one DocumentBudgetaire with its Budget, or when a SIRET, the
    exercice, NatDec, Nomenclature or an amount is not one; UnfinishedExport when the file stops before its end.
    """
    frames = Frames(FOLDER)
    reader = _Document(frames)
    for number, (event, element) in enumerate(xml.stream(path, MARKS, BLOCKS)):
        if number == 0:
            reader.document[DOCUMENT["root_element"]] = etree.QName(element).localname
        reader.take(event, element)
        if not number % EVENTS_BETWEEN_FRAMES:
            yield from frames.full()
    reader.finish()
    yield from frames.rest()


def _columns(table: str) -> dict[str, int]:
    """Return column name -> index in the rows of ``table``."""
    return {field.column: index for index, field in enumerate(FIELDS[table][1:])}


def _layout(table: str, under: str) -> xml.Layout:
    """Return where the leaves of the block ``under`` go; every element of this format is in its namespace."""
    return xml.layout(FIELDS[table], under, NAMESPACE)


DOCUMENT, LINE, INFORMATION, GRANT, LOAN = (
    _columns(table) for table in ("document", "ligne", "information", "concours", "emprunt")
)
HEADERS = {
    NAMESPACE + under.rsplit("/", 1)[-1]: _layout("document", under)
    for under in ("BlocEditeur", "EnTeteDocBudgetaire", "Budget/EnTeteBudget", "Budget/BlocBudget")
}
LINE_LAYOUT = _layout("ligne", "Budget/LigneBudget")
# Additional amounts and characteristics of a line, told apart by their attribute Code.
PIVOT = re.compile(r"Budget/LigneBudget/(\w+)\[@Code='(\w+)'\]")
SUPPLEMENTS = {
    (NAMESPACE + match[1], match[2]): (index, field)
    for index, field in enumerate(FIELDS["ligne"][1:])
    if (match := PIVOT.fullmatch(field.path))
}
SUPPLEMENT_TAGS = sorted({tag for tag, _ in SUPPLEMENTS})
ANNEX_LAYOUTS = {
    NAMESPACE + table.upper(): (table, _layout(table, f"Budget/Annexes/DATA_{table.upper()}/{table.upper()}"))
    for table in ANNEXES
}
NEEDED = {table: xml.required(fields) for table, fields in FIELDS.items()}
CALCULATED = {table: columns["calculated"] for table in FIELDS if "calculated" in (columns := _columns(table))}
GRANT_TEXTS, LOAN_TEXTS = (
    [columns[field.column] for field in FIELDS[table] if field.personal_data == "blank_if_person"]
    for table, columns in (("concours", GRANT), ("emprunt", LOAN))
)

MARKS = tuple(NAMESPACE + name for name in ("DocumentBudgetaire", "Budget"))
BLOCKS = (
    *(NAMESPACE + name for name in ("VersionSchema", "Scellement", "Information", "LigneBudget")),
    *HEADERS,
    *ANNEX_LAYOUTS,
)


class _Document:
    """The budget document being read: its single row of table document, and a handler for each element."""

    def __init__(self, frames: Frames):
        self.frames = frames
        self.document = frames.empty_row("document")
        self.document[0] = "DocumentBudgetaire"
        self.ranks = dict.fromkeys(FIELDS, 0)
        self.budgets = 0
        self.ends: dict[str, Handler] = {
            NAMESPACE + "VersionSchema": self.read_version,
            NAMESPACE + "Scellement": self.read_seal,
            NAMESPACE + "Information": self.read_information,
            NAMESPACE + "LigneBudget": self.read_line,
            NAMESPACE + "Budget": self.close_budget,
        }
        self.ends |= dict.fromkeys(HEADERS, self.read_header) | dict.fromkeys(ANNEX_LAYOUTS, self.read_annex)

    def take(self, event: str, element: etree._Element) -> None:
        """Handle one event of the stream."""
        if event == "end" and (handle := self.ends.get(element.tag)) is not None:
            handle(element)
        elif event == "start" and element.tag == MARKS[0]:
            self.ranks["document"] += 1

    def read_version(self, element: etree._Element) -> None:
        """Keep the version of the schema."""
        self.document[DOCUMENT["version_schema"]] = element.get("V")

    def read_seal(self, element: etree._Element) -> None:
        """Keep the date on which TotEM sealed the document."""
        self.document[DOCUMENT["scellement_date"]] = element.get("date")

    def read_header(self, block: etree._Element) -> None:
        """Keep the values of a header block; after the last one, refuse early what cannot be a budget."""
        xml.read(block, HEADERS[block.tag], self.document)
        if block.tag == NAMESPACE + "EnTeteBudget":
            self._check(
                "nomenclature",
                NOMENCLATURES,
                "Un plan de comptes connu, écrit norme-déclinaison, par exemple M57-M57_D",
                block,
            )
        if block.tag == NAMESPACE + "BlocBudget":
            xml.demand(self.document, NEEDED["document"], block)
            self._check("nat_dec", DECISIONS, "01 (BP), 02 (DM), 03 (BS), 09 (CA) ou 10 (CFU)", block)

    def _check(self, column: str, allowed: frozenset[str], expected: str, block: etree._Element) -> None:
        index = DOCUMENT[column]
        field = FIELDS["document"][index + 1]
        if self.document[index] is None:
            raise xml.missing_value(field, block, self.document[0])
        if self.document[index] not in allowed:
            raise RefusedExport(
                problem=f"La valeur de l'{xml.source_name(field)} est inconnue",
                place=xml.place_of(block, field.path),
                expected=expected,
                action="Corrigez le paramétrage du budget dans le logiciel financier, puis exportez-le de nouveau.",
            )

    def read_information(self, element: etree._Element) -> None:
        """Add a row of table information."""
        row = self._new_row("information", "Budget/InformationsGenerales/Information")
        row[INFORMATION["code"]], row[INFORMATION["value"]] = element.get("Code") or None, element.get("V") or None
        self._add("information", row, element)

    def read_line(self, element: etree._Element) -> None:
        """Add a row of table ligne, total lines included: they are marked, not judged."""
        row = self._new_row("ligne", "Budget/LigneBudget")
        xml.read(element, LINE_LAYOUT, row)
        for child in element.iterchildren(*SUPPLEMENT_TAGS):
            known = SUPPLEMENTS.get((child.tag, child.get("Code")))
            if known is not None and (value := child.get("V")):
                index, field = known
                if field.type == "amount" and not xml.CHECKS["amount"](value):
                    raise xml.wrong_value(field, child, row[0])
                row[index] = value
        self._add("ligne", row, element)
        if row[LINE["cod_rd"]] is None and row[LINE["calculated"]] != "true":
            raise xml.missing_value(FIELDS["ligne"][LINE["cod_rd"] + 1], element, row[0])

    def read_annex(self, element: etree._Element) -> None:
        """Add a row of the table of an annex."""
        table, known = ANNEX_LAYOUTS[element.tag]
        row = self._new_row(table, f"Budget/Annexes/DATA_{table.upper()}/{table.upper()}")
        xml.read(element, known, row)
        if table == "concours" and _may_be_a_person(row):
            for index in GRANT_TEXTS:
                row[index] = None
        if table == "emprunt":
            for index in LOAN_TEXTS:
                row[index] = None if has_civility(row[index]) else row[index]
        self._add(table, row, element)

    def _new_row(self, table: str, path: str) -> Row:
        self.ranks[table] += 1
        row = self.frames.empty_row(table)
        row[0] = f"{path}[{self.ranks[table]}]"
        return row

    def _add(self, table: str, row: Row, element: etree._Element) -> None:
        if table in CALCULATED:
            row[CALCULATED[table]] = element.get("calculated")
        xml.demand(row, NEEDED[table], element)
        self.frames.rows[table].append(tuple(row))

    def close_budget(self, element: etree._Element) -> None:
        """Refuse a second budget, or one whose header never came."""
        self.budgets += 1
        if self.budgets > 1:
            raise _wrong_shape("Le fichier contient plusieurs budgets", xml.place_of(element, None))
        xml.demand(self.document, NEEDED["document"], element)

    def finish(self) -> None:
        """Add the row of table document once the whole file is read. Raises RefusedExport when there is no budget."""
        if not self.ranks["document"]:
            raise _wrong_shape("Ce fichier n'est pas un document budgétaire", "Document entier")
        if not self.budgets:
            raise _wrong_shape("Le document budgétaire n'a pas d'élément Budget", "Élément DocumentBudgetaire")
        self.frames.rows["document"].append(tuple(self.document))


def _may_be_a_person(grant: Row) -> bool:
    """Say whether the beneficiary is a natural person, by its legal form, or a sole trader, by a civility."""
    form = grant[GRANT["cod_nat_jur_benef_ca"]]
    return form not in LEGAL_PERSONS or (form in SOLE_TRADERS and has_civility(grant[GRANT["lib_orga_benef"]]))


def _wrong_shape(problem: str, place: str) -> RefusedExport:
    """Return the refusal of a file that does not hold one budget document."""
    return RefusedExport(
        problem=problem,
        place=place,
        expected="Un élément DocumentBudgetaire contenant un élément Budget (BP, BS, DM, CA ou CFU)",
        action="Générez de nouveau la maquette budgétaire depuis le logiciel financier ou TotEM et déposez ce fichier.",
    )
