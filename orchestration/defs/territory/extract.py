"""Reader of what the town drops about its territory: addresses, contours, population by IRIS, school holidays, degree
days. What a file is shows in its header, or in the properties of its features.

Source: Base Adresse Locale v1.4 and v1.5 (AITF); GeoJSON (RFC 7946); INSEE, base-ic-evol-struct-pop.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from orchestration.lib import lambert93, tables
from orchestration.lib.errors import RefusedExport, UnfinishedExport
from orchestration.lib.fields import read_fields
from orchestration.lib.frames import Frames
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
HEAD_BYTES = 8_192
WKT_DECIMALS = 7  # of a degree: a centimetre

# Table -> names of its columns in a file, and those without which the file is not that table.
COLUMNS = {name: tables.aliases_of(FIELDS[name]) for name in ("adresse", "jour_de_vacances", "degre_jour")}
MANDATORY = {
    "adresse": ("numero", "voie_nom", "commune_insee"),
    "jour_de_vacances": ("date", "vacances_zone_a", "vacances_zone_b", "vacances_zone_c"),
    "degre_jour": ("mois", "dju", "station"),
}
COUNTS = (
    *("POP", "POP0002", "POP0305", "POP0610", "POP1117", "POP1824", "POP2539", "POP4054", "POP5564", "POP6579"),
    *("POP80P", "POPH", "POPF"),
)
YEAR_OF_COUNTS = re.compile(rb"\bP([0-9]{2})_POP\b", re.IGNORECASE)
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]*)?")
TRUTHS = {"true": "true", "false": "false", "1": "true", "0": "false", "vrai": "true", "faux": "false"}

# Properties whose presence tells the kind of a contour; what has only a code is a quartier of the town.
KINDS = {"code_iris": "iris", "code_qp": "qpv", "code_quartier": "quartier", "code": "quartier"}
QPV = re.compile(r"Q[PN][0-9A-Z]{6}")
IRIS = re.compile(r"[0-9][0-9AB][0-9]{7}")
# Generation of a QPV -> first and last day: decrees 2014-1750 (1 January 2015) and 2023-1314 (1 January 2024).
IN_FORCE = {"QP": ("2015-01-01", "2023-12-31"), "QN": ("2024-01-01", None)}
PROPERTIES = tables.aliases_of(FIELDS["contour"])
KNOWN_CRS = {"2154": True, "CRS84": False, "4326": False, "4171": False}  # reference system -> is it Lambert-93

EXPECTED = (
    "Une Base Adresse Locale, des contours en GeoJSON (IRIS, QPV ou quartiers), la population par IRIS de l'INSEE, un "
    "calendrier de vacances scolaires ou un tableau de degrés-jours"
)


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of one of the files about the territory."""
    if _is_json(head):
        return b'"FeatureCollection"' in head and b"olygon" in head
    return not tables.is_workbook(head) and bool(_tables_in(head))


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[tuple[str, pd.DataFrame]]:  # noqa: ARG001 same for all
    """Yield (table, rows as text) for the file at ``path``: adresse, contour, population, jour_de_vacances, degre_jour.

    Raises RefusedExport when the file is none or several of these, lacks a column, holds a value that does not read,
    contours of several kinds or in an unknown reference system; UnfinishedExport when a GeoJSON stops early.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if _is_json(head):
        yield from _contours(path)
        return
    found = _tables_in(head)
    if len(found) > 1:
        raise _refusal("Le fichier mélange deux sortes de tableaux", "L'en-tête", "Un seul tableau par fichier")
    # Without its table a file is refused for the column that it lacks, where it looks like one of them.
    table = found[0] if found else _nearest(head)
    yield from _population(path, head) if table == "population" else _rows(path, table)


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _tables_in(head: bytes) -> list[str]:
    """Return the tables whose header the first bytes of a text file hold."""
    found = [table for table in COLUMNS if tables.has_header(head, COLUMNS[table], MANDATORY[table])]
    if tables.has_header(head, {"iris": ["iris"]}, ["iris"]) and YEAR_OF_COUNTS.search(head):
        found.append("population")
    return found


def _nearest(head: bytes) -> str:
    """Return the table of which a header has two columns at least. Raises RefusedExport when there is none."""
    for table, columns in COLUMNS.items():
        for one in MANDATORY[table]:
            for other in MANDATORY[table]:
                if one < other and tables.has_header(head, columns, [one, other]):
                    return table
    if YEAR_OF_COUNTS.search(head):
        return "population"
    raise _refusal("Ce fichier ne décrit pas le territoire de la commune", "Début du fichier", EXPECTED)


def _rows(path: Path, table: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of a table that lands as it stands, numbers with a decimal point and booleans as true or false."""
    frames, count = Frames(FOLDER), 0
    fields = FIELDS[table][2:]
    for number, row in tables.read_table(path, COLUMNS[table], MANDATORY[table], _none_of(table)):
        if not count and table == "adresse":
            _judge_coordinates(row)
        count += 1
        values = [_value(field.type, row.get(field.column), field.column, number) for field in fields]
        _demand(table, dict(zip((field.column for field in fields), values, strict=True)), number)
        frames.rows[table].append((f"row[{number}]", *values))
        yield from frames.full()
    _judge_count(count)
    yield from frames.rest()


