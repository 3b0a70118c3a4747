"""The register of the town's facilities and its inventory of assets, written as the property department exports them.

Depreciation is the ledger's: what it books on each account of depreciation in a year is shared out between invented
assets whose charges, computed from value, period and date, add up to it to the cent. Assets bought by mandats keep
their inventory number, price and function.
"""

import csv
import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import openpyxl

from demo_city.ledger import split
from demo_city.profile import FUNCTIONS, NATURES
from demo_city.staff import KITCHEN_FROM
from demo_city.territory import Address, Territory
from demo_city.town import INSEE, NAME, POSTCODE, Town, random_source, siret
from demo_city.workforce import KITCHEN, SERVICES, VALID_FROM
from demo_city.writing import Booked, Written

SYSTEM = "fixed_assets"
MAP_COLUMNS = ("source_code", "facility_id", "valid_from", "valid_to")
# The addresses of facilities are kept, those of people are not: nobody lives there, so that a leak can be told.
GROUNDS = "parvis des Services"
# Service | kind of facility | name, before that of its street | least and most square metres | theme and code of the
# open data schema, for what receives the public
KINDS = """
DGS  | Bâtiment administratif  | Hôtel de ville        | 900  | 2400 | Equipement administratif             | 01010101
FIN  | Bâtiment administratif  | Bureaux des finances  | 120  | 400  |                                      |
DRH  | Bâtiment administratif  | Bureaux du personnel  | 120  | 400  |                                      |
DSI  | Bâtiment administratif  | Bureaux informatiques | 100  | 350  |                                      |
ETAT | Bâtiment administratif  | Mairie annexe         | 150  | 600  | Equipement administratif             | 01010102
COM  | Bâtiment administratif  | Bureaux               | 80   | 200  |                                      |
FETE | Salle                   | Salle des fêtes       | 400  | 1200 | Equipement social et d'animation     | 04010101
CIM  | Cimetière               | Loge du cimetière     | 30   | 120  |                                      |
LOG  | Atelier                 | Garage municipal      | 500  | 1800 |                                      |
CAB  | Bâtiment administratif  | Cabinet               | 60   | 160  |                                      |
PM   | Bâtiment administratif  | Police municipale     | 200  | 700  | Equipement administratif             | 01010201
EDUC | Bâtiment administratif  | Bureaux scolaires     | 120  | 500  |                                      |
CANT | Restaurant scolaire     | Restaurant            | 180  | 620  |                                      |
EMAT | École maternelle        | École maternelle      | 600  | 1600 | Equipement d'enseignement            | 06010101
EELE | École élémentaire       | École élémentaire     | 1100 | 3200 | Equipement d'enseignement            | 06010201
PERI | Accueil périscolaire    | Accueil               | 80   | 300  |                                      |
DCS  | Bâtiment administratif  | Bureaux de la culture | 100  | 350  |                                      |
CONS | Conservatoire           | Conservatoire         | 700  | 2200 | Equipement culturel                  | 08010101
MEDI | Médiathèque             | Médiathèque           | 400  | 2600 | Equipement culturel                  | 08020101
MUS  | Musée                   | Musée                 | 600  | 1800 | Equipement culturel                  | 08030101
ARCH | Archives                | Archives              | 250  | 700  | Equipement culturel                  | 08040101
THEA | Théâtre                 | Théâtre               | 1500 | 2800 | Equipement culturel                  | 08050101
GYM  | Gymnase                 | Gymnase               | 900  | 2400 | Equipement sportif et de loisirs     | 05010101
STAD | Vestiaires              | Stade                 | 150  | 700  | Equipement sportif et de loisirs     | 05020101
PISC | Piscine                 | Piscine               | 2200 | 4200 | Equipement sportif et de loisirs     | 05030101
ALSH | Centre de loisirs       | Centre de loisirs     | 250  | 900  | Equipement social et d'animation     | 04020101
JEUN | Maison des jeunes       | Espace jeunes         | 120  | 500  | Equipement social et d'animation     | 04020201
QUAR | Maison de quartier      | Maison de quartier    | 300  | 1100 | Equipement social et d'animation     | 04010201
SOC  | Bâtiment administratif  | Centre social         | 200  | 700  | Equipement social et d'animation     | 04030101
CREC | Crèche                  | Crèche                | 350  | 1000 | Equipement social et d'animation     | 04040101
SENI | Résidence               | Foyer des aînés       | 200  | 900  | Equipement social et d'animation     | 04050101
AIDE | Bâtiment administratif  | Accueil social        | 100  | 300  |                                      |
CTM  | Atelier                 | Centre technique      | 900  | 3500 |                                      |
VERT | Atelier                 | Serres                | 150  | 900  |                                      |
ECLA | Atelier                 | Dépôt                 | 80   | 250  |                                      |
PATR | Logement                | Logements             | 90   | 600  |                                      |
COMM | Halle                   | Marché couvert        | 400  | 1100 |                                      |
DEV  | Bâtiment administratif  | Bureaux               | 80   | 220  |                                      |
PROP | Atelier                 | Dépôt de la propreté  | 150  | 600  |                                      |
VOIR | Atelier                 | Dépôt de la voirie    | 150  | 800  |                                      |
"""
# Facilities beside the workplaces of the payroll: one that closed, one that opened.
CLOSED, OPENED = "REMI01", "HALL01"
REGISTER_COLUMNS = (
    *("id_local", "nom", "type", "service gestionnaire", "adresse", "latitude", "longitude", "surface", "erp", "prm"),
    *("pce", "siret", "code fonction", "code analytique", "res_equip_numero", "uai", "date ouverture"),
    "date fermeture",
)
SCDL_COLUMNS = (
    *("COLL_NOM", "COLL_SIRET", "EQUIP_UID", "EQUIP_THEME", "EQUIP_CODE", "EQUIP_TYPE", "EQUIP_NOM", "ADR_NUMERO"),
    *("ADR_NOMVOIE", "ADR_CODEPOSTAL", "ADR_COMMUNE", "ADR_CLE_INTEROP", "ERP_ID", "ERP_TYPE", "ERP_CATEGORIE"),
    *("EQUIP_LAT", "EQUIP_LONG", "EQUIP_OUVERTURE", "EQUIP_TEL", "EQUIP_EMAIL", "EQUIP_WEB"),
)
INVENTORY_COLUMNS = (
    *("Numéro d'inventaire", "Désignation", "Nature", "Budget (SIRET)", "Date d'acquisition"),
    *("Date de mise en service", "Valeur brute", "Durée d'amortissement", "Méthode", "Cumul des amortissements"),
    *("Dotation de l'exercice", "Valeur nette comptable", "Date de sortie", "Code site", "Code fonction", "Service"),
    "Date d'arrêté",
)
METHODS = {
    "prorata_temporis": "Linéaire prorata temporis",
    "lineaire": "Linéaire",
    "non_amortissable": "Non amortissable",
}
SCHOOLS = ("EMAT", "EELE")
# Account of depreciation -> account of the assets, their period in years, what they are, the services that have them.
DEPRECIATED: dict[str, tuple[str, int, str, tuple[str, ...]]] = {
    "28031": ("2031", 5, "Étude de faisabilité", ("CTM", "DGS")),
    "2805": ("2051", 3, "Logiciel métier", ("DSI", "FIN", "DRH")),
    "280422": ("20422", 15, "Subvention d'équipement", ("AIDE",)),
    "281312": ("21312", 30, "Bâtiment scolaire", ("EMAT", "EELE")),
    "28152": ("2152", 12, "Signalisation et mobilier urbain", ("VOIR",)),
    "28158": ("2158", 8, "Outillage technique", ("CTM", "VERT", "PROP")),
    "281828": ("21828", 8, "Véhicule utilitaire", ("LOG", "CTM", "VERT", "PM")),
    "281838": ("21838", 5, "Postes informatiques", ("DSI", "DGS", "ETAT", "MEDI")),
    "281848": ("21848", 10, "Mobilier de bureau", ("DGS", "SOC", "CREC", "MEDI")),
    "28188": ("2188", 8, "Matériel", ("CANT", "GYM", "PISC", "CREC", "ALSH")),
}
OF_ACCOUNT = {nature: account for account, (nature, *_) in DEPRECIATED.items()}
STOCK_PARTS = 10  # assets that share what the ledger books on an account in the first year, at 40,000 inhabitants
SHARE_WITHOUT_SITE = 0.04


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility and period, as the register has it: days are empty when it does not say."""

    code: str
    service: str
    label: str
    kind: str
    address: Address
    area: int  # hundredths of a square metre
    opened: str = ""
    closed: str = ""
    theme: str = ""
    scdl_code: str = ""

    @property
    def uid(self) -> str:
        """Identifier in the open data schema."""
        return scdl_uid(self.code, self.scdl_code)


@dataclass(slots=True)
class Asset:
    """An asset of the inventory; ``last_year`` is the one on whose first day it left, 0 while it is there."""

    number: str
    label: str
    nature: str
    gross: int  # cents
    years: int
    method: str
    acquired: date
    site: str
    function: str
    service: str
    bought: bool = False
    left: int = 0

    def depreciated(self, exercice: int) -> int:
        """Cents depreciated at the end of an exercice, months of 30 days and years of 360."""
        if self.method == "non_amortissable":
            return 0
        first = (
            (self.acquired.year + 1) * 360
            if self.method == "lineaire"
            else self.acquired.year * 360 + (self.acquired.month - 1) * 30 + min(self.acquired.day, 30) - 1
        )
        end = min(exercice + 1, self.left or exercice + 1) * 360
        total = self.years * 360
        days = max(0, min(total, end - first))
        return (2 * self.gross * days + total) // (2 * total)

    def charge(self, exercice: int) -> int:
        """Cents of depreciation of an exercice."""
        return self.depreciated(exercice) - self.depreciated(exercice - 1)


def write(town: Town, exercices: list[int], landing: Path, booked: list[Booked]) -> Written:
    """Write the registers and an inventory of each exercice under ``landing/fixed_assets``."""
    folder = landing / SYSTEM
    folder.mkdir(parents=True, exist_ok=True)
    register = facilities(town, exercices)
    (folder / "registre_equipements.xlsx").write_bytes(workbook(register, town))
    (folder / "scdl_equipements.csv").write_bytes(table(SCDL_COLUMNS, scdl_rows(register, town), ",", "utf-8-sig"))
    stock = Inventory(town, exercices, register, booked)
    charges: list[dict[str, object]] = []
    for exercice in exercices:
        rows = list(stock.rows(exercice))
        name = f"inventaire_{exercice}.csv"
        (folder / name).write_bytes(table(INVENTORY_COLUMNS, rows, ";", "cp1252"))
        charges += stock.truth(exercice)
    areas = [
        {"facility": one.code, "from": one.opened, "to": one.closed, "hundredths_m2": one.area} for one in register
    ]
    depreciated = stock.depreciated(exercices)
    return Written({"charges": charges, "facilities": areas}, files=2 + len(exercices), depreciated=depreciated)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], mark: str, encoding: str) -> bytes:
    """The bytes of a table, with a header and CRLF."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def kinds() -> dict[str, list[str]]:
    """Service -> kind, name, least and most square metres, theme and code of its facilities."""
    rows = ([cell.strip() for cell in line.split("|")] for line in KINDS.strip().splitlines())
    return {service: cells for service, *cells in rows}


