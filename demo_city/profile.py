"""What Beffroi-sur-Lys spends and earns: every table that a reader may want to argue with is here, in euros per
inhabitant.

The figures are invented, of the size of a French town of 40,000 inhabitants: about 1,400 € of real operating
expenditure per inhabitant, 55–60 % of it staff, no staff at all on function 281 (school meals) and about a fifth of
the spending on shared services, as observed in the published accounts of real towns (see README.md). Natures and
functions are those of the official M57 chart of accounts, developed variant.

Tables are written as text, one function per line followed by `nature euros` pairs, so that they read like the budget
of a town.
"""

from dataclasses import dataclass


def words(text: str) -> list[str]:
    """The words of a text: long lists read better that way."""
    return text.split()


REFERENCE_YEAR = 2025
FIRST_EXERCICE = REFERENCE_YEAR - 19
PRICE_GROWTH = 1.021
POPULATION_GROWTH = 1.004
# Cost of the staff in the last exercice, all of chapter 012; and what of it payroll files do not say agent by agent.
STAFF_EUROS = {"main": 780.0, "ccas": 57.0}
INSURANCE_EUROS = {"main": 6.5, "ccas": 0.5}
SHARED_CHARGES = {"6458": 0.0113, "6474": 0.0052, "6475": 0.0021}
BANK_LABEL = "CAISSE DES COMMUNES"


@dataclass(frozen=True, slots=True)
class Function:
    """One M57 function as the town uses it: its label, the issuing service (CodServ) and its sites when it has 40,000
    inhabitants.
    """

    label: str
    service: str
    sites: int = 1


FUNCTIONS: dict[str, Function] = {
    "01": Function("Opérations non ventilables", "FIN"),
    "020": Function("Administration générale", "DGS", 3),
    "022": Function("Communication", "COM"),
    "023": Function("Fêtes et cérémonies", "FETE"),
    "024": Function("Aide aux associations", "VASS"),
    "025": Function("Cimetières", "CIM", 2),
    "028": Function("Autres moyens généraux", "LOG", 2),
    "031": Function("Assemblée délibérante", "CAB"),
    "11": Function("Police municipale", "PM"),
    "12": Function("Incendie et secours", "PREV"),
    "201": Function("Enseignement - services communs", "EDUC", 4),
    "211": Function("Écoles maternelles", "EMAT", 11),
    "212": Function("Écoles élémentaires", "EELE", 9),
    "281": Function("Restauration scolaire", "CANT", 12),
    "288": Function("Accueil périscolaire", "PERI", 9),
    "30": Function("Culture et sports - services communs", "DCS", 2),
    "311": Function("Conservatoire", "CONS", 2),
    "313": Function("Médiathèques", "MEDI", 3),
    "314": Function("Musée", "MUS"),
    "315": Function("Archives", "ARCH"),
    "316": Function("Théâtre", "THEA"),
    "321": Function("Gymnases", "GYM", 7),
    "322": Function("Stades", "STAD", 4),
    "323": Function("Piscine", "PISC"),
    "331": Function("Centres de loisirs", "ALSH", 6),
    "338": Function("Jeunesse", "JEUN", 2),
    "348": Function("Maisons de quartier", "QUAR", 3),
    "420": Function("Action sociale - services communs", "SOC", 2),
    "4221": Function("Crèches", "CREC", 5),
    "4238": Function("Personnes âgées", "SENI", 2),
    "424": Function("Personnes en difficulté", "AIDE"),
    "510": Function("Services urbains - services communs", "CTM", 2),
    "511": Function("Espaces verts", "VERT", 4),
    "512": Function("Éclairage public", "ECLA"),
    "515": Function("Opérations d'aménagement", "AMEN"),
    "551": Function("Parc privé de la commune", "PATR", 12),
    "632": Function("Commerce et marchés", "COMM"),
    "720": Function("Propreté - services communs", "DEV"),
    "7222": Function("Propreté urbaine", "PROP"),
    "845": Function("Voirie communale", "VOIR", 4),
}

