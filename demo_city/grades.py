"""Grades of the demo town, their increased indexes by échelon, and the NET table that lists them.

Codes have the true shape of the nomenclature des emplois territoriaux (three letters and a digit) but all start with D
and are invented; the grids are of the size of those of 2024, rounded.
"""

from bisect import bisect_right
from dataclasses import dataclass

NET_COLUMNS = ("code", "cadre_emplois", "filiere", "categorie", "grade")
# Increased indexes of a grid, échelon by échelon, as of 2024.
GRIDS = {
    "C1": "366 367 368 369 370 371 372 374 377 381 387",
    "C2": "366 368 370 372 374 377 380 387 397 408 417 425",
    "C3": "373 378 384 391 399 409 420 435 455 478",
    "CM": "369 371 374 378 384 391 400 410 421 433 446 462 481",
    "CP": "376 384 394 406 419 433 449 468 488 508",
    "B1": "373 376 380 386 394 404 417 432 448 466 482 497 508",
    "B2": "374 379 386 396 408 421 436 453 471 489 508 523 539",
    "B3": "397 415 435 455 475 500 520 545 563 577 592",
    "BX": "373 378 386 397 410 424 440 458 477 497 517",
    "AS": "395 409 424 440 457 475 494 514 534 555 577 597",
    "A1": "395 415 440 465 490 518 550 580 610 640 678",
    "A2": "470 500 535 570 605 640 680 720 755 790 826",
}
# Years in each échelon, the last one having no end.
STEP_YEARS = {
    "C": (1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4),
    "B": (2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4),
    "A": (2,) * 6 + (3,) * 5,
}
# Gross index of an increased index: points of the official table, between which it is drawn out.
GROSS_INDEX = (
    (300, 293),
    (366, 367),
    (387, 432),
    (425, 486),
    (478, 558),
    (508, 597),
    (592, 707),
    (678, 821),
    (830, 1027),
)

