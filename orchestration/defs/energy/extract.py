"""Reader of the energy files: load curves and indexes of Enedis, readings of GRDF, and the town's table of meters.

A file is told by its header, whatever its name. The identifiers of delivery points are text: a spreadsheet that made
numbers of them has lost their last digits, and such a file is refused. Sources: guides of the flows R63 and R64 of
Enedis, downloads of the customer spaces of Enedis and GRDF, GRDF ADICT.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration.lib import cells, tables
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.frames import Frames
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
ALIASES = {table: tables.aliases_of(fields) for table, fields in FIELDS.items()}
# Table -> columns without which a header is not that of such a file, in the order in which they are tried.
MANDATORY = {
    "courbe": ("prm", "grandeur_physique", "grandeur_metier", "unite", "horodate", "valeur", "pas"),
    "index_releve": ("prm", "grandeur_metier", "unite", "horodate", "valeur", "grille", "id_classe_temporelle"),
    "releve_gaz": ("pce", "date_debut_releve", "date_fin_releve", "energie_consomme"),
    "compteur": ("point_id", "energie", "facility", "part", "date_debut"),
}
# The customer space of Enedis writes what it is about on two lines above the curve.
ABOVE_CURVE = {**ALIASES["courbe"], "type_donnees": ["type_de_donnees"]}
ABOVE_MANDATORY = ("prm", "type_donnees", "grandeur_physique", "unite")
CURVE = {column: ALIASES["courbe"][column] for column in ("horodate", "valeur")}
GAS_JSON = (b'"dateDebutReleve"', b'"energieConsomme"', b'"journeeGaziere"')
HEAD_BYTES = 8_192

PARIS = ZoneInfo("Europe/Paris")
PRM = re.compile(r"\d{14}")
PCE = re.compile(r"\d{14}|GI\d{6}")
STEP = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?|(\d+)")
LONGEST_STEP = 24 * 60

AS_TEXT = (
    "Demandez de nouveau l'export et ne l'ouvrez pas dans un tableur ; s'il le faut, importez la colonne au format "
    "Texte."
)
Row = dict[str, str | None]


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a file of Enedis or GRDF, or of the table of meters."""
    if tables.is_workbook(head):
        return False  # a workbook of meters goes into the folder of the system
    if _is_json(head):
        return any(name in head for name in GAS_JSON)
    return _table_of(head) is not None


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 no person here
    """Yield (table, rows as text) for the file at ``path``: courbe, index_releve, releve_gaz or compteur.

    Days and decimals come out as 2024-03-31 and 1.5. Raises RefusedExport when the file is none of these, when a column
    or an identifier is missing, when a delivery point is not as it was issued, when a day, number or step cannot be
    read, when nothing was measured; UnfinishedExport when a JSON or a workbook is cut off.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    table, rows = _rows(path, head)
    frames = Frames(FOLDER)
    columns = [field.column for field in FIELDS[table][2:]]
    empty = True
    for place, row in rows:
        empty = False
        frames.rows[table].append((place, *(row.get(column) for column in columns)))
        yield from frames.full()
    if empty:
        raise RefusedExport(
            problem="Le fichier ne contient aucune mesure",
            place="Fichier entier",
            expected="Une ligne par mesure sous l'en-tête",
            action="Vérifiez la période demandée et déposez de nouveau l'export.",
        )
    yield from frames.rest()


def _table_of(head: bytes) -> str | None:
    """Return the table that a text file of this head fills; None when its header is none of those known."""
    known = (table for table, mandatory in MANDATORY.items() if tables.has_header(head, ALIASES[table], mandatory))
    if table := next(known, None):
        return table
    return "espace_client" if tables.has_header(head, ABOVE_CURVE, ABOVE_MANDATORY) else None


def _rows(path: Path, head: bytes) -> tuple[str, Iterator[tuple[str, Row]]]:
    """Return the table that the file fills, and its (place, row)."""
    if _is_json(head):
        return "releve_gaz", _checked("releve_gaz", _gas_json(path))
    table = "compteur" if tables.is_workbook(head) else _table_of(head)
    if table == "espace_client":
        return "courbe", _customer_curve(path)
    if table is None:
        raise _unknown()
    listed = tables.read_table(path, ALIASES[table], MANDATORY[table], _unknown())
    rows = _checked(table, ((f"row[{number}]", row) for number, row in listed))
    return table, {"courbe": _curve, "index_releve": _indexes}.get(table, lambda given: given)(rows)


def _checked(table: str, rows: Iterator[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
    """Give every cell its one form: points as issued, days and numbers as raw keeps them."""
    shape = PRM if table in ("courbe", "index_releve") else PCE
    point = next(column for column in ("prm", "pce", "point_id") if column in ALIASES[table])
    forms: dict[str, tuple[Callable[[str], str], str]] = {
        field.column: FORMS[field.type]
        for field in FIELDS[table]
        if field.column in ALIASES[table] and field.type in FORMS
    }
    seen: dict[str, str] = {}  # the same few points and days come on every row
    for place, row in rows:
        if (said := row[point]) not in seen:
            seen[said or ""] = _point(said, shape, place)
        row[point] = seen[said or ""]
        for column, (form, expected) in forms.items():
            if text := row.get(column):
                try:
                    row[column] = form(text)
                except ValueError:
                    raise _unreadable(FIELDS[table], column, place, expected) from None
        yield place, row


def _point(said: str | None, shape: re.Pattern[str], place: str) -> str:
    """Return a delivery point as it was issued, or refuse the file."""
    try:
        text = cells.identifier(said or "").upper().replace(" ", "")
    except ValueError:
        raise RefusedExport(
            problem="Un numéro de point de livraison (PRM ou PCE) a été abîmé par un tableur : écrit comme 1,23E+13",
            place=_french(place),
            expected="Le numéro entier, en texte ; ses derniers chiffres sont perdus",
            action=AS_TEXT,
        ) from None
    if not shape.fullmatch(text):
        raise RefusedExport(
            problem="Un numéro de point de livraison (PRM ou PCE) n'a pas la forme attendue",
            place=_french(place),
            expected="14 chiffres (ou GI et 6 chiffres pour le gaz) ; un tableur enlève les zéros de tête",
            action=AS_TEXT,
        )
    return text


def _number(text: str) -> str:
    return text if text.isdecimal() else cells.decimal(text)


def _moment(text: str) -> str:
    """Return a day, with its time and offset if it says one."""
    try:
        return datetime.fromisoformat(text).isoformat() if len(text) > 10 else cells.day(text)
    except ValueError:
        return cells.moment(text)


FORMS = {
    "decimal": (_number, "Un nombre, avec une virgule ou un point"),
    "date": (cells.day, "Un jour, par exemple 2024-03-31 ou 31/03/2024"),
    "timestamp": (_moment, "Un jour, par exemple 2024-03-31 ou 31/03/2024, avec ou sans heure"),
}


def _unreadable(fields: tuple[Field, ...], column: str, place: str, expected: str) -> RefusedExport:
    (name,) = (field.path.partition("|")[0] for field in fields if field.column == column)
    return RefusedExport(
        problem=f"Une valeur de la colonne {name} ne se lit pas",
        place=_french(place),
        expected=expected,
        action="Corrigez l'export ou demandez-le de nouveau, et déposez-le.",
    )


def _french(place: str) -> str:
    return f"Ligne {place[4:-1]}" if place.startswith("row[") else f"Relevé {place}"


class _Clock:
    """The instants of one file. Which of the two hours of October a point is of shows in the points before it."""

    def __init__(self) -> None:
        """Start with no instant seen."""
        self._last: dict[tuple[object, ...], datetime] = {}
        self._taken: set[tuple[object, ...]] = set()

    def utc(self, series: tuple[object, ...], text: str, place: str) -> datetime:
        """Return the instant that a Horodate says, in UTC without a zone."""
        try:
            said = datetime.fromisoformat(text)
        except ValueError:
            try:
                said = datetime.fromisoformat(cells.moment(text))
            except ValueError:
                raise _unreadable(FIELDS["courbe"], "horodate", place, "Un jour et une heure") from None
        if said.tzinfo is None:
            said = said.replace(tzinfo=PARIS)
            summer, winter = _plain(said), _plain(said.replace(fold=1))
            instant = self._of_two(series, summer, winter) if summer < winter else summer
        else:
            instant = _plain(said)
        self._last[series] = instant
        return instant

    def _of_two(self, series: tuple[object, ...], summer: datetime, winter: datetime) -> datetime:
        """Return summer time, unless a point is there already or the points before are later."""
        later = (*series, summer) in self._taken or summer < self._last.get(series, summer)
        instant = winter if later and (*series, winter) not in self._taken else summer
        self._taken.add((*series, instant))
        return instant


def _plain(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _curve(rows: Iterator[tuple[str, Row]], origin: str = "r63") -> Iterator[tuple[str, Row]]:
    """Add to each point of a load curve the start and length of its interval.

    Enedis dates a point by the end of its interval. A series whose first point is the very start of its period can only
    be dated by the starts, as some tools write it.
    """
    clock = _Clock()
    by_start: dict[tuple[object, ...], bool] = {}
    for place, row in rows:
        series = (row["prm"], row["grandeur_physique"], row["grandeur_metier"], row.get("etape_metier"))
        row["pas_minutes"] = str(minutes := _minutes(row["pas"], place))
        instant = clock.utc(series, row["horodate"] or "", place)
        if series not in by_start:
            by_start[series] = row.get("date_debut") is not None and instant == _Clock().utc(
                (), row["date_debut"], place
            )
        start = instant if by_start[series] else instant - timedelta(minutes=minutes)
        row["debut_intervalle"] = start.isoformat(sep=" ")
        row["origine"] = origin
        yield place, row


def _minutes(step: str | None, place: str) -> int:
    """Return the length of an interval: of PT30M, PT1H or 30."""
    found = STEP.fullmatch((step or "").upper())
    minutes = int(found[1] or 0) * 60 + int(found[2] or found[3] or 0) if found else 0
    if not 0 < minutes <= LONGEST_STEP:
        raise _unreadable(FIELDS["courbe"], "pas", place, "PT30M, PT10M ou PT5M")
    return minutes


def _indexes(rows: Iterator[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
    """Add to each index its instant."""
    for place, row in rows:
        row["instant_utc"] = _Clock().utc((), row["horodate"] or "", place).isoformat(sep=" ")
        yield place, row


def _customer_curve(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield the points of a file of the customer space: what it is about on two lines, then ``Horodate;Valeur``."""
    above = next((row for _, row in tables.read_table(path, ABOVE_CURVE, ABOVE_MANDATORY, _unknown())), {})
    about = {column: text for column, text in above.items() if column not in CURVE and column != "type_donnees"}
    points = [
        (f"row[{number}]", about | row)
        for number, row in tables.read_table(path, CURVE, tuple(CURVE), _unknown())
        if row["horodate"]
    ]
    if not about.get("pas"):
        step = _least_gap(points)
        points = [(place, row | {"pas": step}) for place, row in points]
    declared = about.get("pas")
    for place, row in _curve(_checked("courbe", iter(points)), "espace_client"):
        yield place, row | {"pas": declared}