NATURES: dict[str, str] = {
    "10222": "FCTVA",
    "10226": "Taxe d'aménagement",
    "1068": "Excédents de fonctionnement capitalisés",
    "1321": "Subvention d'équipement État",
    "1322": "Subvention d'équipement Région",
    "1323": "Subvention d'équipement Département",
    "13911": "Subvention État transférée au résultat",
    "1641": "Emprunts en euros",
    "192": "Plus-values sur cessions",
    "2031": "Frais d'études",
    "20422": "Subvention d'équipement aux personnes de droit privé",
    "2051": "Logiciels et licences",
    "2111": "Terrains nus",
    "2128": "Autres agencements de terrains",
    "21312": "Bâtiments scolaires",
    "2151": "Réseaux de voirie",
    "2152": "Installations de voirie",
    "21534": "Réseaux d'électrification",
    "2158": "Installations et outillage techniques",
    "21828": "Matériel de transport",
    "21831": "Matériel informatique scolaire",
    "21838": "Autre matériel informatique",
    "21841": "Mobilier scolaire",
    "21848": "Autre mobilier",
    "2188": "Autres immobilisations corporelles",
    "2313": "Constructions",
    "2315": "Installations et travaux techniques",
    "28031": "Amortissement frais d'études",
    "280422": "Amortissement subventions d'équipement",
    "2805": "Amortissement logiciels",
    "281312": "Amortissement bâtiments scolaires",
    "28152": "Amortissement installations de voirie",
    "28158": "Amortissement outillage technique",
    "281828": "Amortissement matériel de transport",
    "281838": "Amortissement matériel informatique",
    "281848": "Amortissement mobilier",
    "28188": "Amortissement autres immobilisations",
    "6042": "Achats de prestations de services",
    "60611": "Eau et assainissement",
    "60612": "Énergie - électricité",
    "60621": "Combustibles",
    "60622": "Carburants",
    "60623": "Alimentation",
    "60628": "Autres fournitures non stockées",
    "60631": "Fournitures d'entretien",
    "60632": "Fournitures de petit équipement",
    "60633": "Fournitures de voirie",
    "60636": "Habillement et vêtements de travail",
    "6064": "Fournitures administratives",
    "6065": "Livres et documents",
    "6067": "Fournitures scolaires",
    "611": "Contrats de prestations de services",
    "6132": "Locations immobilières",
    "61351": "Location de matériel roulant",
    "61358": "Autres locations mobilières",
    "61521": "Entretien de terrains",
    "615221": "Entretien de bâtiments publics",
    "615228": "Entretien d'autres bâtiments",
    "615231": "Entretien de voiries",
    "615232": "Entretien de réseaux",
    "61551": "Entretien de matériel roulant",
    "61558": "Entretien d'autres biens mobiliers",
    "6156": "Maintenance",
    "6161": "Assurance multirisques",
    "6168": "Autres assurances",
    "6182": "Documentation",
    "6184": "Formation",
    "6188": "Autres frais divers",
    "6218": "Autre personnel extérieur",
    "62268": "Honoraires et conseils",
    "6227": "Frais d'actes et de contentieux",
    "6231": "Annonces et insertions",
    "6232": "Fêtes et cérémonies",
    "6234": "Réceptions",
    "6236": "Catalogues et imprimés",
    "6238": "Autres frais de communication",
    "6245": "Transports de personnes extérieures",
    "6251": "Voyages, déplacements et missions",
    "6261": "Affranchissement",
    "6262": "Télécommunications",
    "627": "Services bancaires",
    "6281": "Cotisations",
    "6282": "Gardiennage",
    "6283": "Nettoyage des locaux",
    "6331": "Versement mobilité",
    "6332": "Cotisations au FNAL",
    "6336": "Cotisations CNFPT et centre de gestion",
    "6338": "Contribution de solidarité pour l'autonomie",
    "63512": "Taxes foncières",
    "637": "Autres impôts et taxes",
    "64111": "Rémunération principale des titulaires",
    "64112": "SFT et indemnité de résidence",
    "64113": "NBI",
    "64118": "Autres indemnités des titulaires",
    "64131": "Rémunérations des contractuels",
    "64132": "SFT et indemnité de résidence des contractuels",
    "64138": "Primes des contractuels",
    "64168": "Rémunérations des emplois aidés",
    "6417": "Rémunérations des apprentis",
    "6419": "Remboursements sur rémunérations",
    "6451": "Cotisations à l'URSSAF",
    "6453": "Cotisations aux caisses de retraite",
    "6454": "Cotisations d'assurance chômage",
    "6455": "Assurance du personnel",
    "6458": "Cotisations aux autres organismes sociaux",
    "6474": "Autres œuvres sociales",
    "6475": "Médecine du travail",
    "6478": "Autres charges sociales - transport des agents",
    "65133": "Secours d'urgence",
    "65134": "Aides",
    "65311": "Indemnités de fonction des élus",
    "65313": "Cotisations de retraite des élus",
    "65314": "Cotisations de sécurité sociale des élus",
    "65315": "Formation des élus",
    "6553": "Service d'incendie",
    "65568": "Contributions aux organismes de regroupement",
    "6558": "Autres contributions obligatoires",
    "657363": "Subvention au CCAS",
    "65741": "Subventions aux ménages",
    "65748": "Subventions aux associations",
    "65811": "Droits d'utilisation - informatique en nuage",
    "65821": "Déficit du budget annexe",
    "65888": "Autres charges de gestion courante",
    "66111": "Intérêts réglés à l'échéance",
    "673": "Titres annulés sur exercices antérieurs",
    "675": "Valeur comptable des immobilisations cédées",
    "6761": "Plus-values transférées en investissement",
    "6811": "Dotations aux amortissements",
    "6817": "Dépréciation des actifs circulants",
    "70311": "Concessions dans les cimetières",
    "70321": "Stationnement et location de la voie publique",
    "70323": "Redevance d'occupation du domaine public",
    "70384": "Forfait de post-stationnement",
    "7062": "Redevances des services culturels",
    "70631": "Redevances des services sportifs",
    "70632": "Redevances des services de loisirs",
    "7066": "Redevances des services sociaux",
    "7067": "Redevances périscolaires et d'enseignement",
    "7083": "Locations diverses",
    "70848": "Personnel mis à disposition d'autres organismes",
    "7088": "Autres produits d'activités annexes",
    "73111": "Impôts directs locaux",
    "73118": "Autres contributions directes",
    "73123": "Taxe additionnelle aux droits de mutation",
    "73141": "Taxe sur la consommation finale d'électricité",
    "73154": "Droits de place",
    "73174": "Taxe locale sur la publicité extérieure",
    "73211": "Attribution de compensation",
    "739221": "FNGIR",
    "7392221": "FPIC",
    "74111": "Dotation forfaitaire",
    "741123": "Dotation de solidarité urbaine",
    "741127": "Dotation nationale de péréquation",
    "74718": "Autres participations de l'État",
    "7472": "Participations de la Région",
    "7473": "Participations du Département",
    "74748": "Participation de la commune",
    "7478222": "Participations de la CAF",
    "748312": "DCRTP",
    "74833": "Compensation d'exonérations de taxe foncière",
    "752": "Revenus des immeubles",
    "75822": "Prise en charge du déficit par la commune",
    "75888": "Autres produits de gestion courante",
    "773": "Mandats annulés sur exercices antérieurs",
    "775": "Produits des cessions d'immobilisations",
    "777": "Quote-part des subventions transférée au résultat",
}