# family, code, label of the grade, cadre d'emplois, filière, category, grid
TABLE = """
ADM DAA1 Adjoint administratif territorial | Adjoints administratifs | Administrative | C | C1
ADM DAA2 Adjoint administratif principal de 2e classe | Adjoints administratifs | Administrative | C | C2
ADM DAA3 Adjoint administratif principal de 1re classe | Adjoints administratifs | Administrative | C | C3
RED DRE1 Rédacteur | Rédacteurs | Administrative | B | B1
RED DRE2 Rédacteur principal de 2e classe | Rédacteurs | Administrative | B | B2
RED DRE3 Rédacteur principal de 1re classe | Rédacteurs | Administrative | B | B3
ATT DAT1 Attaché | Attachés | Administrative | A | A1
ATT DAT2 Attaché principal | Attachés | Administrative | A | A2
TEC DTE1 Adjoint technique territorial | Adjoints techniques | Technique | C | C1
TEC DTE2 Adjoint technique principal de 2e classe | Adjoints techniques | Technique | C | C2
TEC DTE3 Adjoint technique principal de 1re classe | Adjoints techniques | Technique | C | C3
MAI DMA1 Agent de maîtrise | Agents de maîtrise | Technique | C | CM
MAI DMA2 Agent de maîtrise principal | Agents de maîtrise | Technique | C | CP
TNI DTN1 Technicien | Techniciens | Technique | B | B1
TNI DTN2 Technicien principal de 2e classe | Techniciens | Technique | B | B2
TNI DTN3 Technicien principal de 1re classe | Techniciens | Technique | B | B3
ING DIN1 Ingénieur | Ingénieurs | Technique | A | A1
ING DIN2 Ingénieur principal | Ingénieurs | Technique | A | A2
SEM DSM2 ATSEM principal de 2e classe | ATSEM | Médico-sociale | C | C2
SEM DSM3 ATSEM principal de 1re classe | ATSEM | Médico-sociale | C | C3
EJE DEJ1 Éducateur de jeunes enfants | Éducateurs de jeunes enfants | Médico-sociale | A | AS
AUX DAX1 Auxiliaire de puériculture de classe normale | Auxiliaires de puériculture | Médico-sociale | B | B1
AUX DAX2 Auxiliaire de puériculture de classe supérieure | Auxiliaires de puériculture | Médico-sociale | B | BX
PUE DPU1 Puéricultrice | Puéricultrices | Médico-sociale | A | A1
ASO DAS1 Agent social | Agents sociaux | Médico-sociale | C | C1
ASO DAS2 Agent social principal de 2e classe | Agents sociaux | Médico-sociale | C | C2
ASO DAS3 Agent social principal de 1re classe | Agents sociaux | Médico-sociale | C | C3
ASE DSE1 Assistant socio-éducatif | Assistants socio-éducatifs | Médico-sociale | A | AS
ANI DAN1 Adjoint d'animation | Adjoints d'animation | Animation | C | C1
ANI DAN2 Adjoint d'animation principal de 2e classe | Adjoints d'animation | Animation | C | C2
ANI DAN3 Adjoint d'animation principal de 1re classe | Adjoints d'animation | Animation | C | C3
AMM DAM1 Animateur | Animateurs | Animation | B | B1
AMM DAM2 Animateur principal de 2e classe | Animateurs | Animation | B | B2
PAT DPA1 Adjoint du patrimoine | Adjoints du patrimoine | Culturelle | C | C1
PAT DPA2 Adjoint du patrimoine principal de 2e classe | Adjoints du patrimoine | Culturelle | C | C2
PAT DPA3 Adjoint du patrimoine principal de 1re classe | Adjoints du patrimoine | Culturelle | C | C3
ASC DAC1 Assistant de conservation | Assistants de conservation | Culturelle | B | B1
ASC DAC2 Assistant de conservation principal de 2e classe | Assistants de conservation | Culturelle | B | B2
BIB DBI1 Bibliothécaire | Bibliothécaires | Culturelle | A | A1
AEA DEA2 Assistant d'enseignement artistique de 2e classe | Assistants d'enseignement artistique | Culturelle | B | B2
AEA DEA3 Assistant d'enseignement artistique de 1re classe | Assistants d'enseignement artistique | Culturelle | B | B3
PEA DPE1 Professeur d'enseignement artistique | Professeurs d'enseignement artistique | Culturelle | A | A1
APS DES1 Éducateur des activités physiques et sportives | Éducateurs des APS | Sportive | B | B1
APS DES2 Éducateur des APS principal de 2e classe | Éducateurs des APS | Sportive | B | B2
POL DPM1 Gardien-brigadier de police municipale | Agents de police municipale | Police municipale | C | C2
POL DPM2 Brigadier-chef principal de police municipale | Agents de police municipale | Police municipale | C | CP
CPM DPC1 Chef de service de police municipale | Chefs de service de police municipale | Police municipale | B | B1
APP DZA1 Apprenti | | | |
AID DZE1 Emploi aidé | | | |
VAC DZV1 Agent horaire | | | |
CEE DZC1 Animateur en contrat d'engagement éducatif | | | |
STA DZS1 Stagiaire de l'enseignement | | | |
ELU DZL1 Élu | | | |
"""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade: its NET code and what the NET says of it, and the indexes of its échelons (none outside the statute)."""

    code: str
    label: str
    cadre: str
    branch: str
    category: str
    grid: tuple[int, ...]

    def years(self, step: int) -> int:
        """Years that an agent stays in an échelon, counted from 0."""
        listed = STEP_YEARS[self.category]
        return listed[min(step, len(listed) - 1)]


def families() -> dict[str, list[Grade]]:
    """Family of a job -> its grades, the lowest first."""
    found: dict[str, list[Grade]] = {}
    for row in TABLE.strip().splitlines():
        head, *rest = (part.strip() for part in row.split("|"))
        family, code, label = head.split(" ", 2)
        cadre, branch, category, grid = rest
        indexes = tuple(int(index) for index in GRIDS.get(grid, "").split())
        found.setdefault(family, []).append(Grade(code, label, cadre, branch, category, indexes))
    return found


FAMILIES = families()
GRADES = {grade.code: grade for listed in FAMILIES.values() for grade in listed}


def index_in(year: int, index: int) -> int:
    """Increased index that an échelon had in a year: five points were given to all in 2024, others in 2017."""
    return index - (0 if year >= 2024 else 5 if year >= 2017 else 9)


def gross_index(index: int) -> int:
    """Gross index of an increased index, in proportion between the points of the official table."""
    rank = min(max(1, bisect_right(GROSS_INDEX, (index, 10_000))), len(GROSS_INDEX) - 1)
    (low, low_gross), (high, high_gross) = GROSS_INDEX[rank - 1], GROSS_INDEX[rank]
    return low_gross + (index - low) * (high_gross - low_gross) // (high - low)


def net_table() -> str:
    """The NET table of the grades used, as a town drops it: CSV with semicolons."""
    rows = [NET_COLUMNS, *((one.code, one.cadre, one.branch, one.category, one.label) for one in GRADES.values())]
    return "".join(";".join(row) + "\n" for row in rows)
