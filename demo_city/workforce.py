"""Who works where: the services of the town, their jobs, and the short contracts of each year. The place to argue with.

The ledger and payroll do not see the same town: school meals are a service (CANT, function 281) whose staff the ledger
books on the shared services of education (function 201), as real towns do.
"""

from dataclasses import dataclass

from demo_city.profile import FUNCTIONS

SERVICE_COLUMNS = (
    "service_id", "service_label", "parent_service_id", "function_m57_code", "valid_from", "valid_to",
    "successor_service_id",
)  # fmt: skip
SERVICE_MAP_COLUMNS = (
    "source_system", "source_code", "service_id", "activity_id", "booked_function_code", "valid_from", "valid_to",
)  # fmt: skip
FACILITY_COLUMNS = ("source_system", "source_code", "facility_id", "valid_from", "valid_to")
VALID_FROM = "2000-01-01"
KITCHEN = "CUIS01"
# Code | label | function that it serves | function its staff is booked on | parent | euros per inhabitant (weights of
# the main budget, scaled to profile.STAFF_EUROS_PER_INHABITANT) | euros per inhabitant in the CCAS
SERVICE_TABLE = """
DGS  | Direction générale                    | 020  | 020  |      | 26  |
FIN  | Finances                              | 020  | 020  | DGS  | 15  |
DRH  | Ressources humaines                   | 020  | 020  | DGS  | 17  |
DSI  | Systèmes d'information                | 020  | 020  | DGS  | 14  |
ETAT | État civil et accueil                 | 020  | 020  | DGS  | 32  |
COM  | Communication                         | 022  | 022  | DGS  | 9   |
FETE | Fêtes et cérémonies                   | 023  | 023  | CTM  | 6   |
VASS | Aide aux associations                 | 024  | 024  | DCS  |     |
CIM  | Cimetières                            | 025  | 025  | CTM  | 4   |
LOG  | Moyens généraux                       | 028  | 028  | DGS  | 22  |
CAB  | Cabinet du maire                      | 031  | 031  |      | 7   |
PM   | Police municipale                     | 11   | 11   | DGS  | 42  |
PREV | Prévention des risques                | 12   | 12   | DGS  |     |
EDUC | Direction de l'éducation              | 201  | 201  | DGS  | 28  |
CANT | Restauration scolaire                 | 281  | 201  | EDUC | 50  |
EMAT | Écoles maternelles                    | 211  | 211  | EDUC | 66  |
EELE | Écoles élémentaires                   | 212  | 212  | EDUC | 28  |
PERI | Accueil périscolaire                  | 288  | 288  | EDUC | 24  |
DCS  | Direction de la culture et des sports | 30   | 30   | DGS  | 40  |
CONS | Conservatoire                         | 311  | 311  | DCS  | 36  |
MEDI | Médiathèques                          | 313  | 313  | DCS  | 37  |
MUS  | Musée                                 | 314  | 314  | DCS  | 9   |
ARCH | Archives                              | 315  | 315  | DCS  | 3   |
THEA | Théâtre                               | 316  | 316  | DCS  |     |
GYM  | Gymnases                              | 321  | 321  | DCS  | 24  |
STAD | Stades                                | 322  | 322  | DCS  | 13  |
PISC | Piscine                               | 323  | 323  | DCS  | 29  |
ALSH | Centres de loisirs                    | 331  | 331  | EDUC | 46  |
JEUN | Jeunesse                              | 338  | 338  | EDUC | 17  |
QUAR | Maisons de quartier                   | 348  | 348  | SOC  | 8   |
SOC  | Direction de l'action sociale         | 420  | 420  | DGS  | 34  | 21
CREC | Crèches                               | 4221 | 4221 | SOC  | 66  |
SENI | Personnes âgées                       | 4238 | 4238 | SOC  | 6   | 24
AIDE | Personnes en difficulté               | 424  | 424  | SOC  |     | 12
CTM  | Centre technique municipal            | 510  | 510  | DGS  | 76  |
VERT | Espaces verts                         | 511  | 511  | CTM  | 40  |
ECLA | Éclairage public                      | 512  | 512  | CTM  | 4   |
AMEN | Aménagement                           | 515  | 515  | CTM  |     |
PATR | Parc privé                            | 551  | 551  | CTM  | 3   |
COMM | Commerce et marchés                   | 632  | 632  | DGS  | 5   |
DEV  | Environnement et propreté             | 720  | 720  | CTM  | 16  |
PROP | Propreté urbaine                      | 7222 | 7222 | DEV  | 34  |
VOIR | Voirie                                | 845  | 845  | CTM  | 30  |
"""
# The activity of ref_activity that the service is; none for what serves the other services.
ACTIVITIES = {
    "ETAT": "civil_registry", "CIM": "cemetery", "PM": "municipal_police", "CANT": "school_meal",
    "EMAT": "nursery_school", "EELE": "primary_school", "PERI": "after_school", "CONS": "conservatory",
    "MEDI": "library", "MUS": "museum", "ARCH": "archives", "GYM": "gymnasium", "STAD": "stadium",
    "PISC": "swimming_pool", "ALSH": "leisure_centre", "JEUN": "youth", "QUAR": "community_centre",
    "CREC": "nursery", "SENI": "elderly", "AIDE": "social_aid", "VERT": "green_space",
    "ECLA": "street_lighting", "COMM": "market", "PROP": "street_cleaning", "VOIR": "road",
}  # fmt: skip
# Service | share of its posts | job | family of grades | weekly hours of the post and how many in a hundred, after the
# full time of the family | women, contracts in a hundred | flags: o overtime, n NBI, d head, k central kitchen, h home
# help
JOB_TABLE = """
DGS  | 10 | Directeur général des services     | ATT | 35 35:100                        | 42 20 | nd
DGS  | 20 | Juriste                            | ATT | 35 35:100                        | 65 40 |
DGS  | 30 | Assistant de direction             | RED | 35 35:100                        | 85 10 | n
DGS  | 40 | Agent administratif                | ADM | 35 35:90 28:10                   | 85 10 |
FIN  | 50 | Agent comptable                    | ADM | 35 35:100                        | 82 8  |
FIN  | 15 | Responsable des finances           | ATT | 35 35:100                        | 55 20 | nd
FIN  | 35 | Gestionnaire budgétaire            | RED | 35 35:100                        | 70 12 |
DRH  | 50 | Assistant de ressources humaines   | ADM | 35 35:100                        | 88 8  |
DRH  | 15 | Responsable des ressources humaines | ATT | 35 35:100                       | 65 20 | nd
DRH  | 35 | Gestionnaire paie et œuvres sociales | RED | 35 35:100                      | 80 12 |
DSI  | 45 | Technicien informatique            | TNI | 35 35:100                        | 15 25 | o
DSI  | 25 | Ingénieur des systèmes d'information | ING | 35 35:100                      | 25 40 | d
DSI  | 30 | Agent d’assistance                 | ADM | 35 35:100                        | 50 10 |
ETAT | 90 | Agent d'accueil et d'état civil    | ADM | 35 35:85 28:15                   | 85 8  | no
ETAT | 10 | Responsable de l'état civil        | RED | 35 35:100                        | 80 5  | nd
COM  | 30 | Chargé de communication            | ATT | 35 35:100                        | 65 45 | d
COM  | 40 | Infographiste                      | RED | 35 35:100                        | 55 35 |
COM  | 30 | Agent administratif                | ADM | 35 35:100                        | 70 10 |
FETE | 80 | Agent logistique                   | TEC | 35 35:100                        | 15 8  | o
FETE | 20 | Chef d'équipe logistique           | MAI | 35 35:100                        | 10 2  | on
CIM  | 100 | Fossoyeur et gardien              | TEC | 35 35:100                        | 20 5  |
LOG  | 50 | Mécanicien et magasinier           | TEC | 35 35:100                        | 5 6   | o
LOG  | 20 | Chef d'atelier                     | MAI | 35 35:100                        | 5 2   | n
LOG  | 30 | Agent d'entretien des locaux       | TEC | 35 35:55 28:15 20:20 17.5:10     | 88 15 |
CAB  | 60 | Assistant du cabinet               | ADM | 35 35:100                        | 75 20 |
CAB  | 40 | Collaborateur de cabinet           | ATT | 35 35:100                        | 40 100 |
PM   | 70 | Agent de police municipale         | POL | 35 35:100                        | 25 0  | on
PM   | 8  | Chef de la police municipale       | CPM | 35 35:100                        | 15 0  | ond
PM   | 22 | Agent de surveillance de la voie publique | TEC | 35 35:100                 | 45 15 | o
EDUC | 63 | Agent administratif                | ADM | 35 35:90 28:10                   | 90 8  |
EDUC | 12 | Directeur de l'éducation           | ATT | 35 35:100                        | 60 25 | nd
EDUC | 25 | Gestionnaire scolaire              | RED | 35 35:100                        | 85 12 |
CANT | 70 | Agent de restauration              | TEC | 35 35:40 30:20 25:20 20:20       | 86 14 |
CANT | 12 | Cuisinier                          | TEC | 35 35:100                        | 40 8  | k
CANT | 10 | Second de cuisine                  | MAI | 35 35:100                        | 35 5  | kn
CANT | 8  | Responsable d'office               | MAI | 35 35:100                        | 75 4  | n
EMAT | 75 | ATSEM                              | SEM | 35 35:85 30:15                   | 99 8  |
EMAT | 25 | Agent d'entretien des écoles       | TEC | 35 35:55 28:20 20:25             | 90 12 |
EELE | 100 | Gardien et agent d'entretien      | TEC | 35 35:75 28:10 20:15             | 68 8  | n
PERI | 85 | Animateur périscolaire             | ANI | 35 35:25 28:20 24:20 20:20 17.5:15 | 78 35 |
PERI | 15 | Responsable périscolaire           | AMM | 35 35:100                        | 75 20 |
DCS  | 45 | Agent administratif                | ADM | 35 35:100                        | 75 8  |
DCS  | 20 | Directeur de la culture            | ATT | 35 35:100                        | 50 30 | nd
DCS  | 35 | Chargé d'action culturelle         | RED | 35 35:100                        | 65 25 |
CONS | 70 | Assistant d'enseignement artistique | AEA | 20 20:55 12:25 8:20             | 48 38 |
CONS | 20 | Professeur de musique              | PEA | 16 16:70 8:30                    | 40 30 |
CONS | 10 | Secrétaire du conservatoire        | ADM | 35 35:100                        | 90 5  |
MEDI | 60 | Agent de médiathèque               | PAT | 35 35:90 28:10                   | 75 10 |
MEDI | 15 | Bibliothécaire                     | BIB | 35 35:100                        | 75 15 | d
MEDI | 25 | Assistant de médiathèque           | ASC | 35 35:100                        | 75 12 |
MUS  | 70 | Agent d'accueil du musée           | PAT | 35 35:80 28:20                   | 60 12 |
MUS  | 30 | Chargé des collections             | ASC | 35 35:100                        | 65 20 | d
ARCH | 60 | Agent des archives                 | PAT | 35 35:100                        | 60 5  |
ARCH | 40 | Archiviste                         | ASC | 35 35:100                        | 65 15 | d
GYM  | 85 | Gardien de gymnase                 | TEC | 35 35:95 28:5                    | 22 8  | o
GYM  | 15 | Chef d'équipe des équipements sportifs | MAI | 35 35:100                    | 8 2   | n
STAD | 100 | Agent des terrains de sport       | TEC | 35 35:100                        | 8 6   | o
PISC | 45 | Maître-nageur                      | APS | 35 35:100                        | 35 22 | o
PISC | 35 | Agent d'entretien de la piscine    | TEC | 35 35:85 28:15                   | 55 12 |
PISC | 20 | Agent d'accueil de la piscine      | ADM | 35 35:80 28:20                   | 85 8  |
ALSH | 80 | Animateur de centre de loisirs     | ANI | 35 35:55 28:25 24:20             | 68 38 |
ALSH | 20 | Directeur de centre de loisirs     | AMM | 35 35:100                        | 62 20 | d
JEUN | 65 | Animateur jeunesse                 | ANI | 35 35:90 28:10                   | 45 32 |
JEUN | 35 | Coordinateur jeunesse              | AMM | 35 35:100                        | 50 20 | d
QUAR | 40 | Agent d'accueil                    | ADM | 35 35:80 28:20                   | 85 10 |
QUAR | 60 | Animateur de quartier              | AMM | 35 35:100                        | 60 30 |
SOC  | 40 | Agent administratif                | ADM | 35 35:100                        | 88 8  |
SOC  | 15 | Directeur de l'action sociale      | ATT | 35 35:100                        | 65 25 | nd
SOC  | 45 | Travailleur social                 | ASE | 35 35:95 28:5                    | 90 22 | n
CREC | 55 | Auxiliaire de puériculture         | AUX | 35 35:95 28:5                    | 99 20 |
CREC | 20 | Agent de crèche                    | ASO | 35 35:85 28:15                   | 97 28 |
CREC | 17 | Éducateur de jeunes enfants        | EJE | 35 35:100                        | 97 22 |
CREC | 8  | Directeur de crèche                | PUE | 35 35:100                        | 98 10 | nd
SENI | 50 | Animateur seniors                  | ASO | 35 35:100                        | 88 10 |
SENI | 50 | Agent administratif                | ADM | 35 35:100                        | 88 8  |
CTM  | 45 | Agent des bâtiments                | TEC | 35 35:100                        | 6 8   | o
CTM  | 15 | Ingénieur                          | ING | 35 35:100                        | 28 30 | d
CTM  | 20 | Technicien bâtiment                | TNI | 35 35:100                        | 22 18 | n
CTM  | 20 | Agent administratif                | ADM | 35 35:100                        | 82 6  |
VERT | 75 | Jardinier                          | TEC | 35 35:100                        | 14 8  | o
VERT | 15 | Chef d'équipe des espaces verts    | MAI | 35 35:100                        | 8 1   | on
VERT | 10 | Technicien des espaces verts       | TNI | 35 35:100                        | 30 15 |
ECLA | 100 | Électricien                       | TEC | 35 35:100                        | 3 10  | o
COMM | 50 | Placier                            | ADM | 35 35:100                        | 40 5  |
COMM | 50 | Chargé du commerce                 | RED | 35 35:100                        | 55 25 |
DEV  | 40 | Agent administratif                | ADM | 35 35:100                        | 75 8  |
DEV  | 25 | Ingénieur environnement            | ING | 35 35:100                        | 40 35 | d
DEV  | 35 | Technicien environnement           | TNI | 35 35:100                        | 40 20 |
PROP | 85 | Agent de propreté                  | TEC | 35 35:100                        | 12 12 | o
PROP | 15 | Chef d'équipe de propreté          | MAI | 35 35:100                        | 6 1   | on
VOIR | 70 | Agent de voirie                    | TEC | 35 35:100                        | 4 6   | o
VOIR | 20 | Chef d'équipe de voirie            | MAI | 35 35:100                        | 3 1   | on
VOIR | 10 | Technicien voirie                  | TNI | 35 35:100                        | 20 12 |
PATR | 100 | Gestionnaire du patrimoine        | RED | 35 35:100                        | 60 15 |
"""
CCAS_JOB_TABLE = """
SOC  | 40 | Agent administratif                | ADM | 35 35:100                        | 88 8  |
SOC  | 20 | Directeur du CCAS                  | ATT | 35 35:100                        | 65 25 | nd
SOC  | 40 | Travailleur social                 | ASE | 35 35:95 28:5                    | 90 22 | n
SENI | 85 | Aide à domicile                    | ASO | 35 35:50 30:30 24:20             | 96 18 | h
SENI | 15 | Responsable de secteur             | RED | 35 35:100                        | 90 10 |
AIDE | 40 | Agent administratif                | ADM | 35 35:100                        | 88 10 |
AIDE | 60 | Travailleur social                 | ASE | 35 35:100                        | 90 25 | n
"""
# Short contracts of each year. Employer, service | kind (see staff.KINDS) | job | family | number in a town of 40,000 |
# first and last day (MM-DD; a last day before the first is in the next year, +1 one year later) | euros of one a year
PROGRAMME_TABLE = """
main ALSH | K | Animateur en CEE              | CEE | 30 | 07-08 08-02   | 2000
main ALSH | Q | Animateur saisonnier          | ANI | 22 | 07-01 08-31   | 6000
main PISC | Q | Surveillant de baignade       | APS | 5  | 06-15 09-15   | 9000
main VERT | Q | Jardinier saisonnier          | TEC | 6  | 05-02 09-30   | 14500
main PROP | Q | Agent de propreté saisonnier  | TEC | 4  | 06-01 09-15   | 10200
main ETAT | Q | Agent de renfort              | ADM | 3  | 01-08 04-30   | 11000
main PERI | H | Animateur horaire             | VAC | 30 | 09-01 07-04   | 6500
main CANT | H | Surveillant de cantine        | VAC | 22 | 09-01 07-04   | 7400
main MEDI | H | Moniteur étudiant             | VAC | 3  | 09-15 06-30   | 4200
main VERT | A | Apprenti jardinier            | APP | 3  | 09-01 08-31+1 | 14500
main CREC | A | Apprenti auxiliaire           | APP | 4  | 09-01 08-31+1 | 14500
main DSI  | A | Apprenti informaticien        | APP | 2  | 09-01 08-31+1 | 14500
main CTM  | A | Apprenti du bâtiment          | APP | 2  | 09-01 08-31+1 | 14500
main CANT | A | Apprenti cuisinier            | APP | 2  | 09-01 08-31+1 | 14500
main PROP | E | Agent en parcours emploi compétences | AID | 4 | 03-01 02-28 | 21500
main VERT | E | Agent en parcours emploi compétences | AID | 3 | 10-01 09-30 | 21500
main CANT | E | Agent en parcours emploi compétences | AID | 3 | 09-01 08-31 | 21500
main COM  | I | Stagiaire                     | STA | 2  | 04-01 06-30   | 1900
main DSI  | I | Stagiaire                     | STA | 2  | 03-01 06-30   | 2500
main CREC | I | Stagiaire                     | STA | 2  | 02-01 04-30   | 1900
main DRH  | I | Stagiaire                     | STA | 1  | 04-01 06-30   | 1900
ccas SENI | Q | Aide à domicile saisonnière   | ASO | 4  | 06-15 09-15   | 8600
ccas SENI | A | Apprenti aide-soignant        | APP | 1  | 09-01 08-31+1 | 14500
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A service: the function that it serves, the one that the ledger books its staff on, and what it weighs."""

    code: str
    label: str
    function: str
    booked: str
    parent: str
    euros: dict[str, float]


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a service: its share of the posts, its grades, weekly hours, and how many are women or on contract."""

    service: str
    share: float
    label: str
    family: str
    full_week: float
    hours: tuple[tuple[float, int], ...]
    women: float
    contracts: float
    flags: str


@dataclass(frozen=True, slots=True)
class Programme:
    """Short contracts that come back each year."""

    employer: str
    service: str
    kind: str
    job: Job
    count: float
    first: tuple[int, int]
    last: tuple[int, int]
    years: int
    euros: float


def cells(text: str) -> list[list[str]]:
    """Rows of a table written with bars."""
    return [[cell.strip() for cell in row.split("|")] for row in text.strip().splitlines()]


def services() -> dict[str, Service]:
    """Services by code, in the order of the functions."""
    found = {}
    for code, label, function, booked, parent, main, *ccas in cells(SERVICE_TABLE):
        euros = {key: float(value) for key, value in zip(("main", "ccas"), (main, *ccas), strict=False) if value}
        found[code] = Service(code, label, function, booked, parent, euros)
    return found


def jobs(text: str) -> dict[str, list[Job]]:
    """Jobs by service, in the order in which a service opens them."""
    found: dict[str, list[Job]] = {}
    for service, share, label, family, hours, shares, flags in cells(text):
        full, *weeks = hours.split()
        listed = tuple((float(week), int(part)) for week, part in (one.split(":") for one in weeks))
        women, contracts = (int(share) / 100 for share in shares.split())
        job = Job(service, float(share), label, family, float(full), listed, women, contracts, flags)
        found.setdefault(service, []).append(job)
    return found


def programmes() -> list[Programme]:
    """Short contracts of each year."""
    found = []
    for where, kind, label, family, count, days, euros in cells(PROGRAMME_TABLE):
        employer, service = where.split()
        first, last = days.split()
        last, _, later = last.partition("+")
        start, end = (tuple(int(part) for part in day.split("-")) for day in (first, last))
        job = Job(service, 100, label, family, 35.0, ((35.0, 100),), 0.6, 1.0, "")
        years = (1 if end < start else 0) + int(later or 0)
        found.append(Programme(employer, service, kind, job, float(count), start, end, years, float(euros)))  # type: ignore[arg-type]
    return found


def service_rows() -> list[tuple[str, ...]]:
    """Rows of the seed ref_service."""
    listed = [(one.code, one.label, one.parent, one.function, VALID_FROM, "", "") for one in SERVICES.values()]
    return [*listed, ("A_AFFECTER", "À affecter", "", "", VALID_FROM, "", "")]


def service_map_rows() -> list[tuple[str, ...]]:
    """Rows of the seed map_payroll__service: the DSN says the code of a service, the XHL its label in capitals."""
    return [
        (system, named(one), one.code, ACTIVITIES.get(one.code, ""), one.booked, VALID_FROM, "")
        for system, named in (("payroll_dsn", lambda one: one.code), ("payroll_xhl", lambda one: one.label.upper()))
        for one in SERVICES.values()
        if one.euros
    ]


def facility_rows(kitchen: str) -> list[tuple[str, ...]]:
    """Rows of the seed map_payroll__facility: the sites of services with staff, and the SIRET of the kitchen."""
    sites = [
        f"{one.code}{rank + 1:02d}"
        for one in SERVICES.values()
        if one.euros
        for rank in range(FUNCTIONS[one.function].sites)
    ]
    return [
        ("payroll_dsn", code, name, VALID_FROM, "")
        for code, name in [*zip(sites, sites, strict=True), (kitchen, KITCHEN)]
    ]


SERVICES = services()
JOBS = {"main": jobs(JOB_TABLE), "ccas": jobs(CCAS_JOB_TABLE)}
PROGRAMMES = programmes()