PURCHASES_MAIN = """
020  60612 3.9 60621 2.3 60622 .6 60611 .5 60632 1.0 6064 1.7
020  6132 1.6 61351 .8 61358 1.9 615221 3.4 6156 6.1 6161 5.6 6168 2.2
020  6182 .6 6184 2.5 62268 2.2 6227 1.2 6231 .5 6251 .4 6261 2.6
020  6262 2.9 627 .3 6281 1.3 6282 .8 6283 5.2 63512 2.7 65811 4.5
022  6236 1.5 6238 .9 6231 .4
023  6232 4.8 6234 .9 61358 .7 60623 .4
025  60632 .3 61521 .5 60611 .2 611 .7
028  60622 2.6 61551 2.4 60632 1.6 60636 .8 60631 2.1 6156 .6
031  6234 .6 6251 .2 65315 .2
11   60636 .4 60632 .5 61551 .4 6156 .9 6262 .3 611 .6
201  60631 2.4 60636 .3 6188 .3 6184 .2 61351 .3
211  60612 3.4 60621 4.2 60611 .6 6067 2.4 60632 .8 615221 2.3 6156 .5 6245 .8
212  60612 5.0 60621 6.0 60611 .8 6067 3.6 60632 1.0 615221 3.2 6156 .8 6245 1.8 6065 .3
281  6042 36 60612 1.5 60621 .6 60623 3.4 60632 .8 60631 .7 6156 .6 61558 .4
288  60623 1.0 60632 .7 6042 1.3 6067 .4
30   6236 .5 6188 .3 6251 .1 61358 .4
311  60632 .3 61558 .6 6188 .3 60612 .7 60621 .7
313  6065 3.0 60632 .3 6156 .7 60612 .9 60621 .7 6042 .5 65811 .4
314  60632 .3 6161 .2 60612 .4 6236 .3 6042 .5
315  60632 .1 61558 .2
321  60612 3.2 60621 4.4 60611 .5 615221 2.2 6156 .7 60632 .4
322  60612 .9 60611 1.0 61521 2.0 60632 .6 61551 .3
323  60612 3.8 60621 5.0 60611 2.2 60628 .9 6156 1.0 615221 .9 611 .8
331  60623 1.7 6042 2.9 6245 1.8 60632 1.0 60612 .9 60621 .9 611 1.1 6132 .4
338  6042 1.5 60632 .5 6245 .5 60623 .3
348  60612 .7 60621 .7 60632 .4 6042 .4 615221 .3
420  6064 .1 6188 .3 6251 .1
4221 60623 2.6 60632 1.1 60631 .8 60612 1.4 60621 1.2 60611 .4 611 9 6156 .4 615221 .7
4238 6042 .9 6232 .9 6245 .3
510  60622 1.4 61551 1.2 60632 1.8 60636 .7 61358 .7 62268 .6 60612 .5 60621 .6
511  60632 1.2 61521 7 60611 .7 61551 .6 60628 1.4
512  60612 9.8 615232 4.6
515  62268 1.3 6227 .3
551  615228 1.9 60612 .6 6161 .4 63512 1.3 6132 .5
632  611 1.0 60612 .3 6238 .4
720  60622 .8 61551 .9
7222 611 9 60631 .9 61551 1.2 60622 .9
845  615231 10 60633 2.4 61358 .5 6156 .9 611 1.3
"""
PURCHASES_CCAS = """
420  6064 .2 6156 .5 6161 .4 6262 .3 6188 .2 62268 .3 6281 .2
424  60623 .7 6042 .5 6188 .3
4238 6042 8.2 60622 .4 61551 .3 60632 .3 6132 1.1 6232 .7
"""
PURCHASES_ANNEXE = """
316  6042 7.8 611 2.1 60612 .8 60632 .4 6156 .5 6161 .2 6236 .9 6231 .5 6234 .2 61358 .9 6188 .2
"""
# Contributions, taxes on the commune and other regular charges of chapters 65 and 014: function, nature, euros,
# instalments a year.
CONTRIBUTIONS_MAIN = """
12 6553 29 4 · 212 6558 13 3 · 515 65568 22 2 · 01 739221 14 12 · 01 7392221 3 4
020 637 .4 1 · 020 65888 .15 6 · 01 6817 .5 1
"""
# Allowances of the elected members, at most.
ELECTED_EUROS = 9.2
# Grants: function, nature, euros, number of beneficiaries in a town of 40,000.
GRANTS_MAIN = """
024 65748 5 45 · 311 65748 6 22 · 316 65748 2 8 · 322 65748 13 48 · 338 65748 7 18 · 348 65748 5 14 · 4238 65748 1.5 9
632 65748 1.2 4 · 420 65741 1.6 90 · 331 65741 .5 35
"""
AID_CCAS = "65133 1.9 65134 2.6"
CCAS_GRANT = 51.5
ANNEXE_GRANT = 16.2
ANNEXE_STAFF = 9.5