def sites(service: str, town: Town | None) -> int:
    """Number of facilities of a service in a town, that of 40,000 inhabitants for None: as payroll tells them apart."""
    whole = FUNCTIONS[SERVICES[service].function].sites
    return whole if town is None else max(1, min(whole, town.scaled(whole)))


def facility_codes(town: Town | None) -> Iterator[tuple[str, str]]:
    """(facility, service) of all facilities of a town, that of 40,000 inhabitants for None."""
    for service in kinds():
        for rank in range(sites(service, town)):
            yield f"{service}{rank + 1:02d}", service
    if town is None or town.inhabitants >= KITCHEN_FROM:
        yield KITCHEN, "CANT"
    yield CLOSED, "LOG"
    yield OPENED, "COMM"


def scdl_uid(code: str, scdl_code: str) -> str:
    """Identifier of a facility in the open data schema: INSEE code, code of the kind, rank."""
    return f"{INSEE}-{scdl_code}-{int(code[-2:]):03d}"


def map_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_fixed_assets__facility: codes of the register and inventory, and those of the open data."""
    known = kinds()
    codes = list(facility_codes(None))
    open_data = [
        (scdl_uid(code, known[service][5]), code, VALID_FROM, "")
        for code, service in codes
        if known[service][5] and code not in (KITCHEN, CLOSED, OPENED)
    ]
    return [(code, code, VALID_FROM, "") for code, _ in codes] + open_data


def facilities(town: Town, exercices: list[int]) -> list[Facility]:
    """The register: one facility grew, one closed and one opened during the exercices."""
    known, addresses = kinds(), Territory(town).addresses
    middle = exercices[len(exercices) // 2]
    found = []
    for code, service in facility_codes(town):
        rng = random_source(town.seed, "facility", code)
        kind, name, least, most, theme, scdl_code = known[service]
        address = rng.choice(addresses)
        area = rng.randint(int(least) * 100, int(most) * 100)
        public = code not in (KITCHEN, CLOSED, OPENED)
        one = Facility(
            code, service, f"{name} {address.street}", kind, address, area,
            theme=theme if public else "", scdl_code=scdl_code if public else "",
        )  # fmt: skip
        if code == "GYM01":
            found.append(changed(one, closed=f"{middle}-08-31"))
            one = changed(one, opened=f"{middle}-09-01", area=area + 24_000)
        if code == CLOSED:
            one = changed(one, opened="1974-05-02", closed=f"{middle}-06-30")
        if code == OPENED:
            one = changed(one, opened=f"{exercices[-1]}-09-01")
        found.append(one)
    return found


def changed(one: Facility, **more: object) -> Facility:
    """The same facility with other values."""
    return Facility(**{name: getattr(one, name) for name in Facility.__slots__} | more)


def workbook(register: list[Facility], town: Town) -> bytes:
    """The town's own register, as a workbook with a title above its header; always the same bytes."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Equipements")
    for row in (["Registre des équipements"], [], REGISTER_COLUMNS, *register_rows(register, town)):
        sheet.append(row)
    written, steady = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            moment = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z")
            content = moment.sub(b"2026-01-05T08:00:00Z", source.read(name))
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def register_rows(register: list[Facility], town: Town) -> Iterator[list[object]]:
    """Rows of the register; meters are in the tables of the energy department."""
    schools = 0
    for rank, one in enumerate(register):
        school = one.service in SCHOOLS
        schools += school
        yield [
            one.code, one.label, one.kind, one.service, where(one.address), f"{one.address.lat:.6f}",
            f"{one.address.lon:.6f}", one.area / 100, f"E{INSEE}{rank + 1:04d}" if one.scdl_code else None, None, None,
            siret(town.siret[:9], 200 + rank) if one.service == "CREC" else None, SERVICES[one.service].function,
            one.code, None, uai(schools) if school else None, french(one.opened), french(one.closed),
        ]  # fmt: skip


