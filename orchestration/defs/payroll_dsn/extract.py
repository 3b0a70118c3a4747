"""Reader of the DSN, the monthly social declarations of an employer: NEODeS text, norms P24 to P26.

Values are kept as the file has them; codes are not judged here. Only what accepted, real, monthly declarations contain
lands: tests, signals and what the platform refused leave a row in table declaration, so that they can be counted. What
identifies an agent stops here (section "Personal data" of the README of this folder).
Source: cahier technique de la DSN (norm NEODeS), with the deviations seen in real files.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.lib import neodes, xml
from orchestration.lib.errors import RefusedExport
from orchestration.lib.fields import Field, read_fields
from orchestration.lib.frames import Frames, Row
from orchestration.lib.neodes import EXPORT_AGAIN, Stretch
from orchestration.lib.pseudonyms import Pseudonyms

FOLDER = Path(__file__).parent
FIELDS = read_fields(FOLDER)
NORM = neodes.norm()
FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*S[0-9]{2}\.G[0-9]{2}\.[0-9]{2}\.[0-9]{3},")

WRAPPER, GROUP, GROUP_END, WRAPPER_END = "S05.G51.00", "S06.G51.00", "S96.G51.00", "S95.G51.00"
ENVOI, ENVOI_END = "S10.G00.00", "S90.G00.90"
DECLARATION, EMPLOYER, ESTABLISHMENT, INDIVIDUAL = "S20.G00.05", "S21.G00.06", "S21.G00.11", "S21.G00.30"
ACCEPTED_GROUP, REAL, MONTHLY = "DSNOK", "02", "01"

NIR, NTT, MATRICULE = f"{INDIVIDUAL}.001", f"{INDIVIDUAL}.020", f"{INDIVIDUAL}.019"
SEX, BIRTH = f"{INDIVIDUAL}.005", f"{INDIVIDUAL}.006"
SEX_OF_NIR = {**dict.fromkeys("137", "01"), **dict.fromkeys("248", "02")}
UNKNOWN_PART, UNKNOWN_YEAR = "99", "9999"
ENCODINGS = {"ascii": "ASCII", "cp1252": "Windows-1252", "utf-8-sig": "UTF-8"}

Frame = tuple[str, pd.DataFrame]


def recognise(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a DSN, well formed or not."""
    return FIRST_LINE.match(head) is not None


def extract(path: Path, pseudonyms: Pseudonyms) -> Iterator[Frame]:
    """Yield (table, rows as text) for the DSN at ``path``, in frames of bounded size.

    Table declaration has a row for each declaration, the others only for those whose content lands. Raises
    RefusedExport when lines are no rubriques, a block stands where the norm does not have it, the control counts of an
    envoi do not hold, a key is missing or a value does not read as its type, and UnfinishedExport when the file stops
    before its end.
    """
    file = neodes.NeodesFile(path)
    reader = _Reader(file, pseudonyms)
    for stretch in file.stretches():
        yield from reader.take(stretch)
    yield from reader.end()


def is_day(text: str) -> bool:
    """Say whether ``text`` is a day of the calendar written JJMMAAAA."""
    return _day(text) is not None


