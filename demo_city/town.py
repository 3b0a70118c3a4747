"""The invented commune: its budgets, suppliers, inhabitants and their identifiers. Nothing here names a real person
or organisation.

Identifiers have valid keys (Luhn for SIREN and SIRET, modulo 97 for NIR and IBAN) but belong to nobody: the commune
number 999 of département 62 does not exist, SIREN in 999 are not attributed, the bank code 99999 neither.
"""

from dataclasses import dataclass, field
from random import Random

from demo_city.profile import BANK_LABEL, POPULATION_GROWTH, REFERENCE_YEAR, words

NAME = "BEFFROI-SUR-LYS"
POSTCODE = "62999"
INSEE = "62999"
DEPARTMENT = "062"
POST_CODIQUE = "062099"
POST_LABEL = "SGC DE LA LYS"
COLLECTIVITY_CODE = "299"

SURNAME_PARTS = (
    words(
        "Aeghe Bael Crom Daem Eecke Flem Ghys Haze Ingel Joos Kerck Loom Meule Noord Oude Pope Quae Roose Stee Tange "
        "Ulen Vlae Wyn Ypre Zan"
    ),
    words("le be re ne de me ge te ke we"),
    words("court mare brouck velde ghem zeele becque donck hove camp huys lynck stael voorde wael rinck"),
)
FIRST_NAMES = words(
    "Adèle Bastien Camille Désiré Élodie Firmin Gaëlle Honoré Inès Joachim Karine Léon Maïté Noé Odile Prosper "
    "Quitterie Régis Sidonie Théo Urielle Valère Wilfried Xavière Yvette Zélie"
)
STREETS = (
    "rue du Houblon",
    "rue des Tisserands",
    "allée des Peupliers",
    "rue du Vieux Moulin",
    "impasse du Carillon",
    "rue des Dentellières",
    "boulevard de la Lys",
    "rue du Marais",
    "place du Beffroi",
    "avenue des Géants",
    "rue de l'Écluse",
    "sentier des Bateliers",
)
COMPANY_WORDS = (
    words(
        "Houblonnière Carillon Peupleraie Écluse Batellerie Dentelle Moulin Géant Estaminet Briqueterie Tourbière "
        "Kermesse Wateringue Ducasse Chicorée Linière Genièvre Waterzoï Braderie Polder"
    ),
    words(
        "Services Travaux Distribution Énergies Fournitures Bâtiment Conseil Maintenance Espaces Solutions Équipement "
        "Transports"
    ),
    words("SARL SAS SA SCOP EURL"),
)
ASSOCIATION_WORDS = (
    words("Amicale Union Cercle Société Club Compagnie Fédération Foyer"),
    (
        "laïque",
        "de gymnastique",
        "de musique",
        "des jardiniers",
        "des archers",
        "de danse",
        "de théâtre",
        "d'entraide",
        "des aînés",
        "de judo",
        "nautique",
    ),
)


def random_source(*names: object) -> Random:
    """A random source that depends on the names only: the same names always draw the same town."""
    return Random("-".join(map(str, names)))  # noqa: S311 reproducible draws, not secrets