def _least_gap(points: list[tuple[str, Row]]) -> str:
    """Return, in minutes, the least time between two instants of a file that does not say its step."""
    clock = _Clock()
    instants = sorted(clock.utc((), row["horodate"] or "", place) for place, row in points)
    gaps = [(last - first) // timedelta(minutes=1) for first, last in pairwise(instants) if last > first]
    return str(min(gaps, default=0))


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _gas_json(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield the readings of a JSON file of GRDF's customer space: PCE -> its ``releves``, or a list of readings."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str, parse_int=str)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise UnfinishedExport(
            problem="Le fichier JSON s'arrête avant la fin ou n'est pas lisible",
            place="Fichier entier",
            expected="Le fichier complet, tel que le site de GRDF le donne",
            action="Attendez la fin de la copie, ou téléchargez-le de nouveau.",
        ) from None
    named = {name: column for column, names in ALIASES["releve_gaz"].items() for name in names}
    for place, reading in _readings(content):
        row: Row = dict.fromkeys(ALIASES["releve_gaz"])
        for name, value in reading.items():
            if (
                (column := named.get(tables.normalised(name)))
                and value is not None
                and not isinstance(value, dict | list)
            ):
                row[column] = str(value).strip() or None
        yield place, row


def _readings(content: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (place, reading) of the known shapes; raises RefusedExport for any other."""
    if isinstance(content, list):
        groups = {None: content}
    elif isinstance(content, dict) and all(
        isinstance(group, dict) and "releves" in group for group in content.values()
    ):
        groups = {point: group["releves"] for point, group in content.items()}
    else:
        raise _unknown()
    for rank, (point, readings) in enumerate(groups.items(), start=1):
        for number, reading in enumerate(readings or [], start=1):
            if not isinstance(reading, dict):
                raise _unknown()
            yield f"{rank}.{number}", ({"pce": point} if point else {}) | reading


def _unknown() -> RefusedExport:
    return RefusedExport(
        problem="Ce fichier n'est ni un fichier d'Enedis ou de GRDF, ni le tableau des compteurs",
        place="Début du fichier",
        expected="Une courbe de charge (R63, espace client), des index (R64), des relevés de GRDF, ou un tableau avec "
        f"les colonnes {', '.join(MANDATORY['compteur'])}",
        action="Vérifiez que le bon fichier a été déposé (ni PDF, ni archive compressée).",
    )