@lru_cache(maxsize=4096)
def _day(text: str) -> datetime.date | None:
    """Cached, because a declaration repeats the same few days on thousands of lines."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return datetime.date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None


CHECKS: dict[str, Callable[[str], object]] = {
    "amount": xml.CHECKS["amount"],
    "decimal": re.compile(r"[+-]?[0-9]{1,14}(\.[0-9]*)?").fullmatch,
    "integer": re.compile(r"[+-]?[0-9]{1,14}").fullmatch,
    "jjmmaaaa": is_day,
    "siret": xml.CHECKS["siret"],
    "year": xml.CHECKS["year"],
}
NATURES = xml.NATURES | {"decimal": "un nombre", "integer": "un nombre entier", "jjmmaaaa": "une date"}
EXPECTED = xml.EXPECTED | {
    "decimal": "Un nombre sans espace, avec un point décimal, par exemple 151.67",
    "integer": "Un nombre entier, par exemple 0393",
    "jjmmaaaa": "Une date du calendrier au format JJMMAAAA, par exemple 31032026",
}


def _is_read(field: Field) -> bool:
    """Say whether ``field`` is read from rubriques, not made by the reader."""
    return field.path.split("|")[0] in NORM.labels


class _Table:
    """How the rows of one raw table are made from its blocks."""

    def __init__(self, name: str):
        fields = [field for field in FIELDS[name] if field.column != "source_export"]
        self.name = name
        self.columns = pd.Index([field.column for field in fields])
        self.index = {field.column: index for index, field in enumerate(fields)}
        self.fields = fields
        self.needed = [(index, field) for index, field in enumerate(fields) if field.required and _is_read(field)]
        self.checked = {
            kind: [index for index, field in enumerate(fields) if field.type == kind and _is_read(field)]
            for kind in CHECKS
        }
        self.column_of = {
            rubrique: index
            for index, field in enumerate(fields)
            if _is_read(field)
            for rubrique in field.path.split("|")
        }
        # An individual is not what the file says but what is made of it; of its changes only some land.
        self.is_derived = name in ("individu", "individu_chg")
        if name == "individu":  # its rubriques wait beside the columns
            self.column_of = {rubrique: len(fields) + index for index, rubrique in enumerate(self.column_of)}
        self.width = max([len(fields), *(index + 1 for index in self.column_of.values())])
        # By rank of a rubrique in the norm. Column 0 is the place of the record: 0 says that it is not of this table.
        self.columns_by_rank = np.array([self.column_of.get(rubrique, 0) for rubrique in NORM.rubriques], np.uint8)
        self.blocks = {NORM.rank[rubrique.rpartition(".")[0]] for rubrique in self.column_of}
        self.has_block = np.isin(np.arange(len(NORM.blocks)), list(self.blocks))
        self.contracts = [
            index
            for index, field in enumerate(fields)
            if field.personal_data == "keyed_hash" and "contrat_pseudonym" in field.column
        ]

    def check(self, distinct: np.ndarray, grid: np.ndarray, records: np.ndarray) -> None:
        """Raise RefusedExport when a key is missing or a value does not read as its type.

        ``grid`` says by row and column which of the ``distinct`` values it has, of which the last is None; ``records``
        says where each row stands.
        """
        for index, field in self.needed:
            missing = np.flatnonzero(grid[:, index] == len(distinct) - 1)
            if len(missing):
                raise _missing_value(field, records[missing[0]])
        for kind, indices in self.checked.items():
            is_used = np.zeros(len(distinct), dtype=bool)
            is_used[grid[:, indices].ravel()] = True
            used = np.flatnonzero(is_used[:-1])
            for value, text in zip(used.tolist(), distinct[used].tolist(), strict=True):
                if not CHECKS[kind](text):
                    row, column = np.argwhere(grid[:, indices] == value)[0]
                    raise _wrong_value(self.fields[indices[column]], records[row], kind)

    def check_rows(self, rows: np.ndarray) -> None:
        """Check rows that are not those of the file as it is."""
        which, distinct = pd.factorize(rows.ravel())
        grid = np.where(which < 0, len(distinct), which).reshape(rows.shape)
        self.check(np.append(distinct, None), grid, rows[:, 0])


TABLES = {name: _Table(name) for name in FIELDS}
HEADER = TABLES["declaration"].index
LANDED = [table for table in TABLES.values() if table.blocks and table.name != "declaration"]
CONTENT = sorted(set().union(*(table.blocks for table in LANDED)))
# By rank of a rubrique in the norm: the table that it lands in, from 1 in the order of LANDED, or 0.
TABLE_OF = np.array(
    [
        next((rank for rank, table in enumerate(LANDED, start=1) if rubrique in table.column_of), 0)
        for rubrique in NORM.rubriques
    ],
    np.uint8,
)
# Column <table>_line -> the block of that table, whose line it holds.
LINE_OF = {f"{name}_line": min(table.blocks) for name, table in TABLES.items() if table.blocks}
LINE_OF["declaration_line"] = NORM.rank[DECLARATION]


RECORDS = pa.array([f"{block}[" for block in NORM.blocks])  # how the place of a block starts
# What each block stands under. An envoi is over after its end mark, as a block is after the one that it stands under.
PARENTS = NORM.parent | {
    NORM.rank[DECLARATION]: NORM.rank[ENVOI],
    NORM.rank[ENVOI]: NORM.rank[ENVOI_END],
}


def _ancestors() -> list[int]:
    """Return the blocks under which others stand that land, each after the one that it stands under itself."""
    found: list[int] = []

    def climb(block: int | None) -> None:
        if block is not None and block not in found:
            climb(PARENTS[block])
            found.append(block)

    for table in LANDED:
        for block in sorted(table.blocks):
            climb(PARENTS[block])
    return found


ANCESTORS = _ancestors()


class _Blocks:
    """The blocks of a stretch with what each of them stands under, which order alone says.

    ``last_lines`` holds the line of the last block of each kind, before the stretch and then after it.
    """

    def __init__(self, stretch: Stretch, last_lines: dict[int, int]):
        self.stretch, self.block, self.line = stretch, stretch.block, stretch.line
        self.line_texts = pa.array(stretch.line).cast(pa.string())
        self.lines_or_none = np.append(None, self.line_texts.to_numpy(zero_copy_only=False))  # from 1
        self.block_of = np.repeat(np.arange(len(self.block)), np.diff(stretch.first))  # by rubrique
        table_of = TABLE_OF[stretch.rubrique]
        self.by_table = np.argsort(table_of, kind="stable")  # rubriques, those of a table together
        self.bounds = np.searchsorted(table_of[self.by_table], np.arange(len(LANDED) + 2))
        self.before = last_lines.copy()
        self.place: dict[int, np.ndarray] = {}  # ancestor -> by block, how many blocks come up to the last such one
        self.is_open: dict[int, np.ndarray] = {}  # ancestor -> by block, whether it may stand under the last such one
        lines: dict[int, np.ndarray] = {}
        places = np.arange(1, len(self.block) + 1)
        for ancestor in ANCESTORS:
            self.place[ancestor] = place = np.maximum.accumulate(np.where(self.block == ancestor, places, 0))
            lines[ancestor] = np.concatenate(([last_lines.get(ancestor, 0)], self.line))[place]
            last_lines[ancestor] = int(lines[ancestor][-1])
            above = PARENTS[ancestor]
            if above is None:
                self.is_open[ancestor] = np.ones(len(self.block), dtype=bool)
            else:
                self.is_open[ancestor] = (lines[ancestor] > lines[above]) & self.is_open[above]

    def demand_parents(self, table: _Table, is_read: np.ndarray) -> None:
        """Raise RefusedExport for the first block of ``table`` that does not stand under the one that it has to."""
        for block in sorted(table.blocks):
            parent = PARENTS[block]
            misplaced = np.flatnonzero((self.block == block) & is_read & ~self.is_open[parent])
            if len(misplaced):
                raise _misplaced(NORM.blocks[block], NORM.blocks[parent], int(self.line[misplaced[0]]))

    def rows(self, table: _Table, mine: np.ndarray) -> np.ndarray:
        """Return the rows of ``table`` from its blocks ``mine`` (indices), with the values as they are in the file.

        Raises RefusedExport when a key is missing or a value does not read as its type.
        """
        rank = LANDED.index(table) + 1
        kept = self.by_table[self.bounds[rank] : self.bounds[rank + 1]]
        row_of_block = np.full(len(self.block), -1)
        row_of_block[mine] = np.arange(len(mine))
        kept = kept[row_of_block[self.block_of[kept]] >= 0]
        distinct, which = self.stretch.cut(kept)
        grid = np.full((len(mine), table.width), len(distinct) - 1, dtype=np.int32)  # which is None
        grid[row_of_block[self.block_of[kept]], table.columns_by_rank[self.stretch.rubrique[kept]]] = which
        rows = distinct[grid]
        lines = self.line_texts.take(pa.array(mine))
        records = pc.binary_join_element_wise(RECORDS.take(pa.array(self.block[mine])), lines, "]", "")
        rows[:, 0] = records.to_numpy(zero_copy_only=False)
        for column, ancestor in LINE_OF.items():
            if column in table.index:
                place = self.place[ancestor][mine]
                rows[:, table.index[column]] = self.lines_or_none[place]
                rows[place == 0, table.index[column]] = str(self.before.get(ancestor))
        if not table.is_derived:
            table.check(distinct, grid, rows[:, 0])
        return rows


class _Reader:
    """Where the reading of one file stands: its envelope, its open blocks, the declarations of the envoi."""

    def __init__(self, file: neodes.NeodesFile, pseudonyms: Pseudonyms):
        self.file = file
        self.frames = Frames(FOLDER)
        self.pseudonym = pseudonyms.of
        self.contract = lru_cache(maxsize=1_024)(self.contract_pseudonym)  # it comes back in the blocks of an agent
        self.in_wrapper = False
        self.group: str | None = None
        self.envois = self.envois_before_group = 0
        self.envoi: Row | None = None
        self.read_before_envoi = 0
        self.declarations: list[Row] = []  # of the envoi: they wait for its control counts
        self.declaration: Row | None = None
        self.has_block: set[str] = set()  # those that a declaration has once
        self.is_landed = False
        self.last_lines: dict[int, int] = {}  # block -> line of the last one in the file
        handlers = {
            WRAPPER: self.open_wrapper,
            GROUP: self.open_group,
            ENVOI: self.open_envoi,
            DECLARATION: self.open_declaration,
            EMPLOYER: self.read_employer,
            ESTABLISHMENT: self.read_establishment,
            ENVOI_END: self.close_envoi,
            GROUP_END: self.close_group,
            WRAPPER_END: self.close_wrapper,
        }
        self.handlers = {NORM.rank[block]: handler for block, handler in handlers.items()}

    def take(self, stretch: Stretch) -> Iterator[Frame]:
        """Read a stretch of the file: its envelope block by block, then the tables, each at once."""
        block = stretch.block
        is_read = np.zeros(len(block), dtype=bool)
        siren = np.full(len(block), None, dtype=object)
        envelope = np.flatnonzero(np.isin(block, list(self.handlers))).tolist()
        for start, end in pairwise([-1, *envelope, len(block)]):
            if start >= 0:
                handle = self.handlers[block[start]]
                handle(stretch.values(start), int(stretch.line[start]), int(stretch.before[start]))
            content = slice(start + 1, end)
            self.count_individuals(stretch, content)
            is_read[content] = self.is_landed
            siren[content] = self.declaration and self.declaration[HEADER["siren"]]
        blocks = _Blocks(stretch, self.last_lines)
        for table in LANDED:
            mine = np.flatnonzero(table.has_block[block] & is_read)
            if len(mine):
                blocks.demand_parents(table, is_read)
                rows = self.without_identities(table, blocks.rows(table, mine), siren[mine].tolist())
                if table.is_derived:
                    table.check_rows(rows)
                if len(rows):
                    yield table.name, pd.DataFrame(rows, columns=table.columns, dtype=object)
        yield from self.frames.full()

    def end(self) -> Iterator[Frame]:
        """Yield what remains at the end of the file. Raises UnfinishedExport when an envoi has no end."""
        if self.envoi is not None or self.in_wrapper:
            raise neodes.unfinished(self.file.last_line)
        if not self.envois:
            raise RefusedExport(
                problem="Le fichier ne contient aucun envoi de DSN",
                expected=f"Des envois qui commencent par la rubrique {ENVOI}.001",
                action=EXPORT_AGAIN,
            )
        self.frames.rows["rubrique_ignoree"] += [
            (f"{rubrique}[{line}]", rubrique, str(count)) for rubrique, (line, count) in self.file.unknown.items()
        ]
        yield from self.frames.rest()

    def open_wrapper(self, *_: object) -> None:
        """Enter what the delivery platform puts around the envois of a file."""
        self.in_wrapper = True

    def open_group(self, values: dict[str, str], *_: object) -> None:
        """Keep the platform's verdict on the envois that follow."""
        self.group = values.get(f"{GROUP}.001")
        self.envois_before_group = self.envois

    def open_envoi(self, values: dict[str, str], line: int, before: int) -> None:
        """Keep what identifies the envoi: software, norm, test or real."""
        if self.envoi is not None:
            raise RefusedExport(
                problem="Un envoi commence avant que le précédent soit terminé",
                place=f"Ligne {line}",
                expected=f"Les rubriques {ENVOI_END}.001 et {ENVOI_END}.002 à la fin de chaque envoi",
                action=EXPORT_AGAIN,
            )
        self.envois += 1
        self.envoi = self.frames.empty_row("declaration")
        self.read_before_envoi = before
        self.fill(self.envoi, values)

    def open_declaration(self, values: dict[str, str], line: int, _: int) -> None:
        """Start the row of a declaration, and say whether its content lands."""
        if self.envoi is None:
            raise _misplaced(DECLARATION, ENVOI, line)
        self.declaration = row = self.envoi.copy()
        self.declarations.append(row)
        row[0] = f"{DECLARATION}[{line}]"
        row[HEADER["envoi_rank"]] = str(self.envois)
        row[HEADER["declaration_line"]] = str(line)
        row[HEADER["groupe"]] = self.group
        row[HEADER["individus"]] = "0"
        row[HEADER["encodage"]] = ENCODINGS[self.file.encoding]
        row[HEADER["caracteres_remplaces"]] = str(self.file.replaced)
        self.fill(row, values)
        self.is_landed = (
            self.group in (None, ACCEPTED_GROUP)
            and row[HEADER["essai_ou_reel"]] == REAL
            and row[HEADER["nature"]] == MONTHLY
        )
        self.has_block = {DECLARATION}

    def read_employer(self, values: dict[str, str], line: int, _: int) -> None:
        """Keep the employer of the declaration."""
        self.fill(self.only_one(EMPLOYER, DECLARATION, line), values)

    def read_establishment(self, values: dict[str, str], line: int, _: int) -> None:
        """Keep the establishment of the declaration."""
        self.fill(self.only_one(ESTABLISHMENT, EMPLOYER, line), values)

    def only_one(self, block: str, parent: str, line: int) -> Row:
        """Return the row of the declaration, for a block that it has once and under ``parent``."""
        if self.declaration is None or parent not in self.has_block:
            raise _misplaced(block, parent, line)
        if block in self.has_block:
            raise RefusedExport(
                problem=f"Le bloc {block} vient une seconde fois dans la même déclaration",
                place=f"Ligne {line}",
                expected=f"Un employeur et un établissement par déclaration (bloc {DECLARATION})",
                action=EXPORT_AGAIN,
            )
        self.has_block.add(block)
        return self.declaration

    def close_envoi(self, values: dict[str, str], line: int, before: int) -> None:
        """Add the rows of the envoi's declarations. Raises RefusedExport when its control counts do not hold."""
        if self.envoi is None:
            raise _misplaced(ENVOI_END, ENVOI, line)
        stated = [values.get(f"{ENVOI_END}.{number}") for number in ("001", "002")]
        if None in stated:
            return  # the file stops here, or another envoi finds this one open
        read = before + len(values) - self.read_before_envoi
        for what, count, found in zip(
            ("rubriques", "déclarations"), stated, (read, len(self.declarations)), strict=True
        ):
            if not count.isdecimal() or int(count) != found:
                raise _count_differs(f"{what} de l'envoi", found, line)
        for row in self.declarations:
            row[HEADER["lignes_lues"]] = str(read)
            row[HEADER["lignes_annoncees"]], row[HEADER["declarations_annoncees"]] = stated
        if self.declarations:
            TABLES["declaration"].check_rows(np.array(self.declarations, dtype=object))
        self.frames.rows["declaration"] += map(tuple, self.declarations)
        self.declarations.clear()
        self.envoi = self.declaration = None
        self.is_landed = False

    def close_group(self, values: dict[str, str], line: int, _: int) -> None:
        """Leave the group. Raises RefusedExport when the file does not hold all its accepted envois."""
        count = values.get(f"{GROUP_END}.002", "")
        found = self.envois - self.envois_before_group
        if self.group == ACCEPTED_GROUP and not (count.isdecimal() and int(count) == found):
            raise _count_differs("envois du groupe accepté", found, line)
        self.group = None

    def close_wrapper(self, *_: object) -> None:
        """Leave what the delivery platform puts around the envois of a file."""
        self.in_wrapper = False

    def fill(self, row: Row, values: dict[str, str]) -> None:
        """Copy the values that table declaration has a column for."""
        for rubrique, value in values.items():
            if (column := TABLES["declaration"].column_of.get(rubrique)) is not None:
                row[column] = value

    def count_individuals(self, stretch: Stretch, content: slice) -> None:
        """Count the individuals among the blocks ``content``. Raises RefusedExport when they are of no declaration."""
        block = stretch.block[content]
        if self.declaration is None:
            if len(orphans := np.flatnonzero(np.isin(block, CONTENT))):
                index = content.start + orphans[0]
                raise _misplaced(NORM.blocks[stretch.block[index]], DECLARATION, int(stretch.line[index]))
        else:
            count = int(self.declaration[HEADER["individus"]]) + np.count_nonzero(block == NORM.rank[INDIVIDUAL])
            self.declaration[HEADER["individus"]] = str(count)

    def without_identities(self, table: _Table, rows: np.ndarray, sirens: list[str | None]) -> np.ndarray:
        """Return ``rows`` with pseudonyms in place of what identifies an agent or a contract of ``sirens``."""
        if table.name == "individu":
            for row, siren in zip(rows, sirens, strict=True):
                self.read_individual(row, siren)
            return rows[:, : len(table.columns)]
        if table.name == "individu_chg":
            former = rows[:, table.index["ancien_pseudonym"]]
            former[:] = [number and self.pseudonym(_nir(number)) for number in former.tolist()]
            return rows[[value is not None for value in former]]  # a change of name only is not ours to keep
        if table.name == "contrat_anterieur":  # the number is one of the establishment that declared it
            sirets = rows[:, table.index["siret"]].tolist()
            sirens = [siret[:9] if siret else siren for siret, siren in zip(sirets, sirens, strict=True)]
        for index in table.contracts:
            numbered = zip(sirens, rows[:, index].tolist(), strict=True)
            rows[:, index] = [number and self.contract(siren, number) for siren, number in numbered]
        return rows

    def contract_pseudonym(self, siren: str | None, number: str) -> str:
        """Return the pseudonym of a contract, whose number is one of its employer."""
        return self.pseudonym(f"contract:{siren}:{number.strip()}")

    def read_individual(self, row: np.ndarray, siren: str | None) -> None:
        """Fill in the row of an individual from the rubriques that wait beside its columns."""
        table = TABLES["individu"]
        nir, ntt, matricule, sex, birth = (row[table.column_of[name]] for name in (NIR, NTT, MATRICULE, SEX, BIRTH))
        identities = (nir and _nir(nir), ntt and f"ntt:{ntt.strip()}", matricule and _matricule(siren, matricule))
        of_nir, of_ntt, of_matricule = (identity and self.pseudonym(identity) for identity in identities)
        row[table.index["agent_pseudonym"]] = of_nir or of_ntt or of_matricule
        row[table.index["ntt_pseudonym"]] = of_nir and of_ntt
        row[table.index["matricule_pseudonym"]] = of_matricule
        row[table.index["sexe"]] = sex or (nir and SEX_OF_NIR.get(nir[0]))
        if birth:
            year = table.index["annee_naissance"]
            if not _is_birth_date(birth):
                raise _wrong_value(table.fields[year], row[0], "jjmmaaaa")
            row[year] = None if birth[4:] == UNKNOWN_YEAR else birth[4:]