def luhn_key(digits: str) -> str:
    """Digit that makes `digits` + key divisible by the Luhn rule."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (2 if rank % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def siren(first_eight: str) -> str:
    """SIREN of eight digits and its key."""
    return first_eight + luhn_key(first_eight)


def siret(siren_code: str, establishment: int = 1) -> str:
    """SIRET of an establishment of `siren_code`: four digits and the key of the whole."""
    body = f"{siren_code}{establishment:04d}"
    return body + luhn_key(body)


def iban(account: int) -> str:
    """French IBAN of an account of the bank that does not exist, with both its keys."""
    bank, desk, number = "99999", "00001", f"{account:011d}"
    rib = 97 - (89 * int(bank) + 15 * int(desk) + 3 * int(number)) % 97
    bban = f"{bank}{desk}{number}{rib:02d}"
    key = 98 - int(f"{bban}152700") % 97
    return f"FR{key:02d}{bban}"


def nir(rng: Random, number: int) -> str:
    """Social security number of nobody: month 20 means unknown and place 99999 does not exist."""
    body = f"{rng.randint(1, 2)}{rng.randint(30, 99):02d}2099999{number % 1000:03d}"
    return f"{body}{97 - int(body) % 97:02d}"


def surname(number: int) -> str:
    """A surname that no other inhabitant has and that looks Flemish: the number written with syllables."""
    parts = []
    for syllables in reversed(SURNAME_PARTS):
        number, rank = divmod(number, len(syllables))
        parts.append(syllables[rank])
    name = "".join(reversed(parts))
    return f"{name}-{surname(number - 1)}" if number else name


@dataclass(slots=True, eq=False)
class Tiers:
    """A creditor or debtor as the PES describes it. `person` is true for a natural person, whose every field is
    personal data.
    """

    reference: str
    category: str
    legal_form: str
    name: str
    person: bool = False
    title: str = ""
    first_name: str = ""
    id_code: str = ""
    id_kind: str = ""
    street: str = ""
    account: str = ""
    spouse: "Tiers | None" = None
    elements: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget: its own SIRET, its Hélios codes and whether its amounts are before VAT."""

    key: str
    siret: str
    code: str
    label: str
    owner: str
    kind: str
    before_vat: bool = False

    @property
    def budget_id(self) -> str:
        """SIRET and budget code, the key of a budget everywhere in Beffroi."""
        return f"{self.siret}-{self.code}"