def _judge_coordinates(row: dict[str, str | None]) -> None:
    """Refuse addresses of a table without a pair of columns that says where they are."""
    if not ({"long", "lat"} <= row.keys() or {"x", "y"} <= row.keys()):
        raise _refusal(
            "Les adresses n'ont pas de coordonnées", "L'en-tête", "Les colonnes long et lat, ou x et y (Lambert-93)"
        )


def _demand(table: str, row: dict[str, str | None], number: int) -> None:
    """Refuse a row that lacks a value which fields.csv requires."""
    for field in FIELDS[table][2:]:
        if field.required and not row[field.column]:
            raise _refusal(
                f"La colonne {field.column} est vide", f"Ligne {number}", "Une valeur, obligatoire dans ce tableau"
            )


def _value(kind: str, text: str | None, column: str, number: int) -> str | None:
    """Return a cell as raw text, or refuse what does not read as its type; the text itself is never quoted."""
    if text is None:
        return None
    if kind == "decimal" and NUMBER.fullmatch(decimal := text.replace(",", ".").replace("\u202f", "").replace(" ", "")):
        return decimal
    if kind == "integer" and text.isascii() and text.isdigit():
        return text
    if kind == "boolean" and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    if kind == "date" and DAY.match(text):
        return text[:10]
    if kind == "text" and (column != "mois" or MONTH.fullmatch(text)):
        return text
    shapes = {"decimal": "Un nombre", "integer": "Un nombre entier", "boolean": "True ou False", "date": "AAAA-MM-JJ"}
    raise _refusal(f"La colonne {column} est illisible", f"Ligne {number}", shapes.get(kind, "AAAA-MM"))


def _population(path: Path, head: bytes) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the inhabitants of each IRIS in long form: one row per IRIS and count."""
    years = {found.decode() for found in YEAR_OF_COUNTS.findall(head)}
    if len(years) != 1:
        raise _refusal(
            "Le tableau a la population de plusieurs années" if years else "L'année du recensement manque",
            "L'en-tête",
            "Une seule année, par exemple P22_POP et P22_POP0002 pour 2022",
        )
    (digits,) = years
    year = f"20{digits}"
    aliases = {"IRIS": ["iris"], "COM": ["com"]} | {
        f"P{digits}_{count}": [f"p{digits}_{count.lower()}"] for count in COUNTS
    }
    counted = [(f"P{digits}_{count}", count) for count in COUNTS]
    frames, rows = Frames(FOLDER), 0
    mandatory = [name for name in aliases if name != "COM"]
    for number, row in tables.read_table(path, aliases, mandatory, _none_of("population")):
        rows += 1
        if not IRIS.fullmatch(row["IRIS"] or ""):
            raise _refusal(
                "Le code d'un IRIS est illisible",
                f"Ligne {number}",
                "Neuf caractères : un tableur enlève le 0 de tête quand la colonne n'est pas du texte",
            )
        for name, count in counted:
            value = _value("decimal", row[name], name, number)
            if value is None:
                raise _refusal(f"La colonne {name} est vide", f"Ligne {number}", "Un nombre d'habitants")
            frames.rows["population"].append((f"row[{number}]/{name}", row["IRIS"], row.get("COM"), year, count, value))
        yield from frames.full()
    _judge_count(rows)
    yield from frames.rest()


def _contours(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield one row per feature of a GeoJSON file."""
    content = _json(path)
    features = content.get("features")
    if content.get("type") != "FeatureCollection" or not isinstance(features, list) or not features:
        raise _refusal("Le fichier GeoJSON n'a aucun contour", "Fichier entier", "Un FeatureCollection de polygones")
    is_lambert = _is_lambert(content)
    frames = Frames(FOLDER)
    kinds = set()
    for rank, feature in enumerate(features, start=1):
        place = f"Contour {rank}"
        properties = _properties(feature, place)
        kind = next((kind for name, kind in KINDS.items() if name in properties), None)
        code = _property(properties, "code")
        if kind == "quartier" and code and QPV.fullmatch(code):
            kind = "qpv"
        kinds.add(kind)
        _judge_code(kind, code, place)
        valid_from, valid_to = IN_FORCE[code[:2]] if kind == "qpv" else (None, None)
        frames.rows["contour"].append(
            (
                f"feature[{rank}]",
                kind,
                code,
                *(_property(properties, column) for column in ("nom", "typ_iris", "insee")),
                valid_from,
                valid_to,
                _polygon(feature, place, is_lambert),
            )
        )
        yield from frames.full()
    if len(kinds) > 1:
        raise _refusal(
            "Le fichier mélange des contours de plusieurs sortes", "Fichier entier", "Un fichier par sorte de contour"
        )
    yield from frames.rest()


