"""Reader of the tables of childcare and school-meals software: nine kinds, each recognised by the columns it has.

Names of columns and codes are those of the contract in the README, or what the town says its software calls them
(``seeds/map_childcare__column.csv`` and ``map_childcare__value.csv``). Birth dates, addresses and quotients are reduced
to bands and neighbourhoods here, and children and families known by a pseudonym of the school year only.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.lib import cells, public, tables
from orchestration.lib.blocks import Block, Blocks, Column, Converted
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import extracted_columns, read_fields
from orchestration.lib.home import PROJECT
from orchestration.lib.neighbourhoods import Area, Neighbourhoods
from orchestration.lib.pseudonyms import Pseudonyms
from orchestration.lib.tables import Layout, normalised

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
CONTRACT = "beffroi"  # the layout whose names are those of fields.csv
# Without these a table is not of its kind.
MANDATORY = {
    "enfant": ("enfant_id", "date_naissance"),
    "quotient": ("famille_id", "date_debut", "quotient"),
    "activite": ("activite_id", "nom"),
    "unite": ("unite_id", "activite_id", "nom"),
    "inscription": ("enfant_id", "activite_id", "statut"),
    "consommation": ("enfant_id", "activite_id", "date", "etat"),
    "prestation": ("prestation_id", "date", "montant"),
    "facture": ("facture_id", "date_edition", "total"),
    "frequentation": ("site_nom", "date", "prevision", "reel"),
}
REGISTERS = ("enfant", "quotient", "inscription")  # of a school year
PERIODS = {"consommation": "date", "prestation": "date", "facture": "date_edition", "frequentation": "date"}
# Columns that are read and never land, beside the identifiers that become pseudonyms.
ADDRESS = ("adresse", "code_postal", "ville")
REDUCED = {
    "enfant": ("date_naissance", *ADDRESS),
    "quotient": ("quotient",),
    "consommation": ("date_naissance", *ADDRESS, "quotient"),
}
# Column -> part of the area of an address.
AREA = {
    "iris": "iris_code",
    "quartier": "quartier_code",
    "qpv": "qpv_code",
    "residence": "residence_code",
    "niveau_localisation": "match_level",
}
HOURS = ("heures_ouverture", "equiv_heures", "heures_contrat", "heures_facturees")
CLOCKS = ("heure_debut", "heure_fin", "badgeage_debut", "badgeage_fin")
DATE_TYPES = ("date", "timestamp")
NUMBER_TYPES = ("decimal", "amount")
# What a cell should have been, by its column.
EXPECTED = {
    **dict.fromkeys(HOURS, "Une durée, comme 7:30 ou 7,5"),
    **dict.fromkeys(CLOCKS, "Une heure, comme 07:30"),
    "annee_scolaire": "Une année scolaire, comme 2025-2026",
}
DAMAGED_ID = r"^\d+[.,]0+$|^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$"
CANONICAL_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"
DAY_LETTERS = 10  # 2025-09-01, 01/09/2025: what of a date tells its order


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a text file hold the header of one of the tables. Never raises.

    What a workbook holds does not show there: it is to be dropped in the folder of the system.
    """
    if tables.is_workbook(head) or head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
        return False
    return tables.has_layout(head, _layouts())


