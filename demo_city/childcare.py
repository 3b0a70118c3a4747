"""What the childcare software of the town exports: children, bookings, meals, hours and bills, in the canonical CSV.

Presences are drawn by month and kind of activity, so that memory holds one file, and a month is the same whatever the
exercices written. What the tests compare with is counted while the rows are drawn.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import openpyxl

from demo_city import school_year as calendar
from demo_city.childcare_truth import UNMAPPED_SITE, Truth
from demo_city.enrolments import CLOSES, KINDS, OPENS, SITES, Enrolment, Enrolments, whole_sites
from demo_city.households import LEVELS, Child, Family, Households
from demo_city.presences import PRIVATE_CANTEEN, PRIVATE_FACILITY, Charge, Month, Presences, decimal
from demo_city.profile import words
from demo_city.territory import Territory
from demo_city.town import Town, random_source
from demo_city.writing import Booked, Written

SYSTEM = "childcare"
FACILITY_COLUMNS = ("source_code", "source_type", "canteen_code", "facility_id", "valid_from", "valid_to")
VALID_FROM = "2000-01-01"

CHILD_COLUMNS = words(
    "annee_scolaire enfant_id nom prenom famille_id date_naissance sexe adresse code_postal ville ecole_id classe"
)
QUOTIENT_COLUMNS = words("annee_scolaire famille_id date_debut date_fin quotient")
ACTIVITY_COLUMNS = words("activite_id nom type site_id site_nom places heures_ouverture code_comptable code_analytique")
UNIT_COLUMNS = words("unite_id activite_id nom type repas equiv_journees equiv_heures")
ENROLMENT_COLUMNS = words("annee_scolaire enfant_id activite_id groupe categorie_tarif date_debut date_fin statut")
USE_COLUMNS = words(
    "enfant_id activite_id unite_id date heure_debut heure_fin etat quantite badgeage_debut badgeage_fin "
    "heures_contrat heures_facturees date_saisie prestation_id"
)
CHARGE_COLUMNS = words(
    "prestation_id famille_id enfant_id activite_id date categorie libelle montant_initial montant tarif quantite "
    "facture_id"
)
MEAL_COLUMNS = words("site_type date prevision reel site_nom")
BILL_COLUMNS = words("facture_id date_edition date_debut date_fin total regle solde etat")


SITE_NAMES = {
    "RS": "Restaurant scolaire", "AP": "Accueil périscolaire", "CL": "Centre de loisirs", "MA": "Multi-accueil",
}  # fmt: skip
# Months of the last exercice: sent again with corrections, with a canteen lent for a day; dropped twice.
CORRECTED, DROPPED_TWICE = 3, 5
CANCELLED, UNPAID = 0.004, 0.07


def facility_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_childcare__facility: every site of the software but the one that nobody has mapped, and
    the spellings of a private school.
    """
    sites = [
        (f"{site}-{number:02d}", "", f"{service}{number:02d}" if service == "CANT" else "",
         f"{service}{number:02d}", VALID_FROM, "")
        for site, service in SITES.items()
        for number in range(1, whole_sites(service) + 1)
    ]  # fmt: skip
    private = [(name, "", PRIVATE_CANTEEN[0], PRIVATE_FACILITY, VALID_FROM, "") for name in PRIVATE_CANTEEN]
    return sites + private