def _nir(number: str) -> str:
    """Return the identity of a NIR: its 13 characters without the key, the letter of Corsica in upper case."""
    return f"nir:{''.join(number.split()).upper()[:13]}"


def _matricule(siren: str | None, number: str) -> str | None:
    """Return the identity of a matricule, which is one of its employer; zeros in front do not count."""
    plain = "".join(number.split()).upper().lstrip("0")
    return f"matricule:{siren}:{plain}" if plain else None


def _is_birth_date(text: str) -> bool:
    """Say whether ``text`` is a date written JJMMAAAA whose day, month or year may be unknown (99, 9999)."""
    day, month, year = text[:2], text[2:4], text[4:]
    day = "01" if day == UNKNOWN_PART else day
    month = "01" if month == UNKNOWN_PART else month
    return is_day(day + month + ("2000" if year == UNKNOWN_YEAR else year))


def _missing_value(field: Field, record: str) -> RefusedExport:
    """Return the refusal of a block without one of its required rubriques."""
    return RefusedExport(
        problem=f"La rubrique {_rubrique(field)} manque ou n'a pas de valeur",
        place=_place(record),
        expected=EXPECTED.get(field.type, "Une valeur non vide, obligatoire dans ce bloc"),
        action="Complétez la donnée dans le logiciel de paie, puis exportez de nouveau la DSN.",
    )