# Purchases billed every month for all sites at once: one mandat per contract, one line per function and site.
NETWORK_NATURES = {"60611": 2, "60612": 4, "60621": 3, "6262": 2}
# Average amount of one invoice, in euros, in a town of 40,000.
INVOICE_EUROS = """
6042 3400  60622 2600  60623 620  60628 900  60631 780  60632 520  60633 1500  60636 900  6064 330  6065 520
6067 480  611 5200  6132 4200  61351 1900  61358 1100  61521 3600  615221 1900  615228 1800  615231 7400
615232 4800  61551 950  61558 800  6156 1700  6161 26000  6168 9000  6182 350  6184 900  6188 600  62268 3100
6227 1500  6231 900  6232 1900  6234 420  6236 1500  6238 1700  6245 560  6251 240  6261 4300  627 420  6281
1300  6282 2200  6283 5200  63512 18000  65315 900  65811 2900  2031 14000  2051 7200  20422 4200  2111 120000
2128 14000  21312 21000  2151 41000  2152 5200  21534 16000  2158 3600  21828 26000  21831 2600  21838 3100
21841 2100  21848 1300  2188 1900  2313 46000  2315 38000
"""
DEFAULT_INVOICE_EUROS = 900

WORKS_MAIN = """
020 2031 1.4 2051 4.4 21838 5.2 21848 1.4 2188 1.2 2313 9 · 11 2188 .9 21828 .8 · 025 2128 1.3
028 21828 5.6 2158 1.9
201 21841 1.2 · 211 21312 3.5 21841 .9 2188 .7 21831 .8 · 212 21312 6.2 21841 1.4 21831 2.4 2188 .8 2031 1.6
281 2188 2.6 · 313 2188 .8 21848 .8 · 321 2188 1.3 · 322 2128 3.8 · 323 2188 .6 · 331 2188 .7 · 4221 2188 .9 21848 .5
511 2128 5.2 2158 1.1 · 512 21534 4.8 · 515 2111 5.5 2031 1.6 20422 3.4 · 551 2313 3.4
7222 2158 1.6 · 845 2151 16 2152 3.8
"""
WORKS_CCAS = "420 21838 .3 21848 .2 · 4238 2188 .5 21828 .7"
WORKS_ANNEXE = "316 2158 1.0 2188 .5"