def _json(path: Path) -> dict:
    """Return the object that a JSON file holds; one that stops early is an UnfinishedExport."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal("Le fichier GeoJSON n'est pas en UTF-8", "Fichier entier", "Un GeoJSON en UTF-8") from None
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        if not text.rstrip().endswith("}"):
            raise UnfinishedExport(
                problem="Le fichier GeoJSON s'arrête avant la fin",
                place="Fin du fichier",
                expected="Une accolade fermante",
                action="Attendez la fin de la copie, ou déposez de nouveau le fichier complet.",
            ) from None
        place = f"Ligne {error.lineno}" if isinstance(error, json.JSONDecodeError) else "Fichier entier"
        raise _refusal("Le fichier n'est pas un GeoJSON lisible", place, "Un GeoJSON (RFC 7946)") from None


def _is_lambert(content: dict) -> bool:
    """Say whether the coordinates are in Lambert-93. Raises RefusedExport for an unknown reference system."""
    said = json.dumps(content.get("crs") or {})
    if not content.get("crs"):
        return False
    for code, is_lambert in KNOWN_CRS.items():
        if re.search(rf"\b{code}\b", said):
            return is_lambert
    raise _refusal(
        "Le système de coordonnées du fichier n'est pas connu", "Attribut crs", "WGS84 (EPSG:4326) ou Lambert-93 (2154)"
    )


def _properties(feature: object, place: str) -> dict[str, object]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise _refusal("Un contour n'a pas de propriétés", place, "Un code et un nom")
    return {tables.normalised(name): value for name, value in properties.items()}


def _property(properties: dict[str, object], column: str) -> str | None:
    """Return the first property that may be ``column`` and is filled, as text."""
    values = (properties.get(name) for name in PROPERTIES[column])
    return next((str(value).strip() for value in values if value not in (None, "")), None)


def _judge_code(kind: str | None, code: str | None, place: str) -> None:
    """Refuse a contour that nothing identifies, or whose code has not the shape of its kind."""
    shapes = {"iris": (IRIS, "neuf chiffres"), "qpv": (QPV, "QP ou QN et six caractères")}
    if kind is None or not code:
        raise _refusal("Un contour n'a pas de code", place, "Une propriété code_iris, code_qp ou code")
    pattern, expected = shapes.get(kind, (None, ""))
    if pattern and not pattern.fullmatch(code):
        raise _refusal(f"Le code d'un contour de sorte {kind} est illisible", place, f"Un code de {expected}")


def _polygon(feature: dict, place: str, is_lambert: bool) -> str:
    """Return the geometry of a feature in WGS84, as WKT. Raises RefusedExport for what is no polygon on Earth."""
    try:
        polygon = shapely.force_2d(shape(feature["geometry"]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ShapelyError):
        polygon = None
    if polygon is None or polygon.geom_type not in ("Polygon", "MultiPolygon") or polygon.is_empty:
        raise _refusal("Un contour n'est pas un polygone", place, "Un Polygon ou un MultiPolygon")
    if is_lambert:
        polygon = shapely.transform(polygon, lambda points: np.column_stack(lambert93.to_wgs84(*points.T)))
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _refusal(
            "Les coordonnées d'un contour ne sont pas des degrés",
            place,
            "Des longitudes et latitudes (WGS84) ; pour du Lambert-93, un attribut crs qui dit EPSG:2154",
        )
    return shapely.to_wkt(polygon, rounding_precision=WKT_DECIMALS)


def _judge_count(rows: int) -> None:
    if not rows:
        raise _refusal("Le tableau est vide", "Fichier entier", "Une ligne au moins sous l'en-tête")


def _none_of(table: str) -> RefusedExport:
    return _refusal(f"Aucune colonne du tableau {table} n'a été trouvée", "Début du fichier", EXPECTED)


def _refusal(problem: str, place: str, expected: str) -> RefusedExport:
    return RefusedExport(
        problem=problem,
        place=place,
        expected=expected,
        action="Corrigez le fichier, ou demandez-le de nouveau à qui le produit, et déposez-le.",
    )
