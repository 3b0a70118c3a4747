"""Writes budget documents (`DocumentBudgetaire`): BP, DM and CA with their annexes, as text in UTF-8."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from demo_city import town
from demo_city.budget import BudgetLine, BudgetYear, Key, Programme, programmes
from demo_city.debt import Loan
from demo_city.pes import euros, iso, quoted
from demo_city.profile import NATURES

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
PRIMITIVE, AMENDING, ACCOUNT = "01", "02", "09"


@dataclass(frozen=True, slots=True)
class Document:
    """A budget document to write. kind: 01 BP, 02 DM (with its number), 09 CA. slip: a first version, wrong."""

    kind: str
    number: int = 0
    slip: bool = False

    def decided(self, exercice: int) -> date:
        """Day of the council: CA of N in March of N+1, just before the BP of N+1."""
        if self.kind == PRIMITIVE:
            return date(exercice, 4, 8)
        return (
            date(exercice, 6, 25)
            if self.number == 1
            else date(exercice, 11, 20)
            if self.number
            else date(exercice + 1, 3, 25)
        )

    def file_name(self, year: BudgetYear) -> str:
        """Free name, as finance departments name them."""
        label = {PRIMITIVE: "BP", AMENDING: f"DM{self.number}", ACCOUNT: "CA"}[self.kind]
        version = "_premiere_version" if self.slip else ""
        return f"{label}_{year.book.exercice}_{year.book.budget.label.replace(' ', '_')}{version}.xml"


@dataclass(slots=True)
class Context:
    """What the annexes of a CA need beside its own lines: earlier years, the loans, and the budgets of the same
    commune.
    """

    history: list[BudgetYear]
    owned: list[Loan]
    consolidated: list[BudgetYear]


def fields(values: dict[str, str | int | None]) -> str:
    """`<Name V="value"/>` for each value that is not None, in order."""
    return "".join(f'<{name} V="{quoted(str(value))}"/>' for name, value in values.items() if value is not None)


def row(name: str, values: dict[str, str | int | None]) -> str:
    """An element that holds fields."""
    return f"<{name}>{fields(values)}</{name}>\n"


def grouped(whole: int) -> str:
    """A French integer: groups of three digits and spaces."""
    return f"{whole:,}".replace(",", " ")


def nearest(numerator: int, denominator: int) -> int:
    """Quotient rounded half up, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)


def per_inhabitant(cents: int, population: int) -> str:
    """Euros per inhabitant as TotEM prints them, `1 874,44`."""
    whole, rest = divmod(nearest(cents, population), 100)
    return f"{grouped(whole)},{rest:02d}"


def percent(part: int, whole: int) -> str:
    """A share as TotEM prints it, `53,42%`."""
    units, rest = divmod(nearest(part * 10_000, whole), 100)
    return f"{units},{rest:02d}%"


def ratios(year: BudgetYear, owned: list[Loan]) -> dict[str, str]:
    """The legal ratios 1–7 and 9–11, by the account rules that reproduce the figures printed by real towns, in M57
    accounts.
    """
    population = year.book.population
    exercice = year.book.exercice
    real = [(key, line.real) for key, line in year.lines.items() if not key.order]

    def total(direction: str, *roots: str) -> int:
        return sum(cents for key, cents in real if key.direction == direction and key.nature.startswith(roots))

    expense = total("D", "6", "7")
    revenue = total("R", "6", "7") - total("R", "775")
    equipment = total("D", "20", "21", "23", "454") - total("D", "204")
    staff = sum(cents for key, cents in real if key.direction == "D" and key.chapter == "012")
    due = sum(loan.closing(exercice) for loan in owned)
    capital = sum(loan.capital(exercice) for loan in owned)
    return {
        "ValDepRFonc": per_inhabitant(expense, population),
        "ValProdImpo": per_inhabitant(total("R", "7311"), population),
        "ValRecRFonc": per_inhabitant(revenue, population),
        "ValDepEq": per_inhabitant(equipment, population),
        "ValEncDettePop": per_inhabitant(due, population),
        "ValDGFPop": per_inhabitant(total("R", "741"), population),
        "ValDepPers": percent(staff, expense),
        "ValDepFoncRemDette": percent(expense + capital, revenue),
        "ValDepEqB": percent(equipment, revenue),
        "ValEncDetteRecFonc": percent(due, revenue),
    }