class Town:
    """Beffroi-sur-Lys with a given number of inhabitants. Same inhabitants and seed: same town, down to every name."""

    def __init__(self, inhabitants: int, seed: int) -> None:
        """Draw the people and organisations. Raises ValueError below 100 inhabitants."""
        if inhabitants < 100:
            raise ValueError("a demo town needs at least 100 inhabitants")
        self.inhabitants = inhabitants
        self.seed = seed
        self._people = 0
        self._organisations = 0
        rng = random_source(seed, "town")
        town_siren = siren(f"21{INSEE[:2]}0{INSEE[2:]}")
        self.siret = siret(town_siren)
        self.ccas_siret = siret(siren(f"26{INSEE[:2]}0{INSEE[2:]}"))
        self.budgets = {
            "main": Budget("main", self.siret, "00", "BUDGET PRINCIPAL", "COMMUNE", "P"),
            "ccas": Budget("ccas", self.ccas_siret, "00", "CCAS DE BEFFROI-SUR-LYS", "CCAS", "P"),
            "annexe": Budget(
                "annexe", siret(town_siren, 9), "01", "THEATRE LE CARILLON", "COMMUNE", "A", before_vat=True
            ),
        }
        self.families = [self._family(rng) for _ in range(self.scaled(2400, 20))]
        self.tenants = [self._person(rng) for _ in range(self.scaled(160, 2))]
        self.residents = [self._person(rng) for _ in range(self.scaled(300, 6))]
        self.aided = [self._person(rng, with_nir=True) for _ in range(self.scaled(320, 4))]
        self.craftsmen = [self._person(rng, legal_form="02") for _ in range(self.scaled(25, 2))]
        self.firms = [self._firm(rng) for _ in range(self.scaled(850, 24))]
        self.associations = [self._association(rng) for _ in range(self.scaled(170, 12))]
        self.bodies = self._bodies()

    def scaled(self, count: int, least: int = 1) -> int:
        """`count` for 40,000 inhabitants brought to the size of the town, at least `least`."""
        return max(least, round(count * self.inhabitants / 40_000))

    def population(self, exercice: int) -> int:
        """Population of an exercice; `inhabitants` is that of the last one."""
        return round(self.inhabitants * POPULATION_GROWTH ** (exercice - REFERENCE_YEAR))

    def persons(self) -> list[Tiers]:
        """Every natural person whom the exports may name: what a leak test looks for."""
        listed = [*self.families, *self.tenants, *self.residents, *self.aided, *self.craftsmen]
        return listed + [person.spouse for person in self.families if person.spouse]

    def _person(self, rng: Random, *, legal_form: str = "01", with_nir: bool = False) -> Tiers:
        number = self._people
        self._people += 1
        return Tiers(
            reference=f"P{number:06d}",
            category="01",
            legal_form=legal_form,
            name=surname(number),
            person=True,
            title=rng.choice(("M", "MME")),
            first_name=rng.choice(FIRST_NAMES),
            id_code=nir(rng, number) if with_nir else "",
            id_kind="04" if with_nir else "",
            street=f"{number + 1} {rng.choice(STREETS)}",
            account=iban(10_000_000 + number) if legal_form == "02" or with_nir or rng.random() < 0.6 else "",
        )

    def _family(self, rng: Random) -> Tiers:
        parent = self._person(rng)
        if rng.random() < 0.06:
            parent.spouse = self._person(rng)
        return parent

    def _organisation(self, category: str, legal_form: str, name: str, *, known: bool = True) -> Tiers:
        number = self._organisations
        self._organisations += 1
        return Tiers(
            reference=f"F{number:05d}",
            category=category,
            legal_form=legal_form,
            name=name[:38],
            id_code=siret(siren(f"999{number:05d}")) if known else "",
            id_kind="01" if known else "",
            street=f"{number % 180 + 1} zone d'activités de la Lys",
            account=iban(20_000_000 + number),
        )

    def _firm(self, rng: Random) -> Tiers:
        what, does, form = (rng.choice(words) for words in COMPANY_WORDS)
        return self._organisation("60", "03", f"{what} {does} {form} {self._organisations}", known=rng.random() < 0.8)

    def _association(self, rng: Random) -> Tiers:
        kind, aim = (rng.choice(words) for words in ASSOCIATION_WORDS)
        return self._organisation("60", "06", f"{kind} {aim} n° {self._organisations}", known=rng.random() < 0.7)

    def _bodies(self) -> dict[str, Tiers]:
        """Public bodies and funds that every commune deals with."""
        known = {
            "etat": ("20", "07", "DIRECTION DES FINANCES PUBLIQUES"),
            "dept": ("22", "09", "DEPARTEMENT DES BEFFROIS"),
            "region": ("21", "09", "REGION DES PLAINES"),
            "agglo": ("24", "09", "AGGLOMERATION DE LA LYS"),
            "sdis": ("29", "09", "SERVICE D'INCENDIE DES BEFFROIS"),
            "caf": ("61", "11", "CAF DES PLAINES"),
            "health": ("61", "11", "CPAM DES PLAINES"),
            "urssaf": ("61", "08", "URSSAF DES PLAINES"),
            "cnracl": ("71", "08", "CNRACL"),
            "cnfpt": ("29", "08", "CENTRE DE GESTION DES BEFFROIS"),
            "mutual": ("63", "06", "MUTUELLE DES AGENTS DE LA LYS"),
            "insurer": ("60", "03", "ASSURANCES DU BEFFROI SA"),
            "school": ("60", "06", "OGEC SAINT-GENIEVRE"),
            "bank1": ("60", "03", BANK_LABEL),
            "bank2": ("60", "08", "BANQUE DES TERRITOIRES DE LA LYS"),
            "bank3": ("60", "03", "CREDIT COMMUNAL DES PLAINES"),
            "staff": ("50", "09", "PERSONNEL COMMUNAL"),
            "elected": ("50", "09", "ELUS"),
            "desk": ("50", "09", "REGISSEUR"),
            "own": ("23", "09", "COMMUNE DE BEFFROI-SUR-LYS"),
        }
        bodies = {key: self._organisation(*row) for key, row in known.items()}
        bodies["own"].id_code = self.siret
        ccas = self._organisation("26", "09", "CCAS DE BEFFROI-SUR-LYS")
        ccas.id_code = self.ccas_siret
        theatre = self._organisation("29", "09", "THEATRE LE CARILLON")
        theatre.id_code = self.budgets["annexe"].siret
        return {**bodies, "ccas": ccas, "theatre": theatre}