def _wrong_value(field: Field, record: str, kind: str) -> RefusedExport:
    """Return the refusal of a value that does not read as ``kind``. The value itself is never quoted."""
    return RefusedExport(
        problem=f"La valeur de la rubrique {_rubrique(field)} n'est pas {NATURES[kind]}",
        place=_place(record),
        expected=EXPECTED[kind],
        action="Corrigez la donnée dans le logiciel de paie, puis exportez de nouveau la DSN.",
    )


def _misplaced(block: str, parent: str, line: int) -> RefusedExport:
    """Return the refusal of a block that does not stand under the one that the norm puts above it."""
    return RefusedExport(
        problem=f"Le bloc {block} n'est pas à sa place",
        place=f"Ligne {line}",
        expected=f"Un bloc {parent} avant lui, auquel il se rattache",
        action=EXPORT_AGAIN,
    )


def _count_differs(what: str, found: int, line: int) -> RefusedExport:
    """Return the refusal of a file that announces another number than it holds. The number announced is not quoted."""
    return RefusedExport(
        problem=f"Le nombre annoncé n'est pas celui du fichier : {what}",
        place=f"Ligne {line}",
        expected=f"{found}, le nombre trouvé dans le fichier",
        action=f"Vérifiez que le fichier n'a été ni coupé, ni assemblé, ni modifié. {EXPORT_AGAIN}",
    )


def _rubrique(field: Field) -> str:
    """Return the number of the rubrique that ``field`` is read from, or of all of them, with the name of the first."""
    numbers = field.path.split("|")
    return f"{' ou '.join(numbers)} ({NORM.labels[numbers[0]]})"


def _place(record: str) -> str:
    """Return, in French, the place of the block ``record``, written S21.G00.51[4321]."""
    block, _, line = record.rstrip("]").partition("[")
    return f"Bloc {block} qui commence à la ligne {line}"