def header(year: BudgetYear, document: Document, sealed: str) -> str:
    """Everything before the general information."""
    book = year.book
    budget = book.budget
    communal = budget.owner == "COMMUNE"
    annexe = budget.kind == "A"
    decided = document.decided(book.exercice).isoformat()
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<DocumentBudgetaire xmlns="{NAMESPACE}">\n',
        '<VersionSchema V="113"/>\n',
        row("BlocEditeur", {"CodeEditeur": "Ville de démonstration Beffroi"}),
        '<VersionOutil outil="DSC_COMMON" version="30"/>\n',
        f'<Scellement md5="{"0" * 32}" sha1="{"0" * 40}" date="{sealed}"/>\n',
        row(
            "EnTeteDocBudgetaire",
            {
                "DteStr": decided,
                "LibellePoste": town.POST_LABEL,
                "IdPost": town.POST_CODIQUE,
                "LibelleColl": "VILLE DE BEFFROI-SUR-LYS" if communal else budget.label,
                "IdColl": book.town.siret if communal else budget.siret,
                "NatCEPL": "Commune" if communal else "CCAS",
                "Departement": town.DEPARTMENT,
            },
        ),
        "<Budget>\n",
        row(
            "EnTeteBudget",
            {
                "LibelleEtab": budget.label,
                "IdEtab": budget.siret,
                "CodColl": town.COLLECTIVITY_CODE,
                "CodInseeColl": town.INSEE,
                "CodBud": budget.code,
                "Nomenclature": "M57-M57_D",
            },
        ),
        row(
            "BlocBudget",
            {
                "NatDec": document.kind,
                "NumDec": document.number or None,
                "Exer": book.exercice,
                "ProjetBudget": "false",
                "DteDec": decided,
                "DteDecEx": decided,
                "NatVote": "FcIc",
                "OpeEquip": "false",
                "VoteFormelChap": "false",
                "TypProv": 1,
                "BudgPrec": 2,
                "ReprRes": 3,
                "NatFonc": 3,
                "CodTypBud": budget.kind,
                "IdEtabPal": book.town.siret if annexe else None,
                "LibelleEtabPal": "BUDGET PRINCIPAL" if annexe else None,
            },
        ),
    ]
    return "".join(parts)


def information(year: BudgetYear, document: Document, owned: list[Loan]) -> str:
    """InformationsGenerales: population, and the ratios in the CA of the main budget."""
    codes = {"PopTot": grouped(year.book.population)}
    if document.kind == ACCOUNT and year.book.budget.key == "main":
        codes |= ratios(year, owned)
    items = "".join(f'<Information Code="{code}" V="{value}"/>' for code, value in codes.items())
    return f"<InformationsGenerales>{items}</InformationsGenerales>\n"


def amounts(line: BudgetLine, document: Document, factor: int) -> dict[str, str | None]:
    """The amounts of a line that its document carries. factor multiplies the proposals of a mistaken first version."""
    carried = euros(line.carried_in) if line.carried_in else None
    if document.kind == PRIMITIVE:
        voted = line.voted * factor
        return {
            "MtBudgPrec": euros(line.previous),
            "MtRARPrec": carried,
            "MtPropNouv": euros(voted),
            "MtPrev": euros(voted),
            "CredOuv": euros(line.carried_in + voted),
        }
    if document.kind == AMENDING:
        change = line.changes[document.number - 1]
        return {
            "MtBudgPrec": euros(line.carried_in + line.voted + sum(line.changes[: document.number - 1])),
            "MtPropNouv": euros(change) if change else None,
            "MtPrev": euros(change),
        }
    voted = line.opened - line.carried_in
    return {
        "MtRARPrec": carried,
        "MtPropNouv": euros(voted),
        "MtPrev": euros(voted),
        "CredOuv": euros(line.opened),
        "MtReal": euros(line.real),
        "MtRAR3112": euros(line.carried_out) if line.carried_out else None,
    }