@dataclass(frozen=True, slots=True)
class Operation:
    """An investment programme followed with AP/CP: its number, label, function, nature of the works and share of
    euros per inhabitant.
    """

    number: str
    label: str
    function: str
    nature: str
    euros: float


OPERATIONS = (
    Operation("1801", "Groupe scolaire Marie-Curie", "212", "2313", 76),
    Operation("1902", "Rénovation énergétique de la piscine", "323", "2313", 30),
    Operation("2003", "Médiathèque tiers-lieu", "313", "2313", 22),
    Operation("2101", "Voirie et mobilités douces", "845", "2315", 42),
    Operation("2202", "Éclairage public basse consommation", "512", "2315", 14),
)

# Depreciation of function 01, as most communes book it: contra account and euros; the credit side is 6811.
DEPRECIATION_MAIN = "28031 3 2805 8 280422 4 281312 9 28152 16 28158 9 281828 14 281838 18 281848 9 28188 13"
DEPRECIATION_CCAS = "281828 .5 281838 .3 28188 .4"
DEPRECIATION_ANNEXE = "28158 1.1 28188 .5"
SUBSIDY_SHARE_MAIN = 11.0

# Revenue: function, nature, euros, kind, pièces a year (at 40,000 inhabitants), payer. Kinds: monthly, quarterly,
# spread, once.
REVENUE_MAIN = """
01   73111 773   monthly   12  etat
01   73118 5     once      1   etat
01   73211 232   monthly   12  agglo
01   73123 45    monthly   12  etat
01   73141 17    quarterly 4   agglo
01   73174 6     spread    60  firm
01   74111 122   monthly   12  etat
01   741123 86   monthly   12  etat
01   741127 14   monthly   12  etat
01   748312 6    monthly   12  etat
01   74833 22    monthly   12  etat
020  6419  9     spread    190 health
020  75888 2.5   spread    60  firm
020  7473  .6    once      1   dept
025  70311 4     spread    150 person
11   70384 5     monthly   12  etat
281  74718 1.6   quarterly 4   etat
311  7473  1     once      1   dept
313  74718 1     once      2   etat
321  7473  2.2   quarterly 4   dept
321  7083  .8    spread    70  assoc
331  7478222 19  quarterly 4   caf
338  7478222 4   quarterly 4   caf
348  7478222 2   quarterly 4   caf
348  7083  .6    spread    60  assoc
4221 7478222 45  quarterly 4   caf
4221 7473  1.2   once      1   dept
510  7088  .8    spread    20  firm
551  752   8     quarterly 4   firm
845  70323 5     spread    110 firm
01   10222 40    quarterly 4   etat
01   10226 8     spread    12  etat
212  1321  14    spread    3   etat
323  1323  7     spread    2   dept
313  1322  8     spread    2   region
845  1323  6     spread    2   dept
"""
REVENUE_CCAS = """
420  75888 .5    spread    12  firm
424  7473  6     quarterly 4   dept
4238 7473  9     quarterly 4   dept
4238 752   1.3   monthly   12  firm
01   10222 .3    once      1   etat
"""
REVENUE_ANNEXE = """
316  7088  .6    spread    24  firm
316  7473  2     once      1   dept
316  7472  1.5   once      1   region
"""
# Cash desks (régies de recettes): function, nature, euros, number of the régie. One titre a month, issued after the
# cash came in.
CASH_DESKS_MAIN = "313 7062 .8 R02 · 323 70631 7 R03 · 632 73154 2.4 R04 · 845 70321 3.2 R05 · 316 7088 .2 R06"
CASH_DESKS_ANNEXE = "316 7062 5.4 R11"
# Imprests (régies d'avances): function, nature, euros, number.
IMPRESTS_MAIN = "331 60623 .35 A01 · 338 6188 .2 A02 · 4221 60632 .15 A03 · 031 6234 .1 A04"