def scdl_rows(register: list[Facility], town: Town) -> Iterator[list[str]]:
    """Rows of the open data: what receives the public and is open, as it is now."""
    for one in register:
        if one.scdl_code and not one.closed:
            number = f"{one.address.number} {one.address.suffix}".strip()
            yield [
                NAME, town.siret, one.uid, one.theme, f"{one.scdl_code}-{one.uid[-3:]}", one.kind, one.label, number,
                GROUNDS, POSTCODE, NAME, "", "", "", "5", f"{one.address.lat:.6f}", f"{one.address.lon:.6f}",
                "Mo-Fr 09:00-17:00", "", "", "",
            ]  # fmt: skip


class Inventory:
    """The assets of the town, year after year."""

    def __init__(self, town: Town, exercices: list[int], register: list[Facility], booked: list[Booked]) -> None:
        """Draw the assets so that each year's charges are those that the ledger has booked."""
        self.town = town
        self.rng = random_source(town.seed, town.inhabitants, SYSTEM)
        self.known = {one.code for one in register}
        self.functions = {one.code: SERVICES[one.service].function for one in register}
        self.assets: dict[str, list[Asset]] = {key: [] for key in town.budgets}
        self.drawn = 0
        targets: Counter[tuple[str, str, int]] = Counter()
        bought: dict[tuple[str, int], dict[str, list[Booked]]] = defaultdict(lambda: defaultdict(list))
        for line in booked:
            if line.direction == "R" and line.nature.startswith("28"):
                targets[line.budget, line.nature, line.exercice] += line.cents
            if line.asset:
                bought[line.budget, line.exercice][line.asset].append(line)
        for budget in town.budgets:
            accounts = sorted({account for key, account, _ in targets if key == budget})
            for exercice in exercices:
                for account in accounts:
                    self.meet(budget, account, exercice, targets[budget, account, exercice], exercice == exercices[0])
                self.buy(budget, bought[budget, exercice])

    def meet(self, budget: str, account: str, exercice: int, target: int, is_first: bool) -> None:
        """Let assets go, the smallest that suffices first, then add new ones, until the charges are ``target``."""
        nature = DEPRECIATED[account][0]
        live = [one for one in self.assets[budget] if one.nature == nature and not one.left and one.charge(exercice)]
        excess = sum(one.charge(exercice) for one in live) - target
        while excess > 0:
            live.sort(key=lambda one: (one.bought, one.charge(exercice)))
            leaving = next((one for one in live if one.charge(exercice) >= excess), live[-1])
            live.remove(leaving)
            excess -= leaving.charge(exercice)
            leaving.left = exercice
        if excess < 0:
            parts = self.town.scaled(STOCK_PARTS) if is_first else 1
            for rank, part in enumerate(split(self.rng, -excess, parts, 0.4)):
                years = DEPRECIATED[account][1]
                age = self.rng.randint(0, years - 1) if is_first else 0
                self.add(budget, account, exercice - age, part, halved=not (is_first or part % 2))
                if is_first and rank == 0:  # depreciated in full, and still there
                    self.add(budget, account, exercice - 2 * years, part, halved=False)

    def add(self, budget: str, account: str, year: int, charge: int, *, halved: bool) -> None:
        """Add an asset bought on 1 January of ``year`` and its charge, on 1 July when that of the year is halved."""
        nature, years, label, services = DEPRECIATED[account]
        acquired = date(year, 7 if halved else 1, 1)
        yearly = charge * 2 if halved else charge
        self.drawn += 1
        site = self.site(budget, services)
        self.assets[budget].append(
            Asset(
                f"{acquired.year}-{nature}-{self.drawn:05d}", f"{label} {self.drawn}", nature, yearly * years, years,
                "prorata_temporis", acquired, site, self.functions.get(site, "020"), site[:-2],
            )
        )  # fmt: skip

    def site(self, budget: str, services: tuple[str, ...]) -> str:
        """A facility of one of the services; none for one asset in twenty-five, and for those of the CCAS its own."""
        service = {"ccas": "AIDE", "annexe": "THEA"}.get(budget) or self.rng.choice(services)
        if self.rng.random() < SHARE_WITHOUT_SITE:
            return ""
        return f"{service}{self.rng.randint(1, sites(service, self.town)):02d}"

    def buy(self, budget: str, bought: dict[str, list[Booked]]) -> None:
        """Add what the mandats of the year have bought: depreciated from the next one where the ledger does so."""
        depreciated = {one.nature for one in self.assets[budget]}
        for number, lines in sorted(bought.items()):
            gross, first = sum(line.cents for line in lines), lines[0]
            if gross <= 0:
                continue
            _, years, *_ = DEPRECIATED.get(OF_ACCOUNT.get(first.nature, ""), ("", 0))
            if first.nature not in depreciated:
                years = 0
            site = first.analytic if first.analytic in self.known else ""
            self.assets[budget].append(
                Asset(
                    number, NATURES[first.nature], first.nature, gross, years,
                    "lineaire" if years else "non_amortissable", date.fromordinal(min(line.day for line in lines)),
                    site, first.function, FUNCTIONS[first.function].service, bought=True,
                )
            )  # fmt: skip

    def held(self, exercice: int) -> Iterator[tuple[str, Asset]]:
        """(budget, asset) of the inventory of an exercice: what left in the year is in it once more."""
        for budget, assets in self.assets.items():
            for one in assets:
                if one.acquired.year <= exercice and (not one.left or one.left >= exercice):
                    yield budget, one

    def rows(self, exercice: int) -> Iterator[list[str]]:
        """Rows of the inventory of 31 December."""
        for budget, one in self.held(exercice):
            done = one.depreciated(exercice)
            yield [
                one.number, one.label, one.nature, self.town.budgets[budget].siret, french(one.acquired.isoformat()),
                french(one.acquired.isoformat()), euros(one.gross), str(one.years or ""), METHODS[one.method],
                euros(done), euros(one.charge(exercice)), euros(one.gross - done),
                f"01/01/{one.left}" if one.left == exercice else "", one.site, one.function, one.service,
                f"31/12/{exercice}",
            ]  # fmt: skip

    def truth(self, exercice: int) -> list[dict[str, object]]:
        """Charge of an exercice by budget, account of depreciation and facility, in cents."""
        charges: Counter[tuple[str, str, str]] = Counter()
        for budget, one in self.held(exercice):
            charges[self.town.budgets[budget].budget_id, OF_ACCOUNT.get(one.nature, ""), one.site] += one.charge(
                exercice
            )
        return [
            {"exercice": exercice, "budget_id": budget, "account": account, "facility": site, "cents": cents}
            for (budget, account, site), cents in sorted(charges.items())
            if cents
        ]

    def depreciated(self, exercices: list[int]) -> Counter[tuple[str, int, str, str]]:
        """Charges by budget, exercice, service and facility, in cents."""
        found: Counter[tuple[str, int, str, str]] = Counter()
        for exercice in exercices:
            for budget, one in self.held(exercice):
                found[self.town.budgets[budget].budget_id, exercice, one.service, one.site] += one.charge(exercice)
        return found


def where(address: Address) -> str:
    """The address of a facility in one line."""
    return " ".join(part for part in (str(address.number), address.suffix, GROUNDS) if part)


def uai(rank: int) -> str:
    """Number of a school that does not exist: the letter is no key of it."""
    return f"062999{rank % 10}{'ZYXWV'[rank // 10 % 5]}"


def french(day: str) -> str | None:
    """An ISO day as 31/03/2024."""
    return "/".join(reversed(day.split("-"))) if day else None


def euros(cents: int) -> str:
    """Cents as a clerk writes euros: 1 234,56."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", " ") + f",{rest:02d}"