def budget_line(key: Key, line: BudgetLine, document: Document, factor: int) -> str:
    """One LigneBudget."""
    before = fields(
        {
            "Nature": key.nature,
            "Fonction": key.function,
            "ContNat": key.chapter,
            "ArtSpe": "false",
            "CodRD": key.direction,
            **amounts(line, document, factor),
            "OpBudg": 1 if key.order else 0,
            "TypOpBudg": {"": None, "inside": 1, "between": 2}[key.order],
        }
    )
    return f'<LigneBudget>{before}<CaracSup Code="Section" V="{key.section}"/></LigneBudget>\n'


def written(year: BudgetYear, document: Document, context: Context) -> str:
    """The whole document."""
    sealed = f"{document.decided(year.book.exercice).isoformat()}T{'17:02:00' if document.slip else '18:30:00'}"
    if document.kind == PRIMITIVE and not document.slip:
        sealed = sealed.replace("-08T", "-10T")
    parts = [header(year, document, sealed), information(year, document, context.owned)]
    slipped = (
        next(key for key, line in year.lines.items() if key.direction == "D" and line.voted > 0)
        if document.slip
        else None
    )
    parts.extend(budget_line(key, line, document, 10 if key == slipped else 1) for key, line in year.lines.items())
    if document.kind == ACCOUNT:
        blocks = "".join(
            f"<DATA_{name}>{''.join(rows)}</DATA_{name}>\n" for name, rows in annexes(year, context) if rows
        )
        parts.append(f"<Annexes>\n{blocks}</Annexes>\n" if blocks else "")
    parts.append("</Budget>\n</DocumentBudgetaire>\n")
    return "".join(parts)


def annexes(year: BudgetYear, context: Context) -> Iterator[tuple[str, list[str]]]:
    """Annexes of a CA: name of the block and its rows, in the order of the schema."""
    key = year.book.budget.key
    if key == "main":
        yield "EMPRUNT", [loan_row(loan, year.book.exercice) for loan in context.owned] + [guaranteed_row(year)]
        yield "CONCOURS", list(grant_rows(year))
        yield "CONSOLIDATION", list(consolidation_rows(context.consolidated))
    yield "PATRIMOINE", list(asset_rows(year))
    if key != "annexe":
        yield "PERSONNEL", list(post_rows(year))
    if key == "main":
        yield "APCP", [programme_row(programme) for programme in programmes(context.history)]


def loan_row(loan: Loan, exercice: int) -> str:
    """A loan of the commune (CodTypEmpr 01); its capital and interest are those of the mandats."""
    return row(
        "EMPRUNT",
        {
            "CodTypEmpr": "01",
            "CodProfilAmortDtVote": "C",
            "CodArticle": "1641",
            "AnEncaisse": loan.year,
            "ObjEmpr": f"Investissements {loan.year}",
            "MtEmprOrig": euros(loan.cents),
            "DureeRest": max(0, loan.year + loan.duration - exercice),
            "CodTypPreteur": "01",
            "LibOrgaPreteur": f"Prêteur {loan.lender[-1]}",
            "CodPeriodRembDtVote": "I" if loan.periods == 4 else "A",
            "CodTyptxInit": "F",
            "CodTyptxDtVote": "F",
            "TxActua": f"{loan.rate // 100}.{loan.rate % 100:02d}0",
            "MtIntExer": euros(loan.interest(exercice)),
            "MtCapitalExer": euros(loan.capital(exercice)),
            "MtCapitalRestDu_01_01": euros(loan.closing(exercice - 1)),
            "MtCapitalRestDu_31_12": euros(loan.closing(exercice)),
            "NumContrat": loan.number,
            "IndSousJacentDtVote": 1,
            "StructureDtVote": "A",
            "DtSignInit": f"{loan.year}-03-15",
        },
    )