@dataclass(frozen=True, slots=True)
class Billing:
    """A service billed to families by collective titre: local product code, periods a year and share of the families
    billed each time.
    """

    function: str
    nature: str
    product: str
    label: str
    euros: float
    months: tuple[int, ...]
    share: float


SCHOOL_MONTHS = (1, 2, 3, 4, 5, 6, 9, 10, 11, 12)
BILLINGS_MAIN = (
    Billing("281", "7067", "CANT", "RESTAURATION SCOLAIRE", 35.0, SCHOOL_MONTHS, 0.68),
    Billing("288", "7067", "PERI", "ACCUEIL PERISCOLAIRE", 8.5, SCHOOL_MONTHS, 0.20),
    Billing("331", "70632", "ALSH", "CENTRES DE LOISIRS", 15.5, (2, 3, 4, 5, 7, 8, 10, 12), 0.30),
    Billing("311", "7062", "CONS", "CONSERVATOIRE", 7.0, (1, 4, 10), 0.22),
)
BILLINGS_CCAS = (Billing("4238", "7066", "REPA", "REPAS A DOMICILE", 9.5, tuple(range(1, 13)), 0.06),)
# Nursery bills go out as a role (ORMC) on this transfer account, which is no budget nature.
ROLE_ACCOUNT = "588"
NURSERY = Billing("4221", "7066", "CREC", "CRECHES", 20.0, tuple(range(1, 13)), 0.09)

RENTS_EUROS = 14.0
RENT_FUNCTION = "551"


def pairs(text: str) -> list[tuple[str, float]]:
    """`"020 104  022 9"` as [("020", 104.0), ("022", 9.0)]."""
    listed = words(text)
    return [(code, float(euros)) for code, euros in zip(listed[::2], listed[1::2], strict=True)]


def by_function(text: str) -> list[tuple[str, str, float]]:
    """Lines (or parts between `·`) of `function nature euros nature euros …` as (function, nature, euros)."""
    rows = []
    for part in text.replace("·", "\n").splitlines():
        function, _, rest = part.strip().partition(" ")
        rows += [(function, nature, euros) for nature, euros in pairs(rest)]
    return rows


def records(text: str) -> list[list[str]]:
    """Lines (or parts between `·`) as lists of words."""
    return [part.split() for part in text.replace("·", "\n").splitlines() if part.strip()]


def chapter(nature: str, direction: str, order: str = "") -> str:
    """Chapter of the vote of an M57 nature. order: "" real operation, "between" or "inside" sections.

    Follows the attributes DR, RR, DOES/ROES and DOIS/ROIS of the official chart of accounts, which a test compares
    with this function.
    """
    if nature in ("001", "002", "021", "023", "024"):
        return nature
    if order:
        return "041" if order == "inside" else "042" if nature[0] in "67" else "040"
    if direction == "R" and nature.startswith("64"):
        return "013"
    if nature.startswith("739"):
        return "014"
    if nature.startswith("731"):
        return "731"
    if nature.startswith(("621", "633", "64")):
        return "012"
    if nature.startswith(("60", "61", "62", "63")):
        return "011"
    return "204" if nature.startswith("204") else nature[:2]


def section(chapter_code: str) -> str:
    """Section of a chapter: F operating, I investment."""
    operating = ("002", "011", "012", "013", "014", "023", "042", "731")
    return "F" if chapter_code in operating or chapter_code[0] in "67" else "I"