def write(town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:  # noqa: ARG001 a Writer
    """Write the registers of each school year and the months of ``exercices`` under landing/childcare."""
    return Childcare(town, exercices, landing / SYSTEM).write()


class Childcare:
    """One writing: who is enrolled, and what was counted so far."""

    def __init__(self, town: Town, exercices: list[int], folder: Path) -> None:
        """Prepare the folder and the families."""
        self.town = town
        self.exercices = exercices
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.households = Households(town, Territory(town))
        self.enrolments = Enrolments(town, self.households)
        self.sites = self.enrolments.sites
        self.places = self.enrolments.places
        self.files: Counter[str] = Counter()
        self.truth = Truth()

    def write(self) -> Written:
        """Write everything, and say what is true."""
        self.activities()
        first, last = self.exercices[0] - 1, self.exercices[-1]
        for school_year in range(first, last + 1):
            enrolments = self.enrolments.enrol(school_year)
            self.registers(school_year, enrolments, oldest=school_year == first)
            for month in range(9, 21):
                year, number = school_year + (month > 12), (month - 1) % 12 + 1
                if year in self.exercices:
                    self.month(Month(year, number, enrolments))
        content = self.truth.content() | {
            "nurseries": [
                {"facility_id": f"CREC{rank + 1:02d}", "places": self.places, "opening_hours": (CLOSES - OPENS) // 60}
                for rank in range(self.sites["MA"])
            ],
            "files": dict(sorted(self.files.items())),
        }
        return Written(content, self.files.total(), self.truth.identities)

    # Registers

    def activities(self) -> None:
        """Activities with their sites, and what each books."""
        activities, units = [], []
        for kind in KINDS.values():
            places = (str(self.places), decimal((CLOSES - OPENS) * 100 // 60)) if kind.prefix == "MAC" else ("", "")
            for number in range(1, self.sites[kind.site] + 1):
                code, site = f"{kind.prefix}-{number:02d}", f"{kind.site}-{number:02d}"
                names = (f"{kind.label} {number}", kind.type, site, f"{SITE_NAMES[kind.site]} n° {number}")
                activities.append((code, *names, *places, kind.account, kind.service))
                units += [(f"{code}-{suffix}", code, *rest) for suffix, *rest in kind.units]
        lent = ("CAN-99", "Restaurant scolaire provisoire", "cantine", UNMAPPED_SITE, "Salle prêtée", "", "", "7067")
        activities.append((*lent, "CANT"))
        units += [(f"CAN-99-{suffix}", "CAN-99", *rest) for suffix, *rest in KINDS["CAN"].units]
        self.table("activites.csv", "activites", ACTIVITY_COLUMNS, activities)
        self.table("unites.csv", "unites", UNIT_COLUMNS, units)

    def registers(self, school_year: int, enrolments: dict[str, list[Enrolment]], *, oldest: bool) -> None:
        """Children, quotients and enrolments of a school year; the oldest ones come from another software."""
        label = calendar.label(school_year)
        listed = [one for kind in enrolments.values() for one in kind]
        children = {child.number: child for child in self.enrolments.pupils(school_year)}
        children |= {one.child.number: one.child for one in listed}
        known = [child for _, child in sorted(children.items())]
        families = sorted({child.family.number: child.family for child in known}.items())
        rows = [self.child_row(label, child, school_year) for child in known]
        quotients = [
            (label, family.code, one.first.isoformat(), one.last.isoformat(), decimal(one.cents))
            for _, family in families
            for one in family.quotients(school_year)
        ]
        if oldest:
            self.old_children(label, rows)
        else:
            self.table(f"enfants_{label}.csv", "enfants", CHILD_COLUMNS, rows)
        self.table(f"quotients_{label}.csv", "quotients", QUOTIENT_COLUMNS, quotients)
        rows = [enrolment_row(label, one) for one in listed]
        self.table(f"inscriptions_{label}.csv", "inscriptions", ENROLMENT_COLUMNS, rows)
        self.truth.register(label, known, [family for _, family in families], len(quotients), listed)

    def child_row(self, label: str, child: Child, school_year: int) -> tuple[str, ...]:
        """A row of the register of children."""
        home, level = child.family.home, child.level(school_year)
        classed = 0 <= level < len(LEVELS)
        return (
            label, child.code, child.family.name, child.first_name, child.family.code, child.born.isoformat(),
            child.sex, home.written, home.postcode, home.city,
            self.enrolments.school(child, school_year) if classed else "", LEVELS[level] if classed else "",
        )  # fmt: skip

    def old_children(self, label: str, rows: list[tuple[str, ...]]) -> None:
        """The register of the former software: Windows-1252, columns in another order, French dates."""
        born = CHILD_COLUMNS.index("date_naissance")
        order = sorted(range(len(CHILD_COLUMNS)), key=lambda rank: CHILD_COLUMNS[rank])
        french = [(*row[:born], f"{date.fromisoformat(row[born]):%d/%m/%Y}", *row[born + 1 :]) for row in rows]
        listed = [tuple(row[rank] for rank in order) for row in french]
        names = [CHILD_COLUMNS[rank] for rank in order]
        self.table(f"enfants_{label}.csv", "enfants", names, listed, encoding="cp1252")

    # Months

    def month(self, month: Month) -> None:
        """Presences by kind of activity, then what they are billed."""
        presences = Presences(self.town, month, self.truth, self.places)
        corrected = (month.year, month.month) == (self.exercices[-1], CORRECTED)
        self.uses(month, "cantine", presences.meals(lending=corrected), corrected=corrected)
        self.uses(month, "periscolaire", presences.after_school())
        self.uses(month, "loisirs", presences.leisure())
        self.uses(month, "creche", presences.nurseries())
        name = f"frequentations_{month.label}.csv"
        self.lines(name, "frequentations", MEAL_COLUMNS, presences.school_canteen(), delimiter=",")
        self.bills(month)

    def uses(self, month: Month, kind: str, lines: list[str], *, corrected: bool = False) -> None:
        """The file of a month and kind. corrected: sent before the last days were checked, then again."""
        name = f"consommations_{month.label}_{kind}"
        if corrected:
            draft = [line.replace(";present;", ";reservation;") if unchecked(line, month) else line for line in lines]
            self.lines(f"{name}.csv", "consommations", USE_COLUMNS, draft)
            self.truth.mishap("replaced", f"{name}.csv", f"{name}_v2.csv")
            name += "_v2"
        self.lines(f"{name}.csv", "consommations", USE_COLUMNS, lines)
        if (month.year, month.month, kind) == (self.exercices[-1], DROPPED_TWICE, "periscolaire"):
            self.lines(f"{name} (1).csv", "consommations", USE_COLUMNS, lines)
            self.truth.mishap("dropped_twice", f"{name} (1).csv", f"{name}.csv")

    # Bills

    def bills(self, month: Month) -> None:
        """What the families owe for the month: a prestation a child and activity, a bill a family."""
        rng = random_source(self.town.seed, "bills", month.label)
        last = calendar.working_days(month.year, month.month)[-1]
        families: dict[Family, list[tuple[Charge, int, int]]] = {}
        for charge in month.charges:
            if charge.quantity:
                amount = half_up(charge.tariff * charge.quantity, 100)
                helped = amount - half_up(amount, 5) if aided(charge.enrolment.child.family) else amount
                families.setdefault(charge.enrolment.child.family, []).append((charge, amount, helped))
        charges, bills = [], []
        for number, (family, listed) in enumerate(sorted(families.items(), key=lambda pair: pair[0].number), 1):
            code = f"FA{month.year}{month.month:02d}-{number:05d}"
            total = sum(helped for _, _, helped in listed)
            cancelled = rng.random() < CANCELLED
            paid = 0 if cancelled or rng.random() < UNPAID else total
            state = "annulee" if cancelled else ""
            first = date(month.year, month.month, 1)
            bills.append((code, last, first, last, total, paid, 0 if cancelled else total - paid, state))
            for charge, amount, helped in listed:
                child = charge.enrolment.child
                charges.append(
                    f"{charge.number};{family.code};{child.code};{charge.activity};{last};consommation;"
                    f"{charge.enrolment.kind.label} - {family.name} {child.first_name};{decimal(amount)};"
                    f"{decimal(helped)};{decimal(charge.tariff)};{decimal(charge.quantity)};{code}"
                )
                self.truth.bill(month, charge, helped, cancelled=cancelled)
        self.lines(f"prestations_{month.label}.csv", "prestations", CHARGE_COLUMNS, sorted(charges))
        self.issue(month, bills)

    def issue(self, month: Month, bills: list[tuple]) -> None:
        """The bills of a month; those of the oldest one were kept in a spreadsheet."""
        if (month.year, month.month) == (self.exercices[0], 1):
            rows = [tuple(cell / 100 if isinstance(cell, int) else cell for cell in row) for row in bills]
            self.workbook(f"factures_{month.label}.xlsx", "factures", BILL_COLUMNS, rows)
        else:
            rows = [tuple(decimal(cell) if isinstance(cell, int) else str(cell) for cell in row) for row in bills]
            self.table(f"factures_{month.label}.csv", "factures", BILL_COLUMNS, rows)

    # Files

    def table(
        self, name: str, kind: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]], encoding: str = "utf-8"
    ) -> None:
        """A file of rows."""
        self.lines(name, kind, columns, [";".join(row) for row in rows], encoding=encoding)

    def lines(
        self,
        name: str,
        kind: str,
        columns: Iterable[str],
        lines: list[str],
        *,
        encoding: str = "utf-8",
        delimiter: str = ";",
    ) -> None:
        """A file of lines, none without any; no value has the delimiter in it."""
        if lines:
            text = "\r\n".join((delimiter.join(columns), *lines, ""))
            (self.folder / name).write_bytes(text.encode(encoding))
            self.files[kind] += 1

    def workbook(self, name: str, kind: str, columns: list[str], rows: list[tuple]) -> None:
        """A workbook with dates and amounts as a spreadsheet has them."""
        if rows:
            book = openpyxl.Workbook(write_only=True)
            sheet = book.create_sheet(kind.capitalize())
            for row in (columns, *rows):
                sheet.append(row)
            written = io.BytesIO()
            book.save(written)
            (self.folder / name).write_bytes(undated(written))
            self.files[kind] += 1


def undated(written: io.BytesIO) -> bytes:
    """The same workbook without the moment at which it was written, so that its bytes are always the same."""
    steady = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z", b"2026-01-05T08:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def unchecked(line: str, month: Month) -> bool:
    """True for the lines of the end of the month, not checked yet when the month was first sent."""
    return line.split(";", 4)[3] > f"{month.label}-20"


def enrolment_row(label: str, one: Enrolment) -> tuple[str, ...]:
    """A row of the register of enrolments."""
    level = LEVELS[one.child.level(int(label[:4]))] if one.kind.prefix != "MAC" else "Bébés"
    group = "Maternelle" if level in LEVELS[:3] else "Élémentaire" if level in LEVELS else level
    tariff = "Extérieur" if one.child.family.home.residence == "hors_commune" else "Commune"
    return label, one.child.code, one.activity, group, tariff, one.first.isoformat(), one.last.isoformat(), one.status


def aided(family: Family) -> bool:
    """True for a family whose CCAS takes over a fifth of the bill."""
    return bool(family.quotient) and family.quotient < 420 and family.number % 3 == 0


def half_up(amount: int, by: int) -> int:
    """Amount / by, rounded half up."""
    return (2 * amount + by) // (2 * by)