def guaranteed_row(year: BudgetYear) -> str:
    """A guaranteed loan (09): not a debt of the commune, so ratios 5 and 11 must leave it out."""
    cents = year.book.population * 60_00
    return row(
        "EMPRUNT",
        {
            "CodTypEmpr": "09",
            "AnEncaisse": 2015,
            "ObjEmpr": "Résidence du Houblon",
            "MtEmprOrig": euros(cents * 2),
            "LibOrgaPreteur": "Prêteur 2",
            "MtIntExer": euros(cents // 50),
            "MtCapitalExer": euros(cents // 20),
            "MtCapitalRestDu_01_01": euros(cents + cents // 20),
            "MtCapitalRestDu_31_12": euros(cents),
            "NomBenefEmprGaranti": "HABITAT DE LA LYS",
            "CodTypEmprGaranti": "03",
        },
    )


def grant_rows(year: BudgetYear) -> Iterator[str]:
    """Grants of the year by beneficiary, as paid, and one help in kind. Natural persons are P3."""
    for (nature, reference), cents in sorted(year.summary.grants.items()):
        if cents <= 0:
            continue
        tiers = year.summary.beneficiaries[reference]
        yield row(
            "CONCOURS",
            {
                "CodArticle": nature,
                "CodInvFonc": "I" if nature[0] == "2" else "F",
                "CodNatJurBenefCA": "P3" if tiers.person else "U4" if tiers.category in ("26", "29") else "P1",
                "LibOrgaBenef": f"{tiers.title} {tiers.name} {tiers.first_name}" if tiers.person else tiers.name,
                "MtSubv": euros(cents),
                "ObjSubv": NATURES[nature],
                "Siret": tiers.id_code if tiers.id_kind == "01" else None,
            },
        )
    yield row(
        "CONCOURS",
        {
            "CodInvFonc": "F",
            "CodNatJurBenefCA": "P1",
            "LibOrgaBenef": year.book.town.associations[0].name,
            "MtSubv": euros(1_500_00),
            "LibPrestaNat": "Mise à disposition de salle",
        },
    )


def consolidation_rows(years: list[BudgetYear]) -> Iterator[str]:
    """Totals of the main budget (01) and of its annexe (02), results carried over left out."""
    for year in years:
        budget = year.book.budget
        for part, direction in product("FI", "DR"):
            lines = [line for key, line in year.lines.items() if (key.direction, key.section) == (direction, part)]
            yield row(
                "CONSOLIDATION",
                {
                    "CodTypBudAgreg": "01" if budget.kind == "P" else "02",
                    "CodBudAnnex": budget.code,
                    "LibBudAnnex": budget.label,
                    "CodInvFonc": part,
                    "CodRD": direction,
                    "MtCredOuv": euros(sum(line.opened for line in lines)),
                    "MtRealMandatTitre": euros(year.total(direction, part, results=False)),
                    "RAR": euros(sum(line.carried_out for line in lines)),
                    "SiretBudAnnexe": budget.siret,
                },
            )


def programme_row(programme: Programme) -> str:
    """AP/CP of a programme."""
    return row(
        "APCP",
        {
            "CodTypAutori": "P",
            "CodSTypAutori": "S",
            "NumAutori": programme.number,
            "LibAutori": programme.label,
            "MtAutoriPrec": euros(programme.authorised_before),
            "MtAutoriPropose": euros(0),
            "MtAutoriVote": euros(programme.added),
            "MtCPAnt": euros(programme.before),
            "MtCPOuv": euros(programme.opened),
            "MtCPReal": euros(programme.real),
        },
    )


def asset_rows(year: BudgetYear) -> Iterator[str]:
    """Assets bought in the year: one per inventory number of the mandats."""
    for number, nature, cents, day in year.summary.assets:
        yield row(
            "PATRIMOINE",
            {
                "CodVariPatrim": "01",
                "CodEntreeSorti": "E",
                "CodModalAcqui": "01",
                "CodTypImmo": "C",
                "LibBien": NATURES[nature],
                "MtValAcquiBien": euros(cents),
                "MtCumulAmortBien": euros(0),
                "DureeAmortBien": 10,
                "NumInventaire": number,
                "DtAcquiBien": iso(day),
            },
        )


def post_rows(year: BudgetYear) -> Iterator[str]:
    """Posts by grade on 31 December: the agents of the payroll, in full-time equivalents."""
    for (kind, grade, category, branch, permanent, full_time), hundredths in sorted(year.book.payroll.posts.items()):
        yield row(
            "PERSONNEL",
            {
                "CodTypAgent": kind,
                "EmploiGradeAgent": grade,
                "CodCatAgent": category,
                "TempsComplet": str(full_time).lower(),
                "Permanent": str(permanent).lower(),
                "CodSectAgentTitulaire": branch,
                "EffectifBud": f"{-(-hundredths // 100)}.00",
                "EffectifPourvu": f"{hundredths // 100}.{hundredths % 100:02d}",
            },
        )