def extract(path: Path, pseudonyms: Pseudonyms, neighbourhoods: Neighbourhoods) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, rows as text) for the table at ``path``: its own rows, then tableau and tableau_periode.

    Raises RefusedExport when the file is none of the tables, lacks a column or has one twice, when a cell is not what
    its column says, when the dates of a column are in several orders, when the school year of a register is unknown;
    UnfinishedExport when a workbook is cut off.
    """
    neither = RefusedExport(
        problem="Ce fichier n'est aucun des tableaux de l'enfance attendus",
        place="En-tête du tableau",
        expected="Une des listes enfants, quotients, activites, unites, inscriptions, consommations, prestations, "
        "factures ou frequentations, avec les colonnes du contrat d'échange",
        action="Vérifiez que le bon fichier a été déposé, ou ajoutez les noms de ses colonnes dans "
        "seeds/map_childcare__column.csv.",
    )
    found = tables.find_table(path, _layouts(), neither)
    yield from _Reader(path, found, pseudonyms, neighbourhoods).read()


@cache
def _layouts() -> list[Layout]:
    """Return each kind of table under the names of the contract, then under those of each software."""
    contract = {kind: _inputs(kind) for kind in MANDATORY}
    named: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in _seed("map_childcare__column"):
        if row["column"]:
            columns = named.setdefault((row["layout"], row["table"]), {})
            columns.setdefault(row["column"], []).append(normalised(row["source_column"]))
    layouts = [Layout(f"{CONTRACT}.{kind}", contract[kind], mandatory) for kind, mandatory in MANDATORY.items()]
    for (layout, kind), columns in named.items():
        both = {name: [*columns.get(name, []), *aliases] for name, aliases in contract[kind].items()}
        layouts.append(Layout(f"{layout}.{kind}", both, MANDATORY[kind]))
    return layouts


def _inputs(kind: str) -> dict[str, list[str]]:
    """Return the columns that are read of a table, under their first name of the contract, and all these names."""
    names = tables.aliases_of(FIELDS[kind]).values()
    return {aliases[0]: aliases for aliases in names} | {column: [column] for column in REDUCED.get(kind, ())}


@cache
def _values() -> dict[tuple[str, str], dict[str, str | None]]:
    """Return (table, column) -> what is written there, normalised -> our code; our codes stand for themselves."""
    codes: dict[tuple[str, str], dict[str, str | None]] = {}
    for row in _seed("map_childcare__value"):
        of_column = codes.setdefault((row["table"], row["column"]), {})
        of_column[normalised(row["source_value"])] = row["value"] or None
        of_column.setdefault(normalised(row["value"]), row["value"] or None)
    return codes


@cache
def _left_out() -> dict[str, set[str]]:
    """Return table -> columns known and left out on purpose: names, allergies, what is of no use here."""
    columns: dict[str, set[str]] = {}
    for row in _seed("map_childcare__column"):
        if not row["column"]:
            columns.setdefault(row["table"], set()).add(normalised(row["source_column"]))
    return columns


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class _Reader:
    """One table being read: what it is, how its columns are converted and what was counted on the way."""

    def __init__(self, path: Path, table: tables.Table, pseudonyms: Pseudonyms, neighbourhoods: Neighbourhoods):
        self.layout, self.kind = table.layout.name.split(".")
        self.table = table
        self.blocks = Blocks(path, table)
        self.pseudonyms = pseudonyms
        self.neighbourhoods = neighbourhoods
        self.columns = extracted_columns(FOLDER, self.kind)
        self.types = {field.path.split("|")[0]: field.type for field in FIELDS[self.kind]}
        self.year_of_file = cells.school_year_said(path.stem)
        self.row_count = 0
        self.periods: Counter[str] = Counter()
        self.repaired = 0
        self.damaged = 0
        # Each distinct value is computed once in the whole table.
        self.converters: dict[str, Converted] = {}
        self.reduce_pseudonym = {kind: Converted(partial(self._pseudonym, kind)) for kind in ("enfant", "famille")}
        self.reduce_sex = Converted(lambda text: public.sex(text) if text or self.kind == "enfant" else None)
        self.reduce_age = Converted(_age_band)
        self.reduce_quotient = Converted(_quotient_band)
        self.school_year = Converted(lambda day: day and cells.school_year(day))
        self.areas = {name: Converted(partial(self._area, name)) for name in AREA}
        self.located: dict[tuple[str | None, ...], Area] = {}

    def read(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield the rows of the table, then what was counted."""
        if self.kind in REGISTERS and "annee_scolaire" not in self.table.header.places and self.year_of_file is None:
            raise RefusedExport(
                problem="L'année scolaire de ce tableau est inconnue",
                place="Colonne annee_scolaire, ou nom du fichier",
                expected="Une colonne annee_scolaire, ou un nom de fichier comme enfants_2025-2026.csv",
                action="Ajoutez la colonne ou renommez le fichier, et déposez-le de nouveau.",
            )
        self._prepare()
        for block in self.blocks:
            frame = self._frame(block)
            self.row_count += len(block)
            yield self.kind, frame
        yield from self._counts()

    def _prepare(self) -> None:
        """Choose how each column is read; of a column of dates, that is its order, found in all of its cells."""
        columns = self.table.header.places
        dates = self.blocks.beginnings([column for column in columns if self._is_date(column)], DAY_LETTERS)
        orders = {column: self._order(column, seen) for column, seen in dates.items()}
        for column in columns:
            if (convert := self._conversion(column, orders)) is not None:
                self.converters[column] = Converted(convert)

    def _is_date(self, column: str) -> bool:
        return self.types.get(column) in DATE_TYPES or column == "date_naissance"

    def _order(self, column: str, seen: set[str]) -> str:
        try:
            return cells.date_order(seen)
        except ValueError:
            raise RefusedExport(
                problem="Les dates d'une colonne sont écrites dans plusieurs ordres, et rien ne dit lequel est le bon",
                place=f"Colonne {self._name(column)}",
                expected="Toutes les dates écrites AAAA-MM-JJ, ou toutes écrites JJ/MM/AAAA",
                action="Exportez de nouveau la liste sans l'ouvrir dans un tableur, et déposez-la.",
            ) from None

    def _conversion(self, column: str, orders: dict[str, str]) -> Callable[[str | None], str | None] | None:
        """Return the conversion of one cell of ``column``, None for a text kept as it is."""
        convert: Callable[[str], str] | None = None
        if self._is_date(column):
            convert = partial(
                cells.moment if self.types.get(column) == "timestamp" else cells.day, order=orders[column]
            )
        elif column in HOURS:
            convert = cells.hours
        elif column in CLOCKS:
            convert = cells.clock
        elif self.types.get(column) in NUMBER_TYPES or column == "quotient":
            convert = cells.decimal
        elif column.endswith("_id"):
            convert = cells.identifier
        elif column == "annee_scolaire":
            convert = _school_year
        codes = _values().get((self.kind, column))
        if convert is None and codes is None:
            return None

        def cell(text: str | None) -> str | None:
            if text is not None and codes is not None:
                text = codes.get(normalised(text), text)
            return convert(text) if text is not None and convert is not None else text

        return cell

    def _frame(self, block: Block) -> pd.DataFrame:
        """Return the rows of a block as they land."""
        said = {column: self._converted(column, block) for column in block.columns}
        if self.kind in REGISTERS:
            said.setdefault("annee_scolaire", pa.nulls(len(block), pa.string()))
            said["annee_scolaire"] = said["annee_scolaire"].fill_null(self.year_of_file or "")
        self._count(said)
        landing = {"source_record": _places(block.numbers), **self._reduced(said, len(block))}
        nothing = pa.nulls(len(block), pa.string())
        for field in FIELDS[self.kind][2:]:
            landing.setdefault(field.column, said.get(field.path.split("|")[0], nothing))
        frame = pa.table({column: landing[column] for column in self.columns}).to_pandas()
        return _by_band(frame, said) if self.kind == "enfant" else frame

    def _converted(self, column: str, block: Block) -> Column:
        """Return a column in the form in which raw keeps it; refuse the table where a cell has none."""
        texts = block.columns[column]
        if column.endswith("_id"):
            damaged = pc.match_substring_regex(texts, DAMAGED_ID).fill_null(False)
            if not pc.any(damaged).as_py():
                return texts
            self.repaired += pc.sum(damaged).as_py()
        elif column not in self.converters:
            self.damaged += _damaged(texts)
            return texts
        elif self.types.get(column) == "timestamp" and _all_match(texts, CANONICAL_MOMENT):
            return texts
        try:
            return self.converters[column](texts)
        except ValueError:
            raise self._unreadable(column, block) from None

    def _unreadable(self, column: str, block: Block) -> RefusedExport:
        """Return the refusal that names the first row whose cell is not what its column says."""
        convert = self.converters[column]
        texts = block.columns[column].to_pylist()
        number = next(number for number, text in zip(block.numbers, texts, strict=True) if _fails(convert, text))
        expected = EXPECTED.get(column)
        if expected is None and column.endswith("_id"):
            expected = "Un identifiant entier, et non arrondi par un tableur (1,23E+13)"
        elif expected is None:
            expected = "Une date, comme 2025-09-01" if self._is_date(column) else "Un nombre, comme 12,50"
        return RefusedExport(
            problem="Une cellule du tableau est illisible",
            place=f"Ligne {number}, colonne {self._name(column)}",
            expected=expected,
            action=tables.DROP_AGAIN,
        )

    def _name(self, column: str) -> str:
        return str(self.table.header.names[self.table.header.places[column]])

    def _reduced(self, said: dict[str, Column], size: int) -> dict[str, Column]:
        """Return what takes the place of identities: pseudonyms, bands and neighbourhoods."""
        nothing = pa.nulls(size, pa.string())
        day = said.get("date", nothing)
        year = said["annee_scolaire"] if self.kind in REGISTERS else self.school_year(day)
        landing = {}
        for kind, reduce in self.reduce_pseudonym.items():
            if f"{kind}_id" in said:
                landing[f"{kind}_pseudonym"] = reduce(said[f"{kind}_id"], year)
        if "sexe" in said or self.kind == "enfant":
            landing["sexe"] = self.reduce_sex(said.get("sexe", nothing))
        if self.kind == "enfant" or "adresse" in said:
            address = [said.get(column, nothing) for column in ADDRESS]
            landing |= {name: area(*address, year) for name, area in self.areas.items()}
        if self.kind == "enfant":
            # Filled below, band by band.
            landing |= {"tranche_age": nothing, "tranche_depuis": nothing}
        elif "date_naissance" in said:
            landing["tranche_age"] = self.reduce_age(said["date_naissance"], day)
        if "quotient" in said:
            landing["tranche_quotient"] = self.reduce_quotient(said["quotient"], said.get("date_debut", day))
        return landing

    def _pseudonym(self, kind: str, identifier: str | None, year: str | None) -> str | None:
        """Return the pseudonym of a child or family; child 12 and family 12 are not the same identity."""
        return self.pseudonyms.of_year(f"{kind} {identifier}", year) if identifier and year else None

    def _area(
        self, name: str, address: str | None, postcode: str | None, city: str | None, year: str | None
    ) -> str | None:
        """Return one part of the area of an address on the first day of a school year."""
        if not year or (self.kind != "enfant" and not (address or postcode or city)):
            return None
        key = (address, postcode, city, year)
        if key not in self.located:
            self.located[key] = self.neighbourhoods.locate(address, postcode, city, date(int(year[:4]), 9, 1))
        return getattr(self.located[key], AREA[name])

    def _count(self, said: dict[str, Column]) -> None:
        """Count the rows of each month, or school year for a register."""
        if self.kind in REGISTERS:
            period = said["annee_scolaire"]
        elif self.kind in PERIODS:
            period = pc.utf8_slice_codeunits(said[PERIODS[self.kind]], 0, 7)
        else:
            return
        for found in pc.value_counts(period.drop_null()).to_pylist():
            self.periods[found["values"]] += found["counts"]

    def _counts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield the rows of tableau and tableau_periode."""
        if not self.row_count:
            raise RefusedExport(
                problem="Le tableau n'a aucune ligne",
                place="Fichier entier",
                expected="Au moins une ligne sous l'en-tête",
                action="Vérifiez les critères de l'export, puis déposez-le de nouveau.",
            )
        ignored = [name for name in self.table.unknown_names if name not in _left_out().get(self.kind, ())]
        row = (
            ".", self.kind, self.layout, self.table.encoding or "xlsx", str(self.row_count), str(self.repaired),
            str(self.damaged), "|".join(ignored) or None,
        )  # fmt: skip
        yield "tableau", pd.DataFrame([row], columns=extracted_columns(FOLDER, "tableau"), dtype=object)
        rows = [(f"periode[{period}]", self.kind, period, str(count)) for period, count in sorted(self.periods.items())]
        if rows:
            columns = extracted_columns(FOLDER, "tableau_periode")
            yield "tableau_periode", pd.DataFrame(rows, columns=columns, dtype=object)


def _school_year(text: str) -> str:
    """Return a school year as 2025-2026. Raises ValueError without quoting the cell."""
    if (year := cells.school_year_said(text)) is None:
        raise ValueError("not a school year")
    return year


def _age_band(born: str | None, on: str | None) -> str | None:
    """Return the age band on a day, None where the row has no birth date."""
    return public.age_band(date.fromisoformat(born), date.fromisoformat(on)) if born and on else None


def _quotient_band(quotient: str | None, on: str | None) -> str | None:
    """Return the band of a quotient in the grid in force on a day, None where the row has no quotient."""
    return public.quotient_band(Decimal(quotient), date.fromisoformat(on)) if quotient and on else None


@lru_cache(maxsize=100_000)
def bands_of_year(born: str | None, year: str) -> list[tuple[str, str]]:
    """Return (age band, first month that began in it) for each band that a child has in a school year.

    A child born after 1 September has its first band from the month after its birth; without a birth date the band is
    ``inconnu`` from September on. The months hide the day of birth.
    """
    first = int(year[:4])
    months = [date(first + (month > 12), (month - 1) % 12 + 1, 1) for month in range(9, 21)]
    bands: list[tuple[str, str]] = []
    for month in months:
        band = public.age_band(date.fromisoformat(born) if born else None, month)
        if (not bands or band != bands[-1][0]) and not (born and band == public.UNKNOWN and not bands):
            bands.append((band, f"{month:%Y-%m}"))
    return bands or [(public.UNKNOWN, f"{first}-09")]


def _by_band(frame: pd.DataFrame, said: dict[str, Column]) -> pd.DataFrame:
    """Return the rows of children once for each band that they have in the school year."""
    found = [
        bands_of_year(born, year)
        for born, year in zip(said["date_naissance"].to_pylist(), frame["annee_scolaire"], strict=True)
    ]
    counts = [len(bands) for bands in found]
    rows = frame.loc[np.repeat(frame.index, counts)].reset_index(drop=True)
    ranks = [rank for count in counts for rank in range(1, count + 1)]
    rows["source_record"] = [
        place if rank == 1 else f"{place}/{rank}" for place, rank in zip(rows["source_record"], ranks, strict=True)
    ]
    rows["tranche_age"], rows["tranche_depuis"] = zip(*(band for bands in found for band in bands), strict=True)
    return rows


def _places(numbers: np.ndarray) -> Column:
    """Return the places of rows in the file."""
    return pc.binary_join_element_wise("row[", pc.cast(pa.array(numbers), pa.string()), "]", "")


def _fails(convert: Converted, text: str | None) -> bool:
    try:
        convert(pa.array([text], pa.string()))
    except ValueError:
        return True
    return False


def _damaged(texts: Column) -> int:
    """Return how many cells hold letters that were read in the wrong encoding."""
    counts = pc.value_counts(texts.drop_null()).to_pylist()
    return sum(found["counts"] for found in counts if cells.mojibake_count(found["values"]))


def _all_match(texts: Column, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(texts, pattern).fill_null(True)).as_py() is not False
